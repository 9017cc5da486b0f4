import { describe, expect, it } from "vitest";
import { POLLIN, POLLOUT } from "../../../spec/abi/linux.ts";
import { Wakes } from "./wakes.ts";

describe("wake-ups of a file", () => {
  it("are counted, and say what they were about", () => {
    const wakes = new Wakes();
    wakes.add(POLLIN);
    wakes.add();
    wakes.add(POLLOUT);

    expect(wakes.count).toBe(3);
    expect([1, 2, 3].map((n) => wakes.at(n))).toEqual([POLLIN, 0, POLLOUT]);
  });

  it("are not known before the first, nor long ago, nor before they were", () => {
    const wakes = new Wakes();
    expect([0, 1].map((n) => wakes.at(n))).toEqual([0, 0]);

    for (let n = 1; n <= 6; n++) wakes.add(n);

    expect([-1, 1, 2, 3, 6, 7].map((n) => wakes.at(n))).toEqual([0, 0, 0, 3, 6, 0]);
  });
});
