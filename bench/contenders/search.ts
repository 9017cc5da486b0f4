/**
 * The state-hashed search of the emulator: every state of every configuration of the model
 * (docs/model.md), again and again. What is counted are distinct states, each of them checked
 * against the books.
 */
import { search } from "../../backends/sim/index.ts";
import { CONFIGURATIONS } from "../../property-tests/model/configurations.ts";
import { RingWorld } from "../../property-tests/model/ring-world.ts";
import type { Contender } from "../protocol.ts";

/** Sweeps before the first round: there is much code to be compiled. */
const WARM_UP = 4;

/** Searches every configuration once. Returns the states. */
function sweep(): number {
  let states = 0;
  for (const configuration of CONFIGURATIONS) {
    const found = search(new RingWorld(configuration));
    if (found.states !== configuration.states || found.violation !== undefined) {
      throw new Error(`the search of '${configuration.name}' went wrong`);
    }
    states += found.states;
  }
  return states;
}

export function openSearch(): Promise<Contender> {
  for (let count = 0; count < WARM_UP; count++) sweep();
  const run = (_depth: number, milliseconds: number): Promise<number> => {
    const end = performance.now() + milliseconds;
    let states = 0;
    while (performance.now() < end) states += sweep();
    return Promise.resolve(states);
  };
  return Promise.resolve({ run });
}
