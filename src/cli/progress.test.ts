import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openProgress } from "./progress.ts";

const HIDE = "\u001b[?25l";
const SHOW = "\u001b[?25h";
const { isTTY } = process.stderr;

let written: string;
beforeEach(() => {
  written = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    written += String(text);
    return true;
  });
  vi.stubEnv("TERM", "xterm");
  process.stderr.isTTY = true;
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.stderr.isTTY = isTTY;
});

/** Whether the cursor is to be seen, after all that was written. */
function cursorShown(): boolean {
  return written.lastIndexOf(SHOW) >= written.lastIndexOf(HIDE);
}

describe("a progress bar", () => {
  it("hides the cursor, and gives it back when it stops", async () => {
    const progress = await openProgress(100, new AbortController().signal);
    expect(cursorShown()).toBe(false);

    progress.stop();

    expect(cursorShown()).toBe(true);
  });

  it("goes at once when the copy is aborted, whatever that waits for", async () => {
    const controller = new AbortController();
    const progress = await openProgress(100, controller.signal);

    controller.abort();

    expect(cursorShown()).toBe(true);
    const before = written;
    progress.update("copying", 50);
    progress.stop();
    expect(written).toBe(before);
  });

  it("is not drawn for a copy that was aborted before", async () => {
    const progress = await openProgress(100, AbortSignal.abort());
    progress.update("copying", 50);
    progress.stop();

    expect(written).toBe("");
  });

  it("is not drawn where there is no terminal", async () => {
    process.stderr.isTTY = false;

    const progress = await openProgress(100, new AbortController().signal);
    progress.update("copying", 50);
    progress.stop();

    expect(written).toBe("");
  });
});
