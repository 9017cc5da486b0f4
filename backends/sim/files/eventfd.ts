/**
 * Eventfds (eventfd(2)): a counter of 64 bits that is read and written in 8 bytes.
 *
 * The counter is two words, so that no number of the program loses a digit. A write that would
 * carry it past 2^64 - 2 waits; a ring that signals it adds 1 whatever it holds, and stops only at
 * 2^64 - 1, which polls as an error.
 */
import { EFD_SEMAPHORE, O_RDWR, POLLERR, POLLIN, POLLOUT } from "../../../spec/abi/linux.ts";
import { EAGAIN, EFAULT, EINVAL } from "../../../spec/errno.ts";
import {
  type Deliver,
  type EventFile,
  type Fetch,
  WOKEN_BY_RING,
} from "../../emulator/host/host.ts";
import type { Inode } from "./inode.ts";
import { OpenDescription } from "./open-file.ts";
import { Wakes } from "./wakes.ts";

const COUNTER_SIZE = 8;
const WORD = 2 ** 32;
const HIGHEST = WORD - 1;

/** An open eventfd. */
export class EventDescription extends OpenDescription implements EventFile {
  readonly kind = "eventfd";
  readonly pollable = true;
  #low: number;
  #high = 0;
  readonly #wakes = new Wakes();
  readonly #semaphore: boolean;
  readonly #bytes: Uint8Array = new Uint8Array(COUNTER_SIZE);

  /**
   * @param initial - what the counter holds at first, an unsigned 32-bit number
   * @param flags - EFD_SEMAPHORE and EFD_NONBLOCK
   */
  constructor(inode: Inode, initial: number, flags: number) {
    super(inode, O_RDWR | (flags & ~EFD_SEMAPHORE));
    this.#low = initial;
    this.#semaphore = (flags & EFD_SEMAPHORE) !== 0;
  }

  poll(): number {
    const readable = this.#isEmpty() ? 0 : POLLIN;
    if (this.#high !== HIGHEST || this.#low < HIGHEST - 1) return readable | POLLOUT;
    return this.#low === HIGHEST ? readable | POLLERR : readable;
  }

  override wakeups(): number {
    return this.#wakes.count;
  }

  override wakeup(n: number): number {
    return this.#wakes.at(n);
  }

  /** The counter, which is 0 then; as a semaphore 1 of it. What cannot be stored is lost. */
  override read(length: number, _position: number, deliver: Deliver): number {
    if (length < COUNTER_SIZE) return -EINVAL;
    if (this.#isEmpty()) return -EAGAIN;
    const view = new DataView(this.#bytes.buffer);
    view.setUint32(0, this.#semaphore ? 1 : this.#low, true);
    view.setUint32(4, this.#semaphore ? 0 : this.#high, true);
    if (this.#semaphore) this.#takeOne();
    else this.#low = this.#high = 0;
    this.#wakes.add(POLLOUT);
    return deliver(this.#bytes) === COUNTER_SIZE ? COUNTER_SIZE : -EFAULT;
  }

  /** Adds the number that stands in the program's memory, if there is room for it. */
  override write(length: number, _position: number, fetch: Fetch): number {
    if (length !== COUNTER_SIZE) return -EINVAL;
    if (fetch(this.#bytes) < COUNTER_SIZE) return -EFAULT;
    const view = new DataView(this.#bytes.buffer);
    const low = view.getUint32(0, true);
    const high = view.getUint32(4, true);
    if (low === HIGHEST && high === HIGHEST) return -EINVAL;
    if (!this.#hasRoom(low, high)) return -EAGAIN;
    this.#add(low, high);
    this.#wakes.add(POLLIN);
    return COUNTER_SIZE;
  }

  signal(): void {
    if (this.#low !== HIGHEST || this.#high !== HIGHEST) this.#add(1, 0);
    //= POLL-11
    this.#wakes.add(POLLIN | WOKEN_BY_RING);
  }

  #isEmpty(): boolean {
    return this.#low === 0 && this.#high === 0;
  }

  #hasRoom(low: number, high: number): boolean {
    const carry = this.#low + low >= WORD ? 1 : 0;
    const sum = this.#high + high + carry;
    if (sum >= WORD) return false;
    return sum !== HIGHEST || (this.#low + low) % WORD !== HIGHEST;
  }

  #add(low: number, high: number): void {
    const sum = this.#low + low;
    this.#low = sum % WORD;
    this.#high += high + (sum >= WORD ? 1 : 0);
  }

  #takeOne(): void {
    if (this.#low === 0) this.#high -= 1;
    this.#low = this.#low === 0 ? HIGHEST : this.#low - 1;
  }

  override parts(): readonly unknown[] {
    return [...super.parts(), this.#low, this.#high, this.#wakes, this.#semaphore];
  }
}
