/** What programs do beside submitting SQEs: registering, taking completions, using descriptors. */
import fc from "fast-check";
import * as register from "../../../spec/abi/register.ts";
import { DATA, PAGE, RESULTS, SCRATCH } from "../arena.ts";
import { hexOf } from "../encode.ts";
import * as fixtures from "../fixtures.ts";
import type { Patch, Step } from "../program.ts";
import { among, descriptor, mostly, words } from "./values.ts";

/** Where the argument of a registration stands: behind the slots that most SQEs use. */
export const ARGUMENT: number = SCRATCH + PAGE - 512;

export type Registering = Extract<Step, { do: "register" }>;

function int32s(values: readonly number[]): Patch {
  const bytes = new Uint8Array(Int32Array.from(values).buffer);
  return { at: ARGUMENT, hex: hexOf(bytes) };
}

/** REGISTER_FILES: a pipe, a socket, a file, and an empty slot. */
const files: fc.Arbitrary<Registering> = fc
  .shuffledSubarray(
    [
      fixtures.PIPE_READ,
      fixtures.PIPE_WRITE,
      fixtures.UNIX_ONE,
      fixtures.FILE,
      fixtures.LISTENER,
      -1,
      40,
    ],
    { minLength: 1, maxLength: 5 },
  )
  .map((descriptors) => ({
    do: "register",
    opcode: register.IORING_REGISTER_FILES,
    address: ARGUMENT,
    count: descriptors.length,
    memory: [int32s(descriptors)],
  }));

/** REGISTER_BUFFERS: the first two pages of the data, and more. */
const buffers: fc.Arbitrary<Registering> = mostly(
  8,
  among(
    [
      [DATA, PAGE],
      [DATA + PAGE, PAGE],
    ],
    [[DATA, 2 * PAGE]],
    [
      [DATA + 64, 100],
      [0, 0],
    ],
  ),
  among([[8, PAGE]], [[DATA, 0]], [[DATA, 2 ** 31]]),
).map((ranges) => ({
  do: "register",
  opcode: register.IORING_REGISTER_BUFFERS,
  address: ARGUMENT,
  count: ranges.length,
  memory: [words(ARGUMENT, ranges.flat())],
}));

/** An opcode without an argument, or with too few or too many. */
const plain: fc.Arbitrary<Registering> = fc
  .record({
    opcode: among(
      register.IORING_UNREGISTER_FILES,
      register.IORING_UNREGISTER_BUFFERS,
      register.IORING_UNREGISTER_EVENTFD,
      register.IORING_REGISTER_ENABLE_RINGS,
    ),
    count: mostly(12, among(0), among(1)),
  })
  .map((rest) => ({ do: "register", address: 0, ...rest }));

const eventfd: fc.Arbitrary<Registering> = fc
  .record({
    opcode: among(register.IORING_REGISTER_EVENTFD, register.IORING_REGISTER_EVENTFD_ASYNC),
    fd: descriptor(fixtures.EVENTFD),
  })
  .map(({ opcode, fd }) => ({
    do: "register",
    opcode,
    address: ARGUMENT,
    count: 1,
    memory: [int32s([fd])],
  }));

const transferLength = among(1, 4, 8, 40);

/** Every step but those that submit. */
export const otherStep: fc.Arbitrary<Exclude<Step, { do: "submit" }>> = fc.oneof(
  { weight: 4, arbitrary: among<Step & { do: "reap" }>({ do: "reap" }, { do: "reap", count: 1 }) },
  { weight: 4, arbitrary: among<Step & { do: "settle" }>({ do: "settle" }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: among("write" as const),
      fd: descriptor(
        fixtures.PIPE_WRITE,
        fixtures.OTHER_WRITE,
        fixtures.UNIX_OTHER,
        fixtures.UNIX_ONE,
      ),
      length: transferLength,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: among("read" as const),
      fd: descriptor(fixtures.PIPE_READ, fixtures.OTHER_READ, fixtures.UNIX_ONE, fixtures.EVENTFD),
      length: transferLength,
      at: among(RESULTS),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: among("close" as const),
      fd: fc.nat({ max: fixtures.EPOLL }),
    }),
  },
  { weight: 2, arbitrary: fc.oneof(files, buffers) },
  { weight: 1, arbitrary: fc.oneof(plain, eventfd) },
);

/** What a program registers before it begins: often nothing. */
export const preparation: fc.Arbitrary<readonly Registering[]> = fc.oneof(
  { weight: 6, arbitrary: among<readonly Registering[]>([]) },
  { weight: 1, arbitrary: fc.tuple(files) },
  { weight: 1, arbitrary: fc.tuple(buffers) },
  { weight: 1, arbitrary: fc.tuple(files, buffers) },
);
