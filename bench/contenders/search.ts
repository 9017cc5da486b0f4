/**
 * The state-hashing search of the emulator: every state of a small configuration of the model
 * (docs/model.md), again and again. What is counted are distinct states.
 */
import { search } from "../../backends/sim/index.ts";
import { CONFIGURATIONS } from "../../property-tests/model/configurations.ts";
import { RingWorld } from "../../property-tests/model/ring-world.ts";
import type { Contender } from "../protocol.ts";

const NAME = "hard chain";
/** Searches before the first round: there is much code to be compiled. */
const WARM_UP = 150;

export function openSearch(): Promise<Contender> {
  const configuration = CONFIGURATIONS.find(({ name }) => name === NAME);
  if (configuration === undefined) throw new Error(`no configuration is called '${NAME}'`);
  const run = (_depth: number, milliseconds: number): Promise<number> => {
    const end = performance.now() + milliseconds;
    let states = 0;
    while (performance.now() < end) {
      const found = search(new RingWorld(configuration));
      if (found.states !== configuration.states) throw new Error("the search lost states");
      states += found.states;
    }
    return Promise.resolve(states);
  };
  for (let count = 0; count < WARM_UP; count++) search(new RingWorld(configuration));
  return Promise.resolve({ run });
}
