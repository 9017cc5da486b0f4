import { describe, expect, it } from "vitest";
import {
  FIRST_OWNER,
  nextOwner,
  OWNER_TABLE,
  OWNERS,
  OWNERSHIP_EVENTS,
  OWNERSHIP_INVARIANTS,
  TRANSITIONS,
} from "./ownership.ts";

describe("the ownership state machine", () => {
  it("has no step twice", () => {
    const keys = TRANSITIONS.map((row) => `${row.from} ${row.event}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("answers every pair of owner and event as the table says, and no pair beyond it", () => {
    const legal = new Map(TRANSITIONS.map((row) => [`${row.from} ${row.event}`, row.to]));
    for (const owner of OWNERS) {
      for (const event of OWNERSHIP_EVENTS) {
        expect(nextOwner(owner, event), `${owner} ${event}`).toBe(legal.get(`${owner} ${event}`));
      }
    }
  });

  it("uses every owner and every event", () => {
    expect(new Set(TRANSITIONS.map((row) => row.event))).toEqual(new Set(OWNERSHIP_EVENTS));
    expect(new Set(TRANSITIONS.flatMap((row) => [row.from, row.to]))).toEqual(new Set(OWNERS));
  });

  it("reaches every owner from the pool", () => {
    const reached = new Set([FIRST_OWNER]);
    for (const owner of reached) {
      for (const row of TRANSITIONS) if (row.from === owner) reached.add(row.to);
    }
    expect(reached).toEqual(new Set(OWNERS));
  });

  it("lets the kernel's hold end only by a terminal CQE, an unregistration, or a leak", () => {
    const kernelMayTouch = new Map(OWNER_TABLE.map((row) => [row.name, row.kernelMayTouch]));
    const releases = TRANSITIONS.filter(
      (row) => kernelMayTouch.get(row.from) === true && kernelMayTouch.get(row.to) === false,
    );
    expect(releases.map((row) => `${row.from} ${row.event} ${row.to}`)).toEqual([
      "operation complete user",
      "orphan reclaim pool",
      "registered unregister user",
      "bufferRing consume user",
    ]);
  });

  it("never frees what the kernel may touch, and never takes back what is leaked or freed", () => {
    expect(TRANSITIONS.filter((row) => row.to === "freed").map((row) => row.from)).toEqual([
      "pool",
    ]);
    expect(TRANSITIONS.filter((row) => row.from === "leaked" || row.from === "freed")).toEqual([]);
  });

  it("numbers its invariants from O1 to O10, and its steps name only those", () => {
    const ids = OWNERSHIP_INVARIANTS.map((row) => row.id);
    expect(ids).toEqual(Array.from({ length: 10 }, (_, index) => `O${String(index + 1)}`));
    for (const row of TRANSITIONS) expect(ids).toContain(row.rule);
  });
});
