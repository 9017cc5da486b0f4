/** The results for people: plain text, columns aligned. */
import type { Figure } from "./figures.ts";
import type { Measurement } from "./harness.ts";
import type { NodeResult, Results } from "./results.ts";
import type { Summary } from "./statistics.ts";

const numbers = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

function count(value: number): string {
  return numbers.format(value);
}

/** Share of disturbed rounds that the medians can bear. */
const TOLERATED = 0.1;

/** Everything, one section per Node. */
export function render({ machine, effort, nodes, notes }: Results): string {
  const { rounds, milliseconds } = effort;
  const lines = [
    "4 KiB reads of a cached 64 MiB file at random offsets.",
    `${rounds} rounds of ${milliseconds} ms each, contenders alternating; median (quartiles).`,
    `${machine.processor}, ${machine.processors} processors, Linux ${machine.kernel}.`,
    ...notes,
  ];
  for (const node of nodes) lines.push("", ...section(node));
  return lines.join("\n");
}

function section({ version, measurements, figures, idle }: NodeResult): string[] {
  return [
    `Node ${version}`,
    "",
    ...columns([["", "QD", "per second", "", "CPU µs each"], ...measurements.map(measurementRow)]),
    "",
    ...columns([["", "QD", "", "", "target", ""], ...figures.map(figureRow)]),
    "",
    ...disturbance(measurements),
    `Open idle ring: ${idle.cpuMilliseconds.toFixed(1)} ms of processor time in 1 s; ` +
      (idle.ended ? "the process ended with it open." : "it KEPT the process alive."),
  ];
}

/** Says so when others had the processors much of the time: no figure means much then. */
function disturbance(measurements: readonly Measurement[]): string[] {
  const all = measurements.reduce((sum, one) => sum + one.operationsPerSecond.values.length, 0);
  const disturbed = measurements.reduce((sum, one) => sum + one.disturbed, 0);
  if (disturbed <= TOLERATED * all) return [];
  return [
    `THE MACHINE WAS BUSY: other processes had the processor in ${disturbed} of ${all} rounds. ` +
      "Shorter rounds (--milliseconds 6) get through more often.",
    "",
  ];
}

function measurementRow(measurement: Measurement): string[] {
  const { title, depth, operationsPerSecond, cpuMicrosecondsPerOperation } = measurement;
  return [
    title,
    String(depth),
    ...figureCells(operationsPerSecond, count),
    cpuMicrosecondsPerOperation.median.toFixed(2),
  ];
}

function figureRow({ title, depth, value, target, verdict }: Figure): string[] {
  const format =
    value.median > 1000 ? count : (one: number): string => one.toFixed(one < 1 ? 3 : 2);
  const wanted = target === undefined ? "" : `>= ${count(target)}`;
  const exact = target !== undefined && target < 1 ? `>= ${target.toFixed(2)}` : wanted;
  return [title, String(depth), ...figureCells(value, format), exact, verdict];
}

function figureCells(value: Summary, format: (one: number) => string): string[] {
  const { median, lowerQuartile, upperQuartile } = value;
  return [format(median), `(${format(lowerQuartile)} - ${format(upperQuartile)})`];
}

/** Pads every column to its widest cell: the first to the right, the others to the left. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  }
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd(),
  );
}
