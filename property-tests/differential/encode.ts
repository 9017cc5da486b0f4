/** Programs into memory: 64-bit fields, SQEs, patches. */
import {
  SQE_ADDR,
  SQE_ADDR3,
  SQE_BUF_INDEX,
  SQE_FD,
  SQE_FLAGS,
  SQE_IOPRIO,
  SQE_LEN,
  SQE_OFF,
  SQE_OP_FLAGS,
  SQE_PAD2,
  SQE_PERSONALITY,
  SQE_SIZE,
  SQE_SPLICE_FD_IN,
  SQE_USER_DATA,
} from "../../spec/abi/sqe.ts";
import { ARENA } from "./arena.ts";
import type { Entry, Patch, Word } from "./program.ts";

const WORD = 2 ** 32;

/** The value of a 64-bit field. */
export function wordValue(word: Word): bigint {
  return BigInt.asUintN(64, BigInt(word));
}

/** Stores a 64-bit field. */
export function setWord(view: DataView, at: number, word: Word): void {
  if (typeof word === "string") {
    view.setBigUint64(at, wordValue(word), true);
    return;
  }
  view.setUint32(at, word, true);
  view.setInt32(at + 4, Math.floor(word / WORD), true);
}

/** Stores an SQE; the rest of a 128-byte one keeps what is there. */
export function encodeEntry(sqes: DataView, at: number, entry: Entry): void {
  for (let offset = at; offset < at + SQE_SIZE; offset += 4) sqes.setUint32(offset, 0, true);
  sqes.setUint8(at, entry.opcode);
  sqes.setUint8(at + SQE_FLAGS, entry.flags ?? 0);
  sqes.setUint16(at + SQE_IOPRIO, entry.ioprio ?? 0, true);
  sqes.setInt32(at + SQE_FD, entry.fd ?? 0, true);
  setWord(sqes, at + SQE_OFF, entry.off ?? 0);
  setWord(sqes, at + SQE_ADDR, entry.addr ?? 0);
  sqes.setUint32(at + SQE_LEN, entry.len ?? 0, true);
  sqes.setUint32(at + SQE_OP_FLAGS, entry.opFlags ?? 0, true);
  setWord(sqes, at + SQE_USER_DATA, entry.userData);
  sqes.setUint16(at + SQE_BUF_INDEX, entry.bufIndex ?? 0, true);
  sqes.setUint16(at + SQE_PERSONALITY, entry.personality ?? 0, true);
  sqes.setUint32(at + SQE_SPLICE_FD_IN, entry.fileIndex ?? 0, true);
  setWord(sqes, at + SQE_ADDR3, entry.addr3 ?? 0);
  setWord(sqes, at + SQE_PAD2, entry.pad2 ?? 0);
}

/** Stores patches into the arena. */
export function applyPatches(arena: Uint8Array, patches: readonly Patch[] = []): void {
  for (const { at, hex } of patches) arena.set(bytesOf(hex), at - ARENA);
}

/** Bytes as hexadecimal digits. */
export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, index) =>
    Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16),
  );
}
