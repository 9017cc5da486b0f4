/** The thread would block for ever: something waits, and nothing can happen any more. */
export class SimDeadlock extends Error {
  override readonly name = "SimDeadlock";
  /** What waits, one line each. */
  readonly waiting: readonly string[];

  constructor(call: string, waiting: readonly string[]) {
    const list = waiting.length === 0 ? " (nothing is in flight)" : `:\n  ${waiting.join("\n  ")}`;
    super(`${call} waits and nothing can happen any more${list}`);
    this.waiting = waiting;
  }
}
