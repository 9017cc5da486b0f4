/** Chapter FILE: updates of the table of registered files. */
import { RSRC_UPDATE2_SIZE } from "../../spec/abi/register-structs.ts";
import {
  IORING_REGISTER_FILES_SKIP,
  IORING_REGISTER_FILES_UPDATE,
  IORING_REGISTER_FILES_UPDATE2,
} from "../../spec/abi/register.ts";
import {
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
import { type Entry, read, set16, set32 } from "./harness/entries.ts";
import { check, equal } from "./harness/expectation.ts";
import { fileWith } from "./harness/fixtures.ts";
import { fixed, filesUpdate } from "./harness/registered-entries.ts";
import {
  descriptors,
  filesUpdateStruct,
  haveFiles,
  haveSlots,
  register,
  updateFiles,
  updateTagged,
} from "./harness/registrations.ts";
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

scenario("FILE-61", "a ring is refused after a slot was picked for it", (world, ring) => {
  haveSlots(world, ring.fd, 1);
  const pick = (fd: number): Entry =>
    set32(SQE_OFF, IORING_FILE_INDEX_ALLOC, filesUpdate(descriptors(world, [fd]).address, 1));
  ring.submit({ 1: pick(ring.fd), 2: pick(someFile(world)) });
  ring.expect({ 1: "EBADF", 2: 1 });

  ring.submit({ 3: pick(ring.fd), 4: pick(9999) });

  ring.expect({ 3: "ENFILE", 4: "EBADF" });
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
