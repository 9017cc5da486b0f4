/**
 * Who has which Internet address and port.
 *
 * As on Linux without SO_REUSEADDR: a port is taken for an address by any socket that has
 * it, listening or connected, and for all of them by the wildcard. There is no TIME_WAIT:
 * a port is free when its last socket is closed. An IPv6 wildcard is IPv6 only.
 */
import { EADDRINUSE } from "../../../../spec/errno.ts";
import { isAny, type InetAddress } from "./address.ts";

/** The range that a port is chosen from (ip_local_port_range), in order, beginning at its start. */
const FIRST_EPHEMERAL = 32_768;
const LAST_EPHEMERAL = 60_999;

/** A socket, as far as this table cares. */
export interface PortOwner {
  readonly state: string;
  readonly local: InetAddress | undefined;
}

/** The ports of both Internet families of one world. */
export class Ports<Owner extends PortOwner> {
  /** Owners by family and port, each list in the order of binding. */
  readonly #owners = new Map<string, Owner[]>();
  #nextEphemeral = FIRST_EPHEMERAL;

  /** The address with a port chosen if it has none; or EADDRINUSE. Nothing is taken yet. */
  choose(wanted: InetAddress): InetAddress | number {
    if (wanted.port !== 0) return this.isTaken(wanted) ? -EADDRINUSE : wanted;
    for (let tries = FIRST_EPHEMERAL; tries <= LAST_EPHEMERAL; tries++) {
      const port = this.#nextEphemeral;
      this.#nextEphemeral = port === LAST_EPHEMERAL ? FIRST_EPHEMERAL : port + 1;
      if (!this.#owners.has(key({ ...wanted, port }))) return { ...wanted, port };
    }
    return -EADDRINUSE;
  }

  /** `owner`, whose local address is set, has its port from now on. */
  add(owner: Owner, address: InetAddress): void {
    const owners = this.#owners.get(key(address));
    if (owners === undefined) this.#owners.set(key(address), [owner]);
    else owners.push(owner);
  }

  remove(owner: Owner, address: InetAddress): void {
    const owners = this.#owners.get(key(address))?.filter((other) => other !== owner) ?? [];
    if (owners.length === 0) this.#owners.delete(key(address));
    else this.#owners.set(key(address), owners);
  }

  /** The listening socket that a connection to `address` reaches: its own before the wildcard's. */
  listener(address: InetAddress): Owner | undefined {
    const listening = (this.#owners.get(key(address)) ?? []).filter(
      (owner) => owner.state === "listening" && owner.local !== undefined,
    );
    return (
      listening.find((owner) => owner.local?.host === address.host) ??
      listening.find((owner) => owner.local !== undefined && isAny(owner.local))
    );
  }

  /** Whether a socket other than `except` stands in the way of one at this address. */
  isTaken(wanted: InetAddress, except?: Owner): boolean {
    const owners = this.#owners.get(key(wanted)) ?? [];
    return owners.some((owner) => {
      const { local } = owner;
      if (owner === except || local === undefined) return false;
      return local.host === wanted.host || isAny(local) || isAny(wanted);
    });
  }
}

function key(address: InetAddress): string {
  return `${address.family}:${address.port}`;
}
