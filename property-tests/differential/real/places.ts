/**
 * The memory of the child, at fixed addresses.
 *
 * The arena stands where the program has it, with nothing else for 8 GiB above it. Only the memory
 * of a ring lies where the kernel puts it, which lets nobody choose: no program has its address.
 */
import {
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_NORESERVE,
  MAP_POPULATE,
  MAP_PRIVATE,
  MAP_SHARED,
  PROT_NONE,
  PROT_READ,
  PROT_WRITE,
} from "../../../spec/abi/linux.ts";
import {
  ARENA,
  ARENA_BYTES,
  ARENA_GUARD_BYTES,
  initialArena,
  PAGE,
  READ_ONLY,
  WRITABLE_BYTES,
} from "../arena.ts";
import { must, type System } from "./system.ts";

/** For the frames between child and parent. */
export const FRAME_BYTES_MAX = 0x40_0000;
/** For small structures of the harness. */
export const SMALL_BYTES = 4096;

const VIEWS_MAX = 64;

const FRAME_AT = ARENA + ARENA_GUARD_BYTES;
const SMALL_AT = FRAME_AT + FRAME_BYTES_MAX;
const BYTES = SMALL_AT + SMALL_BYTES - ARENA;

/** Linux 4.17: fail where something is mapped already. */
const MAP_FIXED_NOREPLACE = 0x100000;
const READ_WRITE = PROT_READ | PROT_WRITE;
const RESERVED = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

export interface Place {
  readonly address: number;
  readonly bytes: Uint8Array;
}

export class Places {
  readonly arena: Uint8Array;
  readonly frame: Place;
  readonly small: Place;
  readonly #system: System;
  readonly #views = new Map<number, Uint8Array>();

  constructor(system: System) {
    this.#system = system;
    const guard = system.mmap(ARENA, BYTES, PROT_NONE, RESERVED | MAP_FIXED_NOREPLACE, -1, 0);
    if (must("mmap of the arena", guard) !== ARENA) throw new Error("the arena's place is taken");
    this.arena = this.#place(ARENA, ARENA_BYTES).bytes;
    this.frame = this.#place(FRAME_AT, FRAME_BYTES_MAX);
    this.small = this.#place(SMALL_AT, SMALL_BYTES);
    this.fill(0);
  }

  /** Makes the arena what it is when run number `run` begins. */
  fill(run: number): void {
    const bytes = initialArena(run);
    const last = this.arena.subarray(WRITABLE_BYTES);
    const expected = bytes.subarray(WRITABLE_BYTES);
    this.arena.set(bytes.subarray(0, WRITABLE_BYTES));
    // The last page changes only where a program advises the kernel to forget it.
    if (Buffer.compare(last, expected) === 0) return;
    must("mprotect", this.#system.mprotect(READ_ONLY, PAGE, READ_WRITE));
    last.set(expected);
    must("mprotect", this.#system.mprotect(READ_ONLY, PAGE, PROT_READ));
  }

  /** Maps a part of a ring. */
  mapRing(fd: number, offset: number, byteLength: number): Place {
    const shared = MAP_SHARED | MAP_POPULATE;
    const address = this.#system.mmap(0, byteLength, READ_WRITE, shared, fd, offset);
    must("mmap of a ring", address);
    return { address, bytes: this.#view(address, byteLength) };
  }

  /** Takes the ring's memory away again. */
  unmapRing({ address, bytes }: Place): void {
    must("munmap", this.#system.munmap(address, bytes.byteLength));
  }

  /** The kernel mostly gives the same places again, and a view costs more than a mapping. */
  #view(address: number, byteLength: number): Uint8Array {
    const known = this.#views.get(address);
    if (known?.byteLength === byteLength) return known;
    if (this.#views.size >= VIEWS_MAX) this.#views.clear();
    const bytes = new Uint8Array(this.#system.view(address, byteLength));
    this.#views.set(address, bytes);
    return bytes;
  }

  #place(address: number, byteLength: number): Place {
    const result = this.#system.mmap(address, byteLength, READ_WRITE, RESERVED | MAP_FIXED, -1, 0);
    must("mmap", result);
    return { address, bytes: new Uint8Array(this.#system.view(address, byteLength)) };
  }
}
