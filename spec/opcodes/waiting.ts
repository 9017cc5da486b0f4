/** Opcodes that wait for something other than a file: epoll sets, children, futexes. */
import * as op from "../abi/opcodes.ts";
import { error, memory, type OpcodeRow, use } from "./row.ts";

const FUTEX_FLAGS = ["FUTEX2_SIZE_U32", "FUTEX2_PRIVATE"] as const;
const FUTEX_FIELDS = [
  use("addr", "uaddr", "the futex, aligned to its size"),
  use("addr3", "mask", "which waiters and wakers meet; not 0"),
  use("fd", "futex_flags", "FUTEX2_* bits"),
  use("futex_flags", "flags", "must be 0"),
] as const;
const FUTEX_ERROR = error(
  "EINVAL",
  "mask 0, a size other than 32 bits, a value above 32 bits, not aligned, or an unused field set",
);

/** EPOLL_CTL, EPOLL_WAIT, WAITID and the futex operations. */
export const WAITING_OPCODES: readonly OpcodeRow[] = [
  {
    name: "IORING_OP_EPOLL_CTL",
    value: op.IORING_OP_EPOLL_CTL,
    since: "5.6",
    sinceForms: [],
    man: "io_uring_prep_epoll_ctl(3)",
    summary: "Changes an epoll set, as epoll_ctl(2).",
    fields: [
      use("fd", "epfd", "the epoll set"),
      use("off", "fd", "the file to add, change or remove"),
      use("len", "op", "EPOLL_CTL_* number"),
      use("addr", "ev", "struct epoll_event; not for EPOLL_CTL_DEL"),
    ],
    flagWords: [
      {
        field: "len",
        valid: ["EPOLL_CTL_ADD", "EPOLL_CTL_DEL", "EPOLL_CTL_MOD"],
        otherwise: "EINVAL",
      },
    ],
    result: "0",
    errors: [
      error("EFAULT", "the event is not mapped"),
      error("EEXIST", "EPOLL_CTL_ADD, and the file is in the set"),
      error("ENOENT", "EPOLL_CTL_MOD or _DEL, and it is not"),
      error("EPERM", "the file cannot be polled"),
      error("EINVAL", "epfd is not an epoll set, or buf_index or splice_fd_in set"),
      error("EBADF", "epfd or the file is not open"),
    ],
    attributes: [],
    memory: [memory("addr", "struct epoll_event", "kernel reads", "submission")],
    ends: "terminal CQE",
  },
  {
    name: "IORING_OP_EPOLL_WAIT",
    value: op.IORING_OP_EPOLL_WAIT,
    since: "6.15",
    sinceForms: [],
    man: "io_uring_prep_epoll_wait(3)",
    summary: "Takes the events of an epoll set, as epoll_wait(2) without a timeout.",
    fields: [
      use("fd", "fd", "the epoll set"),
      use("addr", "events", "room for struct epoll_event entries"),
      use("len", "maxevents", "number of entries there is room for"),
      use("rw_flags", "flags", "must be 0"),
    ],
    flagWords: [],
    result: "number of events",
    errors: [
      error("EFAULT", "the room is not mapped"),
      error("EINVAL", "not an epoll set, no room, or an unused field set"),
    ],
    attributes: ["file", "waitsReadable"],
    memory: [memory("addr", "the events", "kernel writes", "terminal CQE")],
    ends: "terminal CQE",
  },
  {
    name: "IORING_OP_WAITID",
    value: op.IORING_OP_WAITID,
    since: "6.7",
    sinceForms: [],
    man: "io_uring_prep_waitid(3)",
    summary: "Waits for a child to change state, as waitid(2).",
    fields: [
      use("len", "idtype", "P_ALL, P_PID, P_PGID or P_PIDFD"),
      use("fd", "id", "which child, group or pidfd"),
      use("addr2", "infop", "0, or where siginfo_t goes"),
      use("file_index", "options", "WEXITED and the like"),
      use("waitid_flags", "flags", "must be 0"),
    ],
    flagWords: [
      { field: "len", valid: ["P_ALL", "P_PID", "P_PGID", "P_PIDFD"], otherwise: "EINVAL" },
      {
        field: "file_index",
        valid: ["WNOHANG", "WSTOPPED", "WEXITED", "WCONTINUED", "WNOWAIT"],
        otherwise: "EINVAL",
      },
    ],
    result: "0; with WNOHANG and nothing to report si_pid is 0",
    errors: [
      error("ECHILD", "there is no such child"),
      error("EINVAL", "options 0, an unknown idtype or option, or addr or waitid_flags set"),
      error("EFAULT", "the siginfo_t is not mapped"),
    ],
    attributes: [],
    memory: [memory("addr2", "siginfo_t", "kernel writes", "terminal CQE")],
    ends: "terminal CQE",
  },
  {
    name: "IORING_OP_FUTEX_WAIT",
    value: op.IORING_OP_FUTEX_WAIT,
    since: "6.7",
    sinceForms: [],
    man: "io_uring_prep_futex_wait(3)",
    summary: "Waits on a futex that holds a value, as futex_wait(2).",
    fields: [...FUTEX_FIELDS, use("addr2", "val", "value that the futex must hold")],
    flagWords: [{ field: "fd", valid: FUTEX_FLAGS, otherwise: "EINVAL" }],
    result: "0 when woken",
    errors: [
      error("EAGAIN", "the futex holds another value"),
      error("EFAULT", "the futex is not mapped"),
      FUTEX_ERROR,
    ],
    attributes: [],
    memory: [memory("addr", "the futex", "kernel reads", "terminal CQE")],
    ends: "terminal CQE",
  },
  {
    name: "IORING_OP_FUTEX_WAKE",
    value: op.IORING_OP_FUTEX_WAKE,
    since: "6.7",
    sinceForms: [],
    man: "io_uring_prep_futex_wake(3)",
    summary: "Wakes waiters of a futex, as futex_wake(2).",
    fields: [...FUTEX_FIELDS, use("addr2", "val", "most waiters to wake")],
    flagWords: [{ field: "fd", valid: FUTEX_FLAGS, otherwise: "EINVAL" }],
    result: "number of waiters woken",
    errors: [error("EFAULT", "the futex is not mapped"), FUTEX_ERROR],
    attributes: [],
    memory: [memory("addr", "the futex, by its address only", "none", "terminal CQE")],
    ends: "terminal CQE",
  },
  {
    name: "IORING_OP_FUTEX_WAITV",
    value: op.IORING_OP_FUTEX_WAITV,
    since: "6.7",
    sinceForms: [],
    man: "io_uring_prep_futex_waitv(3)",
    summary: "Waits on several futexes at once, as futex_waitv(2).",
    fields: [
      use("addr", "futexv", "array of struct futex_waitv"),
      use("len", "nr_futex", "its length, 1 to 128"),
      use("futex_flags", "flags", "must be 0"),
    ],
    flagWords: [],
    result: "index of a futex that was woken",
    errors: [
      error("EAGAIN", "a futex holds another value"),
      error("EFAULT", "the array or a futex is not mapped"),
      error("EINVAL", "length 0 or above 128, a bad entry, or an unused field set"),
    ],
    attributes: [],
    memory: [
      memory("addr", "the array", "kernel reads", "submission"),
      memory("addr", "the futexes it names", "kernel reads", "terminal CQE"),
    ],
    ends: "terminal CQE",
  },
];
