import { describe, expect, it } from "vitest";
import { NativeUnavailableError } from "./errors.ts";
import { unavailable } from "./koffi.ts";
import { checkPlatform } from "./platform.ts";

describe("what the native backend says when it cannot be used", () => {
  it("accepts Linux on x64 and arm64", () => {
    expect(() => checkPlatform("linux", "x64")).not.toThrow();
    expect(() => checkPlatform("linux", "arm64")).not.toThrow();
  });

  it.each([
    ["darwin", "arm64", "io_uring exists on Linux only, and this is darwin"],
    ["win32", "x64", "io_uring exists on Linux only, and this is win32"],
    ["linux", "s390x", "the architecture s390x is not supported"],
  ])("refuses %s on %s with the reason", (platform, architecture, reason) => {
    let caught: unknown;
    try {
      checkPlatform(platform, architecture);
    } catch (error) {
      caught = error;
    }

    expect(caught).toBeInstanceOf(NativeUnavailableError);
    expect(caught).toMatchObject({ code: "ERR_RING_NATIVE_UNAVAILABLE", reason });
  });

  it("tells a koffi that is missing from one that does not load", () => {
    const missing = Object.assign(new Error("Cannot find package 'koffi' imported from /x.js"), {
      code: "ERR_MODULE_NOT_FOUND",
    });
    const broken = new Error("Cannot find the native Koffi module; did you bundle it?\nmore");

    expect(unavailable(missing)).toMatchObject({
      reason: "the optional dependency koffi is not installed",
      cause: missing,
    });
    expect(unavailable(broken).reason).toBe(
      "koffi is installed but does not load (Cannot find the native Koffi module; " +
        "did you bundle it?)",
    );
    expect(unavailable(broken).message).toContain("npm install koffi@3");
  });

  it("calls a module that koffi itself misses a broken koffi", () => {
    const error = Object.assign(new Error("Cannot find package '@koromix/koffi-linux-x64'"), {
      code: "ERR_MODULE_NOT_FOUND",
    });

    expect(unavailable(error).reason).toContain("does not load");
  });
});
