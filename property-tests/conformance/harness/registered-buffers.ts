/** Registered buffers: the register calls, and the operations that use them. */
import {
  IORING_OP_READ_FIXED,
  IORING_OP_READV_FIXED,
  IORING_OP_WRITE_FIXED,
  IORING_OP_WRITEV_FIXED,
} from "../../../spec/abi/opcodes.ts";
import {
  IORING_REGISTER_BUFFERS,
  IORING_REGISTER_BUFFERS2,
  IORING_REGISTER_BUFFERS_UPDATE,
  IORING_UNREGISTER_BUFFERS,
} from "../../../spec/abi/register.ts";
import {
  RSRC_REGISTER_DATA,
  RSRC_REGISTER_FLAGS,
  RSRC_REGISTER_NR,
  RSRC_REGISTER_SIZE,
  RSRC_REGISTER_TAGS,
  RSRC_UPDATE2_DATA,
  RSRC_UPDATE2_NR,
  RSRC_UPDATE2_OFFSET,
  RSRC_UPDATE2_SIZE,
  RSRC_UPDATE2_TAGS,
} from "../../../spec/abi/register-structs.ts";
import { SQE_BUF_INDEX, SQE_OPCODE } from "../../../spec/abi/sqe.ts";
import { encodeRead, encodeReadv, setU64 } from "../../../src/queue/index.ts";
import type { Memory } from "../../worlds/memory.ts";
import type { World } from "../../worlds/world.ts";
import type { Entry } from "./entries.ts";

/** What an entry of a table is made of; NULL and 0 for an empty one. */
export type Range = readonly [address: number, byteLength: number];

/** An empty entry. */
export const EMPTY: Range = [0, 0];

/** The whole of a piece of memory. */
export function rangeOf({ address, byteLength }: Memory): Range {
  return [address, byteLength];
}

/** A transfer of the range [address, address + byteLength) of the buffer at `index`. */
function fixed(
  opcode: number,
  fd: number,
  [address, byteLength]: Range,
  index: number,
  position: number,
): Entry {
  return (sqes, at) => {
    encodeRead(sqes, at, fd, address, byteLength, position);
    sqes.setUint8(at + SQE_OPCODE, opcode);
    sqes.setUint16(at + SQE_BUF_INDEX, index, true);
  };
}

export function readFixed(fd: number, range: Range, index = 0, position = 0): Entry {
  return fixed(IORING_OP_READ_FIXED, fd, range, index, position);
}

export function writeFixed(fd: number, range: Range, index = 0, position = 0): Entry {
  return fixed(IORING_OP_WRITE_FIXED, fd, range, index, position);
}

function vectored(
  opcode: number,
  fd: number,
  iovecs: number,
  vectors: number,
  index: number,
): Entry {
  return (sqes, at) => {
    encodeReadv(sqes, at, fd, iovecs, vectors, 0);
    sqes.setUint8(at + SQE_OPCODE, opcode);
    sqes.setUint16(at + SQE_BUF_INDEX, index, true);
  };
}

/** `vectors` is how many of the iovecs at `iovecs` count. */
export function readvFixed(fd: number, iovecs: number, vectors: number, index = 0): Entry {
  return vectored(IORING_OP_READV_FIXED, fd, iovecs, vectors, index);
}

export function writevFixed(fd: number, iovecs: number, vectors: number, index = 0): Entry {
  return vectored(IORING_OP_WRITEV_FIXED, fd, iovecs, vectors, index);
}

/** A struct io_uring_rsrc_register. */
export interface RegisterFields {
  readonly nr: number;
  readonly flags?: number;
  /** Addresses. */
  readonly data?: number;
  readonly tags?: number;
}

/** A struct io_uring_rsrc_update2. */
export interface UpdateFields {
  readonly offset: number;
  readonly nr: number;
  /** Addresses. */
  readonly data: number;
  readonly tags?: number;
}

/** The register calls for the buffers of one ring. */
export class Buffers {
  readonly #world: World;
  readonly #ringFd: number;

  constructor(world: World, ringFd: number) {
    this.#world = world;
    this.#ringFd = ringFd;
  }

  /** Any register call on the ring. */
  call(opcode: number, address: number, count: number): number {
    return this.#world.backend.register(this.#ringFd, opcode, address, count);
  }

  register(...ranges: readonly Range[]): number {
    const iovecs = this.#world.memory.iovecs(ranges);
    return this.call(IORING_REGISTER_BUFFERS, iovecs.address, ranges.length);
  }

  unregister(): number {
    return this.call(IORING_UNREGISTER_BUFFERS, 0, 0);
  }

  register2({ nr, flags = 0, data = 0, tags = 0 }: RegisterFields): number {
    const { view, address } = this.#world.memory.allocate(RSRC_REGISTER_SIZE);
    view.setUint32(RSRC_REGISTER_NR, nr, true);
    view.setUint32(RSRC_REGISTER_FLAGS, flags, true);
    setU64(view, RSRC_REGISTER_DATA, data);
    setU64(view, RSRC_REGISTER_TAGS, tags);
    return this.call(IORING_REGISTER_BUFFERS2, address, RSRC_REGISTER_SIZE);
  }

  /** Registers ranges with a tag for each. */
  registerTagged(ranges: readonly Range[], tags: readonly number[]): number {
    const data = this.#world.memory.iovecs(ranges).address;
    return this.register2({ nr: ranges.length, data, tags: this.#tags(tags) });
  }

  update2({ offset, nr, data, tags = 0 }: UpdateFields): number {
    const { view, address } = this.#world.memory.allocate(RSRC_UPDATE2_SIZE);
    view.setUint32(RSRC_UPDATE2_OFFSET, offset, true);
    view.setUint32(RSRC_UPDATE2_NR, nr, true);
    setU64(view, RSRC_UPDATE2_DATA, data);
    setU64(view, RSRC_UPDATE2_TAGS, tags);
    return this.call(IORING_REGISTER_BUFFERS_UPDATE, address, RSRC_UPDATE2_SIZE);
  }

  /** Replaces the entries from `offset` on, with tags where they are given. */
  update(offset: number, ranges: readonly Range[], tags: readonly number[] = []): number {
    const data = this.#world.memory.iovecs(ranges).address;
    const tagged = tags.length > 0 ? { tags: this.#tags(tags) } : {};
    return this.update2({ offset, nr: ranges.length, data, ...tagged });
  }

  #tags(tags: readonly number[]): number {
    const memory = this.#world.memory.allocate(tags.length * 8);
    tags.forEach((tag, index) => setU64(memory.view, index * 8, tag));
    return memory.address;
  }
}
