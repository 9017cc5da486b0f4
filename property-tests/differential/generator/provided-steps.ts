/** Registering groups of buffers, and giving buffers to their rings. */
import fc from "fast-check";
import * as register from "../../../spec/abi/register.ts";
import { ARENA_END, BUFFER_RINGS, DATA, PAGE } from "../arena.ts";
import { isSafeWord } from "../safety.ts";
import type { ProvidedBuffer, Step, Word } from "../program.ts";
import { ARGUMENT, type Registering } from "./steps.ts";
import { among, buffer, mostly, pair, words } from "./values.ts";

type Provide = Extract<Step, { do: "provide" }>;

const SHORT = 2 ** 16;

/** Ring and group that belong together, and how many entries they mostly have. */
const RINGS = [
  { ring: BUFFER_RINGS, group: 1, entries: 4 },
  { ring: BUFFER_RINGS + PAGE, group: 2, entries: 2 },
];

/** struct io_uring_buf_reg */
function bufferRing(
  opcode: number,
  [ring, entries, group, flags, minimumLeft]: readonly [Word, number, number, number, number],
): Registering {
  const second = pair(entries, group + SHORT * flags);
  return {
    do: "register",
    opcode,
    address: ARGUMENT,
    count: 1,
    memory: [words(ARGUMENT, [ring, second, minimumLeft, 0, 0])],
  };
}

const ringFlags = mostly(
  10,
  among(0, 0, register.IOU_PBUF_RING_INC),
  among(register.IOU_PBUF_RING_MMAP, 4, 0x8000),
);

/** REGISTER_PBUF_RING: the usual ring of a group, at times something else. */
const goodRing: fc.Arbitrary<Registering> = fc
  .tuple(among(...RINGS), ringFlags)
  .map(([{ ring, group, entries }, flags]) =>
    bufferRing(register.IORING_REGISTER_PBUF_RING, [ring, entries, group, flags, 0]),
  );

const oddRing: fc.Arbitrary<Registering> = fc
  .tuple(
    mostly(
      3,
      among<Word>(BUFFER_RINGS, BUFFER_RINGS + PAGE),
      among<Word>(0, ARENA_END, "0x7ffffffff000", "0x800000000000", DATA + 8),
    ),
    among(1, 4, 4, 8, 0, 3, 0x8000, 0x1_0000),
    among(0, 1, 2, 7),
    ringFlags,
    mostly(4, among(0), among(1, 8, 100)),
  )
  .map((values) => bufferRing(register.IORING_REGISTER_PBUF_RING, values));

const unregister: fc.Arbitrary<Registering> = fc
  .tuple(mostly(8, among(1, 2), among(0, 7)), mostly(12, among(0), among(1)))
  .map(([group, flags]) =>
    bufferRing(register.IORING_UNREGISTER_PBUF_RING, [0, 0, group, flags, 0]),
  );

/** struct io_uring_buf_status: where the head is, is written into it. */
const status: fc.Arbitrary<Registering> = mostly(8, among(1, 1, 2), among(0, 7, SHORT + 1)).map(
  (group) => ({
    do: "register",
    opcode: register.IORING_REGISTER_PBUF_STATUS,
    address: ARGUMENT,
    count: 1,
    memory: [words(ARGUMENT, [group, 0, 0, 0, 0])],
  }),
);

const bufferAddress = fc.nat({ max: 15 }).map((index): Word => DATA + PAGE + 64 * index);
const oddAddress = buffer.filter(isSafeWord);

const provided: fc.Arbitrary<ProvidedBuffer> = fc.record({
  addr: mostly(12, bufferAddress, oddAddress),
  len: mostly(12, among(4, 16, 64, 200), among(0, PAGE, 0xffff_ffff)),
  id: mostly(12, fc.nat({ max: 7 }), among(0xffff, 100)),
});

/** Buffers for the ring of a group, as many as it has room for, or fewer. */
const provide: fc.Arbitrary<Provide> = fc
  .tuple(among(...RINGS), fc.array(provided, { minLength: 1, maxLength: 4 }))
  .map(([{ ring, entries }, buffers]) => ({
    do: "provide",
    ring,
    entries,
    buffers: buffers.slice(0, entries),
  }));

/** A ring of buffers that is registered and full. */
export const filledRing: fc.Arbitrary<readonly Step[]> = fc
  .tuple(among(...RINGS), ringFlags, fc.array(provided, { minLength: 1, maxLength: 4 }))
  .map(([{ ring, group, entries }, flags, buffers]) => [
    bufferRing(register.IORING_REGISTER_PBUF_RING, [ring, entries, group, flags, 0]),
    { do: "provide", ring, entries, buffers: buffers.slice(0, entries) },
  ]);

/** What programs do with groups of buffers beside submitting. */
export const providedStep: fc.Arbitrary<Provide | Registering> = fc.oneof(
  { weight: 6, arbitrary: provide },
  { weight: 2, arbitrary: goodRing },
  { weight: 1, arbitrary: oddRing },
  { weight: 2, arbitrary: unregister },
  { weight: 2, arbitrary: status },
);
