/** SQEs: of a family, spoiled in one field or two, or of nothing but random values. */
import fc from "fast-check";
import { IORING_OP_ACCEPT, IORING_OP_STATX, IORING_OP_TIMEOUT } from "../../../spec/abi/opcodes.ts";
import { IORING_TIMEOUT_MULTISHOT } from "../../../spec/abi/sqe.ts";
import { ADDRESS_RESULTS, ARENA, DATA, READ_ONLY, STATX_RESULTS } from "../arena.ts";
import { wordValue } from "../encode.ts";
import type { Word } from "../program.ts";
import { isSafeEntry } from "../safety.ts";
import { families, modelled } from "./families/index.ts";
import { providedFamilies } from "./families/provided.ts";
import { restFamilies } from "./families/rest.ts";
import type { Family } from "./family.ts";
import { among, anyDescriptor, anyWord, type Draft, flagBits, length, mostly } from "./values.ts";

const any16 = mostly(2, among(1, 2, 4, 8, 16, 0x4000, 0xffff), fc.nat({ max: 0xffff }));
const any32 = mostly(1, flagBits(1, 0, 1, 2, 3), fc.nat({ max: 0xffff_ffff }));

/** Any value of each field. */
const anyField = {
  flags: fc.nat({ max: 0xff }),
  ioprio: any16,
  fd: anyDescriptor,
  off: anyWord,
  addr: anyWord,
  len: fc.oneof(length, any32),
  opFlags: any32,
  bufIndex: any16,
  personality: any16,
  fileIndex: mostly(1, among(1, 2, 0xffff_ffff), any32),
  addr3: anyWord,
  pad2: anyWord,
};

const opcode = mostly(40, fc.constantFrom(...modelled), fc.nat({ max: 0xff }));

/** Each field with a value of its own, or 0. */
const random: fc.Arbitrary<Draft> = fc.record(
  { opcode, ...anyField },
  { requiredKeys: ["opcode"] },
);

function oneOf(several: readonly Family[]): fc.Arbitrary<Draft> {
  return fc.oneof(...several.map(({ weight, draft }) => ({ weight, arbitrary: draft })));
}

const ofFamily: fc.Arbitrary<Draft> = oneOf(families);
const ofAnyFamily: fc.Arbitrary<Draft> = oneOf([...families, ...providedFamilies, ...restFamilies]);

/** A good SQE in which a field has any value. */
function spoiled(good: fc.Arbitrary<Draft>): fc.Arbitrary<Draft> {
  const spoils = Object.entries(anyField).map(([field, value]) =>
    (value as fc.Arbitrary<unknown>).map((it) => ({ [field]: it })),
  );
  return fc.tuple(good, fc.oneof(...spoils)).map(([draft, spoil]) => ({ ...draft, ...spoil }));
}

function safe(draft: fc.Arbitrary<Draft>): fc.Arbitrary<Draft> {
  return draft.map(confine).filter((entry) => isSafeEntry({ ...entry, userData: 0 }));
}

/** The ring of a program takes as many CQEs as that before one is reaped, and more. */
const SHOTS_MAX = 3;

/**
 * Structures that are not compared as a whole go where they are not. Timers that fire again and
 * again do so a few times.
 */
function confine(draft: Draft): Draft {
  const { opcode, off = 0, addr = 0, opFlags = 0 } = draft;
  if (opcode === IORING_OP_TIMEOUT && opFlags & IORING_TIMEOUT_MULTISHOT) {
    const shots = Number(BigInt.asUintN(32, wordValue(off)));
    return shots > 0 && shots <= SHOTS_MAX ? draft : { ...draft, off: SHOTS_MAX };
  }
  if (opcode === IORING_OP_STATX && isWritable(off)) return { ...draft, off: STATX_RESULTS };
  if (opcode === IORING_OP_ACCEPT && isWritable(addr)) return { ...draft, addr: ADDRESS_RESULTS };
  return draft;
}

function isWritable(address: Word): boolean {
  const value = wordValue(address);
  return value >= BigInt(ARENA) && value < BigInt(STATX_RESULTS)
    ? true
    : value >= BigInt(DATA) && value < BigInt(READ_ONLY);
}

/** What programs are made of: SQEs of families, at times spoiled, at times of any values. */
function mixed(good: fc.Arbitrary<Draft>): fc.Arbitrary<Draft> {
  return safe(
    fc.oneof(
      { weight: 24, arbitrary: good },
      { weight: 3, arbitrary: spoiled(good) },
      { weight: 1, arbitrary: random },
    ),
  );
}

export const entry: fc.Arbitrary<Draft> = mixed(ofFamily);

/** SQEs of some families, and as many of any. */
export function entryAbout(some: readonly Family[]): fc.Arbitrary<Draft> {
  return fc.oneof(mixed(oneOf(some)), entry);
}

/** What `--single` throws at the kernel. */
export const wildEntry: fc.Arbitrary<Draft> = safe(
  fc.oneof(
    { weight: 2, arbitrary: ofAnyFamily },
    { weight: 6, arbitrary: spoiled(ofAnyFamily) },
    { weight: 3, arbitrary: random },
  ),
);
