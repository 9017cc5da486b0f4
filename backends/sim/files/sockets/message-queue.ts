/**
 * Messages on their way: each keeps its bounds, who sent it, and what was passed on with it.
 *
 * What a message takes of a buffer is what Linux accounts for it, which for small ones is far
 * more than its bytes.
 */
import { EFAULT } from "../../../../spec/errno.ts";
import { MSG_PEEK, MSG_TRUNC } from "../../../../spec/abi/linux.ts";
import type { Deliver, Fetch, OpenFile, ReceivedMessage } from "../../../emulator/host/host.ts";
import { accountedSize } from "./accounting.ts";

/** One message. */
export interface Message {
  readonly bytes: Uint8Array;
  /** The sender's sockaddr; undefined: it has no name. */
  readonly name: Uint8Array | undefined;
  /** Descriptions that are passed on, each retained by the message. */
  readonly files: readonly OpenFile[];
  /** Whose buffer it takes until it is read; undefined: the receiver's alone. */
  readonly sender: Sender | undefined;
}

/** A socket that sends messages and is told when they are read. */
export interface Sender {
  /** So many bytes of its buffer, as they are accounted for, are free again. */
  freed(size: number): void;
}

const NO_FILES: readonly OpenFile[] = [];

/** Messages in the order they came. */
export class MessageQueue {
  readonly #messages: Message[] = [];
  /** Bytes accounted for. */
  #used = 0;

  /** How many messages there are. */
  get length(): number {
    return this.#messages.length;
  }

  get used(): number {
    return this.#used;
  }

  /** Bytes of the first message, 0 where there is none. */
  get firstLength(): number {
    return this.#messages[0]?.bytes.length ?? 0;
  }

  push(message: Message): void {
    this.#messages.push(message);
    this.#used += accountedSize(message.bytes.length);
  }

  /**
   * Delivers the first message, which is there; what does not fit is lost, and all of it if the
   * program's memory faults.
   *
   * @returns the bytes delivered, with MSG_TRUNC those it had; or -EFAULT
   */
  give(length: number, flags: number, deliver: Deliver, into?: ReceivedMessage): number {
    const message = this.#messages[0];
    if (message === undefined) throw new Error("there is no message to give");
    const keep = (flags & MSG_PEEK) !== 0;
    if (!keep) this.#take();
    const { bytes } = message;
    const part = bytes.length > length ? bytes.subarray(0, length) : bytes;
    if (part.length > 0 && deliver(part) < part.length) {
      if (!keep) releaseAll(message.files);
      return -EFAULT;
    }
    if (into === undefined) {
      if (!keep) releaseAll(message.files);
    } else {
      into.name = message.name;
      into.files = message.files;
      if (keep) for (const file of message.files) file.retain();
      if (part.length < bytes.length) into.flags |= MSG_TRUNC;
    }
    return (flags & MSG_TRUNC) === 0 ? part.length : bytes.length;
  }

  /** Throws everything away. */
  clear(): void {
    while (this.#messages.length > 0) releaseAll(this.#take().files);
  }

  #take(): Message {
    const message = this.#messages.shift();
    if (message === undefined) throw new Error("there is no message to take");
    const size = accountedSize(message.bytes.length);
    this.#used -= size;
    message.sender?.freed(size);
    return message;
  }

  /** What it consists of, for whoever compares states. */
  parts(): readonly unknown[] {
    return [this.#messages, this.#used];
  }
}

/** The bytes of a new message, or -EFAULT: it is sent whole or not at all. */
export function fetchMessage(length: number, fetch: Fetch): Uint8Array | number {
  const bytes = new Uint8Array(length);
  if (length > 0 && fetch(bytes) < length) return -EFAULT;
  return bytes;
}

/** The descriptions that a new message passes on, retained. */
export function keepFiles(files: readonly OpenFile[] | undefined): readonly OpenFile[] {
  if (files === undefined || files.length === 0) return NO_FILES;
  for (const file of files) file.retain();
  return files;
}

function releaseAll(files: readonly OpenFile[]): void {
  for (const file of files) file.release();
}
