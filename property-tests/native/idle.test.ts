import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { IORING_SETUP_DEFER_TASKRUN, IORING_SETUP_SINGLE_ISSUER } from "../../spec/abi/setup.ts";
import { ChildPrograms } from "./children.ts";

const DEFERRED = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
/** A loop that polls without rest takes a second of it; this is what Node itself may need. */
const IDLE_MICROSECONDS_MAX = 250_000;

let programs: ChildPrograms;
beforeAll(() => {
  programs = ChildPrograms.compile();
});
afterAll(() => programs.remove());

const SETTINGS = [
  ["a plain ring", 0, "in the process"],
  ["a DEFER_TASKRUN ring", DEFERRED, "in the process"],
  ["a plain ring of a Worker", 0, "in a Worker"],
  ["a DEFER_TASKRUN ring of a Worker", DEFERRED, "in a Worker"],
] as const;

describe.each(SETTINGS)("%s that is watched", (_, flags, where) => {
  it("does not keep its process alive when nothing is in flight", async () => {
    const child = await programs.run("idle", "leave open", `${flags}`, where);

    expect(child).toEqual({ status: 0, signal: undefined, output: "", errors: "" });
  });

  it("keeps its process alive while the watch is referenced, and wakes it", async () => {
    const child = await programs.run("idle", "wait referenced", `${flags}`, where);

    expect(child).toEqual({ status: 0, signal: undefined, output: "woken\n", errors: "" });
  });

  it("does not keep its process alive for a read when the watch is unreferenced", async () => {
    const child = await programs.run("idle", "wait unreferenced", `${flags}`, where);

    expect(child).toEqual({ status: 0, signal: undefined, output: "", errors: "" });
  });

  it("uses no processor time while it waits", async () => {
    const child = await programs.run("idle", "measure", `${flags}`, where);

    expect(child).toMatchObject({ status: 0, errors: "" });
    expect(Number(child.output)).toBeGreaterThanOrEqual(0);
    expect(Number(child.output)).toBeLessThan(IDLE_MICROSECONDS_MAX);
  });
});
