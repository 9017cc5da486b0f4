/** The garbage collector, on request: what a program drops has to come back. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Collections before something that should be garbage is taken to be held by somebody. */
const ROUNDS = 50;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/**
 * Collects garbage, and lets finalizers run, until `holds` does.
 *
 * @returns whether it ever did
 */
export async function collectUntil(holds: () => boolean): Promise<boolean> {
  for (let round = 0; round < ROUNDS && !holds(); round++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return holds();
}
