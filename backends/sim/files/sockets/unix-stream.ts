/** Stream sockets of AF_UNIX. */
import {
  EAGAIN,
  EFAULT,
  EINVAL,
  EISCONN,
  ENOTCONN,
  EOPNOTSUPP,
  EPIPE,
} from "../../../../spec/errno.ts";
import { MSG_OOB, MSG_PEEK, POLLPRI, SOCK_STREAM } from "../../../../spec/abi/linux.ts";
import type { Deliver, Fetch, ReceivedMessage, SentMessage } from "../../../emulator/host/host.ts";
import { accountedPiece, largestPiece } from "./accounting.ts";
import { keepFiles } from "./message-queue.ts";
import { NO_RECEIVE, NO_SEND, WAKE_READABLE, WAKE_WRITABLE } from "./socket.ts";
import { StreamBuffer } from "./stream-buffer.ts";
import { UnixConnection, type UnixNetwork } from "./unix-connection.ts";

/** A stream of AF_UNIX. */
export class UnixStream extends UnixConnection {
  /** What bounds it is what the peer has sent. */
  readonly #incoming: StreamBuffer = new StreamBuffer(Number.POSITIVE_INFINITY);
  /** The pieces that were sent and are not read to their ends, as they are accounted for. */
  readonly #pieces: number[] = [];
  #sent = 0;

  constructor(network: UnixNetwork, flags: number) {
    super(network, SOCK_STREAM, flags);
  }

  /** Two sockets connected to each other: socketpair(2). */
  static pair(network: UnixNetwork, flags: number): [UnixStream, UnixStream] {
    const one = new UnixStream(network, flags);
    const other = new UnixStream(network, flags);
    one.connectWith(other);
    return [one, other];
  }

  protected override another(): this {
    return new UnixStream(this.network, 0) as this;
  }

  protected override hasUnread(): boolean {
    return this.#incoming.length > 0;
  }

  protected override losesUnread(): boolean {
    return this.#incoming.unread > 0;
  }

  protected override clear(): void {
    const pieces = this.#incoming.segments.length;
    this.#incoming.clear();
    const { peer } = this;
    if (peer !== undefined) peer.#freed(pieces);
  }

  override poll(): number {
    return super.poll() | (this.#incoming.hasUrgent ? POLLPRI : 0);
  }

  /** A quarter of the buffer is used at most. */
  override isWritable(): boolean {
    return this.#sent * 4 <= this.sendBuffer;
  }

  override send(length: number, flags: number, fetch: Fetch, message?: SentMessage): number {
    const urgent = (flags & MSG_OOB) !== 0;
    if (urgent && length === 0) return -EOPNOTSUPP;
    if (message?.name !== undefined && message.name.length > 0) {
      return this.state === "connected" ? -EISCONN : -EOPNOTSUPP;
    }
    const { peer } = this;
    if (peer === undefined) return -ENOTCONN;
    if ((this.closed & NO_SEND) !== 0) return -EPIPE;
    if (length === 0) return 0;
    if ((peer.closed & NO_RECEIVE) !== 0) return -EPIPE;
    const sent = this.#sendPieces(peer, length, fetch);
    if (sent <= 0) return sent;
    peer.#incoming.attach(keepFiles(message?.files), sent);
    if (urgent && sent === length) {
      peer.#incoming.removeTaken();
      peer.#incoming.markUrgent();
    }
    peer.wake(WAKE_READABLE);
    return sent;
  }

  override recv(
    length: number,
    flags: number,
    deliver: Deliver,
    message?: ReceivedMessage,
  ): number {
    if (this.state !== "connected") return -EINVAL;
    const keep = (flags & MSG_PEEK) !== 0;
    if ((flags & MSG_OOB) !== 0) {
      const urgent = this.#incoming.giveUrgent(length, keep, deliver);
      if (urgent >= 0 && message !== undefined) message.flags |= MSG_OOB;
      return urgent;
    }
    const pieces = this.#incoming.segments.length;
    const count = this.#incoming.give(length, keep, deliver, message);
    const { peer } = this;
    if (peer !== undefined) peer.#freed(pieces - this.#incoming.segments.length);
    if (count === -EAGAIN) return this.#nothingToRead();
    if (message !== undefined && count >= 0) message.name = peer?.binding.sender();
    return count;
  }

  override unread(): number {
    return this.state === "listening" ? -1 : this.#incoming.told;
  }

  #sendPieces(peer: UnixStream, length: number, fetch: Fetch): number {
    const { sendBuffer } = this;
    let sent = 0;
    while (sent < length && this.#sent < sendBuffer) {
      const size = Math.min(length - sent, largestPiece(sendBuffer));
      const taken = peer.#incoming.take(size, fetch);
      // The memory that was got for a piece and is let go of wakes the sender (POLL-25).
      if (taken === -EFAULT && this.isWritable()) this.wake(WAKE_WRITABLE);
      if (taken < 0) return sent > 0 ? sent : taken;
      this.#pieces.push(accountedPiece(taken));
      this.#sent += accountedPiece(taken);
      sent += taken;
      if (taken < size) break;
    }
    return sent > 0 ? sent : -EAGAIN;
  }

  /** The peer has read so many pieces to their ends: each wakes the sender, waiting or not. */
  #freed(pieces: number): void {
    for (const size of this.#pieces.splice(0, pieces)) this.#sent -= size;
    if (pieces > 0 && this.isWritable()) this.wake(WAKE_WRITABLE);
  }

  #nothingToRead(): number {
    if (this.error !== 0) return this.takeError();
    return (this.closed & NO_RECEIVE) === 0 ? -EAGAIN : 0;
  }

  override parts(): readonly unknown[] {
    return [...super.parts(), this.#incoming, this.#pieces, this.#sent];
  }
}
