/** SQEs that move bytes between files, and the one that makes pipes. */
import { IORING_OP_PIPE, IORING_OP_SPLICE, IORING_OP_TEE } from "../../../spec/abi/opcodes.ts";
import { SQE_SPLICE_FD_IN } from "../../../spec/abi/sqe.ts";
import { encodeEntry } from "../../../src/queue/index.ts";
import type { Entry } from "./entries.ts";

/** Stands for "no position". */
export const NONE = -1;

/** SPLICE of up to `length` bytes. */
export function splice(
  input: number,
  output: number,
  length: number,
  flags = 0,
  inputPosition: number = NONE,
  outputPosition: number = NONE,
): Entry {
  return (sqes, at) => {
    const opcode = IORING_OP_SPLICE;
    encodeEntry(sqes, at, opcode, output, outputPosition, inputPosition, length, flags);
    sqes.setInt32(at + SQE_SPLICE_FD_IN, input, true);
  };
}

/** TEE of up to `length` bytes. */
export function tee(input: number, output: number, length: number, flags = 0): Entry {
  return (sqes, at) => {
    encodeEntry(sqes, at, IORING_OP_TEE, output, 0, 0, length, flags);
    sqes.setInt32(at + SQE_SPLICE_FD_IN, input, true);
  };
}

/** PIPE, whose two numbers go to `address`. */
export function makePipe(address: number, flags = 0): Entry {
  return (sqes, at) => encodeEntry(sqes, at, IORING_OP_PIPE, 0, 0, address, 0, flags);
}
