import { describe, expect, it } from "vitest";
import { ENOMEM } from "../../spec/errno.ts";
import { LARGEST_SLOT_BYTES, SLAB_BYTES, SlotPool } from "./slab.ts";
import type { Slot } from "./slab.ts";
import { succeeded } from "./testing/kit.ts";

function take(pool: SlotPool): Slot {
  return succeeded(pool.take());
}

describe("a pool of slots", () => {
  it("cuts a slab into neighbouring slots and maps the next one when it is used up", () => {
    const slabs = [SLAB_BYTES * 5, SLAB_BYTES * 9];
    const pool = new SlotPool(LARGEST_SLOT_BYTES, () => slabs.shift() ?? -ENOMEM);

    const addresses = [take(pool), take(pool), take(pool)].map((slot) => slot.address);

    expect(addresses).toEqual([
      SLAB_BYTES * 5,
      SLAB_BYTES * 5 + LARGEST_SLOT_BYTES,
      SLAB_BYTES * 9,
    ]);
  });

  it("hands a returned slot out again, marked as used and with its buffer", () => {
    const pool = new SlotPool(64, () => SLAB_BYTES);
    const slot = take(pool);
    const buffer = new ArrayBuffer(64);
    expect(slot.used).toBe(false);

    pool.give(slot, buffer);

    expect(take(pool)).toBe(slot);
    expect(slot).toMatchObject({ used: true, buffer });
    expect(take(pool).address).toBe(SLAB_BYTES + 64);
  });

  it("gives the errno when there is no memory for a slab, and works once there is", () => {
    let available = false;
    const pool = new SlotPool(64, () => (available ? SLAB_BYTES : -ENOMEM));

    expect(pool.take()).toBe(-ENOMEM);
    available = true;

    expect(take(pool).address).toBe(SLAB_BYTES);
  });
});
