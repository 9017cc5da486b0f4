import { describe, expect, it } from "vitest";
import { AbortError, RingError, SystemError } from "./errors.ts";

describe("a RingError", () => {
  it("has a code and a sentence, and only those details that there are", () => {
    const error = new RingError("ERR_RING_BUFFER_MOVED", "gone", { movedTo: "read #3" });

    expect(error).toBeInstanceOf(Error);
    expect(Object.keys(error).sort()).toEqual(["code", "movedTo", "name"]);
    expect(`${error}`).toBe("RingError: gone");
  });

  it("passes on its cause", () => {
    const cause = new Error("deeper");

    expect(new RingError("ERR_RING_INVARIANT", "x", { cause }).cause).toBe(cause);
    expect("cause" in new RingError("ERR_RING_INVARIANT", "x")).toBe(false);
  });
});

describe("a SystemError", () => {
  it("has the shape of Node's own", () => {
    const error = new SystemError(-2, "openat", { path: "/missing" });

    expect(Object.fromEntries(Object.entries(error))).toEqual({
      name: "SystemError",
      code: "ENOENT",
      errno: -2,
      syscall: "openat",
      path: "/missing",
    });
    expect(error.message).toBe("ENOENT: no such file or directory, openat '/missing'");
  });

  it("names both paths of a rename", () => {
    const error = new SystemError(-18, "renameat2", { path: "/a", dest: "/b" });

    expect(error.message).toMatch(/^EXDEV: .*, renameat2 '\/a' -> '\/b'$/);
    expect(error.dest).toBe("/b");
  });

  it("carries the buffer where there is one", () => {
    const buffer = {};

    expect(new SystemError(-9, "read", { buffer }).buffer).toBe(buffer);
    expect("buffer" in new SystemError(-9, "fsync")).toBe(false);
  });
});

describe("an AbortError", () => {
  it("has the name and the code of Node's own, and the reason for a cause", () => {
    const reason = new Error("enough");
    const error = new AbortError("read", reason);

    expect(error).toMatchObject({ name: "AbortError", code: "ABORT_ERR", cause: reason });
    expect(error.message).toBe("The read was aborted");
    expect("buffer" in error).toBe(false);
  });
});
