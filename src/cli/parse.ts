import { parseArgs, type ParseArgsConfig } from "node:util";
import { UsageError } from "./exit.ts";

/** What `parseCommand` returns: option values by name, and the other arguments. */
export interface ParsedCommand {
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
}

type Options = NonNullable<ParseArgsConfig["options"]>;

/** `node:util`'s parseArgs, with its complaints as usage errors. */
export function parseCommand(args: string[], options: Options): ParsedCommand {
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    return { values: values as ParsedCommand["values"], positionals };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** A whole number of at least 1, or `fallback` when the option was not given. */
export function parseCount(name: string, value: unknown, fallback: number): number {
  if (value === undefined) return fallback;
  const count = Number(value);
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new UsageError(`--${name} takes a whole number of at least 1, not '${String(value)}'`);
}
