/** Chapter ERR: which error a malformed SQE gets when several apply. */
import { O_RDONLY } from "../../spec/abi/linux.ts";
import {
  IOSQE_BUFFER_SELECT,
  IOSQE_FIXED_FILE,
  SQE_ADDR3,
  SQE_BUF_INDEX,
  SQE_FLAGS,
  SQE_IOPRIO,
  SQE_LEN,
  SQE_OFF,
  SQE_OPCODE,
  SQE_OP_FLAGS,
  SQE_PERSONALITY,
  SQE_SPLICE_FD_IN,
} from "../../spec/abi/sqe.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import { chapter } from "./harness/chapter.ts";
import { cancel, timeout, timeoutRemove } from "./harness/control-entries.ts";
import {
  drain,
  flagged,
  nop,
  read,
  readTo,
  readv,
  set16,
  set32,
  set8,
  skip,
} from "./harness/entries.ts";
import { closeFd, mkdirat, openat, unlinkat } from "./harness/file-entries.ts";
import { accept, connect, recv } from "./harness/socket-entries.ts";

const scenario = await chapter();

scenario("ERR-1", "an unknown opcode is refused", (_world, ring) => {
  ring.submit({ 1: set8(SQE_OPCODE, 200, nop()), 2: set8(SQE_OPCODE, 255, nop()) });

  ring.expect({ 1: "EINVAL", 2: "EINVAL" });
});

scenario("ERR-2", "the unknown SQE flag is refused", (_world, ring) => {
  ring.submit({ 1: set8(SQE_FLAGS, 0x80, nop()) });

  ring.expect({ 1: "EINVAL" });
});

scenario("ERR-3", "BUFFER_SELECT where it means nothing beats a bad ioprio", (_world, ring) => {
  ring.submit({ 1: flagged(IOSQE_BUFFER_SELECT, set16(SQE_IOPRIO, 1, nop())) });

  ring.expect({ 1: "EOPNOTSUPP" });
});

scenario("ERR-4", "DRAIN is refused on a ring that has seen CQE_SKIP_SUCCESS", (_world, ring) => {
  ring.submit({ 1: skip(nop()) });
  ring.expectSilent(1);

  ring.submit({ 2: drain(nop()) });

  ring.expect({ 2: "EOPNOTSUPP" });
});

scenario("ERR-4", "DRAIN and CQE_SKIP_SUCCESS exclude each other", (_world, ring) => {
  ring.submit({ 1: drain(skip(nop())) });

  ring.expect({ 1: "EOPNOTSUPP" });
});

scenario("ERR-6", "an ioprio where it means nothing is refused", (_world, ring) => {
  ring.submit({ 1: set16(SQE_IOPRIO, 1, nop()), 2: set16(SQE_IOPRIO, 1, cancel(7)) });

  ring.expect({ 1: "EINVAL", 2: "EINVAL" });
});

scenario("ERR-8", "an unknown personality beats a bad descriptor", (world, ring) => {
  const memory = world.memory.allocate(1);

  ring.submit({ 1: set16(SQE_PERSONALITY, 9, read(-1, memory)) });

  ring.expect({ 1: "EINVAL" });
});

scenario("ERR-17", "a structure that cannot be read faults", (_world, ring) => {
  ring.submit({
    1: timeout(UNMAPPED),
    2: openat(UNMAPPED, O_RDONLY),
    3: connect(-1, UNMAPPED, 16),
  });

  ring.expect({ 1: "EFAULT", 2: "EFAULT", 3: "EFAULT" });
});

scenario("ERR-10 ERR-17", "a bad iovec pointer beats a bad descriptor", (_world, ring) => {
  ring.submit({ 1: readv(-1, UNMAPPED, 1) });

  ring.expect({ 1: "EFAULT" });
});

scenario("ERR-9 ERR-10", "an unused field that is set beats a bad descriptor", (_world, ring) => {
  ring.submit({ 1: set32(SQE_LEN, 1, accept(-1)) });

  ring.expect({ 1: "EINVAL" });
});

scenario("ERR-10", "a bad descriptor is found when the request is issued", (world, ring) => {
  const memory = world.memory.allocate(1);

  ring.submit({
    1: read(-1, memory),
    2: recv(-1, memory),
    3: read(1 << 20, memory),
    4: accept(-1),
  });

  ring.expect({ 1: "EBADF", 2: "EBADF", 3: "EBADF", 4: "EBADF" });
});

scenario("ERR-11", "what is no socket is refused by socket operations", (world, ring) => {
  const pipe = world.pipe();

  ring.submit({ 1: recv(pipe.read, world.memory.allocate(1)), 2: accept(pipe.read) });

  ring.expect({ 1: "ENOTSOCK", 2: "ENOTSOCK" });
});

scenario("ERR-12", "a data pointer that is not mapped faults when data is moved", (world, ring) => {
  const pipe = world.pipe();
  ring.submit({ 1: readTo(pipe.read, UNMAPPED, 1) });
  ring.expectQuiet();

  world.write(pipe.write, "x");

  ring.expect({ 1: "EFAULT" });
});

scenario("ERR-12", "no data, no fault", (world, ring) => {
  const path = world.tempPath("empty");
  world.writeFile(path, "");
  const fd = world.open(path, O_RDONLY);

  ring.submit({ 1: readTo(fd, UNMAPPED, 8) });

  ring.expect({ 1: 0 });
});

scenario(
  "ERR-14 ERR-19 ERR-20",
  "IOSQE_FIXED_FILE: ignored, refused, or a bad descriptor",
  (world, ring) => {
    const path = world.memory.path(world.tempPath("none"));
    const fixed = IOSQE_FIXED_FILE;
    const soon = world.memory.milliseconds(1);
    ring.submit({ 1: flagged(fixed, nop()), 2: flagged(fixed, timeout(soon)) });
    ring.expect({ 1: 0, 2: "ETIME" });

    ring.submit({ 3: flagged(fixed, timeoutRemove(7)) });
    ring.submit({ 4: flagged(fixed, openat(path, O_RDONLY)), 5: flagged(fixed, closeFd(0)) });
    ring.submit({ 6: flagged(fixed, unlinkat(path)), 7: flagged(fixed, mkdirat(path, 0o755)) });

    ring.expect({ 3: "EINVAL", 4: "EBADF", 5: "EBADF", 6: "EBADF", 7: "EBADF" });
  },
);

scenario("FILE-3", "a fixed file without a table is a bad descriptor", (world, ring) => {
  ring.submit({ 1: flagged(IOSQE_FIXED_FILE, read(0, world.memory.allocate(1))) });

  ring.expect({ 1: "EBADF" });
});

scenario("ERR-15", "fields that an operation does not look at are ignored", (world, ring) => {
  const path = world.tempPath("file");
  world.writeFile(path, "x");
  const fd = world.open(path, O_RDONLY);
  const memory = world.memory.allocate(1);

  ring.submit({
    1: set16(SQE_BUF_INDEX, 3, set32(SQE_SPLICE_FD_IN, 3, read(fd, memory))),
    2: set32(SQE_ADDR3, 3, read(fd, memory)),
    3: set32(SQE_OFF, 9, set32(SQE_LEN, 9, nop())),
    4: set16(SQE_BUF_INDEX, 3, set32(SQE_ADDR3, 3, cancel(7))),
  });

  ring.expect({ 1: 1, 2: 1, 3: 0, 4: "ENOENT" });
});

scenario("NOP-1", "a NOP refuses flags that it does not know", (_world, ring) => {
  ring.submit({ 1: set32(SQE_OP_FLAGS, 0x80000000, nop()) });

  ring.expect({ 1: "EINVAL" });
});
