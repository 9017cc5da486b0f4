/** What `npm run differential` is asked for. */
import { parseArgs } from "node:util";

export interface Options {
  readonly programs: number;
  readonly seed: number;
  readonly single: boolean;
  /** Only programs about this: one of `themes`. */
  readonly about: string | undefined;
  /** The seed of one program, as a failure prints it. */
  readonly only: number | undefined;
  /** So many failures end it. */
  readonly stopAfter: number;
  /** Where what fell outside, and what is undecided, is kept. */
  readonly save: string | undefined;
}

/**
 * @param themes - what `about` may be
 * @throws {Error} of one line, for a person, where something else is asked for
 */
export function parseOptions(args: readonly string[], themes: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      programs: { type: "string", default: "2000" },
      seed: { type: "string", default: String(Date.now() & 0xffffff) },
      single: { type: "boolean", default: false },
      about: { type: "string" },
      only: { type: "string" },
      "stop-after": { type: "string", default: "20" },
      save: { type: "string" },
    },
  });
  const { about, only, save, single } = values;
  if (about !== undefined && !themes.includes(about)) {
    throw new Error(`--about ${about}: it is one of ${themes.join(", ")}`);
  }
  return {
    programs: count("programs", values.programs),
    seed: seed("seed", values.seed),
    single,
    about,
    only: only === undefined ? undefined : seed("only", only),
    stopAfter: count("stop-after", values["stop-after"]),
    save,
  };
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`--${name} ${text}: it is a whole number from 1 on`);
}

/** Seeds are of 32 bits; a sign may stand before them. */
function seed(name: string, text: string): number {
  const value = Number(text);
  if (text !== "" && Number.isSafeInteger(value)) return value | 0;
  throw new Error(`--${name}=${text}: it is a whole number`);
}
