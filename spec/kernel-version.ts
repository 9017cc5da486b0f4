/** A release of Linux, as "major.minor". */
export type KernelVersion = `${number}.${number}`;

/** The release that the spec describes in full. Rows with a later `since` are listed, not more. */
export const REFERENCE_KERNEL: KernelVersion = "6.18";

/** Whether `version` is `other` or a later release. */
export function isAtLeast(version: KernelVersion, other: KernelVersion): boolean {
  return ordinal(version) >= ordinal(other);
}

function ordinal(version: KernelVersion): number {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major * 1000 + minor;
}
