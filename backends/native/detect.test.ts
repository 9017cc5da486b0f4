import { describe, expect, it } from "vitest";
import { checkNative, probeNative } from "./index.ts";

describe("probing the native backend", () => {
  it("finds that this machine can use io_uring, and says so in a sentence", async () => {
    const report = await probeNative();

    expect(report).toMatchObject({ available: true });
    expect(report.reason).toBe(`io_uring works on Linux ${report.kernel}`);
    expect(report.remedy).toBeUndefined();
    expect(report.opcodes).toContain("READ");
  });

  it("gives the same verdict when nothing more is asked", async () => {
    const report = await probeNative();

    const verdict = await checkNative();

    expect(report).toMatchObject(verdict);
    expect(verdict).not.toHaveProperty("setupFlags");
  });
});
