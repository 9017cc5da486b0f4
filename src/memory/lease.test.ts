import { describe, expect, it } from "vitest";
import { OWNERS, OWNERSHIP_EVENTS, nextOwner, type OwnershipEvent } from "../../spec/ownership.ts";
import type { Region } from "../backend.ts";
import { ScriptedBackend } from "../testing/scripted-backend.ts";
import { Lease, STEPS } from "./lease.ts";

function region(byteLength: number): Region {
  return new ScriptedBackend().allocate(byteLength);
}

function lease(capacity: number): Lease {
  const made = new Lease(region(64));
  made.capacity = capacity;
  made.length = capacity;
  return made;
}

describe("the owner of a lease", () => {
  //= OWN-1
  it("changes as the table says, and in no other way", () => {
    for (const owner of OWNERS) {
      for (const event of OWNERSHIP_EVENTS) {
        const one = lease(8);
        one.owner = owner;
        const next = nextOwner(owner, event);
        if (next === undefined) {
          expect(() => one.step(STEPS[event])).toThrow(
            expect.objectContaining({ code: "ERR_RING_INVARIANT" }),
          );
          expect(one.owner).toBe(owner);
        } else {
          one.step(STEPS[event]);
          expect(one.owner).toBe(next);
        }
      }
    }
  });

  it("goes from the pool to the user, to an operation, and all the way back", () => {
    const one = lease(8);
    const owners = [one.owner];

    for (const event of ["alloc", "submit", "complete", "release"] as OwnershipEvent[]) {
      one.step(STEPS[event]);
      owners.push(one.owner);
    }

    expect(owners).toEqual(["pool", "user", "operation", "user", "pool"]);
  });
});

describe("the view of a lease", () => {
  it("shows the bytes that are data, and is the same one until it is hidden", () => {
    const one = lease(8);
    one.length = 5;

    const view = one.view();

    expect(view).toHaveLength(5);
    expect(one.view()).toBe(view);
  });

  it("is another one when there are more or fewer bytes, over the same memory", () => {
    const one = lease(8);
    const before = one.view();
    before[0] = 9;
    one.length = 3;

    expect([...one.view()]).toEqual([9, 0, 0]);
    expect(before).toHaveLength(8);
  });

  it("dies when it is hidden, and with it every view that was taken before", () => {
    const one = lease(8);
    const first = one.view();
    one.length = 3;
    const second = one.view();
    second[0] = 9;

    one.hide();

    expect([first.length, second.length]).toEqual([0, 0]);
    expect(one.exposed).toBe(false);
    expect([...one.view()]).toEqual([9, 0, 0]);
  });

  it("need not die when nobody took one: hiding then costs nothing", () => {
    const one = lease(8);
    const { buffer } = one.region;

    one.hide();

    expect(one.region.buffer).toBe(buffer);
    expect(buffer.byteLength).toBe(64);
  });

  it("shows zeroes where bytes were zeroed", () => {
    const one = lease(8);
    one.view().fill(7);

    one.zero(2, 4);
    one.zero(6, 6);
    one.zero(8, 7);

    expect([...one.view()]).toEqual([7, 7, 0, 0, 7, 7, 7, 7]);
  });
});
