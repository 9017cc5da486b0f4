/**
 * The one place that knows concrete backends. They are loaded when they are
 * asked for, so that a bundle of the simulated kernel holds no FFI.
 */
import type { NativeReport, Verdict } from "../backends/native/index.ts";
import type { Backend } from "./backend.ts";
import { RingError } from "./errors.ts";
import { describe } from "./validate.ts";

/** A backend by name, `"auto"` for the best that works here, or a backend made by the caller. */
export type BackendChoice = "auto" | "native" | "sim" | Backend;

/** Which backend a ring runs on, and why. */
export interface BackendInfo {
  readonly name: Backend["name"];
  /** Why this one, in a sentence. */
  readonly reason: string;
}

/** A backend that was picked. */
export interface PickedBackend {
  readonly backend: Backend;
  readonly info: BackendInfo;
}

/** A failure to load a backend, as far as it explains itself. */
interface Explained {
  readonly message?: string;
  readonly reason?: string;
  readonly remedy?: string;
}

/** What `safer-ring doctor` reports about the real kernel. */
export type { NativeReport } from "../backends/native/index.ts";

let report: Promise<NativeReport> | undefined;

/**
 * Whether io_uring works here, found out by trying it, once per thread; never rejects for a
 * restriction.
 */
export function probeBackends(): Promise<NativeReport> {
  report ??= import("../backends/native/index.ts").then(({ probeNative }) => probeNative());
  return report;
}

let verdict: Promise<Verdict> | undefined;

async function loadNative(): Promise<Backend> {
  const { checkNative, openNativeBackend } = await import("../backends/native/index.ts");
  verdict ??= checkNative();
  const { available, reason, remedy } = await verdict;
  if (!available) throw Object.assign(new Error(reason), { reason, remedy });
  return openNativeBackend();
}

async function loadSim(): Promise<Backend> {
  const { SimBackend } = await import("../backends/sim/index.ts");
  return new SimBackend();
}

function unavailable(name: string, cause: unknown): RingError {
  const { message, reason = message, remedy } = cause as Explained;
  const because = reason ?? String(cause);
  const advice = remedy === undefined ? "" : `; ${remedy}`;
  return new RingError(
    "ERR_RING_BACKEND_UNAVAILABLE",
    `the ${name} backend cannot be used: ${because}${advice}`,
    { cause, reason: because, ...(remedy === undefined ? {} : { remedy }) },
  );
}

async function pickAuto(allowSimulated: boolean): Promise<PickedBackend> {
  try {
    const backend = await loadNative();
    return { backend, info: { name: "native", reason: "io_uring works on this kernel" } };
  } catch (cause) {
    const error = unavailable("native", cause);
    if (!allowSimulated) throw error;
    const reason = `${error.message}; the simulated kernel was allowed instead`;
    return { backend: await loadSim(), info: { name: "sim", reason } };
  }
}

const LOADERS: Readonly<Record<string, () => Promise<Backend>>> = {
  native: loadNative,
  sim: loadSim,
};

async function pickNamed(
  name: keyof typeof LOADERS,
  load: () => Promise<Backend>,
): Promise<PickedBackend> {
  try {
    const backend = await load();
    return { backend, info: { name: backend.name, reason: "asked for by name" } };
  } catch (cause) {
    throw unavailable(name, cause);
  }
}

/**
 * Finds a backend.
 *
 * @param allowSimulated - whether `"auto"` may end at the simulated kernel, whose files
 *   live in memory: right for tests and demonstrations, wrong for data
 * @throws {RingError} ERR_RING_INVALID_ARGUMENT for an unknown one (at once);
 *   ERR_RING_BACKEND_UNAVAILABLE with the reason and the remedy (rejects)
 */
export function pickBackend(
  choice: BackendChoice,
  allowSimulated: boolean,
): Promise<PickedBackend> {
  if (typeof choice === "object") {
    if ((choice as unknown) === null) return refuseChoice(choice);
    const info: BackendInfo = { name: choice.name, reason: "given by the caller" };
    return Promise.resolve({ backend: choice, info });
  }
  if (choice === "auto") return pickAuto(allowSimulated);
  const load = Object.hasOwn(LOADERS, choice) ? LOADERS[choice] : undefined;
  if (load !== undefined) return pickNamed(choice, load);
  return refuseChoice(choice);
}

function refuseChoice(choice: unknown): never {
  throw new RingError(
    "ERR_RING_INVALID_ARGUMENT",
    `Ring.open: unknown backend ${describe(choice)}; use "auto", "native", "sim" or a backend`,
  );
}
