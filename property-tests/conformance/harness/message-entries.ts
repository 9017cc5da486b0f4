/** SQEs on sockets that carry more than one piece of memory, and the structures they point to. */
import {
  CMSGHDR_LEN,
  CMSGHDR_LEVEL,
  CMSGHDR_SIZE,
  CMSGHDR_TYPE,
  MSGHDR_CONTROL,
  MSGHDR_CONTROLLEN,
  MSGHDR_FLAGS,
  MSGHDR_IOV,
  MSGHDR_IOVLEN,
  MSGHDR_NAME,
  MSGHDR_NAMELEN,
  MSGHDR_SIZE,
} from "../../../spec/abi/linux-structs.ts";
import { SCM_RIGHTS, SOL_SOCKET } from "../../../spec/abi/linux.ts";
import {
  IORING_OP_RECVMSG,
  IORING_OP_SEND_ZC,
  IORING_OP_SENDMSG,
  IORING_OP_SENDMSG_ZC,
} from "../../../spec/abi/opcodes.ts";
import {
  IORING_RECV_MULTISHOT,
  IORING_SEND_VECTORIZED,
  SQE_IOPRIO,
  SQE_LEN,
  SQE_OFF,
  SQE_SPLICE_FD_IN,
} from "../../../spec/abi/sqe.ts";
import { encodeEntry, encodeSend, setU64 } from "../../../src/queue/index.ts";
import type { Memory } from "../../worlds/memory.ts";
import type { World } from "../../worlds/world.ts";
import { selecting } from "./buffers.ts";
import { set16, type Entry } from "./entries.ts";

/** A piece of memory, or any other address and length. */
export type Piece = Memory | readonly [address: number, byteLength: number];

/** What a `struct msghdr` is filled with. */
export interface HeaderFields {
  /** What the vectors name. */
  readonly bytes?: readonly Piece[];
  /** Another vector count than there are vectors. */
  readonly count?: number;
  readonly name?: Piece;
  readonly control?: Piece;
  readonly flags?: number;
}

function rangeOf(piece: Piece): readonly [number, number] {
  return "region" in piece ? [piece.address, piece.byteLength] : piece;
}

/** A `struct msghdr`. */
export function messageHeader(world: World, fields: HeaderFields): Memory {
  const { bytes = [], name = [0, 0], control = [0, 0], flags = 0 } = fields;
  const header = world.memory.allocate(MSGHDR_SIZE);
  const { view } = header;
  const [nameAddress, nameLength] = rangeOf(name);
  const [controlAddress, controlLength] = rangeOf(control);
  setU64(view, MSGHDR_NAME, nameAddress);
  view.setInt32(MSGHDR_NAMELEN, nameLength, true);
  setU64(view, MSGHDR_IOV, world.memory.iovecs(bytes.map(rangeOf)).address);
  setU64(view, MSGHDR_IOVLEN, fields.count ?? bytes.length);
  setU64(view, MSGHDR_CONTROL, controlAddress);
  setU64(view, MSGHDR_CONTROLLEN, controlLength);
  view.setUint32(MSGHDR_FLAGS, flags, true);
  return header;
}

/** The fields of a msghdr that RECVMSG writes. */
export function toldBy(header: Memory): { nameLength: number; control: number; flags: number } {
  const { view } = header;
  return {
    nameLength: view.getInt32(MSGHDR_NAMELEN, true),
    control: view.getUint32(MSGHDR_CONTROLLEN, true),
    flags: view.getUint32(MSGHDR_FLAGS, true),
  };
}

function message(opcode: number, fd: number, header: number, flags: number): Entry {
  return (sqes, at) => encodeEntry(sqes, at, opcode, fd, 0, header, 1, flags);
}

/** SENDMSG of the msghdr at an address; `flags` are MSG_*. */
export function sendmsg(fd: number, header: number, flags = 0): Entry {
  return message(IORING_OP_SENDMSG, fd, header, flags);
}

export function recvmsg(fd: number, header: number, flags = 0): Entry {
  return message(IORING_OP_RECVMSG, fd, header, flags);
}

export function sendmsgZc(fd: number, header: number, ioprio = 0, flags = 0): Entry {
  return set16(SQE_IOPRIO, ioprio, message(IORING_OP_SENDMSG_ZC, fd, header, flags));
}

/** RECVMSG into a buffer of the group. */
export function recvmsgSelect(fd: number, group: number, header: number, flags = 0): Entry {
  return selecting(group, recvmsg(fd, header, flags));
}

export function recvmsgMultishot(fd: number, group: number, header: number, flags = 0): Entry {
  return set16(SQE_IOPRIO, IORING_RECV_MULTISHOT, recvmsgSelect(fd, group, header, flags));
}

/** SEND_ZC of the whole of a piece. */
export function sendZc(fd: number, piece: Piece, ioprio = 0, flags = 0): Entry {
  const [address, byteLength] = rangeOf(piece);
  return set16(SQE_IOPRIO, ioprio, (sqes, at) => {
    encodeEntry(sqes, at, IORING_OP_SEND_ZC, fd, 0, address, byteLength, flags);
  });
}

/** SEND of what these iovecs name; `vectors` is how many of them count. */
export function sendVectors(fd: number, iovecs: number, vectors: number, flags = 0): Entry {
  return set16(SQE_IOPRIO, IORING_SEND_VECTORIZED, (sqes, at) => {
    encodeSend(sqes, at, fd, iovecs, 0, flags);
    sqes.setUint32(at + SQE_LEN, vectors, true);
  });
}

/** Has a SEND or SEND_ZC go to the sockaddr of `length` bytes at `address`. */
export function sendingTo(address: number, length: number, entry: Entry): Entry {
  return (sqes, at) => {
    entry(sqes, at);
    setU64(sqes, at + SQE_OFF, address);
    sqes.setUint16(at + SQE_SPLICE_FD_IN, length, true);
  };
}

/** One piece of control data, padded to a multiple of 8. */
export function controlData(world: World, level: number, type: number, data: Uint8Array): Memory {
  const length = CMSGHDR_SIZE + data.length;
  const memory = world.memory.allocate(Math.ceil(length / 8) * 8);
  setU64(memory.view, CMSGHDR_LEN, length);
  memory.view.setInt32(CMSGHDR_LEVEL, level, true);
  memory.view.setInt32(CMSGHDR_TYPE, type, true);
  memory.bytes.set(data, CMSGHDR_SIZE);
  return memory;
}

/** SCM_RIGHTS with these descriptors. */
export function rights(world: World, fds: readonly number[]): Memory {
  const data = new Uint8Array(Int32Array.from(fds).buffer);
  return controlData(world, SOL_SOCKET, SCM_RIGHTS, data);
}

/** The descriptors in the control data that a RECVMSG wrote, or a receive `at` so many bytes. */
export function passedOn(memory: Memory, at = 0): number[] {
  const { view } = memory;
  const count = (view.getUint32(at + CMSGHDR_LEN, true) - CMSGHDR_SIZE) / 4;
  return Array.from({ length: count }, (_, index) =>
    view.getInt32(at + CMSGHDR_SIZE + index * 4, true),
  );
}
