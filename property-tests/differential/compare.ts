/** What has to be the same when a program is over, beside its CQEs. */
import { ARENA } from "./arena.ts";
import type { FinalState, Run } from "./trace.ts";

/** Says what is different, or undefined. */
export function compareEnds(
  run: Run,
  final: FinalState | undefined,
  arena: Uint8Array,
): string | undefined {
  const seen = run.trace.final;
  if (seen === undefined || final === undefined) return undefined;
  for (const key of ["sqFlags", "cqFlags", "overflow"] as const) {
    if (seen[key] !== final[key]) return `${key} ${final[key]}, Linux ${seen[key]}`;
  }
  for (const key of ["descriptors", "files"] as const) {
    const [here, there] = [JSON.stringify(final[key]), JSON.stringify(seen[key])];
    if (here !== there) return `${key} ${here}, Linux ${there}`;
  }
  return compareArenas(arena, run.arena);
}

function compareArenas(here: Uint8Array, there: Uint8Array): string | undefined {
  if (Buffer.compare(here, there) === 0) return undefined;
  const at = here.findIndex((byte, index) => byte !== there[index]);
  const piece = (bytes: Uint8Array): string =>
    Buffer.from(bytes.subarray(at, at + 16)).toString("hex");
  return `memory at 0x${(ARENA + at).toString(16)} ${piece(here)}, Linux ${piece(there)}`;
}
