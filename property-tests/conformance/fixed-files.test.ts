/** Chapter FILE: requests in flight on registered files, and those that look for them. */
import {
  SYNC_CANCEL_FD,
  SYNC_CANCEL_FLAGS,
  SYNC_CANCEL_SIZE,
} from "../../spec/abi/register-structs.ts";
import { IORING_REGISTER_SYNC_CANCEL } from "../../spec/abi/register.ts";
import { IORING_ASYNC_CANCEL_FD, IORING_ASYNC_CANCEL_FD_FIXED } from "../../spec/abi/sqe.ts";
import { PARAMS_SIZE } from "../../spec/abi/setup.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { cancel, cancelFd } from "./harness/control-entries.ts";
import { async, link, read, write } from "./harness/entries.ts";
import { anyOf, check, equal } from "./harness/expectation.ts";
import { fileWith, waiting } from "./harness/fixtures.ts";
import { closeSlot, fixed, filesUpdate } from "./harness/registered-entries.ts";
import {
  descriptors,
  haveFiles,
  haveSlots,
  haveTagged,
  register,
  unregisterFiles,
  updateFiles,
} from "./harness/registrations.ts";

const scenario = await chapter();

/** A file that is larger than any read here. */
const someFile = (world: World): number => fileWith(world, "0123456789");

scenario("FILE-6", "a request keeps the file of its slot", (world, ring) => {
  const [first, second, third] = [world.pipe(), world.pipe(), world.pipe()];
  haveFiles(world, ring.fd, [first.read, second.read, third.read]);
  const memories = [0, 1, 2].map(() => world.memory.allocate(1));
  const reads = memories.map((memory, slot) => fixed(read(slot, memory)));
  for (const [slot, entry] of reads.entries()) ring.submit({ [slot + 1]: entry });
  world.settle();

  equal("emptied and replaced", updateFiles(world, ring.fd, 0, [-1, third.read]), 2);
  equal("unregistered", unregisterFiles(world, ring.fd), 0);
  ring.expectQuiet();
  for (const [index, pipe] of [first, second, third].entries()) world.write(pipe.write, `${index}`);

  ring.expect({ 1: 1, 2: 1, 3: 1 });
  const texts = memories.map((memory) => memory.text(1)).join("");
  check("each got its own file's byte", texts === "012");
});

scenario("FILE-6", "a file lives on in a request alone", (world, ring) => {
  const pipe = world.pipe();
  const memory = world.memory.allocate(1);
  haveFiles(world, ring.fd, [pipe.read]);
  ring.submit({ 1: fixed(read(0, memory)) });
  world.settle();

  world.closeFd(pipe.read);
  unregisterFiles(world, ring.fd);
  world.write(pipe.write, "x");

  ring.expect({ 1: 1 });
  equal("nobody reads any more", world.write(pipe.write, "x"), "EPIPE");
});

scenario("FILE-64", "a file that is closed is open until the call is over", (world, ring) => {
  const pipe = world.pipe();
  haveFiles(world, ring.fd, [pipe.read]);
  world.closeFd(pipe.read);

  ring.submit({ 1: closeSlot(0), 2: write(pipe.write, world.memory.of("x")) });

  // A worker lets go of it at once.
  ring.expectOneOf([
    { 1: 0, 2: 1 },
    { 1: 0, 2: "EPIPE" },
  ]);
  equal("nobody reads any more", world.write(pipe.write, "x"), "EPIPE");
});

scenario("FILE-6 ASYNC-1", "a worker looks for the slot's file when it runs", (world, ring) => {
  haveFiles(world, ring.fd, [someFile(world)]);

  ring.submit({ 1: async(fixed(read(0, world.memory.allocate(1)))) });
  unregisterFiles(world, ring.fd);

  ring.expect({ 1: anyOf(1, "EBADF") });
});

scenario("CANCEL-17", "a cancellation names a file by its slot", (world, ring) => {
  const { entry, fd } = waiting(world);
  haveFiles(world, ring.fd, [fd, -1]);
  ring.submit({ 1: entry });
  const byFd = IORING_ASYNC_CANCEL_FD;

  ring.submit({ 2: fixed(cancelFd(1, byFd)), 3: cancelFd(9, byFd | IORING_ASYNC_CANCEL_FD_FIXED) });
  ring.expect({ 2: "EBADF", 3: "EBADF" });
  ring.submit({ 4: cancelFd(0, byFd | IORING_ASYNC_CANCEL_FD_FIXED) });

  ring.expect({ 1: "ECANCELED", 4: 0 });
  const another = waiting(world);
  updateFiles(world, ring.fd, 1, [another.fd]);
  ring.submit({ 5: another.entry });
  ring.submit({ 6: fixed(cancelFd(1, byFd)) });
  ring.expect({ 5: "ECANCELED", 6: 0 });
});

scenario("CANCEL-18", "FD_FIXED without FD means nothing", (world, ring) => {
  ring.submit({ 1: waiting(world).entry });

  ring.submit({ 2: cancel(1, IORING_ASYNC_CANCEL_FD_FIXED) });

  ring.expect({ 1: "ECANCELED", 2: 0 });
});

scenario("SYNCCANCEL-8", "a cancellation by system call names a slot", (world, ring) => {
  const { entry, fd } = waiting(world);
  const flags = IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_FD_FIXED;
  const call = (slot: number, withFlags = flags): number => {
    const struct = world.memory.allocate(SYNC_CANCEL_SIZE);
    struct.view.setInt32(SYNC_CANCEL_FD, slot, true);
    struct.view.setUint32(SYNC_CANCEL_FLAGS, withFlags, true);
    return register(world, ring.fd, IORING_REGISTER_SYNC_CANCEL, struct.address, 1);
  };
  equal("no table", call(0), "EBADF");
  equal("a descriptor that is not open", call(9999, IORING_ASYNC_CANCEL_FD), "EBADF");
  haveFiles(world, ring.fd, [-1, fd]);
  equal("an empty slot", call(0), "EBADF");
  equal("outside of the table", call(2), "EBADF");
  ring.submit({ 1: entry });

  equal("SYNC_CANCEL", call(1), 0);

  ring.expect({ 1: "ECANCELED" });
});

scenario("CANCEL-4", "a request on a slot is found by a descriptor of its file", (world, ring) => {
  const pipe = world.pipe();
  haveFiles(world, ring.fd, [pipe.read]);
  ring.submit({ 1: fixed(read(0, world.memory.allocate(1))) });

  ring.submit({ 2: cancelFd(pipe.read, IORING_ASYNC_CANCEL_FD) });

  ring.expect({ 1: "ECANCELED", 2: 0 });
});

scenario("LINK-1 FILE-3", "a chain finds its slots one by one", (world, ring) => {
  const fd = someFile(world);
  haveSlots(world, ring.fd, 1);
  const fill = filesUpdate(descriptors(world, [fd]).address, 1);
  const empty = filesUpdate(descriptors(world, [-1]).address, 1);
  const one = world.memory.allocate(1);

  ring.submit({
    1: link(fill),
    2: link(fixed(read(0, one))),
    3: link(empty),
    4: fixed(read(0, one)),
  });

  ring.expect({ 1: 1, 2: 1, 3: 1, 4: "EBADF" });
});

scenario("LIFE-1", "a ring that is closed lets go of its files", (world, ring) => {
  const pipe = world.pipe();
  const other = world.backend.setup(2, world.memory.allocate(PARAMS_SIZE).address);
  haveTagged(world, other, [pipe.write], [70]);
  world.closeFd(pipe.write);
  ring.submit({ 1: read(pipe.read, world.memory.allocate(1), 1, -1) });
  ring.expectQuiet();

  equal("close", world.backend.close(other), 0);

  ring.expect({ 1: 0 });
});
