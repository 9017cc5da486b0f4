/**
 * The flags of operations that an older kernel does not know, by opcode.
 *
 * Read from the `flagWords` of the opcode table and the `since` of the constants that they name.
 * Only words are listed whose unknown bits are refused with EINVAL when the request is prepared;
 * the others an operation checks itself.
 */
import { CONSTANTS } from "../../../spec/constants.ts";
import { isAtLeast, type KernelVersion, REFERENCE_KERNEL } from "../../../spec/kernel-version.ts";
import { OPCODES } from "../../../spec/opcodes.ts";
import type { FlagWord, OpcodeRow } from "../../../spec/opcodes/row.ts";
import type { SqeReader } from "../submission/sqe.ts";

/** What is new in the flag words of one opcode: bits that are refused. */
export interface MissingBits {
  readonly opFlags: number;
  readonly ioprio: number;
  readonly len: number;
}

const SINCE: ReadonlyMap<string, { readonly value: number; readonly since: KernelVersion }> =
  new Map(CONSTANTS.map((row) => [row.name, row]));

/** NOP took no notice of its flags before it had any (`nopHasFlags`). */
const UNCHECKED_BEFORE = new Set(["IORING_OP_NOP"]);

/** By opcode, the flag bits that `version` lacks; undefined where it lacks none. */
export function missingBits(version: KernelVersion): readonly (MissingBits | undefined)[] {
  return OPCODES.map((row) => missingIn(row, version));
}

/** Whether an SQE has a flag that is missing. */
export function usesMissingBits(missing: MissingBits, sqe: SqeReader): boolean {
  const { opFlags, ioprio, len } = missing;
  return ((sqe.opFlags & opFlags) | (sqe.ioprio & ioprio) | (sqe.len & len)) !== 0;
}

function missingIn(row: OpcodeRow, version: KernelVersion): MissingBits | undefined {
  if (UNCHECKED_BEFORE.has(row.name)) return undefined;
  const bits = { opFlags: 0, ioprio: 0, len: 0 };
  for (const word of row.flagWords) {
    const field = fieldOf(word);
    if (field !== undefined) bits[field] |= missingInWord(word, version);
  }
  return bits.opFlags === 0 && bits.ioprio === 0 && bits.len === 0 ? undefined : bits;
}

function fieldOf({ field, otherwise }: FlagWord): keyof MissingBits | undefined {
  if (otherwise !== "EINVAL") return undefined;
  if (field === "ioprio" || field === "len") return field;
  return /_(flags|advice)$/.test(field) ? "opFlags" : undefined;
}

/** The bits that the reference kernel has and `version` has not. */
function missingInWord({ valid }: FlagWord, version: KernelVersion): number {
  let bits = 0;
  for (const name of valid) {
    const row = SINCE.get(name);
    if (row === undefined || !isAtLeast(REFERENCE_KERNEL, row.since)) continue;
    if (!isAtLeast(version, row.since)) bits |= row.value;
  }
  return bits >>> 0;
}
