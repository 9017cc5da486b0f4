import { describe, expect, it } from "vitest";
import { toDoctorReport } from "./doctor.ts";
import { describeReport } from "./report.ts";

const WORKING = {
  available: true,
  reason: "io_uring works on Linux 6.1.0",
  kernel: "6.1.0",
  opcodes: ["NOP", "READ", "WRITE"],
  features: ["SINGLE_MMAP", "NODROP"],
  setupFlags: ["CQSIZE"],
  ioUringDisabled: 0,
  ioUringGroup: -1,
  seccomp: "none",
  systemAdministrator: false,
  groups: [1000],
  memlockBytes: 8 * 2 ** 20,
} as const;

const BLOCKED = {
  ...WORKING,
  available: false,
  reason: "io_uring_setup gave EPERM: a seccomp filter forbids it",
  remedy: "Allow io_uring_setup, io_uring_enter and io_uring_register in the filter.",
  opcodes: [],
  features: [],
  setupFlags: [],
  seccomp: "filter",
  container: "docker",
} as const;

function lines(found: Parameters<typeof toDoctorReport>[0], columns?: number): string[] {
  return describeReport(toDoctorReport(found, "v20.19.0"), columns).split("\n");
}

describe("the report for people", () => {
  it("begins with the verdict", () => {
    expect(lines(WORKING)[0]).toBe("io_uring      can be used: io_uring works on Linux 6.1.0");
  });

  it("says what is missing, for which calls, and which kernel has it", () => {
    const report = lines(WORKING).join("\n");

    expect(report).toContain("missing       READV (Linux 5.1): readv\n");
    expect(report).toContain("\n              LISTEN (Linux 6.11): listen\n");
  });

  it("says what blocks io_uring, what to do, and what works until then", () => {
    const report = lines(BLOCKED).join(" ").replaceAll(/\s+/g, " ");

    expect(report).toMatch(/^io_uring cannot be used: io_uring_setup gave EPERM: a seccomp/);
    expect(report).toContain("what to do Allow io_uring_setup");
    expect(report).toContain("cp --backend sim");
    expect(report).toContain("container docker");
  });

  it("leaves out lists that could not be made", () => {
    expect(lines(BLOCKED).join("\n")).not.toMatch(/^(opcodes|features|set-up flags|missing)/m);
  });

  it.each([
    [30, 40],
    [40, 40],
    [60, 60],
    [80, 80],
    [300, 96],
    [undefined, 80],
  ])("of a terminal of %s columns has lines of up to %i", (columns, widest) => {
    const opcodes = Array.from({ length: 60 }, (_, index) => `OPCODE_${index}`);

    const widths = lines({ ...BLOCKED, opcodes }, columns).map((line) => line.length);

    expect(Math.max(...widths)).toBeLessThanOrEqual(widest);
    expect(Math.max(...widths)).toBeGreaterThan(widest - 15);
  });

  it("has no spaces at the ends of lines", () => {
    for (const line of [...lines(WORKING), ...lines(BLOCKED)]) expect(line).not.toMatch(/\s$/);
  });
});

describe("the report for programs", () => {
  it("has the same keys whatever is known", () => {
    const { ioUringDisabled: _disabled, memlockBytes: _memlock, ...little } = WORKING;
    const keys = Object.keys(toDoctorReport(WORKING, "v20.19.0"));

    expect(Object.keys(toDoctorReport(BLOCKED, "v20.19.0"))).toEqual(keys);
    expect(Object.keys(toDoctorReport(little, "v20.19.0"))).toEqual(keys);
  });

  it("survives JSON: null for what is not known, a word for no limit", () => {
    const { ioUringDisabled: _disabled, ...rest } = WORKING;
    const report = toDoctorReport({ ...rest, memlockBytes: Infinity }, "v20.19.0");

    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(report).toMatchObject({
      memlockBytes: "unlimited",
      ioUringDisabled: null,
      remedy: null,
      container: null,
    });
  });

  it("names the backend that would be used, and the opcodes that would be missing", () => {
    expect(toDoctorReport(WORKING, "")).toMatchObject({
      backend: "native",
      missing: expect.arrayContaining([{ name: "BIND", calls: "listen", since: "6.11" }]),
    });
    expect(toDoctorReport(BLOCKED, "")).toMatchObject({ backend: null, missing: null });
  });
});
