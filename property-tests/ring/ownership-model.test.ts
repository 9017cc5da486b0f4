/**
 * Random programs against a model of ownership (`ownership-model.ts`), on the real and on
 * the simulated kernel. A failure prints the program, the seed and the path to replay it.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Backend, Region } from "../../src/backend.ts";
import { O_RDWR } from "../../spec/abi/linux.ts";
import { SimWorld } from "../worlds/sim-world.ts";
import type { World } from "../worlds/world.ts";
import { findWorlds } from "../worlds/worlds.ts";
import { pattern, runInWorld } from "./harness.ts";
import {
  Abort,
  Alloc,
  Await,
  FeedPipe,
  FILE_BYTES,
  Fill,
  finish,
  Misuse,
  Model,
  ReadPipe,
  Real,
  Release,
  Transfer,
  Turn,
} from "./ownership-model.ts";

const RUNS = 200;

const choice = fc.nat(1000);
const position = fc.nat(FILE_BYTES + 10);
const programs = fc.commands(
  [
    fc.constantFrom(1, 7, 64, 65, 200, 5000).map((size) => new Alloc(size)),
    choice.map((value) => new Fill(value)),
    choice.map((value) => new Release(value)),
    fc.tuple(choice, position).map((values) => new Transfer("read", ...values)),
    fc.tuple(choice, position).map((values) => new Transfer("write", ...values)),
    choice.map((value) => new ReadPipe(value)),
    fc.constant(new FeedPipe()),
    choice.map((value) => new Abort(value)),
    choice.map((value) => new Await(value)),
    choice.map((value) => new Misuse(value)),
    fc.constant(new Turn()),
  ],
  { maxCommands: 80, size: "max" },
);
const entries = fc.constantFrom(1, 2, 16);

/** Regions of a backend that are not freed, by address. */
function countRegions(backend: Backend): Set<number> {
  const alive = new Set<number>();
  const allocate = backend.allocate.bind(backend);
  backend.allocate = (byteLength, alignment): Region => {
    const region = allocate(byteLength, alignment);
    const free = region.free.bind(region);
    alive.add(region.address);
    region.free = () => {
      alive.delete(region.address);
      free();
    };
    return region;
  };
  return alive;
}

async function runProgram(
  world: World,
  ringEntries: number,
  program: Iterable<fc.AsyncCommand<Model, Real>>,
): Promise<void> {
  const original = world.backend.allocate;
  const alive = countRegions(world.backend);
  try {
    await runInWorld(world, { entries: ringEntries }, async ({ ring }) => {
      const path = world.tempPath("data");
      world.writeFile(path, pattern(FILE_BYTES));
      const beside = alive.size;
      const model = new Model(2 * ringEntries);
      const real = new Real(ring, world, world.open(path, O_RDWR));
      await fc.asyncModelRun(() => ({ model, real }), program);
      await finish(model, real);
      // Every lease that was ever made is in the pool again.
      expect(alive.size - beside).toBe(ring.stats.pool.freeBuffers);
      expect(Buffer.compare(world.readFile(path), real.content)).toBe(0);
    });
  } finally {
    world.backend.allocate = original;
  }
}

for (const kind of await findWorlds()) {
  const title = `a random program owns what the model says [${kind.name}]`;
  if ("missing" in kind) {
    test.skip(`${title}: no ${kind.name} backend: ${kind.missing}`, () => {});
    continue;
  }
  const make: fc.Arbitrary<() => World> =
    kind.name === "native"
      ? fc.constantFrom(...kind.variants)
      : fc
          .record({
            seed: fc.nat(),
            late: fc.constantFrom(0, 0.5, 1),
            short: fc.constantFrom(0, 0.5),
          })
          .map((variant) => () => new SimWorld(variant));
  //= OWN-1, OWN-5
  test(title, async () => {
    const property = fc.asyncProperty(make, entries, programs, (world, ringEntries, program) =>
      runProgram(world(), ringEntries, program),
    );
    await fc.assert(property, { numRuns: RUNS, endOnFailure: false });
  });
}
