import { SHUT_RD, SHUT_RDWR, SHUT_WR } from "../../spec/abi/linux.ts";
import { shutdown } from "../calls/files.ts";
import { type Abortable, checkOptions } from "../calls/options.ts";
import { type MessageOptions, recv, send } from "../calls/transfer.ts";
import type { OwnedBuffer } from "../memory/owned-buffer.ts";
import type { ReadResult, WriteResult } from "../operations/transfer.ts";
import type { MustBeOwned } from "../types.ts";
import type { SocketAddress } from "./address.ts";
import type { Descriptor } from "./descriptor.ts";
import { Handle } from "./handle.ts";

/** Which direction of a connection ends. */
export type ShutdownHow = "read" | "write" | "both";

const HOW: Readonly<Record<ShutdownHow, number>> = {
  read: SHUT_RD,
  write: SHUT_WR,
  both: SHUT_RDWR,
};

/** A connected stream socket. */
export class Socket<in out Id = unknown> extends Handle<Id> {
  readonly #descriptor: Descriptor;
  /** Who is at the other end; undefined for an unnamed UNIX socket. */
  readonly peer: SocketAddress | undefined;

  /** Made by `Ring.connect` and `Listener.accept`. */
  constructor(descriptor: Descriptor, peer: SocketAddress | undefined) {
    super(descriptor);
    this.#descriptor = descriptor;
    this.peer = peer;
  }

  /** Receives what is there, or waits for something: `bytesRead` 0 is the end of the stream. */
  recv<B extends OwnedBuffer<Id>>(
    buffer: B & MustBeOwned<B>,
    options?: MessageOptions,
  ): Promise<ReadResult<Id>> {
    return recv<Id>(this.#descriptor.engine, this, buffer, options);
  }

  /** Sends what the buffer holds. May be short; see `sendAll`. */
  send<B extends OwnedBuffer<Id>>(
    buffer: B & MustBeOwned<B>,
    options?: MessageOptions,
  ): Promise<WriteResult<Id>> {
    return send<Id>(this.#descriptor.engine, this, buffer, options);
  }

  /**
   * Sends everything that the buffer holds, in as many sends as it takes. Errors as
   * `send`: misuse throws at once.
   */
  sendAll<B extends OwnedBuffer<Id>>(
    buffer: B & MustBeOwned<B>,
    options: Abortable = {},
  ): Promise<WriteResult<Id>> {
    const signal = checkOptions("send", options);
    return this.#sendRest(this.send<B>(buffer, { signal }), signal);
  }

  async #sendRest(
    first: Promise<WriteResult<Id>>,
    signal: AbortSignal | undefined,
  ): Promise<WriteResult<Id>> {
    let { buffer, bytesWritten } = await first;
    while (bytesWritten < buffer.length) {
      const next = await this.send(buffer, { signal, offset: bytesWritten });
      buffer = next.buffer;
      bytesWritten += next.bytesWritten;
    }
    return { bytesWritten, buffer };
  }

  /** shutdown(2): no more receiving, no more sending (the peer reads the end), or both. */
  shutdown(how: ShutdownHow = "write", options: Abortable = {}): Promise<void> {
    return shutdown(this.#descriptor.engine, this, HOW[how], options);
  }

  /** Ends the operations on the socket (each rejects, with its buffer), then closes it. */
  override close(): Promise<void> {
    this.#descriptor.cancelAll();
    return super.close();
  }
}
