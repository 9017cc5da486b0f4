/** Registering tables of files and buffers, and changing what is in them. */
import fc from "fast-check";
import * as register from "../../../spec/abi/register.ts";
import { RSRC_REGISTER_SIZE, RSRC_UPDATE2_SIZE } from "../../../spec/abi/register-structs.ts";
import { IORING_SETUP_CLAMP, IORING_SETUP_CQSIZE } from "../../../spec/abi/setup.ts";
import {
  IORING_ASYNC_CANCEL_ALL,
  IORING_ASYNC_CANCEL_FD,
  IORING_ASYNC_CANCEL_FD_FIXED,
} from "../../../spec/abi/sqe.ts";
import { ARENA_END, DATA, PAGE } from "../arena.ts";
import * as fixtures from "../fixtures.ts";
import type { Patch, Step, Word } from "../program.ts";
import { ARGUMENT, type Registering } from "./steps.ts";
import { among, mostly, pair, target, words } from "./values.ts";

const HALF = 2 ** 32;
/** Behind the structure that is handed over: what it points to. */
const ITEMS = ARGUMENT + 64;
const TAGS = ARGUMENT + 192;
/** The first of the user_data that tags have: no SQE has one of them. */
const FIRST_TAG = 50_000;

/** The structure, the descriptors or ranges, and the tags of a registration. */
function argument(
  structure: readonly Word[],
  items: readonly Word[],
  tags: readonly Word[],
): Patch[] {
  return [words(ARGUMENT, structure), words(ITEMS, items), words(TAGS, tags)];
}

/** The call, whose argument begins at ARGUMENT. */
export function registering(opcode: number, count: number, memory: readonly Patch[]): Registering {
  return { do: "register", opcode, address: ARGUMENT, count, memory };
}

const tag = among<Word>(0, 0, FIRST_TAG, FIRST_TAG + 1, FIRST_TAG + 2);
const tags = fc.array(tag, { minLength: 6, maxLength: 6 });
const tagsAddress = mostly(12, among(TAGS, TAGS, 0), among(ARENA_END, 8));
const reserved = mostly(30, among(0), among(1));

const openDescriptor = among(
  fixtures.PIPE_READ,
  fixtures.PIPE_WRITE,
  fixtures.UNIX_ONE,
  fixtures.FILE,
  fixtures.LISTENER,
  fixtures.EVENTFD,
  -1,
);
const anyDescriptor = mostly(10, openDescriptor, among(-2, 40, fixtures.RING, fixtures.EPOLL));

/** Descriptors, two to a word. */
const descriptors: fc.Arbitrary<readonly Word[]> = fc
  .array(anyDescriptor, { minLength: 6, maxLength: 6 })
  .map((all) => [0, 2, 4].map((at) => pair(all[at] ?? 0, all[at + 1] ?? 0)));

/** Ranges of memory, as struct iovec. */
const ranges: fc.Arbitrary<readonly Word[]> = fc
  .array(
    mostly(
      10,
      among<readonly [Word, Word]>([DATA, PAGE], [DATA + PAGE, PAGE], [DATA, 2 * PAGE], [0, 0]),
      among<readonly [Word, Word]>([DATA, 0], [8, PAGE], [DATA + 64, 100]),
    ),
    { minLength: 4, maxLength: 4 },
  )
  .map((all) => all.flat());

interface Kind {
  readonly table: number;
  readonly update: number;
  readonly items: fc.Arbitrary<readonly Word[]>;
}

const FILES: Kind = {
  table: register.IORING_REGISTER_FILES2,
  update: register.IORING_REGISTER_FILES_UPDATE2,
  items: descriptors,
};
const BUFFERS: Kind = {
  table: register.IORING_REGISTER_BUFFERS2,
  update: register.IORING_REGISTER_BUFFERS_UPDATE,
  items: ranges,
};

const size = (usual: number): fc.Arbitrary<number> => mostly(20, among(usual), among(0, 1, 16));
const MOST_ITEMS = 4;
const count = mostly(12, among(1, 2, 3, MOST_ITEMS), among(0));

/** REGISTER_FILES2 or REGISTER_BUFFERS2: with tags, or sparse. struct io_uring_rsrc_register */
function table({ table: opcode, items }: Kind): fc.Arbitrary<Registering> {
  return fc
    .record({
      items,
      tags,
      tagsAddress,
      reserved,
      count,
      size: size(RSRC_REGISTER_SIZE),
      flags: mostly(20, among(0, register.IORING_RSRC_REGISTER_SPARSE), among(2)),
      data: mostly(12, among<Word>(ITEMS), among<Word>(0, ARENA_END)),
    })
    .map((parts) => {
      const sparse = (parts.flags & register.IORING_RSRC_REGISTER_SPARSE) !== 0;
      // Mostly without items where there can be none.
      const data = sparse && parts.data === ITEMS ? 0 : parts.data;
      const first = parts.count + HALF * parts.flags;
      const structure = [first, parts.reserved, data, sparse ? 0 : parts.tagsAddress];
      return registering(opcode, parts.size, argument(structure, parts.items, parts.tags));
    });
}

/** FILES_UPDATE2 or BUFFERS_UPDATE. struct io_uring_rsrc_update2 */
function update({ update: opcode, items }: Kind): fc.Arbitrary<Registering> {
  return fc
    .record({
      items,
      tags,
      tagsAddress,
      reserved,
      count,
      size: size(RSRC_UPDATE2_SIZE),
      offset: mostly(12, among(0, 1, 2), among(3, 100, HALF - 1)),
    })
    .map((parts) => {
      const first = parts.offset + HALF * parts.reserved;
      const structure = [first, ITEMS, parts.tagsAddress, parts.count];
      return registering(opcode, parts.size, argument(structure, parts.items, parts.tags));
    });
}

/** REGISTER_FILES_UPDATE, without tags. struct io_uring_files_update */
const filesUpdate: fc.Arbitrary<Registering> = fc
  .record({
    items: descriptors,
    count,
    reserved,
    offset: mostly(12, among(0, 1, 2), among(3, 100, HALF - 1)),
  })
  .map(({ items, count: files, reserved: pad, offset }) => {
    const memory = argument([offset + HALF * pad, ITEMS], items, []);
    return registering(register.IORING_REGISTER_FILES_UPDATE, files, memory);
  });

/** REGISTER_FILE_ALLOC_RANGE. struct io_uring_file_index_range */
const range: fc.Arbitrary<Registering> = fc
  .record({
    offset: mostly(10, among(0, 1, 2), among(5, HALF - 1)),
    length: mostly(10, among(1, 2, 3), among(0, 100, HALF - 1)),
    reserved,
  })
  .map(({ offset, length, reserved: pad }) => ({
    do: "register",
    opcode: register.IORING_REGISTER_FILE_ALLOC_RANGE,
    address: ARGUMENT,
    count: 0,
    memory: [words(ARGUMENT, [pair(offset, length), pad])],
  }));

const plain: fc.Arbitrary<Registering> = among(
  register.IORING_UNREGISTER_FILES,
  register.IORING_UNREGISTER_BUFFERS,
).map((opcode) => ({ do: "register", opcode, address: 0, count: 0 }));

/** REGISTER_SYNC_CANCEL that waits for no time, or a short one. struct io_uring_sync_cancel_reg */
const syncCancel: fc.Arbitrary<Registering> = fc
  .record({
    target,
    fd: anyDescriptor,
    flags: mostly(
      12,
      among(
        0,
        IORING_ASYNC_CANCEL_ALL,
        IORING_ASYNC_CANCEL_FD,
        IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_FD_FIXED,
      ),
      fc.nat({ max: 0x7f }),
    ),
    nanoseconds: mostly(8, among<Word>(0, 0, 50_000), among<Word>(-1)),
    opcode: fc.nat({ max: 64 }),
    reserved,
  })
  .map((parts) => ({
    do: "register",
    opcode: register.IORING_REGISTER_SYNC_CANCEL,
    address: ARGUMENT,
    count: 1,
    memory: [
      words(ARGUMENT, [
        parts.target,
        pair(parts.fd, parts.flags),
        0,
        parts.nanoseconds,
        parts.opcode,
        parts.reserved,
        0,
        0,
      ]),
    ],
  }));

/** A table of files or of buffers, or of both. */
export const tables: fc.Arbitrary<readonly Registering[]> = fc.oneof(
  { weight: 2, arbitrary: fc.tuple(table(FILES)) },
  { weight: 1, arbitrary: fc.tuple(table(BUFFERS)) },
  { weight: 2, arbitrary: fc.tuple(table(FILES), table(BUFFERS)) },
);

/** What programs do with tables of files and buffers beside submitting. */
export const updateStep: fc.Arbitrary<Registering> = fc.oneof(
  { weight: 4, arbitrary: update(FILES) },
  { weight: 3, arbitrary: update(BUFFERS) },
  { weight: 2, arbitrary: filesUpdate },
  { weight: 1, arbitrary: range },
  { weight: 1, arbitrary: table(FILES) },
  { weight: 1, arbitrary: table(BUFFERS) },
  { weight: 1, arbitrary: plain },
  { weight: 1, arbitrary: syncCancel },
);

/** REGISTER_RESIZE_RINGS. */
export const resizeStep: fc.Arbitrary<Extract<Step, { do: "resize" }>> = fc.record({
  do: among("resize" as const),
  entries: mostly(12, among(1, 2, 4, 8, 16), among(0, 5, 40_000)),
  flags: mostly(
    12,
    among(IORING_SETUP_CQSIZE, IORING_SETUP_CQSIZE, 0),
    among(IORING_SETUP_CLAMP, IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE, 1, 0x800),
  ),
  cqEntries: mostly(12, among(1, 2, 4, 8, 32), among(0, 3, 100_000)),
});
