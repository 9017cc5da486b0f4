/** SQEs that wait for what is no file: futexes and child processes. */
import {
  FUTEX2_PRIVATE,
  FUTEX2_SIZE_U32,
  FUTEX_BITSET_MATCH_ANY,
} from "../../../spec/abi/linux.ts";
import {
  IORING_OP_FUTEX_WAIT,
  IORING_OP_FUTEX_WAITV,
  IORING_OP_FUTEX_WAKE,
  IORING_OP_WAITID,
} from "../../../spec/abi/opcodes.ts";
import { SQE_ADDR3, SQE_SPLICE_FD_IN } from "../../../spec/abi/sqe.ts";
import { encodeEntry, setU64 } from "../../../src/queue/index.ts";
import type { Memory } from "../../worlds/memory.ts";
import type { World } from "../../worlds/world.ts";
import type { Entry } from "./entries.ts";

/** A word of 32 bits for this process only. */
export const PRIVATE: number = FUTEX2_SIZE_U32 | FUTEX2_PRIVATE;
/** A word of 32 bits that other processes may share. */
export const SHARED: number = FUTEX2_SIZE_U32;

const WAITV_SIZE = 24;

/** FUTEX_WAIT for a word that holds `value`. */
export function futexWait(
  address: number,
  value: number,
  mask: number = FUTEX_BITSET_MATCH_ANY,
  flags: number = PRIVATE,
): Entry {
  return (sqes, at) => {
    encodeEntry(sqes, at, IORING_OP_FUTEX_WAIT, flags, value, address, 0, 0);
    setU64(sqes, at + SQE_ADDR3, mask);
  };
}

/** FUTEX_WAKE of up to `count`. */
export function futexWake(
  address: number,
  count: number,
  mask: number = FUTEX_BITSET_MATCH_ANY,
  flags: number = PRIVATE,
): Entry {
  return (sqes, at) => {
    encodeEntry(sqes, at, IORING_OP_FUTEX_WAKE, flags, count, address, 0, 0);
    setU64(sqes, at + SQE_ADDR3, mask);
  };
}

/** One word of a FUTEX_WAITV. */
export interface Word {
  readonly address: number;
  readonly value: number;
  readonly flags?: number;
  readonly reserved?: number;
}

/** An array of `struct futex_waitv`. */
export function words(world: World, list: readonly Word[]): Memory {
  const memory = world.memory.allocate(list.length * WAITV_SIZE);
  list.forEach(({ address, value, flags = PRIVATE, reserved = 0 }, index) => {
    const at = index * WAITV_SIZE;
    setU64(memory.view, at, value);
    setU64(memory.view, at + 8, address);
    memory.view.setUint32(at + 16, flags, true);
    memory.view.setUint32(at + 20, reserved, true);
  });
  return memory;
}

/** FUTEX_WAITV for the first `count` structs at `address`. */
export function futexWaitv(address: number, count: number): Entry {
  return (sqes, at) => encodeEntry(sqes, at, IORING_OP_FUTEX_WAITV, 0, 0, address, count, 0);
}

/** WAITID; `info` is the address for a siginfo_t. */
export function waitid(kind: number, id: number, options: number, info = 0): Entry {
  return (sqes, at) => {
    encodeEntry(sqes, at, IORING_OP_WAITID, id, info, 0, kind, 0);
    sqes.setUint32(at + SQE_SPLICE_FD_IN, options, true);
  };
}
