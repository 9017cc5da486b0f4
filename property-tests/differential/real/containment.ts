/**
 * What keeps a random program from hurting anything.
 *
 * The thread that runs programs gets a descriptor table of its own, in which the harness keeps
 * three descriptors at numbers that no program has, a network of its own in which there is only
 * the loopback device, and a root directory that is an empty folder. Of root's rights it keeps
 * those that the emulator assumes and that reach nothing beyond that folder and network. What the
 * machine does not permit is left out and said; without a root directory of its own nothing runs.
 */
import { O_RDWR, AF_INET, SOCK_DGRAM } from "../../../spec/abi/linux.ts";
import { CAPABILITY_VERSION_3, type Privilege, setOf } from "../../worlds/privileges.ts";
import { DESCRIPTOR_LIMIT } from "../fixtures.ts";
import type { Places } from "./places.ts";
import { must, type System } from "./system.ts";

/** What the harness keeps, above everything a program can name. */
export interface HarnessDescriptors {
  readonly commands: number;
  readonly results: number;
  readonly nullDevice: number;
}

const CLONE_FILES = 0x400;
const CLONE_NEWIPC = 0x0800_0000;
const CLONE_NEWNET = 0x4000_0000;
const F_DUPFD_CLOEXEC = 1030;
const HARNESS_LOWEST = 900;
const SIGKILL = 9;
const SIGPIPE = 13;
const SIGXFSZ = 25;
const SIG_IGN = 1;
const RLIMIT_CORE = 4;
const RLIMIT_NOFILE = 7;
const PR_SET_PDEATHSIG = 1;
const PR_SET_KEEPCAPS = 8;
const PR_SET_NO_NEW_PRIVS = 38;
const NOBODY = 65_534;
const UMASK = 0o022;

/**
 * What programs may do, as the emulator has it: root's rights over files and ports, I/O priorities,
 * and locked memory, which a closed ring gives back late, so that a limit would be hit at random.
 */
export const KEPT: readonly Privilege[] = [
  "CAP_DAC_OVERRIDE",
  "CAP_DAC_READ_SEARCH",
  "CAP_FOWNER",
  "CAP_FSETID",
  "CAP_NET_BIND_SERVICE",
  "CAP_IPC_LOCK",
  "CAP_SYS_NICE",
];

/** Shuts the thread in. Returns what could not be done, one line each. */
export function contain(
  system: System,
  places: Places,
  folder: string,
  inherited: { readonly commands: number; readonly results: number },
): { descriptors: HarnessDescriptors; missing: string[] } {
  const missing: string[] = [];
  const attempt = (what: string, result: number): void => {
    if (result < 0) missing.push(`${what}: errno ${-result}`);
  };
  must("signal", system.signal(SIGPIPE, SIG_IGN));
  must("signal", system.signal(SIGXFSZ, SIG_IGN));
  must("unshare of the descriptors", system.unshare(CLONE_FILES));
  const descriptors = keepDescriptors(system, places, inherited);
  attempt("a network of its own", system.unshare(CLONE_NEWNET | CLONE_NEWIPC));
  attempt("the loopback device", raiseLoopback(system, places));
  process.umask(UMASK);
  process.chdir(folder);
  must("chroot", system.chroot(path(places, ".")));
  must("chdir", system.chdir(path(places, "/")));
  limit(system, places);
  attempt("dropping privileges", dropPrivileges(system, places));
  // A change of the credentials would clear it.
  attempt("dying with the parent", system.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0));
  must("close_range", system.closeRange(0, HARNESS_LOWEST - 1, 0));
  return { descriptors, missing };
}

function keepDescriptors(
  system: System,
  places: Places,
  inherited: { readonly commands: number; readonly results: number },
): HarnessDescriptors {
  const lift = (fd: number): number =>
    must("fcntl", system.fcntl(fd, F_DUPFD_CLOEXEC, HARNESS_LOWEST));
  const nullDevice = must("open", system.open(path(places, "/dev/null"), O_RDWR, 0));
  return {
    commands: lift(inherited.commands),
    results: lift(inherited.results),
    nullDevice: lift(nullDevice),
  };
}

/** Stores a path for one call. */
function path(places: Places, text: string): number {
  places.small.bytes.set(new TextEncoder().encode(`${text}\0`));
  return places.small.address;
}

const SIOCSIFFLAGS = 0x8914;
const IFF_UP = 1;
const IFF_RUNNING = 0x40;
const IFREQ_FLAGS = 16;
const IFREQ_BYTES = 40;

function raiseLoopback(system: System, places: Places): number {
  const fd = system.socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0) return fd;
  const { bytes, address } = places.small;
  bytes.fill(0, 0, IFREQ_BYTES);
  bytes.set(new TextEncoder().encode("lo"));
  bytes[IFREQ_FLAGS] = IFF_UP | IFF_RUNNING;
  const result = system.ioctl(fd, SIOCSIFFLAGS, address);
  system.close(fd);
  return result;
}

function limit(system: System, places: Places): void {
  const set = (resource: number, value: bigint): void => {
    const view = new DataView(places.small.bytes.buffer, places.small.bytes.byteOffset, 16);
    view.setBigUint64(0, value, true);
    view.setBigUint64(8, value, true);
    must("setrlimit", system.setrlimit(resource, places.small.address));
  };
  set(RLIMIT_CORE, 0n);
  set(RLIMIT_NOFILE, BigInt(DESCRIPTOR_LIMIT));
}

function dropPrivileges(system: System, places: Places): number {
  must("prctl", system.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
  process.setgroups?.([]);
  process.setgid?.(NOBODY);
  process.setuid?.(NOBODY);
  const { bytes, address } = places.small;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 64);
  bytes.fill(0, 0, 64);
  view.setUint32(0, CAPABILITY_VERSION_3, true);
  // Two of { effective, permitted, inheritable }; pid 0 is this thread.
  const kept = setOf(KEPT);
  view.setUint32(16, kept, true);
  view.setUint32(20, kept, true);
  const result = system.capset(address, address + 16);
  return result < 0 ? result : system.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}
