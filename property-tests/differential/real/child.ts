/**
 * The process that runs random programs on the real kernel.
 *
 *   node --import ./scripts/typescript.mjs property-tests/differential/real/child.ts FOLDER
 *
 * It reads commands from descriptor 3 and answers on descriptor 4. As soon as it is contained it
 * never returns to its event loop, whose descriptors are gone.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { assertSafe } from "../safety.ts";
import type { Command } from "./protocol.ts";
import { contain } from "./containment.ts";
import { FrameReader, writeAnswer } from "./frames.ts";
import { Places } from "./places.ts";
import { RealMachine, SpoiledMachine } from "./real-machine.ts";
import { RealRun } from "./run.ts";
import { bindSystem } from "./system.ts";
import { allowWorkers } from "./workers.ts";

/**
 * Has the runtime wake its event loop, as a collection of garbage does: it writes to a descriptor,
 * and not again before the loop has run. That write must not come when the descriptor is gone.
 */
function wakeLoopOnce(): void {
  setFlagsFromString("--expose-gc");
  const registry = new FinalizationRegistry(() => undefined);
  for (let i = 0; i < 100; i++) registry.register({}, i);
  (runInNewContext("gc") as () => void)();
}

const COMMANDS = 3;
const RESULTS = 4;

const system = await bindSystem();
const places = new Places(system);
wakeLoopOnce();
const folder = process.argv[2] ?? "";
const { descriptors, missing } = contain(system, places, folder, {
  commands: COMMANDS,
  results: RESULTS,
});
allowWorkers(system, places);
const machine = new RealMachine(system, places, descriptors);
const reader = new FrameReader(system, places.frame, descriptors.commands);

writeAnswer(system, places.frame, descriptors.results, { kind: "ready", missing });
for (;;) {
  const command = reader.next() as Command;
  try {
    assertSafe(command.program);
    const run = new RealRun(machine, command.program, command.quiet);
    const trace = run.go(command.run);
    writeAnswer(system, places.frame, descriptors.results, { kind: "trace", trace }, places.arena);
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const kind = error instanceof SpoiledMachine ? "spoiled" : "error";
    writeAnswer(system, places.frame, descriptors.results, { kind, message });
  }
}
