/**
 * Kernel profiles: what a release of Linux had, and how it behaved where that has changed since.
 *
 * What exists is read from the tables of spec/, in which every opcode, feature and flag carries
 * the release that brought it. What behaves otherwise is `Behaviours`, one named switch for
 * each change; code asks `profile.behaves.backlog`, never for a version. What a profile does
 * not say is as in 6.18: which fields an operation leaves unchecked, say.
 */
import {
  knownBits,
  knownLinuxBits,
  OPCODE_GROUP,
  REGISTER_OPCODE_GROUP,
} from "../../../spec/constants.ts";
import { isAtLeast, type KernelVersion } from "../../../spec/kernel-version.ts";
import type { ConstantGroup } from "../../../spec/tables/row.ts";
import { ENTER_FLAGS } from "../../../spec/tables/enter.ts";
import { CQ_RING_FLAGS, FEATURES, SETUP_FLAGS } from "../../../spec/tables/setup.ts";
import { RW_FLAGS } from "../../../spec/tables/linux.ts";
import { NOP_FLAGS, SOCKET_COMMANDS, SQE_FLAGS_GROUP } from "../../../spec/tables/sqe.ts";
import { missingBits, type MissingBits } from "./profile-flags.ts";

/** The releases that can be asked for. */
export const KERNELS = ["5.4", "5.10", "5.15", "6.1", "6.6", "6.12", "6.18"] as const;

/** A release that can be asked for. */
export type KernelName = (typeof KERNELS)[number];

/** The kernel that is emulated unless another one is asked for. */
export const DEFAULT_KERNEL: KernelName = "6.18";

/** The releases in which something holds: from `since` on, up to and with `until`. */
interface Span {
  readonly since?: KernelVersion;
  readonly until?: KernelVersion;
}

/** Behaviour that differs between the releases, one switch for each change. */
export interface Behaviours {
  /** A CQE that finds the ring full waits in the kernel (CQ-3), and is not lost (CQ-21). */
  readonly backlog: boolean;
  /** A backlog that cannot be moved into the ring refuses submissions (ENTER-35). */
  readonly backlogRefusesSubmissions: boolean;
  /** A rejected SQE ends the batch (SQ-6); before, the rest went on (SQ-16). */
  readonly rejectionEndsBatch: boolean;
  /** A rejected member fails its chain (LINK-5); before, it was none of it (LINK-30, LINK-31). */
  readonly rejectionFailsChain: boolean;
  /** A rejected last member of a chain ends the batch (SQ-15). */
  readonly rejectedTailEndsBatch: boolean;
  /** What is behind a drained request waits until that has completed (DRAIN-6, not DRAIN-7). */
  readonly drainWaitsForCompletion: boolean;
  /** The descriptor is looked up when the request is issued (ERR-10), not before (ERR-21). */
  readonly fileAfterPrepare: boolean;
  /** An SQ thread takes requests on any descriptor, not on registered files alone (SQPOLL-11). */
  readonly threadTakesAnyFile: boolean;
  /** A poll that is removed answers ECANCELED (POLL-8), and not 0 (POLL-40). */
  readonly removedPollIsCanceled: boolean;
  /** NOP looks at its flags (NOP-1); before, it ignored them (NOP-20). */
  readonly nopHasFlags: boolean;
  /** READ and the like refuse an address outside user space before the descriptor (ERR-18). */
  readonly addressCheckedWhenPrepared: boolean;
  /** SEND may select its buffer (BUF-61). */
  readonly sendSelectsBuffer: boolean;
  /** URING_CMD may select its buffers (BUF-23). */
  readonly commandSelectsBuffer: boolean;
  /** A multishot RECV takes limits (NET-13, not NET-47). */
  readonly receiveHasLimits: boolean;
  /** A cancelled multishot receive says so (MSHOT-20, not MSHOT-21). */
  readonly receiveIsCanceled: boolean;
  /** A table of files may have empty slots (FILE-1). */
  readonly slotsMayBeEmpty: boolean;
  /** The kernel picks slots for direct descriptors (FILE-36). */
  readonly slotsArePicked: boolean;
  /** The operation FILES_UPDATE picks slots (FILE-15). */
  readonly updatesPickSlots: boolean;
  /** In an update -2 leaves a slot as it is (FILE-5). */
  readonly updatesSkipSlots: boolean;
  /** An eventfd is signalled only for CQEs in the ring (REG-24); before, for any (REG-44). */
  readonly eventfdOnlyForPosted: boolean;
  /** The owner of a DEFER_TASKRUN ring is woken when enough is due (TASK-10), and not for each. */
  readonly wakesLazily: boolean;
  /** A register opcode that does not exist is refused before the descriptor (REG-1, REG-46). */
  readonly registerOpcodeFirst: boolean;
}

const SPANS: Readonly<Record<keyof Behaviours, Span>> = {
  backlog: { since: "5.5" },
  backlogRefusesSubmissions: { since: "5.5", until: "5.12" },
  rejectionEndsBatch: { since: "5.5" },
  rejectionFailsChain: { since: "5.15" },
  rejectedTailEndsBatch: { since: "5.19" },
  drainWaitsForCompletion: { since: "6.16" },
  fileAfterPrepare: { since: "5.18" },
  threadTakesAnyFile: { since: "5.11" },
  removedPollIsCanceled: { since: "5.5" },
  nopHasFlags: { since: "6.10" },
  addressCheckedWhenPrepared: { since: "6.10" },
  sendSelectsBuffer: { since: "6.10" },
  commandSelectsBuffer: { since: "6.18" },
  receiveHasLimits: { since: "6.17" },
  receiveIsCanceled: { since: "6.5" },
  slotsMayBeEmpty: { since: "5.5" },
  slotsArePicked: { since: "5.19" },
  updatesPickSlots: { since: "6.0" },
  updatesSkipSlots: { since: "5.12" },
  eventfdOnlyForPosted: { since: "6.1" },
  wakesLazily: { since: "6.4" },
  registerOpcodeFirst: { since: "6.1" },
};

/** What one release of Linux has. */
export interface KernelProfile {
  readonly version: KernelName;
  /** IORING_FEAT_*, IORING_SETUP_*, IORING_ENTER_*, IOSQE_* and IORING_CQ_* that it knows. */
  readonly features: number;
  readonly setupFlags: number;
  readonly enterFlags: number;
  readonly sqeFlags: number;
  readonly cqRingFlags: number;
  /** RWF_*, and IORING_NOP_*, that it knows. */
  readonly rwFlags: number;
  readonly nopFlags: number;
  /** One above its highest opcode, and its highest register opcode. */
  readonly opcodes: number;
  readonly registerOpcodes: number;
  /** One above the highest command to a socket (chapter CMD); 0 or below: sockets take none. */
  readonly socketCommands: number;
  readonly behaves: Behaviours;
  /**
   * By opcode, the bits of operation flags that 6.18 knows and this release does not; undefined
   * where there are none.
   */
  readonly missing: readonly (MissingBits | undefined)[];
  /** The bits of a group of flags that it knows, an unsigned number. */
  known(group: ConstantGroup): number;
}

const profiles = new Map<KernelName, KernelProfile>();

/** The profile of a release. */
export function kernelProfile(version: KernelName): KernelProfile {
  let profile = profiles.get(version);
  if (profile === undefined) {
    profile = makeProfile(version);
    profiles.set(version, profile);
  }
  return profile;
}

function makeProfile(version: KernelName): KernelProfile {
  const known = (group: ConstantGroup): number => knownBits(group, version);
  return {
    version,
    features: known(FEATURES),
    setupFlags: known(SETUP_FLAGS),
    enterFlags: known(ENTER_FLAGS),
    sqeFlags: known(SQE_FLAGS_GROUP),
    cqRingFlags: known(CQ_RING_FLAGS),
    rwFlags: knownLinuxBits(RW_FLAGS, version),
    nopFlags: known(NOP_FLAGS),
    opcodes: endOf(OPCODE_GROUP, version),
    registerOpcodes: endOf(REGISTER_OPCODE_GROUP, version),
    socketCommands: endOf(SOCKET_COMMANDS, version),
    behaves: behaviourOf(version),
    missing: missingBits(version),
    known,
  };
}

/** One above the highest number of an enumeration that `version` has. */
function endOf(group: ConstantGroup, version: KernelVersion): number {
  const rows = group.rows.filter((row) => row.grows !== true && isAtLeast(version, row.since));
  return 1 + Math.max(...rows.map((row) => row.value));
}

function behaviourOf(version: KernelVersion): Behaviours {
  const holds = ([name, span]: [string, Span]): [string, boolean] => {
    const { since, until } = span;
    const begun = since === undefined || isAtLeast(version, since);
    return [name, begun && (until === undefined || isAtLeast(until, version))];
  };
  return Object.fromEntries(Object.entries(SPANS).map(holds)) as unknown as Behaviours;
}
