#!/usr/bin/env node
/**
 * The `safer-ring` command.
 *
 * Exit codes: 0 done; 1 it failed; 2 the arguments are wrong; 3 `--verify` found a
 * difference; 130 interrupted.
 */
import { cp } from "./cp.ts";
import { doctor } from "./doctor.ts";
import { EXIT_OK, EXIT_USAGE, UsageError } from "./exit.ts";

const USAGE = `safer-ring: io_uring for TypeScript

  safer-ring doctor [--json]
      Which backend would be used here and why; what the kernel can do; if
      io_uring is blocked, by what, and what to do about it.

  safer-ring cp [--verify] [--backend NAME] [--block-size BYTES] [--depth N] SRC DST
      Copies a file through a ring. DST appears when the copy is whole, not before.
        --verify      read both files back and compare every byte
        --backend     auto (default), native, or sim (SRC is taken into the simulated
                      kernel's memory and DST written from there)
        --block-size  bytes of one read (default 131072)
        --depth       blocks in flight (default 16)
        --quiet       no progress, no summary

  safer-ring help
`;

const COMMANDS: Readonly<Record<string, (args: string[]) => Promise<number>>> = { cp, doctor };

/** Runs a command line (without node and the script) and returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const [name = "help", ...rest] = args;
  if (name === "help" || name === "--help" || name === "-h") {
    process.stdout.write(USAGE);
    return EXIT_OK;
  }
  try {
    const command = COMMANDS[name];
    if (command === undefined) throw new UsageError(`unknown command '${name}'`);
    return await command(rest);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`safer-ring: ${error.message}\nTry 'safer-ring help'.\n`);
    return EXIT_USAGE;
  }
}

process.exitCode = await main(process.argv.slice(2));
