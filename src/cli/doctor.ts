/** `safer-ring doctor`: can io_uring be used here, and if not, why and what to do. */
import { type NativeReport, probeBackends } from "../pick-backend.ts";
import { EXIT_FAILED, EXIT_OK, UsageError } from "./exit.ts";
import { missingOpcodes } from "./needs.ts";
import { say } from "./output.ts";
import { parseCommand } from "./parse.ts";
import { describeReport, type DoctorReport } from "./report.ts";

/** Puts what was found out into the form that is printed. */
export function toDoctorReport(found: NativeReport, node: string): DoctorReport {
  const { available, opcodes, memlockBytes } = found;
  return {
    backend: available ? "native" : null,
    available,
    reason: found.reason,
    remedy: found.remedy ?? null,
    missing: opcodes.length === 0 ? null : missingOpcodes(opcodes),
    kernel: found.kernel,
    node,
    opcodes,
    features: found.features,
    setupFlags: found.setupFlags,
    memlockBytes: memlockBytes === Infinity ? "unlimited" : (memlockBytes ?? null),
    ioUringDisabled: found.ioUringDisabled ?? null,
    ioUringGroup: found.ioUringGroup ?? null,
    seccomp: found.seccomp,
    systemAdministrator: found.systemAdministrator,
    groups: found.groups,
    container: found.container ?? null,
  };
}

/**
 * Runs the command; the exit code says whether io_uring can be used.
 *
 * @throws {UsageError}
 */
export async function doctor(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseCommand(args, { json: { type: "boolean" } });
  if (positionals.length > 0) throw new UsageError("doctor takes no arguments but --json");
  const report = toDoctorReport(await probeBackends(), process.version);
  const json = values["json"] === true;
  say(json ? JSON.stringify(report, null, 2) : describeReport(report, process.stdout.columns));
  return report.available ? EXIT_OK : EXIT_FAILED;
}
