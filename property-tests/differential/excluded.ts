/**
 * Everything that is not compared, with the reason. Nothing else is left out.
 *
 * `generated`: never built, or only where it is asked for. `compared`: not looked at when a run is
 * over. `program`: a program that holds it is counted as excluded. `hang`: it is, if Linux hangs.
 */
import { AF_INET, AF_INET6, AF_UNIX } from "../../spec/abi/linux.ts";
import { IORING_CQE_F_32 } from "../../spec/abi/cqe.ts";
import {
  IORING_OP_MSG_RING,
  IORING_OP_SOCKET,
  IORING_OP_SPLICE,
  IORING_OP_TIMEOUT_REMOVE,
  IORING_OP_URING_CMD,
} from "../../spec/abi/opcodes.ts";
import {
  IORING_MSG_RING_FLAGS_PASS,
  IORING_TIMEOUT_UPDATE,
  SOCKET_URING_OP_GETSOCKOPT,
  SPLICE_F_FD_IN_FIXED,
} from "../../spec/abi/sqe.ts";
import { wordValue } from "./encode.ts";
import * as fixtures from "./fixtures.ts";
import { entriesOf, type Entry, type Program, type Setup, setupsOf } from "./program.ts";

export interface Exclusion {
  readonly name: string;
  readonly where: "generated" | "compared" | "program" | "hang";
  readonly reason: string;
  /** For `program` and `hang`: whether an SQE makes it so. */
  readonly holds?: (entry: Entry, rings: Rings) => boolean;
}

/** How the ring was made that a descriptor is, if it is one. */
type Rings = (fd: number) => Setup | undefined;

/** Descriptors of the fixtures that are no sockets. */
const NO_SOCKETS: ReadonlySet<number> = new Set([
  fixtures.PIPE_READ,
  fixtures.PIPE_WRITE,
  fixtures.OTHER_READ,
  fixtures.OTHER_WRITE,
  fixtures.FILE,
  fixtures.READ_ONLY_FILE,
  fixtures.DIRECTORY,
  fixtures.NULL_DEVICE,
  fixtures.EVENTFD,
  fixtures.EPOLL,
  fixtures.RING,
]);
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
    name: "two rings, SQ threads",
    where: "generated",
    reason:
      "with --about only: what the harness's own poll does to a second ring is not modelled, and " +
      "an SQ thread leaves more open than can be searched in a test run",
  },
  {
    name: "rings of other kinds",
    where: "generated",
    reason:
      "R_DISABLED, restrictions, IOPOLL, CQE_MIXED and SQE_MIXED in programs of one SQE only; " +
      "CLAMP, NO_MMAP, REGISTERED_FD_ONLY and SQ_AFF in none: what they change is how a ring is " +
      "made, and the scenarios of chapter SETUP compare that",
  },
  {
    name: "other ways to wait",
    where: "generated",
    reason:
      "min_wait, ABS_TIMER, EXT_ARG_REG and signal masks need times that a busy machine keeps: " +
      "the scenarios of chapter ENTER compare them",
  },
  {
    name: "registrations about the task",
    where: "generated",
    reason:
      "PROBE, QUERY, personalities, workers, ring descriptors, NAPI, the clock, memory regions, " +
      "ZCRX_IFQ and SEND_MSG_RING: no later SQE of the program shows what they did, or one " +
      "would need the privileges that it has given up; the scenarios of chapter REG compare them",
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
    holds: ({ opcode, fd = 0, opFlags = 0, fileIndex = 0 }, setupOf) =>
      opcode === IORING_OP_MSG_RING &&
      setupOf(fd)?.cqEntries === 1 &&
      (opFlags & IORING_MSG_RING_FLAGS_PASS) !== 0 &&
      (fileIndex & IORING_CQE_F_32) !== 0,
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
  {
    name: "timers without an end",
    where: "hang",
    reason:
      "a multishot timeout that is updated has no last time any more: with a short period the " +
      "program has CQEs to take for ever",
    holds: ({ opcode, opFlags = 0 }) =>
      opcode === IORING_OP_TIMEOUT_REMOVE && (opFlags & IORING_TIMEOUT_UPDATE) !== 0,
  },
  {
    name: "locked pipes",
    where: "hang",
    reason:
      "a SPLICE from a socket that has nothing yet holds the lock of its pipe: who reads or " +
      "writes that pipe waits in the kernel until something comes, the program itself as well",
    holds: ({ opcode, opFlags = 0, fileIndex = 0 }) => {
      if (opcode !== IORING_OP_SPLICE) return false;
      const isRegistered = (opFlags & SPLICE_F_FD_IN_FIXED) !== 0;
      return isRegistered || !NO_SOCKETS.has(fileIndex);
    },
  },
];

/**
 * Why a program is excluded, or undefined.
 *
 * @param where - `hang`: why it is, as Linux hangs in it
 */
export function exclusionOf(
  program: Program,
  where: "program" | "hang" = "program",
): Exclusion | undefined {
  const setups = setupsOf(program);
  const rings: Rings = (fd) => setups[[fixtures.RING, fixtures.OTHER_RING].indexOf(fd)];
  const entries = program.steps.flatMap(entriesOf);
  return EXCLUSIONS.find(
    (one) => one.where === where && entries.some((entry) => one.holds?.(entry, rings) === true),
  );
}
