import { describe, expect, test } from "vitest";
import { REGION_SIZE_LIMIT, REGION_SPAN, SimMemory } from "./memory.ts";

test("gives every region a span of its own, at the same addresses in every run", () => {
  const memory = new SimMemory();
  const addresses = [memory.allocate(1), memory.allocate(4096, 2 ** 21)].map((r) => r.address);
  expect(addresses).toEqual([REGION_SPAN, 2 * REGION_SPAN]);
});

test("copies zeroes out of new memory, and back what was written, small and large", () => {
  const memory = new SimMemory();
  const region = memory.allocate(8192);
  for (const length of [1, 24, 25, 4096]) {
    const data = Uint8Array.from({ length }, (_, i) => i + 1);
    const into = new Uint8Array(length).fill(9);
    expect(memory.read(region.address + 4000, into)).toBe(length);
    expect(into).toEqual(new Uint8Array(length));
    expect(memory.write(region.address + 4000, data)).toBe(length);
    expect(memory.read(region.address + 4000, into)).toBe(length);
    expect(into).toEqual(data);
    memory.write(region.address + 4000, new Uint8Array(length));
  }
});

test.each([10, 100])("stops a copy of more than %i bytes at the end of the region", (left) => {
  const memory = new SimMemory();
  const region = memory.allocate(200);
  const next = memory.allocate(200);
  const address = region.address + 200 - left;
  expect(memory.write(address, new Uint8Array(150).fill(7))).toBe(left);
  const into = new Uint8Array(150);
  expect(memory.read(address, into)).toBe(left);
  expect(into.filter((byte) => byte === 7).length).toBe(left);
  expect(new Uint8Array(next.buffer).every((byte) => byte === 0)).toBe(true);
});

test.each([
  ["0", 0],
  ["below the first region", REGION_SPAN - 1],
  ["just past a region", REGION_SPAN + 64],
  ["past all regions", 5 * REGION_SPAN],
  ["negative", -4096],
])("moves nothing at an address that is not mapped: %s", (_, address) => {
  const memory = new SimMemory();
  memory.allocate(64);
  expect(memory.read(address, new Uint8Array(8))).toBe(0);
  expect(memory.write(address, new Uint8Array(8))).toBe(0);
});

test("follows the buffer when its owner detaches it and stores the successor", () => {
  const memory = new SimMemory();
  const region = memory.allocate(32);
  memory.write(region.address, Uint8Array.of(1, 2, 3));
  region.buffer = structuredClone(region.buffer, { transfer: [region.buffer] });
  const into = new Uint8Array(3);
  expect(memory.read(region.address, into)).toBe(3);
  expect(into).toEqual(Uint8Array.of(1, 2, 3));
  memory.write(region.address, Uint8Array.of(9));
  expect(new Uint8Array(region.buffer)[0]).toBe(9);
});

test("refuses to work on a buffer that was detached without a successor", () => {
  const memory = new SimMemory();
  const region = memory.allocate(32);
  structuredClone(region.buffer, { transfer: [region.buffer] });
  expect(() => memory.read(region.address, new Uint8Array(1))).toThrow(/detached/);
});

test("unmaps what is freed, refuses to free it twice, and keeps its address back", () => {
  const memory = new SimMemory();
  const region = memory.allocate(32);
  region.free();
  expect(memory.read(region.address, new Uint8Array(1))).toBe(0);
  expect(() => region.free()).toThrow(/twice/);
  expect(memory.allocate(32).address).not.toBe(region.address);
});

test.each([0, -1, 1.5, REGION_SIZE_LIMIT + 1, Number.NaN])(
  "has no region of %s bytes",
  (length) => {
    expect(() => new SimMemory().allocate(length)).toThrow(RangeError);
  },
);

test.each([0, 3, 2 ** 22, -64])("knows no alignment of %s", (alignment) => {
  expect(() => new SimMemory().allocate(64, alignment)).toThrow(RangeError);
});

describe("pinned pages", () => {
  test("are shared with the program while it has them mapped", () => {
    const memory = new SimMemory();
    const region = memory.allocate(64);
    const pin = memory.pin(region.address + 8, 16);

    pin?.write(1, Uint8Array.of(5));
    new Uint8Array(region.buffer)[10] = 6;
    const into = new Uint8Array(2);
    pin?.read(1, into);

    expect(new Uint8Array(region.buffer)[9]).toBe(5);
    expect(into).toEqual(Uint8Array.of(5, 6));
    expect(pin?.share().getUint8(1)).toBe(5);
  });

  test("live on when the region is freed, or gets new pages", () => {
    const memory = new SimMemory();
    const region = memory.allocate(64);
    const pin = memory.pin(region.address, 64);

    memory.remap(region);
    pin?.write(0, Uint8Array.of(5));
    expect(new Uint8Array(region.buffer)[0]).toBe(0);
    region.free();

    const into = new Uint8Array(1);
    pin?.read(0, into);
    expect(into[0]).toBe(5);
  });

  test("are there only where every byte is mapped and can be written", () => {
    const memory = new SimMemory();
    const region = memory.allocate(64);

    expect(memory.pin(region.address + 1, 64)).toBeUndefined();
    expect(memory.pin(8, 1)).toBeUndefined();
    memory.protect(region);
    expect(memory.pin(region.address, 1)).toBeUndefined();
    expect(memory.write(region.address, Uint8Array.of(1))).toBe(0);
    expect(memory.read(region.address, new Uint8Array(1))).toBe(1);
  });

  test("are let go of once", () => {
    const memory = new SimMemory();
    const pin = memory.pin(memory.allocate(8).address, 8);

    pin?.release();

    expect(() => pin?.release()).toThrow(/let go/);
  });
});
