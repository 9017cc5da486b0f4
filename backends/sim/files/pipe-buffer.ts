/**
 * What lies in a pipe, with Linux's accounting of space.
 *
 * A pipe is a row of slots of a page each. A write puts whole pages into slots of their own; what
 * is over a multiple of the page size goes behind the last bytes if it fits into their slot, and
 * into a slot of its own if not. So many small writes may fill a pipe before its capacity in bytes
 * is reached, a write of up to 4096 bytes (PIPE_BUF) is whole or not at all, and a larger one may
 * be cut (RW-8). A slot is free again when its last byte is read.
 *
 * Nothing is put behind bytes that came by splice(2) or tee(2), nor behind a packet: what an end
 * with O_DIRECT writes, which is read alone (pipe(2)).
 *
 * What ends and what is spliced wakes others without a word on why; reads and writes say it.
 */
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from "../../../spec/abi/linux.ts";
import { Wakes } from "./wakes.ts";

/** Bytes of one slot: the page size, and PIPE_BUF. */
export const PIPE_SLOT = 4096;

/** A page of a pipe. Two pipes may have it (tee(2)), each with its own start and end. */
export interface Slot {
  readonly page: Uint8Array;
  start: number;
  end: number;
  /** A write may put more behind `end`. */
  readonly mergeable: boolean;
  readonly packet: boolean;
}

/** What all ends of a pipe share. */
export class PipeBuffer {
  /** Slots in use, the oldest first. */
  readonly slots: Slot[] = [];
  readonly slotLimit: number;
  /** Ends that are open, and how many ever were: those of a FIFO come and go. */
  readers = 0;
  writers = 0;
  readerOpens = 0;
  writerOpens = 0;
  /** Wake-ups of those who wait to read, and to write. */
  readonly readerWakes: Wakes = new Wakes();
  readonly writerWakes: Wakes = new Wakes();

  constructor(slotLimit: number) {
    this.slotLimit = slotLimit;
  }

  get readerOpen(): boolean {
    return this.readers > 0;
  }

  get writerOpen(): boolean {
    return this.writers > 0;
  }

  addReader(): void {
    this.readers += 1;
    this.readerOpens += 1;
  }

  addWriter(): void {
    this.writers += 1;
    this.writerOpens += 1;
  }

  /** The last reader's end wakes the writers; with the last of all the bytes go. */
  removeReader(): void {
    this.readers -= 1;
    if (!this.readerOpen && this.writerOpen) this.writerWakes.add();
    this.#emptyIfUnused();
  }

  /** The last writer's end wakes the readers; with the last of all the bytes go. */
  removeWriter(): void {
    this.writers -= 1;
    if (!this.writerOpen && this.readerOpen) this.readerWakes.add();
    this.#emptyIfUnused();
  }

  #emptyIfUnused(): void {
    if (!this.readerOpen && !this.writerOpen) this.slots.length = 0;
  }

  isEmpty(): boolean {
    return this.slots.length === 0;
  }

  isFull(): boolean {
    return this.slots.length >= this.slotLimit;
  }

  /** Slots that are free. */
  get room(): number {
    return Math.max(0, this.slotLimit - this.slots.length);
  }

  /** Says that there is something to read. */
  wakeReaders(): void {
    this.readerWakes.add(POLLIN | POLLRDNORM);
  }

  /** Says that there is room. */
  wakeWriters(): void {
    this.writerWakes.add(POLLOUT | POLLWRNORM);
  }

  /** Wakes who reads, or who writes, without a reason. */
  wakeAgain(reads: boolean): void {
    if (reads) this.wakeReaders();
    else this.wakeWriters();
  }

  /**
   * Takes away the first `count` bytes. A slot whose last byte goes is free.
   *
   * @returns how many slots became free; writers are not woken yet
   */
  consume(count: number): number {
    const before = this.slots.length;
    let left = count;
    for (let slot = this.slots[0]; slot !== undefined && left > 0; slot = this.slots[0]) {
      const part = Math.min(slot.end - slot.start, left);
      left -= part;
      slot.start += part;
      if (slot.start === slot.end) this.slots.shift();
    }
    return before - this.slots.length;
  }

  /** How many bytes of a rest of `rest` bytes go behind the last ones: all or none. */
  appendable(rest: number): number {
    const last = this.slots.at(-1);
    return last?.mergeable === true && last.end + rest <= PIPE_SLOT ? rest : 0;
  }

  /** Stores bytes: the first `tail` behind the last ones, the others in slots of their own. */
  store(bytes: Uint8Array, tail: number, packet: boolean): void {
    const last = this.slots.at(-1);
    const head = bytes.subarray(0, tail);
    if (last !== undefined && tail > 0) {
      last.page.set(head, last.end);
      last.end += head.length;
    }
    for (let done = head.length; done < bytes.length; done += PIPE_SLOT) {
      const part = bytes.subarray(done, done + PIPE_SLOT);
      const page = new Uint8Array(PIPE_SLOT);
      page.set(part);
      this.slots.push({ page, start: 0, end: part.length, mergeable: !packet, packet });
    }
    this.wakeReaders();
  }

  /** Puts bytes into a slot of their own, to which nothing is added: splice(2), tee(2). */
  push(page: Uint8Array, start: number, end: number, packet = false): void {
    this.slots.push({ page, start, end, mergeable: false, packet });
  }
}
