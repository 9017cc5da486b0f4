/**
 * The one place that knows koffi, and loads it only when asked.
 *
 * koffi is an optional dependency: a package manager may leave it out (no
 * prebuilt binary for the platform, `--omit=optional`), and a browser bundle of
 * the simulated kernel never reaches this file.
 */
import { NativeUnavailableError } from "./errors.ts";
import type { Library } from "./library.ts";

type Koffi = typeof import("koffi");

/**
 * Loads koffi and opens the C library of this process.
 *
 * @throws {NativeUnavailableError} when koffi is missing, or present but unable to load
 */
export async function loadLibrary(): Promise<Library> {
  const koffi = await importKoffi();
  try {
    return wrap(koffi);
  } catch (error) {
    throw new NativeUnavailableError(
      `koffi cannot open the C library (${messageOf(error)})`,
      "Reinstall koffi for this platform and Node version.",
      { cause: error },
    );
  }
}

async function importKoffi(): Promise<Koffi> {
  try {
    return await import("koffi");
  } catch (error) {
    throw unavailable(error);
  }
}

/** Tells a koffi that is not there from one that does not work. Exported for its test. */
export function unavailable(error: unknown): NativeUnavailableError {
  const message = messageOf(error);
  const missing =
    error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
  return missing && message.includes("'koffi'")
    ? new NativeUnavailableError(
        "the optional dependency koffi is not installed",
        "Install it beside safer-ring: npm install koffi@3.",
        { cause: error },
      )
    : new NativeUnavailableError(
        `koffi is installed but does not load (${message})`,
        "Reinstall koffi with its optional platform package: npm install koffi@3.",
        { cause: error },
      );
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0] ?? text;
}

function wrap(koffi: Koffi): Library {
  const library = koffi.load(null);
  return {
    // koffi types every function as `any`; the prototypes in this folder hold integers only.
    bind: (prototype) => library.func(prototype),
    errno: () => koffi.errno(),
    view: (address, byteLength) => koffi.view(address, byteLength),
  };
}
