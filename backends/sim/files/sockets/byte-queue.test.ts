import { expect, test } from "vitest";
import { ByteQueue } from "./byte-queue.ts";

test("gives bytes in the order they came, also around the end of its storage", () => {
  const queue = new ByteQueue(600);
  let next = 0;
  let expected = 0;
  for (let round = 0; round < 200; round++) {
    const count = Math.min(queue.space, (round * 37) % 301);
    queue.push(Uint8Array.from({ length: count }, () => next++ % 256));
    const head = queue.peek((round * 53) % 290);
    for (const byte of head) expect(byte).toBe(expected++ % 256);
    queue.drop(head.length);
  }
  expect(queue.length).toBe(next - expected);
});

test("refuses more than its capacity", () => {
  const queue = new ByteQueue(4);
  queue.push(Uint8Array.of(1, 2, 3));
  expect(queue.space).toBe(1);
  expect(() => queue.push(Uint8Array.of(4, 5))).toThrow(/overfilled/);
  expect(queue.peek(9)).toEqual(Uint8Array.of(1, 2, 3));
});
