/**
 * Everything that is not compared, with the reason. Nothing else is left out.
 *
 * `generated`: never built. `compared`: not looked at when a run is over. `program`: a program that
 * holds it is counted as excluded.
 */
import { AF_INET, AF_INET6, AF_UNIX } from "../../spec/abi/linux.ts";
import { IORING_CQE_F_32 } from "../../spec/abi/cqe.ts";
import {
  IORING_OP_MSG_RING,
  IORING_OP_POLL_ADD,
  IORING_OP_SOCKET,
  IORING_OP_URING_CMD,
} from "../../spec/abi/opcodes.ts";
import { IORING_SETUP_DEFER_TASKRUN } from "../../spec/abi/setup.ts";
import {
  IORING_MSG_RING_FLAGS_PASS,
  IORING_POLL_ADD_MULTI,
  SOCKET_URING_OP_GETSOCKOPT,
} from "../../spec/abi/sqe.ts";
import { wordValue } from "./encode.ts";
import { RING } from "./fixtures.ts";
import type { Entry, Program, Setup } from "./program.ts";

export interface Exclusion {
  readonly name: string;
  readonly where: "generated" | "compared" | "program";
  readonly reason: string;
  /** For `program`: whether an SQE makes it so. */
  readonly holds?: (entry: Entry, setup: Setup) => boolean;
}

/** AF_MAX. */
const FAMILIES = 46;
const IPPROTO_MPTCP = 262;
/** SO_PEERCRED, SO_COOKIE, SO_NETNS_COOKIE, SO_PEERPIDFD. */
const IDENTITIES: readonly bigint[] = [17n, 57n, 71n, 77n];

export const EXCLUSIONS: readonly Exclusion[] = [
  {
    name: "endless timers",
    where: "generated",
    reason:
      "a multishot timeout fires three times at most: how often an endless one does before the " +
      "program takes its CQEs, and so whether it ends for want of room, is up to the scheduler",
  },
  {
    name: "statx",
    where: "compared",
    reason:
      "times, owner, inode and device numbers, blocks, attributes, and the size of directories " +
      "are the machine's",
  },
  {
    name: "names that are no text",
    where: "compared",
    reason: "of a file whose name is no UTF-8 only the name is compared, as far as it can be read",
  },
  {
    name: "ports",
    where: "compared",
    reason: "a socket that was not bound has any free port: the port in an address is not compared",
  },
  {
    name: "other sockets",
    where: "program",
    reason: "which other families, and whether MPTCP, there are is the kernel's configuration",
    holds: ({ opcode, fd = 0, len = 0 }) => {
      if (opcode !== IORING_OP_SOCKET) return false;
      const known = fd === AF_INET || fd === AF_UNIX || fd === AF_INET6;
      return known ? len === IPPROTO_MPTCP : fd > 0 && fd < FAMILIES;
    },
  },
  {
    name: "long CQEs without end",
    where: "program",
    reason:
      "a message whose flags say that its CQE takes two slots never fits a CQ of one: Linux " +
      "fills it with a CQE to be skipped at every look, and never settles",
    holds: ({ opcode, opFlags = 0, fileIndex = 0 }, { cqEntries }) =>
      opcode === IORING_OP_MSG_RING &&
      cqEntries === 1 &&
      (opFlags & IORING_MSG_RING_FLAGS_PASS) !== 0 &&
      (fileIndex & IORING_CQE_F_32) !== 0,
  },
  {
    name: "a ring that watches itself",
    where: "program",
    reason:
      "how often a multishot poll of its own DEFER_TASKRUN ring is woken by its own CQEs before " +
      "it ends depends on how the kernel batches wake-ups: once or twice were seen (POLL-11)",
    holds: ({ opcode, fd = 0, len = 0 }, { flags }) =>
      opcode === IORING_OP_POLL_ADD &&
      fd === RING &&
      (len & IORING_POLL_ADD_MULTI) !== 0 &&
      (flags & IORING_SETUP_DEFER_TASKRUN) !== 0,
  },
  {
    name: "identities",
    where: "program",
    reason: "which process, socket or network it is, as GETSOCKOPT tells, is the machine's own",
    holds: ({ opcode, off = 0, addr = 0 }) =>
      opcode === IORING_OP_URING_CMD &&
      wordValue(off) === BigInt(SOCKET_URING_OP_GETSOCKOPT) &&
      IDENTITIES.includes(wordValue(addr) >> 32n),
  },
];

/** Why a program is excluded, or undefined. */
export function exclusionOf(program: Program): Exclusion | undefined {
  const entries = program.steps.flatMap((step) => (step.do === "submit" ? step.entries : []));
  const { setup } = program;
  return EXCLUSIONS.find(({ holds }) => entries.some((entry) => holds?.(entry, setup) === true));
}
