/**
 * The figures that the project promises, each with its target. A missed one is printed, not
 * thrown.
 */
import { type Measurement, ratio } from "./harness.ts";
import { summarize, type Summary } from "./statistics.ts";

/** One promise: a ratio of two contenders, or one contender's completions per second. */
interface Promised {
  readonly title: string;
  readonly depth: number;
  readonly over: string;
  /** Left out: the figure is `over` itself, per second. */
  readonly under?: string;
  /** Without `under`: per second of processor time, which others on the machine take less of. */
  readonly ofProcessor?: boolean;
  /** At least this much; left out where nothing was promised. */
  readonly target?: number;
}

/** A figure as measured. */
export interface Figure {
  readonly title: string;
  readonly depth: number;
  readonly value: Summary;
  readonly target: number | undefined;
  readonly verdict: "ok" | "missed" | "";
}

const PROMISED: readonly Promised[] = [
  { title: "src/queue / C", depth: 32, over: "queue", under: "c", target: 0.9 },
  { title: "src/queue / C", depth: 1, over: "queue", under: "c" },
  { title: "Ring / src/queue", depth: 32, over: "ring", under: "queue", target: 0.6 },
  { title: "Ring / src/queue", depth: 1, over: "ring", under: "queue" },
  { title: "Ring / FileHandle.read", depth: 32, over: "ring", under: "file-handle", target: 5 },
  { title: "Ring / FileHandle.read", depth: 1, over: "ring", under: "file-handle", target: 3 },
  {
    title: "Ring, bytes looked at / src/queue",
    depth: 32,
    over: "ring-looking",
    under: "queue",
  },
  {
    title: "Ring, bytes looked at / FileHandle.read",
    depth: 32,
    over: "ring-looking",
    under: "file-handle",
  },
  { title: "Simulated kernel, reads through Ring per s", depth: 32, over: "sim", target: 150_000 },
  { title: "Simulated kernel, schedules of 15 completions per s", depth: 3, over: "explore" },
  { title: "Emulator's core, transitions per s", depth: 32, over: "core", target: 1_000_000 },
  {
    title: "Emulator's core, transitions per s of processor time",
    depth: 32,
    over: "core",
    ofProcessor: true,
    target: 1_000_000,
  },
  { title: "State-hashed search, states per s", depth: 1, over: "search", target: 300_000 },
  {
    title: "State-hashed search, states per s of processor time",
    depth: 1,
    over: "search",
    ofProcessor: true,
    target: 300_000,
  },
];

/** Every promised figure whose contenders took part. */
export function figuresOf(measurements: readonly Measurement[]): Figure[] {
  return PROMISED.flatMap((promised) => {
    const find = (name: string): Measurement | undefined =>
      measurements.find((one) => one.name === name && one.depth === promised.depth);
    const over = find(promised.over);
    const under = promised.under === undefined ? undefined : find(promised.under);
    if (over === undefined || (under === undefined && promised.under !== undefined)) return [];
    const value = under === undefined ? rate(over, promised) : ratio(over, under);
    return [judge(promised, value)];
  });
}

/** Operations per second, of the clock or of processor time. */
function rate(one: Measurement, { ofProcessor = false }: Promised): Summary {
  if (!ofProcessor) return summarize(one.operationsPerSecond.values);
  return summarize(one.cpuMicrosecondsPerOperation.values.map((each) => 1e6 / each));
}

function judge({ title, depth, target }: Promised, value: Summary): Figure {
  const met = target === undefined ? "" : value.median >= target ? "ok" : "missed";
  return { title, depth, value, target, verdict: met };
}
