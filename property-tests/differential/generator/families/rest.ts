/** Opcodes that are thrown at the kernels as single SQEs only: commands, children, vectors. */
import fc from "fast-check";
import * as linux from "../../../../spec/abi/linux.ts";
import { FUTEX2_PRIVATE, FUTEX2_SIZE_U32 } from "../../../../spec/abi/linux.ts";
import * as op from "../../../../spec/abi/opcodes.ts";
import * as sqe from "../../../../spec/abi/sqe.ts";
import { DATA, socketAddressAt } from "../../arena.ts";
import * as fixtures from "../../fixtures.ts";
import type { Word } from "../../program.ts";
import type { Family } from "../family.ts";
import {
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

const WORD = 2 ** 32;

const socketOption = mostly(
  3,
  among(
    linux.SO_REUSEADDR,
    linux.SO_TYPE,
    linux.SO_ERROR,
    linux.SO_BROADCAST,
    linux.SO_SNDBUF,
    linux.SO_RCVBUF,
    linux.SO_KEEPALIVE,
    linux.SO_LINGER,
    linux.SO_RCVLOWAT,
    linux.SO_SNDLOWAT,
    linux.SO_ACCEPTCONN,
    linux.SO_PROTOCOL,
    linux.SO_DOMAIN,
  ),
  fc.nat({ max: 100 }),
);

/** A command of a socket: level and option stand where other requests have an address. */
const command: Family["draft"] = fc
  .record({
    fd: descriptor(
      fixtures.UNIX_ONE,
      fixtures.LISTENER,
      fixtures.FRESH_SOCKET,
      fixtures.NULL_DEVICE,
      fixtures.PIPE_READ,
    ),
    off: mostly(12, fc.nat({ max: 5 }), among<Word>(6, 100, WORD)),
    level: mostly(8, among(linux.SOL_SOCKET), among(0, linux.SOL_TCP, linux.IPPROTO_IPV6)),
    option: socketOption,
    fileIndex: mostly(8, among(4, 8, 16), among(0, 1, 3, 0xffff_ffff)),
    at: scratch,
    addr3: mostly(12, among<Word | undefined>(undefined), buffer),
    value: among<Word>(0, 1, 100, 0x1_0000, 0x7fff_ffff, 0xffff_ffff, 5 * WORD + 1),
    opFlags: flagBits(20, 0),
  })
  .map(({ level, option, at, addr3, value, ...rest }) => ({
    opcode: op.IORING_OP_URING_CMD,
    addr: level + option * WORD,
    addr3: addr3 ?? at,
    ...rest,
    memory: [words(at, [value, 0])],
  }));

const children: Family["draft"] = fc.record({
  opcode: among(op.IORING_OP_WAITID),
  fd: mostly(6, among(0, 1, -1), descriptor(fixtures.PIPE_READ)),
  len: mostly(8, fc.nat({ max: 3 }), among(4, 0xffff_ffff)),
  fileIndex: flagBits(6, linux.WEXITED, linux.WEXITED | linux.WNOHANG, linux.WNOHANG, 14),
  off: mostly(3, among<Word>(0, DATA), buffer),
});

const waitingWords: Family["draft"] = fc
  .record({
    at: scratch,
    len: mostly(8, among(1, 1, 2), among(0, 3, 128, 129, 0xffff_ffff)),
    words: fc.array(
      fc.record({
        value: among<Word>(0, 1, "0xffffffff", "0x100000000"),
        address: mostly(10, among<Word>(DATA + 256, DATA + 320), buffer),
        flags: flagBits(12, FUTEX2_SIZE_U32 | FUTEX2_PRIVATE, FUTEX2_SIZE_U32),
      }),
      { minLength: 1, maxLength: 2 },
    ),
  })
  .map(({ at, len, words: waited }) => ({
    opcode: op.IORING_OP_FUTEX_WAITV,
    addr: at,
    len,
    memory: [
      words(
        at,
        waited.flatMap(({ value, address, flags }) => [value, address, flags]),
      ),
    ],
  }));

/** SEND_ZC and SENDMSG_ZC on sockets of the network, with everything that they may have. */
const zeroCopy: Family["draft"] = fc
  .record({
    at: scratch,
    fd: descriptor(fixtures.UNIX_ONE, fixtures.FRESH_SOCKET, fixtures.LISTENER),
    base: buffer,
    byteLength: mostly(8, among(1, 8, 64), length),
    name: mostly(2, among({ address: 0, length: 0 }), socketAddress),
    opFlags: flagBits(10, 0, linux.MSG_DONTWAIT, linux.MSG_WAITALL, linux.MSG_NOSIGNAL),
    ioprio: mostly(
      8,
      fc.nat({ max: 31 }).map((bits) => bits & ~sqe.IORING_RECV_MULTISHOT),
      fc.nat({ max: 0xffff }),
    ),
    bufIndex: among(0, 0, 1),
  })
  .map(({ at, base, byteLength, name, ...rest }) => ({
    opcode: op.IORING_OP_SENDMSG_ZC,
    addr: at,
    len: 1,
    ...rest,
    // name, namelen, iov, iovlen, control, controllen, flags; then the vector.
    memory: [words(at, [name.address, name.length, at + 56, 1, 0, 0, 0, base, byteLength])],
  }));

const namedSend: Family["draft"] = fc
  .record({
    opcode: among(op.IORING_OP_SEND_ZC, op.IORING_OP_SEND),
    fd: descriptor(fixtures.UNIX_ONE, fixtures.FRESH_SOCKET, fixtures.LISTENER),
    addr: buffer,
    len: mostly(8, among(1, 8, 64), length),
    to: mostly(2, among(socketAddressAt(0), socketAddressAt(3)), socketAddress),
    opFlags: flagBits(10, 0, linux.MSG_DONTWAIT, linux.MSG_WAITALL, linux.MSG_NOSIGNAL),
    ioprio: mostly(8, fc.nat({ max: 31 }), fc.nat({ max: 0xffff })),
    bufIndex: among(0, 0, 1),
  })
  .map(({ to, ...rest }) => ({ off: to.address, fileIndex: to.length, ...rest }));

/** Opcodes that no socket here can serve, or that no kernel of this version has. */
const refused: Family["draft"] = fc.record({
  opcode: among(op.IORING_OP_RECV_ZC, op.IORING_OP_NOP128, op.IORING_OP_URING_CMD128, 65, 255),
  fd: descriptor(fixtures.UNIX_ONE, fixtures.FILE, fixtures.FRESH_SOCKET),
  ioprio: mostly(1, among(0, sqe.IORING_RECV_MULTISHOT), fc.nat({ max: 31 })),
  opFlags: flagBits(4, 0),
  fileIndex: among(0, 0, 1),
  len: length,
});

export const restFamilies: readonly Family[] = [
  { name: "command", weight: 6, opcodes: [op.IORING_OP_URING_CMD], draft: command },
  { name: "waitid", weight: 2, opcodes: [op.IORING_OP_WAITID], draft: children },
  { name: "futex waitv", weight: 2, opcodes: [op.IORING_OP_FUTEX_WAITV], draft: waitingWords },
  { name: "sendmsg zc", weight: 2, opcodes: [op.IORING_OP_SENDMSG_ZC], draft: zeroCopy },
  { name: "named send", weight: 2, opcodes: [op.IORING_OP_SEND_ZC], draft: namedSend },
  { name: "refused", weight: 1, opcodes: [], draft: refused },
];
