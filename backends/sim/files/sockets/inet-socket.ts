/** What TCP and UDP sockets have in common. */
import { SO_REUSEADDR, SO_REUSEPORT } from "../../../../spec/abi/linux.ts";
import { encodeInet, type InetAddress } from "./address.ts";
import { Socket, type SocketState } from "./socket.ts";

/** A socket of AF_INET or AF_INET6. */
export abstract class InetSocket extends Socket {
  declare readonly family: InetAddress["family"];
  local: InetAddress | undefined;
  reusesAddress = false;
  reusesPort = false;

  abstract override get state(): SocketState;
  /** The peer's address, if it has one. */
  protected abstract get remote(): InetAddress | undefined;
  /** SIOCINQ: bytes to read, or an errno. */
  abstract queued(): number;
  /** SIOCOUTQ: bytes not sent, or an errno. */
  abstract unsent(): number;

  override peerName(): Uint8Array | undefined {
    return this.remote === undefined ? undefined : encodeInet(this.remote);
  }

  override optionChanged(option: number, words: readonly number[]): void {
    super.optionChanged(option, words);
    const on = words[0] !== 0;
    if (option === SO_REUSEADDR) this.reusesAddress = on;
    else if (option === SO_REUSEPORT) this.reusesPort = on;
  }
}
