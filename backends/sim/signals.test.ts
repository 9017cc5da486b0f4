import { describe, expect, it } from "vitest";
import { SimSignals } from "./signals.ts";

/** A sigset_t with one signal. */
function setOf(signal: number): Uint8Array {
  const set = new Uint8Array(8);
  set[(signal - 1) >> 3] = 1 << ((signal - 1) & 7);
  return set;
}

describe("a signal", () => {
  it("interrupts once", () => {
    const signals = new SimSignals();
    signals.send(40);
    signals.send(40);

    expect(signals.interrupt()).toBe(true);
    expect(signals.interrupt()).toBe(false);
  });

  it("that is blocked waits until it is not", () => {
    const signals = new SimSignals();
    signals.block(1);
    signals.send(1);
    expect(signals.interrupt()).toBe(false);

    signals.unblock(1);

    expect(signals.interrupt()).toBe(true);
  });

  it("is held back by a mask, whatever the program blocks", () => {
    const signals = new SimSignals();
    signals.block(64);
    for (const signal of [8, 64]) signals.send(signal);

    expect(signals.interrupt(setOf(8))).toBe(true);
    expect(signals.interrupt(setOf(8))).toBe(false);
    expect(signals.interrupt(setOf(9))).toBe(true);
    expect(signals.interrupt(setOf(9))).toBe(false);
  });

  it("comes from a timer until that is stopped", () => {
    const signals = new SimSignals();
    signals.repeat(40, 5, 100);
    expect(signals.due).toBe(105);
    expect(signals.interrupt()).toBe(false);

    signals.expire();

    expect(signals.interrupt()).toBe(true);
    expect(signals.due).toBe(110);
    signals.stop();
    expect(signals.due).toBe(Infinity);
  });
});
