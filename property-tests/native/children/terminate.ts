/**
 * Terminates Workers that have reads in flight, lets the data for those reads arrive,
 * and looks whether memory of anybody else changed.
 *
 * Argument: how many Workers. Prints a `TerminationReport`.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { openNativeBackend } from "../../../backends/native/index.ts";
import { nativeTestKit, succeeded } from "../../../backends/native/testing/kit.ts";
import { IORING_SETUP_SQPOLL } from "../../../spec/abi/setup.ts";
import type { ReaderTask } from "./reader.ts";

export interface TerminationReport {
  /** Reads whose data the kernel wrote after the Worker of the read was gone. */
  readonly writtenLate: number;
  /** Reads for which it had to: those of an SQPOLL ring, whose thread outlives the Worker. */
  readonly expectedLate: number;
  /** Buffers of the main thread with a byte that it did not put there. */
  readonly damaged: number;
  readonly checked: number;
}

/** A slot of a slab, a slot of several pages, one above the mmap threshold of malloc(3). */
const BYTE_LENGTHS = [2048, 32_768, 262_144];
const WORKERS_AT_ONCE = 10;
const BYSTANDERS_PER_LENGTH = 40;
const SENT_BYTES = 2048;
const SENT = 0xee;
const OWN = 0xa5;
const WAIT_MILLISECONDS_MAX = 5000;

interface Reader {
  readonly worker: Worker;
  readonly pipes: readonly (readonly [number, number])[];
  readonly polled: boolean;
  readonly addresses: readonly number[];
}

const backend = await openNativeBackend();
const kit = await nativeTestKit();
const data = new Uint8Array(SENT_BYTES).fill(SENT);

async function startReader(index: number): Promise<Reader> {
  const pipes = BYTE_LENGTHS.map(() => succeeded(kit.pipe2(0)));
  const polled = index % 2 === 0;
  const task: ReaderTask = {
    readEnds: pipes.map(([readEnd]) => readEnd),
    byteLengths: BYTE_LENGTHS,
    flags: polled ? IORING_SETUP_SQPOLL : 0,
    busy: index % 4 < 2,
  };
  const worker = new Worker(new URL("./reader.js", import.meta.url), { workerData: task });
  const addresses = await new Promise<number[]>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  return { worker, pipes, polled, addresses };
}

/** Memory that the main thread allocates after the Workers are gone. */
function bystanders(): Uint8Array[] {
  return BYTE_LENGTHS.flatMap((byteLength) =>
    Array.from({ length: BYSTANDERS_PER_LENGTH }, (_, index) =>
      index % 2 === 0
        ? new Uint8Array(byteLength).fill(OWN)
        : new Uint8Array(backend.allocate(byteLength).buffer).fill(OWN),
    ),
  );
}

/** True when every byte is `value`. */
function holds(bytes: Uint8Array, value: number): boolean {
  return Buffer.alloc(bytes.byteLength, value).equals(bytes);
}

function send(reader: Reader): void {
  for (const [, writeEnd] of reader.pipes) kit.writeBytes(writeEnd, data);
}

/** Looks at the memory of a Worker that is gone, by address: it must still be mapped. */
function countWritten(reader: Reader): number {
  return reader.addresses.filter((address) =>
    holds(new Uint8Array(kit.view(address, SENT_BYTES)), SENT),
  ).length;
}

async function waitForData(readers: readonly Reader[]): Promise<number> {
  const written = (): number => readers.reduce((sum, reader) => sum + countWritten(reader), 0);
  for (let waited = 0; waited < WAIT_MILLISECONDS_MAX; waited += 10) {
    if (written() === readers.length * BYTE_LENGTHS.length) break;
    await sleep(10);
  }
  return written();
}

async function runBatch(start: number): Promise<TerminationReport> {
  const readers = await Promise.all(
    Array.from({ length: WORKERS_AT_ONCE }, (_, index) => startReader(start + index)),
  );
  // For some, the data comes while the Worker is being torn down.
  const [early, late] = [readers.slice(0, 2), readers.slice(2)];
  const gone = readers.map(({ worker }) => worker.terminate());
  early.forEach(send);
  const others = bystanders();
  await Promise.all(gone);
  others.push(...bystanders());
  late.forEach(send);
  const writtenLate = await waitForData(late.filter(({ polled }) => polled));
  const damaged = others.filter((bytes) => !holds(bytes, OWN)).length;
  readers.forEach(({ pipes }) => pipes.flat().forEach((fd) => kit.close(fd)));
  const expectedLate = late.filter(({ polled }) => polled).length * BYTE_LENGTHS.length;
  return { writtenLate, expectedLate, damaged, checked: others.length };
}

const total = { writtenLate: 0, expectedLate: 0, damaged: 0, checked: 0 };
for (let start = 0; start < Number(process.argv[2]); start += WORKERS_AT_ONCE) {
  const batch = await runBatch(start);
  total.writtenLate += batch.writtenLate;
  total.expectedLate += batch.expectedLate;
  total.damaged += batch.damaged;
  total.checked += batch.checked;
}
console.log(JSON.stringify(total));
