import { describe, expect, it } from "vitest";
import { IORING_SQ_CQ_OVERFLOW, IORING_SQ_TASKRUN } from "../../../spec/abi/cqe.ts";
import {
  IORING_ENTER_ABS_TIMER,
  IORING_ENTER_EXT_ARG,
  IORING_ENTER_EXT_ARG_REG,
  IORING_ENTER_GETEVENTS,
  IORING_ENTER_REGISTERED_RING,
  IORING_ENTER_SQ_WAKEUP,
} from "../../../spec/abi/enter.ts";
import { IORING_OP_READ, IORING_OP_TIMEOUT } from "../../../spec/abi/opcodes.ts";
import {
  IORING_SETUP_COOP_TASKRUN,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_R_DISABLED,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_TASKRUN_FLAG,
} from "../../../spec/abi/setup.ts";
import { IOSQE_ASYNC, IOSQE_IO_LINK } from "../../../spec/abi/sqe.ts";
import { EBADF, EBADFD, EFAULT, EINVAL, EOPNOTSUPP, ETIME } from "../../../spec/errno.ts";
import { CQ_OVERFLOW, SQ_FLAGS } from "../setup/layout.ts";
import { type SqeFields, World } from "../testing/world.ts";

const GET = IORING_ENTER_GETEVENTS;
const EXT = IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG;
const DEFER = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;

/** A struct io_uring_getevents_arg with these nanoseconds, and microseconds of minimum wait. */
function waitArgument(world: World, nanoseconds: number | undefined, minimum = 0): number {
  const address = world.buffer(24);
  const view = world.view(address, 24);
  view.setUint32(12, minimum, true);
  const ts = nanoseconds === undefined ? 0 : world.timespec(nanoseconds);
  view.setUint32(16, ts, true);
  return address;
}

function timeout(world: World, nanoseconds: number): SqeFields {
  return { opcode: IORING_OP_TIMEOUT, addr: world.timespec(nanoseconds), len: 1 };
}

describe("enter", () => {
  it("answers bad flags, descriptors and rings that are disabled", () => {
    const world = new World({ flags: IORING_SETUP_R_DISABLED });
    const { fd } = world.file([]);
    const enter = (ringFd: number, flags: number): number =>
      world.kernel.enter(ringFd, 0, 0, flags, 0, 0);

    expect(enter(-1, 0x100)).toBe(-EINVAL);
    expect(enter(60, 0)).toBe(-EBADF);
    expect(enter(fd, 0)).toBe(-EOPNOTSUPP);
    expect(enter(world.ringFd, GET)).toBe(-EBADFD);
    expect(enter(16, IORING_ENTER_REGISTERED_RING)).toBe(-EINVAL);
    expect(enter(0, IORING_ENTER_REGISTERED_RING)).toBe(-EBADF);
  });

  it("lets the world go on until enough CQEs are there", () => {
    const world = new World();
    const { fd } = world.file([1, 2, 3, 4]);
    const addr = world.buffer(4);
    for (const id of [1, 2]) {
      world.sqe(id, { opcode: IORING_OP_READ, fd, addr, len: 4, flags: IOSQE_ASYNC });
    }

    expect(world.enter(2, 2, GET)).toBe(2);
    expect(world.cqes()).toHaveLength(2);
  });

  it("counts CQEs that are there already, and wants no more than the ring holds", () => {
    const world = new World({ entries: 1 });
    for (const id of [1, 2]) {
      world.sqe(id);
      world.submit();
    }

    expect(world.enter(0, 50, GET)).toBe(0);
  });

  it("does not wait when fewer SQEs were consumed than it was told", () => {
    const world = new World();
    world.sqe(1, { opcode: 200 });

    expect(world.enter(3, 5, GET)).toBe(1);
    expect(world.enter(1, 5, GET)).toBe(0);
  });

  it("ends a wait when a timeout request completes", () => {
    const world = new World();
    world.sqe(1, timeout(world, 50));

    expect(world.enter(1, 5, GET)).toBe(1);
    expect(world.cqes()).toEqual([[1, -ETIME]]);
  });

  it("gives up at its deadline: ETIME with an empty ring, else 0", () => {
    const world = new World();
    world.sqe(1, timeout(world, 5000));
    world.submit();

    expect(world.enter(0, 1, EXT, waitArgument(world, 100), 24)).toBe(-ETIME);
    expect(world.clock.now).toBe(1100);
    world.sqe(2);
    world.submit();
    expect(world.enter(0, 2, EXT, waitArgument(world, 100), 24)).toBe(0);
    const absolute = EXT | IORING_ENTER_ABS_TIMER;
    expect(world.enter(0, 2, absolute, waitArgument(world, 1500), 24)).toBe(0);
    expect(world.clock.now).toBe(1500);
  });

  it("does not report an error of the wait when SQEs were consumed", () => {
    const world = new World();
    world.sqe(1, timeout(world, 5000));

    expect(world.enter(1, 1, EXT, waitArgument(world, 100), 24)).toBe(1);
  });

  it("is content with one CQE after the minimum wait", () => {
    const world = new World();
    world.sqe(1, { flags: IOSQE_ASYNC });
    world.submit();

    expect(world.enter(0, 2, EXT, waitArgument(world, 50_000, 10), 24)).toBe(0);
    expect(world.clock.now).toBe(11_000);
    world.cqes();
    expect(world.enter(0, 2, EXT, waitArgument(world, undefined, 10), 24)).toBe(-ETIME);
  });

  it("checks its argument only with GETEVENTS, and then always", () => {
    const world = new World();

    expect(world.enter(0, 0, EXT, waitArgument(world, 1), 16)).toBe(-EINVAL);
    expect(world.enter(0, 0, EXT, 8, 24)).toBe(-EFAULT);
    expect(world.enter(0, 0, EXT | IORING_ENTER_EXT_ARG_REG, 0, 64)).toBe(-EFAULT);
    expect(world.enter(0, 0, IORING_ENTER_EXT_ARG, 8, 16)).toBe(0);
    expect(world.enter(0, 0, GET | IORING_ENTER_SQ_WAKEUP, 8, 3)).toBe(0);
  });

  it("checks a signal mask only when it has to wait", () => {
    const world = new World();
    world.sqe(1, timeout(world, 10));
    world.submit();

    expect(world.enter(0, 0, GET, 8, 3)).toBe(0);
    expect(world.enter(0, 1, GET, 8, 3)).toBe(-EINVAL);
    expect(world.enter(0, 1, GET, 8, 8)).toBe(-EFAULT);
  });
});

describe("overflow", () => {
  it("keeps what finds the ring full, in order, until the program enters with GETEVENTS", () => {
    const world = new World({ entries: 1 });
    for (const id of [1, 2, 3, 4]) {
      world.sqe(id);
      world.submit();
    }

    expect(world.word(SQ_FLAGS)).toBe(IORING_SQ_CQ_OVERFLOW);
    expect(world.cqes().map(([id]) => id)).toEqual([1, 2]);
    world.sqe(5);
    expect(world.submit()).toBe(1);
    expect(world.cqes()).toEqual([]);
    world.enter(0, 0, GET);
    expect(world.cqes().map(([id]) => id)).toEqual([3, 4]);
    expect(world.word(SQ_FLAGS)).toBe(IORING_SQ_CQ_OVERFLOW);
    world.enter(0, 0, GET);
    expect(world.cqes().map(([id]) => id)).toEqual([5]);
    expect(world.word(SQ_FLAGS)).toBe(0);
    expect(world.word(CQ_OVERFLOW)).toBe(0);
  });
});

describe("a DEFER_TASKRUN ring", () => {
  it("shows completions that are not inline only to an enter with GETEVENTS", () => {
    const world = new World({ flags: DEFER | IORING_SETUP_TASKRUN_FLAG });
    world.sqe(1);
    world.sqe(2, { flags: IOSQE_ASYNC });

    expect(world.go()).toEqual([[1, 0]]);
    expect(world.run()).toEqual([]);
    expect(world.word(SQ_FLAGS)).toBe(IORING_SQ_TASKRUN);
    expect(world.submit()).toBe(0);
    expect(world.cqes()).toEqual([]);
    world.enter(0, 0, GET);
    expect(world.cqes()).toEqual([[2, 0]]);
    expect(world.word(SQ_FLAGS)).toBe(0);
  });

  it("runs the next member of a chain then as well", () => {
    const world = new World({ flags: DEFER });
    world.sqe(1, { flags: IOSQE_IO_LINK });
    world.sqe(2);

    expect(world.go()).toEqual([[1, 0]]);
    world.enter(0, 0, GET);
    expect(world.cqes()).toEqual([[2, 0]]);
  });

  it("moves the data of a waiting read only when its owner is there", () => {
    const world = new World({ flags: DEFER });
    const { readFd, writer } = world.pipe();
    world.sqe(1, { opcode: IORING_OP_READ, fd: readFd, addr: world.buffer(1), len: 1 });
    world.submit();
    writer.feed([1]);
    world.run();

    expect(writer.filled).toBe(1);
    world.enter(0, 1, GET);
    expect(writer.filled).toBe(0);
  });
});

it("a COOP_TASKRUN ring shows completions at once", () => {
  const world = new World({ flags: IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG });
  world.sqe(1, { flags: IOSQE_ASYNC });
  world.submit();

  expect(world.run()).toEqual([[1, 0]]);
  expect(world.word(SQ_FLAGS)).toBe(0);
});
