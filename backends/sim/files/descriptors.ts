/**
 * The descriptor table of the program: numbers that stand for open files.
 */
import { EBADF, EMFILE } from "../../../spec/errno.ts";
import type { OpenFile } from "../../emulator/host/host.ts";

/** The lowest number given out by default: the standard streams (0 to 2) are not simulated. */
const FIRST_DESCRIPTOR = 3;

interface Slot {
  readonly file: OpenFile;
  readonly closeOnExec: boolean;
}

/** Descriptor numbers below `limit` (RLIMIT_NOFILE), the lowest free one first. */
export class Descriptors {
  readonly #slots: (Slot | undefined)[] = [];
  /** May be lowered below what is open, as RLIMIT_NOFILE may. */
  limit: number;
  /** No number below this one is free. */
  #lowest: number;

  /** Gives out numbers from `lowest` to below `limit`. */
  constructor(limit: number, lowest: number = FIRST_DESCRIPTOR) {
    this.limit = limit;
    this.#lowest = lowest;
  }

  /** The description behind `fd`, not retained. */
  get(fd: number): OpenFile | undefined {
    return this.#slots[fd]?.file;
  }

  /** FD_CLOEXEC of an open descriptor; undefined if it is not open. */
  closeOnExec(fd: number): boolean | undefined {
    return this.#slots[fd]?.closeOnExec;
  }

  /** The open numbers, in order. */
  open(): number[] {
    return [...this.#slots.keys()].filter((fd) => this.#slots[fd] !== undefined);
  }

  /** Whether no number below the limit is free. */
  get isFull(): boolean {
    return this.#free() >= this.limit;
  }

  /** Takes over the caller's reference; on -EMFILE the caller keeps it. */
  install(file: OpenFile, closeOnExec: boolean, held = 0): number {
    const lowest = this.#free();
    const fd = held === 0 ? lowest : this.#freeBehind(lowest, held);
    if (fd >= this.limit) return -EMFILE;
    // Fill the array from its start, so that it never has holes.
    while (this.#slots.length < fd) this.#slots.push(undefined);
    this.#slots[fd] = { file, closeOnExec };
    this.#lowest = held === 0 ? fd + 1 : lowest;
    return fd;
  }

  /** The free number behind so many others, of which `lowest` is the first. */
  #freeBehind(lowest: number, held: number): number {
    let fd = lowest;
    for (let i = 0; i < held; i++) {
      do fd += 1;
      while (this.#slots[fd] !== undefined);
    }
    return fd;
  }

  /** The lowest free number. */
  #free(): number {
    let fd = this.#lowest;
    while (this.#slots[fd] !== undefined) fd += 1;
    return fd;
  }

  /** Frees the number and releases the description: 0, or -EBADF. */
  close(fd: number): number {
    const slot = this.#slots[fd];
    if (slot === undefined) return -EBADF;
    this.#slots[fd] = undefined;
    this.#lowest = Math.min(this.#lowest, fd);
    slot.file.release();
    return 0;
  }

  /** What it consists of, for whoever compares states. */
  parts(): readonly unknown[] {
    return [this.#slots, this.#lowest];
  }
}
