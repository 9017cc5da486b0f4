import { parseArgs, type ParseArgsConfig } from "node:util";
import { UsageError } from "./exit.ts";

/** What `parseCommand` returns: option values by name, and the other arguments. */
export interface ParsedCommand {
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
}

type Options = NonNullable<ParseArgsConfig["options"]>;

/**
 * `node:util`'s parseArgs, with its complaints as usage errors. Of an option that is given
 * twice the last counts; after `--` everything is an argument.
 *
 * @throws {UsageError}
 */
export function parseCommand(args: readonly string[], options: Options): ParsedCommand {
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    return { values: values as ParsedCommand["values"], positionals };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

const UNITS: Readonly<Record<string, number>> = { "": 1, K: 2 ** 10, M: 2 ** 20 };

/**
 * A whole number from 1 to `limit`, or `fallback` when the option was not given.
 *
 * @param sized - true: `128K` and `1M` are numbers too
 * @throws {UsageError}
 */
export function parseCount(
  name: string,
  value: string | boolean | undefined,
  fallback: number,
  limit: number,
  sized = false,
): number {
  if (value === undefined) return fallback;
  const [, digits, unit = ""] = /^(\d+)([KM]?)$/.exec(String(value)) ?? [];
  const count = digits === undefined ? NaN : Number(digits) * (UNITS[unit] ?? 1);
  if ((sized || unit === "") && count >= 1 && count <= limit) return count;
  const kind = sized ? "a number of bytes (128K and 1M are fine too)" : "a whole number";
  throw new UsageError(`--${name} takes ${kind} from 1 to ${limit}, not '${String(value)}'`);
}
