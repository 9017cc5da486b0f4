/** Chapter FILE: descriptors that were opened with O_PATH, wherever a descriptor is asked for. */
import { EPOLL_CTL_ADD, O_DIRECTORY, O_PATH, O_RDONLY, POLLIN } from "../../spec/abi/linux.ts";
import {
  CLONE_BUFFERS_SIZE,
  CLONE_BUFFERS_SRC_FD,
  SYNC_CANCEL_FD,
  SYNC_CANCEL_FLAGS,
} from "../../spec/abi/register-structs.ts";
import * as opcodes from "../../spec/abi/register.ts";
import { IORING_SETUP_ATTACH_WQ, PARAMS_WQ_FD } from "../../spec/abi/setup.ts";
import { IORING_ASYNC_CANCEL_FD, SQE_SIZE } from "../../spec/abi/sqe.ts";
import type { Memory } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { cancelFd, pollAdd } from "./harness/control-entries.ts";
import { type Entry, read, write } from "./harness/entries.ts";
import { epollCtl, epollEvent } from "./harness/epoll-entries.ts";
import { equal } from "./harness/expectation.ts";
import { closeFd, fsync, openat } from "./harness/file-entries.ts";
import { messageHeader, rights, sendmsg } from "./harness/message-entries.ts";
import { setup } from "./harness/raw-ring.ts";
import { filesUpdate, message } from "./harness/registered-entries.ts";
import {
  descriptors,
  haveSlots,
  register,
  registerFiles,
  registerRings,
  ringSlots,
  updateFiles,
} from "./harness/registrations.ts";
import { recv } from "./harness/socket-entries.ts";
import { splice, tee } from "./harness/splice-entries.ts";

const scenario = await chapter();

const ANY_INDEX = 0xffffffff;

/** A descriptor that is a place: a directory, opened with O_PATH. */
function place(world: World): number {
  const path = world.tempPath("place");
  if (!world.exists(path)) world.makeDirectory(path);
  return world.open(path, O_PATH);
}

/** A structure of words, by their offsets. */
function struct(world: World, size: number, fields: Readonly<Record<number, number>>): Memory {
  const memory = world.memory.allocate(size);
  for (const [at, value] of Object.entries(fields)) {
    memory.view.setInt32(Number(at), value, true);
  }
  return memory;
}

scenario("FILE-62", "a place is no descriptor for the calls on a ring", (world, ring) => {
  const { backend } = world;
  const { ringFd } = ring.queue;
  const fd = place(world);
  const call = (opcode: number, memory: Memory): number =>
    register(world, ringFd, opcode, memory.address, 1);
  const cancelled = struct(world, 64, {
    [SYNC_CANCEL_FD]: fd,
    [SYNC_CANCEL_FLAGS]: IORING_ASYNC_CANCEL_FD,
    [16]: -1,
    [20]: -1,
    [24]: -1,
    [28]: -1,
  });
  const cloned = struct(world, CLONE_BUFFERS_SIZE, { [CLONE_BUFFERS_SRC_FD]: fd });
  const sent = world.memory.allocate(SQE_SIZE);
  message(fd, 1)(sent.view, 0);
  const rings = ringSlots(world, [{ offset: ANY_INDEX, data: fd }]);
  const { result: attached } = setup(world, 4, IORING_SETUP_ATTACH_WQ, { [PARAMS_WQ_FD]: fd });

  equal("io_uring_enter", backend.enter(fd, 0, 0, 0, 0, 0), "EBADF");
  equal("a register call", backend.register(fd, opcodes.IORING_REGISTER_PROBE, 0, 0), "EBADF");
  equal("SYNC_CANCEL", call(opcodes.IORING_REGISTER_SYNC_CANCEL, cancelled), "EBADF");
  equal("EVENTFD", call(opcodes.IORING_REGISTER_EVENTFD, descriptors(world, [fd])), "EBADF");
  const asynchronous = opcodes.IORING_REGISTER_EVENTFD_ASYNC;
  equal("EVENTFD_ASYNC", call(asynchronous, descriptors(world, [fd])), "EBADF");
  equal("RING_FDS", registerRings(world, ringFd, rings, 1), "EBADF");
  equal("CLONE_BUFFERS", call(opcodes.IORING_REGISTER_CLONE_BUFFERS, cloned), "EBADF");
  const messaged = backend.register(-1, opcodes.IORING_REGISTER_SEND_MSG_RING, sent.address, 1);
  equal("SEND_MSG_RING", messaged, "EBADF");
  equal("ATTACH_WQ", attached, "ENXIO");
  equal("FILES", registerFiles(world, ringFd, [fd]), "EBADF");
  haveSlots(world, ringFd, 1);
  equal("FILES_UPDATE", updateFiles(world, ringFd, 0, [fd]), "EBADF");
});

scenario("FILE-62", "nor for operations", (world, ring) => {
  const fd = place(world);
  const { read: out, write: into } = world.pipe();
  const memory = world.memory.allocate(1);
  const event = epollEvent(world, POLLIN);
  haveSlots(world, ring.queue.ringFd, 1);
  const asked: readonly (readonly [string, Entry])[] = [
    ["READ", read(fd, memory)],
    ["WRITE", write(fd, memory)],
    ["FSYNC", fsync(fd)],
    ["POLL_ADD", pollAdd(fd, POLLIN)],
    ["RECV", recv(fd, memory)],
    ["ASYNC_CANCEL", cancelFd(fd)],
    ["MSG_RING", message(fd, 1)],
    ["SPLICE from it", splice(fd, into, 1)],
    ["SPLICE to it", splice(out, fd, 1)],
    ["TEE", tee(fd, into, 1)],
    ["EPOLL_CTL of it", epollCtl(world.epoll(), EPOLL_CTL_ADD, fd, event)],
    ["EPOLL_CTL on it", epollCtl(fd, EPOLL_CTL_ADD, out, event)],
    ["FILES_UPDATE", filesUpdate(descriptors(world, [fd]).address, 1)],
  ];

  asked.forEach(([what, entry], index) => {
    ring.submit({ [index]: entry });
    equal(what, ring.next(index).res, "EBADF");
  });
});

scenario(
  "FILE-63",
  "a place is where paths begin, and can be passed on and closed",
  (world, ring) => {
    const fd = place(world);
    const [one] = world.socketPair();
    const header = messageHeader(world, {
      bytes: [world.memory.of("x")],
      control: rights(world, [fd]),
    });
    const path = world.memory.of(".\0").address;

    ring.submit({ 1: openat(path, O_RDONLY | O_DIRECTORY, 0, fd) });
    const directory = world.adopt(ring.next(1).res);
    ring.submit({ 2: fsync(directory) });
    ring.expect({ 2: 0 });
    ring.submit({ 3: sendmsg(one, header.address) });
    ring.expect({ 3: 1 });
    ring.submit({ 4: closeFd(fd) });
    ring.expect({ 4: 0 });
  },
);
