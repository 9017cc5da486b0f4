import { expect, test } from "vitest";
import { Content } from "./content.ts";

const CHUNK = 65_536;
const PAGE = 4096;

test("gives back what was written, across the borders of chunks", () => {
  const content = new Content();
  const data = Uint8Array.from({ length: 3 * CHUNK }, (_, i) => i % 251);
  content.write(CHUNK - 100, data);
  expect(content.size).toBe(4 * CHUNK - 100);
  const back = content.slice(CHUNK - 100, data.length);
  expect(back.length).toBe(data.length);
  expect(back.every((byte, i) => byte === i % 251)).toBe(true);
});

test("reads holes as zeroes and stores nothing for them", () => {
  const content = new Content();
  content.write(2 ** 40, Uint8Array.of(1));
  expect(content.slice(2 ** 40 - 2, 10)).toEqual(Uint8Array.of(0, 0, 1));
  expect(content.slice(5, 4)).toEqual(new Uint8Array(4));
  expect(content.allocated).toBe(4096);
});

test("shows zeroes, not old bytes, where it was cut and grew again", () => {
  const content = new Content();
  content.write(0, new Uint8Array(CHUNK + 10).fill(7));
  content.resize(3);
  content.resize(CHUNK + 10);
  expect(content.slice(0, 5)).toEqual(Uint8Array.of(7, 7, 7, 0, 0));
  expect(content.slice(CHUNK, 20)).toEqual(new Uint8Array(10));
});

test("gives a window only where the storage is in one piece, and grows by what was filled", () => {
  const content = new Content();
  expect(content.window(CHUNK - 1, 2)).toBeUndefined();
  const window = content.window(10, 4);
  window?.set([1, 2]);
  expect(content.size).toBe(0);
  content.extend(12);
  expect(content.slice(9, 9)).toEqual(Uint8Array.of(0, 1, 2));
});

test("gives pages that show what comes later, until they are cut off or written past", () => {
  const content = new Content();
  content.write(0, new Uint8Array(3 * PAGE).fill(1));
  const [first, second, third] = [content.page(0), content.page(1), content.page(2)];
  content.write(PAGE - 1, Uint8Array.of(2, 3));
  content.window(5, 1)?.fill(4);
  content.filled(5, 1);
  content.resize(PAGE + 2);
  content.forget(0, PAGE);
  content.write(0, new Uint8Array(3 * PAGE).fill(9));

  expect([first[5], first[6], first[PAGE - 1]]).toEqual([4, 1, 2]);
  expect([second[0], second[1], second[PAGE - 1]]).toEqual([9, 9, 9]);
  expect([third[0], third[PAGE - 1]]).toEqual([1, 1]);
});

test("shows zeroes in a page whose end is cut off, and its old bytes when all is moved", () => {
  const content = new Content();
  content.write(0, new Uint8Array(2 * PAGE).fill(1));
  const [first, second] = [content.page(0), content.page(1)];
  content.zero(10, 20);
  content.resize(100);
  content.shift(0, PAGE);

  expect([first[9], first[10], first[20], first[99], first[100]]).toEqual([1, 0, 1, 1, 0]);
  expect(second[0]).toBe(1);
  expect(content.page(0)[0]).toBe(0);
});
