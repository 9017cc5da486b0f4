/**
 * What no program may hold, whoever made it: the child refuses to run it.
 *
 * An address leads into the arena, or to where no process has memory; a descriptor is not one of
 * the harness. Structures that an SQE points to follow the same rule, because the bytes of the
 * arena are chosen so that no eight of them are an address of a process (see arena.ts).
 */
import { IORING_OP_MADVISE, IORING_OP_URING_CMD } from "../../spec/abi/opcodes.ts";
import { ARENA, ARENA_END, ARENA_GUARD_BYTES } from "./arena.ts";
import { wordValue } from "./encode.ts";
import { entriesOf, type Entry, type Program, type Step, type Word } from "./program.ts";

/** Below it nobody can map anything (vm.mmap_min_addr). */
const LOWEST_ADDRESS = 0x1_0000n;
/** From here on no address belongs to a process. */
const USER_SPACE_END = 1n << 47n;
const HARNESS_DESCRIPTORS = 900;
const HARNESS_DESCRIPTORS_END = 1024;

/** Whether a 64-bit field can do no harm, should it be taken for an address. */
export function isSafeWord(word: Word): boolean {
  const value = wordValue(word);
  if (value < LOWEST_ADDRESS || value >= USER_SPACE_END) return true;
  return value >= BigInt(ARENA) && value < BigInt(ARENA + ARENA_GUARD_BYTES);
}

/** Whether a 32-bit field can do no harm, should it be taken for a descriptor. */
export function isSafeDescriptor(fd: number): boolean {
  return fd < HARNESS_DESCRIPTORS || fd >= HARNESS_DESCRIPTORS_END;
}

/** Whether the SQE can hurt nothing. */
export function isSafeEntry(entry: Entry): boolean {
  const { off = 0, addr = 0, addr3 = 0, pad2 = 0, fd = 0, fileIndex = 0, len = 0 } = entry;
  // A command has numbers in the place of the address.
  const addresses = entry.opcode === IORING_OP_URING_CMD ? [] : [addr];
  const words = [off, addr3, pad2, ...addresses].every(isSafeWord);
  const descriptors = [fd, fileIndex, len].every(isSafeDescriptor);
  return words && descriptors && (entry.opcode !== IORING_OP_MADVISE || isSafeAdvice(entry));
}

/** @throws {Error} when the program could hurt something */
export function assertSafe(program: Program): void {
  for (const step of program.steps) {
    for (const part of partsOf(step)) {
      if (!part.safe) throw new Error(`not safe to run: ${JSON.stringify(part.what)}`);
    }
  }
}

function partsOf(step: Step): readonly { readonly what: unknown; readonly safe: boolean }[] {
  switch (step.do) {
    case "submit":
      return step.entries.map((what) => ({ what, safe: isSafeEntry(what) }));
    case "provide":
      return step.buffers.map((what) => ({ what, safe: isSafeWord(what.addr) }));
    case "register":
      return [
        { what: step, safe: isSafeWord(step.address) },
        ...entriesOf(step).map((what) => ({ what, safe: isSafeEntry(what) })),
      ];
    default:
      return [];
  }
}

/** MADV_NORMAL to MADV_DONTNEED: others last beyond the program, or make memory unreadable. */
const SAFE_ADVICE = 4;
/** No kernel knows what is beyond. */
const NO_ADVICE = 200;

/** Advice about memory reaches over everything in its range, mapped or not. */
function isSafeAdvice({ addr = 0, off = 0, len = 0, opFlags = 0 }: Entry): boolean {
  if (opFlags > NO_ADVICE) return true;
  if (opFlags > SAFE_ADVICE) return wordValue(addr) < LOWEST_ADDRESS;
  const start = wordValue(addr);
  const end = start + (wordValue(off) === 0n ? BigInt(len) : wordValue(off));
  if (start >= USER_SPACE_END || end <= LOWEST_ADDRESS) return true;
  return start >= BigInt(ARENA) && end <= BigInt(ARENA_END);
}
