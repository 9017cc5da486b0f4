import type { Abortable } from "../calls/options.ts";
import { accept } from "../calls/accept.ts";
import type { SocketAddress } from "./address.ts";
import type { Descriptor } from "./descriptor.ts";
import { Handle } from "./handle.ts";
import type { Socket } from "./socket.ts";

/** A listening socket: `for await (const socket of listener)`. */
export class Listener<in out Id = unknown> extends Handle<Id> {
  readonly #descriptor: Descriptor;
  /** The address as it was asked for. */
  readonly address: SocketAddress;

  /** Made by `Ring.listen`. */
  constructor(descriptor: Descriptor, address: SocketAddress) {
    super(descriptor);
    this.#descriptor = descriptor;
    this.address = address;
  }

  /** Waits for a connection. */
  accept(options: Abortable = {}): Promise<Socket<Id>> {
    return accept(this.#descriptor.engine, this, options);
  }

  /** Connections as they come, until the listener is closed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Socket<Id>, void, undefined> {
    while (this.fd >= 0) {
      try {
        yield await this.accept();
      } catch (error) {
        if (this.fd < 0) return;
        throw error;
      }
    }
  }

  /** Ends the accepts that wait (each rejects), then closes the socket. */
  override close(): Promise<void> {
    this.#descriptor.cancelAll();
    return super.close();
  }
}
