/**
 * From what happened to why: a pure function over the facts, so that every case can
 * be tested without a machine that shows it.
 */
import { EACCES, EINVAL, EMFILE, ENFILE, ENOMEM, ENOSYS, EPERM } from "../../spec/errno.ts";
import type { HostFacts } from "./host-facts.ts";
import { errnoName } from "./names.ts";

/** How far a trial of io_uring came. */
export type TrialOutcome =
  /** Not even tried: no koffi, or not Linux. */
  | { readonly stage: "load"; readonly reason: string; readonly remedy: string }
  /** A call gave -errno. */
  | { readonly stage: "call"; readonly call: TrialCall; readonly errno: number }
  /** An operation was accepted and had not completed after `waitedMilliseconds`. */
  | { readonly stage: "wait"; readonly operation: string; readonly waitedMilliseconds: number }
  /** An operation completed with the wrong result or the wrong bytes (`res` is what it gave). */
  | { readonly stage: "result"; readonly operation: string; readonly res: number }
  | { readonly stage: "done" };

/** The system calls that a trial makes. */
export type TrialCall = "io_uring_setup" | "mmap" | "open" | "io_uring_enter";

/** Whether io_uring can be used, in words for people. */
export interface Verdict {
  readonly available: boolean;
  /** Plain words without a full stop: "io_uring_setup gave EPERM: ...". */
  readonly reason: string;
  /** What the user can do; absent when there is nothing to do. */
  readonly remedy?: string;
}

const OTHER_BACKEND = "Or use another backend.";

/** Says whether io_uring can be used and, if not, what blocks it. */
export function classify(outcome: TrialOutcome, facts: HostFacts): Verdict {
  switch (outcome.stage) {
    case "done":
      return { available: true, reason: `io_uring works on Linux ${facts.kernel}` };
    case "load":
      return { available: false, reason: outcome.reason, remedy: outcome.remedy };
    case "call":
      return callVerdict(outcome.call, outcome.errno, facts);
    case "wait":
      return blocked(
        `${outcome.operation} did not complete within ${outcome.waitedMilliseconds} ms`,
        `The io_uring of this system does not work (an emulated kernel?). ${OTHER_BACKEND}`,
      );
    case "result":
      return resultVerdict(outcome.operation, outcome.res, facts);
  }
}

function blocked(reason: string, remedy: string): Verdict {
  return { available: false, reason, remedy };
}

function callVerdict(call: TrialCall, errno: number, facts: HostFacts): Verdict {
  const what = `${call} gave ${errnoName(errno)}`;
  const verdict = (why: string, remedy: string): Verdict => blocked(`${what}: ${why}`, remedy);
  switch (errno) {
    case EPERM:
      return call === "io_uring_setup" ? forbidden(verdict, facts) : filtered(verdict, facts);
    case EACCES:
      return verdict(
        "a security module (SELinux, AppArmor) forbids it",
        `Allow io_uring for this process in the module's policy. ${OTHER_BACKEND}`,
      );
    case ENOSYS:
      return missing(verdict, facts);
    case ENOMEM:
      return noMemory(verdict, facts);
    case EMFILE:
      return verdict("this process has no descriptor left", "Raise its limit: ulimit -n.");
    case ENFILE:
      return verdict("the system has no descriptor left", "Raise sysctl fs.file-max.");
    default:
      return blocked(what, OTHER_BACKEND.replace("Or use", "Use"));
  }
}

type MakeVerdict = (why: string, remedy: string) => Verdict;

/** EPERM from io_uring_setup. The sysctl is checked by the kernel itself, so it is certain. */
function forbidden(verdict: MakeVerdict, facts: HostFacts): Verdict {
  if (facts.ioUringDisabled === 2) {
    return verdict(
      "kernel.io_uring_disabled is 2",
      `Have an administrator run: sysctl kernel.io_uring_disabled=0. ${OTHER_BACKEND}`,
    );
  }
  const member = facts.groups.includes(facts.ioUringGroup ?? -1);
  const admitted = member || facts.systemAdministrator;
  if (facts.ioUringDisabled === 1 && !admitted) return notAMember(verdict, facts);
  if (facts.seccomp === "filter" || facts.ioUringDisabled !== 1) return filtered(verdict, facts);
  return notAMember(verdict, facts);
}

function notAMember(verdict: MakeVerdict, facts: HostFacts): Verdict {
  const group = facts.ioUringGroup ?? -1;
  return group < 0
    ? verdict(
        "kernel.io_uring_disabled is 1 and kernel.io_uring_group names no group",
        "Have an administrator set kernel.io_uring_group to a group of this process, " +
          `or kernel.io_uring_disabled to 0. ${OTHER_BACKEND}`,
      )
    : verdict(
        `kernel.io_uring_disabled is 1 and this process is not in group ${group}`,
        `Add the user to group ${group} (kernel.io_uring_group). ${OTHER_BACKEND}`,
      );
}

/** Not the sysctl: seccomp if there is a filter, else something that does not show itself. */
function filtered(verdict: MakeVerdict, facts: HostFacts): Verdict {
  if (facts.seccomp !== "filter") {
    return verdict(
      "neither the sysctl nor a seccomp filter explains it; a security module may",
      `Look for a policy that forbids io_uring. ${OTHER_BACKEND}`,
    );
  }
  return verdict(`a seccomp filter forbids it${inContainer(facts)}`, seccompRemedy(facts));
}

function inContainer(facts: HostFacts): string {
  return facts.container === undefined ? "" : ` (container: ${facts.container})`;
}

function seccompRemedy(facts: HostFacts): string {
  switch (facts.container) {
    case "docker":
    case "podman":
      return (
        `Start the container with --security-opt seccomp=PROFILE, a profile that allows ` +
        `io_uring_setup, io_uring_enter and io_uring_register. ${OTHER_BACKEND}`
      );
    case "kubernetes":
    case "kubepods":
      return (
        "Give the pod a Localhost seccompProfile that allows io_uring_setup, " +
        `io_uring_enter and io_uring_register. ${OTHER_BACKEND}`
      );
    default:
      return (
        "Allow io_uring_setup, io_uring_enter and io_uring_register in the filter of " +
        `whatever started this process. ${OTHER_BACKEND}`
      );
  }
}

function missing(verdict: MakeVerdict, facts: HostFacts): Verdict {
  if (facts.container === "gvisor") {
    return verdict(
      "gVisor does not offer io_uring",
      `Start runsc with --iouring, or run outside gVisor. ${OTHER_BACKEND}`,
    );
  }
  if (olderThan(facts.kernel, 5, 1)) {
    return verdict(
      `Linux ${facts.kernel} has no io_uring (5.1 brought it)`,
      `Use Linux 5.6 or later. ${OTHER_BACKEND}`,
    );
  }
  if (facts.seccomp === "filter") {
    return verdict(`a seccomp filter hides it${inContainer(facts)}`, seccompRemedy(facts));
  }
  return verdict(
    `Linux ${facts.kernel} was built without CONFIG_IO_URING, or this is an emulation`,
    `Use a kernel built with CONFIG_IO_URING. ${OTHER_BACKEND}`,
  );
}

/** Ring memory counted against RLIMIT_MEMLOCK before 5.12, and against the memory cgroup since. */
function noMemory(verdict: MakeVerdict, facts: HostFacts): Verdict {
  if (!olderThan(facts.kernel, 5, 12)) {
    return verdict(
      "no memory for the ring, most likely the limit of the memory cgroup",
      "Give the process more memory, or use a smaller ring.",
    );
  }
  const limit = facts.memlockBytes ?? 0;
  return verdict(
    `the locked-memory limit of ${limit} bytes is used up`,
    "Raise it (ulimit -l), or use a smaller ring.",
  );
}

function resultVerdict(operation: string, res: number, facts: HostFacts): Verdict {
  const what = res < 0 ? errnoName(-res) : `the wrong result ${res}`;
  if (res === -EINVAL && olderThan(facts.kernel, 5, 6)) {
    return blocked(
      `${operation} gave EINVAL: Linux ${facts.kernel} is too old (5.6 brought ${operation})`,
      `Use Linux 5.6 or later. ${OTHER_BACKEND}`,
    );
  }
  return blocked(
    `${operation} gave ${what}`,
    `The io_uring of this system does not work (an emulated kernel?). ${OTHER_BACKEND}`,
  );
}

/** Compares the leading "major.minor" of a release; a release without one is not older. */
function olderThan(kernel: string, major: number, minor: number): boolean {
  const match = /^(\d+)\.(\d+)/.exec(kernel);
  if (match === null) return false;
  const [actualMajor, actualMinor] = [Number(match[1]), Number(match[2])];
  return actualMajor < major || (actualMajor === major && actualMinor < minor);
}
