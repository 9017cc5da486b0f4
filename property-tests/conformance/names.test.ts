/** Chapter FS: second names, symbolic links, renames, and what path operations reserve. */
import { expect } from "vitest";
import {
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  AT_SYMLINK_NOFOLLOW,
  O_DIRECTORY,
  O_RDONLY,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  RENAME_WHITEOUT,
  S_IFCHR,
  S_IFLNK,
  S_IFMT,
  STATX_BASIC_STATS,
} from "../../spec/abi/linux.ts";
import {
  IOSQE_FIXED_FILE,
  SQE_ADDR3,
  SQE_BUF_INDEX,
  SQE_IOPRIO,
  SQE_LEN,
  SQE_OFF,
  SQE_OP_FLAGS,
  SQE_SPLICE_FD_IN,
} from "../../spec/abi/sqe.ts";
import { EINVAL } from "../../spec/errno.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { flagged, link, nop, set16, set32, type Entry } from "./harness/entries.ts";
import type { Result } from "./harness/expectation.ts";
import { mkdirat, openat, renameat, statx, unlinkat } from "./harness/file-entries.ts";
import { linkat, symlinkat } from "./harness/storage-entries.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

const STX_NLINK = 16;
const STX_MODE = 28;

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** The address of a path in the world's own directory, dots and slashes as they are. */
const place = (world: World, name: string): number =>
  world.memory.path(world.tempPath("x").replace(/x$/, name));

/** Each entry by itself gives this result. */
function expectEach(ring: TestRing, expected: Result, entries: readonly Entry[]): void {
  for (const entry of entries) {
    ring.submit({ 1: entry });
    ring.expect({ 1: expected });
  }
}

/** Type and links of what a name stands for, links not followed. */
function looked(world: World, ring: TestRing, name: string): { type: number; links: number } {
  const into = world.memory.allocate(256);
  const path = place(world, name);
  ring.submit({ 60: statx(path, STATX_BASIC_STATS, into.address, AT_SYMLINK_NOFOLLOW) });
  ring.expect({ 60: 0 });
  const { view } = into;
  return {
    type: view.getUint16(STX_MODE, true) & S_IFMT,
    links: view.getUint32(STX_NLINK, true),
  };
}

scenario("FS-41", "a file may have two names", (world, ring) => {
  world.writeFile(world.tempPath("one"), "hello");

  ring.submit({ 1: linkat(place(world, "one"), place(world, "two")) });

  ring.expect({ 1: 0 });
  expect(looked(world, ring, "one").links).toBe(2);
  world.writeFile(world.tempPath("two"), "changed");
  expect(textOf(world.readFile(world.tempPath("one")))).toBe("changed");
});

scenario("FS-41", "a second name that cannot be", (world, ring) => {
  world.writeFile(world.tempPath("one"), "");
  world.writeFile(world.tempPath("two"), "");
  world.makeDirectory(world.tempPath("directory"));
  const at = (name: string): number => place(world, name);

  expectEach(ring, "EEXIST", [linkat(at("one"), at("two")), linkat(at("one"), at("two/"))]);
  expectEach(ring, "EPERM", [linkat(at("directory"), at("new"))]);
  expectEach(ring, "ENOENT", [linkat(at("none"), at("new")), linkat(at("one"), at("new/"))]);
  expectEach(ring, "EXDEV", [
    linkat(at("one"), world.memory.path("/dev/safer-ring-none")),
    linkat(world.memory.path("/dev/null"), at("new")),
  ]);
});

scenario("FS-42", "a symbolic link is linked itself, or followed", (world, ring) => {
  world.writeFile(world.tempPath("file"), "hello");
  world.symlink("file", world.tempPath("link"));

  ring.submit({ 1: linkat(place(world, "link"), place(world, "same")) });
  ring.submit({ 2: linkat(place(world, "link"), place(world, "other"), AT_SYMLINK_FOLLOW) });
  ring.expect({ 1: 0, 2: 0 });

  expect(looked(world, ring, "same").type).toBe(S_IFLNK);
  expect(looked(world, ring, "other").links).toBe(2);
  expectEach(ring, "EINVAL", [linkat(place(world, "file"), place(world, "new"), 1)]);
  expectEach(ring, "ENOENT", [linkat(world.memory.path(""), place(world, "new"))]);
});

scenario("FS-40", "a symbolic link holds any text", (world, ring) => {
  world.writeFile(world.tempPath("file"), "hello");

  ring.submit({ 1: symlinkat(world.memory.path("file"), place(world, "link")) });
  ring.submit({ 2: symlinkat(world.memory.path("no/where"), place(world, "dangling")) });
  ring.expect({ 1: 0, 2: 0 });

  expect(textOf(world.readFile(world.tempPath("link")))).toBe("hello");
  expect(looked(world, ring, "dangling").type).toBe(S_IFLNK);
  expectEach(ring, "ENOENT", [openat(place(world, "dangling"), O_RDONLY)]);
});

scenario("FS-40", "a symbolic link that cannot be", (world, ring) => {
  world.writeFile(world.tempPath("file"), "");
  const text = world.memory.path("text");

  expectEach(ring, "EEXIST", [symlinkat(text, place(world, "file"))]);
  expectEach(ring, "ENOENT", [
    symlinkat(world.memory.path(""), place(world, "new")),
    symlinkat(text, world.memory.path("")),
    symlinkat(text, place(world, "none/new")),
    symlinkat(text, place(world, "new/")),
  ]);
  expectEach(ring, "ENOTDIR", [symlinkat(text, place(world, "file/new"))]);
  expectEach(ring, "EBADF", [symlinkat(text, world.memory.path("new"), -1)]);
});

scenario("FS-43", "paths that cannot be read break a chain", (world, ring) => {
  world.writeFile(world.tempPath("file"), "");
  const path = place(world, "file");
  const wrong: readonly Entry[] = [
    linkat(UNMAPPED, path),
    linkat(path, UNMAPPED),
    symlinkat(0, path),
    symlinkat(path, 0),
    renameat(path, UNMAPPED),
    unlinkat(UNMAPPED),
    mkdirat(UNMAPPED, 0o755),
  ];

  for (const entry of wrong) {
    ring.submit({ 1: link(entry), 2: nop() });
    ring.expect({ 1: "EFAULT", 2: "ECANCELED" });
  }
});

scenario("FS-43", "a path is copied when it is submitted", (world, ring) => {
  world.writeFile(world.tempPath("file"), "");
  const [from, to] = [world.tempPath("file"), world.tempPath("link")];
  const paths = [world.memory.of(`${from}\0`), world.memory.of(`${to}\0`)] as const;

  ring.submit({ 1: linkat(paths[0].address, paths[1].address) });
  for (const memory of paths) memory.bytes.fill(0);

  ring.expect({ 1: 0 });
  expect(world.exists(to)).toBe(true);
});

scenario("FS-61", "names reserve what they do not use", (world, ring) => {
  const [from, to] = [place(world, "one"), place(world, "two")];
  const every: readonly Entry[] = [
    renameat(from, to),
    linkat(from, to),
    unlinkat(from),
    symlinkat(from, to),
    mkdirat(from, 0o755),
  ];
  const wrong = every.flatMap((entry) => [
    set16(SQE_BUF_INDEX, 1, entry),
    set32(SQE_SPLICE_FD_IN, 1, entry),
    set16(SQE_IOPRIO, 1, entry),
  ]);

  expectEach(ring, "EINVAL", [
    ...wrong,
    set32(SQE_OFF, 1, unlinkat(from)),
    set32(SQE_LEN, 1, unlinkat(from)),
    set32(SQE_LEN, 1, symlinkat(from, to)),
    set32(SQE_OP_FLAGS, 1, symlinkat(from, to)),
  ]);
  expectEach(
    ring,
    "EBADF",
    every.map((entry) => flagged(IOSQE_FIXED_FILE, entry)),
  );
  expectEach(ring, "ENOENT", [
    set32(SQE_ADDR3, 1, renameat(from, to)),
    set32(SQE_ADDR3, 1, unlinkat(from)),
  ]);
});

scenario("FS-36", "a statx reserves what it does not use", (world, ring) => {
  const entry = statx(place(world, "none"), STATX_BASIC_STATS, world.memory.allocate(256).address);

  expectEach(ring, "EINVAL", [
    set16(SQE_BUF_INDEX, 1, entry),
    set32(SQE_SPLICE_FD_IN, 1, entry),
    set16(SQE_IOPRIO, 1, entry),
  ]);
  expectEach(ring, "EBADF", [flagged(IOSQE_FIXED_FILE, entry)]);
  expectEach(ring, "ENOENT", [entry]);
});

scenario("FS-37", "two names are swapped", (world, ring) => {
  world.writeFile(world.tempPath("one"), "1");
  world.makeDirectory(world.tempPath("two"));
  const [one, two] = [place(world, "one"), place(world, "two")];

  ring.submit({ 1: renameat(one, two, RENAME_EXCHANGE) });
  ring.expect({ 1: 0 });

  expect(textOf(world.readFile(world.tempPath("two")))).toBe("1");
  expectEach(ring, "ENOENT", [renameat(one, place(world, "none"), RENAME_EXCHANGE)]);
  expectEach(ring, "EINVAL", [
    renameat(one, two, RENAME_EXCHANGE | RENAME_NOREPLACE),
    renameat(one, two, RENAME_EXCHANGE | RENAME_WHITEOUT),
    renameat(one, two, 8),
  ]);
  expectEach(ring, "EISDIR", [unlinkat(one)]);
});

scenario("FS-38", "a rename has the errors of renameat2", (world, ring) => {
  world.writeFile(world.tempPath("file"), "");
  world.makeDirectory(world.tempPath("empty"));
  world.makeDirectory(world.tempPath("full"));
  world.writeFile(world.tempPath("full/file"), "");
  const at = (name: string): number => place(world, name);

  expectEach(ring, "EISDIR", [renameat(at("file"), at("empty"))]);
  expectEach(ring, "ENOTDIR", [renameat(at("empty"), at("file")), renameat(at("file/"), at("x"))]);
  expectEach(ring, "ENOTEMPTY", [renameat(at("empty"), at("full"))]);
  expectEach(ring, "EINVAL", [renameat(at("full"), at("full/inner"))]);
  expectEach(ring, "EXDEV", [
    renameat(at("file"), world.memory.path("/dev/safer-ring-none")),
    renameat(at("none"), world.memory.path("/dev/safer-ring-none")),
  ]);
  expectEach(ring, "EBUSY", [renameat(at("full/."), at("x"))]);
  expectEach(ring, 0, [renameat(at("full"), at("empty"))]);
});

/** Leaves a whiteout where "file" was. Not every file system has them. */
function whiteOut(world: World, ring: TestRing): boolean {
  world.writeFile(world.tempPath("file"), "hello");
  ring.submit({ 1: renameat(place(world, "file"), place(world, "other"), RENAME_WHITEOUT) });
  const { res } = ring.next(1);
  expect([0, -EINVAL]).toContain(res);
  return res === 0;
}

scenario("FS-66", "a whiteout stays where a name was", (world, ring) => {
  if (!whiteOut(world, ring)) return;
  expect(textOf(world.readFile(world.tempPath("other")))).toBe("hello");
  expect(looked(world, ring, "file").type).toBe(S_IFCHR);
});

// Its mode lets nobody open it but those whom no mode holds back.
scenario("FS-66", "no device is behind it", { privilege: "CAP_DAC_OVERRIDE" }, (world, ring) => {
  if (!whiteOut(world, ring)) return;
  expectEach(ring, "ENXIO", [openat(place(world, "file"), O_RDONLY)]);
});

scenario("FS-9 FS-39", "what a path ends in decides what can be removed", (world, ring) => {
  world.makeDirectory(world.tempPath("directory"));
  world.writeFile(world.tempPath("file"), "");
  world.symlink("directory", world.tempPath("link"));
  const at = (name: string): number => place(world, name);

  expectEach(ring, "EINVAL", [unlinkat(at("directory/."), AT_REMOVEDIR)]);
  expectEach(ring, "ENOTEMPTY", [unlinkat(at("directory/.."), AT_REMOVEDIR)]);
  expectEach(ring, "ENOTDIR", [unlinkat(at("file/")), unlinkat(at("link/"), AT_REMOVEDIR)]);
  expectEach(ring, 0, [unlinkat(at("link"))]);
  expect(world.exists(world.tempPath("directory"))).toBe(true);
});

scenario("FS-10 FS-4", "directories may be opened, and paths start there", (world, ring) => {
  world.makeDirectory(world.tempPath("room"));
  const room = world.open(world.tempPath("room"), O_RDONLY | O_DIRECTORY);

  ring.submit({ 1: mkdirat(world.memory.path("inner"), 0o755, room) });
  ring.expect({ 1: 0 });

  expect(world.exists(world.tempPath("room/inner"))).toBe(true);
  expectEach(ring, "EBADF", [mkdirat(world.memory.path("inner"), 0o755, -1)]);
  expectEach(ring, "ENOTDIR", [
    mkdirat(world.memory.path("inner"), 0o755, world.pipe().read),
    unlinkat(world.memory.path("inner"), 0, world.eventfd()),
  ]);
});
