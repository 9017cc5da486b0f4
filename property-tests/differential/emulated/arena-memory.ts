/** The arena as the emulator's memory: the last page cannot be written, and nothing else exists. */
import type { PinnedMemory, ProgramMemory } from "../../../backends/emulator/host/host.ts";
import { MADV_DONTNEED } from "../../../spec/abi/linux.ts";
import { ENOMEM } from "../../../spec/errno.ts";
import { ARENA, ARENA_BYTES, initialArena, WRITABLE_BYTES } from "../arena.ts";

export class ArenaMemory implements ProgramMemory {
  readonly bytes: Uint8Array<ArrayBuffer>;

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

  pin(address: number, byteLength: number): PinnedMemory | undefined {
    const offset = address - ARENA;
    if (reach(offset, byteLength, WRITABLE_BYTES) < byteLength) return undefined;
    const part = this.bytes.subarray(offset, offset + byteLength);
    return {
      address,
      byteLength,
      read: (at, into) => into.set(part.subarray(at, at + into.length)),
      write: (at, from) => part.set(from, at),
      share: () => new DataView(part.buffer, part.byteOffset, byteLength),
      release: () => undefined,
    };
  }
}

function reach(offset: number, length: number, end: number): number {
  if (!(offset >= 0 && offset < end)) return 0;
  return Math.min(length, end - offset);
}
