import { expect, test } from "vitest";
import { REALTIME_AT_START, SimClock } from "./clock.ts";

test("starts at 0 and moves only when it is told to", () => {
  const clock = new SimClock();
  expect(clock.monotonic()).toBe(0);
  clock.advanceTo(1_500_000_000);
  expect(clock.monotonic()).toBe(1_500_000_000);
  clock.advanceTo(1_500_000_000);
  expect(clock.monotonic()).toBe(1_500_000_000);
});

test("refuses to go back, or to a time that is no whole number", () => {
  const clock = new SimClock({ start: 100 });
  expect(() => clock.advanceTo(99)).toThrow(RangeError);
  expect(() => clock.advanceTo(100.5)).toThrow(RangeError);
  expect(clock.monotonic()).toBe(100);
});

test("shows 2024-01-01 as the date of the start unless another one is given", () => {
  expect(new Date(REALTIME_AT_START / 1e6).toISOString()).toBe("2024-01-01T00:00:00.000Z");
  expect(new SimClock().realtimeOffset()).toBe(REALTIME_AT_START);
  expect(new SimClock({ realtimeOffset: 5e9 }).realtimeOffset()).toBe(5e9);
  expect(() => new SimClock({ realtimeOffset: 1.5 })).toThrow(RangeError);
});
