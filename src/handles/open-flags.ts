import {
  O_APPEND,
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
  O_SYNC,
  O_TRUNC,
  O_WRONLY,
} from "../../spec/abi/linux.ts";
import { RingError } from "../errors.ts";
import { checkFlags, describe } from "../validate.ts";

/** Node's words for how to open a file (node:fs, "File system flags"). */
export type OpenWord =
  "r" | "rs" | "r+" | "rs+" | "w" | "wx" | "w+" | "wx+" | "a" | "ax" | "a+" | "ax+";

/** How to open a file: Node's words, or O_* flags of open(2). */
export type OpenFlags = OpenWord | number;

const CREATE = O_WRONLY | O_CREAT;
const CREATE_BOTH = O_RDWR | O_CREAT;

const WORDS: Readonly<Record<OpenWord, number>> = {
  r: O_RDONLY,
  rs: O_RDONLY | O_SYNC,
  "r+": O_RDWR,
  "rs+": O_RDWR | O_SYNC,
  w: CREATE | O_TRUNC,
  wx: CREATE | O_TRUNC | O_EXCL,
  "w+": CREATE_BOTH | O_TRUNC,
  "wx+": CREATE_BOTH | O_TRUNC | O_EXCL,
  a: CREATE | O_APPEND,
  ax: CREATE | O_APPEND | O_EXCL,
  "a+": CREATE_BOTH | O_APPEND,
  "ax+": CREATE_BOTH | O_APPEND | O_EXCL,
};

/**
 * The O_* flags; O_CLOEXEC is always among them.
 *
 * @throws {RingError} ERR_RING_INVALID_ARGUMENT for a word that Node does not have
 */
export function openFlags(flags: OpenFlags): number {
  if (typeof flags === "number") return checkFlags("open", flags) | O_CLOEXEC;
  if (typeof flags !== "string" || !Object.hasOwn(WORDS, flags)) {
    throw new RingError(
      "ERR_RING_INVALID_ARGUMENT",
      `open: unknown flags ${describe(flags)}; use O_* flags as a number, or one of ` +
        Object.keys(WORDS).join(", "),
    );
  }
  return WORDS[flags] | O_CLOEXEC;
}
