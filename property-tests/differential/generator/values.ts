/** The values that fields of SQEs have: mostly good ones, at times any. */
import fc from "fast-check";
import { AT_FDCWD } from "../../../spec/abi/linux.ts";
import {
  ARENA_END,
  DATA,
  DATA_BYTES,
  PAGE,
  pathAt,
  PATHS,
  READ_ONLY,
  ADDRESS_RESULTS,
  ADDRESS_SLOT,
  ADDRESS_SLOTS,
  STATX_RESULTS,
  STATX_SLOT,
  STATX_SLOTS,
  SCRATCH,
  SCRATCH_SLOT,
  SCRATCH_SLOTS,
  socketAddressAt,
  SOCKET_ADDRESSES,
  UNMAPPED,
} from "../arena.ts";
import { hexOf, setWord } from "../encode.ts";
import * as fixtures from "../fixtures.ts";
import type { Entry, Patch, Word } from "../program.ts";

/** An SQE before it has a user_data. */
export type Draft = Omit<Entry, "userData">;

/** Two 32-bit words as one of 64 bits. */
export function pair(low: number, high: number): Word {
  return `0x${((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)).toString(16)}`;
}

/** `often` times as often the first as the second. */
export function mostly<T>(
  often: number,
  usual: fc.Arbitrary<T>,
  odd: fc.Arbitrary<T>,
): fc.Arbitrary<T> {
  return fc.oneof({ weight: often, arbitrary: usual }, { weight: 1, arbitrary: odd });
}

/** One of a few values. */
export function among<T>(...values: readonly T[]): fc.Arbitrary<T> {
  return fc.constantFrom(...values);
}

export const anyDescriptor: fc.Arbitrary<number> = mostly(
  8,
  fc.integer({ min: 0, max: fixtures.FIRST_FREE }),
  among(-1, AT_FDCWD, 14, 15, 40, fixtures.DESCRIPTOR_LIMIT, 0x7fff_ffff, -0x8000_0000),
);

/** One of these, and at times any. */
export function descriptor(...usual: readonly number[]): fc.Arbitrary<number> {
  return mostly(12, among(...usual), anyDescriptor);
}

export const length: fc.Arbitrary<number> = mostly(
  10,
  among(0, 1, 4, 8, 8, 16, 40, 64),
  among(100, 200, PAGE, PAGE + 1, 10_000, 0x1_0000, 0x7fff_ffff, 0xffff_ffff),
);

const data: fc.Arbitrary<Word> = fc
  .nat({ max: DATA_BYTES / 64 - 1 })
  .map((index) => DATA + 64 * index);

/** Where bytes come from or go to. */
export const buffer: fc.Arbitrary<Word> = mostly(
  14,
  data,
  fc.oneof(
    among<Word>(READ_ONLY, READ_ONLY - 4, ARENA_END - 4, DATA + 1),
    fc.constantFrom(...UNMAPPED),
  ),
);

/** Any 64-bit field at all, within what is safe. */
export const anyWord: fc.Arbitrary<Word> = fc.oneof(
  { weight: 4, arbitrary: buffer },
  { weight: 4, arbitrary: among<Word>(0, 1, 2, 3, 4, 8, 16, 0x100, 0xffff) },
  { weight: 1, arbitrary: fc.nat({ max: 0xffff }) },
  {
    weight: 2,
    arbitrary: fc
      .bigInt({ min: 1n << 47n, max: (1n << 64n) - 1n })
      .map((v) => `0x${v.toString(16)}`),
  },
  { weight: 2, arbitrary: fc.nat({ max: PATHS.length - 1 }).map(pathAt) },
  { weight: 2, arbitrary: fc.nat({ max: SCRATCH_SLOTS - 1 }).map(scratchAt) },
);

/** A position in a file. */
export const position: fc.Arbitrary<Word> = mostly(
  10,
  among<Word>(0, 0, 0, -1, -1, 1, 10, 90, 99, 100, 101),
  among<Word>(PAGE, 0x1_0000, -2, "0x7fffffffffffffff", "0x8000000000000000"),
);

/** The path of a file, mostly one of the first few. */
export const path: fc.Arbitrary<Word> = fc.oneof(
  { weight: 10, arbitrary: fc.nat({ max: 6 }).map(pathAt) },
  { weight: 6, arbitrary: fc.nat({ max: PATHS.length - 1 }).map(pathAt) },
  { weight: 1, arbitrary: fc.constantFrom(...UNMAPPED) },
);

export const directory: fc.Arbitrary<number> = mostly(
  10,
  among(AT_FDCWD, AT_FDCWD, AT_FDCWD, fixtures.DIRECTORY),
  anyDescriptor,
);

/** A socket address and its length. */
export const socketAddress: fc.Arbitrary<{ address: Word; length: number }> = mostly(
  12,
  fc.nat({ max: SOCKET_ADDRESSES.length - 1 }).map(socketAddressAt),
  fc.oneof(
    fc.record({ address: among<Word>(...UNMAPPED), length: among(16, 4, 0) }),
    fc.record({
      address: among<Word>(socketAddressAt(0).address, socketAddressAt(3).address),
      length: among(0, 1, 2, 3, 5, 15, 17, 110, 111, 128, 129, 0xffff_ffff),
    }),
  ),
);

/** Where STATX puts its structure: what is compared of it is in compare.ts. */
export const statxSlot: fc.Arbitrary<Word> = mostly(
  16,
  fc.nat({ max: STATX_SLOTS - 1 }).map((slot) => STATX_RESULTS + STATX_SLOT * slot),
  among<Word>(READ_ONLY, ARENA_END, ...UNMAPPED),
);

/** Where the kernel puts the address of a socket. */
export const addressSlot: fc.Arbitrary<Word> = mostly(
  16,
  fc.nat({ max: ADDRESS_SLOTS - 1 }).map((slot) => ADDRESS_RESULTS + ADDRESS_SLOT * slot),
  among<Word>(READ_ONLY, ARENA_END, ...UNMAPPED),
);

export function scratchAt(slot: number): number {
  return SCRATCH + SCRATCH_SLOT * slot;
}

export const scratch: fc.Arbitrary<number> = fc.nat({ max: SCRATCH_SLOTS - 1 }).map(scratchAt);

/** 64-bit fields in memory, one after the other. */
export function words(at: number, values: readonly Word[]): Patch {
  const view = new DataView(new ArrayBuffer(8 * values.length));
  values.forEach((value, index) => setWord(view, 8 * index, value));
  return { at, hex: hexOf(new Uint8Array(view.buffer)) };
}

/** Flag bits: mostly of `usual`, at times any bit. */
export function flagBits(often: number, ...usual: readonly number[]): fc.Arbitrary<number> {
  return mostly(
    often,
    among(...usual),
    fc.oneof(
      fc.nat({ max: 31 }).map((bit) => (1 << bit) >>> 0),
      fc.nat({ max: 0xffff_ffff }),
      fc.nat({ max: 0xff }),
    ),
  );
}

/** The user_data of some other request of the program, mostly one that is there. */
export const target: fc.Arbitrary<Word> = mostly(
  12,
  fc.integer({ min: 1, max: 8 }),
  among<Word>(0, 9, 10, 11, 12, 20, "0xffffffffffffffff"),
);

/** An array of struct iovec at an address. */
export function vectorsAt(
  at: number,
  vectors: readonly { readonly base: Word; readonly len: number }[],
): Patch {
  return words(
    at,
    vectors.flatMap(({ base, len }) => [base, len]),
  );
}
