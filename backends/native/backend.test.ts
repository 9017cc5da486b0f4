import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { EBADF, EINVAL } from "../../spec/errno.ts";
import { IORING_REGISTER_PROBE } from "../../spec/abi/register.ts";
import {
  IORING_OFF_SQ_RING,
  IORING_SETUP_DEFER_TASKRUN,
  PARAMS_FLAGS,
  PARAMS_SIZE,
} from "../../spec/abi/setup.ts";
import { openNativeBackend } from "./index.ts";
import { nativeTestKit, succeeded } from "./testing/kit.ts";
import { RawRing, nop, read } from "./raw-ring.ts";

const backend = await openNativeBackend();
const kit = await nativeTestKit();

function openRing(flags = 0): RawRing {
  const ring = RawRing.open(backend, 8, flags);
  if (!(ring instanceof RawRing)) throw new Error(`${ring.call} gave errno ${ring.errno}`);
  return ring;
}

/** How many mappings of rings have MADV_DONTFORK ("dc" in /proc/self/smaps). */
function unsharedRingMappings(): number {
  const [, ...mappings] = readFileSync("/proc/self/smaps", "utf8").split("anon_inode:[io_uring]");
  return mappings.filter((text) => / dc\b/.test(/VmFlags:.*/.exec(text)?.[0] ?? "")).length;
}

describe("the native backend", () => {
  it("is one and the same for every caller on a thread", async () => {
    expect(await openNativeBackend()).toBe(backend);
  });

  it("completes a NOP with its user data", () => {
    const ring = openRing();

    ring.push(nop(7));
    const consumed = ring.enter(1, 1);

    expect(consumed).toBe(1);
    expect(ring.reap()).toEqual([{ userData: 7, res: 0, flags: 0 }]);
    expect(ring.close()).toBe(0);
  });

  it("reads a pipe into allocated memory", () => {
    const ring = openRing();
    const [readEnd, writeEnd] = succeeded(kit.pipe2(0));
    const region = backend.allocate(16);

    ring.push(read(1, readEnd, region));
    expect(ring.enter(1)).toBe(1);
    expect(ring.reap()).toEqual([]);
    expect(kit.writeBytes(writeEnd, Uint8Array.of(1, 2, 3))).toBe(3);
    ring.enter(0, 1);

    expect(ring.reap()).toEqual([{ userData: 1, res: 3, flags: 0 }]);
    expect([...new Uint8Array(region.buffer).subarray(0, 4)]).toEqual([1, 2, 3, 0]);
    region.free();
    ring.close();
    expect(kit.close(readEnd)).toBe(0);
    expect(kit.close(writeEnd)).toBe(0);
  });

  it("answers a refused set-up with the errno of the kernel", () => {
    expect(RawRing.open(backend, 0)).toEqual({ call: "io_uring_setup", errno: EINVAL });
    expect(RawRing.open(backend, 8, IORING_SETUP_DEFER_TASKRUN)).toMatchObject({ errno: EINVAL });
  });

  it("answers calls on a closed ring with -EBADF", () => {
    const ring = openRing();
    ring.close();

    expect(backend.enter(ring.fd, 0, 0, 0, 0, 0)).toBe(-EBADF);
    expect(backend.register(ring.fd, IORING_REGISTER_PROBE, 0, 0)).toBe(-EBADF);
    expect(backend.mapRing(ring.fd, IORING_OFF_SQ_RING, 4096)).toBe(-EBADF);
    expect(backend.close(ring.fd)).toBe(-EBADF);
  });

  it("returns what register gives", () => {
    const ring = openRing();
    const probe = backend.allocate(16 + 256 * 8);

    expect(backend.register(ring.fd, IORING_REGISTER_PROBE, probe.address, 256)).toBe(0);

    expect(new Uint8Array(probe.buffer)[0]).toBeGreaterThan(0);
    ring.close();
  });

  it("leaves an unmapped ring's buffer useless, and does not crash on a late access", () => {
    const ring = openRing();
    const { buffer } = ring;
    const words = new Int32Array(buffer);
    const bytes = new DataView(buffer);

    ring.close();

    expect(buffer.byteLength).toBe(0);
    expect(words[0]).toBeUndefined();
    expect(() => Atomics.load(words, 0)).toThrow();
    expect(() => bytes.getUint32(0, true)).toThrow(TypeError);
  });

  it("maps rings so that fork(2) does not share them with a child", () => {
    const before = unsharedRingMappings();

    const ring = openRing();

    expect(unsharedRingMappings()).toBe(before + 2);
    ring.close();
    expect(unsharedRingMappings()).toBe(before);
  });

  it("refuses to unmap a ring twice", () => {
    const params = backend.allocate(PARAMS_SIZE);
    new DataView(params.buffer).setUint32(PARAMS_FLAGS, 0, true);
    const fd = backend.setup(4, params.address);
    const mapping = succeeded(backend.mapRing(fd, IORING_OFF_SQ_RING, 64));

    mapping.unmap();

    expect(() => mapping.unmap()).toThrow("twice");
    expect(backend.close(fd)).toBe(0);
  });
});
