/** TCP connections over loopback, made through the ring that is tested. */
import { AF_INET, SOCK_DGRAM, SOCK_STREAM } from "../../../spec/abi/linux.ts";
import { IORING_OP_BIND, IORING_OP_LISTEN } from "../../../spec/abi/opcodes.ts";
import { ECONNRESET } from "../../../spec/errno.ts";
import type { World } from "../../worlds/world.ts";
import type { ScenarioOptions } from "./chapter.ts";
import { link, type Entry } from "./entries.ts";
import { check } from "./expectation.ts";
import { accept, bind, connect, listen, recv, socket } from "./socket-entries.ts";
import type { TestRing } from "./test-ring.ts";

export const SOCKADDR_SIZE = 16;
/** A scenario that listens needs these. */
export const needsListener: ScenarioOptions = { needs: [IORING_OP_BIND, IORING_OP_LISTEN] };
/** Runs one request that gives a descriptor. */
export function descriptorOf(world: World, ring: TestRing, entry: Entry): number {
  ring.submit({ 50: entry });
  const { res } = ring.next(50);
  check("the request gives a descriptor", res >= 0);
  return world.adopt(res);
}

export function tcpSocket(world: World, ring: TestRing): number {
  return descriptorOf(world, ring, socket(AF_INET, SOCK_STREAM));
}

/** A socket with an address of 127.0.0.1. */
export interface Listener {
  readonly fd: number;
  readonly port: number;
  /** Address of its sockaddr. */
  readonly address: number;
}

/** A new listener on a port of its own, with a backlog of 8. */
export function listener(world: World, ring: TestRing): Listener {
  const port = world.freePort();
  const { address } = world.memory.loopback(port);
  const fd = tcpSocket(world, ring);
  ring.submit({ 51: link(bind(fd, address, SOCKADDR_SIZE)), 52: listen(fd, 8) });
  ring.expect({ 51: 0, 52: 0 });
  return { fd, port, address };
}

/** Both ends of a TCP connection. */
export function connection(
  world: World,
  ring: TestRing,
): readonly [client: number, server: number] {
  const { fd, address } = listener(world, ring);
  const client = tcpSocket(world, ring);
  ring.submit({ 53: accept(fd), 54: connect(client, address, SOCKADDR_SIZE) });
  ring.expect({ 54: 0 });
  const { res } = ring.next(53);
  check("accept gives a descriptor", res >= 0);
  return [client, world.adopt(res)];
}

/** A UDP socket that is bound on 127.0.0.1. */
export function datagramSocket(world: World, ring: TestRing): Listener {
  const port = world.freePort(SOCK_DGRAM);
  const { address } = world.memory.loopback(port);
  const fd = descriptorOf(world, ring, socket(AF_INET, SOCK_DGRAM));
  ring.submit({ 51: bind(fd, address, SOCKADDR_SIZE) });
  ring.expect({ 51: 0 });
  return { fd, port, address };
}

/** Connects a new client to a listener. Who waits for connections is woken. */
export function knock(world: World, ring: TestRing, { address }: Listener): number {
  const client = tcpSocket(world, ring);
  ring.submit({ 55: connect(client, address, SOCKADDR_SIZE) });
  ring.expect({ 55: 0 });
  return client;
}

/** The peer has ended the connection: a receive of what it sent, or of nothing, says so. */
export function sawEnd(world: World, ring: TestRing, fd: number): boolean {
  ring.submit({ 56: recv(fd, world.memory.allocate(1)) });
  const { res } = ring.next(56);
  return res === 0 || res === -ECONNRESET;
}
