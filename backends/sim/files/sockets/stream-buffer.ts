/**
 * What has arrived at a stream socket, with at most one urgent byte in it (MSG_OOB).
 *
 * A read stops before the urgent byte, and the next one begins behind it: only a read with
 * MSG_OOB gets it, unless SO_OOBINLINE leaves it among the others. A byte that becomes urgent
 * makes an ordinary one of that before it.
 *
 * Descriptions that are passed on (SCM_RIGHTS) lie at the bytes they were sent with. Whoever reads
 * the first of those bytes gets them, and reads no further than the last.
 */
import { EAGAIN, EFAULT, EINVAL } from "../../../../spec/errno.ts";
import type { Deliver, Fetch, OpenFile, ReceivedMessage } from "../../../emulator/host/host.ts";
import { MAX_TRANSFER } from "../open-file.ts";
import { ByteQueue } from "./byte-queue.ts";

const NONE = -1;
/** Memory that faults costs what is sent with it: Linux copies so much at a time at most. */
const PIECE = 36_544;

/** Descriptions passed on with some bytes. */
interface Attachment {
  /** From the first byte in the buffer on; negative if some of them were read. */
  from: number;
  to: number;
  readonly files: readonly OpenFile[];
}

/** The receiving end of one direction of a connection. */
export class StreamBuffer {
  readonly #queue: ByteQueue;
  /** Where the urgent byte is, from the first byte on; NONE if there is none. */
  #mark: number = NONE;
  /** Somebody has read it already. */
  #taken = false;
  readonly #attachments: Attachment[] = [];
  /** How many bytes came in one piece each, less what was read of the first. */
  readonly #segments: number[] = [];
  /** Urgent bytes that were passed over and that nobody has read. */
  #passedOver = 0;
  /** SO_OOBINLINE. */
  inline = false;

  constructor(capacity: number) {
    this.#queue = new ByteQueue(capacity);
  }

  get capacity(): number {
    return this.#queue.capacity;
  }

  /** All bytes that are there. */
  get length(): number {
    return this.#queue.length;
  }

  get space(): number {
    return this.#queue.space;
  }

  /** Bytes that a read would find in the end, though perhaps not all at once. */
  get readable(): number {
    return this.#queue.length - (this.#mark === NONE || this.inline ? 0 : 1);
  }

  /** All bytes but an urgent one in front that was read. */
  get unread(): number {
    return this.#queue.length - (this.#mark === 0 && this.#taken ? 1 : 0);
  }

  //= NET-96
  /** How many bytes AF_UNIX says are left. */
  get told(): number {
    return this.#queue.length - (this.#mark !== NONE && this.#taken ? 1 : 0) + this.#passedOver;
  }

  /** The pieces in which the bytes came, the first one less what was read of it. */
  get segments(): readonly number[] {
    return this.#segments;
  }

  /** Whether a read with MSG_OOB would find a byte. */
  get hasUrgent(): boolean {
    return this.#mark !== NONE && !this.#taken;
  }

  /** Fetches up to `length` bytes: how many, -EAGAIN where there is no room, or -EFAULT. */
  take(length: number, fetch: Fetch): number {
    const count = Math.min(length, MAX_TRANSFER, this.space);
    if (count === 0) return -EAGAIN;
    let taken = 0;
    while (taken < count) {
      const wanted = Math.min(count - taken, PIECE);
      const bytes = new Uint8Array(wanted);
      const fetched = fetch(bytes, wanted);
      if (fetched > 0) this.#push(fetched < wanted ? bytes.subarray(0, fetched) : bytes);
      taken += fetched;
      if (fetched < wanted) break;
    }
    return taken === 0 ? -EFAULT : taken;
  }

  #push(bytes: Uint8Array): void {
    this.#queue.push(bytes);
    this.#segments.push(bytes.length);
  }

  /** `files`, whose references pass to the buffer, came with the last `byteLength` bytes. */
  attach(files: readonly OpenFile[], byteLength: number): void {
    if (files.length === 0) return;
    const to = this.#queue.length;
    this.#attachments.push({ from: to - byteLength, to, files });
  }

  //= NET-97
  /** Takes away an urgent byte that was read, as AF_UNIX does when another one comes. */
  removeTaken(): void {
    if (this.#mark === NONE || !this.#taken) return;
    const bytes = this.#queue.peek(this.#queue.length).slice();
    this.#queue.drop(bytes.length);
    this.#queue.push(bytes.subarray(0, this.#mark));
    this.#queue.push(bytes.subarray(this.#mark + 1));
    this.#shorten(this.#mark);
    this.#mark = NONE;
  }

  /** One byte less in the piece that has the byte at `index`, and in what lies behind it. */
  #shorten(index: number): void {
    let end = 0;
    const piece = this.#segments.findIndex((length) => (end += length) > index);
    // Nothing is left of an empty one, but its sender has it in the account until it is passed.
    if (piece >= 0) this.#segments[piece] = (this.#segments[piece] ?? 0) - 1;
    for (const attachment of this.#attachments) {
      if (attachment.from > index) attachment.from -= 1;
      if (attachment.to > index) attachment.to -= 1;
    }
  }

  /** The last byte that came is the urgent one. */
  markUrgent(): void {
    this.#mark = this.#queue.length - 1;
    this.#taken = false;
  }

  /**
   * Delivers bytes up to the urgent one; with `keep` they stay (MSG_PEEK).
   * What was passed on with them goes into `message`, or is lost.
   *
   * @returns how many, -EAGAIN where there is none, or -EFAULT
   */
  give(length: number, keep: boolean, deliver: Deliver, message?: ReceivedMessage): number {
    const skipped = this.#mark === 0 && !this.inline ? 1 : 0;
    if (skipped > 0 && !keep) {
      if (!this.#taken) this.#passedOver += 1;
      this.drop(1);
      return this.give(length, keep, deliver, message);
    }
    const limit = this.#limit();
    if (limit <= skipped) return -EAGAIN;
    const wanted = Math.min(length, limit - skipped);
    if (wanted === 0) return 0;
    const count = this.#deliver(skipped, wanted, deliver);
    if (count === 0) return -EFAULT;
    this.#passOn(skipped + count, keep, message);
    if (!keep) this.drop(count);
    return count;
  }

  /** Delivers `count` bytes behind the first `skipped`; whole pieces only, if memory faults. */
  #deliver(skipped: number, count: number, deliver: Deliver): number {
    const bytes = this.#queue.peek(skipped + count).subarray(skipped);
    const delivered = deliver(bytes);
    if (delivered > 0 || this.#segments.length < 2) return delivered;
    let at = 0;
    for (const segment of this.#segments) {
      const part = bytes.subarray(at, at + segment - (at === 0 ? skipped : 0));
      if (part.length > 0 && deliver(part) === 0) break;
      at += part.length;
    }
    return at;
  }

  /** Where a read has to end. */
  #limit(): number {
    const mark = this.#mark > 0 ? this.#mark : this.#queue.length;
    const [first] = this.#attachments;
    return first === undefined ? mark : Math.min(mark, first.to);
  }

  /** Hands on what came with the first `count` bytes. */
  #passOn(count: number, keep: boolean, message: ReceivedMessage | undefined): void {
    const [first] = this.#attachments;
    if (first === undefined || first.from >= count) return;
    if (!keep) this.#attachments.shift();
    if (message === undefined) {
      if (!keep) for (const file of first.files) file.release();
      return;
    }
    message.files = first.files;
    if (keep) for (const file of first.files) file.retain();
  }

  /** How many bytes `give` would deliver. */
  run(length: number): number {
    const limit = this.#mark > 0 ? this.#mark : this.readable;
    return Math.min(length, limit);
  }

  /** Delivers the urgent byte (MSG_OOB): 1, 0 for a `length` of 0, -EINVAL, or -EFAULT. */
  giveUrgent(length: number, keep: boolean, deliver: Deliver): number {
    if (!this.hasUrgent || this.inline) return -EINVAL;
    const count = length === 0 ? 0 : deliver(this.#queue.peek(this.#mark + 1).subarray(this.#mark));
    if (length > 0 && count === 0) return -EFAULT;
    if (!keep) this.#taken = true;
    return count;
  }

  /** Throws the first bytes away. */
  drop(count: number): void {
    this.#queue.drop(count);
    this.#dropSegments(count);
    for (const attachment of this.#attachments) {
      attachment.from -= count;
      attachment.to -= count;
    }
    if (this.#mark !== NONE) this.#mark = this.#mark < count ? NONE : this.#mark - count;
  }

  #dropSegments(count: number): void {
    let left = count;
    for (
      let first = this.#segments[0];
      first !== undefined && left > 0;
      first = this.#segments[0]
    ) {
      if (left < first) {
        this.#segments[0] = first - left;
        return;
      }
      left -= first;
      this.#segments.shift();
    }
  }

  /** Throws away what a read of this length would have delivered (MSG_TRUNC of TCP). */
  discard(length: number): number {
    if (this.#mark === 0 && !this.inline) this.drop(1);
    const count = this.run(length);
    this.drop(count);
    return count;
  }

  clear(): void {
    for (const { files } of this.#attachments.splice(0)) {
      for (const file of files) file.release();
    }
    this.drop(this.length);
    this.#mark = NONE;
  }

  /** What it consists of, for whoever compares states. */
  parts(): readonly unknown[] {
    return [
      this.#queue,
      this.#mark,
      this.#taken,
      this.#passedOver,
      this.#attachments,
      this.#segments,
    ];
  }
}
