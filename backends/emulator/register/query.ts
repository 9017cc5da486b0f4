/**
 * REGISTER_QUERY: a chain of questions, each a header that names its answer's place and the next
 * header (REG-16, REG-39 to REG-41).
 */
import {
  IO_URING_QUERY_OPCODES,
  QUERY_HDR_DATA_SIZE,
  QUERY_HDR_NEXT_ENTRY,
  QUERY_HDR_QUERY_DATA,
  QUERY_HDR_QUERY_OP,
  QUERY_HDR_RESULT,
  QUERY_HDR_SIZE,
  QUERY_OPCODE_ENTER_FLAGS,
  QUERY_OPCODE_FEATURE_FLAGS,
  QUERY_OPCODE_NR_QUERY_OPCODES,
  QUERY_OPCODE_NR_REGISTER_OPCODES,
  QUERY_OPCODE_NR_REQUEST_OPCODES,
  QUERY_OPCODE_RING_SETUP_FLAGS,
  QUERY_OPCODE_SIZE,
  QUERY_OPCODE_SQE_FLAGS,
} from "../../../spec/abi/query.ts";
import { EFAULT, EINVAL, EOPNOTSUPP, ERANGE } from "../../../spec/errno.ts";
import { isZero, readStruct, readUnsigned } from "../issue/access.ts";
import type { Core } from "../core.ts";

/** A chain of so many is taken for one without end. */
const CHAIN_END = 1000;
/** Only IO_URING_QUERY_OPCODES is known. */
const KINDS = 1;
/** Zeroes are written in pieces of this many bytes. */
const PIECE = 4096;

/** With a ring or without, the answers are the same. 0, or -errno. */
export function query(core: Core, address: number, count: number): number {
  //= REG-41
  if (count !== 0) return -EINVAL;
  let header = address;
  for (let asked = 1; header !== 0; asked++) {
    const next = answer(core, header);
    if (next < 0) return next;
    //= REG-41
    if (asked === CHAIN_END) return -ERANGE;
    header = next;
  }
  return 0;
}

/** Answers one question. The address of the next header, or -EFAULT. */
function answer(core: Core, address: number): number {
  const header = readStruct(core.memory, address, QUERY_HDR_SIZE);
  if (header === undefined) return -EFAULT;
  const size = header.getUint32(QUERY_HDR_DATA_SIZE, true);
  const data = readUnsigned(header, QUERY_HDR_QUERY_DATA);
  const result = check(header);
  let answered = 0;
  if (result === 0) {
    const place = readStruct(core.memory, data, Math.min(size, QUERY_OPCODE_SIZE));
    if (place === undefined) return -EFAULT;
    //= REG-40
    answered = Math.min(size, QUERY_OPCODE_SIZE);
  }
  if (!writeAnswer(core, data, size, answered)) return -EFAULT;
  header.setInt32(QUERY_HDR_RESULT, result, true);
  header.setUint32(QUERY_HDR_DATA_SIZE, answered, true);
  const bytes = new Uint8Array(header.buffer);
  if (core.memory.write(address, bytes) !== QUERY_HDR_SIZE) return -EFAULT;
  return readUnsigned(header, QUERY_HDR_NEXT_ENTRY);
}

/** What is wrong with a question: 0, -EOPNOTSUPP or -EINVAL, for its own header. */
function check(header: DataView): number {
  //= REG-39
  if (header.getUint32(QUERY_HDR_QUERY_OP, true) !== IO_URING_QUERY_OPCODES) return -EOPNOTSUPP;
  //= REG-40
  if (!isZero(header, QUERY_HDR_RESULT, QUERY_HDR_SIZE)) return -EINVAL;
  return header.getUint32(QUERY_HDR_DATA_SIZE, true) === 0 ? -EINVAL : 0;
}

/** Writes `answered` bytes of the answer, and zeroes in the rest of its place. */
function writeAnswer(core: Core, address: number, size: number, answered: number): boolean {
  const bytes = answered === 0 ? new Uint8Array(0) : describeKernel(core).subarray(0, answered);
  const zeroes = new Uint8Array(PIECE);
  for (let at = answered; at < size; at += PIECE) {
    const part = zeroes.subarray(0, Math.min(PIECE, size - at));
    if (core.memory.write(address + at, part) !== part.length) return false;
  }
  return core.memory.write(address, bytes) === bytes.length;
}

//= REG-16
function describeKernel(core: Core): Uint8Array {
  const { profile } = core;
  const view = new DataView(new ArrayBuffer(QUERY_OPCODE_SIZE));
  view.setUint32(QUERY_OPCODE_NR_REQUEST_OPCODES, profile.opcodes, true);
  view.setUint32(QUERY_OPCODE_NR_REGISTER_OPCODES, profile.registerOpcodes, true);
  view.setUint32(QUERY_OPCODE_FEATURE_FLAGS, profile.features, true);
  view.setUint32(QUERY_OPCODE_RING_SETUP_FLAGS, profile.setupFlags, true);
  view.setUint32(QUERY_OPCODE_ENTER_FLAGS, profile.enterFlags, true);
  view.setUint32(QUERY_OPCODE_SQE_FLAGS, profile.sqeFlags, true);
  view.setUint32(QUERY_OPCODE_NR_QUERY_OPCODES, KINDS, true);
  return new Uint8Array(view.buffer);
}
