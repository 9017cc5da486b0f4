/**
 * A planted bug, for the tour and for the test that finds it: an engine that takes
 * the answer to a cancel request for the end of the operation, and gives the buffer
 * back while the kernel may still write into it.
 *
 * The real engine waits for the operation's own CQE (O2).
 */
import { ECANCELED } from "../../spec/errno.ts";
import { Engine } from "../../src/engine/engine.ts";
import type { Operation } from "../../src/engine/operation.ts";

/** The engine with the bug. */
export class HastyEngine extends Engine {
  protected override cancelCompleted(target: Operation, _res: number): void {
    if (target.state === "submitted") this.settle(target, -ECANCELED);
  }

  /** The operation's own CQE comes later, and finds nobody. */
  protected override strayCompletion(): void {
    // Swallowed, as such bugs are.
  }
}
