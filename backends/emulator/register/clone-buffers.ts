/** REGISTER_CLONE_BUFFERS: entries for the buffers of another ring, or of this one (RBUF-6). */
import { IORING_MAX_REG_BUFFERS } from "../../../spec/abi/limits.ts";
import {
  IORING_REGISTER_DST_REPLACE,
  IORING_REGISTER_SRC_REGISTERED,
} from "../../../spec/abi/register.ts";
import {
  CLONE_BUFFERS_DST_OFF,
  CLONE_BUFFERS_FLAGS,
  CLONE_BUFFERS_NR,
  CLONE_BUFFERS_PAD,
  CLONE_BUFFERS_SIZE,
  CLONE_BUFFERS_SRC_FD,
  CLONE_BUFFERS_SRC_OFF,
} from "../../../spec/abi/register-structs.ts";
import { EBUSY, EEXIST, EFAULT, EINVAL, ENXIO, EOVERFLOW } from "../../../spec/errno.ts";
import { CLONE_FLAGS } from "../../../spec/tables/register.ts";
import { isZero, readStruct } from "../issue/access.ts";
import type { Core } from "../core.ts";
import { RegisteredBuffer } from "../buffers/registered-buffer.ts";
import { adoptRegisteredBuffers, releaseTable } from "../buffers/registered-buffers.ts";
import { findRing } from "../files/ring-descriptors.ts";
import type { Ring } from "../state.ts";

const INT_MAX = 0x7fffffff;
const WORD = 2 ** 32;

/** Which entries become which. */
interface Range {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

//= RBUF-30
/** 0, or -errno (RBUF-30 to RBUF-33). */
export function cloneBuffers(core: Core, ring: Ring, address: number, count: number): number {
  if (address === 0 || count !== 1) return -EINVAL;
  const view = readStruct(core.memory, address, CLONE_BUFFERS_SIZE);
  if (view === undefined) return -EFAULT;
  const flags = view.getUint32(CLONE_BUFFERS_FLAGS, true);
  const replaces = (flags & IORING_REGISTER_DST_REPLACE) !== 0;
  if (flags & ~core.profile.known(CLONE_FLAGS)) return -EINVAL;
  //= RBUF-32
  if (ring.registered !== undefined && !replaces) return -EBUSY;
  if (!isZero(view, CLONE_BUFFERS_PAD, CLONE_BUFFERS_SIZE)) return -EINVAL;
  //= RBUF-33
  const byIndex = (flags & IORING_REGISTER_SRC_REGISTERED) !== 0;
  const source = findRing(core, view.getInt32(CLONE_BUFFERS_SRC_FD, true), byIndex);
  if (typeof source === "number") return source;
  if (source.issuer !== undefined && source.issuer !== core.task) return -EEXIST;
  const range = readRange(view, source.registered?.length ?? 0);
  if (typeof range === "number") return range;
  replaceTable(core, ring, source, range);
  return 0;
}

//= RBUF-31
/** What the fields say about a source of `length` entries, or -errno. */
function readRange(view: DataView, length: number): Range | number {
  const from = view.getUint32(CLONE_BUFFERS_SRC_OFF, true);
  const to = view.getUint32(CLONE_BUFFERS_DST_OFF, true);
  const wanted = view.getUint32(CLONE_BUFFERS_NR, true);
  if (wanted === 0 && (from !== 0 || to !== 0)) return -EINVAL;
  if (length === 0) return -ENXIO;
  const count = wanted === 0 ? length : wanted;
  if (count > length) return -EINVAL;
  if (from + count > INT_MAX || from + count > length) return -EOVERFLOW;
  if (to + count >= WORD) return -EOVERFLOW;
  return to + count > IORING_MAX_REG_BUFFERS ? -EINVAL : { from, to, count };
}

/** Entries outside of the range stay as they are; those that are cloned have no tag. */
function replaceTable(core: Core, ring: Ring, source: Ring, { from, to, count }: Range): void {
  const old = ring.registered ?? [];
  const table = new Array<RegisteredBuffer | undefined>(Math.max(to + count, old.length));
  for (let index = 0; index < table.length; index++) {
    const cloned = index >= to && index < to + count;
    //= RBUF-31, RBUF-32
    table[index] = cloned ? clone(source.registered?.[from + index - to]) : keep(old[index]);
  }
  adoptRegisteredBuffers(core, ring);
  releaseTable(core, ring);
  ring.registered = table;
}

function clone(entry: RegisteredBuffer | undefined): RegisteredBuffer | undefined {
  //= RBUF-6
  entry?.pinned.retain();
  //= RBUF-37
  return entry === undefined ? undefined : new RegisteredBuffer(entry.pinned);
}

function keep(entry: RegisteredBuffer | undefined): RegisteredBuffer | undefined {
  entry?.retain();
  return entry;
}
