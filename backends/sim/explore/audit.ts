/**
 * Two books compared: what the simulated kernel holds, and what the library says.
 *
 * The kernel knows which memory each request may still touch; the library's ledger
 * knows who owns it. They are kept by different code from different events, so a
 * buffer that is handed back too early, or twice, shows as a disagreement (O1, O2).
 */
import type { LedgerEntry } from "../../../src/backend.ts";
import type { HeldRange } from "../../emulator/buffers/holds.ts";
import type { SimBackend } from "../backend.ts";

/** Owners under which the kernel may touch memory (`spec/ownership.ts`). */
const KERNEL_OWNERS: ReadonlySet<string> = new Set([
  "operation",
  "orphan",
  "registered",
  "bufferRing",
  "leaked",
]);

/** Looks for a disagreement; undefined when the books agree, or when no library keeps one. */
export function audit(backend: SimBackend): string | undefined {
  const ledgers = [...backend.ledgers, ...backend.closedLedgers];
  if (ledgers.length === 0) return undefined;
  const holds = backend.kernel.holds();
  if (holds.length === 0) return undefined;
  const entries = ledgers.flatMap((ledger) => [...ledger.entries()]);
  for (const hold of holds) {
    const problem = compare(hold, entries);
    if (problem !== undefined) return `${backend.kernel.holder(hold)} holds ${problem}`;
  }
  return undefined;
}

function compare(hold: HeldRange, entries: readonly LedgerEntry[]): string | undefined {
  const entry = entries.find(
    ({ address, byteLength }) => address <= hold.address && hold.address < address + byteLength,
  );
  const name = `${describe(hold)} (${hold.direction})`;
  if (entry === undefined) return `${name}, but the library has freed that memory`;
  if (!KERNEL_OWNERS.has(entry.owner)) {
    return `${name}, but the library has given that buffer to '${entry.owner}'`;
  }
  if (entry.owner !== "operation") return undefined;
  const same = entry.userDataLow === hold.userDataLow && entry.userDataHigh === hold.userDataHigh;
  return same ? undefined : `${name}, but the library says that another operation owns it`;
}

function describe({ address, byteLength }: HeldRange): string {
  return `${String(byteLength)} bytes at 0x${address.toString(16)}`;
}
