/** Sequenced packets of AF_UNIX: connected like a stream, but every record keeps its bounds. */
import { EAGAIN, EMSGSIZE, ENOTCONN, EOPNOTSUPP, EPIPE } from "../../../../spec/errno.ts";
import { MSG_OOB, SOCK_SEQPACKET } from "../../../../spec/abi/linux.ts";
import type { Deliver, Fetch, ReceivedMessage, SentMessage } from "../../../emulator/host/host.ts";
import { accountedSize, MESSAGE_OVERHEAD } from "./accounting.ts";
import { fetchMessage, keepFiles, MessageQueue, type Sender } from "./message-queue.ts";
import { NO_RECEIVE, NO_SEND, WAKE_READABLE, WAKE_WRITABLE } from "./socket.ts";
import { UnixConnection, type UnixNetwork } from "./unix-connection.ts";

/** A socket of packets. */
export class UnixPacketSocket extends UnixConnection implements Sender {
  readonly #incoming: MessageQueue = new MessageQueue();
  /** What was sent and not read yet, as it is accounted for. */
  #sent = 0;

  constructor(network: UnixNetwork, flags: number) {
    super(network, SOCK_SEQPACKET, flags);
  }

  /** Two sockets connected to each other: socketpair(2). */
  static pair(network: UnixNetwork, flags: number): [UnixPacketSocket, UnixPacketSocket] {
    const one = new UnixPacketSocket(network, flags);
    const other = new UnixPacketSocket(network, flags);
    one.connectWith(other);
    return [one, other];
  }

  protected override another(): this {
    return new UnixPacketSocket(this.network, 0) as this;
  }

  protected override hasUnread(): boolean {
    return this.#incoming.length > 0;
  }

  /** An empty record in front is taken for a byte that was urgent, and read. */
  protected override losesUnread(): boolean {
    return this.#incoming.length > (this.#incoming.firstLength === 0 ? 1 : 0);
  }

  protected override clear(): void {
    this.#incoming.clear();
  }

  override isWritable(): boolean {
    return this.#sent * 4 <= this.sendBuffer;
  }

  freed(size: number): void {
    this.#sent -= size;
    if (this.isWritable()) this.wake(WAKE_WRITABLE);
  }

  override send(length: number, flags: number, fetch: Fetch, message?: SentMessage): number {
    if (this.error !== 0) return this.takeError();
    const { peer } = this;
    if (peer === undefined) return -ENOTCONN;
    if ((flags & MSG_OOB) !== 0) return -EOPNOTSUPP;
    const { sendBuffer } = this;
    if (length > sendBuffer - MESSAGE_OVERHEAD) return -EMSGSIZE;
    if ((this.closed & NO_SEND) !== 0) return -EPIPE;
    if (this.#sent >= sendBuffer) return -EAGAIN;
    const bytes = fetchMessage(length, fetch);
    if (typeof bytes === "number") return bytes;
    if ((peer.closed & NO_RECEIVE) !== 0) return -EPIPE;
    const files = keepFiles(message?.files);
    this.#sent += accountedSize(length);
    peer.#incoming.push({ bytes, name: this.binding.sender(), files, sender: this });
    peer.wake(WAKE_READABLE);
    return length;
  }

  override recv(
    length: number,
    flags: number,
    deliver: Deliver,
    message?: ReceivedMessage,
  ): number {
    if (this.peer === undefined) return -ENOTCONN;
    if ((flags & MSG_OOB) !== 0) return -EOPNOTSUPP;
    if (this.error !== 0) return this.takeError();
    if (this.#incoming.length === 0) return (this.closed & NO_RECEIVE) === 0 ? -EAGAIN : 0;
    return this.#incoming.give(length, flags, deliver, message);
  }

  override parts(): readonly unknown[] {
    return [...super.parts(), this.#incoming, this.#sent];
  }
}
