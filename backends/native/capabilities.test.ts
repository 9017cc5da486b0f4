import { describe, expect, it } from "vitest";
import { EPERM } from "../../spec/errno.ts";
import { findCapabilities } from "./capabilities.ts";
import { openNativeBackend } from "./open.ts";

describe("the capabilities of the kernel", () => {
  it("include what the library relies on", async () => {
    const capabilities = findCapabilities(await openNativeBackend());

    expect(capabilities.features).toContain("NODROP");
    expect(capabilities.opcodes).toEqual(expect.arrayContaining(["NOP", "READ", "WRITE"]));
    expect(capabilities.setupFlags).toEqual(expect.arrayContaining(["CQSIZE", "CLAMP"]));
  });

  it("are empty where no ring can be set up", async () => {
    const native = await openNativeBackend();
    const backend = {
      name: "native" as const,
      allocate: native.allocate.bind(native),
      setup: () => -EPERM,
      enter: () => -EPERM,
      register: () => -EPERM,
      mapRing: () => -EPERM,
      watch: native.watch.bind(native),
      close: () => 0,
    };

    expect(findCapabilities(backend)).toEqual({ features: [], opcodes: [], setupFlags: [] });
  });
});
