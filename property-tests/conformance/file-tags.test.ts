/** Chapter FILE: the CQE that tells when a registered file is let go of. */
import { AF_UNIX, O_RDWR, SOCK_STREAM } from "../../spec/abi/linux.ts";
import { IORING_REGISTER_FILES_SKIP } from "../../spec/abi/register.ts";
import { IORING_FILE_INDEX_ALLOC, SQE_OFF } from "../../spec/abi/sqe.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { cancel, timeout } from "./harness/control-entries.ts";
import { link, nop, read, set32, skip } from "./harness/entries.ts";
import { check, equal } from "./harness/expectation.ts";
import { openat } from "./harness/file-entries.ts";
import { fileWith } from "./harness/fixtures.ts";
import {
  closeSlot,
  filesUpdate,
  fixed,
  intoAnySlot,
  intoSlot,
} from "./harness/registered-entries.ts";
import {
  descriptors,
  filesRegister,
  haveSlots,
  haveTagged,
  registerFiles2,
  unregisterFiles,
  updateFiles,
  updateTagged,
  words,
} from "./harness/registrations.ts";
import { socket } from "./harness/socket-entries.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

const SKIP = IORING_REGISTER_FILES_SKIP | 0;
const TAG = 70;

/** A tagged file in slot 0, and an empty slot 1. */
function haveTag(world: World, ring: TestRing, fd: number = fileWith(world, "x")): void {
  haveTagged(world, ring.fd, [fd, -1], [TAG, 0]);
  ring.announce(TAG);
}

scenario("FILE-16 FILE-48", "an update that empties a slot releases its tag", (world, ring) => {
  haveTag(world, ring);

  equal("update", updateFiles(world, ring.fd, 0, [-1]), 1);

  ring.expect({ [TAG]: 0 });
});

scenario("FILE-16 FILE-48", "an update that fills a slot releases the old tag", (world, ring) => {
  const fd = fileWith(world, "x");
  haveTag(world, ring, fd);

  equal("update", updateTagged(world, ring.fd, 0, [fd, fd], [TAG + 1, TAG + 2]), 2);
  ring.expect({ [TAG]: 0 });
  ring.announce(TAG + 1);
  equal("another, without a tag", updateFiles(world, ring.fd, 0, [fd]), 1);

  ring.expect({ [TAG + 1]: 0 });
  ring.announce(TAG + 2);
  ring.submit({ 1: filesUpdate(descriptors(world, [-1, -1]).address, 2) });
  ring.expect({ 1: 2, [TAG + 2]: 0 });
});

scenario("FILE-48", "CLOSE of a slot releases its tag", (world, ring) => {
  haveTag(world, ring);

  ring.submit({ 1: closeSlot(0) });

  ring.expect({ 1: 0, [TAG]: 0 });
});

scenario("FILE-48", "a direct descriptor releases the tag of its slot", (world, ring) => {
  haveTag(world, ring);

  ring.submit({ 1: intoSlot(0, socket(AF_UNIX, SOCK_STREAM)) });

  ring.expect({ 1: 0, [TAG]: 0 });
});

scenario("FILE-48 FILE-57", "UNREGISTER_FILES releases all tags", (world, ring) => {
  const fd = fileWith(world, "x");
  haveTagged(world, ring.fd, [fd, fd, -1, fd], [71, 72, 0, 73]);
  for (const tag of [71, 72, 73]) ring.announce(tag);

  equal("UNREGISTER_FILES", unregisterFiles(world, ring.fd), 0);

  ring.expect({ 71: 0, 72: 0, 73: 0 });
  ring.expectOrder(73, 72, 71);
});

scenario("FILE-16", "a tag has 64 bits", (world, ring) => {
  const tag = 2 ** 40 + 5;
  haveTagged(world, ring.fd, [fileWith(world, "x")], [tag]);
  ring.announce(tag);

  equal("update", updateFiles(world, ring.fd, 0, [-1]), 1);

  ring.expect({ [tag]: 0 });
});

/** A tagged slot 0 with a read in flight (user_data 1) that waits for `wake`. */
function haveReader(world: World, ring: TestRing): { readonly wake: () => void } {
  const pipe = world.pipe();
  haveTag(world, ring, pipe.read);
  ring.submit({ 1: fixed(read(0, world.memory.allocate(1))) });
  world.settle();
  return { wake: () => world.write(pipe.write, "x") };
}

scenario("FILE-47", "a tag waits for a request on the file", (world, ring) => {
  const { wake } = haveReader(world, ring);

  equal("update", updateFiles(world, ring.fd, 0, [-1]), 1);
  ring.expectQuiet();
  wake();

  ring.expect({ 1: 1, [TAG]: 0 });
  ring.expectOrder(1, TAG);
});

scenario("FILE-47", "a tag waits for a request when its table goes", (world, ring) => {
  const { wake } = haveReader(world, ring);

  equal("UNREGISTER_FILES", unregisterFiles(world, ring.fd), 0);
  ring.expectQuiet();
  haveSlots(world, ring.fd, 1);
  ring.expectQuiet();
  wake();

  ring.expect({ 1: 1, [TAG]: 0 });
  ring.expectOrder(1, TAG);
});

scenario("FILE-47", "a request that is cancelled lets go of its file", (world, ring) => {
  haveReader(world, ring);
  equal("update", updateFiles(world, ring.fd, 0, [-1]), 1);

  ring.submit({ 2: cancel(1) });

  ring.expect({ 1: "ECANCELED", 2: 0, [TAG]: 0 });
  ring.expectOrder(1, TAG);
});

scenario("FILE-47", "a tag waits for all requests of a submit", (world, ring) => {
  haveTag(world, ring);
  const memory = world.memory.allocate(1);

  ring.submit({ 1: fixed(read(0, memory)), 2: closeSlot(0), 3: fixed(read(0, memory)) });

  ring.expect({ 1: 1, 2: 0, 3: "EBADF", [TAG]: 0 });
  ring.expectOrder(1, TAG);
});

scenario("FILE-47", "a request in silence lets go of its file as well", (world, ring) => {
  haveTag(world, ring);

  ring.submit({ 1: skip(link(fixed(read(0, world.memory.allocate(1))))), 2: skip(closeSlot(0)) });

  ring.expect({ [TAG]: 0 });
  ring.expectSilent(1, 2);
});

scenario("FILE-17 FILE-26", "a tag needs a file", (world, ring) => {
  const array = descriptors(world, [fileWith(world, "x"), -1]).address;
  const [good, bad] = [words(world, [71, 0]).address, words(world, [71, 72]).address];
  const files2 = (tags: number, files = array): number =>
    registerFiles2(world, ring.fd, filesRegister(world, 2, files, tags));
  equal("a tag for an empty slot", files2(bad), "EINVAL");
  equal("no table is left", unregisterFiles(world, ring.fd), "ENXIO");
  equal("tags that cannot be read", files2(UNMAPPED), "EFAULT");
  equal("tags without descriptors", files2(bad, 0), "EINVAL");
  ring.expectQuiet();
  equal("as it should be", files2(good), 0);

  equal("a tag with -1", updateTagged(world, ring.fd, 0, [-1], [72]), "EINVAL");
  equal("a tag with -2", updateTagged(world, ring.fd, 0, [SKIP], [72]), "EINVAL");
  equal("after one that is right", updateTagged(world, ring.fd, 0, [SKIP, -1], [0, 72]), 1);

  ring.expectQuiet();
  ring.announce(71);
  unregisterFiles(world, ring.fd);
  ring.expect({ 71: 0 });
});

scenario("FILE-49", "a bad descriptor releases the tag of the slot", (world, ring) => {
  haveTag(world, ring);

  equal("update", updateTagged(world, ring.fd, 0, [9999], [72]), "EBADF");

  ring.expect({ [TAG]: 0 });
});

scenario("FILE-23 FILE-26", "a failed registration posts no tags", (world, ring) => {
  const fd = fileWith(world, "x");
  const array = descriptors(world, [fd, 9999]).address;

  const struct = filesRegister(world, 2, array, words(world, [71, 72]).address);

  equal("REGISTER_FILES2", registerFiles2(world, ring.fd, struct), "EBADF");
  ring.expectQuiet();
});

scenario("FILE-16", "the file of a tag is closed", (world, ring) => {
  const pipe = world.pipe();
  haveTag(world, ring, pipe.write);
  world.closeFd(pipe.write);
  ring.submit({ 1: read(pipe.read, world.memory.allocate(1), 1, -1) });
  ring.expectQuiet();

  updateFiles(world, ring.fd, 0, [-1]);

  ring.expect({ 1: 0, [TAG]: 0 });
});

scenario("FILE-16", "a slot that was picked has no tag", (world, ring) => {
  haveTag(world, ring);
  const path = world.tempPath("file");
  const pick = set32(
    SQE_OFF,
    IORING_FILE_INDEX_ALLOC,
    filesUpdate(descriptors(world, [fileWith(world, "y")]).address, 1),
  );
  ring.submit({ 1: pick });
  ring.expect({ 1: 1 });
  ring.submit({ 2: closeSlot(1), 3: intoAnySlot(openat(world.memory.path(path), O_RDWR)) });
  ring.expect({ 2: 0, 3: 1 });

  updateFiles(world, ring.fd, 0, [-1, -1]);

  ring.expect({ [TAG]: 0 });
});

scenario("FILE-16 TIMEOUT-6", "a tag counts as a completion", (world, ring) => {
  haveTag(world, ring);
  ring.submit({ 1: timeout(world.memory.milliseconds(5000), 1) });
  ring.expectQuiet();

  updateFiles(world, ring.fd, 0, [-1]);

  ring.expect({ 1: 0, [TAG]: 0 });
});

scenario(
  "FILE-16 CQ-3",
  "a tag for a full queue waits behind it",
  { entries: 1, cqEntries: 2 },
  (world, ring) => {
    haveTag(world, ring);
    for (const userData of [1, 2]) ring.submit({ [userData]: nop() });

    updateFiles(world, ring.fd, 0, [-1]);

    ring.expect({ 1: 0, 2: 0, [TAG]: 0 });
    check("nothing was lost", ring.queue.overflowCount === 0);
  },
);
