/**
 * The emulator against the model: both have to find the same numbers of states and transitions.
 *
 * The numbers are recorded, so that the emulator is held to them where there is no spin.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Branching } from "../../backends/sim/search/branching.ts";
import { search } from "../../backends/sim/search/search.ts";
import { CONFIGURATIONS, type Configuration } from "./configurations.ts";
import { documentedTable, tableOf } from "./documented.ts";
import { RingWorld } from "./ring-world.ts";
import { countWithSpin, missingTool } from "./spin.ts";

const missing = missingTool();
if (missing !== undefined) console.warn(`the model is not explored: ${missing}`);

function named(name: string): Configuration {
  const found = CONFIGURATIONS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no configuration is called ${name}`);
  return found;
}

/** From so many states on only one of the two comparisons is made; spec:model makes both. */
const MANY = 20_000;

describe.each(CONFIGURATIONS)("$name", (configuration) => {
  const { states, transitions, withLast } = configuration;
  const large = states >= MANY;

  it("the emulator has the recorded states and transitions", () => {
    const found = search(new RingWorld(configuration));

    expect(found).toMatchObject({ states, transitions, complete: true });
    expect(found.violation).toBeUndefined();
  });

  it.skipIf(large)("it has them as well where a state tells which step led to it", () => {
    const found = search(new RingWorld(configuration, { last: true }));

    expect(found).toMatchObject({ ...withLast, complete: true });
  });

  it.skipIf(missing !== undefined)("the model has the same, says spin", () => {
    expect(countWithSpin(configuration, !large)).toEqual(
      large ? { states, transitions } : withLast,
    );
  });
});

describe("the comparison", () => {
  it("is of at least six configurations, that differ", () => {
    const sizes = new Set(CONFIGURATIONS.map(({ states, transitions }) => [states, transitions]));

    expect(sizes.size).toBeGreaterThanOrEqual(6);
  });

  it("is documented with these numbers", () => {
    const page = readFileSync(new URL("../../docs/model.md", import.meta.url), "utf8");

    expect(documentedTable(page)).toEqual(tableOf(CONFIGURATIONS));
  });
});

/** As RingWorld, telling also apart what the projection leaves out. */
class WholeWorld extends RingWorld {
  static readonly #EXTRA = 3;
  override readonly keyWords: number;
  /** For each projection and transition, the projection that it leads to. */
  readonly futures: Map<string, string> = new Map<string, string>();
  readonly contradictions: string[] = [];

  constructor(configuration: Configuration) {
    super(configuration);
    this.keyWords = this.projectionWords + WholeWorld.#EXTRA;
  }

  override writeKey(into: Int32Array): void {
    super.writeKey(into);
    into.set(this.leftOut(), this.projectionWords);
  }

  override take(step: number, branching: Branching): void {
    const before = this.#projection();
    super.take(step, branching);
    const transition = `${before} ${step} ${String(branching.taken)}`;
    const after = this.#projection();
    if ((this.futures.get(transition) ?? after) !== after) this.contradictions.push(transition);
    this.futures.set(transition, after);
  }

  #projection(): string {
    const key = new Int32Array(this.keyWords);
    super.writeKey(key);
    return String(key);
  }
}

describe("the projection", () => {
  it.each(["readers of a pipe", "work cancelled", "deferred task work", "hard chain"])(
    "of %s leaves out nothing that the future depends on",
    (name) => {
      const configuration = named(name);
      const world = new WholeWorld(configuration);

      const found = search(world);

      expect(world.contradictions).toEqual([]);
      expect(found.states).toBeGreaterThan(configuration.states);
      expect(world.futures.size).toBe(configuration.transitions);
    },
  );
});

describe("a program that takes its buffer back at the CQE of the cancellation", () => {
  it.each(["work cancelled", "one buffer"])("is caught in %s", (name) => {
    const world = new RingWorld(named(name), { careless: true });

    const { violation } = search(world);

    expect(violation?.message).toMatch(/holds the program's buffer/);
    const way = violation?.path.map(({ step }) => world.describe(step)) ?? [];
    expect(way.at(-1)).toBe("read CQE");
  });
});
