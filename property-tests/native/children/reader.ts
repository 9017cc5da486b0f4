/**
 * A Worker with reads in flight, to be terminated.
 *
 * Says when the kernel has taken the reads, with the addresses they go to, and then
 * either runs without rest or waits in its event loop.
 */
import { parentPort, workerData } from "node:worker_threads";
import { openNativeBackend } from "../../../backends/native/index.ts";
import { RawRing, nop, read } from "../../../backends/native/raw-ring.ts";
import { IORING_ENTER_GETEVENTS, IORING_ENTER_SQ_WAKEUP } from "../../../spec/abi/enter.ts";

export interface ReaderTask {
  /** The pipes to read, all empty. */
  readonly readEnds: readonly number[];
  /** The bytes of each read, in the order of the pipes. */
  readonly byteLengths: readonly number[];
  /** IORING_SETUP_* of the ring. */
  readonly flags: number;
  /** Never return to the event loop. */
  readonly busy: boolean;
}

const MARKER = 1000;
const ENTER_FLAGS = IORING_ENTER_GETEVENTS | IORING_ENTER_SQ_WAKEUP;

const { readEnds, byteLengths, flags, busy } = workerData as ReaderTask;
const backend = await openNativeBackend();
const ring = RawRing.open(backend, 16, flags);
if (!(ring instanceof RawRing)) throw new Error(`${ring.call} gave errno ${ring.errno}`);

const regions = byteLengths.map((byteLength) => backend.allocate(byteLength));
regions.forEach((region, index) => ring.push(read(index, readEnds[index] ?? -1, region)));
ring.push(nop(MARKER));
let toSubmit = regions.length + 1;
while (ring.reap().length === 0) {
  ring.enter(toSubmit, 0, ENTER_FLAGS);
  toSubmit = 0;
}

const watch = backend.watch(ring.fd, () => ring.reap());
watch.ref();
parentPort?.postMessage(regions.map((region) => region.address));
while (busy) ring.enter(0, 0, ENTER_FLAGS);
