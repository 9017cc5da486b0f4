import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { EFAULT } from "../../spec/errno.ts";
import { openNativeBackend } from "./index.ts";
import { nativeTestKit, succeeded } from "./testing/kit.ts";

const backend = await openNativeBackend();
const kit = await nativeTestKit();

/** The line of /proc/self/smaps that gives the flags of the mapping holding `address`. */
function mappingFlags(address: number): string {
  let inside = false;
  for (const line of readFileSync("/proc/self/smaps", "utf8").split("\n")) {
    const range = /^([0-9a-f]+)-([0-9a-f]+) /.exec(line);
    if (range) inside = parseInt(range[1]!, 16) <= address && address < parseInt(range[2]!, 16);
    if (inside && line.startsWith("VmFlags:")) return line;
  }
  return "not mapped";
}

describe("native memory", () => {
  it("is writable by the kernel at its address, and seen through its buffer", () => {
    const pipe = succeeded(kit.pipe2(0));
    const region = backend.allocate(8);
    kit.writeBytes(pipe[1], Uint8Array.of(9, 8, 7));

    expect(kit.read(pipe[0], region.address, 8)).toBe(3);

    expect([...new Uint8Array(region.buffer)]).toEqual([9, 8, 7, 0, 0, 0, 0, 0]);
    region.free();
    pipe.forEach((fd) => kit.close(fd));
  });

  it.each([1, 63, 64, 65, 100, 4096, 5000, 524_288, 524_289, 1 << 20, 5_000_001])(
    "has exactly the %i bytes asked for, all zero",
    (byteLength) => {
      const region = backend.allocate(byteLength);

      expect(region.byteLength).toBe(byteLength);
      expect(region.buffer.byteLength).toBe(byteLength);
      expect(new Uint8Array(region.buffer).every((byte) => byte === 0)).toBe(true);
      region.free();
    },
  );

  it("is aligned to 64 bytes when nothing else is asked", () => {
    const regions = [1, 3, 100, 3000].map((byteLength) => backend.allocate(byteLength));

    expect(regions.map((region) => region.address % 64)).toEqual([0, 0, 0, 0]);
    regions.forEach((region) => region.free());
  });

  it.each([1, 512, 4096, 65_536, 1 << 20, 1 << 22])("is aligned to %i when asked", (alignment) => {
    const small = backend.allocate(10, alignment);
    const large = backend.allocate(1_500_000, alignment);

    expect(small.address % alignment).toBe(0);
    expect(large.address % alignment).toBe(0);
    expect(small.byteLength).toBe(10);
    small.free();
    large.free();
  });

  it("never overlaps another region in use", () => {
    const regions = Array.from({ length: 400 }, (_, index) => backend.allocate(1 + index * 7));
    regions.forEach((region, index) => new Uint8Array(region.buffer).fill(index));

    const kept = regions.every((region, index) =>
      new Uint8Array(region.buffer).every((byte) => byte === index % 256),
    );

    expect(kept).toBe(true);
    regions.forEach((region) => region.free());
  });

  it.each([64, 200, 70_000])(
    "is zero again after it was used and freed (%i bytes)",
    (byteLength) => {
      const first = backend.allocate(byteLength);
      new Uint8Array(first.buffer).fill(0xff);
      first.free();

      const second = backend.allocate(byteLength);

      expect(second.address).toBe(first.address);
      expect(new Uint8Array(second.buffer).every((byte) => byte === 0)).toBe(true);
      second.free();
    },
  );

  it("is zero in full when a longer lease follows a shorter one in the same slot", () => {
    const long = backend.allocate(128);
    new Uint8Array(long.buffer).fill(0xff);
    long.free();
    const short = backend.allocate(65);
    expect(short.address).toBe(long.address);
    short.free();

    const again = backend.allocate(128);

    expect(again.address).toBe(long.address);
    expect(new Uint8Array(again.buffer).every((byte) => byte === 0)).toBe(true);
    again.free();
  });

  it.each([64, 3_000_000])("leaves no view alive when it is freed (%i bytes)", (byteLength) => {
    const region = backend.allocate(byteLength);
    const { buffer } = region;
    const bytes = new Uint8Array(buffer);

    region.free();
    const next = backend.allocate(byteLength);
    bytes[0] = 1;

    expect(bytes.length).toBe(0);
    expect(buffer.byteLength).toBe(0);
    expect(new Uint8Array(next.buffer)[0]).toBe(0);
    expect(Object.getPrototypeOf(next.buffer)).toBe(ArrayBuffer.prototype);
    next.free();
  });

  it("refuses to be freed twice", () => {
    const region = backend.allocate(64);
    region.free();

    expect(() => region.free()).toThrow("twice");

    const [one, two] = [backend.allocate(64), backend.allocate(64)];
    expect(one.address).not.toBe(two.address);
    one.free();
    two.free();
  });

  it("leaks rather than reuses memory whose buffer was moved to nobody knows where", () => {
    const region = backend.allocate(64);
    region.buffer = new ArrayBuffer(0);

    expect(() => region.free()).toThrow("successor");

    const next = backend.allocate(64);
    expect(next.address).not.toBe(region.address);
    next.free();
  });

  it("unmaps a large region when it is freed, so that the kernel faults on it", () => {
    const pipe = succeeded(kit.pipe2(0));
    kit.writeBytes(pipe[1], Uint8Array.of(1));
    const region = backend.allocate(64 << 20);

    region.free();

    expect(kit.read(pipe[0], region.address, 1)).toBe(-EFAULT);
    pipe.forEach((fd) => kit.close(fd));
  });

  it("is not inherited by fork(2): neither slabs nor large regions", () => {
    const small = backend.allocate(64);
    const large = backend.allocate(2 << 20);

    expect(mappingFlags(small.address)).toMatch(/ dc\b/);
    expect(mappingFlags(large.address)).toMatch(/ dc\b/);
    small.free();
    large.free();
  });

  it.each([0, -1, 1.5, NaN, Infinity, 2 ** 53])("refuses a length of %d", (byteLength) => {
    expect(() => backend.allocate(byteLength)).toThrow(RangeError);
  });

  it.each([0, 3, -64, 0.5, NaN, 2 ** 31])("refuses an alignment of %d", (alignment) => {
    expect(() => backend.allocate(64, alignment)).toThrow(RangeError);
  });

  it("throws a RangeError when the address space has no room", () => {
    expect(() => backend.allocate(2 ** 47)).toThrow(/no memory for 140737488355328 bytes/);
  });
});
