/** The doctor's report, and its form for people: the verdict first, then what it rests on. */
import type { MissingOpcode } from "./needs.ts";

/** The report as programs read it: the same keys everywhere, null for what is not known. */
export interface DoctorReport {
  /** What `"auto"` would use; null where it would throw. */
  readonly backend: "native" | null;
  readonly available: boolean;
  readonly reason: string;
  readonly remedy: string | null;
  /** Opcodes that safer-ring uses and this kernel lacks; null where they could not be listed. */
  readonly missing: readonly MissingOpcode[] | null;
  readonly kernel: string;
  readonly node: string;
  readonly opcodes: readonly string[];
  readonly features: readonly string[];
  readonly setupFlags: readonly string[];
  readonly memlockBytes: number | "unlimited" | null;
  readonly ioUringDisabled: number | null;
  readonly ioUringGroup: number | null;
  readonly seccomp: string;
  readonly systemAdministrator: boolean;
  readonly groups: readonly number[];
  readonly container: string | null;
}

const LABEL_WIDTH = 14;
const NARROWEST = 40;
const WIDEST = 96;
/** Of an output that is no terminal. */
const DEFAULT_WIDTH = 80;

/** Words wrapped to `width` columns, under a label. */
function paragraph(label: string, words: readonly string[], width: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of words) {
    if (line !== "" && line.length + 1 + word.length > width - LABEL_WIDTH) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  lines.push(line);
  return lines
    .map((text, index) => (index === 0 ? label : "").padEnd(LABEL_WIDTH) + text)
    .join("\n");
}

/** A label and what stands beside it; nothing stands beside a label that is left out. */
type Row = readonly [label: string, text: string];

function verdict({ available, reason, remedy }: DoctorReport): Row[] {
  if (available) return [["io_uring", `can be used: ${reason}`]];
  const what: Row[] = remedy === null ? [] : [["what to do", remedy]];
  return [
    ["io_uring", `cannot be used: ${reason}`],
    ...what,
    ["until then", "the simulated kernel (safer-ring/sim, cp --backend sim) works everywhere"],
  ];
}

function needs({ missing }: DoctorReport): Row[] {
  if (missing === null) return [];
  if (missing.length === 0) return [["safer-ring", "finds every operation that it uses"]];
  return missing.map(({ name, calls, since }, index) => [
    index === 0 ? "missing" : "",
    `${name} (Linux ${since}): ${calls}`,
  ]);
}

function list(label: string, names: readonly string[]): Row[] {
  return names.length === 0 ? [] : [[label, `${names.length}: ${names.join(" ")}`]];
}

function limits(report: DoctorReport): Row[] {
  const { memlockBytes, ioUringDisabled, ioUringGroup, seccomp, container } = report;
  const locked =
    typeof memlockBytes === "number"
      ? `${memlockBytes / 2 ** 20} MiB`
      : (memlockBytes ?? "unknown");
  const group = ioUringDisabled === 1 ? `, kernel.io_uring_group is ${String(ioUringGroup)}` : "";
  const disabled = ioUringDisabled ?? "not there (it came with Linux 6.6)";
  return [
    ["sysctl", `kernel.io_uring_disabled is ${disabled}${group}`],
    ["seccomp", seccomp],
    ["memlock", locked],
    ...(container === null ? [] : [["container", container] as const]),
  ];
}

/**
 * Writes the report, without a newline at the end.
 *
 * @param columns - width of the terminal; undefined when there is none
 */
export function describeReport(report: DoctorReport, columns: number = DEFAULT_WIDTH): string {
  const width = Math.max(NARROWEST, Math.min(WIDEST, columns));
  const rows: readonly Row[] = [
    ...verdict(report),
    ...needs(report),
    ["kernel", report.kernel],
    ["node", report.node],
    ...limits(report),
    ...list("opcodes", report.opcodes),
    ...list("features", report.features),
    ...list("set-up flags", report.setupFlags),
  ];
  return rows.map(([label, text]) => paragraph(label, text.split(" "), width)).join("\n");
}
