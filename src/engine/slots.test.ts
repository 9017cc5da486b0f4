import { describe, expect, it } from "vitest";
import { NOP, OPEN } from "../operations/plain.ts";
import { Slots } from "./slots.ts";

describe("a table of slots", () => {
  it("finds an operation by the slot and the generation of its user_data", () => {
    const slots = new Slots();
    const [one, two] = [slots.acquire(NOP), slots.acquire(OPEN)];

    expect(slots.find(one.slot, one.generation)).toBe(one);
    expect(slots.find(two.slot, two.generation)).toBe(two);
    expect(slots.find(2, 0)).toBeUndefined();
    expect(slots.find(one.slot, one.generation + 1)).toBeUndefined();
    expect([one.label, two.label]).toEqual(["nop #1", "open #2"]);
  });

  it("gives a slot to a next tenant under another generation, empty", () => {
    const slots = new Slots();
    const first = slots.acquire(NOP);
    const { slot, generation } = first;
    first.path = "/left/behind";
    first.flags = 7;
    slots.release(first);
    expect(slots.find(slot, generation)).toBeUndefined();

    const next = slots.acquire(OPEN);

    expect(next.slot).toBe(slot);
    expect(next.generation).not.toBe(generation);
    expect(slots.find(slot, generation)).toBeUndefined();
    expect([next.path, next.flags, next.fd]).toEqual([undefined, 0, -1]);
    expect(slots.used).toBe(1);
  });

  it("lists what is not over: an abandoned operation is, but its slot stays taken", () => {
    const slots = new Slots();
    const [one, two, three] = [slots.acquire(NOP), slots.acquire(NOP), slots.acquire(NOP)];
    slots.release(one);
    two.abandon();

    expect([...slots]).toEqual([three]);
    expect(slots.find(two.slot, two.generation)).toBe(two);
    expect(slots.acquire(NOP).slot).toBe(one.slot);
    expect(slots.acquire(NOP).slot).toBe(3);
  });
});
