import { describe, expect, it } from "vitest";
import { IORING_CQE_F_MORE } from "../../../spec/abi/cqe.ts";
import { IORING_ENTER_GETEVENTS } from "../../../spec/abi/enter.ts";
import { POLLHUP, POLLIN, POLLOUT, POLLPRI } from "../../../spec/abi/linux.ts";
import { IORING_OP_POLL_ADD, IORING_OP_POLL_REMOVE } from "../../../spec/abi/opcodes.ts";
import { IORING_SETUP_DEFER_TASKRUN, IORING_SETUP_SINGLE_ISSUER } from "../../../spec/abi/setup.ts";
import {
  IORING_POLL_ADD_LEVEL,
  IORING_POLL_ADD_MULTI,
  IORING_POLL_UPDATE_EVENTS,
  IORING_POLL_UPDATE_USER_DATA,
  IOSQE_CQE_SKIP_SUCCESS,
} from "../../../spec/abi/sqe.ts";
import { ECANCELED, EINVAL, ENOENT } from "../../../spec/errno.ts";
import { type SqeFields, World } from "../testing/world.ts";

const MORE = IORING_CQE_F_MORE;

function poll(fd: number, events: number, more: SqeFields = {}): SqeFields {
  return { opcode: IORING_OP_POLL_ADD, fd, opFlags: events, ...more };
}
function multi(fd: number, events: number): SqeFields {
  return poll(fd, events, { len: IORING_POLL_ADD_MULTI });
}

describe("POLL_ADD", () => {
  it("completes at once with what holds of what was asked for", () => {
    const world = new World();
    const { writeFd } = world.pipe();
    world.sqe(1, poll(writeFd, POLLIN | POLLOUT));

    expect(world.go()).toEqual([[1, POLLOUT]]);
  });

  it("waits for an event, and reports a hang-up whatever was asked for", () => {
    const world = new World();
    const { readFd, writeFd, writer } = world.pipe();
    world.sqe(1, poll(readFd, POLLIN));
    world.sqe(2, poll(readFd, 0));
    world.submit();

    expect(world.events()).toEqual([]);
    writer.feed([1]);
    expect(world.events()).toEqual(["complete poll#1"]);
    expect(world.run()).toEqual([[1, POLLIN]]);
    world.files.close(writeFd);
    expect(world.run()).toEqual([[2, POLLHUP]]);
  });

  it("holds its file: closing the descriptor does not end it", () => {
    const world = new World();
    const { readFd, writer } = world.pipe();
    world.sqe(1, poll(readFd, POLLIN));
    world.submit();
    world.files.close(readFd);
    writer.feed([1]);

    expect(world.run()).toEqual([[1, POLLIN]]);
  });

  it("answers for a file that cannot be polled", () => {
    const world = new World();
    const { fd } = world.file([]);
    world.sqe(1, poll(fd, POLLIN));
    world.sqe(2, multi(fd, POLLIN | POLLOUT));
    world.sqe(3, poll(fd, POLLPRI));

    expect(world.go()).toEqual([
      [1, POLLIN],
      [2, POLLIN | POLLOUT],
      [3, -EINVAL],
    ]);
  });

  it.each<[string, SqeFields]>([
    ["LEVEL", { len: IORING_POLL_ADD_LEVEL }],
    ["off", { off: 1 }],
    ["addr", { addr: 1 }],
    ["buf_index", { bufIndex: 1 }],
    ["MULTI with SKIP", { len: IORING_POLL_ADD_MULTI, flags: IOSQE_CQE_SKIP_SUCCESS }],
  ])("refuses %s", (_name, fields) => {
    const world = new World();
    const { writeFd } = world.pipe();
    world.sqe(1, poll(writeFd, POLLOUT, fields));

    expect(world.go()).toEqual([[1, -EINVAL]]);
  });

  it("with MULTI posts one CQE for each wake-up and stays armed", () => {
    const world = new World();
    const { readFd, writeFd, writer } = world.pipe();
    writer.feed([1]);
    world.sqe(1, multi(readFd, POLLIN));

    expect(world.go()).toEqual([[1, POLLIN, MORE]]);
    expect(world.events()).toEqual([]);
    writer.feed([2]);
    expect(world.run()).toEqual([[1, POLLIN, MORE]]);
    world.files.close(writeFd);
    expect(world.run()).toEqual([[1, POLLIN | POLLHUP, MORE]]);
    expect(world.events()).toEqual([]);
  });

  it("merges the wake-ups that come before the owner of a DEFER_TASKRUN ring looks", () => {
    const world = new World({ flags: IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN });
    const { readFd, writer } = world.pipe();
    world.sqe(1, multi(readFd, POLLIN));
    world.submit();
    writer.feed([1]);
    world.run();
    writer.feed([2]);
    world.enter(0, 0, IORING_ENTER_GETEVENTS);

    expect(world.cqes()).toEqual([[1, POLLIN, MORE]]);
  });

  it("ends a multishot that finds the ring full", () => {
    const world = new World({ entries: 1 });
    const { readFd, writer } = world.pipe();
    world.sqe(1, multi(readFd, POLLIN));
    world.submit();
    for (const id of [2, 3]) {
      world.sqe(id);
      world.submit();
    }
    writer.feed([1]);

    expect(world.run()).toHaveLength(2);
    world.enter(0, 0, IORING_ENTER_GETEVENTS);
    expect(world.cqes()).toEqual([[1, POLLIN]]);
    writer.feed([1]);
    expect(world.events()).toEqual([]);
  });

  it("on a ring has its last shot when the ring wakes it; it sees the ring's own CQEs", () => {
    const world = new World();
    world.sqe(1, multi(world.ringFd, POLLIN));
    world.submit();
    world.sqe(2);

    expect(world.go()).toEqual([[2, 0]]);
    world.sqe(3);
    world.submit();
    expect(world.run()).toEqual([
      [3, 0],
      [1, POLLIN],
    ]);
  });
});

it("a multishot poll of a ring that is readable at once posts twice: its own CQE wakes it", () => {
  const world = new World();
  world.sqe(1);
  world.submit();
  world.sqe(2, multi(world.ringFd, POLLIN));
  world.submit();
  const event = world.kernel.earliest();

  expect(event).toBeDefined();
  if (event !== undefined) world.kernel.run(event);
  expect(world.cqes()).toEqual([
    [1, 0],
    [2, POLLIN, MORE],
    [2, POLLIN],
  ]);
});

describe("POLL_REMOVE", () => {
  const REMOVE = IORING_OP_POLL_REMOVE;

  it("stops a poll, and nothing else", () => {
    const world = new World();
    const { readFd } = world.pipe();
    world.sqe(1, poll(readFd, POLLIN));
    world.sqe(2, { opcode: REMOVE, addr: 7 });
    world.sqe(3, { opcode: REMOVE, addr: 1 });

    expect(world.go()).toEqual([
      [2, -ENOENT],
      [3, 0],
      [1, -ECANCELED],
    ]);
  });

  it("changes events and user_data without a CQE of the target", () => {
    const world = new World();
    const { readFd, writer } = world.pipe();
    world.sqe(1, poll(readFd, POLLPRI));
    world.submit();
    const len = IORING_POLL_UPDATE_EVENTS | IORING_POLL_UPDATE_USER_DATA;
    world.sqe(2, { opcode: REMOVE, addr: 1, len, off: 9, opFlags: POLLIN });

    expect(world.go()).toEqual([[2, 0]]);
    writer.feed([1]);
    expect(world.run()).toEqual([[9, POLLIN]]);
  });

  it("completes the target, after itself, where the new events hold already", () => {
    const world = new World();
    const { readFd, writer } = world.pipe();
    writer.feed([1]);
    world.sqe(1, poll(readFd, POLLPRI));
    world.sqe(2, { opcode: REMOVE, addr: 1, len: IORING_POLL_UPDATE_EVENTS, opFlags: POLLIN });

    expect(world.go()).toEqual([
      [2, 0],
      [1, POLLIN],
    ]);
  });

  it.each<[string, SqeFields]>([
    ["MULTI alone", { len: IORING_POLL_ADD_MULTI }],
    ["new user_data unasked", { off: 3 }],
    ["new events unasked", { opFlags: POLLIN }],
    ["an unknown flag", { len: 16 }],
  ])("refuses %s", (_name, fields) => {
    const world = new World();
    world.sqe(2, { opcode: REMOVE, addr: 1, ...fields });

    expect(world.go()).toEqual([[2, -EINVAL]]);
  });
});
