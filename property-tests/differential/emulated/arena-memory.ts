/** The arena as the emulator's memory: the last page cannot be written, and nothing else exists. */
import type { ProgramMemory } from "../../../backends/emulator/host.ts";
import { MADV_DONTNEED } from "../../../spec/abi/linux.ts";
import { ENOMEM } from "../../../spec/errno.ts";
import { ARENA, ARENA_BYTES, initialArena, WRITABLE_BYTES } from "../arena.ts";

export class ArenaMemory implements ProgramMemory {
  readonly bytes: Uint8Array;

  constructor(run: number) {
    this.bytes = initialArena(run);
  }

  read(address: number, into: Uint8Array): number {
    const offset = address - ARENA;
    const count = reach(offset, into.length, ARENA_BYTES);
    if (count > 0) into.set(this.bytes.subarray(offset, offset + count));
    return count;
  }

  write(address: number, from: Uint8Array): number {
    const offset = address - ARENA;
    const count = reach(offset, from.length, WRITABLE_BYTES);
    if (count > 0) this.bytes.set(from.subarray(0, count), offset);
    return count;
  }

  advise(address: number, byteLength: number, advice: number): number {
    const offset = address - ARENA;
    if (reach(offset, byteLength, ARENA_BYTES) < byteLength) return -ENOMEM;
    if (advice === MADV_DONTNEED) this.bytes.fill(0, offset, offset + byteLength);
    return 0;
  }
}

function reach(offset: number, length: number, end: number): number {
  if (!(offset >= 0 && offset < end)) return 0;
  return Math.min(length, end - offset);
}
