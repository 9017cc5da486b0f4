/**
 * Closing a ring: cancel, drain with a bound, and after the bound leak rather
 * than free (O8).
 *
 * Closing the descriptor alone would not do: the kernel cancels later and tells
 * nobody, so memory could be reused while it is still being written. The bound
 * is a timeout of the ring itself, and it is armed only once every cancel was
 * answered and something still runs: the usual close waits for no timer.
 */
import { encodeTimeout } from "../queue/encode/control.ts";
import { setU64 } from "../queue/encode/entry.ts";
import { closeFd } from "../handles/descriptor.ts";
import type { Lease } from "../memory/lease.ts";
import { CLOSE } from "../operations/plain.ts";
import { CANCEL } from "./cancel.ts";
import type { Engine } from "./engine.ts";
import type { Operation, OperationKind } from "./operation.ts";

const NANOSECONDS_PER_MILLISECOND = 1e6;

/** What a ring could not get back when it closed. */
export interface CloseReport {
  /** Operations whose CQE did not come within the bound: `"read #12"`. */
  readonly leakedOperations: readonly string[];
  /** Bytes of buffers that stay with the kernel for the rest of the process. */
  readonly leakedBytes: number;
}

/** Keeps leaked memory reachable for ever: the kernel may still write to it. */
const LEAKED: Lease[] = [];

const BOUND: OperationKind = {
  name: "close bound",
  syscall: "io_uring_enter",
  encode(sqes, at, operation) {
    encodeTimeout(sqes, at, operation.scratch?.address ?? 0, 0, 0);
  },
  result: () => undefined,
  reclaim(returns, operation) {
    if (operation.scratch !== undefined) returns.dropScratch(operation.scratch);
    return undefined;
  },
};

/**
 * Ends every operation of a ring that takes no new ones.
 *
 * @param bound - milliseconds to wait for operations that could not be cancelled
 */
export async function drain(engine: Engine, bound: number): Promise<CloseReport> {
  for (const operation of [...engine.operations]) {
    if (operation.kind !== CANCEL && operation.kind !== CLOSE) engine.cancel(operation);
  }
  await engine.until(() => ![...engine.operations].some(({ kind }) => kind === CANCEL));
  if (!isIdle(engine)) await waitWithin(engine, bound);
  return leakRest(engine);
}

/** Closes every descriptor that the ring owns, and waits for those that the program is closing. */
export async function closeDescriptors(engine: Engine): Promise<void> {
  // A descriptor may still arrive: the CQE of an open that was given up (O7).
  while (engine.descriptors.size > 0 || !isIdle(engine)) {
    await Promise.allSettled([...engine.descriptors].map((fd) => closeFd(engine, fd)));
    await engine.until(() => isIdle(engine));
  }
}

function isIdle(engine: Engine): boolean {
  return [...engine.operations].length === 0;
}

async function waitWithin(engine: Engine, bound: number): Promise<void> {
  const timer = engine.beginInternal(BOUND);
  const timespec = engine.scratch(timer, 16);
  setU64(timespec, 0, Math.floor(bound / 1000));
  setU64(timespec, 8, (bound % 1000) * NANOSECONDS_PER_MILLISECOND);
  const ended = engine.launch(timer).then(
    () => true,
    () => true,
  );
  const alone = engine.until(() => isAlone(engine, timer)).then(() => false);
  const expired = await Promise.race([ended, alone]);
  if (!expired) engine.cancel(timer);
  await ended;
}

/** True when `timer` and what cancels it are the only operations left. */
function isAlone(engine: Engine, timer: Operation): boolean {
  return [...engine.operations].every(
    (operation) => operation === timer || operation.kind === CANCEL,
  );
}

function leakRest(engine: Engine): CloseReport {
  const leakedOperations: string[] = [];
  let leakedBytes = 0;
  for (const operation of [...engine.operations]) {
    if (operation.kind !== CANCEL) leakedOperations.push(operation.label);
    for (const lease of engine.abandon(operation)) {
      LEAKED.push(lease);
      leakedBytes += lease.region.byteLength;
    }
  }
  return { leakedOperations, leakedBytes };
}
