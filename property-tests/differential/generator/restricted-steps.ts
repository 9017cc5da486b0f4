/** What a ring that begins disabled may do, and enabling it. */
import fc from "fast-check";
import * as register from "../../../spec/abi/register.ts";
import { ARENA_END } from "../arena.ts";
import type { Word } from "../program.ts";
import { ARGUMENT, type Registering } from "./steps.ts";
import { among, type Draft, mostly, words } from "./values.ts";

const { IORING_RESTRICTION_REGISTER_OP, IORING_RESTRICTION_SQE_OP } = register;
const { IORING_RESTRICTION_SQE_FLAGS_ALLOWED, IORING_RESTRICTION_SQE_FLAGS_REQUIRED } = register;

/** Stands for what the SQE has. */
const ITS_OWN = -1;
const SHORT = 2 ** 16;

interface Restriction {
  readonly opcode: number;
  readonly operand: number;
  readonly reserved: Word;
}

const restriction: fc.Arbitrary<Restriction> = fc.oneof(
  fc.record({
    opcode: among(IORING_RESTRICTION_REGISTER_OP),
    operand: mostly(
      8,
      among(register.IORING_REGISTER_ENABLE_RINGS, register.IORING_REGISTER_FILES),
      fc.nat({ max: 0xff }),
    ),
    reserved: mostly(40, among<Word>(0), among<Word>(1)),
  }),
  fc.record({
    opcode: among(IORING_RESTRICTION_SQE_OP),
    operand: mostly(4, among(ITS_OWN), fc.nat({ max: 0xff })),
    reserved: mostly(40, among<Word>(0), among<Word>(1)),
  }),
  fc.record({
    opcode: mostly(
      12,
      among(IORING_RESTRICTION_SQE_FLAGS_ALLOWED, IORING_RESTRICTION_SQE_FLAGS_REQUIRED),
      fc.nat({ max: 7 }),
    ),
    operand: mostly(2, among(ITS_OWN, 0, 0x10), fc.nat({ max: 0xff })),
    reserved: among<Word>(0),
  }),
);

/** struct io_uring_restriction */
function structure({ opcode, operand, reserved }: Restriction, draft: Draft): readonly Word[] {
  const own = opcode === IORING_RESTRICTION_SQE_OP ? draft.opcode : (draft.flags ?? 0);
  return [opcode + SHORT * (operand === ITS_OWN ? own : operand), reserved];
}

const enable: Registering = {
  do: "register",
  opcode: register.IORING_REGISTER_ENABLE_RINGS,
  address: 0,
  count: 0,
};

/** REGISTER_RESTRICTIONS for an SQE, at times none or odd ones, and mostly ENABLE_RINGS. */
export const restricted: fc.Arbitrary<(draft: Draft) => readonly Registering[]> = fc
  .record({
    restrictions: fc.array(restriction, { maxLength: 4 }),
    address: mostly(20, among(ARGUMENT), among(ARENA_END, 0)),
    enables: mostly(10, among(true), among(false)),
  })
  .map(({ restrictions, address, enables }) => (draft) => {
    const memory = [
      words(
        ARGUMENT,
        restrictions.flatMap((one) => structure(one, draft)),
      ),
    ];
    const opcode = register.IORING_REGISTER_RESTRICTIONS;
    const limit = { do: "register", opcode, address, count: restrictions.length, memory } as const;
    return enables ? [limit, enable] : [limit];
  });
