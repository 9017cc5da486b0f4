/**
 * Who has which Internet address and port.
 *
 * A port is taken for an address by any socket that has it, listening or connected, and for all
 * of them by the wildcard; SO_REUSEADDR and SO_REUSEPORT let several have it (socket(7)). The
 * side that closes a connection first leaves its port taken for a minute (TIME_WAIT). An IPv6
 * wildcard is IPv6 only.
 */
import { EADDRINUSE } from "../../../../spec/errno.ts";
import type { Clock } from "../../../emulator/host/host.ts";
import { isAny, type InetAddress } from "./address.ts";

/** The range that a port is chosen from (ip_local_port_range), in order, beginning at its start. */
const FIRST_EPHEMERAL = 32_768;
const LAST_EPHEMERAL = 60_999;
/** TIME_WAIT, and the longest that a closed connection waits for the other side's end. */
const LINGER_NANOSECONDS = 60e9;

/** A socket, as far as this table cares. */
export interface PortOwner {
  readonly state: string;
  readonly local: InetAddress | undefined;
  /** SO_REUSEADDR and SO_REUSEPORT. */
  readonly reusesAddress: boolean;
  readonly reusesPort: boolean;
}

/** What is left of a connection. */
interface Remains extends PortOwner {
  readonly state: "closed";
  readonly until: number;
}

/** The ports of both Internet families of one world, for one protocol. */
export class Ports<Owner extends PortOwner> {
  readonly #clock: Clock;
  /** Owners by family and port, each list in the order of binding. */
  readonly #owners = new Map<string, Owner[]>();
  /** Ends of connections, likewise. */
  readonly #remains = new Map<string, Remains[]>();
  #nextEphemeral = FIRST_EPHEMERAL;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The address with a port chosen if it has none; or EADDRINUSE. Nothing is taken yet. */
  choose(wanted: InetAddress, asker: Owner): InetAddress | number {
    if (wanted.port !== 0) return this.isTaken(wanted, asker) ? -EADDRINUSE : wanted;
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

  /** The connection of `owner` is over, or closed on one side: its port stays taken for a while. */
  linger(owner: Owner, local: InetAddress): void {
    const { reusesAddress, reusesPort } = owner;
    const until = this.#clock.monotonic() + LINGER_NANOSECONDS;
    const remains = this.#lingering(local);
    remains.push({ state: "closed", local, reusesAddress, reusesPort, until });
    this.#remains.set(key(local), remains);
  }

  /** The connection was reset after all: nothing is left of it. */
  forget(local: InetAddress): void {
    const remains = this.#lingering(local).filter((one) => one.local?.host !== local.host);
    this.#remains.set(key(local), remains);
  }

  /** The sockets that have the port of this address, whichever address they have. */
  at(address: InetAddress): readonly Owner[] {
    return this.#owners.get(key(address)) ?? [];
  }

  /** The listening socket that a connection to `address` reaches: its own before the wildcard's. */
  listener(address: InetAddress): Owner | undefined {
    const listening = this.at(address).filter(
      (owner) => owner.state === "listening" && owner.local !== undefined,
    );
    return (
      listening.find((owner) => owner.local?.host === address.host) ??
      listening.find((owner) => owner.local !== undefined && isAny(owner.local))
    );
  }

  /** Whether another socket, or what is left of one, stands in the way of `asker`. */
  isTaken(wanted: InetAddress, asker: Owner): boolean {
    return (
      this.at(wanted).some((owner) => owner !== asker && conflicts(wanted, asker, owner)) ||
      this.#lingering(wanted).some((owner) => conflicts(wanted, asker, owner))
    );
  }

  #lingering(address: InetAddress): Remains[] {
    const now = this.#clock.monotonic();
    return (this.#remains.get(key(address)) ?? []).filter(({ until }) => until > now);
  }

  /** What it consists of, for whoever compares states. */
  parts(): readonly unknown[] {
    return [this.#clock, this.#owners, this.#remains, this.#nextEphemeral];
  }
}

function conflicts(wanted: InetAddress, asker: PortOwner, owner: PortOwner): boolean {
  const { local, state } = owner;
  if (local === undefined) return false;
  if (local.host !== wanted.host && !isAny(local) && !isAny(wanted)) return false;
  if (asker.reusesPort && owner.reusesPort) return false;
  return !(asker.reusesAddress && owner.reusesAddress && state !== "listening");
}

function key(address: InetAddress): string {
  return `${address.family}:${address.port}`;
}
