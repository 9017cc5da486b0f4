/**
 * What one row of the opcode table says.
 *
 * A row holds what is particular to its opcode. What holds for every SQE (its
 * opcode, flags, user_data and personality, and the checks that come before the
 * opcode is looked at) stands in `COMMON_FIELDS` and `COMMON_ERRORS`.
 */
import type { ErrnoName } from "../errno.ts";
import type { KernelVersion } from "../kernel-version.ts";

/** A member of `struct io_uring_sqe`, by the kernel's name. Some share their bytes. */
export type SqeFieldName =
  | "opcode"
  | "flags"
  | "ioprio"
  | "fd"
  | "off"
  | "addr2"
  | "cmd_op"
  | "addr"
  | "splice_off_in"
  | "level"
  | "optname"
  | "len"
  | SqeFlagWordName
  | "user_data"
  | "buf_index"
  | "buf_group"
  | "personality"
  | "splice_fd_in"
  | "file_index"
  | "zcrx_ifq_idx"
  | "optlen"
  | "addr_len"
  | "addr3"
  | "attr_ptr"
  | "attr_type_mask"
  | "optval"
  | "cmd";

/** A name of the 32-bit word at offset 28, which each opcode reads in its own way. */
export type SqeFlagWordName =
  | "rw_flags"
  | "fsync_flags"
  | "poll32_events"
  | "sync_range_flags"
  | "msg_flags"
  | "timeout_flags"
  | "accept_flags"
  | "cancel_flags"
  | "open_flags"
  | "statx_flags"
  | "fadvise_advice"
  | "splice_flags"
  | "rename_flags"
  | "unlink_flags"
  | "hardlink_flags"
  | "xattr_flags"
  | "msg_ring_flags"
  | "uring_cmd_flags"
  | "waitid_flags"
  | "futex_flags"
  | "install_fd_flags"
  | "nop_flags"
  | "pipe_flags";

/** How an opcode uses one field. */
export interface FieldUse {
  readonly field: SqeFieldName;
  /** What the man page of the helper or of the system call names it. */
  readonly name: string;
  /** What it holds, in plain words. */
  readonly meaning: string;
}

/** A field whose bits or values are named constants. */
export interface FlagWord {
  readonly field: SqeFieldName;
  /** Names of the constants that are valid, all of them exported by the spec. */
  readonly valid: readonly string[];
  /** What any other bit or value gives. */
  readonly otherwise: ErrnoName | "ignored" | "as the system call";
}

/** An error that the operation gives, and when. */
export interface ErrorUse {
  readonly errno: ErrnoName;
  readonly when: string;
}

/** A form of an opcode that a later kernel added. */
export interface OpcodeForm {
  readonly name: string;
  readonly since: KernelVersion;
  /** How it is asked for. */
  readonly by: string;
}

/** The moment from which the program may use a piece of memory again. */
export type MemoryEnd =
  /** The kernel has copied it when the SQE is consumed (FEAT_SUBMIT_STABLE, SQ-5). */
  | "submission"
  /** The CQE without F_MORE. */
  | "terminal CQE"
  /** The second CQE of a zero-copy send, the one with F_NOTIF. */
  | "F_NOTIF CQE"
  /** The CQE that names the buffer in its flags, without F_BUF_MORE. */
  | "CQE with F_BUFFER"
  /** Not by an operation: a registration or a buffer group holds it. */
  | "unregistration";

/** What the kernel does to a piece of memory while an operation holds it. */
export type MemoryDirection = "kernel reads" | "kernel writes" | "kernel reads and writes" | "none";

/** A piece of the program's memory that an operation holds. */
export interface MemoryUse {
  /** The field with its address or, for registered memory, with its index. */
  readonly field: SqeFieldName;
  readonly holds: string;
  readonly direction: MemoryDirection;
  readonly until: MemoryEnd;
}

/** A property of an opcode that the machinery around it asks for. */
export type OpcodeAttribute =
  /** `fd` is looked up: EBADF, and IOSQE_FIXED_FILE means something. */
  | "file"
  /** Works on a path relative to a directory descriptor; IOSQE_FIXED_FILE is refused. */
  | "path"
  /** `ioprio` may be non-zero: an I/O priority, or flags of the operation. */
  | "ioprio"
  /** IOSQE_BUFFER_SELECT is allowed. */
  | "bufferSelect"
  /** When it would block it waits, without a thread, until the file is readable. */
  | "waitsReadable"
  /** When it would block it waits, without a thread, until the file is writable. */
  | "waitsWritable"
  /** Has a form that posts many CQEs. */
  | "multishot"
  /** Never completes inside the submission: it always goes to a worker thread. */
  | "alwaysAsync"
  /** Works on a ring made with IORING_SETUP_IOPOLL. */
  | "iopoll"
  /** Its result can be a new descriptor, which an abandoned operation has to close (O7). */
  | "makesDescriptor"
  /** A negative result of the operation itself does not break a soft chain (LINK-10). */
  | "failureKeepsLink"
  /** A result below the requested length breaks a soft chain (LINK-7). */
  | "shortBreaksLink"
  /** Takes two slots of the SQ: a 128-byte entry on an IORING_SETUP_SQE_MIXED ring. */
  | "wide";

/** What ends a request: the last CQE that it posts. */
export type OpcodeEnd = "terminal CQE" | "F_NOTIF CQE";

/** Everything the spec knows of one opcode. */
export interface OpcodeRow {
  /** The kernel's name, with its prefix: `IORING_OP_READ`. */
  readonly name: `IORING_OP_${string}`;
  readonly value: number;
  readonly since: KernelVersion;
  /** Forms that came later than the opcode. */
  readonly sinceForms: readonly OpcodeForm[];
  readonly man: string;
  readonly summary: string;
  readonly fields: readonly FieldUse[];
  readonly flagWords: readonly FlagWord[];
  /** What `res` means when it is not negative. */
  readonly result: string;
  /** Errors particular to the opcode. Those of the system call behind it come on top. */
  readonly errors: readonly ErrorUse[];
  readonly attributes: readonly OpcodeAttribute[];
  readonly memory: readonly MemoryUse[];
  readonly ends: OpcodeEnd;
}

/** How an opcode uses a field: shorthand for the tables. */
export function use(field: SqeFieldName, name: string, meaning: string): FieldUse {
  return { field, name, meaning };
}

/** An error of an opcode: shorthand for the tables. */
export function error(errno: ErrnoName, when: string): ErrorUse {
  return { errno, when };
}

/** A piece of memory: shorthand for the tables. */
export function memory(
  field: SqeFieldName,
  holds: string,
  direction: MemoryDirection,
  until: MemoryEnd,
): MemoryUse {
  return { field, holds, direction, until };
}

/** A later form of an opcode: shorthand for the tables. */
export function form(name: string, since: KernelVersion, by: string): OpcodeForm {
  return { name, since, by };
}
