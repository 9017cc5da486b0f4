/**
 * `npm run spec:model [-- NAME]`: counts the states and transitions of the model with spin and
 * those of the emulator with its own search, and compares (docs/model.md).
 *
 * With a name only the configuration of that name. Where spin or a C compiler is missing it says
 * so, and compares the emulator with the recorded numbers alone. The exit status is 1 when
 * anything differs, and 2 when there is no such configuration.
 */
import { search } from "../backends/sim/search/search.ts";
import {
  CONFIGURATIONS,
  type Configuration,
  type Counted,
} from "../property-tests/model/configurations.ts";
import { RingWorld } from "../property-tests/model/ring-world.ts";
import { countWithSpin, missingTool } from "../property-tests/model/spin.ts";

const numbers = new Intl.NumberFormat("en");
const missing = missingTool();

/** Counts a configuration on both sides, prints a line, and says whether all agree. */
function compare(configuration: Configuration, last: boolean): boolean {
  const recorded = last ? configuration.withLast : configuration;
  const emulator = search(new RingWorld(configuration, { last }));
  const model = missing === undefined ? countWithSpin(configuration, last) : undefined;
  const wrong = emulator.violation?.message;
  const agree =
    wrong === undefined && equal(emulator, recorded) && (!model || equal(model, recorded));
  const title = last ? "  and the last step" : configuration.name;
  const verdict = agree ? "same" : `DIFFERENT (recorded ${text(recorded)}) ${wrong ?? ""}`;
  console.log(
    `${title.padEnd(24)}${text(emulator).padStart(18)}` +
      `${(model ? text(model) : "not run").padStart(18)}  ${verdict}`,
  );
  return agree;
}

function equal(one: Counted, other: Counted): boolean {
  return one.states === other.states && one.transitions === other.transitions;
}

function text({ states, transitions }: Counted): string {
  return `${numbers.format(states)} ${numbers.format(transitions)}`;
}

const [wanted, ...more] = process.argv.slice(2);
const chosen = CONFIGURATIONS.filter(({ name }) => wanted === undefined || name === wanted);
if (chosen.length === 0 || more.length > 0) {
  if (chosen.length === 0) console.error(`no configuration is called "${String(wanted)}"`);
  const names = CONFIGURATIONS.map(({ name }) => `"${name}"`).join(", ");
  console.error(`usage: npm run spec:model [-- NAME]\nNAME is one of ${names}.`);
  process.exit(2);
}

if (missing !== undefined) console.log(`The model is not explored: ${missing}.\n`);
console.log(`${"states, transitions".padEnd(24)}${"emulator".padStart(18)}${"model".padStart(18)}`);
let differing = 0;
for (const configuration of chosen) {
  for (const last of [false, true]) differing += compare(configuration, last) ? 0 : 1;
}
console.log(`\n${2 * chosen.length} comparisons, ${differing} with a difference`);
if (differing > 0) process.exitCode = 1;
