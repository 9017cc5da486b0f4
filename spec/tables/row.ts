/** What the tables of constants say: groups of rows, one row for each constant. */
import type { KernelVersion } from "../kernel-version.ts";

/** One constant of io_uring. */
export interface ConstantRow {
  /** The kernel's name. A constant of the same name is exported by the spec. */
  readonly name: string;
  readonly value: number;
  /** The release of Linux that brought it. */
  readonly since: KernelVersion;
  /** The man page that documents it. */
  readonly man: string;
  readonly summary: string;
  /** Set where later kernels give the same name a greater value: ends of enumerations, masks. */
  readonly grows?: true;
}

/** Constants that go into the same place. */
export interface ConstantGroup {
  readonly name: string;
  /** Where they stand: a field, an argument, or what they are otherwise. */
  readonly place: string;
  /** Bits to be combined, numbers of which one is chosen, or numbers to compute with. */
  readonly kind: "bits" | "values" | "numbers";
  readonly rows: readonly ConstantRow[];
}

/** Constants of Linux that io_uring hands on, by the man page that explains them. */
export interface LinuxGroup {
  readonly name: string;
  readonly man: string;
  readonly values: Readonly<Record<string, number>>;
  /** Those that an older header or C library may lack, with the release that brought them. */
  readonly newer?: Readonly<Record<string, KernelVersion>>;
}

/** A row: shorthand for the tables. */
export function constant(
  name: string,
  value: number,
  since: KernelVersion,
  man: string,
  summary: string,
): ConstantRow {
  return { name, value, since, man, summary };
}
