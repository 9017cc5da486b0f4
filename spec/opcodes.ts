/**
 * The opcode table: what each SQE opcode does, as data.
 *
 * Encoders, the emulator's checks, `probe`, the documentation and the tests all
 * read these rows. They stand in `spec/opcodes/*.ts` by topic; here they are put
 * together in the order of their numbers.
 */
import { type KernelVersion, isAtLeast } from "./kernel-version.ts";
import { CONTROL_OPCODES } from "./opcodes/control.ts";
import { FILE_OPCODES } from "./opcodes/files.ts";
import { READ_WRITE_OPCODES } from "./opcodes/read-write.ts";
import type { OpcodeAttribute, OpcodeRow } from "./opcodes/row.ts";
import { SOCKET_OPCODES } from "./opcodes/sockets.ts";
import { STORAGE_OPCODES } from "./opcodes/storage.ts";
import { WAITING_OPCODES } from "./opcodes/waiting.ts";

export { COMMON_ERRORS, COMMON_FIELDS } from "./opcodes/common.ts";

/** Every opcode once; the row of opcode n stands at index n. */
export const OPCODES: readonly OpcodeRow[] = [
  ...CONTROL_OPCODES,
  ...FILE_OPCODES,
  ...READ_WRITE_OPCODES,
  ...SOCKET_OPCODES,
  ...STORAGE_OPCODES,
  ...WAITING_OPCODES,
].sort((left, right) => left.value - right.value);

/** The row of an opcode, or undefined where Linux has none of that number. */
export function opcodeRow(opcode: number): OpcodeRow | undefined {
  return OPCODES[opcode];
}

/**
 * The kernel's name of an opcode without its prefix ("READ"), or "opcode 99" for an unknown one.
 */
export function opcodeName(opcode: number): string {
  return OPCODES[opcode]?.name.slice("IORING_OP_".length) ?? `opcode ${String(opcode)}`;
}

/** Whether an opcode has an attribute. An unknown opcode has none. */
export function hasAttribute(opcode: number, attribute: OpcodeAttribute): boolean {
  return OPCODES[opcode]?.attributes.includes(attribute) ?? false;
}

/** The opcodes that a release of Linux has, in the order of their numbers. */
export function opcodesOf(version: KernelVersion): readonly OpcodeRow[] {
  return OPCODES.filter((row) => isAtLeast(version, row.since));
}
