/** What has to be the same when a program is over, beside its CQEs. */
import { AF_INET, S_IFDIR, S_IFMT } from "../../spec/abi/linux.ts";
import {
  ADDRESS_RESULTS,
  ADDRESS_SLOT,
  ADDRESS_SLOTS,
  ARENA,
  STATX_RESULTS,
  STATX_SLOT,
  STATX_SLOTS,
} from "./arena.ts";
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
    if (here !== there) return `${key} ${differing(here, there)}`;
  }
  return run.arena === undefined ? undefined : compareArenas(arena, run.arena);
}

/** Both texts, from shortly before they differ. */
function differing(here: string, there: string): string {
  let at = 0;
  while (here[at] === there[at]) at += 1;
  const from = Math.max(0, at - 40);
  return `${here.slice(from, from + 120)}, Linux ${there.slice(from, from + 120)}`;
}

function compareArenas(here: Uint8Array, there: Uint8Array): string | undefined {
  blank(here);
  blank(there);
  if (Buffer.compare(here, there) === 0) return undefined;
  let at = 0;
  while (here[at] === there[at]) at += 1;
  const piece = (bytes: Uint8Array): string =>
    Buffer.from(bytes.subarray(at, at + 16)).toString("hex");
  return `memory at 0x${(ARENA + at).toString(16)} ${piece(here)}, Linux ${piece(there)}`;
}

/** Blanks what is listed in excluded.ts as the machine's own. */
function blank(arena: Uint8Array): void {
  for (let slot = 0; slot < STATX_SLOTS; slot++) {
    const at = STATX_RESULTS - ARENA + slot * STATX_SLOT;
    blankStatx(arena.subarray(at, at + STATX_SLOT));
  }
  for (let slot = 0; slot < ADDRESS_SLOTS; slot++) {
    const at = ADDRESS_RESULTS - ARENA + slot * ADDRESS_SLOT;
    if (arena[at] === AF_INET && arena[at + 1] === 0) arena.fill(0, at + 2, at + 4);
  }
}

// Offsets in struct statx.
const STATX_MODE = 28;
const STATX_SIZE = 40;
/** stx_blksize; stx_attributes; stx_uid and stx_gid; stx_ino; stx_blocks to stx_mtime; the rest. */
const MACHINES_OWN: readonly (readonly [from: number, to: number])[] = [
  [4, 16],
  [20, 28],
  [32, 40],
  [48, 128],
  [136, 256],
];

function blankStatx(statx: Uint8Array): void {
  const view = new DataView(statx.buffer, statx.byteOffset, statx.byteLength);
  const mode = view.getUint16(STATX_MODE, true) & S_IFMT;
  for (const [from, to] of MACHINES_OWN) statx.fill(0, from, to);
  if (mode === S_IFDIR) statx.fill(0, STATX_SIZE, STATX_SIZE + 8);
}
