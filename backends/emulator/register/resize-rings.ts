/**
 * REGISTER_RESIZE_RINGS: other sizes for a ring that lives (REG-14, REG-34 to -36, REG-51 to -55).
 *
 * The kernel makes new memory, copies what is queued, and forgets the old memory, which stays
 * mapped in the program but means nothing any more.
 */
import { IORING_SQ_NEED_WAKEUP, IORING_SQ_TASKRUN } from "../../../spec/abi/cqe.ts";
import {
  IORING_SETUP_CLAMP,
  IORING_SETUP_CQE32,
  IORING_SETUP_CQE_MIXED,
  IORING_SETUP_CQSIZE,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_NO_MMAP,
  IORING_SETUP_NO_SQARRAY,
  IORING_SETUP_SQE128,
  PARAMS_CQ_OFF_USER_ADDR,
  PARAMS_FLAGS,
  PARAMS_SIZE,
  PARAMS_SQ_ENTRIES,
  PARAMS_SQ_OFF_USER_ADDR,
} from "../../../spec/abi/setup.ts";
import { EFAULT, EINVAL, EOVERFLOW } from "../../../spec/errno.ts";
import { readStruct } from "../issue/access.ts";
import type { Core } from "../core.ts";
import type { PinnedMemory } from "../host/host.ts";
import type { RingMemory } from "../holdings.ts";
import {
  CQ_FLAGS,
  CQ_HEAD,
  CQ_OVERFLOW,
  CQ_TAIL,
  CQES,
  type RingLayout,
  SQ_DROPPED,
  SQ_FLAGS,
  SQ_HEAD,
  SQ_TAIL,
  writeSizes,
} from "../setup/layout.ts";
import {
  allocateRingMemory,
  pinnedRingMemory,
  pinPages,
  releaseRingMemory,
} from "../setup/ring-memory.ts";
import { checkSizes, describeRings } from "../setup/setup-params.ts";
import { setSqFlag, useMemory } from "../ring-words.ts";
import type { Ring } from "../state.ts";

const VALID = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
/** What the ring was made with, and stays. */
const INHERITED =
  IORING_SETUP_NO_SQARRAY |
  IORING_SETUP_SQE128 |
  IORING_SETUP_CQE32 |
  IORING_SETUP_NO_MMAP |
  IORING_SETUP_CQE_MIXED;

/** Words of the header that the program or the kernel has counted in. */
const COUNTERS = [SQ_DROPPED, SQ_FLAGS, CQ_FLAGS, CQ_OVERFLOW] as const;

/** 0, or -errno; params are written once their sizes are good. */
export function resizeRings(core: Core, ring: Ring, address: number, count: number): number {
  if (address === 0 || count !== 1) return -EINVAL;
  //= REG-14
  if ((ring.flags & IORING_SETUP_DEFER_TASKRUN) === 0) return -EINVAL;
  const params = readStruct(core.memory, address, PARAMS_SIZE);
  if (params === undefined) return -EFAULT;
  const asked = params.getUint32(PARAMS_FLAGS, true);
  //= REG-34
  if (asked & ~VALID) return -EINVAL;
  const flags = asked | (ring.flags & INHERITED);
  const layout = checkSizes(params, params.getUint32(PARAMS_SQ_ENTRIES, true), flags);
  if (typeof layout === "number") return layout;
  params.setUint32(PARAMS_FLAGS, flags, true);
  const memory =
    flags & IORING_SETUP_NO_MMAP
      ? takeProgramMemory(core, params, layout, address)
      : takeOwnMemory(core, params, layout, address);
  if (typeof memory === "number") return memory;
  return move(ring, layout, memory);
}

function takeOwnMemory(
  core: Core,
  params: DataView,
  layout: RingLayout,
  address: number,
): RingMemory | number {
  return answer(core, params, layout, address) ? allocateRingMemory(layout) : -EFAULT;
}

//= REG-55
/** The rings' pages come first, then the answer, then the pages of the SQEs. */
function takeProgramMemory(
  core: Core,
  params: DataView,
  layout: RingLayout,
  address: number,
): RingMemory | number {
  const ringsAddress = params.getBigUint64(PARAMS_CQ_OFF_USER_ADDR, true);
  const sqesAddress = params.getBigUint64(PARAMS_SQ_OFF_USER_ADDR, true);
  const rings = pinPages(core, ringsAddress, layout.ringBytes);
  if (typeof rings === "number") return rings;
  writeSizes(rings.share(), layout);
  const sqes: PinnedMemory | number = answer(core, params, layout, address)
    ? pinPages(core, sqesAddress, layout.sqesBytes)
    : -EFAULT;
  if (typeof sqes !== "number") return pinnedRingMemory(rings, sqes);
  rings.release();
  return sqes;
}

/** Writes the new sizes into params; the place of the SQ array is not told (REG-36). */
function answer(core: Core, params: DataView, layout: RingLayout, address: number): boolean {
  //= REG-52
  describeRings(params, layout);
  return core.memory.write(address, new Uint8Array(params.buffer)) === PARAMS_SIZE;
}

/** Copies what is queued; rings that are too small for it stay as they were (REG-35). */
function move(ring: Ring, layout: RingLayout, memory: RingMemory): number {
  const old = ring.memory;
  const { rings } = memory;
  const entries = queued(ring.view, SQ_HEAD, SQ_TAIL);
  const completions = queued(ring.view, CQ_HEAD, CQ_TAIL);
  if (entries > layout.sqEntries || completions > layout.cqEntries) {
    releaseRingMemory(memory);
    //= REG-35
    return -EOVERFLOW;
  }
  writeSizes(rings, layout);
  for (const word of COUNTERS) rings.setUint32(word, ring.view.getUint32(word, true), true);
  const sqe = { from: old.sqes, to: memory.sqes, base: 0, size: layout.sqeSize };
  //= REG-36
  moveQueue(ring.view, rings, SQ_HEAD, ring.layout.sqEntries, layout.sqEntries, sqe);
  const cqe = { from: old.rings, to: rings, base: CQES, size: layout.cqeSize };
  moveQueue(ring.view, rings, CQ_HEAD, ring.layout.cqEntries, layout.cqEntries, cqe);
  //= REG-54
  useMemory(ring, layout, memory);
  releaseRingMemory(old);
  //= REG-51
  setSqFlag(ring, IORING_SQ_NEED_WAKEUP | IORING_SQ_TASKRUN, true);
  return 0;
}

function queued(header: DataView, head: number, tail: number): number {
  return (header.getUint32(tail, true) - header.getUint32(head, true)) >>> 0;
}

/** Where the entries of a queue lie, and how long one is. */
interface Entries {
  readonly from: DataView<ArrayBuffer>;
  readonly to: DataView<ArrayBuffer>;
  readonly base: number;
  readonly size: number;
}

/** Copies head and tail, and each entry between them to its place under the new mask. */
function moveQueue(
  oldHeader: DataView,
  newHeader: DataView,
  head: number,
  oldEntries: number,
  newEntries: number,
  { from, to, base, size }: Entries,
): void {
  const tail = head + 4;
  const first = oldHeader.getUint32(head, true);
  const end = oldHeader.getUint32(tail, true);
  newHeader.setUint32(head, first, true);
  newHeader.setUint32(tail, end, true);
  for (let index = first; index !== end; index = (index + 1) >>> 0) {
    const source = from.byteOffset + base + (index & (oldEntries - 1)) * size;
    const target = to.byteOffset + base + (index & (newEntries - 1)) * size;
    new Uint8Array(to.buffer, target, size).set(new Uint8Array(from.buffer, source, size));
  }
}
