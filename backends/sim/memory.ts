/**
 * The program's memory on the simulated kernel.
 *
 * Every region has a span of 4 GiB of address space to itself and starts at its
 * beginning, so that finding the region of an address is one division, every
 * alignment is met, and the first byte past a region's end is not mapped: an
 * overrun faults there as on a guard page. Addresses depend on the order of the
 * calls and on nothing else. A freed span is used again only when every span
 * has been used once, the longest-freed first, so that a stale address faults.
 *
 * The bytes are those of `region.buffer`, looked up at each access: its owner may
 * detach it and store a successor.
 *
 * What is mapped is one thing, the pages are another: pages that are pinned live on when their
 * region is freed or gets new ones (`remap`), and nobody but their holder sees them then.
 */
import { MADV_COLLAPSE, MADV_DONTNEED, MADV_REMOVE } from "../../spec/abi/linux.ts";
import { EINVAL, ENOMEM } from "../../spec/errno.ts";
import { MADV_DONTNEED_LOCKED } from "../emulator/operations/madvise.ts";
import type { PinnedMemory, ProgramMemory } from "../emulator/host/host.ts";
import type { Region } from "../../src/backend.ts";

/** Distance between the addresses of two regions, in bytes. */
export const REGION_SPAN: number = 2 ** 32;

/** Regions alive at once: with them user space (below 2^47) is used up. */
const REGION_LIMIT = 2 ** 15 - 2;

/** What a region may have at most, in bytes: the rest of its span is the guard. */
export const REGION_SIZE_LIMIT: number = REGION_SPAN - 2 ** 21;

const PAGE = 4096;
/** Advice that is for files in memory, or for huge pages, which there are none of. */
const NOT_FOR_PRIVATE_PAGES: ReadonlySet<number> = new Set([MADV_REMOVE, MADV_COLLAPSE]);
const EMPTYING: ReadonlySet<number> = new Set([MADV_DONTNEED, MADV_DONTNEED_LOCKED]);

const ALIGNMENT_LIMIT = 2 ** 21;
/** Below this, copying byte by byte is cheaper than making a view. */
const SMALL_COPY = 24;

/** The memory behind a region, as long as the region or a pin refers to it. */
class SimPages {
  readonly address: number;
  readonly byteLength: number;
  #buffer: ArrayBuffer;
  /** A view of `buffer`, made again when the owner has stored another one. */
  #bytes: Uint8Array | undefined = undefined;

  constructor(address: number, byteLength: number) {
    this.address = address;
    this.byteLength = byteLength;
    this.#buffer = new ArrayBuffer(byteLength);
  }

  get buffer(): ArrayBuffer {
    return this.#buffer;
  }

  /** Lets go of the one before as well, so that it can be collected. */
  set buffer(successor: ArrayBuffer) {
    this.#buffer = successor;
    this.#bytes = undefined;
  }

  bytes(): Uint8Array {
    const bytes = this.#bytes;
    return bytes?.length === this.byteLength ? bytes : this.#view();
  }

  #view(): Uint8Array {
    if (this.#buffer.byteLength !== this.byteLength) {
      throw new Error(
        `region at ${this.address}: buffer of ${this.#buffer.byteLength} bytes instead of ` +
          `${this.byteLength} (detached, and no successor stored?)`,
      );
    }
    const bytes = new Uint8Array(this.#buffer);
    this.#bytes = bytes;
    return bytes;
  }
}

class SimRegion implements Region {
  readonly address: number;
  readonly byteLength: number;
  pages: SimPages;
  /** False once `hide` was called: the kernel faults wherever it touches it. */
  readable = true;
  /** False once `protect` was called: the kernel reads it, and faults where it should write. */
  writable = true;
  readonly #release: (region: SimRegion) => void;

  constructor(address: number, byteLength: number, release: (region: SimRegion) => void) {
    this.address = address;
    this.byteLength = byteLength;
    this.pages = new SimPages(address, byteLength);
    this.#release = release;
  }

  get buffer(): ArrayBuffer {
    return this.pages.buffer;
  }

  set buffer(successor: ArrayBuffer) {
    this.pages.buffer = successor;
  }

  free(): void {
    this.#release(this);
  }
}

class SimPin implements PinnedMemory {
  readonly address: number;
  readonly byteLength: number;
  readonly #offset: number;
  #pages: SimPages | undefined;

  constructor(pages: SimPages, address: number, byteLength: number) {
    this.address = address;
    this.byteLength = byteLength;
    this.#pages = pages;
    this.#offset = address - pages.address;
  }

  read(offset: number, into: Uint8Array): void {
    const from = this.#offset + offset;
    into.set(
      this.#held()
        .bytes()
        .subarray(from, from + into.length),
    );
  }

  write(offset: number, from: Uint8Array): void {
    this.#held()
      .bytes()
      .set(from, this.#offset + offset);
  }

  share(): DataView<ArrayBuffer> {
    return new DataView(this.#held().buffer, this.#offset, this.byteLength);
  }

  release(): void {
    this.#held();
    this.#pages = undefined;
  }

  #held(): SimPages {
    if (this.#pages === undefined) throw new Error(`pages of ${this.address} were let go of`);
    return this.#pages;
  }
}

/** Memory at made-up addresses. Unmapped ones stop a copy, as EFAULT does. */
export class SimMemory implements ProgramMemory {
  readonly #regions: (SimRegion | undefined)[] = [];
  /** Spans that were freed, the longest-freed first. */
  readonly #freed: number[] = [];
  readonly #release = (region: SimRegion): void => {
    const index = region.address / REGION_SPAN - 1;
    if (this.#regions[index] !== region) {
      throw new Error(`region at ${region.address} is freed twice`);
    }
    this.#regions[index] = undefined;
    this.#freed.push(index);
  };

  /**
   * Zeroed memory.
   *
   * @param byteLength - 1 to REGION_SIZE_LIMIT
   * @param alignment - a power of two up to 2 MiB (every region meets all of them)
   * @throws {RangeError} for other sizes or alignments, and when there is no memory
   */
  allocate(byteLength: number, alignment = 64): Region {
    if (!Number.isInteger(byteLength) || byteLength < 1 || byteLength > REGION_SIZE_LIMIT) {
      throw new RangeError(`no region of ${byteLength} bytes: 1 to ${REGION_SIZE_LIMIT}`);
    }
    if (!(
      alignment >= 1 &&
      alignment <= ALIGNMENT_LIMIT &&
      Number.isInteger(Math.log2(alignment))
    )) {
      throw new RangeError(`alignment ${alignment} is no power of two up to ${ALIGNMENT_LIMIT}`);
    }
    const index = this.#regions.length < REGION_LIMIT ? this.#regions.length : this.#freed.shift();
    if (index === undefined) throw new RangeError(`${REGION_LIMIT} regions are in use`);
    const region = new SimRegion((index + 1) * REGION_SPAN, byteLength, this.#release);
    this.#regions[index] = region;
    return region;
  }

  read(address: number, into: Uint8Array): number {
    const region = this.#find(address);
    if (!region?.readable) return 0;
    const offset = address - region.address;
    const count = Math.min(into.length, region.byteLength - offset);
    if (count <= 0) return 0;
    const bytes = region.pages.bytes();
    if (count <= SMALL_COPY) copySmall(bytes, offset, into, 0, count);
    else into.set(bytes.subarray(offset, offset + count));
    return count;
  }

  write(address: number, from: Uint8Array): number {
    const region = this.#find(address);
    if (!region?.writable) return 0;
    const offset = address - region.address;
    const count = Math.min(from.length, region.byteLength - offset);
    if (count <= 0) return 0;
    const bytes = region.pages.bytes();
    if (count <= SMALL_COPY) copySmall(from, 0, bytes, offset, count);
    else bytes.set(count === from.length ? from : from.subarray(0, count), offset);
    return count;
  }

  /**
   * The pages of a region are those that its bytes lie on. What Linux may do with its own copy of
   * a page (fork, swap, huge pages) means nothing here; what empties pages empties them.
   */
  advise(address: number, byteLength: number, advice: number): number {
    let covered = 0;
    for (const region of this.#regions) {
      if (region === undefined) continue;
      const start = Math.max(address, region.address);
      const pages = Math.ceil(region.byteLength / PAGE) * PAGE;
      const end = Math.min(address + byteLength, region.address + pages);
      if (start >= end) continue;
      if (NOT_FOR_PRIVATE_PAGES.has(advice)) return -EINVAL;
      covered += end - start;
      if (!EMPTYING.has(advice)) continue;
      region.pages.bytes().fill(0, start - region.address, end - region.address);
    }
    return covered < byteLength ? -ENOMEM : 0;
  }

  pin(address: number, byteLength: number): PinnedMemory | undefined {
    const region = this.#find(address);
    if (!region?.writable) return undefined;
    const inside = address + byteLength <= region.address + region.byteLength;
    return inside ? new SimPin(region.pages, address, byteLength) : undefined;
  }

  /**
   * Puts new pages, zeroed, under a region, as mmap(2) with MAP_FIXED does. What was pinned
   * stays with who pinned it.
   */
  remap(region: Region): void {
    const mapped = this.#mine(region);
    mapped.pages = new SimPages(mapped.address, mapped.byteLength);
  }

  /** From now on the kernel can read a region and not write it: mprotect(2) with PROT_READ. */
  protect(region: Region): void {
    this.#mine(region).writable = false;
  }

  /** From now on the kernel cannot touch a region: mprotect(2) with PROT_NONE. */
  hide(region: Region): void {
    const mapped = this.#mine(region);
    mapped.readable = false;
    mapped.writable = false;
  }

  #mine(region: Region): SimRegion {
    const mapped = this.#find(region.address);
    if (mapped === undefined || mapped !== region) throw new Error("not a region of this memory");
    return mapped;
  }

  #find(address: number): SimRegion | undefined {
    return this.#regions[Math.floor(address / REGION_SPAN) - 1];
  }
}

function copySmall(
  from: Uint8Array,
  fromOffset: number,
  into: Uint8Array,
  intoOffset: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) into[intoOffset + i] = from[fromOffset + i] ?? 0;
}
