/** Kinds of operation that move bytes between a descriptor and one buffer. */
import type { Operation, OperationKind, Returns } from "../engine/operation.ts";
import type { OwnedBuffer } from "../memory/owned-buffer.ts";
import { encodeRead, encodeWrite } from "../queue/encode/read-write.ts";
import { encodeRecv, encodeSend } from "../queue/encode/socket.ts";

/** What a read gives, in the shape of Node's own `FileHandle.read`. */
export interface ReadResult<in out Id = unknown> {
  /** 0 at the end of the file or stream. */
  readonly bytesRead: number;
  /** The buffer, in a new handle: it holds what was read, and no byte more. */
  readonly buffer: OwnedBuffer<Id>;
}

/** What a write gives, in the shape of Node's own `FileHandle.write`. */
export interface WriteResult<in out Id = unknown> {
  /** May be fewer than asked: a write can be short. */
  readonly bytesWritten: number;
  /** The buffer, in a new handle, as it was. */
  readonly buffer: OwnedBuffer<Id>;
}

/** After a read the buffer holds what stood before the data, and the data (O10). */
function filled(returns: Returns, operation: Operation, bytes: number): unknown {
  const lease = operation.lease;
  if (lease === undefined) return undefined;
  lease.length = operation.bufferOffset + bytes;
  return returns.giveBack(lease);
}

function unchanged(returns: Returns, operation: Operation): unknown {
  return operation.lease === undefined ? undefined : returns.giveBack(operation.lease);
}

function readResult(returns: Returns, operation: Operation, res: number): unknown {
  return { bytesRead: res, buffer: filled(returns, operation, res) };
}

function writeResult(returns: Returns, operation: Operation, res: number): unknown {
  return { bytesWritten: res, buffer: unchanged(returns, operation) };
}

/** A failed read may have written anything: the buffer holds only what stood before. */
function reclaimRead(returns: Returns, operation: Operation): unknown {
  return filled(returns, operation, 0);
}

/** pread(2) at `offset`, or at the file's own position for -1. */
export const READ: OperationKind = {
  name: "read",
  syscall: "read",
  encode(sqes, at, { fd, address, length, offset }) {
    encodeRead(sqes, at, fd, address, length, offset);
  },
  result: readResult,
  reclaim: reclaimRead,
};

/** pwrite(2) at `offset`, or at the file's own position for -1. */
export const WRITE: OperationKind = {
  name: "write",
  syscall: "write",
  encode(sqes, at, { fd, address, length, offset }) {
    encodeWrite(sqes, at, fd, address, length, offset);
  },
  result: writeResult,
  reclaim: unchanged,
};

/** recv(2); `flags` are MSG_*. */
export const RECV: OperationKind = {
  name: "recv",
  syscall: "recv",
  encode(sqes, at, { fd, address, length, flags }) {
    encodeRecv(sqes, at, fd, address, length, flags);
  },
  result: readResult,
  reclaim: reclaimRead,
};

/** send(2); `flags` are MSG_*. */
export const SEND: OperationKind = {
  name: "send",
  syscall: "send",
  encode(sqes, at, { fd, address, length, flags }) {
    encodeSend(sqes, at, fd, address, length, flags);
  },
  result: writeResult,
  reclaim: unchanged,
};
