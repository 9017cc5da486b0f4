/**
 * Kinds of operation whose result is a number, or nothing at all: files by path
 * and by descriptor, sockets, polls and timers. Paths and socket addresses lie in
 * the operation's scratch memory, at `address`.
 */
import { AT_FDCWD } from "../../spec/abi/linux.ts";
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

export const NOP: OperationKind = kind("nop", "io_uring_enter", (sqes, at) => {
  encodeNop(sqes, at);
});

export const OPEN: OperationKind = opening(
  "open",
  "openat",
  (sqes, at, { address, flags, extra }) => {
    encodeOpenat(sqes, at, AT_FDCWD, address, flags, extra);
  },
);

export const CLOSE: OperationKind = kind("close", "close", (sqes, at, { fd }) => {
  encodeClose(sqes, at, fd);
});

export const FSYNC: OperationKind = kind("sync", "fsync", (sqes, at, { fd, flags }) => {
  encodeFsync(sqes, at, fd, flags);
});

export const TRUNCATE: OperationKind = kind("truncate", "ftruncate", (sqes, at, { fd, offset }) => {
  encodeFtruncate(sqes, at, fd, offset);
});

export const UNLINK: OperationKind = kind("unlink", "unlinkat", (sqes, at, { address, flags }) => {
  encodeUnlinkat(sqes, at, AT_FDCWD, address, flags);
});

export const RENAME: OperationKind = kind(
  "rename",
  "renameat2",
  (sqes, at, { address, extra, flags }) => {
    encodeRenameat(sqes, at, address, extra, flags);
  },
);

export const MKDIR: OperationKind = kind("mkdir", "mkdirat", (sqes, at, { address, extra }) => {
  encodeMkdirat(sqes, at, AT_FDCWD, address, extra);
});

export const POLL: OperationKind = kind("poll", "poll", (sqes, at, { fd, flags }) => {
  encodePollAdd(sqes, at, fd, flags, 0);
});

export const TIMEOUT: OperationKind = kind("sleep", "timeout", (sqes, at, { address, flags }) => {
  encodeTimeout(sqes, at, address, 0, flags);
});

export const SOCKET: OperationKind = opening(
  "socket",
  "socket",
  (sqes, at, { extra, flags, length }) => {
    encodeSocket(sqes, at, extra, flags, length);
  },
);

export const BIND: OperationKind = kind("bind", "bind", (sqes, at, { fd, address, length }) => {
  encodeBind(sqes, at, fd, address, length);
});

export const LISTEN: OperationKind = kind("listen", "listen", (sqes, at, { fd, length }) => {
  encodeListen(sqes, at, fd, length);
});

export const CONNECT: OperationKind = kind(
  "connect",
  "connect",
  (sqes, at, { fd, address, length }) => {
    encodeConnect(sqes, at, fd, address, length);
  },
);

export const SHUTDOWN: OperationKind = kind("shutdown", "shutdown", (sqes, at, { fd, length }) => {
  encodeShutdown(sqes, at, fd, length);
});
