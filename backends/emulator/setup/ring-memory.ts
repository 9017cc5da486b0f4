/**
 * The two pieces of memory that a ring shares with its program: the rings themselves with their
 * header and the SQ array, and the SQEs.
 *
 * They are the kernel's own, for the program to map, or with NO_MMAP pages of the program that
 * the kernel holds while the ring exists (SETUP-27).
 */
import { EFAULT, EINVAL, ENOMEM, EOVERFLOW } from "../../../spec/errno.ts";
import { inUserSpace, PAGE_SIZE } from "../issue/access.ts";
import type { Core } from "../core.ts";
import type { PinnedMemory } from "../host/host.ts";
import type { RingMemory } from "../holdings.ts";
import type { RingLayout } from "./layout.ts";

const ADDRESS_END = 2n ** 64n;
/** More pages than the kernel can list in one piece of memory. */
const PAGES_END = 2 ** 28;

/** New zeroed memory for a ring. */
export function allocateRingMemory(layout: RingLayout): RingMemory {
  const rings = new DataView(new ArrayBuffer(layout.ringBytes));
  return { rings, sqes: new DataView(new ArrayBuffer(layout.sqesBytes)), pins: [] };
}

/** The program's memory for a ring, from two addresses, or -errno. Nothing is written. */
export function pinRingMemory(
  core: Core,
  layout: RingLayout,
  ringsAddress: bigint,
  sqesAddress: bigint,
): RingMemory | number {
  //= SETUP-13
  const rings = pinPages(core, ringsAddress, layout.ringBytes);
  if (typeof rings === "number") return rings;
  const sqes = pinPages(core, sqesAddress, layout.sqesBytes);
  if (typeof sqes !== "number") return pinnedRingMemory(rings, sqes);
  rings.release();
  return sqes;
}

//= MEM-18
/** The memory of a ring whose two pieces have been pinned. */
export function pinnedRingMemory(rings: PinnedMemory, sqes: PinnedMemory): RingMemory {
  return { rings: rings.share(), sqes: sqes.share(), pins: [rings, sqes] };
}

/** Lets go of the program's pages. */
export function releaseRingMemory(memory: RingMemory): void {
  for (const pin of memory.pins) pin.release();
}

/**
 * Pins the pages that hold `byteLength` bytes at `address`, with the errors of the kernel in its
 * order (REG-38, SETUP-13). What the last page has beyond them need not be there.
 */
export function pinPages(core: Core, address: bigint, byteLength: number): PinnedMemory | number {
  const pages = wholePages(byteLength);
  if (address === 0n) return -EFAULT;
  if (address % BigInt(PAGE_SIZE) !== 0n) return -EINVAL;
  if (address + BigInt(pages) >= ADDRESS_END) return -EOVERFLOW;
  if (pages / PAGE_SIZE >= PAGES_END) return -ENOMEM;
  if (!inUserSpace(Number(address), byteLength)) return -EFAULT;
  return core.memory.pin(Number(address), byteLength) ?? -EFAULT;
}

/** Rounds up to whole pages. */
export function wholePages(byteLength: number): number {
  return Math.ceil(byteLength / PAGE_SIZE) * PAGE_SIZE;
}
