// Control characters, C0 and C1, could move the cursor or rewrite what stands on the screen.
// eslint-disable-next-line no-control-regex -- these are the ones to find
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function visible(character: string): string {
  const code = character.charCodeAt(0).toString(16);
  return SHORT[character] ?? (code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, "0")}`);
}

/** A file name for a message: in quotes, on one line, and harmless to a terminal. */
export function quote(name: string): string {
  return `'${name.replaceAll(CONTROL, visible)}'`;
}
