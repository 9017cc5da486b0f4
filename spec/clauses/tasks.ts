/** Chapter TASK: which task may submit, and when completions reach the ring. */
import { NO_SCENARIO } from "./open.ts";
import type { Chapter } from "./types.ts";

/** Chapter TASK. */
export const TASKS: Chapter = {
  prefix: "TASK",
  title: "Tasks and issuers",
  introduction:
    "A completion that does not happen inside the submit is finished by task work of the " +
    "submitting task. The set-up flags say when that runs, and who may use the ring.",
  clauses: [
    {
      id: "TASK-1",
      rule: "On a SINGLE_ISSUER ring another task than the owner may neither submit nor register.",
      observable:
        "io_uring_enter with to_submit above 0, also on an empty queue, and io_uring_register: " +
        "-EEXIST",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "6.0",
    },
    {
      id: "TASK-2",
      rule: "With R_DISABLED the task that enables the ring becomes its owner.",
      observable: "the creator then gets -EEXIST",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "6.0",
    },
    {
      id: "TASK-3",
      rule:
        "On a DEFER_TASKRUN ring a completion that is not inline appears when the owner enters " +
        "with GETEVENTS, and not before; a submit without GETEVENTS does not bring it.",
      observable: "CQ tail",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "6.1",
    },
    {
      id: "TASK-4",
      rule: "With TASKRUN_FLAG the ring shows that such work is pending.",
      observable: "SQ flags bit 2 (TASKRUN) until the owner has entered",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "5.19",
    },
    {
      id: "TASK-5",
      rule:
        "On a ring without DEFER_TASKRUN completions appear at the latest when the submitting " +
        "task returns from its next system call.",
      observable: "CQ tail",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
    },
    {
      id: "TASK-6",
      rule: "On a SINGLE_ISSUER ring without DEFER_TASKRUN any task may wait.",
      observable: "io_uring_enter with to_submit 0 works as for the owner",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "6.0",
    },
    {
      id: "TASK-7",
      rule: "On a DEFER_TASKRUN ring only the owner may enter with GETEVENTS.",
      observable: "-EEXIST, also with min_complete 0",
      source: ["observed on 6.18", "io_uring_setup(2)"],
      since: "6.1",
    },
    {
      id: "TASK-8",
      rule: "Before a SINGLE_ISSUER ring is enabled it has no owner, and any task may register.",
      observable: "register works from two tasks",
      source: ["observed on 6.18"],
      since: "6.0",
    },
    {
      id: "TASK-9",
      rule:
        "On a SINGLE_ISSUER ring with SQPOLL every task may enter; only the " +
        "owner may register.",
      observable: "io_uring_enter works; io_uring_register -EEXIST",
      source: ["observed on 6.18"],
      since: "6.0",
    },
    {
      id: "TASK-10",
      rule:
        "A wait on a DEFER_TASKRUN ring may leave completions that are due unposted until enough " +
        "of them for min_complete are due, or the wait ends.",
      observable: "a counted TIMEOUT that is thereby late does not end the wait",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.1",
      open: NO_SCENARIO,
    },
    {
      id: "TASK-11",
      rule: "A child process that inherited a ring is another task.",
      observable: "on a plain ring its submissions work; on a SINGLE_ISSUER ring -EEXIST",
      source: ["observed on 6.18"],
    },
    {
      id: "TASK-12",
      rule:
        "A call with GETEVENTS on a DEFER_TASKRUN ring goes once through the work that is queued, " +
        "and once more if it also submitted; what follows from that work is left for the next " +
        "call, unless fewer steps than min_complete were taken.",
      observable:
        "the second member of a chain of NOPs after one such call, the third after another; with " +
        "min_complete 2 both; TASKRUN stays set while something is left",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.1",
    },
  ],
};
