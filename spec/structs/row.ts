/**
 * What the tables of structs say.
 *
 * A struct is a list of fields in the order of their offsets. Where C has a
 * union, the first name stands in the list and the others are its
 * `alternatives`. Members of structs inside a struct have dotted names, as in C.
 */
import type { KernelVersion } from "../kernel-version.ts";

/** Type of a field, or of each element of an array. All are little-endian. */
export type FieldType = "u8" | "s8" | "u16" | "s16" | "u32" | "s32" | "u64" | "s64";

/** One field of a struct. */
export interface FieldRow {
  /** The C name: a member designator as offsetof(3) takes it. */
  readonly name: string;
  /** In bytes, from the start of the struct. */
  readonly offset: number;
  readonly type: FieldType;
  /** Number of elements; 1 unless the field is an array. */
  readonly count: number;
  /** In bytes, of the whole field. */
  readonly size: number;
  readonly summary: string;
  /** Set where the field is younger than its struct. */
  readonly since?: KernelVersion;
  /** Other names for the same bytes. */
  readonly alternatives: readonly FieldRow[];
}

/** One struct of the interface. */
export interface StructRow {
  /** As C writes it: "struct io_uring_sqe". */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** The release of Linux that brought it, for those of io_uring. */
  readonly since?: KernelVersion;
  readonly man: string;
  readonly summary: string;
  readonly fields: readonly FieldRow[];
}

/** What `field` takes beyond name, place and type. */
export interface FieldOptions {
  readonly count?: number;
  readonly since?: KernelVersion;
  readonly alternatives?: readonly FieldRow[];
}

const WIDTHS: Readonly<Record<FieldType, number>> = {
  u8: 1,
  s8: 1,
  u16: 2,
  s16: 2,
  u32: 4,
  s32: 4,
  u64: 8,
  s64: 8,
};

/** A field: shorthand for the tables. Its size follows from type and count. */
export function field(
  name: string,
  offset: number,
  type: FieldType,
  summary: string,
  options: FieldOptions = {},
): FieldRow {
  const { count = 1, alternatives = [], since } = options;
  const size = WIDTHS[type] * count;
  const row = { name, offset, type, count, size, summary, alternatives };
  return since === undefined ? row : { ...row, since };
}

/** A reserved field: zero on the way in. */
export function reserved(
  name: string,
  offset: number,
  type: FieldType,
  options: FieldOptions = {},
): FieldRow {
  return field(name, offset, type, "Must be 0.", options);
}
