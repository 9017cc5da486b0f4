import { describe, expect, it } from "vitest";
import { EFD_SEMAPHORE, POLLERR, POLLIN, POLLOUT } from "../../../spec/abi/linux.ts";
import { EAGAIN, EFAULT, EINVAL } from "../../../spec/errno.ts";
import { isEventFile, WOKEN_BY_RING } from "../../emulator/host/host.ts";
import { SimClock } from "../clock.ts";
import { SimFiles } from "./index.ts";

const MOST = 0xffff_ffff;

function eventfd(initial = 0, flags = 0) {
  const files = new SimFiles({ clock: new SimClock() });
  const file = files.get(files.makeEventfd(initial, flags));
  if (file === undefined || !isEventFile(file)) throw new Error("no eventfd");
  const write = (low: number, high = 0, length = 8): number =>
    file.write(length, -1, (into) => {
      into.set(new Uint8Array(Uint32Array.of(low, high).buffer));
      return into.length;
    });
  const read = (length = 8): number[] | number => {
    let words: number[] = [];
    const result = file.read(length, -1, (bytes) => {
      words = [...new Uint32Array(bytes.slice().buffer)];
      return bytes.length;
    });
    return result === 8 ? words : result;
  };
  return { file, read, write };
}

describe("an eventfd", () => {
  it("adds up what is written, and gives it all", () => {
    const { read, write } = eventfd(1);

    expect([write(MOST), write(2, 1)]).toEqual([8, 8]);

    expect(read()).toEqual([2, 2]);
    expect(read()).toBe(-EAGAIN);
  });

  it("is taken one by one as a semaphore, across the words", () => {
    const { read, write } = eventfd(0, EFD_SEMAPHORE);
    write(0, 1);

    expect(read()).toEqual([1, 0]);

    expect(write(MOST, MOST - 1)).toBe(8);
    expect(write(1)).toBe(-EAGAIN);
  });

  it("holds 2^64 - 2, and no write more", () => {
    const { file, write } = eventfd();

    expect([write(MOST, MOST), write(MOST - 1, MOST), write(1)]).toEqual([-EINVAL, 8, -EAGAIN]);

    expect([file.poll(), write(0)]).toEqual([POLLIN, 8]);
  });

  it("is signalled up to 2^64 - 1, which is an error to poll", () => {
    const { file, read, write } = eventfd();
    write(MOST - 1, MOST);

    file.signal();
    file.signal();

    expect(file.poll()).toBe(POLLIN | POLLERR);
    expect(read()).toEqual([MOST, MOST]);
    expect(file.poll()).toBe(POLLOUT);
  });

  it("names what each wake-up is about", () => {
    const { file, read } = eventfd();
    const before = file.wakeups();

    file.signal();
    read();

    expect(file.wakeups() - before).toBe(2);
    expect([file.wakeup(before + 1), file.wakeup(before + 2)]).toEqual([
      POLLIN | WOKEN_BY_RING,
      POLLOUT,
    ]);
  });

  it("loses what the program's memory cannot take", () => {
    const { file, read } = eventfd(3);

    expect(file.read(8, -1, () => 4)).toBe(-EFAULT);

    expect(read()).toBe(-EAGAIN);
    expect(file.write(8, -1, () => 7)).toBe(-EFAULT);
  });
});
