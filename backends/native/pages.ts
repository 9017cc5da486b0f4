/**
 * Pages from the kernel, outside the isolate.
 *
 * Anonymous private memory. Nothing here is unmapped when a Worker or the process
 * ends: the kernel may still be writing, and pages that leak harm nobody, while
 * pages that are reused do (invariant O9).
 *
 * Everything mapped is marked MADV_DONTFORK. A child made by fork(2) otherwise
 * inherits the rings themselves (shared, so it can corrupt them) and copies of
 * every buffer (copy on write, a page fault for each page the parent touches
 * afterwards). Node's own child processes exec at once and miss nothing; an addon
 * that forks without exec gets SIGSEGV on such memory instead of quiet corruption.
 */
import { MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE } from "../../spec/abi/linux.ts";
import type { SystemCalls } from "./system-calls.ts";

/** madvise(2). */
const MADV_DONTFORK = 10;

/** Marks a mapping as not inherited by fork(2). A kernel that refuses does no harm. */
export function dontFork(calls: SystemCalls, address: number, byteLength: number): void {
  calls.madvise(address, byteLength, MADV_DONTFORK);
}

/** Rounds up to whole units; `unit` is a power of two or any other positive integer. */
export function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}

/**
 * Maps `byteLength` zeroed bytes (whole pages) at a multiple of `alignment`.
 *
 * @returns the address, or -errno (ENOMEM)
 */
export function mapPages(calls: SystemCalls, byteLength: number, alignment: number): number {
  const slack = alignment > calls.pageSize ? alignment - calls.pageSize : 0;
  const start = calls.mmap(
    byteLength + slack,
    PROT_READ | PROT_WRITE,
    MAP_PRIVATE | MAP_ANONYMOUS,
    -1,
    0,
  );
  if (start < 0) return start;
  const address = roundUp(start, alignment);
  trim(calls, start, address);
  trim(calls, address + byteLength, start + byteLength + slack);
  dontFork(calls, address, byteLength);
  return address;
}

function trim(calls: SystemCalls, from: number, to: number): void {
  if (to > from) calls.munmap(from, to - from);
}
