/** All constants of io_uring as one list of groups, and what can be asked of it. */
import { type KernelVersion, isAtLeast } from "./kernel-version.ts";
import { OPCODES } from "./opcodes.ts";
import { REGISTER_OPCODES } from "./register-opcodes.ts";
import * as cqe from "./tables/cqe.ts";
import * as enter from "./tables/enter.ts";
import * as register from "./tables/register.ts";
import type { ConstantGroup, ConstantRow, LinuxGroup } from "./tables/row.ts";
import * as setup from "./tables/setup.ts";
import * as sqe from "./tables/sqe.ts";
import * as zcrx from "./tables/zcrx.ts";
import { IORING_OP_LAST } from "./abi/opcodes.ts";

/** The opcodes as a group, with the end of the enumeration. */
export const OPCODE_GROUP: ConstantGroup = {
  name: "opcodes",
  place: "sqe.opcode",
  kind: "values",
  rows: [
    ...OPCODES,
    {
      name: "IORING_OP_LAST",
      value: IORING_OP_LAST,
      since: "5.6",
      man: "io_uring_enter(2)",
      summary: "One above the highest opcode.",
      grows: true,
    },
  ],
};

/** The register opcodes as a group. */
export const REGISTER_OPCODE_GROUP: ConstantGroup = {
  name: "register opcodes",
  place: "opcode of io_uring_register(2)",
  kind: "values",
  rows: REGISTER_OPCODES,
};

/** Every group of constants; each constant stands in exactly one. */
export const CONSTANT_GROUPS: readonly ConstantGroup[] = [
  ...Object.values(setup),
  ...Object.values(enter),
  OPCODE_GROUP,
  ...Object.values(sqe),
  ...Object.values(cqe),
  REGISTER_OPCODE_GROUP,
  ...Object.values(register),
  ...Object.values(zcrx),
];

/** Every constant of io_uring once. */
export const CONSTANTS: readonly ConstantRow[] = CONSTANT_GROUPS.flatMap((group) => group.rows);

/**
 * All bits of a group that a release of Linux knows, as an unsigned number: what
 * it checks flags against. `kind` of the group must be "bits".
 */
export function knownBits(group: ConstantGroup, version: KernelVersion): number {
  return group.rows
    .filter((row) => isAtLeast(version, row.since))
    .reduce((mask, row) => (mask | row.value) >>> 0, 0);
}

/** The same for bits that io_uring hands on: all but the `newer` ones that came after `version`. */
export function knownLinuxBits(group: LinuxGroup, version: KernelVersion): number {
  return Object.entries(group.values)
    .filter(([name]) => isAtLeast(version, group.newer?.[name] ?? version))
    .reduce((mask, [, value]) => (mask | value) >>> 0, 0);
}

/**
 * The names of the bits that are set in `bits`; what has no name comes last, as one hexadecimal
 * number.
 */
export function bitNames(group: ConstantGroup, bits: number): readonly string[] {
  const set = group.rows.filter((row) => row.value !== 0 && (bits & row.value) !== 0);
  const rest = (bits & ~set.reduce((mask, row) => mask | row.value, 0)) >>> 0;
  const names = set.map((row) => row.name);
  return rest === 0 ? names : [...names, `0x${rest.toString(16)}`];
}
