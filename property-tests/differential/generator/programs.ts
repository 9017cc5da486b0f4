/** Whole programs: a ring, batches of SQEs, and what the program does between them. */
import fc from "fast-check";
import * as setupFlags from "../../../spec/abi/setup.ts";
import {
  IORING_ASYNC_CANCEL_ALL,
  IORING_ASYNC_CANCEL_ANY,
  IOSQE_ASYNC,
  IOSQE_CQE_SKIP_SUCCESS,
  IOSQE_FIXED_FILE,
  IOSQE_IO_DRAIN,
  IOSQE_IO_HARDLINK,
  IOSQE_IO_LINK,
} from "../../../spec/abi/sqe.ts";
import { IORING_ENTER_GETEVENTS, IORING_ENTER_SQ_WAKEUP } from "../../../spec/abi/enter.ts";
import { IORING_OP_ASYNC_CANCEL } from "../../../spec/abi/opcodes.ts";
import { RESULTS } from "../arena.ts";
import * as fixtures from "../fixtures.ts";
import type { Entry, Program, Setup, Step } from "../program.ts";
import { entry, entryAbout, wildEntry } from "./entries.ts";
import { providedFamilies } from "./families/provided.ts";
import { restFamilies } from "./families/rest.ts";
import { ringFamilies } from "./families/rings.ts";
import { slotFamilies } from "./families/slots.ts";
import { filledRing, providedStep } from "./provided-steps.ts";
import { restricted } from "./restricted-steps.ts";
import { firstSetup, onEither, otherSetup, ringStep, ringTables } from "./ring-steps.ts";
import { resizeStep, tables, updateStep } from "./update-steps.ts";
import { otherStep, preparation } from "./steps.ts";
import { among, type Draft, mostly } from "./values.ts";

const DEFERRED = setupFlags.IORING_SETUP_SINGLE_ISSUER | setupFlags.IORING_SETUP_DEFER_TASKRUN;
/** user_data of the cancellation that ends a program. */
const LAST_CANCEL = 0xffff;
/** And of that on the other ring, before it. */
const OTHER_CANCEL = 0xfffe;
/** Milliseconds for which an SQ thread stays awake: longer than a program takes. */
const THREAD_IDLE = 5000;
/** What is left in a pipe or socket is read at the end, this much of it. */
const REST_BYTES = 512;

const ringFlags: fc.Arbitrary<number> = fc
  .tuple(
    among(
      0,
      0,
      DEFERRED,
      DEFERRED | setupFlags.IORING_SETUP_TASKRUN_FLAG,
      setupFlags.IORING_SETUP_COOP_TASKRUN,
    ),
    among(0, setupFlags.IORING_SETUP_SUBMIT_ALL),
    mostly(
      4,
      among(0),
      among(
        setupFlags.IORING_SETUP_CQE32,
        setupFlags.IORING_SETUP_SQE128,
        setupFlags.IORING_SETUP_NO_SQARRAY,
        setupFlags.IORING_SETUP_CQE32 | setupFlags.IORING_SETUP_SQE128,
      ),
    ),
  )
  .map(([tasks, all, sizes]) => tasks | all | sizes);

const setup: fc.Arbitrary<Setup> = fc.record(
  {
    entries: among(8, 8, 4, 2, 1, 5),
    flags: ringFlags,
    cqEntries: among(8, 4, 2, 1),
  },
  { requiredKeys: ["entries", "flags"] },
);

const threadFlags: fc.Arbitrary<number> = fc
  .tuple(
    among(0, 0, setupFlags.IORING_SETUP_SUBMIT_ALL, setupFlags.IORING_SETUP_SINGLE_ISSUER),
    mostly(6, among(0), among(setupFlags.IORING_SETUP_CQE32, setupFlags.IORING_SETUP_NO_SQARRAY)),
  )
  .map(([more, sizes]) => setupFlags.IORING_SETUP_SQPOLL | more | sizes);

const entryFlags: fc.Arbitrary<number> = fc.oneof(
  { weight: 12, arbitrary: among(0) },
  { weight: 4, arbitrary: among(IOSQE_IO_LINK) },
  { weight: 2, arbitrary: among(IOSQE_IO_HARDLINK) },
  { weight: 2, arbitrary: among(IOSQE_ASYNC) },
  { weight: 1, arbitrary: among(IOSQE_FIXED_FILE) },
  { weight: 1, arbitrary: among(IOSQE_IO_DRAIN) },
  { weight: 1, arbitrary: among(IOSQE_CQE_SKIP_SUCCESS) },
  {
    weight: 1,
    arbitrary: among(
      IOSQE_IO_LINK | IOSQE_ASYNC,
      IOSQE_IO_LINK | IOSQE_IO_DRAIN,
      IOSQE_IO_LINK | IOSQE_CQE_SKIP_SUCCESS,
      IOSQE_IO_DRAIN | IOSQE_ASYNC,
    ),
  },
);

function member(entries: fc.Arbitrary<Draft>): fc.Arbitrary<Draft> {
  return fc
    .tuple(entries, entryFlags, mostly(60, among(undefined), fc.nat({ max: 9 })))
    .map(([draft, flags, index]) => ({
      ...draft,
      flags: (draft.flags ?? 0) | flags,
      ...(index === undefined ? {} : { index }),
    }));
}

/** A step whose SQEs have no user_data yet. */
type StepDraft =
  | Exclude<Step, { do: "submit" }>
  | (Omit<Extract<Step, { do: "submit" }>, "entries"> & { entries: readonly Draft[] });

function submit(members: fc.Arbitrary<Draft>): fc.Arbitrary<StepDraft> {
  return (
    fc
      .record(
        {
          entries: fc.array(members, { minLength: 1, maxLength: 5 }),
          toSubmit: among(0, 1, 2, 9),
          wait: fc.record({ count: among(1, 1, 2, 9), microseconds: among(100, 300) }),
          flags: among(IORING_ENTER_GETEVENTS),
        },
        { requiredKeys: ["entries"] },
      )
      // Most submits have none of the rest.
      .chain((full) => {
        const plain = { entries: full.entries };
        return among(full, plain, plain, plain);
      })
      .map((rest) => ({ do: "submit", ...rest }))
  );
}

/** Gives every SQE its number as user_data, in the order of the program. */
function number(steps: readonly StepDraft[]): Step[] {
  let last = 0;
  const numbered = (draft: Draft): Entry => ({ ...draft, userData: (last += 1) });
  return steps.map((one) =>
    one.do === "submit" ? { ...one, entries: one.entries.map(numbered) } : one,
  );
}

function cancelAll(userData: number): Extract<Step, { do: "submit" }> {
  const opFlags = IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL;
  return { do: "submit", entries: [{ opcode: IORING_OP_ASYNC_CANCEL, opFlags, userData }] };
}

/** Everything comes to rest, everything is cancelled, and what is left in the pipes is read. */
const ending: readonly Step[] = [
  { do: "settle" },
  cancelAll(LAST_CANCEL),
  { do: "settle" },
  ...[fixtures.PIPE_READ, fixtures.OTHER_READ, fixtures.UNIX_ONE, fixtures.UNIX_OTHER].map(
    (fd, index) =>
      ({ do: "read", fd, length: REST_BYTES, at: RESULTS + REST_BYTES * index }) as const,
  ),
];

/** What a program is about. */
interface Theme {
  readonly preparation: fc.Arbitrary<readonly Step[]>;
  readonly entries: fc.Arbitrary<Draft>;
  readonly steps: fc.Arbitrary<Exclude<Step, { do: "submit" }>>;
}

function stepOf(
  submits: fc.Arbitrary<StepDraft>,
  others: fc.Arbitrary<StepDraft>,
): fc.Arbitrary<StepDraft> {
  return fc.oneof({ weight: 4, arbitrary: submits }, { weight: 5, arbitrary: others });
}

/** Programs of up to six steps and their end. */
function programsAbout({ preparation: before, entries, steps }: Theme): fc.Arbitrary<Program> {
  const step = stepOf(submit(member(entries)), steps);
  return fc
    .record({ setup, before, steps: fc.array(step, { minLength: 1, maxLength: 6 }) })
    .map((parts) => ({
      setup: parts.setup,
      steps: [...parts.before, ...number(parts.steps), ...ending],
    }));
}

/** Everything a little. */
const general: Theme = { preparation, entries: entry, steps: otherStep };

/** Groups of provided buffers, and who takes from them. */
const provided: Theme = {
  preparation: mostly(4, filledRing, preparation),
  entries: entryAbout(providedFamilies),
  steps: fc.oneof({ weight: 2, arbitrary: otherStep }, { weight: 1, arbitrary: providedStep }),
};

/** Tables of files and buffers that change, and who uses them. */
const registered: Theme = {
  preparation: tables,
  entries: entryAbout(slotFamilies),
  steps: fc.oneof({ weight: 2, arbitrary: otherStep }, { weight: 1, arbitrary: updateStep }),
};

/** Commands, children, vectors of futexes, zero-copy messages. */
const rest: Theme = { preparation, entries: entryAbout(restFamilies), steps: otherStep };

/** Rings that change their size. Only those whose task work is deferred can. */
const resized: Theme = {
  preparation,
  entries: entry,
  steps: fc.oneof({ weight: 2, arbitrary: otherStep }, { weight: 1, arbitrary: resizeStep }),
};

const resizedProgram: fc.Arbitrary<Program> = programsAbout(resized).map((parts) => ({
  ...parts,
  setup: { ...parts.setup, flags: parts.setup.flags | DEFERRED },
}));

/** A ring with an SQ thread, which is told of all that is published. */
const threadProgram: fc.Arbitrary<Program> = fc
  .tuple(
    programsAbout(general),
    fc.record({ entries: among(8, 8, 4, 2, 1, 5), flags: threadFlags }),
  )
  .map(([{ steps }, rest]) => ({
    setup: { ...rest, idle: THREAD_IDLE },
    steps: steps.map((step) =>
      step.do === "submit" ? { ...step, flags: (step.flags ?? 0) | IORING_ENTER_SQ_WAKEUP } : step,
    ),
  }));

/** Two rings, and what passes between them. */
const ringsProgram: fc.Arbitrary<Program> = fc
  .record({
    setup: firstSetup(setup),
    other: otherSetup(setup),
    before: ringTables,
    steps: fc.array(
      stepOf(
        fc
          .tuple(submit(member(entryAbout([...ringFamilies, ...slotFamilies]))), fc.boolean())
          .map(([step, onOther]) => (onOther ? { ...step, on: "other" } : step)),
        fc.oneof({ weight: 2, arbitrary: onEither(otherStep) }, { weight: 1, arbitrary: ringStep }),
      ),
      { minLength: 1, maxLength: 6 },
    ),
  })
  .map(({ before, steps, ...rings }) => ({
    ...rings,
    steps: [
      ...before,
      ...number(steps),
      { do: "settle" },
      { ...cancelAll(OTHER_CANCEL), on: "other" },
      ...ending,
    ],
  }));

export const program: fc.Arbitrary<Program> = fc.oneof(
  { weight: 4, arbitrary: programsAbout(general) },
  { weight: 2, arbitrary: programsAbout(provided) },
  { weight: 2, arbitrary: programsAbout(registered) },
  { weight: 1, arbitrary: programsAbout(rest) },
  { weight: 1, arbitrary: resizedProgram },
);

/** The themes by themselves. */
export const themes: Readonly<Record<string, fc.Arbitrary<Program>>> = {
  provided: programsAbout(provided),
  registered: programsAbout(registered),
  rest: programsAbout(rest),
  resized: resizedProgram,
  rings: ringsProgram,
  sqpoll: threadProgram,
};

/** How the ring of a single SQE is made: at times in a way that most programs do not use. */
const oddFlags: fc.Arbitrary<number> = fc
  .tuple(
    among(
      setupFlags.IORING_SETUP_IOPOLL,
      setupFlags.IORING_SETUP_IOPOLL | setupFlags.IORING_SETUP_HYBRID_IOPOLL,
      setupFlags.IORING_SETUP_HYBRID_IOPOLL,
      setupFlags.IORING_SETUP_CQE_MIXED,
      setupFlags.IORING_SETUP_CQE_MIXED,
      setupFlags.IORING_SETUP_SQE_MIXED,
      setupFlags.IORING_SETUP_R_DISABLED,
      setupFlags.IORING_SETUP_R_DISABLED,
    ),
    ringFlags,
  )
  .map(([odd, flags]) => odd | flags);

const singleFlags = fc.oneof(
  { weight: 4, arbitrary: among(0) },
  { weight: 2, arbitrary: ringFlags },
  { weight: 1, arbitrary: oddFlags },
);

/** Programs of a single SQE. */
export const singleProgram: fc.Arbitrary<Program> = fc
  .tuple(wildEntry, mostly<readonly Step[]>(4, preparation, filledRing), singleFlags, restricted)
  .map(([draft, before, flags, restrictions]) => {
    const disabled = (flags & setupFlags.IORING_SETUP_R_DISABLED) !== 0;
    const entries = [draft];
    const steps: readonly StepDraft[] = disabled
      ? [...restrictions(draft), { do: "submit", entries }]
      : [{ do: "submit", entries }];
    return {
      setup: { entries: 2, flags },
      steps: [...before, ...number(steps), ...ending],
    };
  });
