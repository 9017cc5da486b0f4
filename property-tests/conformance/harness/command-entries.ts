/** URING_CMD: commands to files. */
import { SOL_SOCKET } from "../../../spec/abi/linux.ts";
import { IORING_OP_URING_CMD } from "../../../spec/abi/opcodes.ts";
import {
  SOCKET_URING_OP_GETSOCKOPT,
  SOCKET_URING_OP_SETSOCKOPT,
  SQE_ADDR3,
  SQE_OPTNAME,
  SQE_SPLICE_FD_IN,
} from "../../../spec/abi/sqe.ts";
import { encodeEntry, setU64 } from "../../../src/queue/index.ts";
import type { Memory } from "../../worlds/memory.ts";
import type { Entry } from "./entries.ts";

/** The command `operation` to a file; `flags` are IORING_URING_CMD_*. */
export function command(fd: number, operation: number, flags = 0): Entry {
  return (sqes, at) => encodeEntry(sqes, at, IORING_OP_URING_CMD, fd, operation, 0, 0, flags);
}

/** What an option command is about. */
export interface OptionFields {
  /** SOL_SOCKET when left out. */
  readonly level?: number;
  readonly option: number;
  /** Address of the value, and its length in bytes. */
  readonly value: number;
  readonly length: number;
}

function optionCommand(fd: number, operation: number, fields: OptionFields): Entry {
  const { level = SOL_SOCKET, option, value, length } = fields;
  return (sqes, at) => {
    encodeEntry(sqes, at, IORING_OP_URING_CMD, fd, operation, level, 0, 0);
    sqes.setUint32(at + SQE_OPTNAME, option, true);
    sqes.setInt32(at + SQE_SPLICE_FD_IN, length, true);
    setU64(sqes, at + SQE_ADDR3, value);
  };
}

/** GETSOCKOPT into the whole of `value`. */
export function getOption(fd: number, option: number, value: Memory, level?: number): Entry {
  const { address, byteLength: length } = value;
  return optionWith(fd, { option, value: address, length, ...(level !== undefined && { level }) });
}

/** GETSOCKOPT with any fields. */
export function optionWith(fd: number, fields: OptionFields): Entry {
  return optionCommand(fd, SOCKET_URING_OP_GETSOCKOPT, fields);
}

/** SETSOCKOPT with any fields. */
export function setOptionWith(fd: number, fields: OptionFields): Entry {
  return optionCommand(fd, SOCKET_URING_OP_SETSOCKOPT, fields);
}
