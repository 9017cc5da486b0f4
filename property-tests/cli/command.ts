/**
 * The `safer-ring` command as a user has it: built, with its package.json, in a folder of its
 * own, run as a process.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { probeBackends } from "../../src/pick-backend.ts";
import { makeFolderWithoutDependencies, transpileTo } from "../native/children.ts";

/** The checkout. */
export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

const SOURCES = [
  ...["src", "spec", "backends"],
  ...["property-tests/native/children", "property-tests/cli/children"],
];
const CHILD_MILLISECONDS_MAX = 60_000;

/** How a process ended, and what it wrote. */
export interface Ended {
  /** The exit code, or null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
}

/** How to run the command. */
export interface RunOptions {
  /** Current directory; the folder of the build when left out. */
  readonly cwd?: string;
  /** What starts the command: `["sh", "-c", 'ulimit -f 1; exec "$@"', "sh"]`. */
  readonly under?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** Builds the package into a folder, as `npm run build` and an installation would. */
function buildInto(folder: string): string {
  chmodSync(folder, 0o755);
  transpileTo(join(folder, "dist"), SOURCES);
  copyFileSync(join(ROOT, "package.json"), join(folder, "package.json"));
  return folder;
}

/** Builds where the project's dependencies are found. */
export function makeBuild(): string {
  mkdirSync(join(ROOT, ".vitest"), { recursive: true });
  return buildInto(mkdtempSync(join(ROOT, ".vitest", "command-")));
}

/** Builds where no other package is found: neither koffi nor cli-progress. */
export function makeBareBuild(): string {
  return buildInto(makeFolderWithoutDependencies());
}

/** A build of the package: `package.json` and `dist/` in a folder. */
export class Build {
  readonly folder: string;
  readonly #bin: string;

  constructor(folder: string) {
    this.folder = folder;
    const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
      readonly bin: Readonly<Record<string, string>>;
    };
    this.#bin = join(folder, bin["safer-ring"] ?? "");
  }

  /** The words that start the command with these arguments. */
  words(...args: readonly string[]): string[] {
    return [process.execPath, this.#bin, ...args];
  }

  /** Runs the command to its end. */
  run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    return ended(this.start(args, options));
  }

  /** Starts the command. */
  start(args: readonly string[], options: RunOptions = {}): ChildProcess {
    return this.#spawn([...(options.under ?? []), ...this.words(...args)], options);
  }

  /** Runs a program of `property-tests/cli/children`. */
  runChild(name: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    const program = join(this.folder, "dist/property-tests/cli/children", `${name}.js`);
    return ended(this.#spawn([process.execPath, program, ...args], options));
  }

  /** Runs any other program to its end. */
  runProgram(words: readonly string[], options: RunOptions = {}): Promise<Ended> {
    return ended(this.startProgram(words, options));
  }

  /** Starts any other program. */
  startProgram(words: readonly string[], options: RunOptions = {}): ChildProcess {
    return this.#spawn(words, options);
  }

  #spawn([file = "", ...rest]: readonly string[], options: RunOptions): ChildProcess {
    return spawn(file, rest, {
      cwd: options.cwd ?? this.folder,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: CHILD_MILLISECONDS_MAX,
      killSignal: "SIGKILL",
    });
  }
}

/** Waits for a process that was started. */
export async function ended(child: ChildProcess): Promise<Ended> {
  const exit = new Promise<Pick<Ended, "code" | "signal">>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      resolve({ code, signal });
    });
  });
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error("the output of the child is not piped");
  const written = stdout.destroyed ? "" : text(stdout);
  const [output, errors, how] = await Promise.all([written, text(stderr), exit]);
  return { ...how, output, errors };
}

/** A folder for the files of one test. */
export function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), "safer-ring-cli-"));
}

/** Whether a program can be run here. */
export function hasProgram(name: string, ...args: readonly string[]): boolean {
  return spawnSync(name, args, { stdio: "ignore" }).status === 0;
}

/**
 * Whether io_uring can be used, so that tests which need it can be skipped; prints why not.
 *
 * @throws {Error} where it cannot and SAFER_RING_REQUIRE_NATIVE is set
 */
export async function nativeWorks(): Promise<boolean> {
  const { available, reason } = await probeBackends();
  if (available) return true;
  if (process.env["SAFER_RING_REQUIRE_NATIVE"] === "1") throw new Error(reason);
  console.log(`skipped what needs io_uring: ${reason}`);
  return false;
}
