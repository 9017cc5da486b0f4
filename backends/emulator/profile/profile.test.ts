import { describe, expect, it } from "vitest";
import { IORING_ENTER_EXT_ARG, IORING_ENTER_GETEVENTS } from "../../../spec/abi/enter.ts";
import {
  IORING_OP_ASYNC_CANCEL,
  IORING_OP_LAST,
  IORING_OP_NOP,
  IORING_OP_POLL_ADD,
  IORING_OP_POLL_REMOVE,
  IORING_OP_READ,
  IORING_OP_RECV,
  IORING_OP_SEND,
  IORING_OP_STATX,
  IORING_OP_TIMEOUT,
} from "../../../spec/abi/opcodes.ts";
import { POLLIN } from "../../../spec/abi/linux.ts";
import {
  IORING_REGISTER_ENABLE_RINGS,
  IORING_REGISTER_PROBE,
  IORING_REGISTER_QUERY,
} from "../../../spec/abi/register.ts";
import {
  IORING_FEAT_NODROP,
  IORING_FEAT_NO_IOWAIT,
  IORING_FEAT_SINGLE_MMAP,
  IORING_SETUP_CLAMP,
  IORING_SETUP_CQE32,
  IORING_SETUP_CQSIZE,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_NO_SQARRAY,
  IORING_SETUP_R_DISABLED,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SQPOLL,
  IORING_SETUP_SUBMIT_ALL,
  PARAMS_FEATURES,
  PARAMS_SQ_THREAD_IDLE,
} from "../../../spec/abi/setup.ts";
import {
  IORING_NOP_INJECT_RESULT,
  IORING_POLL_ADD_MULTI,
  IORING_RECV_MULTISHOT,
  IORING_RECVSEND_POLL_FIRST,
  IORING_TIMEOUT_ABS,
  IORING_TIMEOUT_MULTISHOT,
  IOSQE_ASYNC,
  IOSQE_BUFFER_SELECT,
  IOSQE_CQE_SKIP_SUCCESS,
  IOSQE_IO_DRAIN,
  IOSQE_IO_HARDLINK,
  IOSQE_IO_LINK,
} from "../../../spec/abi/sqe.ts";
import { EBADF, EBUSY, ECANCELED, EFAULT, EINVAL, EOPNOTSUPP } from "../../../spec/errno.ts";
import { CANCEL_FLAGS } from "../../../spec/tables/sqe.ts";
import { type KernelName, KERNELS, kernelProfile } from "./profile.ts";
import { World, type WorldOptions } from "../testing/world.ts";

const OUTSIDE = 2 ** 62;

/** The kernels before `since`, and the ones from it on. */
function kernelsAround(since: KernelName): [before: KernelName[], after: KernelName[]] {
  const index = KERNELS.indexOf(since);
  return [KERNELS.slice(0, index), KERNELS.slice(index)];
}

/** Runs a small program on a kernel; what it gave. */
function on<Result>(
  kernel: KernelName,
  program: (world: World) => Result,
  options: WorldOptions = {},
): Result {
  return program(new World({ kernel, ...options }));
}

/** What one SQE completes with. */
function resultOn(kernel: KernelName, fields: Parameters<World["sqe"]>[1]): number | undefined {
  return on(kernel, (world) => {
    world.sqe(1, fields);
    return world.go()[0]?.[1];
  });
}

/** Compares a program's outcome before and from a release on. */
function changes<Result>(
  since: KernelName,
  program: (kernel: KernelName) => Result,
  before: Result,
  after: Result,
): void {
  const [older, newer] = kernelsAround(since);
  expect(older.map(program)).toEqual(older.map(() => before));
  expect(newer.map(program)).toEqual(newer.map(() => after));
}

describe("what a kernel profile has", () => {
  it("is what the tables of the spec say", () => {
    expect(KERNELS.map((kernel) => kernelProfile(kernel).opcodes)).toEqual([
      12, 34, 40, 49, 49, 58, 63,
    ]);
    expect(KERNELS.map((kernel) => kernelProfile(kernel).registerOpcodes)).toEqual([
      6, 13, 20, 26, 26, 31, 36,
    ]);
    expect(kernelProfile("6.18").opcodes).toBeLessThan(IORING_OP_LAST);
    expect(kernelProfile("5.4").setupFlags).toBe(7);
    expect(kernelProfile("6.18").setupFlags).toBe(0x7ffff);
    expect(kernelProfile("6.18").features).toBe(0x3ffff);
    expect(kernelProfile("5.4").enterFlags).toBe(3);
    expect(kernelProfile("6.18").enterFlags).toBe(0xff);
    expect(kernelProfile("6.1").known(CANCEL_FLAGS)).toBe(15);
  });

  it("is told as features, as far as it is modelled", () => {
    const featuresOf = (kernel: KernelName): number =>
      on(kernel, ({ params }) => params.getUint32(PARAMS_FEATURES, true));

    expect(featuresOf("5.4")).toBe(IORING_FEAT_SINGLE_MMAP);
    expect(featuresOf("5.10") & IORING_FEAT_NODROP).toBe(IORING_FEAT_NODROP);
    expect(featuresOf("6.12") & IORING_FEAT_NO_IOWAIT).toBe(0);
    expect(featuresOf("6.18") & IORING_FEAT_NO_IOWAIT).toBe(IORING_FEAT_NO_IOWAIT);
  });

  it.each<[string, number, KernelName]>([
    ["CQSIZE", IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP, "5.10"],
    ["R_DISABLED", IORING_SETUP_R_DISABLED, "5.10"],
    ["SUBMIT_ALL", IORING_SETUP_SUBMIT_ALL, "6.1"],
    ["DEFER_TASKRUN", IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SINGLE_ISSUER, "6.1"],
    ["CQE32", IORING_SETUP_CQE32, "6.1"],
    ["NO_SQARRAY", IORING_SETUP_NO_SQARRAY, "6.6"],
  ])("refuses the set-up flag %s before its time", (_name, flags, since) => {
    const setup = (kernel: KernelName): boolean =>
      on(kernel, ({ ringFd }) => ringFd !== -EINVAL, { flags, cqEntries: 16 });

    changes(since, setup, false, true);
  });

  it.each<[string, number, KernelName]>([
    ["STATX", IORING_OP_STATX, "5.10"],
    ["READ", IORING_OP_READ, "5.10"],
  ])("refuses the opcode %s before its time", (_name, opcode, since) => {
    // What comes after the opcode's own check is another error.
    const isKnown = (kernel: KernelName): boolean =>
      resultOn(kernel, { opcode, fd: -1, addr: 8, off: 8 }) !== -EINVAL;

    changes(since, isKnown, false, true);
  });

  it.each<[string, number, KernelName]>([
    ["HARDLINK", IOSQE_IO_HARDLINK, "5.10"],
    ["ASYNC", IOSQE_ASYNC, "5.10"],
    ["CQE_SKIP_SUCCESS", IOSQE_CQE_SKIP_SUCCESS, "6.1"],
  ])("refuses the SQE flag %s before its time", (_name, flags, since) => {
    const isKnown = (kernel: KernelName): boolean => resultOn(kernel, { flags }) !== -EINVAL;

    changes(since, isKnown, false, true);
  });

  it("refuses flags of io_uring_enter before their time", () => {
    const flags = IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG;
    const enter = (kernel: KernelName): number =>
      on(kernel, (world) => world.enter(0, 0, flags, world.buffer(24), 24));

    changes("5.15", enter, -EINVAL, 0);
  });

  it("refuses register opcodes before their time", () => {
    const enable = (kernel: KernelName): number =>
      on(kernel, ({ kernel: calls, ringFd }) =>
        calls.register(ringFd, IORING_REGISTER_ENABLE_RINGS, 0, 0),
      );

    changes("5.10", enable, -EINVAL, -77);
  });

  it("refuses the bits of operations that came later", () => {
    const addr = 8;
    const poll = { opcode: IORING_OP_POLL_ADD, len: IORING_POLL_ADD_MULTI };
    const receive = { opcode: IORING_OP_RECV, ioprio: IORING_RECVSEND_POLL_FIRST };
    const onPipe = (kernel: KernelName, fields: object): number | undefined =>
      on(kernel, (world) => {
        world.sqe(1, { ...fields, fd: world.pipe().readFd });
        return world.go()[0]?.[1];
      });
    const cancel = { opcode: IORING_OP_ASYNC_CANCEL, opFlags: 1 };
    const timer = { opcode: IORING_OP_TIMEOUT, addr, len: 1 };
    const absolute = { ...timer, opFlags: IORING_TIMEOUT_ABS };
    const repeated = { ...timer, opFlags: IORING_TIMEOUT_MULTISHOT };

    changes("5.15", (kernel) => onPipe(kernel, poll), -EINVAL, undefined);
    expect([onPipe("5.15", receive), onPipe("6.1", receive)]).toEqual([-EINVAL, undefined]);
    changes("6.1", (kernel) => resultOn(kernel, cancel), -EINVAL, 0);
    changes("5.10", (kernel) => resultOn(kernel, absolute), -EINVAL, -EFAULT);
    changes("6.6", (kernel) => resultOn(kernel, repeated), -EINVAL, -EFAULT);
  });

  it("tells its own opcodes to PROBE", () => {
    const lastOf = (kernel: KernelName): number =>
      on(kernel, (world) => {
        const address = world.buffer(16 + 8 * 256);
        world.kernel.register(world.ringFd, IORING_REGISTER_PROBE, address, 256);
        return world.view(address, 2).getUint8(0);
      });

    expect([lastOf("5.10"), lastOf("6.6"), lastOf("6.18")]).toEqual([33, 48, 62]);
  });
});

/** Fills a completion queue of four and goes on. */
function overflow(world: World): void {
  for (let id = 1; id <= 4; id++) world.sqe(id);
  world.submit();
  for (let id = 5; id <= 6; id++) world.sqe(id);
  world.submit();
}

const SMALL: WorldOptions = { entries: 2 };
const CQ_OVERFLOW = 44;

describe("what has changed between the kernels", () => {
  //= CQ-21
  it("a CQE without room was lost and counted", () => {
    const run = (kernel: KernelName): [number, number] =>
      on(
        kernel,
        (world) => {
          for (let id = 1; id <= 6; id++) {
            world.sqe(id);
            world.submit();
          }
          const lost = world.word(CQ_OVERFLOW);
          const seen = world.cqes().length;
          world.enter(0, 0, IORING_ENTER_GETEVENTS);
          return [lost, seen + world.cqes().length];
        },
        SMALL,
      );

    expect(run("5.4")).toEqual([2, 4]);
    expect(run("6.18")).toEqual([0, 6]);
  });

  //= ENTER-35, ENTER-23
  it("a backlog refused submissions for a while", () => {
    const run = (kernel: KernelName): number =>
      on(
        kernel,
        (world) => {
          overflow(world);
          world.sqe(7);
          return world.submit();
        },
        { entries: 4, cqEntries: 4, flags: IORING_SETUP_CQSIZE },
      );

    expect(run("5.10")).toBe(-EBUSY);
    expect([run("5.15"), run("6.18")]).toEqual([1, 1]);
  });

  //= ENTER-35
  it("and was moved by a submission, as far as there was room", () => {
    const world = new World({
      kernel: "5.10",
      entries: 4,
      cqEntries: 4,
      flags: IORING_SETUP_CQSIZE,
    });
    overflow(world);
    world.cqes();
    world.sqe(7);

    expect(world.submit()).toBe(1);

    expect(world.cqes().map(([id]) => id)).toEqual([5, 6, 7]);
  });

  //= SQ-16, SQ-6
  it("a rejected SQE did not end its batch", () => {
    const run = (kernel: KernelName): number =>
      on(kernel, (world) => {
        world.sqe(1, { flags: 0x80 });
        world.sqe(2);
        return world.submit();
      });

    changes("5.10", run, 2, 1);
  });

  //= DRAIN-7, DRAIN-6
  it("what is behind a drained request went on when that was issued", () => {
    const run = (kernel: KernelName): number[] =>
      on(kernel, (world) => {
        const { readFd, writer } = world.pipe();
        const blocked = world.pipe();
        const poll = { opcode: IORING_OP_POLL_ADD, opFlags: POLLIN };
        world.sqe(1, { ...poll, fd: readFd });
        world.sqe(2, { ...poll, fd: blocked.readFd, flags: IOSQE_IO_DRAIN });
        world.sqe(3);
        world.submit();
        writer.write(1, -1, () => 1);
        const seen = [...world.run(), ...world.go()];
        while (world.events().length > 0) seen.push(...world.run());
        return seen.map(([id]) => id);
      });

    changes("6.18", run, [1, 3], [1]);
  });

  //= ERR-21, ERR-10
  it("the descriptor was looked up before the fields", () => {
    const fields = { opcode: IORING_OP_POLL_ADD, fd: 99, addr: 8 };

    changes("6.1", (kernel) => resultOn(kernel, fields), -EBADF, -EINVAL);
  });

  //= SQPOLL-11
  it("an SQ thread took registered files only", () => {
    const run = (kernel: KernelName): number | undefined =>
      on(
        kernel,
        (world) => {
          const { readFd } = world.pipe();
          world.sqe(1, { opcode: IORING_OP_POLL_ADD, fd: readFd, opFlags: POLLIN });
          return world.run("run sq thread#2")[0]?.[1];
        },
        { flags: IORING_SETUP_SQPOLL, params: { [PARAMS_SQ_THREAD_IDLE]: 1 } },
      );

    changes("5.15", run, -EBADF, undefined);
  });

  //= POLL-40
  it("a poll that was removed had no events", () => {
    const run = (kernel: KernelName): unknown =>
      on(kernel, (world) => {
        const { readFd } = world.pipe();
        world.sqe(1, { opcode: IORING_OP_POLL_ADD, fd: readFd, opFlags: POLLIN });
        world.sqe(2, { opcode: IORING_OP_POLL_REMOVE, addr: 1 });
        return world.go().sort(([one], [other]) => one - other);
      });

    const removal = [2, 0];
    changes("5.10", run, [[1, 0], removal], [[1, -ECANCELED], removal]);
  });

  //= NOP-20
  it("NOP ignored its flags", () => {
    const fields = { opcode: IORING_OP_NOP, opFlags: IORING_NOP_INJECT_RESULT, len: 5 };

    changes("6.12", (kernel) => resultOn(kernel, fields), 0, 5);
    expect(resultOn("5.4", { opFlags: 0x8000 })).toBe(0);
  });

  //= ERR-22, ERR-18
  it("an address outside user space was found behind the descriptor", () => {
    const run = (kernel: KernelName): unknown =>
      on(kernel, (world) => {
        const { readFd } = world.pipe();
        const outside = { opcode: IORING_OP_READ, addr: OUTSIDE, len: 1 };
        world.sqe(1, { ...outside, fd: 99 });
        world.submit();
        world.sqe(2, { ...outside, fd: readFd });
        return world.go();
      });

    const [older, newer] = kernelsAround("6.12");
    for (const kernel of older.slice(1)) {
      expect(run(kernel)).toEqual([
        [1, -EBADF],
        [2, -EFAULT],
      ]);
    }
    for (const kernel of newer) {
      expect(run(kernel)).toEqual([
        [1, -EFAULT],
        [2, -EFAULT],
      ]);
    }
  });

  //= LINK-30, LINK-5
  it("a rejected entry was no member of its chain", () => {
    const run = (kernel: KernelName): unknown =>
      on(kernel, (world) => {
        world.sqe(1, { flags: IOSQE_IO_LINK });
        world.sqe(2, { flags: IOSQE_IO_LINK, opcode: 200 });
        world.sqe(3);
        const taken = world.submit();
        return [taken, world.cqes().sort(([one], [other]) => one - other)];
      });

    expect(run("5.10")).toEqual([
      2,
      [
        [1, 0],
        [2, -EINVAL],
      ],
    ]);
    const failed = [
      [1, -ECANCELED],
      [2, -EINVAL],
      [3, -ECANCELED],
    ];
    for (const kernel of kernelsAround("5.15")[1]) expect(run(kernel)).toEqual([3, failed]);
  });

  //= LINK-31, SQ-17
  it("a member with bad fields failed what was linked before it", () => {
    const bad = { opcode: IORING_OP_TIMEOUT };
    const world = new World({ kernel: "5.10" });
    world.sqe(1, { flags: IOSQE_IO_LINK });
    world.sqe(2, { flags: IOSQE_IO_LINK, ...bad });
    world.sqe(3);
    expect(world.submit()).toBe(2);
    expect(world.cqes().sort(([one], [other]) => one - other)).toEqual([
      [1, -ECANCELED],
      [2, -EINVAL],
    ]);
    world.submit();
    world.cqes();

    world.sqe(4, bad);
    world.sqe(5, { flags: IOSQE_IO_LINK, ...bad });
    world.sqe(6);

    expect(world.submit()).toBe(3);
    expect(world.cqes().sort(([one], [other]) => one - other)).toEqual([
      [4, -EINVAL],
      [5, -ECANCELED],
      [6, -ECANCELED],
    ]);
  });

  //= SQ-15
  it("a rejected end of a chain did not end the batch", () => {
    const run = (kernel: KernelName): number =>
      on(kernel, (world) => {
        world.sqe(1, { flags: IOSQE_IO_LINK });
        world.sqe(2, { opcode: 200 });
        world.sqe(3);
        return world.submit();
      });

    expect([run("5.15"), run("6.1"), run("6.18")]).toEqual([3, 2, 2]);
  });

  it("SEND did not select buffers", () => {
    const fields = { opcode: IORING_OP_SEND, fd: 99, flags: IOSQE_BUFFER_SELECT };
    const run = (kernel: KernelName): number | undefined => resultOn(kernel, fields);

    expect([run("5.10"), run("6.6")]).toEqual([-EOPNOTSUPP, -EOPNOTSUPP]);
    expect([run("6.12"), run("6.18")]).toEqual([-EBADF, -EBADF]);
  });

  //= NET-47, NET-13
  it("a multishot receive took no limits", () => {
    const fields = {
      opcode: IORING_OP_RECV,
      fd: 99,
      flags: IOSQE_BUFFER_SELECT,
      ioprio: IORING_RECV_MULTISHOT,
      len: 8,
    };
    const run = (kernel: KernelName): number | undefined => resultOn(kernel, fields);

    expect([run("6.1"), run("6.12"), run("6.18")]).toEqual([-EINVAL, -EINVAL, -EBADF]);
    expect(run("6.1")).not.toBe(resultOn("6.1", { ...fields, len: 0 }));
  });

  //= REG-46, REG-1
  it("a bad register opcode was found behind the descriptor", () => {
    const run = (kernel: KernelName): number =>
      on(kernel, ({ kernel: calls }) => calls.register(99, IORING_REGISTER_QUERY + 9, 0, 0));

    changes("6.1", run, -EBADF, -EINVAL);
  });

  it("descriptor -1 had no meaning", () => {
    const run = (kernel: KernelName): number =>
      on(kernel, ({ kernel: calls }) => calls.register(-1, 0, 0, 0));

    changes("6.18", run, -EBADF, -EINVAL);
  });
});
