#!/usr/bin/env node
/**
 * The `safer-ring` command.
 *
 * Exit codes: 0 done; 1 it failed; 2 the arguments are wrong; 3 `--verify` found a
 * difference. A signal that interrupts it ends the process as it would any other.
 */
import { createRequire } from "node:module";
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE, Failure, UsageError } from "./exit.ts";
import { guardOutput, say, warn } from "./output.ts";
import { quote } from "./quote.ts";

const USAGE = `safer-ring: io_uring for TypeScript

  safer-ring doctor [--json]
      Can io_uring be used here? If not: what blocks it, and what to do about it.
      Exit code 0 when it can, 1 when it cannot.

  safer-ring cp [options] SRC DST
      Copies a file through a ring. DST, or the file SRC in the directory DST, appears or is
      replaced when the copy is whole and on the disk, not before. A file that is replaced
      leaves its permissions to the copy.

        --verify         read SRC and the copy again and compare every byte, before DST
                         appears (this finds a wrong copy, not a bad disk: what was just
                         written is read from memory)
        --backend NAME   auto (default), native, or sim: SRC is taken into the simulated
                         kernel, copied there, and DST written from there
        --block-size N   bytes of one read, 512K by default
        --depth N        blocks in flight, 8 by default
        --no-sync        do not wait until the data is on the disk
        --quiet          no progress and no summary

      Exit code 0 when DST is a whole copy, 3 when --verify found a difference, else 1.

  safer-ring help | --help
  safer-ring version | --version

Wrong arguments give exit code 2.`;

function version(): string {
  const require = createRequire(import.meta.url);
  return (require("safer-ring/package.json") as { readonly version: string }).version;
}

async function run(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) throw new UsageError("a command is missing");
  const helps = ["help", "--help", "-h"];
  const end = rest.indexOf("--");
  const options = end < 0 ? rest : rest.slice(0, end);
  if (helps.includes(name) || options.some((word) => word === "--help" || word === "-h")) {
    say(USAGE);
    return EXIT_OK;
  }
  if (name === "version" || name === "--version") {
    say(version());
    return EXIT_OK;
  }
  // Each command loads what it needs and no more: loading is most of a short run.
  if (name === "doctor") return (await import("./doctor.ts")).doctor(rest);
  if (name === "cp") return (await import("./cp.ts")).cp(rest);
  throw new UsageError(`there is no command ${quote(name)}`);
}

/** Tells the user why the command did not do what it was asked to. */
function report(error: unknown): number {
  if (error instanceof UsageError) {
    warn(`${error.message}\nTry 'safer-ring help'.`);
    return EXIT_USAGE;
  }
  if (error instanceof Failure) {
    warn(error.advice === undefined ? error.message : `${error.message}\n${error.advice}`);
    return error.exitCode;
  }
  warn("this is a defect of safer-ring, please report it:");
  console.error(error);
  return EXIT_FAILED;
}

guardOutput();
const exitCode = await run(process.argv.slice(2)).catch(report);
// A failure that was noted while the command ran, such as a full disk behind standard output,
// stays.
if (exitCode !== EXIT_OK) process.exitCode = exitCode;
