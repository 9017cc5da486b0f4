/** Thrown where a replay has shown something that Linux did not: this way leads nowhere. */
export class Mismatch extends Error {
  override readonly name = "Mismatch";
}

/** Thrown where a replay has come to a state from which another one has gone on. */
export class Revisit extends Error {
  override readonly name = "Revisit";
}

/** Ends a replay that has nothing new to show. */
export function giveWay(): never {
  throw revisit;
}

const revisit = new Revisit();

/** One is enough: it carries nothing but its text, and is thrown thousands of times. */
const mismatch = new Mismatch();

/** Ends a replay. The text is made only when somebody wants to read it. */
export function refuse(tell: () => string): never {
  lastMismatch = tell;
  throw mismatch;
}

let lastMismatch: () => string = () => "";

/** What the last mismatch was about. */
export function describeMismatch(): string {
  return lastMismatch();
}
