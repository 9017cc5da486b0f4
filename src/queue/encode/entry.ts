/**
 * The common part of every SQE.
 *
 * An entry is always written whole: what an earlier request left in the slot
 * (flags, buffer group, personality) must never reach the next one.
 */
import {
  SQE_ADDR,
  SQE_ADDR3,
  SQE_BUF_INDEX,
  SQE_FD,
  SQE_FLAGS,
  SQE_LEN,
  SQE_OFF,
  SQE_OPCODE,
  SQE_OP_FLAGS,
  SQE_PAD2,
  SQE_SPLICE_FD_IN,
  SQE_USER_DATA,
} from "../../../spec/abi/sqe.ts";

const WORD = 2 ** 32;

/** Writes a number as u64. Negative numbers (-1: current position) come out as two's complement. */
export function setU64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true);
  view.setUint32(at + 4, Math.floor(value / WORD) >>> 0, true);
}

/**
 * Zeroes the entry at byte offset `at` and fills the fields that nearly every
 * operation uses; `user_data` and the SQE flags are left 0.
 */
export function encodeEntry(
  sqes: DataView,
  at: number,
  opcode: number,
  fd: number,
  offset: number,
  address: number,
  length: number,
  operationFlags: number,
): void {
  sqes.setUint32(at + SQE_OPCODE, opcode, true); // flags and ioprio are the upper bytes
  sqes.setInt32(at + SQE_FD, fd, true);
  setU64(sqes, at + SQE_OFF, offset);
  setU64(sqes, at + SQE_ADDR, address);
  sqes.setUint32(at + SQE_LEN, length, true);
  sqes.setUint32(at + SQE_OP_FLAGS, operationFlags, true);
  sqes.setUint32(at + SQE_USER_DATA, 0, true);
  sqes.setUint32(at + SQE_USER_DATA + 4, 0, true);
  sqes.setUint32(at + SQE_BUF_INDEX, 0, true); // and personality
  sqes.setUint32(at + SQE_SPLICE_FD_IN, 0, true);
  sqes.setUint32(at + SQE_ADDR3, 0, true);
  sqes.setUint32(at + SQE_ADDR3 + 4, 0, true);
  sqes.setUint32(at + SQE_PAD2, 0, true);
  sqes.setUint32(at + SQE_PAD2 + 4, 0, true);
}

/** Sets `user_data`, which every CQE of the request brings back unchanged (SQ-10). */
export function setUserData(sqes: DataView, at: number, low: number, high: number): void {
  sqes.setUint32(at + SQE_USER_DATA, low, true);
  sqes.setUint32(at + SQE_USER_DATA + 4, high, true);
}

/** Sets the SQE flags (IOSQE_*), after the entry was encoded. */
export function setSqeFlags(sqes: DataView, at: number, flags: number): void {
  sqes.setUint8(at + SQE_FLAGS, flags);
}
