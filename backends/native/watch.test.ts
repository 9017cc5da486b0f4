import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  IORING_SETUP_COOP_TASKRUN,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SQPOLL,
} from "../../spec/abi/setup.ts";
import { IORING_ENTER_GETEVENTS, IORING_ENTER_SQ_WAKEUP } from "../../spec/abi/enter.ts";
import { IORING_REGISTER_EVENTFD } from "../../spec/abi/register.ts";
import { EBUSY } from "../../spec/errno.ts";
import { openNativeBackend } from "./index.ts";
import { nativeTestKit, succeeded } from "./testing/kit.ts";
import { RawRing, nop, read } from "./raw-ring.ts";
import type { RawCompletion } from "./raw-ring.ts";

const backend = await openNativeBackend();
const kit = await nativeTestKit();
const DEFERRED = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;

/** Far above what a test process opens. */
const CLOSED_FD = 99_999;

function openRing(flags: number): RawRing {
  const ring = RawRing.open(backend, 8, flags);
  if (!(ring instanceof RawRing)) throw new Error(`${ring.call} gave errno ${ring.errno}`);
  return ring;
}

/** Resolves with the completions of the first wake-up that has any. */
function nextCompletions(ring: RawRing): Promise<RawCompletion[]> {
  return new Promise((resolve) => {
    const watch = backend.watch(ring.fd, () => {
      ring.enter(0, 0, IORING_ENTER_GETEVENTS);
      const completions = ring.reap();
      if (completions.length === 0) return;
      watch.close();
      resolve(completions);
    });
    watch.ref();
  });
}

describe.each([
  ["a plain ring", 0],
  ["a COOP_TASKRUN ring", IORING_SETUP_COOP_TASKRUN],
  ["an SQPOLL ring", IORING_SETUP_SQPOLL],
  ["a DEFER_TASKRUN ring", DEFERRED],
])("a watch on %s", (_, flags) => {
  it("wakes when a read completes later", async () => {
    const ring = openRing(flags);
    const [readEnd, writeEnd] = succeeded(kit.pipe2(0));
    const region = backend.allocate(8);
    ring.push(read(5, readEnd, region));
    ring.enter(1, 0, IORING_ENTER_SQ_WAKEUP);
    const woken = nextCompletions(ring);

    setImmediate(() => kit.writeBytes(writeEnd, Uint8Array.of(1, 2)));

    expect(await woken).toEqual([{ userData: 5, res: 2, flags: 0 }]);
    ring.close();
    region.free();
    [readEnd, writeEnd].forEach((fd) => kit.close(fd));
  });

  it("wakes for what completed before it was opened", async () => {
    const ring = openRing(flags);
    const [readEnd, writeEnd] = succeeded(kit.pipe2(0));
    const region = backend.allocate(8);
    ring.push(read(6, readEnd, region));
    ring.enter(1, 0, IORING_ENTER_SQ_WAKEUP);
    kit.writeBytes(writeEnd, Uint8Array.of(1));

    expect(await nextCompletions(ring)).toEqual([{ userData: 6, res: 1, flags: 0 }]);
    ring.close();
    region.free();
    [readEnd, writeEnd].forEach((fd) => kit.close(fd));
  });

  it("wakes no more once closed, and can be opened again", async () => {
    const ring = openRing(flags);
    let calls = 0;
    const first = backend.watch(ring.fd, () => {
      calls += 1;
    });
    first.close();
    first.close();
    first.ref();
    first.unref();
    ring.push(nop(1));
    ring.enter(1, 0, IORING_ENTER_SQ_WAKEUP);

    expect(await nextCompletions(ring)).toEqual([{ userData: 1, res: 0, flags: 0 }]);

    expect(calls).toBe(0);
    ring.close();
  });

  it("ends with the ring", () => {
    const ring = openRing(flags);
    const watch = backend.watch(ring.fd, () => undefined);

    expect(ring.close()).toBe(0);

    expect(() => watch.close()).not.toThrow();
  });
});

describe("a watch", () => {
  it("is refused on what is no ring, and twice on one ring", () => {
    const ring = openRing(0);
    const watch = backend.watch(ring.fd, () => undefined);

    expect(() => backend.watch(ring.fd, () => undefined)).toThrow("gave EBUSY");
    expect(() => backend.watch(0, () => undefined)).toThrow("gave EOPNOTSUPP");
    expect(() => backend.watch(CLOSED_FD, () => undefined)).toThrow("gave EBADF");

    watch.close();
    ring.close();
  });

  it("leaves no descriptor open, whether it worked or not", () => {
    const ring = openRing(0);
    const before = readdirSync("/proc/self/fd").length;

    const watch = backend.watch(ring.fd, () => undefined);
    expect(() => backend.watch(ring.fd, () => undefined)).toThrow("gave EBUSY");
    expect(readdirSync("/proc/self/fd").length).toBe(before + 1);
    watch.close();

    expect(readdirSync("/proc/self/fd").length).toBe(before);
    ring.close();
  });

  it("leaves no eventfd registered when it is closed", () => {
    const ring = openRing(0);
    const eventfd = kit.bind("int eventfd(unsigned int, int)")(0, 0);
    const argument = backend.allocate(4);
    new DataView(argument.buffer).setInt32(0, eventfd, true);
    const registerOne = (): number =>
      backend.register(ring.fd, IORING_REGISTER_EVENTFD, argument.address, 1);

    const watch = backend.watch(ring.fd, () => undefined);
    expect(registerOne()).toBe(-EBUSY);
    watch.close();

    expect(registerOne()).toBe(0);
    ring.close();
    argument.free();
    kit.close(eventfd);
  });

  it("is refused when the ring has an eventfd of somebody else", () => {
    const ring = openRing(0);
    const eventfd = kit.bind("int eventfd(unsigned int, int)")(0, 0);
    const argument = backend.allocate(4);
    new DataView(argument.buffer).setInt32(0, eventfd, true);
    backend.register(ring.fd, IORING_REGISTER_EVENTFD, argument.address, 1);

    expect(() => backend.watch(ring.fd, () => undefined)).toThrow("gave EBUSY");

    ring.close();
    argument.free();
    kit.close(eventfd);
  });
});
