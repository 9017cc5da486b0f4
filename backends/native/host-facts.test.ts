import { release } from "node:os";
import { describe, expect, it } from "vitest";
import { gatherFacts } from "./host-facts.ts";

const FILES: Readonly<Record<string, string>> = {
  "/proc/self/status":
    "Name:\tnode\nGid:\t1000\t1001\t1000\t1000\nGroups:\t4 27 \n" +
    "CapEff:\t0000000000200000\nSeccomp:\t2\nSeccomp_filters:\t1\n",
  "/proc/sys/kernel/io_uring_disabled": "1\n",
  "/proc/sys/kernel/io_uring_group": "-1\n",
  "/proc/self/limits":
    "Limit                     Soft Limit           Hard Limit           Units\n" +
    "Max locked memory         65536                131072               bytes\n",
  "/proc/1/cgroup": "0::/\n",
};

function gather(
  files: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
  existing: readonly string[] = [],
) {
  return gatherFacts(
    (path) => files[path],
    environment,
    (path) => existing.includes(path),
  );
}

describe("the facts of a host", () => {
  it("are read from /proc", () => {
    expect(gather(FILES)).toEqual({
      kernel: release(),
      ioUringDisabled: 1,
      ioUringGroup: -1,
      seccomp: "filter",
      systemAdministrator: true,
      groups: [4, 27, 1001],
      memlockBytes: 65_536,
    });
  });

  it("leave out what cannot be read", () => {
    expect(gather({})).toEqual({
      kernel: release(),
      seccomp: "unknown",
      systemAdministrator: false,
      groups: [],
    });
  });

  it("know an unlimited memlock and the other seccomp modes", () => {
    const limits = "Max locked memory         unlimited            unlimited            bytes\n";

    expect(gather({ "/proc/self/limits": limits }).memlockBytes).toBe(Infinity);
    expect(gather({ "/proc/self/status": "Seccomp:\t0\n" }).seccomp).toBe("none");
    expect(gather({ "/proc/self/status": "Seccomp:\t1\n" }).seccomp).toBe("strict");
  });

  it("are those of the calling thread where it differs from the process", () => {
    const files = { ...FILES, "/proc/thread-self/status": "Seccomp:\t0\n" };

    expect(gather(files).seccomp).toBe("none");
  });

  it("see no administrator without CAP_SYS_ADMIN", () => {
    const status = "CapEff:\t000001ffffdfffff\n";

    expect(gather({ "/proc/self/status": status }).systemAdministrator).toBe(false);
  });

  it("guess the container from what is visible", () => {
    const gvisor = { "/proc/version": "Linux version 4.4.0 (gVisor)" };
    const pods = { "/proc/1/cgroup": "12:pids:/kubepods/burstable/pod1\n" };

    expect(gather(gvisor, {}, ["/.dockerenv"]).container).toBe("gvisor");
    expect(gather({}, { KUBERNETES_SERVICE_HOST: "10.0.0.1" }).container).toBe("kubernetes");
    expect(gather({}, {}, ["/.dockerenv"]).container).toBe("docker");
    expect(gather({}, {}, ["/run/.containerenv"]).container).toBe("podman");
    expect(gather({}, { container: "lxc" }).container).toBe("lxc");
    expect(gather(pods).container).toBe("kubepods");
  });

  it("are there on this machine", () => {
    const facts = gatherFacts();

    expect(facts.kernel).toBe(release());
    expect(facts.seccomp).not.toBe("unknown");
    expect(facts.memlockBytes).toBeGreaterThan(0);
  });
});
