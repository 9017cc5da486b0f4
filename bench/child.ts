/**
 * The process of one contender written in TypeScript: `node child.js NAME FILE`. See protocol.ts.
 */
import { createInterface } from "node:readline";
import { openNativeBackend } from "../backends/native/index.ts";
import { openCore } from "./contenders/core.ts";
import { openFileHandleReader } from "./contenders/file-handle.ts";
import { openQueueReader } from "./contenders/queue.ts";
import { openRingReader } from "./contenders/ring.ts";
import { openSearch } from "./contenders/search.ts";
import { openExplorer, openSimReader } from "./contenders/simulated.ts";
import { NullKernel } from "./null-kernel.ts";
import type { Contender, Ready, Round } from "./protocol.ts";

const OPEN: Record<string, (path: string) => Promise<Contender>> = {
  queue: async (path) => openQueueReader(await openNativeBackend(), path),
  "queue-null": async (path) => openQueueReader(await openNullKernel(), path),
  ring: async (path) => openRingReader(await openNativeBackend(), path, false),
  "ring-null": async (path) => openRingReader(await openNullKernel(), path, false),
  "ring-looking": async (path) => openRingReader(await openNativeBackend(), path, true),
  "ring-looking-null": async (path) => openRingReader(await openNullKernel(), path, true),
  "file-handle": openFileHandleReader,
  sim: openSimReader,
  explore: openExplorer,
  core: openCore,
  search: openSearch,
};

async function openNullKernel(): Promise<NullKernel> {
  return new NullKernel(await openNativeBackend());
}

const MICROSECONDS = 1e6;

async function round(contender: Contender, depth: number, milliseconds: number): Promise<Round> {
  const from = performance.now();
  const cpuFrom = process.cpuUsage();
  const operations = await contender.run(depth, milliseconds);
  const { user, system } = process.cpuUsage(cpuFrom);
  const seconds = (performance.now() - from) / 1000;
  return { operations, seconds, cpuSeconds: (user + system) / MICROSECONDS };
}

function say(message: Ready | Round): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

const [name = "", path = ""] = process.argv.slice(2);
const open = OPEN[name];
if (open === undefined) throw new Error(`no contender is called '${name}'`);
const contender = await open(path);
say({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  const [depth = 1, milliseconds = 1] = line.split(" ").map(Number);
  say(await round(contender, depth, milliseconds));
}
process.exit(0);
