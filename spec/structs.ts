/** All structs of the interface as one list, and what can be asked of it. */
import { LINUX_STRUCTS } from "./structs/linux.ts";
import { REGISTER_STRUCTS } from "./structs/register.ts";
import { LARGE_ENTRIES, RING_STRUCTS } from "./structs/ring.ts";
import type { FieldRow, StructRow } from "./structs/row.ts";
import { ZCRX_STRUCTS } from "./structs/zcrx.ts";

export { LARGE_ENTRIES, LINUX_STRUCTS };

/** The structs of io_uring itself that C names. */
export const IO_URING_STRUCTS: readonly StructRow[] = [
  ...RING_STRUCTS,
  ...REGISTER_STRUCTS,
  ...ZCRX_STRUCTS,
];

/** Every struct once: those of io_uring, its larger entries, and those of Linux. */
export const STRUCTS: readonly StructRow[] = [
  ...IO_URING_STRUCTS,
  ...LARGE_ENTRIES,
  ...LINUX_STRUCTS,
];

/** The struct of a name, with or without "struct ". */
export function structRow(name: string): StructRow | undefined {
  return STRUCTS.find((row) => row.name === name || row.name === `struct ${name}`);
}

/** Every field of a struct under each of its names: fields and their alternatives. */
export function allFields(row: StructRow): readonly FieldRow[] {
  return row.fields.flatMap((one) => [one, ...one.alternatives]);
}
