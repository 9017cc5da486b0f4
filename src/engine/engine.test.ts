/**
 * The engine over a kernel that does only what a test says: what happens between a
 * call and its CQE, when CQEs come late, twice as many as fit, or never.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  IORING_OP_ASYNC_CANCEL,
  IORING_OP_CLOSE,
  IORING_OP_NOP,
  IORING_OP_OPENAT,
  IORING_OP_READ,
  IORING_OP_TIMEOUT,
} from "../../spec/abi/opcodes.ts";
import { EAGAIN, ECANCELED, EINTR, EIO, ENOENT, ETIME } from "../../spec/errno.ts";
import type { SystemError } from "../errors.ts";
import type { OwnedBuffer } from "../memory/owned-buffer.ts";
import { Ring } from "../ring.ts";
import { ScriptedBackend, type Submission } from "../testing/scripted-backend.ts";

const FD = 7;
/** More microtasks than any of these tests needs: one that goes on for ever is stopped there. */
const MICROTASKS_MAX = 5000;

let kernel: ScriptedBackend;

beforeEach(() => {
  kernel = new ScriptedBackend();
  const original = globalThis.queueMicrotask;
  let left = MICROTASKS_MAX;
  vi.spyOn(globalThis, "queueMicrotask").mockImplementation((task) => {
    if (left-- === 0) throw new Error("the engine never lets go of the thread");
    original(task);
  });
});
afterEach(() => vi.restoreAllMocks());

function open(entries = 4): Promise<Ring> {
  return Ring.open({ backend: kernel, entries });
}

/** A turn of the event loop: everything queued by now has run. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** For operations whose end a test does not look at. */
function ignore(...promises: readonly Promise<unknown>[]): void {
  for (const promise of promises) promise.catch(() => undefined);
}

function found(opcode: number): Submission[] {
  return kernel.submitted.filter((submission) => submission.opcode === opcode);
}

/** Answers cancels as the kernel does for requests that it can stop at once. */
function stopAtOnce({ opcode, address }: Submission): number | undefined {
  if (opcode === IORING_OP_CLOSE) return 0;
  if (opcode !== IORING_OP_ASYNC_CANCEL) return undefined;
  const slot = address % 2 ** 32;
  const target = kernel.submitted.findLast(
    (one) => one.userDataLow === slot && one.opcode !== IORING_OP_ASYNC_CANCEL,
  );
  if (target !== undefined) kernel.post(target, -ECANCELED);
  return 0;
}

describe("submission", () => {
  it("sends all operations of one turn with one io_uring_enter", async () => {
    const ring = await open(8);

    for (let index = 0; index < 5; index++) ignore(ring.read(FD, ring.alloc(1)));
    await turn();

    expect(kernel.submitted).toHaveLength(5);
    expect(kernel.entered).toHaveLength(1);
  });

  it("tells the kernel the position, and -1 when there is none", async () => {
    const ring = await open();

    ignore(ring.read(FD, ring.alloc(1), { position: 2 ** 32 + 5 }));
    ignore(ring.read(FD, ring.alloc(1), { position: 0 }));
    ignore(ring.read(FD, ring.alloc(1)));
    ignore(ring.read(FD, ring.alloc(1), { position: null }));
    await turn();

    const offsets = kernel.submitted.map(({ offsetLow, offsetHigh }) => [offsetLow, offsetHigh]);
    expect(offsets).toEqual([
      [5, 1],
      [0, 0],
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
    ]);
  });

  //= OWN-16
  it("tries again when the kernel is out of resources for a moment", async () => {
    const ring = await open();
    kernel.inline = () => 0;
    kernel.refusals.push(-EAGAIN, -EAGAIN, -EINTR);

    await ring.nop();

    expect(kernel.submitted).toHaveLength(1);
    expect(kernel.entered.length).toBeGreaterThanOrEqual(4);
  });

  it("submits the rest of a batch that the kernel took in part", async () => {
    const ring = await open(8);
    kernel.inline = () => 0;
    kernel.limits.push(2, 0);
    const nops = [1, 2, 3, 4, 5].map(() => ring.nop());

    await Promise.all(nops);

    expect(kernel.submitted).toHaveLength(5);
  });

  it("keeps no more in flight than the completion queue holds; the rest waits", async () => {
    const ring = await open(1);

    const reads = [1, 2, 3, 4].map(() => ring.read(FD, ring.alloc(1)));
    await turn();
    expect(kernel.submitted).toHaveLength(2);
    expect(ring.stats).toMatchObject({ inFlight: 2, queued: 2 });
    kernel.complete(kernel.submitted[1]!, 1);
    await turn();
    expect(kernel.submitted).toHaveLength(3);
    kernel.complete(kernel.submitted[0]!, 1);
    await turn();
    kernel.complete(kernel.submitted[2]!, 1);
    kernel.complete(kernel.submitted[3]!, 1);

    expect((await Promise.all(reads)).map(({ bytesRead }) => bytesRead)).toEqual([1, 1, 1, 1]);
    expect(ring.stats).toMatchObject({ inFlight: 0, queued: 0 });
  });

  it("starts waiting operations in the order of their calls", async () => {
    const ring = await open(1);
    kernel.inline = ({ opcode }) => (opcode === IORING_OP_NOP ? 0 : undefined);
    const order: number[] = [];

    await Promise.all(
      [0, 1, 2, 3, 4, 5, 6].map((index) => ring.nop().then(() => order.push(index))),
    );

    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});

describe("completion", () => {
  it("settles operations in the order of their CQEs, not of their calls", async () => {
    const ring = await open();
    const order: string[] = [];
    const reads = ["a", "b", "c"].map((name) =>
      ring.read(FD, ring.alloc(1)).then(() => order.push(name)),
    );
    await turn();

    for (const index of [2, 0, 1]) kernel.post(kernel.submitted[index]!, 0);
    kernel.wake();
    await Promise.all(reads);

    expect(order).toEqual(["c", "a", "b"]);
  });

  it("fetches completions that did not fit in the completion queue", async () => {
    const ring = await open(1);
    const abort = new AbortController();
    const reads = [1, 2].map(() => ring.read(FD, ring.alloc(1), { signal: abort.signal }));
    ignore(...reads);
    await turn();

    // Two targets, two cancels and nobody reaping in between: four CQEs for two places.
    abort.abort();
    await turn();
    const cancels = found(IORING_OP_ASYNC_CANCEL);
    for (const read of found(IORING_OP_READ)) kernel.post(read, -ECANCELED);
    for (const cancel of cancels) kernel.post(cancel, 0);
    kernel.wake();
    await turn();

    const codes = (await Promise.allSettled(reads)).map(
      (result) => ((result as PromiseRejectedResult).reason as SystemError).code,
    );
    expect(codes).toEqual(["ABORT_ERR", "ABORT_ERR"]);
    expect(ring.stats.inFlight).toBe(0);
  });

  it("refuses a CQE that belongs to no operation", async () => {
    const ring = await open();
    ignore(ring.nop());
    await turn();
    const [nop] = kernel.submitted as [Submission];
    kernel.complete(nop, 0);

    expect(() => kernel.complete(nop, 0)).toThrow(
      expect.objectContaining({ code: "ERR_RING_INVARIANT" }),
    );
  });

  //= OWN-11
  it("does not mistake the CQE of a slot's earlier tenant for its present one's", async () => {
    const ring = await open();
    const first = ring.nop();
    await turn();
    const [earlier] = kernel.submitted as [Submission];
    kernel.complete(earlier, 0);
    await first;

    ignore(ring.nop());
    await turn();

    expect(kernel.submitted[1]?.userDataLow).toBe(earlier.userDataLow);
    expect(kernel.submitted[1]?.userDataHigh).not.toBe(earlier.userDataHigh);
    expect(() => kernel.complete(earlier, 0)).toThrow("a completion came for no operation");
  });

  it("settles what completes inline before the event loop turns", async () => {
    const ring = await open();
    kernel.inline = () => 0;
    let turned = false;
    setImmediate(() => {
      turned = true;
    });

    for (let count = 0; count < 10; count++) await ring.nop();

    expect(turned).toBe(false);
  });

  it("lets timers run between completions that arrive inline without end", async () => {
    vi.mocked(globalThis.queueMicrotask).mockRestore();
    const ring = await open();
    kernel.inline = () => 0;
    const timers = { expired: 0 };
    setTimeout(() => timers.expired++, 0);

    for (let nops = 0; nops < 1_000_000 && timers.expired === 0; nops++) await ring.nop();

    expect(timers.expired).toBe(1);
  });

  it("keeps the process alive exactly while the kernel has operations", async () => {
    const ring = await open();
    expect(kernel.referenced).toBe(false);

    const nop = ring.nop();
    await turn();
    expect(kernel.referenced).toBe(true);
    kernel.complete(kernel.submitted[0]!, 0);
    await nop;

    expect(kernel.referenced).toBe(false);
  });
});

describe("cancellation", () => {
  //= OWN-2
  it("gives the buffer back with the operation's own CQE, not with the cancel's", async () => {
    const ring = await open();
    const abort = new AbortController();
    let settled = false;
    const read = ring.read(FD, ring.alloc(8), { signal: abort.signal });
    const watched = read.catch((error: unknown) => error).finally(() => (settled = true));
    await turn();

    abort.abort(new Error("enough"));
    await turn();
    kernel.complete(found(IORING_OP_ASYNC_CANCEL)[0]!, 0);
    await turn();
    expect(settled).toBe(false);
    kernel.complete(found(IORING_OP_READ)[0]!, -ECANCELED);

    const error = await watched;
    expect(error).toMatchObject({
      name: "AbortError",
      code: "ABORT_ERR",
      cause: expect.objectContaining({ message: "enough" }),
    });
    expect((error as { buffer: OwnedBuffer }).buffer.owned).toBe(true);
  });

  it("resolves an aborted operation that the kernel had finished first", async () => {
    const ring = await open();
    const abort = new AbortController();
    const buffer = ring.alloc(8);
    const read = ring.read(FD, buffer, { signal: abort.signal });
    await turn();

    abort.abort();
    await turn();
    kernel.post(found(IORING_OP_READ)[0]!, 3);
    kernel.complete(found(IORING_OP_ASYNC_CANCEL)[0]!, -ENOENT);

    await expect(read).resolves.toMatchObject({ bytesRead: 3 });
  });

  it("passes on an error that has nothing to do with the abort", async () => {
    const ring = await open();
    const abort = new AbortController();
    const read = ring.read(FD, ring.alloc(8), { signal: abort.signal });
    await turn();

    abort.abort();
    await turn();
    kernel.post(found(IORING_OP_ASYNC_CANCEL)[0]!, 0);
    kernel.complete(found(IORING_OP_READ)[0]!, -EIO);

    await expect(read).rejects.toMatchObject({ code: "EIO", syscall: "read" });
  });

  it("names a cancellation that nobody asked for what it is", async () => {
    const ring = await open();
    const read = ring.read(FD, ring.alloc(8));
    await turn();

    kernel.complete(kernel.submitted[0]!, -ECANCELED);

    await expect(read).rejects.toMatchObject({ name: "SystemError", code: "ECANCELED" });
  });

  it("never shows the kernel an operation whose signal had fired before", async () => {
    const ring = await open();
    const buffer = ring.alloc(8);

    const read = ring.read(FD, buffer, { signal: AbortSignal.abort() });

    const error = await read.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "ABORT_ERR" });
    expect((error as { buffer: OwnedBuffer }).buffer.capacity).toBe(8);
    expect(kernel.submitted).toEqual([]);
    expect(buffer.owned).toBe(false);
  });

  it("never shows the kernel an operation that was aborted while it waited for room", async () => {
    const ring = await open(1);
    const abort = new AbortController();
    ignore(ring.read(FD, ring.alloc(1)));
    ignore(ring.read(FD, ring.alloc(1)));
    const waiting = ring.read(FD, ring.alloc(1), { signal: abort.signal });
    await turn();

    abort.abort();

    await expect(waiting).rejects.toMatchObject({ code: "ABORT_ERR" });
    await turn();
    expect(kernel.submitted).toHaveLength(2);
    expect(ring.stats).toMatchObject({ inFlight: 2, queued: 0 });
  });

  it("listens to a signal no longer than the operation lives", async () => {
    const ring = await open();
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, "removeEventListener");
    const nop = ring.nop({ signal });
    await turn();

    kernel.complete(kernel.submitted[0]!, 0);
    await nop;

    expect(removed).toHaveBeenCalledOnce();
  });
});

describe("closing a ring", () => {
  it("cancels what is in flight and settles each operation with its own CQE", async () => {
    const ring = await open();
    kernel.inline = stopAtOnce;
    const reads = [1, 2].map(() => ring.read(FD, ring.alloc(8)));
    await turn();

    const report = await ring.close();

    for (const result of await Promise.allSettled(reads)) {
      expect(result).toMatchObject({ status: "rejected", reason: { code: "ECANCELED" } });
      const { buffer } = (result as PromiseRejectedResult).reason as SystemError;
      expect((buffer as OwnedBuffer).owned).toBe(true);
    }
    expect(report).toEqual({ leakedOperations: [], leakedBytes: 0 });
    expect(kernel.closed).toBe(true);
  });

  //= OWN-8
  it("leaks, and names, what the kernel does not let go of within the bound", async () => {
    const ring = await open();
    kernel.inline = ({ opcode }) => (opcode === IORING_OP_ASYNC_CANCEL ? -EAGAIN : undefined);
    const read = ring.read(FD, ring.alloc(8));
    await turn();
    const { address } = kernel.submitted[0]!;

    const closing = ring.close({ timeout: 50 });
    await turn();
    kernel.complete(found(IORING_OP_TIMEOUT)[0]!, -ETIME);

    await expect(read).rejects.toMatchObject({ code: "ERR_RING_LEAKED" });
    expect(await closing).toEqual({ leakedOperations: ["read #1"], leakedBytes: 64 });
    expect([...kernel.regions.keys()]).toContain(address);
  });

  it("keeps to the bound even when stuck operations fill the completion queue", async () => {
    const ring = await open(1);
    kernel.inline = ({ opcode }) => (opcode === IORING_OP_ASYNC_CANCEL ? -EAGAIN : undefined);
    const reads = [1, 2].map(() => ring.read(FD, ring.alloc(8)));
    await turn();

    const closing = ring.close({ timeout: 50 });
    await turn();
    kernel.complete(found(IORING_OP_TIMEOUT)[0]!, -ETIME);

    expect((await closing).leakedOperations).toEqual(["read #1", "read #2"]);
    await Promise.allSettled(reads);
  });

  //= OWN-11
  it("takes a CQE that comes after the bound for what it is", async () => {
    const ring = await open();
    kernel.inline = ({ opcode }) => (opcode === IORING_OP_ASYNC_CANCEL ? -EAGAIN : undefined);
    const opened = ring.openFile("/somewhere");
    await turn();
    kernel.complete(found(IORING_OP_OPENAT)[0]!, 70);
    await opened;
    const read = ring.read(FD, ring.alloc(8)).catch((error: unknown) => error);
    await turn();

    const closing = ring.close({ timeout: 50 });
    await turn();
    kernel.complete(found(IORING_OP_TIMEOUT)[0]!, -ETIME);
    await turn();
    // The ring is closing the file now; the read's CQE comes in between.
    kernel.complete(found(IORING_OP_READ)[0]!, 8);
    kernel.complete(found(IORING_OP_CLOSE)[0]!, 0);

    expect((await closing).leakedOperations).toEqual(["read #2"]);
    expect(await read).toMatchObject({ code: "ERR_RING_LEAKED" });
  });

  it("closes a descriptor that comes after the bound", async () => {
    const ring = await open();
    kernel.inline = ({ opcode }) => (opcode === IORING_OP_ASYNC_CANCEL ? -EAGAIN : undefined);
    const first = ring.openFile("/first");
    await turn();
    kernel.complete(found(IORING_OP_OPENAT)[0]!, 70);
    await first;
    const second = ring.openFile("/second").catch((error: unknown) => error);
    await turn();

    const closing = ring.close({ timeout: 50 });
    await turn();
    kernel.complete(found(IORING_OP_TIMEOUT)[0]!, -ETIME);
    await turn();
    kernel.post(found(IORING_OP_OPENAT)[1]!, 71);
    kernel.complete(found(IORING_OP_CLOSE)[0]!, 0);
    await turn();
    expect(found(IORING_OP_CLOSE).map(({ fd }) => fd)).toEqual([70, 71]);
    kernel.complete(found(IORING_OP_CLOSE)[1]!, 0);

    expect((await closing).leakedOperations).toEqual(["open #2"]);
    expect(await second).toMatchObject({ code: "ERR_RING_LEAKED" });
  });

  it("does not touch the ring again once it is closed", async () => {
    const ring = await open(1);
    const reads = [1, 2].map(() => ring.read(FD, ring.alloc(8)));
    ignore(...reads);
    await turn();
    const closing = ring.close();
    await turn();

    // The kernel cannot be asked for the CQEs that did not fit: that is put off for a turn ...
    kernel.refusals.push(-EAGAIN, -EAGAIN);
    for (const submission of kernel.submitted) kernel.post(submission, -ECANCELED);
    kernel.wake();
    await Promise.resolve();
    // ... and by then they were fetched all the same, and the ring is closed.
    kernel.wake();
    await closing;
    await turn();

    expect(kernel.refusals).toEqual([]);
    expect(kernel.closed).toBe(true);
  });

  it("finishes closing a file, however full the ring is of others", async () => {
    const ring = await open(1);
    kernel.inline = ({ opcode }) => (opcode === IORING_OP_OPENAT ? 70 : undefined);
    const file = await ring.openFile("/somewhere");
    ignore(...[1, 2].map(() => ring.read(FD, ring.alloc(8))));
    await turn();
    const fileClosed = file.close();
    await turn();
    expect(found(IORING_OP_CLOSE)).toEqual([]);

    const ringClosed = ring.close();
    kernel.inline = stopAtOnce;
    await Promise.all([fileClosed, ringClosed]);

    expect(found(IORING_OP_CLOSE).map(({ fd }) => fd)).toEqual([70]);
  });

  it("waits for a file that the program is closing at the same time", async () => {
    const ring = await open();
    kernel.inline = ({ opcode }) => (opcode === IORING_OP_OPENAT ? 70 : undefined);
    const file = await ring.openFile("/somewhere");

    const ringClosed = ring.close();
    const fileClosed = file.close();
    await turn();
    expect(kernel.closed).toBe(false);
    kernel.complete(found(IORING_OP_CLOSE)[0]!, 0);
    await Promise.all([ringClosed, fileClosed]);

    expect(found(IORING_OP_CLOSE).map(({ fd }) => fd)).toEqual([70]);
    expect(kernel.closed).toBe(true);
  });

  it("closes every descriptor that the program left open", async () => {
    const ring = await open();
    let next = 70;
    kernel.inline = ({ opcode }) => (opcode === IORING_OP_OPENAT ? next++ : 0);
    await ring.openFile("/one");
    await ring.openFile("/two");

    await ring.close();

    expect(found(IORING_OP_CLOSE).map(({ fd }) => fd)).toEqual([70, 71]);
  });

  it("frees all memory but what the program holds", async () => {
    const ring = await open();
    kernel.inline = () => 0;
    const held = ring.alloc(100);
    ring.alloc(5000).release();
    await ring.nop();

    await ring.close();
    expect(kernel.regions.size).toBe(1);
    held.bytes.fill(1);
    held.release();

    expect(kernel.regions.size).toBe(0);
  });
});
