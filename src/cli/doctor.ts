/** `safer-ring doctor`: can io_uring be used here, and if not, why and what to do. */
import { type NativeReport, probeBackends } from "../pick-backend.ts";
import { EXIT_FAILED, EXIT_OK, UsageError } from "./exit.ts";
import { parseCommand } from "./parse.ts";

const LABEL_WIDTH = 14;
const LINE_WIDTH = 96;

/** Words wrapped to the terminal, under a label. */
function paragraph(label: string, words: readonly string[]): string {
  const lines: string[] = [];
  let line = "";
  for (const word of words) {
    if (line !== "" && line.length + 1 + word.length > LINE_WIDTH - LABEL_WIDTH) {
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

function mebibytes(bytes: number | undefined): string {
  if (bytes === undefined) return "unknown";
  return Number.isFinite(bytes) ? `${String(bytes / 2 ** 20)} MiB` : "unlimited";
}

function list(names: readonly string[]): readonly string[] {
  return names.length === 0 ? ["unknown"] : [`${String(names.length)}:`, ...names];
}

/** The report as people read it. */
export function describeReport(report: NativeReport): string {
  const { available, reason, remedy } = report;
  const text = (label: string, value: string): string => paragraph(label, value.split(" "));
  const disabled = report.ioUringDisabled ?? "not there (before Linux 6.6)";
  return [
    text("backend", available ? `native: ${reason}` : `none: ${reason}`),
    ...(remedy === undefined ? [] : [text("what to do", remedy)]),
    text("kernel", report.kernel),
    paragraph("opcodes", list(report.opcodes)),
    paragraph("features", list(report.features)),
    paragraph("set-up flags", list(report.setupFlags)),
    text("memlock", mebibytes(report.memlockBytes)),
    text("sysctl", `kernel.io_uring_disabled: ${String(disabled)}`),
    text("seccomp", report.seccomp),
    ...(report.container === undefined ? [] : [text("container", report.container)]),
    "",
  ].join("\n");
}

/** Runs the command; the exit code says whether io_uring can be used. */
export async function doctor(args: string[]): Promise<number> {
  const { values, positionals } = parseCommand(args, { json: { type: "boolean" } });
  if (positionals.length > 0) throw new UsageError("doctor takes no arguments but --json");
  const report = await probeBackends();
  const text =
    values["json"] === true ? `${JSON.stringify(report, null, 2)}\n` : describeReport(report);
  process.stdout.write(text);
  return report.available ? EXIT_OK : EXIT_FAILED;
}
