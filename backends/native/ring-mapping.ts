/** The shared memory of a ring: mmap(2) on its descriptor. */
import type { Mapping } from "../../src/backend.ts";
import { MAP_POPULATE, MAP_SHARED, PROT_READ, PROT_WRITE } from "../../spec/abi/linux.ts";
import type { Library } from "./library.ts";
import { dontFork } from "./pages.ts";
import type { SystemCalls } from "./system-calls.ts";
import { detach } from "./transfer.ts";
import type { Transfer } from "./transfer.ts";

/**
 * Maps `byteLength` bytes at one of IORING_OFF_*, or returns -errno.
 *
 * `unmap` detaches the ArrayBuffer first: a view used too late then throws, where
 * memory that is no longer mapped would end the process.
 */
export function mapRing(
  library: Library,
  calls: SystemCalls,
  transfer: Transfer,
  ringFd: number,
  offset: number,
  byteLength: number,
): Mapping | number {
  const protection = PROT_READ | PROT_WRITE;
  const address = calls.mmap(byteLength, protection, MAP_SHARED | MAP_POPULATE, ringFd, offset);
  if (address < 0) return address;
  dontFork(calls, address, byteLength);
  const buffer = library.view(address, byteLength);
  let mapped = true;
  return {
    buffer,
    unmap: () => {
      if (!mapped) throw new Error("ring unmapped twice");
      mapped = false;
      detach(transfer, buffer);
      calls.munmap(address, byteLength);
    },
  };
}
