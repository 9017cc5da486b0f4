/**
 * Chapter CQ: CQEs of two sizes in one ring (CQE_MIXED).
 *
 * The ring has 8 slots, and the program reads slots, not CQEs: it compares every word that the
 * kernel wrote.
 */
import { expect } from "vitest";
import {
  CQE_FLAGS,
  CQE_RES,
  IORING_CQE_F_32,
  IORING_CQE_F_SKIP,
  IORING_SQ_CQ_OVERFLOW,
} from "../../spec/abi/cqe.ts";
import { IORING_ENTER_GETEVENTS } from "../../spec/abi/enter.ts";
import {
  IORING_SETUP_CQE_MIXED,
  PARAMS_CQ_OFF_HEAD,
  PARAMS_CQ_OFF_TAIL,
  PARAMS_SQ_OFF_FLAGS,
  PARAMS_SQ_OFF_TAIL,
} from "../../spec/abi/setup.ts";
import { IORING_NOP_CQE32, SQE_ADDR, SQE_OFF, SQE_OP_FLAGS } from "../../spec/abi/sqe.ts";
import { timeout } from "./harness/control-entries.ts";
import { chapter } from "./harness/chapter.ts";
import { nop, type Entry } from "./harness/entries.ts";
import { equal } from "./harness/expectation.ts";
import { RawRing } from "./harness/raw-ring.ts";
import type { World } from "../worlds/world.ts";

const scenario = await chapter();

const once = { rings: "plain" } as const;
const SKIP = IORING_CQE_F_SKIP;
const WIDE = IORING_CQE_F_32;

/** A CQE in one slot, or the first half of one in two: user_data and flags. */
type Slot = readonly [userData: number, flags: number];

const WIDE_NOP: Entry = (sqes, at) => {
  nop()(sqes, at);
  sqes.setUint32(at + SQE_OP_FLAGS, IORING_NOP_CQE32, true);
  sqes.setUint32(at + SQE_OFF, 0x11, true);
  sqes.setUint32(at + SQE_ADDR, 0x22, true);
};

class MixedRing {
  readonly raw: RawRing;
  #nextUserData = 100;

  constructor(world: World) {
    this.raw = RawRing.open(world, 4, IORING_SETUP_CQE_MIXED);
  }

  /** Submits NOPs with CQEs of one slot, or, for "wide", of two; numbered from 100 on. */
  nops(...kinds: readonly ("narrow" | "wide")[]): void {
    this.submit(kinds.map((kind) => (kind === "wide" ? WIDE_NOP : nop())));
  }

  /** Submits up to four entries, without GETEVENTS. */
  submit(entries: readonly Entry[]): void {
    const tail = this.raw.word(PARAMS_SQ_OFF_TAIL);
    entries.forEach((entry, offset) => {
      const index = (tail + offset) & 3;
      this.raw.fill(index, this.#nextUserData++, entry);
      this.raw.point(index, index);
    });
    this.raw.setTail(tail + entries.length);
    equal("enter", this.raw.enter(entries.length), entries.length);
  }

  getEvents(): void {
    equal("enter", this.raw.enter(0, 0, IORING_ENTER_GETEVENTS), 0);
  }

  get tail(): number {
    return this.raw.word(PARAMS_CQ_OFF_TAIL);
  }

  set head(head: number) {
    this.raw.setWord(PARAMS_CQ_OFF_HEAD, head);
  }

  get hasBacklog(): boolean {
    return (this.raw.word(PARAMS_SQ_OFF_FLAGS) & IORING_SQ_CQ_OVERFLOW) !== 0;
  }

  /** What slots hold. */
  slots(...indices: readonly number[]): Slot[] {
    return indices.map((index) => {
      const at = this.raw.cqeAt(index);
      const { ring } = this.raw;
      equal(`res in slot ${index}`, ring.getInt32(at + CQE_RES, true), 0);
      return [ring.getUint32(at, true), ring.getUint32(at + CQE_FLAGS, true)];
    });
  }

  /** The two words of the second half of the CQE that begins in a slot. */
  big(index: number): bigint[] {
    const at = this.raw.cqeAt(index + 1);
    return [this.raw.ring.getBigUint64(at, true), this.raw.ring.getBigUint64(at + 8, true)];
  }
}

scenario("CQ-9 NOP-8", "a CQE of 32 bytes has F_32 and takes two slots", once, (world) => {
  const ring = new MixedRing(world);

  ring.nops("narrow", "wide", "narrow");

  equal("tail", ring.tail, 4);
  expect(ring.slots(0, 1, 3)).toEqual([
    [100, 0],
    [101, WIDE],
    [102, 0],
  ]);
  expect(ring.big(1)).toEqual([0x11n, 0x22n]);
});

scenario("CQ-16", "a filler takes the last slot before the wrap", once, (world) => {
  const ring = new MixedRing(world);
  ring.nops("narrow", "narrow", "narrow", "narrow");
  ring.nops("narrow", "narrow", "narrow");
  ring.head = 7;

  ring.nops("wide");

  equal("tail", ring.tail, 10);
  expect(ring.slots(7, 0)).toEqual([
    [0, SKIP],
    [107, WIDE],
  ]);
  expect(ring.big(0)).toEqual([0x11n, 0x22n]);
  equal("backlog", ring.hasBacklog ? 1 : 0, 0);
});

scenario("CQ-9", "one that ends in the last slot needs no filler", once, (world) => {
  const ring = new MixedRing(world);
  ring.nops("narrow", "narrow", "narrow", "narrow");
  ring.nops("narrow", "narrow", "wide");

  equal("tail", ring.tail, 8);
  expect(ring.slots(6)).toEqual([[106, WIDE]]);
});

scenario("CQ-9 CQ-3", "a CQE of two slots goes to the backlog when one is free", once, (world) => {
  const ring = new MixedRing(world);
  ring.nops("wide", "wide", "wide");
  ring.head = 0;
  ring.nops("narrow");
  equal("tail", ring.tail, 7);
  ring.head = 2;
  ring.nops("wide", "wide");
  equal("backlog", ring.hasBacklog ? 1 : 0, 1);

  ring.head = 7;
  ring.getEvents();

  equal("backlog", ring.hasBacklog ? 1 : 0, 0);
  equal("tail", ring.tail, 12);
  expect(ring.slots(0, 2)).toEqual([
    [104, WIDE],
    [105, WIDE],
  ]);
  expect(ring.big(2)).toEqual([0x11n, 0x22n]);
});

scenario(
  "CQ-20",
  "one of one slot overtakes it where the kernel knew of a free slot",
  once,
  (world) => {
    const ring = new MixedRing(world);
    ring.nops("narrow", "narrow");
    ring.head = 2;
    ring.nops("narrow", "narrow", "narrow", "narrow");
    ring.head = 5;
    ring.nops("narrow", "narrow");
    equal("tail", ring.tail, 8);
    // The kernel has seen the head at 5: a run of 5 slots, of which one is left.
    ring.nops("wide", "wide");
    equal("tail", ring.tail, 12);

    ring.nops("wide", "narrow");

    equal("tail", ring.tail, 13);
    expect(ring.slots(4)).toEqual([[111, 0]]);
    equal("backlog", ring.hasBacklog ? 1 : 0, 1);
    ring.head = 12;
    ring.getEvents();
    expect(ring.slots(5)).toEqual([[110, WIDE]]);
  },
);

scenario(
  "CQ-23",
  "a filler that was of no use is overwritten, and still counted",
  once,
  (world) => {
    const ring = new MixedRing(world);
    ring.nops("narrow", "narrow", "narrow", "narrow");
    ring.nops("narrow", "narrow", "narrow");

    ring.nops("wide");
    equal("tail", ring.tail, 8);
    expect(ring.slots(7)).toEqual([[0, SKIP]]);
    ring.nops("narrow");

    equal("tail", ring.tail, 9);
    expect(ring.slots(0, 7)).toEqual([
      [100, 0],
      [108, 0],
    ]);
    equal("backlog", ring.hasBacklog ? 1 : 0, 1);
    ring.head = 8;
    ring.getEvents();
    equal("tail", ring.tail, 11);
    expect(ring.slots(1)).toEqual([[107, WIDE]]);
  },
);

scenario("CQ-22", "counted timeouts count slots", once, (world) => {
  const ring = new MixedRing(world);
  ring.submit([timeout(world.memory.milliseconds(20_000), 3)]);

  ring.nops("narrow");
  equal("tail", ring.tail, 1);
  ring.nops("wide");

  equal("tail", ring.tail, 4);
  expect(ring.slots(3)).toEqual([[100, 0]]);
});

scenario("CQ-22", "and fillers", once, (world) => {
  const ring = new MixedRing(world);
  ring.nops("narrow", "narrow", "narrow", "narrow");
  ring.nops("narrow", "narrow", "narrow");
  ring.head = 7;
  ring.submit([timeout(world.memory.milliseconds(20_000), 3)]);

  ring.nops("wide");

  equal("tail", ring.tail, 11);
  expect(ring.slots(7, 0, 2)).toEqual([
    [0, SKIP],
    [108, WIDE],
    [107, 0],
  ]);
});
