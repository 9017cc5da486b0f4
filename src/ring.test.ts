/** What each call of a ring puts before the kernel, seen by a kernel that keeps it. */
import { beforeEach, describe, expect, it } from "vitest";
import { EMFILE } from "../spec/errno.ts";
import { Ring, submitRecv, submitSend, submitWrite } from "./index.ts";
import { ScriptedBackend, type Submission } from "./testing/scripted-backend.ts";

const FD = 7;
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

let kernel: ScriptedBackend;
let ring: Ring;
beforeEach(async () => {
  kernel = new ScriptedBackend();
  ring = await Ring.open({ backend: kernel, entries: 8 });
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The one SQE that a call makes. */
async function submission(call: () => Promise<unknown>): Promise<Submission> {
  call().catch(() => undefined);
  await turn();
  expect(kernel.submitted).toHaveLength(1);
  return kernel.submitted[0]!;
}

/** The string at an address, up to its NUL. */
function path(address: number, byteLength: number): string {
  const bytes = kernel.memory(address, byteLength + 1);
  expect(bytes[byteLength]).toBe(0);
  return text(bytes.subarray(0, byteLength));
}

type Call = (ring: Ring) => Promise<unknown>;

const ROWS: readonly (readonly [name: string, call: Call, expected: Partial<Submission>])[] = [
  ["nop", (r) => r.nop(), { opcode: 0, fd: -1 }],
  ["fsync", (r) => r.fsync(FD), { opcode: 3, fd: FD, operationFlags: 0 }],
  ["fdatasync", (r) => r.fdatasync(FD), { opcode: 3, fd: FD, operationFlags: 1 }],
  ["ftruncate", (r) => r.ftruncate(FD, 2 ** 32 + 1), { opcode: 55, offsetLow: 1, offsetHigh: 1 }],
  ["poll", (r) => r.poll(FD, 5), { opcode: 6, fd: FD, operationFlags: 5 }],
  ["sleep", (r) => r.sleep(1), { opcode: 11, length: 1, offsetLow: 0 }],
  [
    "read",
    (r) => r.read(FD, r.alloc(10)),
    { opcode: 22, fd: FD, length: 10, offsetLow: 2 ** 32 - 1 },
  ],
  [
    "read of a part",
    (r) => r.read(FD, r.alloc(10), { offset: 3, length: 4, position: 5 }),
    { opcode: 22, length: 4, offsetLow: 5, offsetHigh: 0 },
  ],
  ["write", (r) => r.write(FD, r.alloc(10).resize(4)), { opcode: 23, fd: FD, length: 4 }],
  [
    "recv",
    (r) => r.recv(FD, r.alloc(9), { flags: 2 }),
    { opcode: 27, length: 9, operationFlags: 2 },
  ],
  ["send", (r) => r.send(FD, r.from("abc"), { flags: 0x8000 }), { opcode: 26, length: 3 }],
  ["unlink", (r) => r.unlink("/x"), { opcode: 36, fd: -100, operationFlags: 0 }],
  ["rmdir", (r) => r.rmdir("/x"), { opcode: 36, fd: -100, operationFlags: 0x200 }],
  ["mkdir", (r) => r.mkdir("/x"), { opcode: 37, fd: -100, length: 0o777 }],
  ["mkdir with a mode", (r) => r.mkdir("/x", { mode: 0o700 }), { opcode: 37, length: 0o700 }],
  ["open", (r) => r.openFile("/x", "w"), { opcode: 18, length: 0o666, operationFlags: 0o2001101 }],
  ["stat", (r) => r.stat("/x"), { opcode: 21, fd: -100, length: 0xfff, operationFlags: 0 }],
  ["lstat", (r) => r.lstat("/x"), { opcode: 21, operationFlags: 0x100 }],
  ["fstat", (r) => r.fstat(FD), { opcode: 21, fd: FD, operationFlags: 0x1000 }],
  ["connect", (r) => r.connect({ port: 1 }), { opcode: 45, fd: 2, offsetLow: 0o2000001 }],
];

describe("a call", () => {
  it.each(ROWS)("of %s becomes its one entry", async (_, call, expected) => {
    expect(await submission(() => call(ring))).toMatchObject({ flags: 0, ...expected });
  });

  //= OWN-13
  it("on paths takes them along in memory that the operation owns", async () => {
    const { address, offsetLow, offsetHigh } = await submission(() =>
      ring.rename("/old", "/newer"),
    );

    expect(path(address, 4)).toBe("/old");
    expect(path(offsetLow + offsetHigh * 2 ** 32, 6)).toBe("/newer");
    kernel.complete(kernel.submitted[0]!, 0);
    await turn();
    expect(ring.stats.pool.freeBuffers).toBe(1);
  });

  //= OWN-13
  it("to sleep takes a time along, to the nanosecond", async () => {
    const { address } = await submission(() => ring.sleep(1500.25));

    const timespec = kernel.memory(address, 16);
    const view = new DataView(timespec.buffer, timespec.byteOffset, 16);
    expect(view.getBigInt64(0, true)).toBe(1n);
    expect(view.getBigInt64(8, true)).toBe(500_250_000n);
  });

  it("on several buffers takes along where each of them is", async () => {
    const buffers = [ring.alloc(10), ring.alloc(20).resize(5)] as const;
    const { address, length } = await submission(() => ring.writev(FD, buffers, { position: 1 }));

    expect(length).toBe(2);
    const iovecs = kernel.memory(address, 32);
    const view = new DataView(iovecs.buffer, iovecs.byteOffset, 32);
    expect([view.getUint32(8, true), view.getUint32(24, true)]).toEqual([10, 5]);
    expect(kernel.memory(view.getUint32(0, true), 10)).toHaveLength(10);
    expect(view.getUint32(16, true)).not.toBe(view.getUint32(0, true));
  });

  it("reads into the memory of the buffer, and shows what came there", async () => {
    const reading = ring.read(FD, ring.alloc(10), { offset: 2, length: 5 });
    await turn();
    const [{ address } = { address: 0 }] = kernel.submitted;
    kernel.memory(address, 3).set([97, 98, 99]);
    kernel.complete(kernel.submitted[0]!, 3);

    const { buffer, bytesRead } = await reading;

    expect(bytesRead).toBe(3);
    expect(text(buffer.bytes)).toBe("\0\0abc");
  });

  it("by submit puts the result on the handle", async () => {
    const [written, received, sent] = [ring.from("abc"), ring.alloc(4), ring.from("de")];
    submitWrite(ring, FD, written);
    submitRecv(ring, FD, received);
    submitSend(ring, FD, sent);
    await turn();
    expect(kernel.submitted.map(({ opcode }) => opcode)).toEqual([23, 27, 26]);
    kernel.submitted.forEach((one, index) => kernel.complete(one, index));

    expect((await written.completion).bytesWritten).toBe(0);
    expect((await received.completion).bytesRead).toBe(1);
    expect((await sent.completion).buffer.length).toBe(2);
  });
});

describe("a ring that cannot be watched", () => {
  it("is not left open", async () => {
    const unwatchable = new ScriptedBackend();
    unwatchable.watch = () => {
      throw Object.assign(new Error("no descriptor left"), { errno: -EMFILE });
    };

    await expect(Ring.open({ backend: unwatchable })).rejects.toThrow("no descriptor left");

    expect(unwatchable.closed).toBe(true);
    expect(unwatchable.regions.size).toBe(0);
  });
});
