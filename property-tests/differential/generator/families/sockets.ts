/** Sockets: making, connecting, talking. */
import fc from "fast-check";
import * as linux from "../../../../spec/abi/linux.ts";
import * as op from "../../../../spec/abi/opcodes.ts";
import * as sqe from "../../../../spec/abi/sqe.ts";
import { DATA, PAGE } from "../../arena.ts";
import * as fixtures from "../../fixtures.ts";
import type { Word } from "../../program.ts";
import type { Family } from "../family.ts";
import {
  addressSlot,
  among,
  buffer,
  descriptor,
  flagBits,
  length,
  mostly,
  scratch,
  socketAddress,
  words,
} from "../values.ts";

const peer = descriptor(fixtures.UNIX_ONE, fixtures.UNIX_OTHER, fixtures.UNIX_ONE);
const inet = descriptor(fixtures.FRESH_SOCKET, fixtures.FRESH_SOCKET, fixtures.LISTENER);
const messageFlags = flagBits(
  14,
  0,
  0,
  0,
  linux.MSG_DONTWAIT,
  linux.MSG_WAITALL,
  linux.MSG_PEEK,
  linux.MSG_TRUNC,
  linux.MSG_NOSIGNAL,
);
const receivePriority = mostly(8, among(0), among(sqe.IORING_RECVSEND_POLL_FIRST, 4, 8, 0x40));
const shortLength = mostly(20, among(1, 4, 8, 40), length);

/** SENDMSG or RECVMSG: a struct msghdr and one vector, both in the SQE's scratch slot. */
function message(opcode: number): Family["draft"] {
  return fc
    .record({
      at: scratch,
      fd: peer,
      base: buffer,
      byteLength: shortLength,
      vectors: mostly(20, among<Word>(1, 0), among<Word>(2000)),
      opFlags: messageFlags,
      ioprio: receivePriority,
    })
    .map(({ at, base, byteLength, vectors, ...rest }) => ({
      opcode,
      addr: at,
      len: 1,
      ...rest,
      // name, namelen, iov, iovlen, control, controllen, flags; then the vector.
      memory: [words(at, [0, 0, at + 56, vectors, 0, 0, 0, base, byteLength])],
    }));
}

export const socketFamilies: readonly Family[] = [
  {
    name: "socket",
    weight: 2,
    opcodes: [op.IORING_OP_SOCKET],
    draft: fc.record({
      opcode: among(op.IORING_OP_SOCKET),
      fd: mostly(12, among(linux.AF_INET, linux.AF_UNIX), among(-1, 46, 100)),
      off: mostly(
        10,
        among<Word>(linux.SOCK_STREAM, linux.SOCK_STREAM | linux.SOCK_NONBLOCK),
        among<Word>(0, 11, 15, 0x1001),
      ),
      len: mostly(10, among(0), among(6, 1, 300)),
      fileIndex: mostly(10, among(0), among(1, 0xffff_ffff)),
    }),
  },
  {
    name: "bind",
    weight: 2,
    opcodes: [op.IORING_OP_BIND],
    draft: fc
      .record({ fd: inet, socketAddress })
      .map(({ fd, socketAddress: { address, length: byteLength } }) => ({
        opcode: op.IORING_OP_BIND,
        fd,
        addr: address,
        off: byteLength,
      })),
  },
  {
    name: "listen",
    weight: 1,
    opcodes: [op.IORING_OP_LISTEN],
    draft: fc.record({ opcode: among(op.IORING_OP_LISTEN), fd: inet, len: among(0, 1, 8) }),
  },
  {
    name: "connect",
    weight: 3,
    opcodes: [op.IORING_OP_CONNECT],
    draft: fc
      .record({ fd: inet, socketAddress })
      .map(({ fd, socketAddress: { address, length: byteLength } }) => ({
        opcode: op.IORING_OP_CONNECT,
        fd,
        addr: address,
        off: byteLength,
      })),
  },
  {
    name: "accept",
    weight: 3,
    opcodes: [op.IORING_OP_ACCEPT],
    draft: fc.oneof(
      { weight: 3, arbitrary: fc.record({ opcode: among(op.IORING_OP_ACCEPT), fd: inet }) },
      {
        weight: 1,
        arbitrary: fc
          .record({
            at: scratch,
            fd: inet,
            addr: addressSlot,
            size: among<Word>(16, 4, 128, 0, -1),
            opFlags: flagBits(8, 0, linux.SOCK_CLOEXEC, linux.SOCK_NONBLOCK),
            ioprio: mostly(6, among(0), among(1, 2, 4, 8)),
            fileIndex: mostly(6, among(0), among(1, 0xffff_ffff)),
          })
          .map(({ at, size, ...rest }) => ({
            opcode: op.IORING_OP_ACCEPT,
            off: at,
            ...rest,
            memory: [words(at, [size])],
          })),
      },
    ),
  },
  {
    name: "send",
    weight: 4,
    opcodes: [op.IORING_OP_SEND],
    draft: fc.record({
      opcode: among(op.IORING_OP_SEND),
      fd: peer,
      addr: buffer,
      len: shortLength,
      opFlags: messageFlags,
      ioprio: receivePriority,
    }),
  },
  {
    name: "recv",
    weight: 5,
    opcodes: [op.IORING_OP_RECV],
    draft: fc.record({
      opcode: among(op.IORING_OP_RECV),
      fd: peer,
      addr: buffer,
      len: shortLength,
      opFlags: messageFlags,
      ioprio: receivePriority,
    }),
  },
  {
    name: "sendmsg",
    weight: 2,
    opcodes: [op.IORING_OP_SENDMSG],
    draft: message(op.IORING_OP_SENDMSG),
  },
  {
    name: "recvmsg",
    weight: 2,
    opcodes: [op.IORING_OP_RECVMSG],
    draft: message(op.IORING_OP_RECVMSG),
  },
  {
    name: "shutdown",
    weight: 2,
    opcodes: [op.IORING_OP_SHUTDOWN],
    draft: fc.record({
      opcode: among(op.IORING_OP_SHUTDOWN),
      fd: peer,
      len: mostly(10, among(0, 1, 2), among(3, 0xffff_ffff)),
    }),
  },
  {
    name: "zero-copy send",
    weight: 2,
    opcodes: [op.IORING_OP_SEND_ZC],
    draft: fc.record({
      opcode: among(op.IORING_OP_SEND_ZC),
      fd: peer,
      addr: among<Word>(DATA, DATA + PAGE),
      len: shortLength,
      ioprio: receivePriority,
    }),
  },
];
