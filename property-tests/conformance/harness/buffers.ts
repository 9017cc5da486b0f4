/**
 * Provided buffers as scenarios use them: memory cut into pieces, lists, rings, and the completions
 * that name a buffer.
 */
import {
  IORING_CQE_BUFFER_SHIFT,
  IORING_CQE_F_BUFFER,
  IORING_CQE_F_BUF_MORE,
  IORING_CQE_F_MORE,
} from "../../../spec/abi/cqe.ts";
import {
  IORING_OP_PROVIDE_BUFFERS,
  IORING_OP_READ_MULTISHOT,
  IORING_OP_REMOVE_BUFFERS,
} from "../../../spec/abi/opcodes.ts";
import {
  BUF_ADDR,
  BUF_BID,
  BUF_LEN,
  BUF_REG_BGID,
  BUF_REG_FLAGS,
  BUF_REG_MIN_LEFT,
  BUF_REG_RING_ADDR,
  BUF_REG_RING_ENTRIES,
  BUF_REG_SIZE,
  BUF_RING_TAIL,
  BUF_SIZE,
  BUF_STATUS_BUF_GROUP,
  BUF_STATUS_HEAD,
  BUF_STATUS_SIZE,
} from "../../../spec/abi/register-structs.ts";
import {
  IORING_REGISTER_PBUF_RING,
  IORING_REGISTER_PBUF_STATUS,
  IORING_UNREGISTER_PBUF_RING,
} from "../../../spec/abi/register.ts";
import {
  IORING_RECV_MULTISHOT,
  IORING_RECVSEND_BUNDLE,
  IOSQE_BUFFER_SELECT,
  SQE_BUF_INDEX,
  SQE_IOPRIO,
} from "../../../spec/abi/sqe.ts";
import {
  encodeEntry,
  encodeRead,
  encodeRecv,
  encodeSend,
  setU64,
} from "../../../src/queue/index.ts";
import type { Memory } from "../../worlds/memory.ts";
import type { World } from "../../worlds/world.ts";
import { flagged, set16, type Entry } from "./entries.ts";
import { equal, withFlags, type CompletionSet, type Result } from "./expectation.ts";
import type { TestRing } from "./test-ring.ts";

const PAGE_SIZE = 4096;

/** A completion that used the buffer with this id; `flags` are those besides F_BUFFER. */
export function inBuffer(id: number, result: Result, flags = 0): CompletionSet {
  const buffer = ((id << IORING_CQE_BUFFER_SHIFT) | IORING_CQE_F_BUFFER) >>> 0;
  return withFlags(result, (buffer | flags) >>> 0);
}

/** A shot of a multishot request that goes on. */
export function shotIn(id: number, result: Result, flags = 0): CompletionSet {
  return inBuffer(id, result, flags | IORING_CQE_F_MORE);
}

/** A completion that left a piece of its buffer. */
export function partOf(id: number, result: Result, flags = 0): CompletionSet {
  return inBuffer(id, result, flags | IORING_CQE_F_BUF_MORE);
}

/** Has a request pick its buffer from this group. */
export function selecting(group: number, entry: Entry): Entry {
  return flagged(IOSQE_BUFFER_SELECT, set16(SQE_BUF_INDEX, group, entry));
}

/** READ of up to `length` bytes (0: all of the buffer) into a buffer of the group. */
export function readSelect(fd: number, group: number, length = 0, position = 0): Entry {
  return selecting(group, (sqes, at) => encodeRead(sqes, at, fd, 0, length, position));
}

export function readMultishot(fd: number, group: number, position = 0): Entry {
  return selecting(group, (sqes, at) => {
    encodeEntry(sqes, at, IORING_OP_READ_MULTISHOT, fd, position, 0, 0, 0);
  });
}

/** RECV of up to `length` bytes (0: all of the buffer); `messageFlags` are MSG_*. */
export function recvSelect(fd: number, group: number, length = 0, messageFlags = 0): Entry {
  return selecting(group, (sqes, at) => encodeRecv(sqes, at, fd, 0, length, messageFlags));
}

export function recvMultishot(fd: number, group: number, length = 0, messageFlags = 0): Entry {
  return set16(SQE_IOPRIO, IORING_RECV_MULTISHOT, recvSelect(fd, group, length, messageFlags));
}

export function recvBundle(fd: number, group: number, length = 0, ioprio = 0): Entry {
  return set16(SQE_IOPRIO, IORING_RECVSEND_BUNDLE | ioprio, recvSelect(fd, group, length));
}

/** SEND of up to `length` bytes (0: all of the buffer) of a buffer of the group. */
export function sendSelect(fd: number, group: number, length = 0, ioprio = 0): Entry {
  return set16(
    SQE_IOPRIO,
    ioprio,
    selecting(group, (sqes, at) => encodeSend(sqes, at, fd, 0, length, 0)),
  );
}

export function sendBundle(fd: number, group: number, length = 0): Entry {
  return sendSelect(fd, group, length, IORING_RECVSEND_BUNDLE);
}

/** PROVIDE_BUFFERS of `count` buffers of `length` bytes each from `address` on. */
export function provideAt(
  group: number,
  address: number,
  length: number,
  count: number,
  firstId = 0,
): Entry {
  return set16(SQE_BUF_INDEX, group, (sqes, at) => {
    encodeEntry(sqes, at, IORING_OP_PROVIDE_BUFFERS, count, firstId, address, length, 0);
  });
}

/** PROVIDE_BUFFERS of the whole of `memory`, in buffers of `length` bytes. */
export function provide(group: number, memory: Memory, length: number, firstId = 0): Entry {
  const count = Math.floor(memory.byteLength / length);
  return provideAt(group, memory.address, length, count, firstId);
}

export function remove(group: number, count: number): Entry {
  return set16(SQE_BUF_INDEX, group, (sqes, at) => {
    encodeEntry(sqes, at, IORING_OP_REMOVE_BUFFERS, count, 0, 0, 0, 0);
  });
}

/** Fills a list of `count` buffers of `length` bytes with ids from 0. Returns their memory. */
export function filledList(
  world: World,
  ring: TestRing,
  group: number,
  length: number,
  count: number,
): Memory {
  const memory = world.memory.allocate(length * count);
  ring.submit({ 90: provide(group, memory, length) });
  ring.expect({ 90: 0 });
  return memory;
}

/** How many buffers are in a list: takes them all out. */
export function drainList(ring: TestRing, group: number): number {
  ring.submit({ 91: remove(group, 0x10000) });
  return ring.next(91).res;
}

/** Fields of a `struct io_uring_buf_reg`. */
export interface BufferRegistration {
  readonly address?: number;
  readonly entries?: number;
  readonly group?: number;
  readonly flags?: number;
  readonly minimumLeft?: number;
}

/** The address of a `struct io_uring_buf_reg`. */
export function bufferRegistration(world: World, fields: BufferRegistration): Memory {
  const { address = 0, entries = 0, group = 0, flags = 0, minimumLeft = 0 } = fields;
  const argument = world.memory.allocate(BUF_REG_SIZE);
  setU64(argument.view, BUF_REG_RING_ADDR, address);
  argument.view.setUint32(BUF_REG_RING_ENTRIES, entries, true);
  argument.view.setUint16(BUF_REG_BGID, group, true);
  argument.view.setUint16(BUF_REG_FLAGS, flags, true);
  argument.view.setUint32(BUF_REG_MIN_LEFT, minimumLeft, true);
  return argument;
}

/** io_uring_register(2) on the scenario's ring. */
export function register(world: World, ring: TestRing, opcode: number, argument: Memory): number {
  return world.backend.register(ring.queue.ringFd, opcode, argument.address, 1);
}

/** REGISTER_PBUF_RING: 0 or -errno. */
export function registerBuffers(world: World, ring: TestRing, fields: BufferRegistration): number {
  const argument = bufferRegistration(world, fields);
  return register(world, ring, IORING_REGISTER_PBUF_RING, argument);
}

/** UNREGISTER_PBUF_RING: 0 or -errno. */
export function unregisterBuffers(world: World, ring: TestRing, group: number): number {
  const argument = bufferRegistration(world, { group });
  return register(world, ring, IORING_UNREGISTER_PBUF_RING, argument);
}

/** PBUF_STATUS: the head of the group's ring, or -errno. */
export function headOf(world: World, ring: TestRing, group: number): number {
  const argument = world.memory.allocate(BUF_STATUS_SIZE);
  argument.view.setUint32(BUF_STATUS_BUF_GROUP, group, true);
  const result = register(world, ring, IORING_REGISTER_PBUF_STATUS, argument);
  return result < 0 ? result : argument.view.getUint32(BUF_STATUS_HEAD, true);
}

/** A registered buffer ring in the program's memory, and memory for its buffers. */
export class BufferRing {
  readonly group: number;
  readonly entries: number;
  readonly memory: Memory;
  /** The entries and the tail. */
  readonly view: DataView;

  private constructor(group: number, entries: number, memory: Memory, view: DataView) {
    this.group = group;
    this.entries = entries;
    this.memory = memory;
    this.view = view;
  }

  /** Registers a ring without buffers. */
  static open(world: World, ring: TestRing, fields: BufferRegistration = {}): BufferRing {
    const { group = 1, entries = 8 } = fields;
    const memory = world.memory.allocate(Math.max(entries * BUF_SIZE, PAGE_SIZE), PAGE_SIZE);
    const result = registerBuffers(world, ring, {
      ...fields,
      address: memory.address,
      entries,
      group,
    });
    equal("the registration of a buffer ring", result, 0);
    return new BufferRing(group, entries, memory, memory.view);
  }

  /** A ring with `count` buffers of `length` bytes and ids from 0. */
  static filled(
    world: World,
    ring: TestRing,
    count: number,
    length: number,
    fields: BufferRegistration = {},
  ): { readonly ring: BufferRing; readonly bytes: Memory } {
    const opened = BufferRing.open(world, ring, fields);
    const bytes = world.memory.allocate(count * length);
    for (let id = 0; id < count; id++) opened.add(bytes.address + id * length, length, id);
    return { ring: opened, bytes };
  }

  get tail(): number {
    return this.view.getUint16(BUF_RING_TAIL, true);
  }

  set tail(tail: number) {
    this.view.setUint16(BUF_RING_TAIL, tail, true);
  }

  /** Writes the entry at this index, and leaves the tail. */
  write(index: number, address: number, length: number, id: number): void {
    const at = index * BUF_SIZE;
    setU64(this.view, at + BUF_ADDR, address);
    this.view.setUint32(at + BUF_LEN, length, true);
    this.view.setUint16(at + BUF_BID, id, true);
  }

  /** Publishes one more buffer. */
  add(address: number, length: number, id: number): void {
    const { tail } = this;
    this.write(tail & (this.entries - 1), address, length, id);
    this.tail = tail + 1;
  }

  /** The length that stands in the entry at this index. */
  lengthAt(index: number): number {
    return this.view.getUint32(index * BUF_SIZE + BUF_LEN, true);
  }

  /** The lower half of the address that stands in the entry at this index. */
  addressAt(index: number): number {
    const at = index * BUF_SIZE + BUF_ADDR;
    return this.view.getUint32(at + 4, true) * 2 ** 32 + this.view.getUint32(at, true);
  }
}
