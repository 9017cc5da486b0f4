/** Chapter NET: control data, and descriptors that travel in it. */
import { expect } from "vitest";
import {
  CMSGHDR_LEN,
  CMSGHDR_LEVEL,
  CMSGHDR_SIZE,
  CMSGHDR_TYPE,
  MSGHDR_CONTROLLEN,
  MSGHDR_FLAGS,
} from "../../spec/abi/linux-structs.ts";
import {
  MSG_CMSG_CLOEXEC,
  MSG_CTRUNC,
  MSG_PEEK,
  MSG_WAITALL,
  SCM_RIGHTS,
  SOCK_DGRAM,
  SOL_SOCKET,
} from "../../spec/abi/linux.ts";
import { setU64 } from "../../src/queue/index.ts";
import { UNMAPPED, type Memory } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { connection } from "./harness/connections.ts";
import { link, nop } from "./harness/entries.ts";
import { check } from "./harness/expectation.ts";
import {
  controlData,
  messageHeader,
  passedOn,
  recvmsg,
  rights,
  sendmsg,
  toldBy,
  type Piece,
} from "./harness/message-entries.ts";
import { recv } from "./harness/socket-entries.ts";

const scenario = await chapter();

const MSG_CMSG_COMPAT = 0x80000000;
const WHOLE = { whole: true };

/** The address of a msghdr for one byte with this control data. */
function byteWith(world: World, control: Piece): number {
  return messageHeader(world, { bytes: [world.memory.of("x")], control }).address;
}

/** A msghdr for one byte and so much control data. */
function roomFor(world: World, byteLength: number): { header: Memory; control: Memory } {
  const control = world.memory.allocate(Math.max(byteLength, CMSGHDR_SIZE));
  const piece = [control.address, byteLength] as const;
  const header = messageHeader(world, { bytes: [world.memory.allocate(1)], control: piece });
  return { header, control };
}

/** Whether what is written to `to` comes out of `from`. */
function joins(world: World, from: number, to: number): boolean {
  world.write(to, "y");
  const bytes = world.read(from, 1);
  return typeof bytes !== "number" && bytes[0] === "y".charCodeAt(0);
}

scenario("NET-77", "descriptors travel over AF_UNIX, and are new ones", (world, ring) => {
  const [one, other] = world.socketPair();
  const pipe = world.pipe();
  const { header, control } = roomFor(world, 24);

  ring.submit({ 1: sendmsg(one, byteWith(world, rights(world, [pipe.read, pipe.write]))) });
  ring.expect({ 1: 1 });
  world.closeFd(pipe.read);
  world.closeFd(pipe.write);
  ring.submit({ 2: recvmsg(other, header.address) });
  ring.expect({ 2: 1 });

  expect(toldBy(header)).toEqual({ nameLength: 0, control: 24, flags: 0 });
  expect(control.view.getInt32(CMSGHDR_LEVEL, true)).toBe(SOL_SOCKET);
  expect(control.view.getInt32(CMSGHDR_TYPE, true)).toBe(SCM_RIGHTS);
  const [read = -1, write = -1] = passedOn(control).map((fd) => world.adopt(fd));
  check("they are a pipe", joins(world, read, write));
  check("that stays open in programs to come", !world.closeOnExec(read));
});

scenario("NET-77", "with datagrams too", (world, ring) => {
  const [one, other] = world.socketPair(SOCK_DGRAM);
  const pipe = world.pipe();
  const { header, control } = roomFor(world, 24);

  ring.submit({ 1: sendmsg(one, byteWith(world, rights(world, [pipe.read]))) });
  ring.submit({ 2: recvmsg(other, header.address) });

  ring.expect({ 1: 1, 2: 1 });
  const [read = -1] = passedOn(control);
  check("it is the pipe", joins(world, world.adopt(read), pipe.write));
});

scenario("NET-77", "a peek makes descriptors, and leaves them", (world, ring) => {
  const [one, other] = world.socketPair();
  const pipe = world.pipe();
  const [peeked, taken] = [roomFor(world, 24), roomFor(world, 24)];
  ring.submit({ 1: sendmsg(one, byteWith(world, rights(world, [pipe.read]))) });
  ring.submit({ 2: recvmsg(other, peeked.header.address, MSG_PEEK) });
  ring.expect({ 1: 1, 2: 1 });
  ring.submit({ 3: recvmsg(other, taken.header.address) });
  ring.expect({ 3: 1 });

  for (const { control } of [peeked, taken]) {
    const [read = -1] = passedOn(control);
    check("it is the pipe", joins(world, world.adopt(read), pipe.write));
  }
});

scenario("NET-78", "descriptors without room are closed, and MSG_CTRUNC says so", (world, ring) => {
  const [one, other] = world.socketPair();
  const pipe = world.pipe();
  const both = byteWith(world, rights(world, [pipe.read, pipe.write]));

  const none = roomFor(world, 0);
  ring.submit({ 1: sendmsg(one, both), 2: recvmsg(other, none.header.address) });
  ring.expect({ 1: 1, 2: 1 });
  expect(toldBy(none.header)).toEqual({ nameLength: 0, control: 0, flags: MSG_CTRUNC });

  const first = roomFor(world, CMSGHDR_SIZE + 4);
  ring.submit({ 1: sendmsg(one, both), 2: recvmsg(other, first.header.address) });
  ring.expect({ 1: 1, 2: 1 });
  const told = { nameLength: 0, control: CMSGHDR_SIZE + 4, flags: MSG_CTRUNC };
  expect(toldBy(first.header)).toEqual(told);
  const [read = -1] = passedOn(first.control);
  check("it is the first one", joins(world, world.adopt(read), pipe.write));
});

scenario("NET-78", "a receive without a header closes them", (world, ring) => {
  const [one, other] = world.socketPair();
  const pipe = world.pipe();

  ring.submit({ 1: sendmsg(one, byteWith(world, rights(world, [pipe.write]))) });
  ring.submit({ 2: recv(other, world.memory.allocate(1)) });
  ring.expect({ 1: 1, 2: 1 });
  world.closeFd(pipe.write);

  expect(world.read(pipe.read, 1)).toEqual(new Uint8Array(0));
});

scenario("NET-78", "a control area that cannot be written has no room", (world, ring) => {
  const [one, other] = world.socketPair();
  const pipe = world.pipe();
  const header = messageHeader(world, {
    bytes: [world.memory.allocate(1)],
    control: [UNMAPPED, 24],
  });

  ring.submit({ 1: sendmsg(one, byteWith(world, rights(world, [pipe.read]))) });
  ring.submit({ 2: recvmsg(other, header.address) });

  ring.expect({ 1: 1, 2: 1 });
  expect(toldBy(header)).toEqual({ nameLength: 0, control: 0, flags: MSG_CTRUNC });
});

scenario("NET-78", "at the limit of descriptors they are closed as well", (world, ring) => {
  const [one, other] = world.socketPair();
  const { header } = roomFor(world, 24);
  ring.submit({ 1: sendmsg(one, byteWith(world, rights(world, [world.pipe().read]))) });
  ring.expect({ 1: 1 });

  world.withDescriptorLimit(0, () => {
    ring.submit({ 2: recvmsg(other, header.address) });
    ring.expect({ 2: 1 });
  });

  expect(toldBy(header)).toEqual({ nameLength: 0, control: 0, flags: MSG_CTRUNC });
});

scenario("NET-79", "control data that cannot be is refused", (world, ring) => {
  const [one, other] = world.socketPair();
  const pipe = world.pipe();
  const short = rights(world, [pipe.read]);
  setU64(short.view, CMSGHDR_LEN, CMSGHDR_SIZE - 1);
  const long = rights(world, [pipe.read]);
  setU64(long.view, CMSGHDR_LEN, 25);
  const unknown = controlData(world, SOL_SOCKET, 99, new Uint8Array(4));
  const many = Array.from({ length: 254 }, () => pipe.read);
  const refused = [
    [rights(world, [-1]), "EBADF"],
    [rights(world, [ring.fd]), "EINVAL"],
    [rights(world, many), "EINVAL"],
    [short, "EINVAL"],
    [long, "EINVAL"],
    [unknown, "EINVAL"],
    [[UNMAPPED, 24], "EFAULT"],
    [[UNMAPPED, 131_072], "ENOBUFS"],
  ] as const;

  for (const [control, errno] of refused) {
    ring.submit({ 1: sendmsg(one, byteWith(world, control)) });
    ring.expect({ 1: errno });
  }
  ring.submit({ 2: sendmsg(one, byteWith(world, controlData(world, 77, 1, new Uint8Array(4)))) });
  ring.submit({ 3: sendmsg(one, byteWith(world, rights(world, many.slice(1)))) });
  ring.submit({ 4: recv(other, world.memory.allocate(1)) });
  ring.submit({ 5: recv(other, world.memory.allocate(1)) });
  ring.expect({ 2: 1, 3: 1, 4: 1, 5: 1 });
});

scenario("NET-79", "a stream of IP takes descriptors, and drops them", (world, ring) => {
  const [client, server] = connection(world, ring);
  const { header } = roomFor(world, 24);
  const unknown = controlData(world, SOL_SOCKET, 99, new Uint8Array(4));

  ring.submit({ 1: sendmsg(client, byteWith(world, rights(world, [-1]))) });
  ring.submit({ 2: recvmsg(server, header.address) });
  ring.submit({ 3: sendmsg(client, byteWith(world, unknown)) });

  ring.expect({ 1: 1, 2: 1, 3: "EINVAL" });
  expect(toldBy(header)).toEqual({ nameLength: 0, control: 0, flags: 0 });
});

scenario("NET-80", "MSG_CMSG_CLOEXEC makes them close-on-exec, and is told", (world, ring) => {
  const [one, other] = world.socketPair();
  const { header, control } = roomFor(world, 24);

  ring.submit({ 1: sendmsg(one, byteWith(world, rights(world, [world.pipe().read]))) });
  ring.submit({ 2: recvmsg(other, header.address, MSG_CMSG_CLOEXEC) });

  ring.expect({ 1: 1, 2: 1 });
  expect(toldBy(header).flags).toBe(MSG_CMSG_CLOEXEC);
  const [read = -1] = passedOn(control);
  check("close-on-exec", world.closeOnExec(world.adopt(read)));
});

/** SCM_RIGHTS as 32-bit programs have it. */
function narrowRights(world: World, fd: number): Memory {
  const control = world.memory.allocate(16);
  control.view.setUint32(0, 16, true);
  control.view.setInt32(4, SOL_SOCKET, true);
  control.view.setInt32(8, SCM_RIGHTS, true);
  control.view.setInt32(12, fd, true);
  return control;
}

scenario("NET-81", "MSG_CMSG_COMPAT takes the control data of 32-bit programs", (world, ring) => {
  const [one, other] = world.socketPair();
  const pipe = world.pipe();
  const wide = byteWith(world, rights(world, [pipe.read]));
  const narrow = byteWith(world, narrowRights(world, pipe.read));
  const none = byteWith(world, [0, 0]);
  const { header, control } = roomFor(world, 24);

  ring.submit({ 1: sendmsg(one, wide, MSG_CMSG_COMPAT), 2: sendmsg(one, narrow) });
  ring.expect({ 1: "EINVAL", 2: "EINVAL" });
  ring.submit({ 3: sendmsg(one, narrow, MSG_CMSG_COMPAT), 4: recvmsg(other, header.address) });
  ring.expect({ 3: 1, 4: 1 });
  ring.submit({ 5: sendmsg(one, none, MSG_CMSG_COMPAT) });
  ring.submit({ 6: recv(other, world.memory.allocate(1), MSG_CMSG_COMPAT) });
  ring.expect({ 5: 1, 6: 1 });

  const [read = -1] = passedOn(control);
  check("it is the pipe", joins(world, world.adopt(read), pipe.write));
});

scenario("NET-81", "and tells as to a 32-bit program", (world, ring) => {
  const [one, other] = world.socketPair();
  const pipe = world.pipe();
  const { header, control } = roomFor(world, 24);
  const before = header.bytes.slice();

  ring.submit({ 1: sendmsg(one, byteWith(world, rights(world, [pipe.read]))) });
  ring.submit({ 2: recvmsg(other, header.address, MSG_CMSG_COMPAT | MSG_CMSG_CLOEXEC) });
  ring.expect({ 1: 1, 2: 1 });

  expect(header.view.getUint32(20, true)).toBe(16);
  expect(header.view.getUint32(24, true)).toBe(MSG_CMSG_CLOEXEC);
  expect(header.bytes.slice(MSGHDR_CONTROLLEN)).toEqual(before.slice(MSGHDR_CONTROLLEN));
  expect(MSGHDR_FLAGS).toBe(48);
  expect([0, 4, 8].map((at) => control.view.getUint32(at, true))).toEqual([16, 1, 1]);
  const read = world.adopt(control.view.getInt32(12, true));
  check("it is the pipe", joins(world, read, pipe.write));
});

scenario(
  "NET-82",
  "with room for control data MSG_WAITALL does not gather",
  WHOLE,
  (world, ring) => {
    const [one, other] = world.socketPair();
    const control = world.memory.allocate(24);
    const header = messageHeader(world, { bytes: [world.memory.allocate(6)], control }).address;
    world.write(other, "abc");

    ring.submit({ 1: link(recvmsg(one, header, MSG_WAITALL)), 2: nop() });

    ring.expect({ 1: 3, 2: 0 });
  },
);
