/** Chapter FS: OPENAT2, and what opening a file can ask for. */
import { expect } from "vitest";
import {
  AT_EMPTY_PATH,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_PATH,
  O_RDONLY,
  O_RDWR,
  O_TMPFILE,
  O_TRUNC,
  O_WRONLY,
  RESOLVE_BENEATH,
  RESOLVE_CACHED,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
  STATX_BASIC_STATS,
} from "../../spec/abi/linux.ts";
import { SQE_BUF_INDEX, SQE_IOPRIO } from "../../spec/abi/sqe.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { expectEach } from "./harness/each.ts";
import { read, set16, write, type Entry } from "./harness/entries.ts";
import { anyOf } from "./harness/expectation.ts";
import { closeFd, openat, statx } from "./harness/file-entries.ts";
import { linkat, openat2, openat2Sized, openHow, type How } from "./harness/storage-entries.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

const HOW_SIZE = 24;
const STX_NLINK = 16;

/** OPENAT2 of a name in the world's own directory. */
function opening(world: World, name: string, how: How): Entry {
  return openat2(world.memory.path(world.tempPath(name)), openHow(world, how));
}

/** Opens one file, and gives its descriptor to the world. */
function opened(world: World, ring: TestRing, entry: Entry): number {
  ring.submit({ 50: entry });
  const { res } = ring.next(50);
  expect(res).toBeGreaterThanOrEqual(0);
  return world.adopt(res);
}

scenario("FS-5", "flags and mode stand in the open_how", (world, ring) => {
  const how = { flags: O_CREAT | O_EXCL | O_RDWR, mode: 0o600 };

  const fd = opened(world, ring, opening(world, "file", how));
  ring.submit({ 1: write(fd, world.memory.of("hello")) });

  ring.expect({ 1: 5 });
  expectEach(ring, "EEXIST", [opening(world, "file", how)]);
});

scenario("FS-5", "an open_how that is short or cannot be read", (world, ring) => {
  world.writeFile(world.tempPath("file"), "");
  const path = world.memory.path(world.tempPath("file"));
  const { address } = openHow(world, {});

  expectEach(ring, "EINVAL", [openat2Sized(path, address, HOW_SIZE - 1)]);
  expectEach(ring, "EINVAL", [openat2Sized(path, UNMAPPED, 0)]);
  expectEach(ring, "EFAULT", [openat2Sized(path, UNMAPPED, HOW_SIZE)]);
});

scenario("FS-28", "a longer open_how has zeros behind the known part", (world, ring) => {
  world.writeFile(world.tempPath("file"), "hello");
  const path = world.memory.path(world.tempPath("file"));
  const [longer, page] = [openHow(world, {}, 8), openHow(world, {}, 5000)];
  const wrong = openHow(world, {}, 8);
  wrong.bytes[31] = 1;

  for (const how of [longer, page]) {
    const fd = opened(world, ring, openat2(path, how));
    ring.submit({ 1: read(fd, world.memory.allocate(9)) });
    ring.expect({ 1: 5 });
  }

  expectEach(ring, "E2BIG", [openat2(path, wrong)]);
});

scenario("FS-29", "modes and bits that mean nothing are refused", (world, ring) => {
  world.writeFile(world.tempPath("file"), "");
  const entry = (how: How): Entry => opening(world, "file", how);

  expectEach(ring, "EINVAL", [
    entry({ mode: 0o600 }),
    entry({ flags: O_CREAT, mode: 0o10000 }),
    entry({ flags: O_CREAT, mode: 2 ** 32 }),
    entry({ resolve: 0x40 }),
    entry({ resolve: 2 ** 40 }),
    entry({ resolve: RESOLVE_BENEATH | RESOLVE_IN_ROOT }),
    entry({ flags: O_CREAT | O_DIRECTORY }),
    entry({ flags: O_PATH | O_RDWR }),
    entry({ flags: O_TMPFILE }),
    entry({ flags: O_TMPFILE & ~O_DIRECTORY, mode: 0 }),
  ]);
});

scenario("FS-27", "unknown flags are ignored by one and refused by the other", (world, ring) => {
  world.writeFile(world.tempPath("file"), "hello");
  const path = world.memory.path(world.tempPath("file"));
  const unknown = 0x80000000;

  const fd = opened(world, ring, openat(path, unknown | O_RDONLY, 0xffffffff));
  ring.submit({ 1: read(fd, world.memory.allocate(9)) });

  ring.expect({ 1: 5 });
  expectEach(ring, "EINVAL", [
    opening(world, "file", { flags: unknown }),
    opening(world, "file", { flags: 2 ** 40 }),
  ]);
});

scenario("FS-5 FS-26", "what an open2 does not use is reserved", (world, ring) => {
  const entry = opening(world, "none", {});

  expectEach(ring, "EINVAL", [set16(SQE_BUF_INDEX, 1, entry), set16(SQE_IOPRIO, 1, entry)]);
  expectEach(ring, "ENOENT", [entry]);
  expectEach(ring, "EFAULT", [openat2(UNMAPPED, openHow(world, {}))]);
});

scenario("FS-30", "a path may be forbidden to lead through links", (world, ring) => {
  world.makeDirectory(world.tempPath("real"));
  world.writeFile(world.tempPath("real/file"), "hello");
  world.symlink("real", world.tempPath("link"));
  world.symlink("real/file", world.tempPath("last"));
  const resolve = RESOLVE_NO_SYMLINKS;

  opened(world, ring, opening(world, "link/file", {}));
  opened(world, ring, opening(world, "real/file", { resolve }));
  opened(world, ring, opening(world, "link/file", { resolve: RESOLVE_NO_MAGICLINKS }));
  opened(world, ring, opening(world, "last", { resolve, flags: O_PATH | O_NOFOLLOW }));

  expectEach(ring, "ELOOP", [
    opening(world, "link/file", { resolve }),
    opening(world, "last", { resolve }),
  ]);
});

scenario("FS-30", "a path may be held beneath its directory", (world, ring) => {
  world.makeDirectory(world.tempPath("room"));
  world.makeDirectory(world.tempPath("room/inner"));
  world.writeFile(world.tempPath("room/file"), "hello");
  world.writeFile(world.tempPath("outside"), "");
  world.symlink("../file", world.tempPath("room/inner/up"));
  world.symlink("../outside", world.tempPath("room/out"));
  world.symlink("/", world.tempPath("room/root"));
  const room = world.open(world.tempPath("room"), O_RDONLY | O_DIRECTORY);
  const beneath = (path: string): Entry =>
    openat2(world.memory.path(path), openHow(world, { resolve: RESOLVE_BENEATH }), room);

  opened(world, ring, beneath("file"));
  opened(world, ring, beneath("inner/../file"));
  opened(world, ring, beneath("inner/up"));

  const outside = ["..", "../outside", "out", "root", "/", world.tempPath("room/file")];
  expectEach(ring, "EXDEV", outside.map(beneath));
  expectEach(ring, "ENOENT", [beneath("none")]);
});

scenario("FS-30", "a directory may be the root of a path", (world, ring) => {
  world.makeDirectory(world.tempPath("room"));
  world.writeFile(world.tempPath("room/file"), "hello");
  world.writeFile(world.tempPath("outside"), "");
  world.symlink("/file", world.tempPath("room/link"));
  const room = world.open(world.tempPath("room"), O_RDONLY | O_DIRECTORY);
  const within = (path: string, directory = room): Entry =>
    openat2(world.memory.path(path), openHow(world, { resolve: RESOLVE_IN_ROOT }), directory);

  for (const path of ["/file", "../../file", "link", "/..", "/../link"]) {
    opened(world, ring, within(path));
  }

  expectEach(ring, "ENOENT", [within("../outside"), within("/outside")]);
  expectEach(ring, "EBADF", [within("/file", -1)]);
});

scenario("FS-63", "a path may be held on its file system", (world, ring) => {
  world.writeFile(world.tempPath("file"), "");
  world.symlink("/dev/null", world.tempPath("link"));
  const directory = world.open(world.tempPath(""), O_RDONLY | O_DIRECTORY);
  const within = (path: string): Entry =>
    openat2(world.memory.path(path), openHow(world, { resolve: RESOLVE_NO_XDEV }), directory);

  opened(world, ring, within("file"));
  opened(world, ring, openat2(world.memory.path("link"), openHow(world, {}), directory));

  expectEach(ring, "EXDEV", [within("link")]);
});

scenario("FS-31", "the cache opens what it knows, and changes nothing", (world, ring) => {
  world.writeFile(world.tempPath("file"), "hello");
  const cached = (name: string, flags: number): Entry =>
    opening(world, name, { flags, resolve: RESOLVE_CACHED });

  expectEach(ring, "EAGAIN", [cached("file", O_CREAT | O_RDWR), cached("file", O_TRUNC | O_RDWR)]);
  opened(world, ring, cached("file", O_RDONLY));
  ring.submit({ 2: cached("never-seen", O_RDONLY) });

  // What the cache knows nothing about has to be looked up; the simulated one knows everything.
  ring.expect({ 2: anyOf("EAGAIN", "ENOENT") });
  expect(world.readFile(world.tempPath("file")).length).toBe(5);
});

scenario("FS-64", "a file without a name lives as long as it is open", (world, ring) => {
  const directory = world.memory.path(world.tempPath(""));
  const fd = opened(world, ring, openat(directory, O_TMPFILE | O_RDWR, 0o600));
  const into = world.memory.allocate(256);

  ring.submit({ 1: write(fd, world.memory.of("hello")) });
  ring.expect({ 1: 5 });
  ring.submit({
    2: statx(world.memory.path(""), STATX_BASIC_STATS, into.address, AT_EMPTY_PATH, fd),
  });
  ring.expect({ 2: 0 });
  expect(into.view.getUint32(STX_NLINK, true)).toBe(0);

  const name = world.tempPath("named");
  const entry = linkat(world.memory.path(""), world.memory.path(name), AT_EMPTY_PATH, fd);
  ring.submit({ 3: entry });
  ring.expect({ 3: 0 });
  expect(world.readFile(name).length).toBe(5);
});

scenario("FS-64", "with O_EXCL it never gets one", (world, ring) => {
  const directory = world.memory.path(world.tempPath(""));
  const name = world.memory.path(world.tempPath("named"));
  const flags = O_TMPFILE | O_EXCL | O_WRONLY;
  const fd = opened(world, ring, openat(directory, flags, 0o600));

  ring.submit({ 1: linkat(world.memory.path(""), name, AT_EMPTY_PATH, fd) });

  ring.expect({ 1: "ENOENT" });
  world.writeFile(world.tempPath("file"), "");
  expectEach(ring, "ENOTDIR", [
    openat(world.memory.path(world.tempPath("file")), O_TMPFILE | O_RDWR, 0o600),
  ]);
  expectEach(ring, "EINVAL", [openat(directory, O_TMPFILE | O_RDONLY, 0o600)]);
});

scenario(
  "FS-65",
  "a place that was opened serves paths, and nothing that needs a file",
  (world, ring) => {
    world.makeDirectory(world.tempPath("room"));
    world.writeFile(world.tempPath("room/file"), "hello");
    const path = (name: string): number => world.memory.path(name);
    const room = opened(world, ring, openat(path(world.tempPath("room")), O_PATH | O_DIRECTORY));
    const into = world.memory.allocate(256);

    ring.submit({ 5: openat(path("file"), O_PATH | O_RDWR, 0, room) });
    const { res: file } = ring.next(5);
    ring.submit({
      1: read(file, world.memory.allocate(4)),
      2: statx(path(""), STATX_BASIC_STATS, into.address, AT_EMPTY_PATH, file),
    });
    ring.expect({ 1: "EBADF", 2: 0 });
    const readable = opened(world, ring, openat(path("file"), O_RDONLY, 0, room));
    ring.submit({ 3: read(readable, world.memory.allocate(4)), 4: closeFd(file) });

    ring.expect({ 3: 4, 4: 0 });
  },
);
