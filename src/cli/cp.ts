/** `safer-ring cp`: copies a file through a ring. */
import { basename, join } from "node:path";
import { RingError } from "../errors.ts";
import type { BackendChoice } from "../pick-backend.ts";
import { Ring } from "../ring.ts";
import { compareFiles } from "./compare-files.ts";
import { copyFile, type CopyOptions } from "./copy-file.ts";
import { EXIT_DIFFERENT, EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK, UsageError } from "./exit.ts";
import { parseCommand, parseCount } from "./parse.ts";
import { openProgress } from "./progress.ts";
import { copyThroughSim } from "./sim-copy.ts";

const MEBIBYTE = 2 ** 20;
const LARGEST_BLOCK = 64 * MEBIBYTE;
const LARGEST_DEPTH = 1024;
const BACKENDS: readonly string[] = ["auto", "native", "sim"];

/** What was asked for. */
export interface CopyCommand {
  readonly source: string;
  readonly destination: string;
  readonly backend: "auto" | "native" | "sim";
  readonly verify: boolean;
  readonly quiet: boolean;
  readonly blockSize: number;
  readonly depth: number;
}

/** @throws {UsageError} */
export function parseCopy(args: string[]): CopyCommand {
  const { values, positionals } = parseCommand(args, {
    verify: { type: "boolean" },
    quiet: { type: "boolean" },
    backend: { type: "string" },
    "block-size": { type: "string" },
    depth: { type: "string" },
  });
  const [source, destination, ...more] = positionals;
  if (source === undefined || destination === undefined || more.length > 0) {
    throw new UsageError("cp takes a source and a destination");
  }
  const backend = String(values["backend"] ?? "auto");
  if (!BACKENDS.includes(backend)) {
    throw new UsageError(`--backend is one of ${BACKENDS.join(", ")}, not '${backend}'`);
  }
  const blockSize = parseCount("block-size", values["block-size"], 128 * 1024);
  const depth = parseCount("depth", values["depth"], 16);
  if (blockSize > LARGEST_BLOCK) throw new UsageError("--block-size is at most 67108864");
  if (depth > LARGEST_DEPTH) throw new UsageError(`--depth is at most ${String(LARGEST_DEPTH)}`);
  return {
    source,
    destination,
    backend: backend as CopyCommand["backend"],
    verify: values["verify"] === true,
    quiet: values["quiet"] === true,
    blockSize,
    depth,
  };
}

/** The destination as a file: a directory means the source's name in it. */
async function resolveDestination(ring: Ring, command: CopyCommand): Promise<string> {
  const { source, destination } = command;
  const from = await ring.stat(source);
  if (from.isDirectory()) throw new Failure(`'${source}' is a directory; cp copies files`);
  const to = await ring.stat(destination).catch(() => undefined);
  if (to?.isDirectory() === true) {
    return resolveDestination(ring, {
      ...command,
      destination: join(destination, basename(source)),
    });
  }
  if (to !== undefined && to.ino === from.ino && to.dev === from.dev) {
    throw new Failure(`'${source}' and '${destination}' are the same file`);
  }
  return destination;
}

/** A refusal that needs no stack. */
class Failure extends Error {}

async function copyAndReport(
  ring: Ring,
  command: CopyCommand,
  signal: AbortSignal,
): Promise<number> {
  const destination = await resolveDestination(ring, command);
  const { size } = await ring.stat(command.source);
  const progress = command.quiet ? undefined : await openProgress(size);
  const options: CopyOptions = {
    blockSize: command.blockSize,
    depth: command.depth,
    signal,
    partialSuffix: `.${String(process.pid)}.partial`,
    onProgress: (bytes) => progress?.update(bytes),
  };
  const started = performance.now();
  let copied: number;
  try {
    copied = await copyFile(ring, command.source, destination, options);
  } finally {
    progress?.stop();
  }
  if (!command.quiet) summarise(ring, command.source, destination, copied, started);
  return command.verify ? verify(ring, command, destination) : EXIT_OK;
}

function summarise(ring: Ring, from: string, to: string, bytes: number, started: number): void {
  const seconds = (performance.now() - started) / 1000;
  const rate = bytes / MEBIBYTE / seconds;
  process.stdout.write(
    `${from} -> ${to}: ${String(bytes)} bytes in ${seconds.toFixed(3)} s ` +
      `(${rate.toFixed(0)} MiB/s, ${ring.backend.name})\n`,
  );
}

async function verify(ring: Ring, command: CopyCommand, destination: string): Promise<number> {
  const difference = await compareFiles(ring, command.source, destination);
  if (difference < 0) {
    if (!command.quiet) process.stdout.write("verified: every byte is the same\n");
    return EXIT_OK;
  }
  process.stderr.write(
    `safer-ring: '${command.source}' and '${destination}' differ at byte ${String(difference)}\n`,
  );
  return EXIT_DIFFERENT;
}

/** Runs the command and returns the exit code. */
export async function cp(args: string[]): Promise<number> {
  const command = parseCopy(args);
  const abort = new AbortController();
  const interrupt = (): void => {
    abort.abort();
  };
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  try {
    if (command.backend === "sim")
      return await copyThroughSim(command, copyAndReport, abort.signal);
    return await copyOn(command.backend, command, abort.signal);
  } catch (error) {
    return explain(error, abort.signal);
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}

async function copyOn(
  backend: BackendChoice,
  command: CopyCommand,
  signal: AbortSignal,
): Promise<number> {
  const ring = await Ring.open({ backend });
  try {
    return await copyAndReport(ring, command, signal);
  } finally {
    await ring.close();
  }
}

function explain(error: unknown, signal: AbortSignal): number {
  if (signal.aborted) {
    process.stderr.write("safer-ring: interrupted; the destination is as it was\n");
    return EXIT_INTERRUPTED;
  }
  if (!(error instanceof Error)) throw error;
  process.stderr.write(`safer-ring: ${error.message}\n`);
  if (error instanceof RingError && error.code === "ERR_RING_BACKEND_UNAVAILABLE") {
    process.stderr.write("Run 'safer-ring doctor' for more, or try --backend sim.\n");
  }
  return EXIT_FAILED;
}
