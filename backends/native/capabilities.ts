/** What the io_uring of this kernel can do, asked of the kernel itself. */
import type { Backend } from "../../src/backend.ts";
import { IORING_REGISTER_PROBE, IO_URING_OP_SUPPORTED } from "../../spec/abi/register.ts";
import {
  IORING_SETUP_COOP_TASKRUN,
  IORING_SETUP_CQSIZE,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_HYBRID_IOPOLL,
  IORING_SETUP_IOPOLL,
  IORING_SETUP_NO_SQARRAY,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SQPOLL,
  IORING_SETUP_SQ_AFF,
  IORING_SETUP_SQ_REWIND,
  IORING_SETUP_TASKRUN_FLAG,
  PARAMS_CQ_ENTRIES,
  PARAMS_FEATURES,
  PARAMS_FLAGS,
  PARAMS_SIZE,
} from "../../spec/abi/setup.ts";
import { SETUP_FLAGS, featureNames, opcodeName } from "./names.ts";

/** What the kernel says, by name, that it can do. */
export interface Capabilities {
  /** IORING_FEAT_* without the prefix. */
  readonly features: readonly string[];
  /** IORING_OP_* without the prefix, as IORING_REGISTER_PROBE lists them. */
  readonly opcodes: readonly string[];
  /** IORING_SETUP_* without the prefix: those with which a ring could be set up. */
  readonly setupFlags: readonly string[];
}

/** What some flags need beside them (io_uring_setup(2)). */
const NEEDED_BESIDE = new Map<number, number>([
  [IORING_SETUP_SQ_AFF, IORING_SETUP_SQPOLL],
  [IORING_SETUP_TASKRUN_FLAG, IORING_SETUP_COOP_TASKRUN],
  [IORING_SETUP_DEFER_TASKRUN, IORING_SETUP_SINGLE_ISSUER],
  [IORING_SETUP_HYBRID_IOPOLL, IORING_SETUP_IOPOLL],
  [IORING_SETUP_SQ_REWIND, IORING_SETUP_NO_SQARRAY],
]);

/** Flags that cannot be tried alone: they need another ring, memory of ours, or leave an index. */
const NOT_TRIED: readonly string[] = ["ATTACH_WQ", "NO_MMAP", "REGISTERED_FD_ONLY"];

// struct io_uring_probe: a header of 16 bytes, then 8 bytes for each opcode.
const PROBE_HEADER_SIZE = 16;
const PROBE_OPS_LENGTH = 1;
const PROBE_OP_SIZE = 8;
const PROBE_OP_FLAGS = 2;
/** The most the kernel takes; it says how many it knows. */
const PROBE_OPS_LIMIT = 256;

/** Asks the kernel. Empty lists where it refuses to answer. */
export function findCapabilities(backend: Backend): Capabilities {
  const plain = withRing(backend, 0, (ringFd, params) => ({
    features: featureNames(params.getUint32(PARAMS_FEATURES, true)),
    opcodes: probeOpcodes(backend, ringFd),
  }));
  const setupFlags = SETUP_FLAGS.filter(({ name }) => !NOT_TRIED.includes(name))
    .filter(({ value }) => withRing(backend, value, () => true) === true)
    .map(({ name }) => name);
  return { features: plain?.features ?? [], opcodes: plain?.opcodes ?? [], setupFlags };
}

/** Runs `body` with a ring of one entry that exists only for it; undefined when refused. */
function withRing<T>(
  backend: Backend,
  flag: number,
  body: (ringFd: number, params: DataView) => T,
): T | undefined {
  const region = backend.allocate(PARAMS_SIZE);
  const params = new DataView(region.buffer);
  params.setUint32(PARAMS_FLAGS, (flag | (NEEDED_BESIDE.get(flag) ?? 0)) >>> 0, true);
  if (flag === IORING_SETUP_CQSIZE) params.setUint32(PARAMS_CQ_ENTRIES, 2, true);
  const ringFd = backend.setup(1, region.address);
  try {
    return ringFd < 0 ? undefined : body(ringFd, params);
  } finally {
    if (ringFd >= 0) backend.close(ringFd);
    region.free();
  }
}

function probeOpcodes(backend: Backend, ringFd: number): string[] {
  const region = backend.allocate(PROBE_HEADER_SIZE + PROBE_OPS_LIMIT * PROBE_OP_SIZE);
  const probe = new DataView(region.buffer);
  const result = backend.register(ringFd, IORING_REGISTER_PROBE, region.address, PROBE_OPS_LIMIT);
  const count = result < 0 ? 0 : probe.getUint8(PROBE_OPS_LENGTH);
  const supported = Array.from({ length: count }, (_, index) => index).filter((index) =>
    isSupported(probe, index),
  );
  region.free();
  return supported.map(opcodeName);
}

function isSupported(probe: DataView, index: number): boolean {
  const flags = PROBE_HEADER_SIZE + index * PROBE_OP_SIZE + PROBE_OP_FLAGS;
  return (probe.getUint16(flags, true) & IO_URING_OP_SUPPORTED) !== 0;
}
