/**
 * The tables of `spec/` as a list of C expressions and the numbers they must give.
 *
 * One check is one expression; the C program evaluates them all. A check that the
 * installed headers cannot compile is not a failure by itself: the headers may be
 * older than the name. `since` tells whether they should have it.
 */
import { CONSTANTS } from "../../spec/constants.ts";
import { ERRNO_TABLE } from "../../spec/errno.ts";
import type { KernelVersion } from "../../spec/kernel-version.ts";
import { allFields, IO_URING_STRUCTS, LINUX_STRUCTS } from "../../spec/structs.ts";
import type { FieldRow, StructRow } from "../../spec/structs/row.ts";
import { LINUX_GROUPS } from "../../spec/tables/linux.ts";

/** One number that C must agree with. */
export interface Check {
  /** What is compared, for a report. */
  readonly label: string;
  /** The name that the header has or has not: several checks may share one. */
  readonly subject: string;
  readonly expression: string;
  readonly expected: number;
  /** The release of Linux whose headers have the name; the oldest when left out. */
  readonly since: KernelVersion | undefined;
  /** Set where an older header may give a smaller number. */
  readonly grows: boolean;
  /** Set where an older header may have other bytes under the name: reserved fields shrink. */
  readonly mayMove: boolean;
}

/** Every constant of io_uring. */
export function constantChecks(): readonly Check[] {
  return CONSTANTS.map((row) => ({
    label: row.name,
    subject: row.name,
    expression: row.name,
    expected: row.value,
    since: row.since,
    grows: row.grows === true,
    mayMove: false,
  }));
}

/** Every constant of Linux, and every error number. */
export function linuxChecks(): readonly Check[] {
  const names = LINUX_GROUPS.flatMap((group) =>
    Object.entries(group.values).map(([name, value]) => ({ name, value, newer: group.newer })),
  );
  const errors = ERRNO_TABLE.map((row) => ({ ...row, newer: undefined }));
  return [...names, ...errors].map(({ name, value, newer }) => ({
    label: name,
    subject: name,
    expression: name,
    expected: value,
    since: newer?.[name],
    grows: false,
    mayMove: false,
  }));
}

/** Size, and offset, size and signedness of every field, of the structs of io_uring. */
export function structChecks(): readonly Check[] {
  return IO_URING_STRUCTS.flatMap(checksOfStruct);
}

/** The same for the structs of Linux. */
export function linuxStructChecks(): readonly Check[] {
  return LINUX_STRUCTS.flatMap(checksOfStruct);
}

function checksOfStruct(row: StructRow): readonly Check[] {
  const size: Check = {
    label: `sizeof(${row.name})`,
    subject: row.name,
    expression: `sizeof(${row.name})`,
    expected: row.size,
    since: row.since,
    grows: false,
    mayMove: false,
  };
  return [size, ...allFields(row).flatMap((one) => checksOfField(row, one))];
}

/** Fields whose type is signed in some releases of the headers and unsigned in others. */
const SIGN_VARIES: ReadonlySet<string> = new Set(["struct io_uring_sqe.rw_flags"]);

function checksOfField(row: StructRow, one: FieldRow): readonly Check[] {
  const subject = `${row.name}.${one.name}`;
  const member = `((${row.name} *)0)->${one.name}`;
  const element = one.count > 1 ? `${member}[0]` : member;
  const type = `(__typeof__(${element}))`;
  const mayMove = one.since !== undefined;
  const common = { subject, since: one.since ?? row.since, grows: false, mayMove };
  const sign: Check = {
    ...common,
    label: `sign of ${subject}`,
    expression: `${type}-1 < ${type}1`,
    expected: one.type.startsWith("s") ? 1 : 0,
  };
  return [
    {
      ...common,
      label: `offset of ${subject}`,
      expression: `offsetof(${row.name}, ${one.name})`,
      expected: one.offset,
    },
    {
      ...common,
      label: `size of ${subject}`,
      expression: `sizeof(${member})`,
      expected: one.size,
    },
    ...(SIGN_VARIES.has(subject) ? [] : [sign]),
  ];
}
