/**
 * Registers scenarios with vitest: each body is written once and runs on every backend.
 *
 *   const scenario = await chapter();
 *   scenario("CANCEL-1", "a cancelled read completes with ECANCELED", (world, ring) => { ... });
 *
 * A scenario runs on a plain ring and on a SINGLE_ISSUER|DEFER_TASKRUN ring, and on the
 * simulated kernel under several seeds. A failure names rule, backend and ring.
 */
import { test, type TestContext } from "vitest";
import { IORING_SETUP_DEFER_TASKRUN, IORING_SETUP_SINGLE_ISSUER } from "../../../spec/abi/setup.ts";
import type { QueueOptions } from "../../../src/queue/index.ts";
import type { Privilege } from "../../worlds/privileges.ts";
import { findWorlds } from "../../worlds/worlds.ts";
import type { MissingKind, World, WorldKind } from "../../worlds/world.ts";
import { supportedOpcodes } from "./probe.ts";
import { TestRing } from "./test-ring.ts";

/** What a scenario asks of its ring. */
export interface ScenarioOptions {
  /** Submission queue entries; 16 when left out. */
  readonly entries?: number;
  readonly cqEntries?: number;
  /** IORING_SETUP_* besides those of the kind of ring. */
  readonly flags?: number;
  /** Streams move all they can: for rules about what lies in which buffer (ND-13 apart). */
  readonly whole?: boolean;
  /** On which rings the scenario makes sense; on both when left out. */
  readonly rings?: "both" | "plain" | "deferred";
  /** Why the scenario cannot be run on a backend: it is skipped there, and says so. */
  readonly without?: Partial<Record<WorldKind["name"], string>>;
  /** Opcodes without which the scenario cannot run: it is skipped, and says so. */
  readonly needs?: readonly number[];
  /** What its user has to be allowed: it is skipped for others, and says so. */
  readonly privilege?: Privilege;
}

export type ScenarioBody = (world: World, ring: TestRing) => void | Promise<void>;

/**
 * @param rules - the rules it checks, by id: "CANCEL-1 CANCEL-2"
 * @param title - what holds, as a sentence
 */
export type Scenario = (
  rules: string,
  title: string,
  ...rest: [ScenarioBody] | [ScenarioOptions, ScenarioBody]
) => void;

const RING_KINDS = [
  { kind: "plain", flags: 0 },
  { kind: "deferred", flags: IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN },
] as const;

const DEFAULT_ENTRIES = 16;

/** Finds the backends that are present. A missing one is shown as skipped, with the reason. */
export async function chapter(): Promise<Scenario> {
  const kinds: WorldKind[] = [];
  for (const kind of await findWorlds()) {
    if ("variants" in kind) kinds.push(kind);
    else skipAll(kind);
  }
  return (rules, title, ...rest) => {
    const [options, body] = rest.length === 1 ? [{}, rest[0]] : rest;
    for (const kind of kinds) {
      for (const ring of RING_KINDS) {
        if (options.rings !== undefined && options.rings !== ring.kind) continue;
        const flags = (options.flags ?? 0) | ring.flags;
        test(`${rules}: ${title} [${kind.name}, ${ring.kind} ring]`, async (context) => {
          const reason = options.without?.[kind.name];
          if (reason !== undefined) context.skip(reason);
          skipIfUnprivileged(context, kind, options.privilege);
          await skipIfUnsupported(context, kind, options.needs ?? []);
          for (const make of kind.variants) {
            const world = make(options.whole);
            const where = `${rules} on ${world.name}, ${ring.kind} ring`;
            await runIn(world, where, { entries: DEFAULT_ENTRIES, ...options, flags }, body);
          }
        });
      }
    }
  };
}

function skipAll({ name, missing }: MissingKind): void {
  const reason = `no scenario runs on the ${name} backend: ${missing}`;
  console.warn(reason);
  test.skip(reason, () => {});
}

/** Runs the body, then takes the world down whatever happened. The first failure comes first. */
async function runIn(
  world: World,
  where: string,
  options: QueueOptions,
  body: ScenarioBody,
): Promise<void> {
  const wrong: string[] = [];
  let cause: unknown;
  try {
    const ring = TestRing.open(world, options);
    try {
      await body(world, ring);
    } finally {
      wrong.push(...ring.finish());
    }
  } catch (error) {
    cause = error;
    wrong.unshift(error instanceof Error ? error.message : String(error));
  }
  wrong.push(...(await world.dispose()));
  if (wrong.length > 0) throw new Error(`${where}: ${wrong.join("; ")}`, { cause });
}

const supported = new Map<WorldKind, Promise<ReadonlySet<number> | undefined>>();

function skipIfUnprivileged(
  context: TestContext,
  kind: WorldKind,
  privilege: Privilege | undefined,
): void {
  if (privilege === undefined || !kind.lacks(privilege)) return;
  context.skip(`${kind.name} needs ${privilege}, which root has`);
}

async function skipIfUnsupported(
  context: TestContext,
  kind: WorldKind,
  needs: readonly number[],
): Promise<void> {
  const [make] = kind.variants;
  if (needs.length === 0 || make === undefined) return;
  let known = supported.get(kind);
  if (known === undefined) {
    known = probeOnce(make());
    supported.set(kind, known);
  }
  const opcodes = await known;
  const missing = opcodes === undefined ? [] : needs.filter((opcode) => !opcodes.has(opcode));
  if (missing.length > 0) context.skip(`${kind.name} has no opcode ${missing.join(", ")}`);
}

async function probeOnce(world: World): Promise<ReadonlySet<number> | undefined> {
  const opcodes = supportedOpcodes(world);
  await world.dispose();
  return opcodes;
}
