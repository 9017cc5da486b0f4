/** Registering, replacing and dropping buffers (RBUF-1, RBUF-5 to RBUF-11, RBUF-21 to RBUF-28). */
import { IOVEC_SIZE } from "../../../spec/abi/linux-structs.ts";
import { IORING_MAX_REG_BUFFERS, MAX_REGISTERED_BUFFER_BYTES } from "../../../spec/abi/limits.ts";
import { IORING_RSRC_REGISTER_SPARSE } from "../../../spec/abi/register.ts";
import {
  RSRC_REGISTER_DATA,
  RSRC_REGISTER_FLAGS,
  RSRC_REGISTER_NR,
  RSRC_REGISTER_RESV2,
  RSRC_REGISTER_SIZE,
  RSRC_REGISTER_TAGS,
  RSRC_UPDATE2_DATA,
  RSRC_UPDATE2_NR,
  RSRC_UPDATE2_OFFSET,
  RSRC_UPDATE2_RESV,
  RSRC_UPDATE2_RESV2,
  RSRC_UPDATE2_SIZE,
  RSRC_UPDATE2_TAGS,
} from "../../../spec/abi/register-structs.ts";
import { EBUSY, EFAULT, EINVAL, ENXIO, EOVERFLOW } from "../../../spec/errno.ts";
import { RESOURCE_FLAGS } from "../../../spec/tables/register.ts";
import { inUserSpace, PAGE_SIZE, readStruct, readUnsigned } from "../issue/access.ts";
import {
  adoptRegisteredBuffers,
  releaseEntry,
  releaseTable,
} from "../buffers/registered-buffers.ts";
import type { Core } from "../core.ts";
import { PinnedBuffer, RegisteredBuffer } from "../buffers/registered-buffer.ts";
import type { Ring } from "../state.ts";

const TAG_SIZE = 8;
const ADDRESS_END = 2n ** 64n;
const WORD = 2 ** 32;

/** Where the entries of a call are described, in the program's memory. */
interface Source {
  /** Address of the iovecs; undefined: every entry is empty. */
  readonly data: number | undefined;
  /** Address of the tags; 0: none has one. */
  readonly tags: number;
}

/** REGISTER_BUFFERS: a table of the iovecs at `address`. */
export function registerBuffers(core: Core, ring: Ring, address: number, count: number): number {
  //= RBUF-7
  return address === 0 ? -EFAULT : createTable(core, ring, { data: address, tags: 0 }, count);
}

/** REGISTER_BUFFERS2: a table as a struct describes it; `size` is that of the struct. */
export function registerBuffers2(core: Core, ring: Ring, address: number, size: number): number {
  //= RBUF-5
  if (size !== RSRC_REGISTER_SIZE) return -EINVAL;
  const view = readStruct(core.memory, address, RSRC_REGISTER_SIZE);
  if (view === undefined) return -EFAULT;
  const count = view.getUint32(RSRC_REGISTER_NR, true);
  const flags = view.getUint32(RSRC_REGISTER_FLAGS, true);
  if (count === 0 || readUnsigned(view, RSRC_REGISTER_RESV2) !== 0) return -EINVAL;
  const data = readUnsigned(view, RSRC_REGISTER_DATA);
  if (flags & ~core.profile.known(RESOURCE_FLAGS)) return -EINVAL;
  if (flags & IORING_RSRC_REGISTER_SPARSE && data !== 0) return -EINVAL;
  const tags = readUnsigned(view, RSRC_REGISTER_TAGS);
  //= RBUF-21
  return createTable(core, ring, { data: data === 0 ? undefined : data, tags }, count);
}

/** UNREGISTER_BUFFERS: what requests in flight use stays until they are done (RBUF-2). */
export function unregisterBuffers(core: Core, ring: Ring, address: number, count: number): number {
  //= RBUF-2
  if (address !== 0 || count !== 0) return -EINVAL;
  if (ring.registered === undefined) return -ENXIO;
  adoptRegisteredBuffers(core, ring);
  releaseTable(core, ring);
  return 0;
}

/** BUFFERS_UPDATE: replaces entries, and answers how many (RBUF-23 to RBUF-27). */
export function updateBuffers(core: Core, ring: Ring, address: number, size: number): number {
  //= RBUF-26
  if (size !== RSRC_UPDATE2_SIZE) return -EINVAL;
  const view = readStruct(core.memory, address, RSRC_UPDATE2_SIZE);
  if (view === undefined) return -EFAULT;
  const count = view.getUint32(RSRC_UPDATE2_NR, true);
  const reserved =
    view.getUint32(RSRC_UPDATE2_RESV, true) | view.getUint32(RSRC_UPDATE2_RESV2, true);
  if (count === 0 || reserved !== 0) return -EINVAL;
  const offset = view.getUint32(RSRC_UPDATE2_OFFSET, true);
  //= RBUF-26
  if (offset + count >= WORD) return -EOVERFLOW;
  const table = ring.registered;
  if (table === undefined) return -ENXIO;
  if (offset + count > table.length) return -EINVAL;
  adoptRegisteredBuffers(core, ring);
  const data = readUnsigned(view, RSRC_UPDATE2_DATA);
  const tags = readUnsigned(view, RSRC_UPDATE2_TAGS);
  for (let done = 0; done < count; done++) {
    const entry = readEntry(core, { data, tags }, done);
    //= RBUF-25
    if (typeof entry === "number") return done > 0 ? done : entry;
    const old = table[offset + done];
    //= RBUF-23, RBUF-24
    table[offset + done] = entry;
    if (old !== undefined) releaseEntry(core, ring, old);
  }
  return count;
}

/** One bad entry fails all of it, and then no tag is posted (RBUF-11). */
function createTable(core: Core, ring: Ring, source: Source, count: number): number {
  //= RBUF-1
  if (ring.registered !== undefined) return -EBUSY;
  if (count === 0 || count > IORING_MAX_REG_BUFFERS) return -EINVAL;
  const table: (RegisteredBuffer | undefined)[] = [];
  for (let index = 0; index < count; index++) {
    const entry = readEntry(core, source, index);
    if (typeof entry === "number") {
      //= RBUF-11
      for (const buffer of table) buffer?.release();
      return entry;
    }
    table.push(entry);
  }
  ring.registered = table;
  return 0;
}

/** The entry that the `index`-th iovec and tag describe: undefined if it is empty, or -errno. */
function readEntry(
  core: Core,
  source: Source,
  index: number,
): RegisteredBuffer | undefined | number {
  let pinned: PinnedBuffer | undefined | number;
  let iovec: DataView | undefined;
  if (source.data !== undefined) {
    iovec = readStruct(core.memory, source.data + index * IOVEC_SIZE, IOVEC_SIZE);
    if (iovec === undefined) return -EFAULT;
    //= RBUF-9
    if (iovec.getInt32(12, true) < 0) return -EINVAL;
  }
  let tag: DataView | undefined;
  if (source.tags !== 0) {
    tag = readStruct(core.memory, source.tags + index * TAG_SIZE, TAG_SIZE);
    if (tag === undefined) return -EFAULT;
  }
  if (iovec !== undefined) pinned = pin(core, iovec);
  if (typeof pinned === "number") return pinned;
  const tagLow = tag?.getUint32(0, true) ?? 0;
  const tagHigh = tag?.getUint32(4, true) ?? 0;
  //= RBUF-22, RBUF-27
  if (pinned === undefined) return (tagLow | tagHigh) === 0 ? undefined : -EINVAL;
  const entry = new RegisteredBuffer(pinned);
  entry.tagLow = tagLow;
  entry.tagHigh = tagHigh;
  return entry;
}

/** Pins what an iovec names: undefined for NULL and 0, or -errno (RBUF-8, RBUF-9, RBUF-10). */
function pin(core: Core, iovec: DataView): PinnedBuffer | undefined | number {
  const byteLength = readUnsigned(iovec, 8);
  const base = iovec.getBigUint64(0, true);
  //= RBUF-10
  if (base === 0n) return byteLength === 0 ? undefined : -EFAULT;
  //= RBUF-8
  if (byteLength === 0 || byteLength > MAX_REGISTERED_BUFFER_BYTES) return -EFAULT;
  //= RBUF-9
  if (base + BigInt(byteLength + PAGE_SIZE - 1) >= ADDRESS_END) return -EOVERFLOW;
  const address = Number(base);
  if (!inUserSpace(address, byteLength)) return -EFAULT;
  const pages = core.memory.pin(address, byteLength);
  //= RBUF-8
  return pages === undefined ? -EFAULT : new PinnedBuffer(pages);
}
