/** Where io_uring can exist at all. */
import { NativeUnavailableError } from "./errors.ts";

/** Architectures (Node's names) whose constants and system call numbers are those of `spec/`. */
const ARCHITECTURES: readonly string[] = ["x64", "arm64"];

/** @throws {NativeUnavailableError} when the platform or the architecture has no native backend */
export function checkPlatform(
  platform: string = process.platform,
  architecture: string = process.arch,
): void {
  if (platform !== "linux") {
    throw new NativeUnavailableError(
      `io_uring exists on Linux only, and this is ${platform}`,
      "Use another backend here.",
    );
  }
  if (!ARCHITECTURES.includes(architecture)) {
    throw new NativeUnavailableError(
      `the architecture ${architecture} is not supported`,
      `Use another backend here, or one of ${ARCHITECTURES.join(", ")}.`,
    );
  }
}
