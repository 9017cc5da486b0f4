/** SQEs: of a family, spoiled in one field or two, or of nothing but random values. */
import fc from "fast-check";
import { IORING_OP_ACCEPT, IORING_OP_STATX } from "../../../spec/abi/opcodes.ts";
import { ADDRESS_RESULTS, ARENA, DATA, READ_ONLY, STATX_RESULTS } from "../arena.ts";
import { wordValue } from "../encode.ts";
import type { Word } from "../program.ts";
import { isSafeEntry } from "../safety.ts";
import { families, modelled } from "./families/index.ts";
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

const ofFamily: fc.Arbitrary<Draft> = fc.oneof(
  ...families.map(({ weight, draft }) => ({ weight, arbitrary: draft })),
);

/** A good SQE in which a few fields have any value. */
const spoiled: fc.Arbitrary<Draft> = fc
  .tuple(
    ofFamily,
    fc.oneof(
      ...Object.entries(anyField).map(([field, value]) =>
        (value as fc.Arbitrary<unknown>).map((it) => ({ [field]: it })),
      ),
    ),
  )
  .map(([draft, spoil]) => ({ ...draft, ...spoil }));

function safe(draft: fc.Arbitrary<Draft>): fc.Arbitrary<Draft> {
  return draft.map(confine).filter((entry) => isSafeEntry({ ...entry, userData: 0 }));
}

/** Structures that are not compared as a whole go where they are not. */
function confine(draft: Draft): Draft {
  const { opcode, off = 0, addr = 0 } = draft;
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

/** What programs are made of. */
export const entry: fc.Arbitrary<Draft> = safe(
  fc.oneof(
    { weight: 24, arbitrary: ofFamily },
    { weight: 3, arbitrary: spoiled },
    { weight: 1, arbitrary: random },
  ),
);

/** What `--single` throws at the kernel. */
export const wildEntry: fc.Arbitrary<Draft> = safe(
  fc.oneof(
    { weight: 2, arbitrary: ofFamily },
    { weight: 6, arbitrary: spoiled },
    { weight: 3, arbitrary: random },
  ),
);
