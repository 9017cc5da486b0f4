/**
 * SQEs as values: what to encode, and how to spoil it.
 *
 *   link(read(fd, memory, 16, 0))          a READ with IOSQE_IO_LINK
 *   set16(SQE_IOPRIO, 1, nop())            a NOP with a field that it must not have
 */
import {
  IOSQE_ASYNC,
  IOSQE_CQE_SKIP_SUCCESS,
  IOSQE_IO_DRAIN,
  IOSQE_IO_HARDLINK,
  IOSQE_IO_LINK,
  SQE_FLAGS,
} from "../../../spec/abi/sqe.ts";
import {
  encodeNop,
  encodeRead,
  encodeReadv,
  encodeWrite,
  encodeWritev,
} from "../../../src/queue/index.ts";
import type { Memory } from "../../worlds/memory.ts";

/** Writes one SQE at byte offset `at`. */
export type Entry = (sqes: DataView, at: number) => void;

export function nop(): Entry {
  return encodeNop;
}

/** READ into the whole of `memory`, or `length` bytes of it. */
export function read(fd: number, memory: Memory, length?: number, position = 0): Entry {
  return (sqes, at) => {
    encodeRead(sqes, at, fd, memory.address, length ?? memory.byteLength, position);
  };
}

/** READ to any address. */
export function readTo(fd: number, address: number, length: number, position = 0): Entry {
  return (sqes, at) => encodeRead(sqes, at, fd, address, length, position);
}

/** WRITE of the whole of `memory`, or `length` bytes of it. */
export function write(fd: number, memory: Memory, length?: number, position = 0): Entry {
  return (sqes, at) => {
    encodeWrite(sqes, at, fd, memory.address, length ?? memory.byteLength, position);
  };
}

/** WRITE from any address. */
export function writeFrom(fd: number, address: number, length: number): Entry {
  return (sqes, at) => encodeWrite(sqes, at, fd, address, length, 0);
}

/** READV; `vectors` is how many of the iovecs in `iovecs` count. */
export function readv(fd: number, iovecs: number, vectors: number, position = 0): Entry {
  return (sqes, at) => encodeReadv(sqes, at, fd, iovecs, vectors, position);
}

/** WRITEV, likewise. */
export function writev(fd: number, iovecs: number, vectors: number, position = 0): Entry {
  return (sqes, at) => encodeWritev(sqes, at, fd, iovecs, vectors, position);
}

/** Adds IOSQE_* bits. */
export function flagged(bits: number, entry: Entry): Entry {
  return (sqes, at) => {
    entry(sqes, at);
    sqes.setUint8(at + SQE_FLAGS, sqes.getUint8(at + SQE_FLAGS) | bits);
  };
}

export function link(entry: Entry): Entry {
  return flagged(IOSQE_IO_LINK, entry);
}

export function hardlink(entry: Entry): Entry {
  return flagged(IOSQE_IO_HARDLINK, entry);
}

export function drain(entry: Entry): Entry {
  return flagged(IOSQE_IO_DRAIN, entry);
}

export function skip(entry: Entry): Entry {
  return flagged(IOSQE_CQE_SKIP_SUCCESS, entry);
}

export function async(entry: Entry): Entry {
  return flagged(IOSQE_ASYNC, entry);
}

export function set8(field: number, value: number, entry: Entry): Entry {
  return (sqes, at) => {
    entry(sqes, at);
    sqes.setUint8(at + field, value);
  };
}

export function set16(field: number, value: number, entry: Entry): Entry {
  return (sqes, at) => {
    entry(sqes, at);
    sqes.setUint16(at + field, value, true);
  };
}

export function set32(field: number, value: number, entry: Entry): Entry {
  return (sqes, at) => {
    entry(sqes, at);
    sqes.setUint32(at + field, value, true);
  };
}
