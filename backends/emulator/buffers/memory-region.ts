/** The one region of memory that a ring can be given (REGISTER_MEM_REGION). */
import type { PinnedMemory } from "../host/host.ts";

/** Pages of the program, or the kernel's own for the program to map. */
export interface MemoryRegion {
  readonly memory: PinnedMemory | ArrayBuffer;
  readonly view: DataView<ArrayBuffer>;
  /** Calls with EXT_ARG_REG find their argument in it. */
  readonly servesWaits: boolean;
}

/** A region over memory that is its own from now on. */
export function memoryRegion(
  memory: PinnedMemory | ArrayBuffer,
  servesWaits: boolean,
): MemoryRegion {
  const view = memory instanceof ArrayBuffer ? new DataView(memory) : memory.share();
  return { memory, view, servesWaits };
}

/** Lets go of the program's pages. */
export function releaseRegion(region: MemoryRegion): void {
  if (!(region.memory instanceof ArrayBuffer)) region.memory.release();
}
