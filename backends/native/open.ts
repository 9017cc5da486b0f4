/**
 * Opening the native backend: load the library, bind the calls, once per thread.
 *
 * @example
 * const backend = await openNativeBackend();
 * const region = backend.allocate(4096, 4096);
 */
import { NativeBackend } from "./backend.ts";
import { loadLibrary } from "./koffi.ts";
import { checkPlatform } from "./platform.ts";
import { bindSystemCalls } from "./system-calls.ts";
import { findTransfer } from "./transfer.ts";

let opened: Promise<NativeBackend> | undefined;

/**
 * The backend of this thread; the second call returns the first one's.
 *
 * Says nothing about whether the kernel lets this process use io_uring: `setup` then
 * answers -EPERM or -ENOSYS, and `probeNative` tells why.
 *
 * @throws {NativeUnavailableError} when koffi is missing or broken, or the platform is not Linux
 */
export function openNativeBackend(): Promise<NativeBackend> {
  opened ??= open();
  return opened;
}

async function open(): Promise<NativeBackend> {
  checkPlatform();
  const library = await loadLibrary();
  return new NativeBackend(library, bindSystemCalls(library), findTransfer());
}
