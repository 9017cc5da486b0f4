/**
 * What the host says about itself, as far as it bears on io_uring: kernel, sysctls,
 * seccomp, limits, signs of a container. Everything comes from files that an ordinary
 * process may read; what cannot be read is left out. Nothing here throws.
 */
import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";

/** The field Seccomp of /proc/PID/status (proc(5)). */
export type SeccompMode = "none" | "strict" | "filter" | "unknown";

/** What the host says about itself. */
export interface HostFacts {
  /** As uname -r prints it: "6.18.44-generic". */
  readonly kernel: string;
  /** kernel.io_uring_disabled (0, 1 or 2); absent before Linux 6.6. */
  readonly ioUringDisabled?: number;
  /** kernel.io_uring_group: the group that mode 1 lets in, or -1. */
  readonly ioUringGroup?: number;
  readonly seccomp: SeccompMode;
  /** CAP_SYS_ADMIN is effective (it may be that of a user namespace only). */
  readonly systemAdministrator: boolean;
  /** Every group of the process. */
  readonly groups: readonly number[];
  /** Soft RLIMIT_MEMLOCK in bytes, Infinity when unlimited. */
  readonly memlockBytes?: number;
  /** "docker", "podman", "kubernetes", "gvisor", ...: a guess from what is visible. */
  readonly container?: string;
}

/** Bit of CapEff, capabilities(7). */
const CAP_SYS_ADMIN = 21n;

/** Reads a file, or undefined. */
export type ReadText = (path: string) => string | undefined;

/** Gathers the facts of this process. The parameters exist for tests. */
export function gatherFacts(
  readText: ReadText = readTextFile,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  exists: (path: string) => boolean = existsSync,
): HostFacts {
  // Seccomp filters are per thread, and "self" is the main one.
  const status = readText("/proc/thread-self/status") ?? readText("/proc/self/status") ?? "";
  const container = containerHint(readText, environment, exists);
  return {
    kernel: release(),
    ...defined("ioUringDisabled", integer(readText("/proc/sys/kernel/io_uring_disabled"))),
    ...defined("ioUringGroup", integer(readText("/proc/sys/kernel/io_uring_group"))),
    seccomp: seccompMode(field(status, "Seccomp")),
    systemAdministrator: hasCapability(field(status, "CapEff"), CAP_SYS_ADMIN),
    groups: groupsOf(status),
    ...defined("memlockBytes", memlock(readText("/proc/self/limits") ?? "")),
    ...defined("container", container),
  };
}

function readTextFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function defined<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Partial<Record<K, V>>);
}

function integer(text: string | undefined): number | undefined {
  const value = Number.parseInt(text ?? "", 10);
  return Number.isNaN(value) ? undefined : value;
}

/** The value of `name:` in a status file of /proc. */
function field(status: string, name: string): string | undefined {
  const line = status.split("\n").find((candidate) => candidate.startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim();
}

function seccompMode(value: string | undefined): SeccompMode {
  const modes: readonly SeccompMode[] = ["none", "strict", "filter"];
  return modes[integer(value) ?? -1] ?? "unknown";
}

function hasCapability(mask: string | undefined, bit: bigint): boolean {
  if (mask === undefined || !/^[0-9a-f]+$/i.test(mask)) return false;
  return ((BigInt(`0x${mask}`) >> bit) & 1n) === 1n;
}

/** The supplementary groups and the effective one. */
function groupsOf(status: string): number[] {
  const supplementary = (field(status, "Groups") ?? "").split(/\s+/);
  const effective = (field(status, "Gid") ?? "").split(/\s+/)[1] ?? "";
  return [...supplementary, effective].filter((text) => text !== "").map(Number);
}

/** The soft limit in the line "Max locked memory  8388608  8388608  bytes". */
function memlock(limits: string): number | undefined {
  const soft = /^Max locked memory\s+(\S+)/m.exec(limits)?.[1];
  return soft === "unlimited" ? Infinity : integer(soft);
}

function containerHint(
  readText: ReadText,
  environment: Readonly<Record<string, string | undefined>>,
  exists: (path: string) => boolean,
): string | undefined {
  if (/gvisor/i.test(readText("/proc/version") ?? "")) return "gvisor";
  if (environment["KUBERNETES_SERVICE_HOST"] !== undefined) return "kubernetes";
  if (exists("/.dockerenv")) return "docker";
  if (exists("/run/.containerenv")) return "podman";
  const named = environment["container"];
  if (named !== undefined && named !== "") return named;
  const cgroup = readText("/proc/1/cgroup") ?? "";
  return /kubepods|docker|containerd|libpod|lxc/.exec(cgroup)?.[0];
}
