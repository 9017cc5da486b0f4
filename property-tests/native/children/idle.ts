/**
 * A process with an open ring and nothing to do.
 *
 * Arguments: what to show, the IORING_SETUP_* flags of the ring.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { isMainThread, Worker } from "node:worker_threads";
import { openNativeBackend } from "../../../backends/native/index.ts";
import type { NativeBackend } from "../../../backends/native/index.ts";
import { RawRing, read } from "../../../backends/native/raw-ring.ts";
import { nativeTestKit, succeeded } from "../../../backends/native/testing/kit.ts";

const DELAY_MILLISECONDS = 100;

function openRing(backend: NativeBackend, flags: number): RawRing {
  const ring = RawRing.open(backend, 8, flags);
  if (!(ring instanceof RawRing)) throw new Error(`${ring.call} gave errno ${ring.errno}`);
  return ring;
}

/** Opens a ring with a watch and leaves both open. */
async function leaveOpen(flags: number): Promise<void> {
  const backend = await openNativeBackend();
  backend.watch(openRing(backend, flags).fd, () => undefined);
}

/**
 * A read in flight, and data for it from a timer that does not keep the process alive:
 * "woken" is printed only when the watch does.
 */
async function wait(flags: number, referenced: boolean): Promise<void> {
  const backend = await openNativeBackend();
  const kit = await nativeTestKit();
  const [readEnd, writeEnd] = succeeded(kit.pipe2(0));
  const ring = openRing(backend, flags);
  ring.push(read(1, readEnd, backend.allocate(8)));
  ring.enter(1);
  const watch = backend.watch(ring.fd, () => {
    ring.enter(0);
    if (ring.reap().length === 0) return;
    console.log("woken");
    watch.unref();
  });
  if (referenced) watch.ref();
  setTimeout(() => kit.writeBytes(writeEnd, Uint8Array.of(1)), DELAY_MILLISECONDS).unref();
}

/** Prints the microseconds of processor time that an idle second took. */
async function measure(flags: number): Promise<void> {
  const backend = await openNativeBackend();
  const kit = await nativeTestKit();
  const ring = openRing(backend, flags);
  ring.push(read(1, succeeded(kit.pipe2(0))[0], backend.allocate(8)));
  ring.enter(1);
  const watch = backend.watch(ring.fd, () => ring.enter(0));
  watch.ref();
  await sleep(DELAY_MILLISECONDS);
  const before = process.cpuUsage();
  await sleep(1000);
  const { user, system } = process.cpuUsage(before);
  console.log(user + system);
  watch.close();
}

const [what = "", flags = "0"] = process.argv.slice(2);
const ways = new Map<string, () => Promise<void>>([
  ["leave open", () => leaveOpen(Number(flags))],
  ["wait referenced", () => wait(Number(flags), true)],
  ["wait unreferenced", () => wait(Number(flags), false)],
  ["measure", () => measure(Number(flags))],
]);

if (isMainThread && process.argv[4] === "in a Worker") {
  new Worker(new URL(import.meta.url), { argv: [what, flags] });
} else {
  await ways.get(what)?.();
}
