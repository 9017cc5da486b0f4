/** The workers (io-wq) that the kernel gives the thread which runs programs. */
import { IORING_REGISTER_IOWQ_MAX_WORKERS } from "../../../spec/abi/register.ts";
import type { Places } from "./places.ts";
import { must, type System } from "./system.ts";

/** More than a program has requests. */
const PLENTY = 64;

/**
 * Allows as many workers as a program can need. They belong to the thread and outlive each program;
 * else the first ring of the thread would say how many there may be (as many as it has entries, and
 * four for each processor at most), and with one alone a request that blocks would hold up others.
 */
export function allowWorkers(system: System, { small }: Places): void {
  const { bytes, address } = small;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  bytes.fill(0);
  const ring = must("io_uring_setup", system.setup(PLENTY, address));
  for (const kind of [0, 1]) view.setUint32(4 * kind, PLENTY, true);
  must("IOWQ_MAX_WORKERS", system.register(ring, IORING_REGISTER_IOWQ_MAX_WORKERS, address, 2));
  must("close", system.close(ring));
}
