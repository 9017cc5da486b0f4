/**
 * REGISTER_ZCRX_IFQ on a machine whose only network device is the loopback: everything about the
 * argument is checked, and then there is no queue that could be had (REG-62 to REG-64).
 */
import {
  IORING_SETUP_CLAMP,
  IORING_SETUP_CQE32,
  IORING_SETUP_CQE_MIXED,
  IORING_SETUP_DEFER_TASKRUN,
} from "../../../spec/abi/setup.ts";
import {
  REGION_DESC_BYTES,
  REGION_DESC_SIZE,
  ZCRX_AREA_SIZE,
  ZCRX_IFQ_AREA_PTR,
  ZCRX_IFQ_FLAGS,
  ZCRX_IFQ_ID,
  ZCRX_IFQ_IF_IDX,
  ZCRX_IFQ_IF_RXQ,
  ZCRX_IFQ_REGION_PTR,
  ZCRX_IFQ_RESV,
  ZCRX_IFQ_RQ_ENTRIES,
  ZCRX_IFQ_SIZE,
  ZCRX_RQE_SIZE,
} from "../../../spec/abi/register-structs.ts";
import { EFAULT, EINVAL, ENODEV, EOPNOTSUPP, EPERM } from "../../../spec/errno.ts";
import { isZero, readStruct, readUnsigned } from "../issue/access.ts";
import type { Core } from "../core.ts";
import { memoryRegion, releaseRegion } from "../buffers/memory-region.ts";
import type { Ring } from "../state.ts";
import { takeMemory } from "./memory-region.ts";

const LARGE_CQES = IORING_SETUP_CQE32 | IORING_SETUP_CQE_MIXED;
const ENTRIES_MAX = 32_768;
/** Where the entries of a refill queue begin, behind its head and tail. */
const RQES_OFFSET = 64;
const NO_QUEUE = 0xffffffff;
const LOOPBACK_INDEX = 1;

/** Refuses, in the kernel's order. */
export function registerReceiveQueue(
  core: Core,
  ring: Ring,
  address: number,
  count: number,
): number {
  if (address === 0 || count !== 1) return -EINVAL;
  //= REG-62
  if (!core.capable("CAP_NET_ADMIN")) return -EPERM;
  if ((ring.flags & IORING_SETUP_DEFER_TASKRUN) === 0) return -EINVAL;
  if ((ring.flags & LARGE_CQES) === 0) return -EINVAL;
  const asked = readStruct(core.memory, address, ZCRX_IFQ_SIZE);
  if (asked === undefined) return -EFAULT;
  const regionAddress = readUnsigned(asked, ZCRX_IFQ_REGION_PTR);
  const region = readStruct(core.memory, regionAddress, REGION_DESC_SIZE);
  if (region === undefined) return -EFAULT;
  const entries = entriesOf(ring, asked);
  if (entries < 0) return entries;
  const area = readStruct(core.memory, readUnsigned(asked, ZCRX_IFQ_AREA_PTR), ZCRX_AREA_SIZE);
  if (area === undefined) return -EFAULT;
  const error = tryRegion(core, region, entries);
  if (error < 0) return error;
  const device = asked.getUint32(ZCRX_IFQ_IF_IDX, true);
  //= REG-64
  return device === LOOPBACK_INDEX ? -EOPNOTSUPP : -ENODEV;
}

//= REG-63
/** How many entries the refill queue would have, a power of two, or -EINVAL. */
function entriesOf(ring: Ring, asked: DataView): number {
  if (!isZero(asked, ZCRX_IFQ_RESV, ZCRX_IFQ_SIZE)) return -EINVAL;
  if (asked.getUint32(ZCRX_IFQ_ID, true) !== 0) return -EINVAL;
  if (asked.getUint32(ZCRX_IFQ_IF_RXQ, true) === NO_QUEUE) return -EINVAL;
  if (asked.getUint32(ZCRX_IFQ_FLAGS, true) !== 0) return -EINVAL;
  const entries = asked.getUint32(ZCRX_IFQ_RQ_ENTRIES, true);
  if (entries === 0) return -EINVAL;
  if (entries > ENTRIES_MAX && (ring.flags & IORING_SETUP_CLAMP) === 0) return -EINVAL;
  return 2 ** Math.ceil(Math.log2(Math.min(entries, ENTRIES_MAX)));
}

/** Whether the memory for the refill queue could be had. 0 or -errno. */
function tryRegion(core: Core, description: DataView, entries: number): number {
  const needed = RQES_OFFSET + entries * ZCRX_RQE_SIZE;
  if (readUnsigned(description, REGION_DESC_BYTES) < needed) return -EINVAL;
  const memory = takeMemory(core, description);
  if (typeof memory === "number") return memory;
  releaseRegion(memoryRegion(memory, false));
  return 0;
}
