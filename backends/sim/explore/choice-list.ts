/**
 * One run of a program as a list of choices, and the string that replays it.
 *
 * Only real choices are in the list: where there was one continuation, nothing is
 * recorded. Continuation 0 is always the usual one, so a trailing run of zeros says
 * nothing and is left out: the string of an ordinary run is nearly empty.
 *
 *   x1:0200a1     choices 0, 2, 0, 0, 10, 1, then 0 for the rest
 *   x1:03(41)2    a choice above 35 stands in parentheses
 */

const PREFIX = "x1:";
const DIGITS = 36;

/** One choice as it was made. */
export interface Choice {
  readonly index: number;
  /** How many continuations there were. */
  readonly count: number;
  /** What the choice was about: `"next event"`, `"read#7 inline"`. */
  readonly point: string;
  /** What was chosen: `"complete read#7"`, `"late"`. */
  readonly option: string;
}

/** The string that replays these choices. */
export function encodeChoices(indices: readonly number[]): string {
  let end = indices.length;
  while (end > 0 && indices[end - 1] === 0) end--;
  const digits = indices
    .slice(0, end)
    .map((index) => (index < DIGITS ? index.toString(DIGITS) : `(${String(index)})`));
  return PREFIX + digits.join("");
}

/**
 * The choices that a replay string stands for.
 *
 * @throws {SyntaxError} when it is no such string
 */
export function decodeChoices(replay: string): number[] {
  const body = replay.startsWith(PREFIX) ? replay.slice(PREFIX.length) : "?";
  const digits = body.match(/[0-9a-z]|\(\d+\)/g) ?? [];
  if (digits.join("") !== body) {
    throw new SyntaxError(
      `"${replay}" is no replay string: it should look like ${PREFIX}0210, as a report prints it`,
    );
  }
  return digits.map((digit) =>
    digit.startsWith("(") ? Number(digit.slice(1, -1)) : parseInt(digit, DIGITS),
  );
}
