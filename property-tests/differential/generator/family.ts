/** What a family of operations adds to the generator. */
import type fc from "fast-check";
import type { Draft } from "./values.ts";

export interface Family {
  readonly name: string;
  /** How often, beside the other families. */
  readonly weight: number;
  /** Generated only where the emulator's REGISTER_PROBE lists all of these. */
  readonly opcodes: readonly number[];
  readonly draft: fc.Arbitrary<Draft>;
}
