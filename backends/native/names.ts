/** Names for the numbers of a report, taken from the ABI tables. */
import * as opcodes from "../../spec/abi/opcodes.ts";
import * as setup from "../../spec/abi/setup.ts";
import { ERRNO_TABLE } from "../../spec/errno.ts";

/** A constant without its prefix: `{ name: "NODROP", value: 2 }`. */
export interface NamedValue {
  readonly name: string;
  readonly value: number;
}

/** IORING_SETUP_* without the prefix, lowest bit first. */
export const SETUP_FLAGS: readonly NamedValue[] = withPrefix(setup, "IORING_SETUP_");

const FEATURES = withPrefix(setup, "IORING_FEAT_");
const OPCODES = withPrefix(opcodes, "IORING_OP_").filter(({ name }) => name !== "LAST");

function withPrefix(table: Readonly<Record<string, number>>, prefix: string): NamedValue[] {
  return Object.entries(table)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => ({ name: name.slice(prefix.length), value }))
    .sort((a, b) => a.value - b.value);
}

/** The feature bits of `params.features` as names; bits without a name are hexadecimal. */
export function featureNames(bits: number): string[] {
  const known = FEATURES.filter(({ value }) => (bits & value) !== 0);
  const rest = known.reduce((left, { value }) => left & ~value, bits) >>> 0;
  const names = known.map(({ name }) => name);
  return rest === 0 ? names : [...names, `0x${rest.toString(16)}`];
}

/** The name of an opcode ("READ"), or its number for one that is not in the tables. */
export function opcodeName(opcode: number): string {
  return OPCODES.find(({ value }) => value === opcode)?.name ?? String(opcode);
}

/** The name of an errno ("EPERM"), or its number. */
export function errnoName(errno: number): string {
  return ERRNO_TABLE.find(({ value }) => value === errno)?.name ?? `errno ${errno}`;
}
