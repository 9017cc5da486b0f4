/** REGISTER_PBUF_RING, UNREGISTER_PBUF_RING and REGISTER_PBUF_STATUS: buffer rings. */
import {
  BUF_REG_BGID,
  BUF_REG_FLAGS,
  BUF_REG_MIN_LEFT,
  BUF_REG_RESV,
  BUF_REG_RING_ADDR,
  BUF_REG_RING_ENTRIES,
  BUF_REG_SIZE,
  BUF_SIZE,
  BUF_STATUS_BUF_GROUP,
  BUF_STATUS_HEAD,
  BUF_STATUS_RESV,
  BUF_STATUS_SIZE,
} from "../../../spec/abi/register-structs.ts";
import { IOU_PBUF_RING_INC, IOU_PBUF_RING_MMAP } from "../../../spec/abi/register.ts";
import { EEXIST, EFAULT, EINVAL, ENOENT, EOVERFLOW } from "../../../spec/errno.ts";
import { readStruct, readUnsigned } from "../access.ts";
import { BufferRing, type BufferRingMemory, KernelMemory } from "../buffers/buffer-ring.ts";
import type { Core } from "../core.ts";
import type { Ring } from "../state.ts";

const VALID = IOU_PBUF_RING_MMAP | IOU_PBUF_RING_INC;
/** Counts of 16 bits could not tell a full ring of this size from an empty one. */
const ENTRIES_END = 0x10000;
const PAGE_SIZE = 4096;
const ADDRESS_SPACE = 2 ** 64;

/** BUF-10 to BUF-12, BUF-44 to BUF-46, BUF-58. */
export function registerBufferRing(core: Core, ring: Ring, address: number, count: number): number {
  if (address === 0 || count !== 1) return -EINVAL;
  const view = readStruct(core.memory, address, BUF_REG_SIZE);
  if (view === undefined) return -EFAULT;
  if (!isZero(view, BUF_REG_RESV, BUF_REG_SIZE)) return -EINVAL;
  const flags = view.getUint16(BUF_REG_FLAGS, true);
  const entries = view.getUint32(BUF_REG_RING_ENTRIES, true);
  const minimumLeft = view.getUint32(BUF_REG_MIN_LEFT, true);
  const incremental = (flags & IOU_PBUF_RING_INC) !== 0;
  if (flags & ~VALID || !isPowerOfTwo(entries) || entries >= ENTRIES_END) return -EINVAL;
  if (!incremental && minimumLeft !== 0) return -EINVAL;
  const id = view.getUint16(BUF_REG_BGID, true);
  const present = ring.bufferGroups.get(id);
  if (present !== undefined) {
    if (present.kind === "ring" || present.count > 0) return -EEXIST;
    ring.bufferGroups.delete(id);
  }
  let memory: BufferRingMemory = core.memory;
  let at = readUnsigned(view, BUF_REG_RING_ADDR);
  let mapping: ArrayBuffer | undefined;
  if (flags & IOU_PBUF_RING_MMAP) {
    mapping = new ArrayBuffer(wholePages(entries * BUF_SIZE));
    memory = new KernelMemory(mapping);
    at = 0;
  } else {
    const error = checkMemory(core, at, entries * BUF_SIZE);
    if (error < 0) return error;
  }
  const group = new BufferRing(memory, at, entries, incremental, minimumLeft, mapping);
  ring.bufferGroups.set(id, group);
  return 0;
}

/** BUF-14. What was mapped stays mapped (BUF-50). */
export function unregisterBufferRing(
  core: Core,
  ring: Ring,
  address: number,
  count: number,
): number {
  if (address === 0 || count !== 1) return -EINVAL;
  const view = readStruct(core.memory, address, BUF_REG_SIZE);
  if (view === undefined) return -EFAULT;
  if (!isZero(view, BUF_REG_RESV, BUF_REG_SIZE)) return -EINVAL;
  if (view.getUint16(BUF_REG_FLAGS, true) !== 0) return -EINVAL;
  const id = view.getUint16(BUF_REG_BGID, true);
  const group = ring.bufferGroups.get(id);
  if (group === undefined) return -ENOENT;
  if (group.kind !== "ring") return -EINVAL;
  ring.bufferGroups.delete(id);
  return 0;
}

/** BUF-49. */
export function bufferRingStatus(core: Core, ring: Ring, address: number, count: number): number {
  if (address === 0 || count !== 1) return -EINVAL;
  const view = readStruct(core.memory, address, BUF_STATUS_SIZE);
  if (view === undefined) return -EFAULT;
  if (!isZero(view, BUF_STATUS_RESV, BUF_STATUS_SIZE)) return -EINVAL;
  const group = ring.bufferGroups.get(view.getUint32(BUF_STATUS_BUF_GROUP, true));
  if (group === undefined) return -ENOENT;
  if (group.kind !== "ring") return -EINVAL;
  view.setUint32(BUF_STATUS_HEAD, group.head, true);
  const bytes = new Uint8Array(view.buffer);
  return core.memory.write(address, bytes) === bytes.length ? 0 : -EFAULT;
}

/** The memory of the ring with this group id, for mmap(2); undefined if it has none to map. */
export function bufferRingMapping(ring: Ring, id: number): ArrayBuffer | undefined {
  const group = ring.bufferGroups.get(id);
  return group?.kind === "ring" ? group.mapping : undefined;
}

/** Whether the program's memory can hold a ring: 0 or -errno, in the kernel's order. */
function checkMemory(core: Core, address: number, byteLength: number): number {
  if (address === 0) return -EFAULT;
  if (address % PAGE_SIZE !== 0) return -EINVAL;
  if (address + wholePages(byteLength) >= ADDRESS_SPACE) return -EOVERFLOW;
  const first = new Uint8Array(1);
  for (let offset = 0; offset < byteLength; offset += PAGE_SIZE) {
    if (core.memory.read(address + offset, first) !== 1) return -EFAULT;
  }
  return 0;
}

function isZero(view: DataView, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (view.getUint8(at) !== 0) return false;
  return true;
}

function isPowerOfTwo(count: number): boolean {
  return count !== 0 && (count & (count - 1)) === 0;
}

function wholePages(byteLength: number): number {
  return Math.ceil(byteLength / PAGE_SIZE) * PAGE_SIZE;
}
