/** The native backend: Linux's io_uring through the C library of this process. */
export type { NativeBackend } from "./backend.ts";
export type { Verdict } from "./classify.ts";
export { checkNative, probeNative } from "./detect.ts";
export type { NativeReport } from "./detect.ts";
export { NativeUnavailableError } from "./errors.ts";
export type { SeccompMode } from "./host-facts.ts";
export { openNativeBackend } from "./open.ts";
