/** The driver's two queues over a kernel that does what the test says. */
import { beforeEach, describe, expect, it } from "vitest";
import { IORING_CQE_F_MORE } from "../../spec/abi/cqe.ts";
import { IORING_ENTER_EXT_ARG, IORING_ENTER_GETEVENTS } from "../../spec/abi/enter.ts";
import {
  IORING_SETUP_CQSIZE,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_SINGLE_ISSUER,
} from "../../spec/abi/setup.ts";
import { EAGAIN, EINTR, EINVAL, ENOMEM } from "../../spec/errno.ts";
import { ScriptedBackend, type Submission } from "../testing/scripted-backend.ts";
import { encodeNop } from "./encode/control.ts";
import { setUserData } from "./encode/entry.ts";
import { Queue } from "./queue.ts";

let kernel: ScriptedBackend;
beforeEach(() => {
  kernel = new ScriptedBackend();
});

/** Queues a no-op with this number for a user_data; false when the SQ is full. */
function push(queue: Queue, number: number): boolean {
  const at = queue.nextSqe();
  if (at < 0) return false;
  encodeNop(queue.sqes, at);
  setUserData(queue.sqes, at, number, 0);
  return true;
}

/** The user_data and the result of every CQE that is there. */
function reap(queue: Queue): [number, number][] {
  const found: [number, number][] = [];
  while (queue.next()) found.push([queue.userDataLow, queue.res]);
  return found;
}

const numbers = (submissions: readonly Submission[]): number[] =>
  submissions.map(({ userDataLow }) => userDataLow);

describe("opening a queue", () => {
  it("takes the sizes that the kernel gives", () => {
    const queue = Queue.open(kernel, { entries: 8 });

    expect(queue.sqEntries).toBe(8);
    expect(queue.cqEntries).toBe(16);
    expect(queue.setupFlags).toBe(0);
  });

  it("asks for a size of the completion queue with the flag that makes it count", () => {
    const queue = Queue.open(kernel, { entries: 8, cqEntries: 64 });

    expect(queue.setupFlags).toBe(IORING_SETUP_CQSIZE);
  });

  it("leaves nothing behind when the kernel refuses the ring", () => {
    kernel.setupRefusal = -EINVAL;

    expect(() => Queue.open(kernel, { entries: 8 })).toThrow(
      expect.objectContaining({ code: "EINVAL", syscall: "io_uring_setup" }),
    );

    expect(kernel.regions.size).toBe(0);
    expect(kernel.closed).toBe(false);
  });

  it("leaves nothing behind when the ring cannot be mapped", () => {
    kernel.mapRefusal = -ENOMEM;

    expect(() => Queue.open(kernel, { entries: 8 })).toThrow(
      expect.objectContaining({ code: "ENOMEM", syscall: "mmap" }),
    );

    expect(kernel.mapped).toBe(0);
    expect(kernel.regions.size).toBe(0);
    expect(kernel.closed).toBe(true);
  });

  it("is undone by closing, once", () => {
    const queue = Queue.open(kernel, { entries: 8 });

    queue.close();
    queue.close();

    expect(kernel.mapped).toBe(0);
    expect(kernel.regions.size).toBe(0);
    expect(kernel.closed).toBe(true);
  });
});

describe("submitting", () => {
  it("hands out as many entries as there are, then none until some are submitted", () => {
    const queue = Queue.open(kernel, { entries: 4 });

    expect([1, 2, 3, 4, 5].map((number) => push(queue, number))).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
    expect(queue.pending).toBe(4);
    expect(queue.submit()).toBe(4);

    expect(numbers(kernel.submitted)).toEqual([1, 2, 3, 4]);
    expect(queue.pending).toBe(0);
    expect(push(queue, 5)).toBe(true);
  });

  it("goes on after a batch that the kernel took in part", () => {
    const queue = Queue.open(kernel, { entries: 4 });
    for (const number of [1, 2, 3, 4]) push(queue, number);
    kernel.limits.push(1, 2);

    expect(queue.submit()).toBe(4);

    expect(numbers(kernel.submitted)).toEqual([1, 2, 3, 4]);
    expect(kernel.entered).toHaveLength(3);
  });

  //= OWN-16
  it("says how many were taken before the kernel refused the rest, which stay queued", () => {
    const queue = Queue.open(kernel, { entries: 4 });
    for (const number of [1, 2, 3]) push(queue, number);
    kernel.limits.push(1, 0);

    expect(queue.submit()).toBe(1);
    expect(queue.pending).toBe(2);
    kernel.refusals.push(-EAGAIN);
    expect(queue.submit()).toBe(-EAGAIN);
    expect(queue.pending).toBe(2);
    expect(queue.submit()).toBe(2);

    expect(numbers(kernel.submitted)).toEqual([1, 2, 3]);
  });

  it("waits again after a signal that came while it only waited", () => {
    const queue = Queue.open(kernel, { entries: 4 });
    kernel.refusals.push(-EINTR, -EINTR);

    expect(queue.submit(1)).toBe(0);

    expect(kernel.entered).toHaveLength(3);
  });

  it("asks for completions only where that does something", () => {
    const plain = Queue.open(kernel, { entries: 4 });
    push(plain, 1);
    plain.submit();
    plain.submit(1);
    const deferred = new ScriptedBackend();
    const flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
    Queue.open(deferred, { entries: 4, flags }).submit();

    expect(kernel.entered).toEqual([0, IORING_ENTER_GETEVENTS]);
    expect(deferred.entered).toEqual([IORING_ENTER_GETEVENTS]);
  });
});

describe("completing", () => {
  it("gives each CQE whole, in the order of the ring", () => {
    const queue = Queue.open(kernel, { entries: 4 });
    for (const number of [1, 2, 3]) push(queue, number);
    queue.submit();

    kernel.post(kernel.submitted[2]!, -EINVAL);
    kernel.post(kernel.submitted[0]!, 7, IORING_CQE_F_MORE);

    expect(queue.ready).toBe(2);
    expect(queue.next()).toBe(true);
    expect([queue.userDataLow, queue.userDataHigh, queue.res, queue.flags]).toEqual([
      3,
      0,
      -EINVAL,
      0,
    ]);
    expect(queue.next()).toBe(true);
    expect([queue.userDataLow, queue.res, queue.flags]).toEqual([1, 7, IORING_CQE_F_MORE]);
    expect(queue.next()).toBe(false);
    expect(queue.ready).toBe(0);
  });

  it("sees a CQE that came after it found none", () => {
    const queue = Queue.open(kernel, { entries: 4 });
    push(queue, 1);
    queue.submit();
    expect(queue.next()).toBe(false);

    kernel.post(kernel.submitted[0]!, 0);

    expect(reap(queue)).toEqual([[1, 0]]);
  });

  it("fetches with a flush what the ring had no room for", () => {
    const queue = Queue.open(kernel, { entries: 2 });
    for (let round = 0; round < 3; round++) {
      push(queue, 2 * round);
      push(queue, 2 * round + 1);
      queue.submit();
    }
    for (const submission of kernel.submitted) kernel.post(submission, 0);

    expect(queue.needsFlush).toBe(true);
    const first = reap(queue);
    expect(queue.flush()).toBe(0);
    const second = reap(queue);

    expect(first.concat(second).map(([number]) => number)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(first).toHaveLength(4);
    expect(queue.needsFlush).toBe(false);
    expect(queue.overflowCount).toBe(0);
    expect(queue.droppedCount).toBe(0);
  });

  it("waits with a bound by way of the extended argument", () => {
    const queue = Queue.open(kernel, { entries: 2 });

    queue.wait(1, 1_500_000_000);

    expect(kernel.entered).toEqual([IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG]);
  });
});

describe("the indices", () => {
  it("wrap at 2^32 as they wrap at the size of the ring (MEM-8)", () => {
    kernel.firstIndex = 2 ** 32 - 10;
    kernel.inline = ({ userDataLow }) => userDataLow * 3;
    const queue = Queue.open(kernel, { entries: 4 });
    const found: [number, number][] = [];

    for (let number = 0; number < 60; number += 3) {
      for (let next = number; next < number + 3; next++) expect(push(queue, next)).toBe(true);
      expect(queue.pending).toBe(3);
      expect(queue.submit()).toBe(3);
      found.push(...reap(queue));
    }

    expect(found).toEqual(Array.from({ length: 60 }, (_, number) => [number, number * 3]));
  });
});
