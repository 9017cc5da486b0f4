/** The other ring of a program that has two, and what a program does with both. */
import fc from "fast-check";
import * as register from "../../../spec/abi/register.ts";
import * as setupFlags from "../../../spec/abi/setup.ts";
import { OTHER_RING, PIPE_READ, RING } from "../fixtures.ts";
import type { Setup, Step } from "../program.ts";
import { ringFamilies } from "./families/rings.ts";
import { ARGUMENT, preparation, type Registering } from "./steps.ts";
import { registering, tables, updateStep } from "./update-steps.ts";
import { among, mostly, pair, words } from "./values.ts";

const HALF = 2 ** 32;

/** A usual ring, at times with CQEs of both sizes, or disabled. */
export function firstSetup(usual: fc.Arbitrary<Setup>): fc.Arbitrary<Setup> {
  const more = mostly(
    6,
    among(0),
    among(setupFlags.IORING_SETUP_CQE_MIXED, setupFlags.IORING_SETUP_R_DISABLED),
  );
  return fc.tuple(usual, more).map(([setup, flags]) => ({ ...setup, flags: setup.flags | flags }));
}

/** The same, at times with the workers of the first one. */
export function otherSetup(usual: fc.Arbitrary<Setup>): fc.Arbitrary<Setup> {
  const attachTo = mostly(12, among(RING), among(PIPE_READ, 40, -1));
  return fc
    .tuple(firstSetup(usual), mostly(6, among<number | undefined>(undefined), attachTo))
    .map(([setup, ring]) =>
      ring === undefined
        ? setup
        : { ...setup, flags: setup.flags | setupFlags.IORING_SETUP_ATTACH_WQ, attachTo: ring },
    );
}

/** The same step, on either ring if it is about one. */
export function onEither<T extends Step>(steps: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.tuple(steps, fc.boolean()).map(([step, onOther]) => {
    if (!onOther || (step.do !== "reap" && step.do !== "register")) return step;
    return { ...step, on: "other" };
  });
}

/** CLONE_BUFFERS: the buffers of one ring, or some of them, become those of another. */
const clone: fc.Arbitrary<Registering> = fc
  .record({
    source: mostly(16, among(RING, OTHER_RING), among(PIPE_READ, -1, 40)),
    flags: mostly(
      16,
      among(0, register.IORING_REGISTER_DST_REPLACE),
      among(register.IORING_REGISTER_SRC_REGISTERED, 4),
    ),
    range: mostly(
      1,
      among<readonly [from: number, to: number, count: number]>([0, 0, 0]),
      fc.tuple(
        mostly(8, among(0, 1, 2), among(9, HALF - 1)),
        mostly(8, among(0, 1, 3), among(1 << 14, HALF - 1)),
        mostly(8, among(1, 2), among(0, 9)),
      ),
    ),
    pad: mostly(30, among(0), among(1)),
    count: mostly(30, among(1), among(0, 2)),
  })
  .map(({ source, flags, range: [from, to, count], pad, count: arguments_ }) =>
    registering(register.IORING_REGISTER_CLONE_BUFFERS, arguments_, [
      words(ARGUMENT, [pair(source, flags), pair(from, to), pair(count, pad), 0]),
    ]),
  );

const noRing = mostly(12, among(-1), among(RING));
const messages = ringFamilies.flatMap(({ name, draft }) =>
  name.startsWith("poll") ? [] : [draft],
);

/** SEND_MSG_RING: a message of no ring. */
const message: fc.Arbitrary<Registering> = fc
  .record({ draft: fc.oneof(...messages), flags: mostly(12, among(0), among(1)), fd: noRing })
  .map(({ draft, flags, fd }) => ({
    do: "register",
    fd,
    opcode: register.IORING_REGISTER_SEND_MSG_RING,
    address: ARGUMENT,
    count: 1,
    entry: { ...draft, flags, userData: 0 },
  }));

const enable: Registering = {
  do: "register",
  opcode: register.IORING_REGISTER_ENABLE_RINGS,
  address: 0,
  count: 0,
};

/** What programs with two rings do beside submitting. */
export const ringStep: fc.Arbitrary<Registering> = onEither(
  fc.oneof(
    { weight: 4, arbitrary: clone },
    { weight: 3, arbitrary: message },
    { weight: 2, arbitrary: updateStep },
    { weight: 1, arbitrary: among(enable) },
  ),
);

/** Tables of either ring. */
export const ringTables: fc.Arbitrary<readonly Registering[]> = fc
  .tuple(fc.oneof(preparation, tables), fc.oneof(preparation, tables))
  .map(([first, other]) => [...first, ...other.map((one) => ({ ...one, on: "other" as const }))]);
