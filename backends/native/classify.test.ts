import { describe, expect, it } from "vitest";
import { EACCES, EBADF, EINVAL, EMFILE, ENFILE, ENOMEM, ENOSYS, EPERM } from "../../spec/errno.ts";
import { classify } from "./classify.ts";
import type { TrialOutcome } from "./classify.ts";
import type { HostFacts } from "./host-facts.ts";

const FACTS: HostFacts = {
  kernel: "6.12.3-generic",
  ioUringDisabled: 0,
  ioUringGroup: -1,
  seccomp: "none",
  systemAdministrator: false,
  groups: [1000],
  memlockBytes: 8 << 20,
};

function setupGave(errno: number): TrialOutcome {
  return { stage: "call", call: "io_uring_setup", errno };
}

/** Title, outcome, what differs from FACTS, the reason, a part of the remedy. */
type Case = readonly [string, TrialOutcome, Partial<HostFacts>, string, RegExp];

const CASES: readonly Case[] = [
  [
    "the sysctl forbids it to all",
    setupGave(EPERM),
    { ioUringDisabled: 2, systemAdministrator: true, seccomp: "filter" },
    "io_uring_setup gave EPERM: kernel.io_uring_disabled is 2",
    /sysctl kernel.io_uring_disabled=0/,
  ],
  [
    "the sysctl lets nobody but administrators in",
    setupGave(EPERM),
    { ioUringDisabled: 1 },
    "io_uring_setup gave EPERM: kernel.io_uring_disabled is 1 and " +
      "kernel.io_uring_group names no group",
    /kernel.io_uring_group/,
  ],
  [
    "the sysctl lets a group in",
    setupGave(EPERM),
    { ioUringDisabled: 1, ioUringGroup: 50, seccomp: "filter" },
    "io_uring_setup gave EPERM: kernel.io_uring_disabled is 1 and this process is not in group 50",
    /group 50/,
  ],
  [
    "a member of the group meets a seccomp filter",
    setupGave(EPERM),
    { ioUringDisabled: 1, ioUringGroup: 1000, seccomp: "filter" },
    "io_uring_setup gave EPERM: a seccomp filter forbids it",
    /whatever started this process/,
  ],
  [
    "root of a user namespace is no administrator to the sysctl",
    setupGave(EPERM),
    { ioUringDisabled: 1, systemAdministrator: true },
    "io_uring_setup gave EPERM: kernel.io_uring_disabled is 1 and " +
      "kernel.io_uring_group names no group",
    /kernel.io_uring_disabled to 0/,
  ],
  [
    "Docker's seccomp filter",
    setupGave(EPERM),
    { seccomp: "filter", container: "docker" },
    "io_uring_setup gave EPERM: a seccomp filter forbids it (container: docker)",
    /--security-opt seccomp=PROFILE/,
  ],
  [
    "a pod's seccomp filter on a kernel without the sysctl",
    setupGave(EPERM),
    { seccomp: "filter", container: "kubernetes", kernel: "6.1.0" },
    "io_uring_setup gave EPERM: a seccomp filter forbids it (container: kubernetes)",
    /Localhost seccompProfile/,
  ],
  [
    "something that does not show itself",
    setupGave(EPERM),
    {},
    "io_uring_setup gave EPERM: neither the sysctl nor a seccomp filter " +
      "explains it; a security module may",
    /policy/,
  ],
  [
    "a filter that stops only io_uring_enter",
    { stage: "call", call: "io_uring_enter", errno: EPERM },
    { seccomp: "filter", ioUringDisabled: 2 },
    "io_uring_enter gave EPERM: a seccomp filter forbids it",
    /io_uring_enter/,
  ],
  [
    "a security module",
    setupGave(EACCES),
    {},
    "io_uring_setup gave EACCES: a security module (SELinux, AppArmor) forbids it",
    /policy/,
  ],
  [
    "a kernel from before io_uring",
    setupGave(ENOSYS),
    { kernel: "4.19.0-26-amd64", seccomp: "filter" },
    "io_uring_setup gave ENOSYS: Linux 4.19.0-26-amd64 has no io_uring (5.1 brought it)",
    /Linux 5.6 or later/,
  ],
  [
    "a seccomp filter that answers ENOSYS",
    setupGave(ENOSYS),
    { seccomp: "filter", container: "podman" },
    "io_uring_setup gave ENOSYS: a seccomp filter hides it (container: podman)",
    /--security-opt/,
  ],
  [
    "gVisor",
    setupGave(ENOSYS),
    { kernel: "4.4.0", container: "gvisor" },
    "io_uring_setup gave ENOSYS: gVisor does not offer io_uring",
    /--iouring/,
  ],
  [
    "a kernel built without io_uring",
    setupGave(ENOSYS),
    {},
    "io_uring_setup gave ENOSYS: Linux 6.12.3-generic was built without " +
      "CONFIG_IO_URING, or this is an emulation",
    /CONFIG_IO_URING/,
  ],
  [
    "the locked-memory limit of an old kernel",
    setupGave(ENOMEM),
    { kernel: "5.10.0", memlockBytes: 65_536 },
    "io_uring_setup gave ENOMEM: the locked-memory limit of 65536 bytes is used up",
    /ulimit -l/,
  ],
  [
    "a full memory cgroup",
    { stage: "call", call: "mmap", errno: ENOMEM },
    {},
    "mmap gave ENOMEM: no memory for the ring, most likely the limit of the memory cgroup",
    /more memory/,
  ],
  [
    "the descriptor limit of the process",
    setupGave(EMFILE),
    {},
    "io_uring_setup gave EMFILE: this process has no descriptor left",
    /ulimit -n/,
  ],
  [
    "the descriptor limit of the system",
    setupGave(ENFILE),
    {},
    "io_uring_setup gave ENFILE: the system has no descriptor left",
    /fs.file-max/,
  ],
  ["any other errno", setupGave(EBADF), {}, "io_uring_setup gave EBADF", /another backend/],
  [
    "an errno without a name",
    setupGave(4095),
    {},
    "io_uring_setup gave errno 4095",
    /another backend/,
  ],
  [
    "an operation that never completes",
    { stage: "wait", operation: "READ", waitedMilliseconds: 1000 },
    {},
    "READ did not complete within 1000 ms",
    /emulated/,
  ],
  [
    "a kernel that has no READ yet",
    { stage: "result", operation: "READ", res: -EINVAL },
    { kernel: "5.4.0-150-generic" },
    "READ gave EINVAL: Linux 5.4.0-150-generic is too old (5.6 brought READ)",
    /5.6 or later/,
  ],
  [
    "a modern kernel that refuses READ",
    { stage: "result", operation: "READ", res: -EINVAL },
    {},
    "READ gave EINVAL",
    /does not work/,
  ],
  [
    "a read of the wrong length or bytes",
    { stage: "result", operation: "READ", res: 64 },
    {},
    "READ gave the wrong result 64",
    /does not work/,
  ],
  [
    "koffi is missing",
    { stage: "load", reason: "koffi is not installed", remedy: "Install it." },
    {},
    "koffi is not installed",
    /Install it/,
  ],
];

describe("the verdict on a trial of io_uring", () => {
  it.each(CASES)("names what blocks it: %s", (_, outcome, difference, reason, remedy) => {
    const verdict = classify(outcome, { ...FACTS, ...difference });

    expect(verdict).toMatchObject({ available: false, reason });
    expect(verdict.remedy).toMatch(remedy);
  });

  it("says that it works when the trial was passed", () => {
    expect(classify({ stage: "done" }, FACTS)).toEqual({
      available: true,
      reason: "io_uring works on Linux 6.12.3-generic",
    });
  });

  it("takes no kernel without a version for an old one", () => {
    const verdict = classify(setupGave(ENOSYS), { ...FACTS, kernel: "unknown" });

    expect(verdict.reason).toContain("CONFIG_IO_URING");
  });
});
