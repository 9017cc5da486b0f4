/** ACCEPT: a new socket and who is at its other end. */
import { SOCK_CLOEXEC } from "../../spec/abi/linux.ts";
import type { OperationKind } from "../engine/operation.ts";
import { decodeAddress, SOCKADDR_BYTES, type SocketAddress } from "../handles/address.ts";
import { encodeAccept } from "../queue/encode/socket.ts";

/** Scratch memory of an accept: the sockaddr, then its length (u32). */
export const ACCEPT_SCRATCH_BYTES: number = SOCKADDR_BYTES + 4;

/** What an accept gives before it becomes a `Socket`. */
export interface Accepted {
  readonly fd: number;
  readonly peer: SocketAddress | undefined;
}

/** `address` is the scratch memory, whose length field says SOCKADDR_BYTES. */
export const ACCEPT: OperationKind = {
  name: "accept",
  syscall: "accept4",
  makesDescriptor: true,
  encode(sqes, at, { fd, address }) {
    encodeAccept(sqes, at, fd, address, address + SOCKADDR_BYTES, SOCK_CLOEXEC);
  },
  result(returns, { scratch }, fd): Accepted {
    returns.own(fd);
    if (scratch === undefined) return { fd, peer: undefined };
    const view = new DataView(scratch.region.buffer, 0, ACCEPT_SCRATCH_BYTES);
    const length = Math.min(view.getUint32(SOCKADDR_BYTES, true), SOCKADDR_BYTES);
    const peer = decodeAddress(view, length);
    returns.dropScratch(scratch);
    return { fd, peer };
  },
  reclaim(returns, { scratch }) {
    if (scratch !== undefined) returns.dropScratch(scratch);
    return undefined;
  },
};
