import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYS_IO_URING_SETUP } from "../../backends/native/system-calls.ts";
import { ENOSYS, EPERM } from "../../spec/errno.ts";
import { ChildPrograms } from "./children.ts";
import type { ChildResult } from "./children.ts";

let programs: ChildPrograms;
beforeAll(() => {
  programs = ChildPrograms.compile();
});
afterAll(() => programs.remove());

function report({ output, errors }: ChildResult): unknown {
  expect(errors).toBe("");
  return JSON.parse(output);
}

describe("a process that may not use io_uring", () => {
  it("learns that a seccomp filter forbids io_uring_setup", async () => {
    const child = await programs.run("blocked", `${SYS_IO_URING_SETUP}`, `${EPERM}`);

    expect(report(child)).toMatchObject({
      available: false,
      seccomp: "filter",
      reason: expect.stringMatching(/^io_uring_setup gave EPERM: a seccomp filter forbids it/),
      remedy: expect.stringContaining("io_uring_enter"),
      features: [],
    });
  });

  it("learns that a seccomp filter hides io_uring_setup", async () => {
    const child = await programs.run("blocked", `${SYS_IO_URING_SETUP}`, `${ENOSYS}`);

    expect(report(child)).toMatchObject({
      available: false,
      reason: expect.stringMatching(/^io_uring_setup gave ENOSYS: a seccomp filter hides it/),
    });
  });

  it("learns that it has no descriptors left", async () => {
    const limited = ["sh", "-c", 'ulimit -n 64; exec "$@"', "sh"];

    const child = await programs.runUnder(limited, "probe", "without descriptors");

    expect(report(child)).toMatchObject({
      available: false,
      reason: expect.stringContaining("gave EMFILE: this process has no descriptor left"),
    });
  });
});

describe("a process without koffi", () => {
  it("learns that koffi is not installed, and how to get it", async () => {
    const bare = ChildPrograms.compileWithoutDependencies();

    const child = await bare.run("probe");

    expect(report(child)).toMatchObject({
      available: false,
      reason: "the optional dependency koffi is not installed",
      remedy: expect.stringContaining("npm install koffi"),
    });
    bare.remove();
  });
});
