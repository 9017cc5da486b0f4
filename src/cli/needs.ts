/** What safer-ring itself asks of the kernel, and what each operation is for. */
import { OPCODES } from "../../spec/opcodes.ts";

/** Opcodes without their prefix, and the calls that stop working where one is missing. */
export const NEEDS: Readonly<Record<string, string>> = {
  NOP: "nop",
  READV: "readv",
  WRITEV: "writev",
  FSYNC: "sync, datasync",
  POLL_ADD: "poll",
  TIMEOUT: "sleep, close",
  ASYNC_CANCEL: "signal, close",
  ACCEPT: "accept",
  CONNECT: "connect",
  OPENAT: "openFile",
  CLOSE: "close",
  STATX: "stat",
  READ: "read",
  WRITE: "write",
  SEND: "send",
  RECV: "recv",
  SHUTDOWN: "shutdown",
  RENAMEAT: "rename",
  UNLINKAT: "unlink, rmdir",
  MKDIRAT: "mkdir",
  SOCKET: "connect, listen",
  FTRUNCATE: "truncate",
  BIND: "listen",
  LISTEN: "listen",
};

/** An opcode that this kernel lacks. */
export interface MissingOpcode {
  readonly name: string;
  /** The calls of the library that need it. */
  readonly calls: string;
  /** The kernel that brought it: "6.11". */
  readonly since: string;
}

/** What is missing among the opcodes that a kernel has. */
export function missingOpcodes(present: readonly string[]): MissingOpcode[] {
  return Object.entries(NEEDS)
    .filter(([name]) => !present.includes(name))
    .map(([name, calls]) => {
      const since = OPCODES.find((row) => row.name === `IORING_OP_${name}`)?.since ?? "unknown";
      return { name, calls, since };
    });
}
