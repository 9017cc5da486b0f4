/** `safer-ring cp`: copies a file through a ring. */
import { RingError } from "../errors.ts";
import { Ring } from "../ring.ts";
import { copyFile, type CopyOptions, DEFAULT_BLOCK_SIZE, DEFAULT_DEPTH } from "./copy-file.ts";
import { attempt, EXIT_FAILED, EXIT_OK, Failure, UsageError } from "./exit.ts";
import { withInterrupt } from "./interrupt.ts";
import { say, warn } from "./output.ts";
import { parseCommand, parseCount } from "./parse.ts";
import { findPlaces, type Places, takeAfter } from "./places.ts";
import { openProgress } from "./progress.ts";
import { quote } from "./quote.ts";
import { copyThroughSim, type Outcome } from "./sim-copy.ts";

const MEBIBYTE = 2 ** 20;
const LARGEST_BLOCK = 64 * MEBIBYTE;
const LARGEST_DEPTH = 1024;
const LARGEST_MEMORY = 1024 * MEBIBYTE;
const BACKENDS = ["auto", "native", "sim"] as const;

type BackendName = (typeof BACKENDS)[number];

/** What was asked for. */
export interface CopyCommand {
  readonly source: string;
  readonly destination: string;
  readonly backend: BackendName;
  readonly verify: boolean;
  readonly sync: boolean;
  readonly quiet: boolean;
  readonly blockSize: number;
  readonly depth: number;
}

/** @throws {UsageError} */
function parseCopy(args: readonly string[]): CopyCommand {
  const { values, positionals } = parseCommand(args, {
    verify: { type: "boolean" },
    "no-sync": { type: "boolean" },
    quiet: { type: "boolean" },
    backend: { type: "string" },
    "block-size": { type: "string" },
    depth: { type: "string" },
  });
  const size = values["block-size"];
  const blockSize = parseCount("block-size", size, DEFAULT_BLOCK_SIZE, LARGEST_BLOCK, true);
  const depth = parseCount("depth", values["depth"], DEFAULT_DEPTH, LARGEST_DEPTH);
  if (blockSize * depth > LARGEST_MEMORY) {
    throw new UsageError(`--depth blocks of --block-size are more than ${LARGEST_MEMORY} bytes`);
  }
  const backend = parseBackend(values["backend"] ?? "auto");
  const [source, destination] = positionals;
  if (source === undefined || destination === undefined || positionals.length > 2) {
    throw new UsageError(`cp takes two names, SRC and DST; it got ${positionals.length}`);
  }
  return {
    source,
    destination,
    backend,
    verify: values["verify"] === true,
    sync: values["no-sync"] !== true,
    quiet: values["quiet"] === true,
    blockSize,
    depth,
  };
}

function parseBackend(value: string | boolean): BackendName {
  const backend = BACKENDS.find((name) => name === value);
  if (backend !== undefined) return backend;
  throw new UsageError(`--backend is one of ${BACKENDS.join(", ")}, not '${String(value)}'`);
}

async function copyOn(
  backend: "auto" | "native",
  { source, target }: Places,
  options: CopyOptions,
): Promise<Outcome> {
  const ring = await attempt("set up a ring", Ring.open({ backend }));
  try {
    const started = performance.now();
    const bytes = await copyFile(ring, source, target, options);
    return { bytes, milliseconds: performance.now() - started, backend: ring.backend.name };
  } finally {
    await ring.close();
  }
}

async function copy(command: CopyCommand, places: Places, signal: AbortSignal): Promise<Outcome> {
  const { verify, sync, quiet, blockSize, depth, backend } = command;
  const { partial, replaced, mode } = places;
  const progress = quiet ? undefined : await openProgress(places.size, signal);
  const warnings: string[] = [];
  const options: CopyOptions = {
    ...{ verify, sync, blockSize, depth, partial, mode, signal },
    onWhole: () => takeAfter(partial, replaced),
    onProgress: (phase, bytes) => progress?.update(phase, bytes),
    onWarning: (text) => warnings.push(text),
  };
  try {
    if (backend === "sim") return await copyThroughSim(places, options);
    return await copyOn(backend, places, options);
  } finally {
    progress?.stop();
    warnings.forEach(warn);
  }
}

function summarise({ source, destination }: Places, outcome: Outcome): void {
  const { bytes, milliseconds, backend } = outcome;
  const seconds = milliseconds / 1000;
  const pace = bytes / MEBIBYTE / seconds;
  const rate = bytes < MEBIBYTE ? "" : `${pace.toFixed(pace < 10 ? 1 : 0)} MiB/s, `;
  say(
    `${quote(source)} -> ${quote(destination)}: ${bytes} bytes in ${seconds.toFixed(3)} s ` +
      `(${rate}${backend})`,
  );
}

async function run(command: CopyCommand, signal: AbortSignal): Promise<number> {
  try {
    const places = await findPlaces(command.source, command.destination);
    const outcome = await copy(command, places, signal);
    if (command.quiet) return EXIT_OK;
    summarise(places, outcome);
    if (command.verify) say("verified: every byte is the same");
    return EXIT_OK;
  } catch (error) {
    if (!signal.aborted) throw refusal(error);
    // Said here, because the process ends with the signal that was caught.
    warn(`interrupted; ${quote(command.destination)} is as it was`);
    return EXIT_FAILED;
  }
}

/** What the library refuses for the user's sake, as an answer; a defect as it is. */
function refusal(error: unknown): unknown {
  if (!(error instanceof RingError)) return error;
  if (error.code === "ERR_RING_PATH") return new Failure(error.message, { cause: error });
  if (error.code !== "ERR_RING_BACKEND_UNAVAILABLE") return error;
  return new Failure(error.message, {
    advice: "'safer-ring doctor' tells more. cp --backend sim works without io_uring.",
    cause: error,
  });
}

/**
 * Runs the command and returns the exit code.
 *
 * @throws {UsageError | Failure}
 */
export function cp(args: readonly string[]): Promise<number> {
  const command = parseCopy(args);
  return withInterrupt((signal) => run(command, signal));
}
