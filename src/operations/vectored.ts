/** Reads and writes over several buffers at once. */
import type { BufferList, Returned } from "../buffer-list.ts";
import type { Operation, OperationKind, Returns } from "../engine/operation.ts";
import { encodeReadv, encodeWritev } from "../queue/encode/read-write.ts";

/** What a vectored read gives. */
export interface ReadvResult<in out Id = unknown, Buffers extends BufferList<Id> = BufferList<Id>> {
  readonly bytesRead: number;
  /** The buffers in new handles, in order; each holds its part of what was read. */
  readonly buffers: Returned<Id, Buffers>;
}

/** What a vectored write gives. */
export interface WritevResult<
  in out Id = unknown,
  Buffers extends BufferList<Id> = BufferList<Id>,
> {
  readonly bytesWritten: number;
  /** The buffers in new handles, in order, as they were. */
  readonly buffers: Returned<Id, Buffers>;
}

function dropIovecs(returns: Returns, operation: Operation): void {
  if (operation.scratch !== undefined) returns.dropScratch(operation.scratch);
}

/** The kernel fills the buffers in order: the last one touched may be filled in part. */
function spread(returns: Returns, operation: Operation, bytes: number): unknown[] {
  dropIovecs(returns, operation);
  let left = bytes;
  return (operation.leases ?? []).map((lease) => {
    lease.length = Math.min(left, lease.capacity);
    left -= lease.length;
    return returns.giveBack(lease);
  });
}

function unchanged(returns: Returns, operation: Operation): unknown[] {
  dropIovecs(returns, operation);
  return (operation.leases ?? []).map((lease) => returns.giveBack(lease));
}

/** preadv(2): `address` is `length` iovecs in the scratch memory. */
export const READV: OperationKind = {
  name: "readv",
  syscall: "readv",
  encode(sqes, at, { fd, address, length, offset }) {
    encodeReadv(sqes, at, fd, address, length, offset);
  },
  result: (returns, operation, res) => ({
    bytesRead: res,
    buffers: spread(returns, operation, res),
  }),
  reclaim: (returns, operation) => spread(returns, operation, 0),
};

/** pwritev(2): `address` is `length` iovecs in the scratch memory. */
export const WRITEV: OperationKind = {
  name: "writev",
  syscall: "writev",
  encode(sqes, at, { fd, address, length, offset }) {
    encodeWritev(sqes, at, fd, address, length, offset);
  },
  result: (returns, operation, res) => ({
    bytesWritten: res,
    buffers: unchanged(returns, operation),
  }),
  reclaim: unchanged,
};
