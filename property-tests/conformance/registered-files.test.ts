/** Chapter FILE: the table of registered files, and requests that use it. */
import { O_PATH, POLLIN, POLLRDNORM } from "../../spec/abi/linux.ts";
import { RSRC_REGISTER_SIZE, RSRC_UPDATE2_SIZE } from "../../spec/abi/register-structs.ts";
import {
  IORING_REGISTER_FILES,
  IORING_REGISTER_FILES2,
  IORING_REGISTER_FILES_SKIP,
  IORING_REGISTER_FILES_UPDATE,
  IORING_REGISTER_FILES_UPDATE2,
  IORING_RSRC_REGISTER_SPARSE,
  IORING_UNREGISTER_FILES,
} from "../../spec/abi/register.ts";
import {
  IORING_ASYNC_CANCEL_FD,
  IORING_ASYNC_CANCEL_FD_FIXED,
  IORING_FILE_INDEX_ALLOC,
  SQE_ADDR3,
  SQE_BUF_INDEX,
  SQE_IOPRIO,
  SQE_OFF,
  SQE_OP_FLAGS,
  SQE_SPLICE_FD_IN,
} from "../../spec/abi/sqe.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { cancelFd, pollAdd } from "./harness/control-entries.ts";
import { type Entry, async, link, read, set16, set32, write } from "./harness/entries.ts";
import { anyOf, between, check, equal } from "./harness/expectation.ts";
import { fsync } from "./harness/file-entries.ts";
import { fileWith, waiting } from "./harness/fixtures.ts";
import { RawRing } from "./harness/raw-ring.ts";
import { fixed, filesUpdate } from "./harness/registered-entries.ts";
import {
  descriptors,
  filesRegister,
  filesUpdateStruct,
  haveFiles,
  haveSlots,
  register,
  registerFiles,
  registerFiles2,
  unregisterFiles,
  updateFiles,
  updateTagged,
} from "./harness/registrations.ts";
import { recv, send } from "./harness/socket-entries.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

const SKIP = IORING_REGISTER_FILES_SKIP | 0;

/** A read of one byte through a slot gives this. */
function expectSlot(world: World, ring: TestRing, slot: number, expected: 1 | "EBADF"): void {
  ring.submit({ 90: fixed(read(slot, world.memory.allocate(1))) });
  ring.expect({ 90: expected });
}

/** A file that is larger than any read here. */
const someFile = (world: World): number => fileWith(world, "0123456789");

scenario("FILE-1 FILE-3", "a slot is used in place of a descriptor", (world, ring) => {
  const memory = world.memory.allocate(4);
  haveFiles(world, ring.fd, [-1, fileWith(world, "data"), -1]);

  ring.submit({ 1: fixed(read(1, memory)), 2: fixed(read(0, memory)), 3: fixed(read(3, memory)) });

  ring.expect({ 1: 4, 2: "EBADF", 3: "EBADF" });
  check("the file was read", memory.text(4) === "data");
});

scenario("FILE-3", "there are no slots below 0", (world, ring) => {
  haveFiles(world, ring.fd, [someFile(world)]);

  ring.submit({ 1: fixed(read(-1, world.memory.allocate(1))) });

  ring.expect({ 1: "EBADF" });
});

scenario("FILE-1", "a slot stays when the descriptor is closed", (world, ring) => {
  const fd = someFile(world);
  haveFiles(world, ring.fd, [fd]);

  world.closeFd(fd);

  expectSlot(world, ring, 0, 1);
});

scenario("FILE-1", "sockets, pipes and polls work on slots", (world, ring) => {
  const [left, right] = world.socketPair();
  const pipe = world.pipe();
  haveFiles(world, ring.fd, [left, right, pipe.read, pipe.write]);
  const memory = world.memory.of("four");

  ring.submit({ 1: fixed(recv(0, world.memory.allocate(4))), 2: fixed(pollAdd(2, POLLIN)) });
  ring.submit({ 3: fixed(send(1, memory)), 4: fixed(write(3, memory, 4, -1)) });

  ring.expect({ 1: between(1, 4), 2: POLLIN, 3: between(1, 4), 4: between(1, 4) });
  ring.submit({ 5: fixed(fsync(0)), 6: fixed(pollAdd(2, POLLIN | POLLRDNORM)) });
  ring.expect({ 5: "EINVAL", 6: POLLIN | POLLRDNORM });
});

scenario("FILE-20", "the array of descriptors has to be readable", (world, ring) => {
  const files = (address: number): number =>
    register(world, ring.fd, IORING_REGISTER_FILES, address, 1);
  equal("NULL", files(0), "EFAULT");
  equal("unmapped", files(UNMAPPED), "EFAULT");

  haveFiles(world, ring.fd, [-1]);

  equal("NULL, with a table", files(0), "EFAULT");
});

scenario("FILE-21", "there is one table, and it is not empty", (world, ring) => {
  equal("no slots", registerFiles(world, ring.fd, []), "EINVAL");

  haveFiles(world, ring.fd, [-1]);

  equal("a second table", registerFiles(world, ring.fd, [-1]), "EBUSY");
  equal("a second table of no slots", registerFiles(world, ring.fd, []), "EBUSY");
  const unmapped = register(world, ring.fd, IORING_REGISTER_FILES, UNMAPPED, 1);
  equal("a second table that cannot be read", unmapped, "EBUSY");
});

scenario("FILE-22", "a table is bound by RLIMIT_NOFILE and by 2^20", (world, ring) => {
  const { address } = descriptors(world, [-1]);
  const files = (count: number): number =>
    register(world, ring.fd, IORING_REGISTER_FILES, address, count);
  equal("2^20 + 1", files(2 ** 20 + 1), "EMFILE");
  equal("2^32 - 1", files(2 ** 32 - 1), "EMFILE");

  world.withDescriptorLimit(2, () => {
    equal("above the limit", registerFiles(world, ring.fd, [-1, -1, -1]), "EMFILE");
    equal("at the limit", registerFiles(world, ring.fd, [-1, -1]), 0);
  });
});

scenario("FILE-23", "a bad descriptor fails the registration as a whole", (world, ring) => {
  const fd = someFile(world);
  const place = world.open("/tmp", O_PATH);

  for (const bad of [9999, -2, -3, place]) {
    equal(`with ${bad}`, registerFiles(world, ring.fd, [fd, bad]), "EBADF");
    equal("no table is left", unregisterFiles(world, ring.fd), "ENXIO");
  }
});

scenario("FILE-24", "a ring is no file for a table", (world, ring) => {
  const other = RawRing.open(world, 2);
  equal("itself", registerFiles(world, ring.fd, [ring.fd]), "EBADF");
  equal("another", registerFiles(world, ring.fd, [other.fd]), "EBADF");
  haveSlots(world, ring.fd, 1);

  equal("in an update", updateFiles(world, ring.fd, 0, [other.fd]), "EBADF");
  const array = descriptors(world, [ring.fd]);
  ring.submit({
    1: filesUpdate(array.address, 1),
    2: set32(SQE_OFF, IORING_FILE_INDEX_ALLOC, filesUpdate(array.address, 1)),
  });

  ring.expect({ 1: "EBADF", 2: "EBADF" });
});

scenario("FILE-2 FILE-25", "REGISTER_FILES2 makes a table of empty slots", (world, ring) => {
  for (const flags of [0, IORING_RSRC_REGISTER_SPARSE]) {
    const struct = filesRegister(world, 2, 0, 0, flags);
    equal("REGISTER_FILES2", registerFiles2(world, ring.fd, struct), 0);
    expectSlot(world, ring, 1, "EBADF");
    equal("update", updateFiles(world, ring.fd, 1, [someFile(world)]), 1);
    expectSlot(world, ring, 1, 1);
    equal("UNREGISTER_FILES", unregisterFiles(world, ring.fd), 0);
  }
});

scenario("FILE-2", "REGISTER_FILES2 checks its struct", (world, ring) => {
  const array = descriptors(world, [-1]).address;
  const good = filesRegister(world, 1, array, 0);
  const call = (address: number, size: number): number =>
    register(world, ring.fd, IORING_REGISTER_FILES2, address, size);
  equal("a short size", call(good.address, RSRC_REGISTER_SIZE - 1), "EINVAL");
  equal("a long size", call(good.address, RSRC_REGISTER_SIZE + 1), "EINVAL");
  equal("a bad size beats NULL", call(0, 1), "EINVAL");
  equal("NULL", call(0, RSRC_REGISTER_SIZE), "EFAULT");
  equal("unmapped", call(UNMAPPED, RSRC_REGISTER_SIZE), "EFAULT");
  const files2 = (count: number, files: number, flags: number): number =>
    registerFiles2(world, ring.fd, filesRegister(world, count, files, 0, flags));
  equal("no slots", files2(0, array, 0), "EINVAL");
  equal("an unknown flag", files2(1, array, 2), "EINVAL");
  equal("sparse with data", files2(1, array, IORING_RSRC_REGISTER_SPARSE), "EINVAL");
  equal("unmapped data", files2(1, UNMAPPED, 0), "EFAULT");
  const reserved = filesRegister(world, 1, array, 0);
  reserved.view.setUint32(8, 1, true);
  equal("a reserved field", registerFiles2(world, ring.fd, reserved), "EINVAL");

  equal("as it should be", registerFiles2(world, ring.fd, good), 0);

  equal("a second table", files2(1, array, 0), "EBUSY");
  equal("sparse with data beats that", files2(1, array, IORING_RSRC_REGISTER_SPARSE), "EINVAL");
});

scenario("FILE-4 FILE-5", "an update fills, skips and empties slots", (world, ring) => {
  const fd = someFile(world);
  haveFiles(world, ring.fd, [fd, -1, fd, -1]);

  equal("update", updateFiles(world, ring.fd, 0, [SKIP, fd, -1, -1]), 4);

  expectSlot(world, ring, 0, 1);
  expectSlot(world, ring, 1, 1);
  expectSlot(world, ring, 2, "EBADF");
  expectSlot(world, ring, 3, "EBADF");
});

scenario("FILE-4 FILE-5", "the operation FILES_UPDATE does the same", (world, ring) => {
  const fd = someFile(world);
  haveFiles(world, ring.fd, [fd, -1, fd, -1]);
  const array = descriptors(world, [fd, -1, SKIP]);

  ring.submit({ 1: filesUpdate(array.address, 3, 1), 2: filesUpdate(array.address, 1, 3) });

  ring.expect({ 1: 3, 2: 1 });
  expectSlot(world, ring, 1, 1);
  expectSlot(world, ring, 2, "EBADF");
  expectSlot(world, ring, 3, 1);
});

scenario("FILE-27", "a bad descriptor leaves its slot empty and ends the update", (world, ring) => {
  const fd = someFile(world);
  haveFiles(world, ring.fd, [fd, fd, fd, fd]);

  equal("the first", updateFiles(world, ring.fd, 0, [9999, -1]), "EBADF");
  equal("the second", updateFiles(world, ring.fd, 1, [fd, 9999, -1]), 1);

  expectSlot(world, ring, 0, "EBADF");
  expectSlot(world, ring, 1, 1);
  expectSlot(world, ring, 2, "EBADF");
  expectSlot(world, ring, 3, 1);
});

scenario("FILE-28", "the order of an update's checks", (world, ring) => {
  const update = (offset: number, count: number, address = UNMAPPED, resv = 0): number => {
    const struct = filesUpdateStruct(world, offset, address);
    struct.view.setUint32(4, resv, true);
    return register(world, ring.fd, IORING_REGISTER_FILES_UPDATE, struct.address, count);
  };
  equal("a count of 0", update(0xffffffff, 0), "EINVAL");
  equal("a reserved field", update(0xffffffff, 1, UNMAPPED, 1), "EINVAL");
  equal("beyond 32 bits", update(0xffffffff, 1), "EOVERFLOW");
  equal("no table", update(0xfffffffe, 1), "ENXIO");

  haveSlots(world, ring.fd, 2);

  equal("beyond 32 bits, with a table", update(0xffffffff, 1), "EOVERFLOW");
  equal("past the end", update(1, 2), "EINVAL");
  equal("far past the end", update(0xfffffffe, 1), "EINVAL");
  equal("an array that cannot be read", update(1, 1), "EFAULT");
});

scenario("FILE-28 FILE-29", "an update needs its struct and its array", (world, ring) => {
  const call = (address: number, count: number): number =>
    register(world, ring.fd, IORING_REGISTER_FILES_UPDATE, address, count);
  equal("NULL", call(0, 1), "EFAULT");
  equal("unmapped", call(UNMAPPED, 1), "EFAULT");
  equal("a count of 0 beats NULL", call(0, 0), "EINVAL");
  haveSlots(world, ring.fd, 1);

  equal("a NULL array", call(filesUpdateStruct(world, 0, 0).address, 1), "EFAULT");
  ring.submit({ 1: filesUpdate(0, 1), 2: filesUpdate(UNMAPPED, 1) });

  ring.expect({ 1: "EFAULT", 2: "EFAULT" });
});

scenario("FILE-30", "FILES_UPDATE2 checks its struct", (world, ring) => {
  haveSlots(world, ring.fd, 1);
  const struct = world.memory.allocate(RSRC_UPDATE2_SIZE);
  const call = (size: number, address = struct.address): number =>
    register(world, ring.fd, IORING_REGISTER_FILES_UPDATE2, address, size);
  equal("a short size", call(RSRC_UPDATE2_SIZE - 1), "EINVAL");
  equal("a long size", call(RSRC_UPDATE2_SIZE + 1), "EINVAL");
  equal("NULL", call(RSRC_UPDATE2_SIZE, 0), "EFAULT");
  equal("a count of 0", call(RSRC_UPDATE2_SIZE), "EINVAL");
  struct.view.setUint32(24, 1, true);
  for (const reserved of [4, 28]) {
    struct.view.setUint32(reserved, 1, true);
    equal(`the reserved field at ${reserved}`, call(RSRC_UPDATE2_SIZE), "EINVAL");
    struct.view.setUint32(reserved, 0, true);
  }
  equal("no array", call(RSRC_UPDATE2_SIZE), "EFAULT");

  equal("as it should be", updateTagged(world, ring.fd, 0, [someFile(world)], [0]), 1);

  expectSlot(world, ring, 0, 1);
});

scenario("FILE-31", "FILES_UPDATE reserves some fields and ignores others", (world, ring) => {
  haveSlots(world, ring.fd, 1);
  const update = filesUpdate(descriptors(world, [-1]).address, 1);

  for (const bad of [
    set32(SQE_OP_FLAGS, 1, update),
    set32(SQE_SPLICE_FD_IN, 1, update),
    set16(SQE_IOPRIO, 1, update),
    fixed(update),
    filesUpdate(0, 0),
  ]) {
    ring.submit({ 1: bad });
    ring.expect({ 1: "EINVAL" });
  }
  ring.submit({ 6: set16(SQE_BUF_INDEX, 1, set32(SQE_ADDR3, 1, update)) });

  ring.expect({ 6: 1 });
});

scenario("FILE-15", "FILES_UPDATE picks free slots and writes their numbers", (world, ring) => {
  const fd = someFile(world);
  haveFiles(world, ring.fd, [-1, fd, -1, -1]);
  const array = descriptors(world, [fd, fd]);

  ring.submit({ 1: set32(SQE_OFF, IORING_FILE_INDEX_ALLOC, filesUpdate(array.address, 2)) });

  ring.expect({ 1: 2 });
  const picked = [array.view.getInt32(0, true), array.view.getInt32(4, true)];
  check(
    "two slots that were free",
    new Set(picked).size === 2 && picked.every((slot) => [0, 2, 3].includes(slot)),
  );
  for (const slot of picked) expectSlot(world, ring, slot, 1);
});

scenario("FILE-32", "picking stops when the table is full", (world, ring) => {
  const fd = someFile(world);
  haveFiles(world, ring.fd, [fd, -1, -1]);
  const array = descriptors(world, [fd, fd, fd]);
  const pick = (address: number, count: number): Entry =>
    set32(SQE_OFF, IORING_FILE_INDEX_ALLOC, filesUpdate(address, count));

  ring.submit({ 1: pick(array.address, 3) });
  ring.expect({ 1: 2 });
  check("the last one is left", array.view.getInt32(8, true) === fd);

  ring.submit({ 2: pick(descriptors(world, [fd]).address, 1) });
  ring.expect({ 2: "ENFILE" });
});

scenario("FILE-33", "picking stops at what is no descriptor", (world, ring) => {
  const fd = someFile(world);
  haveSlots(world, ring.fd, 4);
  const pick = (fds: readonly number[]): Entry =>
    set32(
      SQE_OFF,
      IORING_FILE_INDEX_ALLOC,
      filesUpdate(descriptors(world, fds).address, fds.length),
    );

  ring.submit({ 1: pick([-1, fd]), 2: pick([SKIP]), 3: pick([fd, -1, fd]), 4: pick([9999]) });

  ring.expect({ 1: "EBADF", 2: "EBADF", 3: 1, 4: "EBADF" });
});

scenario("FILE-33", "picking needs a table and an array", (world, ring) => {
  const pick = (address: number): Entry =>
    set32(SQE_OFF, IORING_FILE_INDEX_ALLOC, filesUpdate(address, 1));
  ring.submit({ 1: pick(UNMAPPED) });
  ring.expect({ 1: "ENXIO" });
  haveSlots(world, ring.fd, 1);

  ring.submit({ 2: pick(UNMAPPED), 3: pick(0) });

  ring.expect({ 2: "EFAULT", 3: "EFAULT" });
});

scenario("FILE-34", "FILES_UPDATE looks at the low half of off", (world, ring) => {
  const fd = someFile(world);
  haveSlots(world, ring.fd, 2);
  const update = filesUpdate(descriptors(world, [fd]).address, 1);

  ring.submit({ 1: set32(SQE_OFF + 4, 1, update) });
  ring.expect({ 1: 1 });
  expectSlot(world, ring, 0, 1);
  ring.submit({ 2: set32(SQE_OFF + 4, 0xffffffff, set32(SQE_OFF, 0xffffffff, update)) });

  ring.expect({ 2: 1 });
  expectSlot(world, ring, 1, 1);
});

scenario("FILE-35", "the system call does not pick slots", (world, ring) => {
  haveSlots(world, ring.fd, 2);

  const result = updateFiles(world, ring.fd, 0xffffffff, [someFile(world)]);

  equal("FILES_UPDATE", result, "EOVERFLOW");
});

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

scenario("FILE-6 ASYNC-1", "a worker looks for the slot's file when it runs", (world, ring) => {
  haveFiles(world, ring.fd, [someFile(world)]);

  ring.submit({ 1: async(fixed(read(0, world.memory.allocate(1)))) });
  unregisterFiles(world, ring.fd);

  ring.expect({ 1: anyOf(1, "EBADF") });
});

scenario("FILE-7", "UNREGISTER_FILES takes the table away", (world, ring) => {
  equal("without a table", unregisterFiles(world, ring.fd), "ENXIO");
  haveFiles(world, ring.fd, [someFile(world)]);
  const call = (address: number, count: number): number =>
    register(world, ring.fd, IORING_UNREGISTER_FILES, address, count);
  equal("with an address", call(UNMAPPED, 0), "EINVAL");
  equal("with a count", call(0, 1), "EINVAL");

  equal("UNREGISTER_FILES", unregisterFiles(world, ring.fd), 0);

  expectSlot(world, ring, 0, "EBADF");
  equal("again", unregisterFiles(world, ring.fd), "ENXIO");
  haveFiles(world, ring.fd, [someFile(world)]);
  expectSlot(world, ring, 0, 1);
});

scenario("CANCEL-3 CANCEL-4", "a cancellation names a file by its slot", (world, ring) => {
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
