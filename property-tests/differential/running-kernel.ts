/** Which release the programs are compared with: that of the kernel they run on (ND-28). */
import { release } from "node:os";
import { type KernelName, KERNELS } from "../../backends/emulator/profile/profile.ts";
import { isAtLeast, type KernelVersion } from "../../spec/kernel-version.ts";

/**
 * The profile of a kernel: the newest that is not newer than it, or the oldest.
 *
 * @param name - as uname(2) gives it: "6.18.44-custom"
 */
export function profileOf(name: string): KernelName {
  const [version = ""] = /^\d+\.\d+/.exec(name) ?? [];
  const known = KERNELS.filter((kernel) => isAtLeast(version as KernelVersion, kernel));
  return known.at(-1) ?? KERNELS[0];
}

/** The profile of the kernel that this process runs on. */
export const RUNNING_KERNEL: KernelName = profileOf(release());
