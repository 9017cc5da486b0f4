/** Chapter FILE: the table of registered files is made, and goes. */
import { O_PATH, POLLIN, POLLRDNORM } from "../../spec/abi/linux.ts";
import { RSRC_REGISTER_SIZE } from "../../spec/abi/register-structs.ts";
import {
  IORING_REGISTER_FILES,
  IORING_REGISTER_FILES2,
  IORING_RSRC_REGISTER_SPARSE,
  IORING_UNREGISTER_FILES,
} from "../../spec/abi/register.ts";
import { IORING_FILE_INDEX_ALLOC, SQE_OFF } from "../../spec/abi/sqe.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { pollAdd } from "./harness/control-entries.ts";
import { read, set32, write } from "./harness/entries.ts";
import { check, equal } from "./harness/expectation.ts";
import { fsync } from "./harness/file-entries.ts";
import { fileWith } from "./harness/fixtures.ts";
import { RawRing } from "./harness/raw-ring.ts";
import { fixed, filesUpdate } from "./harness/registered-entries.ts";
import {
  descriptors,
  filesRegister,
  haveFiles,
  haveSlots,
  register,
  registerFiles,
  registerFiles2,
  unregisterFiles,
  updateFiles,
} from "./harness/registrations.ts";
import { recv, send } from "./harness/socket-entries.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

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

scenario("FILE-1", "sockets, pipes and polls work on slots", { whole: true }, (world, ring) => {
  const [left, right] = world.socketPair();
  const pipe = world.pipe();
  haveFiles(world, ring.fd, [left, right, pipe.read, pipe.write]);
  const memory = world.memory.of("four");

  ring.submit({ 1: fixed(recv(0, world.memory.allocate(4))), 2: fixed(pollAdd(2, POLLIN)) });
  ring.submit({ 3: fixed(send(1, memory)), 4: fixed(write(3, memory, 4, -1)) });

  ring.expect({ 1: 4, 2: POLLIN, 3: 4, 4: 4 });
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
