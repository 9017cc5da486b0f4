import { describe, expect, it } from "vitest";
import { probeNative } from "./index.ts";

describe("probing the native backend", () => {
  it("finds that this machine can use io_uring, and says so in a sentence", async () => {
    const report = await probeNative();

    expect(report).toMatchObject({ available: true });
    expect(report.reason).toBe(`io_uring works on Linux ${report.kernel}`);
    expect(report.remedy).toBeUndefined();
    expect(report.opcodes).toContain("READ");
  });
});
