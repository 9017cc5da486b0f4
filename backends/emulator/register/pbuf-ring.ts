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
import { EEXIST, EFAULT, EINVAL, ENOENT } from "../../../spec/errno.ts";
import { PBUF_RING_FLAGS } from "../../../spec/tables/register.ts";
import { isZero, readStruct } from "../issue/access.ts";
import { BufferRing } from "../buffers/buffer-ring.ts";
import type { Core } from "../core.ts";
import { pinPages, wholePages } from "../setup/ring-memory.ts";
import type { Ring } from "../state.ts";

/** Counts of 16 bits could not tell a full ring of this size from an empty one. */
const ENTRIES_END = 0x10000;

/** Makes a ring of buffers for a group. */
export function registerBufferRing(core: Core, ring: Ring, address: number, count: number): number {
  //= BUF-45
  if (address === 0 || count !== 1) return -EINVAL;
  const view = readStruct(core.memory, address, BUF_REG_SIZE);
  if (view === undefined) return -EFAULT;
  if (!isZero(view, BUF_REG_RESV, BUF_REG_SIZE)) return -EINVAL;
  const flags = view.getUint16(BUF_REG_FLAGS, true);
  const entries = view.getUint32(BUF_REG_RING_ENTRIES, true);
  const minimumLeft = view.getUint32(BUF_REG_MIN_LEFT, true);
  const incremental = (flags & IOU_PBUF_RING_INC) !== 0;
  //= BUF-45
  if (flags & ~core.profile.known(PBUF_RING_FLAGS)) return -EINVAL;
  //= BUF-10
  if (!isPowerOfTwo(entries) || entries >= ENTRIES_END) return -EINVAL;
  //= BUF-58
  if (!incremental && minimumLeft !== 0) return -EINVAL;
  const id = view.getUint16(BUF_REG_BGID, true);
  const present = ring.bufferGroups.get(id);
  if (present !== undefined) {
    //= BUF-11, BUF-46
    if (present.kind === "ring" || present.count > 0) return -EEXIST;
    ring.bufferGroups.delete(id);
  }
  const byteLength = entries * BUF_SIZE;
  //= BUF-12, BUF-44
  const memory =
    flags & IOU_PBUF_RING_MMAP
      ? new ArrayBuffer(wholePages(byteLength))
      : pinPages(core, view.getBigUint64(BUF_REG_RING_ADDR, true), byteLength);
  if (typeof memory === "number") return memory;
  const group = new BufferRing(memory, entries, incremental, minimumLeft);
  ring.bufferGroups.set(id, group);
  return 0;
}

//= BUF-14
/** Ends a ring of buffers. What was mapped stays mapped (BUF-50). */
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
  group.release();
  ring.bufferGroups.delete(id);
  return 0;
}

//= BUF-49
/** Tells how many buffers of a ring have been used. */
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

function isPowerOfTwo(count: number): boolean {
  return count !== 0 && (count & (count - 1)) === 0;
}
