/** Chapter FS: extended attributes. */
import { expect } from "vitest";
import { O_PATH, O_RDONLY, O_RDWR, XATTR_CREATE, XATTR_REPLACE } from "../../spec/abi/linux.ts";
import {
  IOSQE_FIXED_FILE,
  SQE_ADDR,
  SQE_ADDR3,
  SQE_BUF_INDEX,
  SQE_IOPRIO,
  SQE_LEN,
  SQE_OP_FLAGS,
  SQE_SPLICE_FD_IN,
} from "../../spec/abi/sqe.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { flagged, link, nop, set16, set32, type Entry } from "./harness/entries.ts";
import type { Result } from "./harness/expectation.ts";
import { fileWith } from "./harness/fixtures.ts";
import { fgetxattr, fsetxattr, getxattr, setxattr } from "./harness/storage-entries.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

const LARGEST_VALUE = 65_536;

/** Each entry by itself gives this result. */
function expectEach(ring: TestRing, expected: Result, entries: readonly Entry[]): void {
  for (const entry of entries) {
    ring.submit({ 1: entry });
    ring.expect({ 1: expected });
  }
}

const name = (world: World, text: string): number => world.memory.path(text);

scenario("FS-15 FS-58", "an attribute that is set can be read", (world, ring) => {
  const fd = fileWith(world, "");
  const one = name(world, "user.one");
  const into = world.memory.allocate(16);

  ring.submit({ 1: fsetxattr(fd, one, world.memory.of("value")) });
  ring.expect({ 1: 0 });
  ring.submit({ 2: fgetxattr(fd, one, into) });
  ring.expect({ 2: 5 });

  expect(into.text(6)).toBe("value\0");
  expectEach(ring, 5, [fgetxattr(fd, one, into, 0), fgetxattr(fd, one, into, 5)]);
  expectEach(ring, "ERANGE", [fgetxattr(fd, one, into, 4)]);
  expectEach(ring, "ENODATA", [fgetxattr(fd, name(world, "user.none"), into)]);
});

scenario("FS-15", "an attribute may have to be new, or not", (world, ring) => {
  const fd = fileWith(world, "");
  const [one, value] = [name(world, "user.one"), world.memory.of("v")];

  expectEach(ring, "ENODATA", [fsetxattr(fd, one, value, XATTR_REPLACE)]);
  expectEach(ring, 0, [fsetxattr(fd, one, value, XATTR_CREATE)]);
  expectEach(ring, "EEXIST", [fsetxattr(fd, one, value, XATTR_CREATE)]);
  expectEach(ring, 0, [fsetxattr(fd, one, value, XATTR_REPLACE)]);
  expectEach(ring, "EINVAL", [fsetxattr(fd, one, value, 4)]);
  expectEach(ring, 0, [set32(SQE_LEN, 0, fsetxattr(fd, one, value))]);
  expectEach(ring, 0, [fgetxattr(fd, one, world.memory.allocate(4))]);
});

scenario("FS-15 FS-60", "a path leads through links to its attributes", (world, ring) => {
  world.writeFile(world.tempPath("file"), "");
  world.symlink("file", world.tempPath("link"));
  world.symlink("nowhere", world.tempPath("dangling"));
  const at = (path: string): number => world.memory.path(world.tempPath(path));
  const [one, into] = [name(world, "user.one"), world.memory.allocate(4)];

  expectEach(ring, 0, [setxattr(at("link"), one, world.memory.of("abc"))]);
  expectEach(ring, 3, [getxattr(at("file"), one, into)]);

  expect(into.text(3)).toBe("abc");
  expectEach(ring, "ENOENT", [
    setxattr(at("dangling"), one, into),
    getxattr(at("dangling"), one, into),
    getxattr(world.memory.path(""), one, into),
  ]);
});

scenario("FS-60", "a descriptor needs no path", (world, ring) => {
  const fd = fileWith(world, "");
  const [one, into] = [name(world, "user.one"), world.memory.allocate(4)];
  const place = world.open(world.tempPath("file"), O_PATH);

  expectEach(ring, "ENODATA", [
    set32(SQE_ADDR3, UNMAPPED, fgetxattr(fd, one, into)),
    fgetxattr(world.open(world.tempPath("file"), O_RDONLY), one, into),
  ]);
  expectEach(ring, "EBADF", [
    fgetxattr(place, one, into),
    fsetxattr(place, one, into),
    fgetxattr(-1, one, into),
  ]);
});

scenario("FS-58", "what has no attributes says so", (world, ring) => {
  const fd = fileWith(world, "");
  const [user, other] = [name(world, "user.one"), name(world, "other.one")];
  const into = world.memory.allocate(4);
  const pipe = world.pipe();

  expectEach(ring, "EOPNOTSUPP", [
    fgetxattr(fd, other, into),
    fsetxattr(fd, other, into),
    fgetxattr(pipe.read, other, into),
  ]);
  expectEach(ring, "EPERM", [
    fsetxattr(pipe.write, user, into),
    fsetxattr(world.open("/dev/null", O_RDWR), user, into),
  ]);
  expectEach(ring, "ENODATA", [fgetxattr(pipe.read, user, into)]);
  expectEach(ring, "EINVAL", [
    fgetxattr(fd, name(world, "user."), into),
    set32(SQE_OP_FLAGS, XATTR_CREATE, fgetxattr(fd, user, into)),
  ]);
});

scenario("FS-58", "nor the trusted ones", { privilege: "CAP_SYS_ADMIN" }, (world, ring) => {
  const [trusted, into] = [name(world, "trusted.one"), world.memory.allocate(4)];
  const pipe = world.pipe();

  expectEach(ring, "EOPNOTSUPP", [fgetxattr(pipe.read, trusted, into)]);
  world.withoutPrivileges(() => {
    expectEach(ring, "ENODATA", [fgetxattr(pipe.read, trusted, into)]);
  });
});

scenario("FS-59", "a name is read when it is submitted, and has 1 to 255 bytes", (world, ring) => {
  const value = world.memory.of("v");
  const long = name(world, `user.${"n".repeat(250)}`);
  const longer = name(world, `user.${"n".repeat(251)}`);

  expectEach(ring, "EFAULT", [
    fsetxattr(-1, UNMAPPED, value),
    fgetxattr(-1, 0, value),
    set32(SQE_ADDR3, UNMAPPED, getxattr(0, long, value)),
  ]);
  expectEach(ring, "ERANGE", [fsetxattr(-1, name(world, ""), value), fgetxattr(-1, longer, value)]);
  expectEach(ring, "EBADF", [fgetxattr(-1, long, value)]);
});

scenario("FS-59", "a value is copied when it is submitted, and has up to 65536", (world, ring) => {
  const fd = fileWith(world, "");
  const [one, value] = [name(world, "user.one"), world.memory.of("abc")];
  const into = world.memory.allocate(3);

  expectEach(ring, "E2BIG", [set32(SQE_LEN, LARGEST_VALUE + 1, fsetxattr(-1, one, value))]);
  expectEach(ring, "EFAULT", [
    set32(SQE_ADDR, UNMAPPED, fsetxattr(fd, 0, value)),
    (sqes, at) => {
      fsetxattr(-1, one, value)(sqes, at);
      sqes.setBigUint64(at + 8, BigInt(UNMAPPED), true);
    },
  ]);
  ring.submit({ 1: fsetxattr(fd, one, value) });
  value.bytes.fill(0);
  ring.expect({ 1: 0 });

  expectEach(ring, 3, [fgetxattr(fd, one, into)]);
  expect(into.text(3)).toBe("abc");
  expectEach(ring, "EFAULT", [
    (sqes, at) => {
      fgetxattr(fd, one, value)(sqes, at);
      sqes.setBigUint64(at + 8, BigInt(UNMAPPED), true);
    },
  ]);
});

scenario(
  "FS-67",
  "attributes of paths refuse registered files, and reserve little",
  (world, ring) => {
    const fd = fileWith(world, "");
    const [one, into] = [name(world, "user.one"), world.memory.allocate(4)];
    const path = world.memory.path(world.tempPath("file"));

    expectEach(ring, "EBADF", [
      flagged(IOSQE_FIXED_FILE, getxattr(path, UNMAPPED, into)),
      flagged(IOSQE_FIXED_FILE, setxattr(path, UNMAPPED, into)),
      flagged(IOSQE_FIXED_FILE, fgetxattr(0, one, into)),
    ]);
    expectEach(ring, "EINVAL", [set16(SQE_IOPRIO, 1, fgetxattr(fd, one, into))]);
    expectEach(ring, "ENODATA", [
      set16(SQE_BUF_INDEX, 1, fgetxattr(fd, one, into)),
      set32(SQE_SPLICE_FD_IN, 1, getxattr(path, one, into)),
    ]);
  },
);

scenario("LINK-10", "an attribute that is not there breaks no chain", (world, ring) => {
  const fd = fileWith(world, "");

  ring.submit({
    1: link(fgetxattr(fd, name(world, "user.none"), world.memory.allocate(4))),
    2: nop(),
  });

  ring.expect({ 1: "ENODATA", 2: 0 });
});

scenario("FS-75", "some attributes are for administrators", (world, ring) => {
  const fd = fileWith(world, "");
  const [trusted, security] = [name(world, "trusted.one"), name(world, "security.one")];
  const into = world.memory.allocate(4);

  world.withoutPrivileges(() => {
    expectEach(ring, "EPERM", [fsetxattr(fd, trusted, into), fsetxattr(fd, security, into)]);
    expectEach(ring, "ENODATA", [fgetxattr(fd, trusted, into), fgetxattr(fd, security, into)]);
  });
});
