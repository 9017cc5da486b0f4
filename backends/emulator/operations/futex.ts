/** FUTEX_WAIT, FUTEX_WAKE and FUTEX_WAITV (chapter FUTEX). */
import { FUTEX2_NUMA, FUTEX2_PRIVATE, FUTEX_WAITV_MAX } from "../../../spec/abi/linux.ts";
import {
  FUTEX_WAITV_FLAGS,
  FUTEX_WAITV_RESERVED,
  FUTEX_WAITV_SIZE,
  FUTEX_WAITV_UADDR,
  FUTEX_WAITV_VAL,
} from "../../../spec/abi/linux-structs.ts";
import { EAGAIN, EFAULT, EINVAL } from "../../../spec/errno.ts";
import { inUserSpace, readStruct, readUnsigned } from "../issue/access.ts";
import { type Core, type Operation, PENDING } from "../core.ts";
import { wakeFutex } from "../waiting/futex-wake.ts";
import type { SqeReader } from "../submission/sqe.ts";
import { PHASE_PARKED } from "../request-phases.ts";
import type { Request } from "../state.ts";
import { defineOperation } from "./define.ts";

const SIZE_MASK = 3;
const SIZE_U32 = 2;
/** Where the node of a word comes from; newer than the spec's kernel headers. */
const FUTEX2_MPOL = 8;
const KNOWN_FLAGS = SIZE_MASK | FUTEX2_NUMA | FUTEX2_MPOL | FUTEX2_PRIVATE;
const WORD_SIZE = 4;
const WORD = 2 ** 32;
/** Upper half of an address that no program has. */
const BEYOND = 2 ** 20;
const PAGE = 4096;
const LARGEST_WORD = 0xffffffff;
const ANY_BIT = 0xffffffff;
/** What a node says that is still to be filled in; else it is one of those there are. */
const NO_NODE = 0xffffffff;
const NODES = 1;

/** Places in `vectors` for each word of a FUTEX_WAITV: address, value, flags. */
const FIELDS = 3;

/** Waits until somebody wakes the word, if it has the value. */
export const futexWait: Operation = defineOperation({
  name: "futex wait",
  prepare: prepareWord,
  execute(core, request) {
    const { address, opFlags, length, targetLow: mask } = request;
    //= FUTEX-5
    if (mask === 0) return -EINVAL;
    //= FUTEX-1
    const error = checkWord(core, address, opFlags) || compare(core, address, length);
    if (error < 0) return error;
    core.futexes.add(request, address, isShared(opFlags), mask, 0);
    return park(request);
  },
});

/** Wakes who waits for the word. */
export const futexWake: Operation = defineOperation({
  name: "futex wake",
  prepare: prepareWord,
  execute(core, request) {
    const { address, opFlags, length, targetLow: mask } = request;
    //= FUTEX-5
    if (mask === 0) return -EINVAL;
    //= FUTEX-11
    const error = checkWord(core, address, opFlags);
    if (error < 0) return error;
    //= FUTEX-2
    return wakeFutex(core, address, isShared(opFlags), length | 0, mask);
  },
});

/** Waits for the first of several words to be woken. */
export const futexWaitv: Operation = defineOperation({
  name: "futex waitv",
  prepare(core, request, sqe) {
    //= FUTEX-16
    if (sqe.fd !== 0 || sqe.bufIndex !== 0 || sqe.fileIndex !== 0) return -EINVAL;
    if (sqe.addr2 !== 0 || sqe.opFlags !== 0 || sqe.hasAddr3) return -EINVAL;
    const count = sqe.len;
    //= FUTEX-4
    if (count === 0 || count > FUTEX_WAITV_MAX) return -EINVAL;
    return readWords(core, request, sqe.addr, count);
  },
  execute(core, request) {
    const words = request.vectors ?? [];
    for (let at = 0; at < words.length; at += FIELDS) {
      const error = checkWord(core, words[at] ?? 0, words[at + 2] ?? 0);
      if (error < 0) return error;
    }
    for (let at = 0; at < words.length; at += FIELDS) {
      //= FUTEX-15
      const error = compare(core, words[at] ?? 0, words[at + 1] ?? 0);
      if (error < 0) return error;
    }
    for (let at = 0; at < words.length; at += FIELDS) {
      const shared = isShared(words[at + 2] ?? 0);
      //= FUTEX-17
      core.futexes.add(request, words[at] ?? 0, shared, ANY_BIT, at / FIELDS);
    }
    return park(request);
  },
});

/** Flags stand in `fd`, the value or count in `off`, the mask in `addr3`. */
function prepareWord(_core: Core, request: Request, sqe: SqeReader): number {
  //= FUTEX-8
  if (sqe.len !== 0 || sqe.opFlags !== 0 || sqe.bufIndex !== 0 || sqe.fileIndex !== 0) {
    return -EINVAL;
  }
  request.address = wordAddress(sqe.addrLow, sqe.addrHigh);
  request.opFlags = sqe.fd;
  const [value, mask] = [sqe.addr2, sqe.addr3];
  //= FUTEX-5, FUTEX-6
  if (!areFlags(request.opFlags) || value > LARGEST_WORD || mask > LARGEST_WORD) return -EINVAL;
  request.length = value;
  request.targetLow = mask;
  return 0;
}

/** Copies the words into `vectors`. 0, -EFAULT or -EINVAL, whichever the first bad one gives. */
function readWords(core: Core, request: Request, address: number, count: number): number {
  const words: number[] = [];
  for (let i = 0; i < count; i++) {
    const view = readStruct(core.memory, address + i * FUTEX_WAITV_SIZE, FUTEX_WAITV_SIZE);
    if (view === undefined) return -EFAULT;
    const flags = view.getUint32(FUTEX_WAITV_FLAGS, true);
    const value = readUnsigned(view, FUTEX_WAITV_VAL);
    //= FUTEX-15
    if (!areFlags(flags) || view.getUint32(FUTEX_WAITV_RESERVED, true) !== 0) return -EINVAL;
    if (value > LARGEST_WORD) return -EINVAL;
    const low = view.getUint32(FUTEX_WAITV_UADDR, true);
    words.push(wordAddress(low, view.getUint32(FUTEX_WAITV_UADDR + 4, true)), value, flags);
  }
  request.vectors = words;
  return 0;
}

/**
 * An address, or for one that no program has and no double holds, another such of its alignment.
 */
function wordAddress(low: number, high: number): number {
  return high < BEYOND ? high * WORD + low : BEYOND * WORD + (low % PAGE);
}

/** FUTEX-6. Only words of 32 bits are implemented. */
function areFlags(flags: number): boolean {
  return (flags & ~KNOWN_FLAGS) === 0 && (flags & SIZE_MASK) === SIZE_U32;
}

//= FUTEX-12
function isShared(flags: number): boolean {
  return (flags & FUTEX2_PRIVATE) === 0;
}

/**
 * Whether there can be a word at the address (FUTEX-6, FUTEX-7, FUTEX-11, FUTEX-21). 0 or -errno.
 */
function checkWord(core: Core, address: number, flags: number): number {
  const numa = (flags & FUTEX2_NUMA) !== 0;
  const size = numa ? 2 * WORD_SIZE : WORD_SIZE;
  //= FUTEX-6
  if (address % size !== 0) return -EINVAL;
  // The first address that is none is taken for one: nothing is there.
  if (!inUserSpace(address, 0)) return -EFAULT;
  const error = numa ? checkNode(core, address + WORD_SIZE) : 0;
  if (error < 0 || !isShared(flags)) return error;
  // A shared word is known by its page, which nobody shares who cannot write to it.
  const page = core.memory.pin(address, WORD_SIZE);
  page?.release();
  //= FUTEX-7
  return page === undefined ? -EFAULT : 0;
}

//= FUTEX-21
/** The word behind a word with NUMA names a node, or gets the one that the caller is on. */
function checkNode(core: Core, address: number): number {
  const node = readStruct(core.memory, address, WORD_SIZE)?.getUint32(0, true);
  if (node === undefined) return -EFAULT;
  if (node !== NO_NODE) return node < NODES ? 0 : -EINVAL;
  return core.memory.write(address, new Uint8Array(WORD_SIZE)) === WORD_SIZE ? 0 : -EFAULT;
}

/** 0 where the word has the value; -EAGAIN, or -EFAULT where it cannot be read. */
function compare(core: Core, address: number, value: number): number {
  const view = readStruct(core.memory, address, WORD_SIZE);
  if (view === undefined) return -EFAULT;
  return view.getUint32(0, true) === value ? 0 : -EAGAIN;
}

function park(request: Request): number {
  request.phase = PHASE_PARKED;
  return PENDING;
}
