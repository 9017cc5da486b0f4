/**
 * What parent and child say to each other.
 *
 * A frame is a u32 (little endian) with the length of a text of JSON, a u32 with the length of the
 * bytes that follow it, then both.
 */
import type { Program } from "../program.ts";
import type { Trace } from "../trace.ts";

/** Run this program. */
export interface Command {
  readonly program: Program;
  readonly run: number;
  /** Nanoseconds: see `RealRun`. */
  readonly quiet: number;
}

export type Answer =
  | { readonly kind: "ready"; readonly missing: readonly string[] }
  /** With the arena as the bytes of the frame. */
  | { readonly kind: "trace"; readonly trace: Trace }
  /** `spoiled`: something that an earlier program left running got in the way before this one. */
  | { readonly kind: "error" | "spoiled"; readonly message: string };

export const FRAME_HEADER_BYTES = 8;
