import { describe, expect, it } from "vitest";
import {
  IORING_OP_NOP,
  IORING_OP_PIPE,
  IORING_OP_READ,
  IORING_OP_RECV_ZC,
} from "../../../spec/abi/opcodes.ts";
import {
  IORING_REGISTER_ENABLE_RINGS,
  IORING_REGISTER_PROBE,
  IORING_REGISTER_SYNC_CANCEL,
  IORING_REGISTER_ZCRX_IFQ,
} from "../../../spec/abi/register.ts";
import {
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_R_DISABLED,
  IORING_SETUP_SINGLE_ISSUER,
} from "../../../spec/abi/setup.ts";
import { IORING_ASYNC_CANCEL_ALL, IOSQE_ASYNC } from "../../../spec/abi/sqe.ts";
import {
  EBADF,
  EBADFD,
  ECANCELED,
  EFAULT,
  EINTR,
  EINVAL,
  ENOENT,
  EOPNOTSUPP,
  ETIME,
} from "../../../spec/errno.ts";
import { operations } from "../operations/table.ts";
import { World } from "../testing/world.ts";

const PROBE = IORING_REGISTER_PROBE;
const SYNC_CANCEL = IORING_REGISTER_SYNC_CANCEL;

function register(world: World, opcode: number, address = 0, count = 0): number {
  return world.kernel.register(world.ringFd, opcode, address, count);
}

describe("io_uring_register", () => {
  it("answers bad opcodes before bad descriptors", () => {
    const world = new World();
    const { fd } = world.file([]);

    expect(world.kernel.register(60, 9999, 0, 0)).toBe(-EINVAL);
    expect(world.kernel.register(60, PROBE, 0, 0)).toBe(-EBADF);
    expect(world.kernel.register(fd, PROBE, 0, 0)).toBe(-EOPNOTSUPP);
    expect(register(world, IORING_REGISTER_ZCRX_IFQ)).toBe(-EINVAL);
  });

  it("PROBE lists what is modelled and nothing else", () => {
    const world = new World();
    const address = world.buffer(16 + 8 * 256);

    expect(register(world, PROBE, address, 256)).toBe(0);
    const view = world.view(address, 16 + 8 * 256);
    expect(view.getUint8(0)).toBe(IORING_OP_PIPE);
    expect(view.getUint8(1)).toBe(IORING_OP_PIPE + 1);
    const supported = (opcode: number): number => view.getUint16(16 + 8 * opcode + 2, true);
    expect(supported(IORING_OP_NOP)).toBe(1);
    operations.forEach((operation, opcode) => {
      const listed = operation !== undefined && operation.isListed !== false;
      expect(supported(opcode)).toBe(listed ? 1 : 0);
    });
    expect(supported(IORING_OP_RECV_ZC)).toBe(0);
  });

  it("PROBE wants zeroed memory that is there", () => {
    const world = new World();
    const address = world.buffer(64);
    world.view(address, 64).setUint8(20, 1);

    expect(register(world, PROBE, address, 4)).toBe(-EINVAL);
    expect(register(world, PROBE, 0, 4)).toBe(-EINVAL);
    expect(register(world, PROBE, 8, 4)).toBe(-EFAULT);
    expect(register(world, PROBE, address, 257)).toBe(-EINVAL);
  });

  it("ENABLE_RINGS opens a disabled ring, once", () => {
    const world = new World({ flags: IORING_SETUP_R_DISABLED });
    const ENABLE = IORING_REGISTER_ENABLE_RINGS;

    expect(register(world, ENABLE, 0, 1)).toBe(-EINVAL);
    expect(register(world, ENABLE)).toBe(0);
    expect(register(world, ENABLE)).toBe(-EBADFD);
    world.sqe(1);
    expect(world.go()).toEqual([[1, 0]]);
  });
});

describe("SYNC_CANCEL", () => {
  /** A struct io_uring_sync_cancel_reg without a time limit. */
  function argument(world: World, userData: number, flags = 0, nanoseconds = -1): number {
    const address = world.buffer(64);
    const view = world.view(address, 64);
    view.setUint32(0, userData, true);
    view.setUint32(12, flags, true);
    view.setBigInt64(16, nanoseconds < 0 ? -1n : 0n, true);
    view.setBigInt64(24, BigInt(nanoseconds), true);
    return address;
  }

  it("stops a request, or says that there is none", () => {
    const world = new World();
    const { readFd } = world.pipe();
    world.sqe(1, { opcode: IORING_OP_READ, fd: readFd, addr: world.buffer(1), len: 1 });
    world.submit();

    expect(register(world, SYNC_CANCEL, argument(world, 1), 1)).toBe(0);
    expect(world.go()).toEqual([[1, -ECANCELED]]);
    expect(register(world, SYNC_CANCEL, argument(world, 1), 1)).toBe(-ENOENT);
    const all = argument(world, 1, IORING_ASYNC_CANCEL_ALL);
    expect(register(world, SYNC_CANCEL, all, 1)).toBe(0);
  });

  it("waits for work that is past stopping", () => {
    const world = new World();
    world.answers.cancel = [2];
    world.sqe(1, { flags: IOSQE_ASYNC });
    world.submit();

    expect(register(world, SYNC_CANCEL, argument(world, 1), 1)).toBe(0);
    expect(world.cqes()).toEqual([[1, 0]]);
  });

  it("gives up at its time limit", () => {
    const world = new World();
    world.answers.cancel = [2];
    world.sqe(1, { flags: IOSQE_ASYNC });
    world.submit();
    const event = world.kernel.earliest();
    if (event !== undefined) Object.assign(event, { due: 99_999 });

    expect(register(world, SYNC_CANCEL, argument(world, 1, 0, 50), 1)).toBe(-ETIME);
  });

  //= SYNCCANCEL-11
  it("ends with a signal", () => {
    const world = new World({ signals: { interrupt: () => true } });
    world.answers.cancel = [2];
    world.sqe(1, { flags: IOSQE_ASYNC });
    world.submit();

    expect(register(world, SYNC_CANCEL, argument(world, 1), 1)).toBe(-EINTR);
  });

  it("may miss the end of its target on a deferred ring", () => {
    const flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
    const world = new World({ flags });
    world.answers.cancel = [2];
    world.answers.notice = [1];
    world.sqe(1, { flags: IOSQE_ASYNC });
    world.submit();

    expect(register(world, SYNC_CANCEL, argument(world, 1, 0, 50), 1)).toBe(-ETIME);

    expect(world.cqes()).toEqual([[1, 0]]);
  });

  it("checks its argument", () => {
    const world = new World();
    const padded = argument(world, 1);
    world.view(padded, 64).setUint8(40, 1);

    expect(register(world, SYNC_CANCEL, 0, 1)).toBe(-EINVAL);
    expect(register(world, SYNC_CANCEL, argument(world, 1), 2)).toBe(-EINVAL);
    expect(register(world, SYNC_CANCEL, 8, 1)).toBe(-EFAULT);
    expect(register(world, SYNC_CANCEL, argument(world, 1, 0x100), 1)).toBe(-EINVAL);
    expect(register(world, SYNC_CANCEL, padded, 1)).toBe(-EINVAL);
  });
});
