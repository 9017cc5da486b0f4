/** Calls that make sockets: connecting and listening. */
import { AF_UNIX, SO_REUSEADDR, SOCK_CLOEXEC, SOCK_STREAM } from "../../spec/abi/linux.ts";
import { EINVAL, EOPNOTSUPP } from "../../spec/errno.ts";
import type { Engine } from "../engine/engine.ts";
import type { Operation } from "../engine/operation.ts";
import { SystemError } from "../errors.ts";
import { encodeAddress, familyOf, type SocketAddress } from "../handles/address.ts";
import { Descriptor } from "../handles/descriptor.ts";
import { Listener } from "../handles/listener.ts";
import { Socket } from "../handles/socket.ts";
import { BIND, CONNECT, LISTEN, SETSOCKOPT, SOCKET } from "../operations/plain.ts";
import { checkCount } from "../validate.ts";
import { type Abortable, checkOptions } from "./options.ts";

const DEFAULT_BACKLOG = 511;
const SIZEOF_INT = 4;
const UNKNOWN_REQUEST: readonly number[] = [-EINVAL, -EOPNOTSUPP];
const LARGEST_BACKLOG = 0x7fffffff;

/** How to listen. */
export interface ListenOptions extends Abortable {
  /** Connections that wait for `accept`; the kernel bounds it by net.core.somaxconn. */
  readonly backlog?: number | undefined;
}

function newSocket(engine: Engine, family: number): Promise<Descriptor> {
  const operation = engine.begin(SOCKET);
  operation.extra = family;
  operation.flags = SOCK_STREAM | SOCK_CLOEXEC;
  operation.length = 0;
  return engine.launch<number>(operation).then((fd) => new Descriptor(engine, fd, "socket"));
}

function withAddress(
  engine: Engine,
  kind: typeof BIND,
  descriptor: Descriptor,
  sockaddr: Uint8Array,
): Operation {
  const operation = engine.begin(kind);
  const scratch = engine.scratch(operation, sockaddr.length);
  new Uint8Array(scratch.buffer).set(sockaddr);
  operation.fd = descriptor.fd;
  operation.address = operation.scratch?.address ?? 0;
  operation.length = sockaddr.length;
  engine.hold(operation, descriptor);
  return operation;
}

/** Runs `steps` on a new socket; if one fails, the socket does not outlive it. */
async function onNewSocket<Result>(
  engine: Engine,
  sockaddr: Uint8Array,
  steps: (descriptor: Descriptor) => Promise<Result>,
): Promise<Result> {
  const descriptor = await newSocket(engine, familyOf(sockaddr));
  try {
    return await steps(descriptor);
  } catch (error) {
    await descriptor.close();
    throw error;
  }
}

/** See `Ring.connect`. */
export function connect<Id>(
  engine: Engine,
  address: SocketAddress,
  options: Abortable,
): Promise<Socket<Id>> {
  const signal = checkOptions("connect", options);
  const sockaddr = encodeAddress(address);
  engine.assertOpen("connect");
  return onNewSocket(engine, sockaddr, async (descriptor) => {
    await engine.launch(withAddress(engine, CONNECT, descriptor, sockaddr), signal);
    return new Socket<Id>(descriptor, address);
  });
}

/**
 * Lets a server start again at once on the port that it had (SO_REUSEADDR), as Node's own do.
 * A kernel before 6.7, or a simulated one, does not know the request, and goes without.
 */
async function reuseAddress(engine: Engine, descriptor: Descriptor): Promise<void> {
  const operation = engine.begin(SETSOCKOPT);
  const value = engine.scratch(operation, SIZEOF_INT);
  value.setInt32(0, 1, true);
  operation.fd = descriptor.fd;
  operation.flags = SO_REUSEADDR;
  operation.address = operation.scratch?.address ?? 0;
  operation.length = SIZEOF_INT;
  engine.hold(operation, descriptor);
  try {
    await engine.launch(operation);
  } catch (error) {
    const unknown = error instanceof SystemError && UNKNOWN_REQUEST.includes(error.errno);
    if (!unknown) throw error;
  }
}

/** See `Ring.listen`. */
export function listen<Id>(
  engine: Engine,
  address: SocketAddress,
  options: ListenOptions,
): Promise<Listener<Id>> {
  const signal = checkOptions("listen", options);
  const backlog = checkCount(
    "listen",
    "backlog",
    options.backlog ?? DEFAULT_BACKLOG,
    LARGEST_BACKLOG,
  );
  const sockaddr = encodeAddress(address);
  engine.assertOpen("listen");
  return onNewSocket(engine, sockaddr, async (descriptor) => {
    if (familyOf(sockaddr) !== AF_UNIX) await reuseAddress(engine, descriptor);
    await engine.launch(withAddress(engine, BIND, descriptor, sockaddr), signal);
    const operation = engine.begin(LISTEN);
    operation.fd = descriptor.fd;
    operation.length = backlog;
    engine.hold(operation, descriptor);
    await engine.launch(operation, signal);
    return new Listener<Id>(descriptor, address);
  });
}
