/**
 * Kinds of operation whose result is a number, or nothing at all: files by path
 * and by descriptor, sockets, polls and timers. Paths and socket addresses lie in
 * the operation's scratch memory, at `address`.
 */
import { AT_FDCWD, SOL_SOCKET } from "../../spec/abi/linux.ts";
import type { Operation, OperationKind, Returns } from "../engine/operation.ts";
import { encodeNop, encodePollAdd, encodeTimeout } from "../queue/encode/control.ts";
import {
  encodeClose,
  encodeFsync,
  encodeFtruncate,
  encodeMkdirat,
  encodeOpenat,
  encodeRenameat,
  encodeUnlinkat,
} from "../queue/encode/file.ts";
import {
  encodeBind,
  encodeConnect,
  encodeListen,
  encodeSetsockopt,
  encodeShutdown,
  encodeSocket,
} from "../queue/encode/socket.ts";

function dropScratch(returns: Returns, operation: Operation): undefined {
  if (operation.scratch !== undefined) returns.dropScratch(operation.scratch);
  return undefined;
}

function kind(name: string, syscall: string, encode: OperationKind["encode"]): OperationKind {
  return {
    name,
    syscall,
    encode,
    result(returns, operation, res) {
      dropScratch(returns, operation);
      return res;
    },
    reclaim: dropScratch,
  };
}

/** A kind whose result is a new descriptor. */
function opening(name: string, syscall: string, encode: OperationKind["encode"]): OperationKind {
  return {
    ...kind(name, syscall, encode),
    makesDescriptor: true,
    result(returns, operation, res) {
      dropScratch(returns, operation);
      return returns.own(res);
    },
  };
}

/** IORING_OP_NOP: goes to the kernel and comes back. */
export const NOP: OperationKind = kind("nop", "io_uring_enter", (sqes, at) => {
  encodeNop(sqes, at);
});

/** openat(2): `address` is the path, `flags` O_*, `extra` the mode; the result is a descriptor. */
export const OPEN: OperationKind = opening(
  "open",
  "openat",
  (sqes, at, { address, flags, extra }) => {
    encodeOpenat(sqes, at, AT_FDCWD, address, flags, extra);
  },
);

/** close(2) of `fd`. */
export const CLOSE: OperationKind = kind("close", "close", (sqes, at, { fd }) => {
  encodeClose(sqes, at, fd);
});

/** fsync(2) of `fd`; `flags` may be IORING_FSYNC_DATASYNC. */
export const FSYNC: OperationKind = kind("sync", "fsync", (sqes, at, { fd, flags }) => {
  encodeFsync(sqes, at, fd, flags);
});

/** ftruncate(2) of `fd` to `offset` bytes (Linux 6.9). */
export const TRUNCATE: OperationKind = kind("truncate", "ftruncate", (sqes, at, { fd, offset }) => {
  encodeFtruncate(sqes, at, fd, offset);
});

/** unlinkat(2): `address` is the path, `flags` 0 or AT_REMOVEDIR. */
export const UNLINK: OperationKind = kind("unlink", "unlinkat", (sqes, at, { address, flags }) => {
  encodeUnlinkat(sqes, at, AT_FDCWD, address, flags);
});

/** renameat2(2): `address` is the old path, `extra` the new one, `flags` RENAME_*. */
export const RENAME: OperationKind = kind(
  "rename",
  "renameat2",
  (sqes, at, { address, extra, flags }) => {
    encodeRenameat(sqes, at, address, extra, flags);
  },
);

/** mkdirat(2): `address` is the path, `extra` the mode. */
export const MKDIR: OperationKind = kind("mkdir", "mkdirat", (sqes, at, { address, extra }) => {
  encodeMkdirat(sqes, at, AT_FDCWD, address, extra);
});

/** poll(2) of `fd` for the events in `flags`; the result is those that hold. */
export const POLL: OperationKind = kind("poll", "poll", (sqes, at, { fd, flags }) => {
  encodePollAdd(sqes, at, fd, flags, 0);
});

/** A timer: `address` is a `struct __kernel_timespec`; the result is -ETIME when it ran out. */
export const TIMEOUT: OperationKind = kind("sleep", "timeout", (sqes, at, { address, flags }) => {
  encodeTimeout(sqes, at, address, 0, flags);
});

/** socket(2): `extra` is the domain, `flags` the type, `length` the protocol. */
export const SOCKET: OperationKind = opening(
  "socket",
  "socket",
  (sqes, at, { extra, flags, length }) => {
    encodeSocket(sqes, at, extra, flags, length);
  },
);

/** bind(2) of `fd`: `address` and `length` are a sockaddr (Linux 6.11). */
export const BIND: OperationKind = kind("bind", "bind", (sqes, at, { fd, address, length }) => {
  encodeBind(sqes, at, fd, address, length);
});

/** listen(2) of `fd`; `length` is the backlog (Linux 6.11). */
export const LISTEN: OperationKind = kind("listen", "listen", (sqes, at, { fd, length }) => {
  encodeListen(sqes, at, fd, length);
});

/** connect(2) of `fd`: `address` and `length` are a sockaddr. */
export const CONNECT: OperationKind = kind(
  "connect",
  "connect",
  (sqes, at, { fd, address, length }) => {
    encodeConnect(sqes, at, fd, address, length);
  },
);

/** setsockopt(2) of `fd`: `flags` is the option of SOL_SOCKET, `address` and `length` its value. */
export const SETSOCKOPT: OperationKind = kind(
  "setsockopt",
  "setsockopt",
  (sqes, at, { fd, flags, address, length }) => {
    encodeSetsockopt(sqes, at, fd, SOL_SOCKET, flags, address, length);
  },
);

/** shutdown(2) of `fd`; `length` is SHUT_*. */
export const SHUTDOWN: OperationKind = kind("shutdown", "shutdown", (sqes, at, { fd, length }) => {
  encodeShutdown(sqes, at, fd, length);
});
