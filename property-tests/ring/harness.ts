/**
 * Tests of the Ring API, written once and run on every backend that is present.
 *
 *   const onRing = await ringTests();
 *   onRing("a short read shows only what was read", async ({ ring, world }) => { ... });
 *
 * On the simulated kernel each test runs under several seeds, the world goes on by itself
 * while the test waits, and after every event the library's books are compared with the
 * kernel's. At the end of a test nothing may be in flight, leaked or still open.
 */
import { expect, test } from "vitest";
import { SimBackend } from "../../backends/sim/index.ts";
import { audit } from "../../backends/sim/explore/audit.ts";
import { Ring } from "../../src/index.ts";
import { findWorlds } from "../worlds/worlds.ts";
import type { World, WorldKind } from "../worlds/world.ts";

/** Turns of the event loop in which nothing happens before a test is taken to hang. */
const IDLE_TURNS_MAX = 2000;

/** What a test works with. */
export interface RingTest {
  readonly ring: Ring;
  readonly world: World;
}

export interface RingTestOptions {
  /** Entries of the ring; 16 when left out. */
  readonly entries?: number;
  /** The only backend on which the test says something. */
  readonly only?: "native" | "sim";
}

export type RingTestBody = (context: RingTest) => Promise<void>;

export type RegisterRingTest = (
  title: string,
  ...rest: [RingTestBody] | [RingTestOptions, RingTestBody]
) => void;

/** Finds the backends that are present. A missing one is shown as skipped, with the reason. */
export async function ringTests(): Promise<RegisterRingTest> {
  const kinds: WorldKind[] = [];
  for (const kind of await findWorlds()) {
    if ("variants" in kind) kinds.push(kind);
    else test.skip(`every test: no ${kind.name} backend: ${kind.missing}`, () => {});
  }
  return (title, ...rest) => {
    const [options, body] = rest.length === 1 ? [{}, rest[0]] : rest;
    for (const kind of kinds) {
      if (options.only !== undefined && options.only !== kind.name) continue;
      test(`${title} [${kind.name}]`, async () => {
        for (const make of kind.variants) await runInWorld(make(), options, body);
      });
    }
  };
}

/** Runs the body on a new ring in the world, then takes both down and looks for remains. */
export async function runInWorld(
  world: World,
  { entries = 16 }: RingTestOptions,
  body: RingTestBody,
): Promise<void> {
  try {
    await inTime(world, async () => {
      const ring = await Ring.open({ backend: world.backend, entries });
      try {
        await body({ ring, world });
      } finally {
        expect(await ring.close()).toEqual({ leakedOperations: [], leakedBytes: 0 });
      }
      expect(ring.stats).toMatchObject({ inFlight: 0, queued: 0, pool: { freeBuffers: 0 } });
    });
  } catch (error) {
    await world.dispose();
    throw Object.assign(error as Error, { message: `${world.name}: ${(error as Error).message}` });
  }
  expect(await world.dispose(), world.name).toEqual([]);
}

/** A turn of the event loop: what was called before has reached the kernel. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Waits until the answers of cancel requests are in as well: they may come after their targets'.
 */
export async function idle(ring: Ring): Promise<void> {
  for (let turns = 0; turns < IDLE_TURNS_MAX; turns++) {
    const { inFlight, queued } = ring.stats;
    if (inFlight + queued === 0) return;
    await turn();
  }
  expect(ring.stats).toMatchObject({ inFlight: 0, queued: 0 });
}

/** Runs the body while the simulated world, if it is one, goes on. */
async function inTime(world: World, body: () => Promise<void>): Promise<void> {
  const { backend } = world;
  if (!(backend instanceof SimBackend)) return body();
  let over = false;
  const running = body().finally(() => (over = true));
  await Promise.race([running, turnWorld(backend, () => over)]);
  await running;
}

async function turnWorld(backend: SimBackend, isOver: () => boolean): Promise<void> {
  let idleTurns = 0;
  while (!isOver()) {
    await turn();
    idleTurns = backend.step() ? 0 : idleTurns + 1;
    const problem = audit(backend);
    if (problem !== undefined) throw new Error(problem);
    if (idleTurns > IDLE_TURNS_MAX && backend.waiting().length > 0) {
      throw new Error(`nothing can happen any more: ${backend.waiting().join("; ")}`);
    }
  }
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("the promise was to reject, and did not");
}

/** For promises that a test does not look at. */
export function ignore(...promises: readonly Promise<unknown>[]): void {
  for (const promise of promises) promise.catch(() => undefined);
}

/** Bytes that say where they are. */
export function pattern(length: number, first = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (first + index * 7 + (index >> 8)) & 0xff);
}
