/** Ending an operation early: the buffer comes back each time, and nothing is lost. */
import { describe, expect } from "vitest";
import { AbortError, type OwnedBuffer, type ReadResult, type Ring } from "../../src/index.ts";
import { idle, ignore, rejection, ringTests, turn } from "./harness.ts";

const onRing = await ringTests();
const text = (buffer: OwnedBuffer): string => new TextDecoder().decode(buffer.bytes);

/** The buffer of an abort, which has to say why. */
async function aborted(promise: Promise<unknown>, reason?: unknown): Promise<OwnedBuffer> {
  const error = (await rejection(promise)) as AbortError;
  expect(error).toBeInstanceOf(AbortError);
  expect(error).toMatchObject({ name: "AbortError", code: "ABORT_ERR" });
  if (reason !== undefined) expect(error.cause).toBe(reason);
  const buffer = error.buffer as OwnedBuffer;
  expect(buffer.owned).toBe(true);
  return buffer;
}

/** The buffer of a read that may have ended either way, and what was read. */
async function either(
  reading: Promise<ReadResult>,
): Promise<{ buffer: OwnedBuffer; seen: string }> {
  const [result] = await Promise.allSettled([reading]);
  if (result.status === "fulfilled") {
    return { buffer: result.value.buffer, seen: text(result.value.buffer) };
  }
  return { buffer: await aborted(reading), seen: "" };
}

/** Reads whatever is in the pipe, to its last byte. */
async function drainPipe(
  ring: Ring,
  fd: number,
  buffer: OwnedBuffer,
  length: number,
): Promise<string> {
  let current = buffer;
  let seen = "";
  while (seen.length < length) {
    ({ buffer: current } = await ring.read(fd, current));
    seen += text(current);
  }
  return seen;
}

describe("an abort", () => {
  onRing("before the operation ends it without the kernel", async ({ ring, world }) => {
    const { read } = world.pipe();
    const reason = new Error("not today");
    const buffer = ring.alloc(8);

    const back = await aborted(
      ring.read(read, buffer, { signal: AbortSignal.abort(reason) }),
      reason,
    );

    expect(back.capacity).toBe(8);
    expect(buffer.owned).toBe(false);
    expect(ring.stats.inFlight).toBe(0);
  });

  //= OWN-2, OWN-5
  onRing("during the operation ends it, and the buffer is as good as new", async (context) => {
    const { ring, world } = context;
    const { read, write } = world.pipe();
    const abort = new AbortController();
    const reason = new Error("too slow");
    const reading = ring.read(read, ring.alloc(8), { signal: abort.signal });
    await turn();
    expect(ring.stats.inFlight).toBe(1);

    abort.abort(reason);
    const buffer = await aborted(reading, reason);

    expect(buffer.length).toBe(0);
    world.write(write, "abc");
    expect(await drainPipe(ring, read, buffer, 3)).toBe("abc");
  });

  onRing("in the same turn as the operation ends it as well", async ({ ring, world }) => {
    const { read } = world.pipe();
    const abort = new AbortController();
    const reading = ring.read(read, ring.alloc(8), { signal: abort.signal });

    abort.abort();

    expect((await aborted(reading)).capacity).toBe(8);
  });

  onRing("after the operation changes nothing", async ({ ring, world }) => {
    const { read, write } = world.pipe();
    const abort = new AbortController();
    world.write(write, "abc");
    const { buffer } = await ring.read(read, ring.alloc(1), { signal: abort.signal });

    abort.abort();
    await turn();

    expect(text(buffer)).toBe("a");
    expect(ring.stats.inFlight).toBe(0);
  });

  onRing("that comes with the data loses none of it, whoever wins", async ({ ring, world }) => {
    const { read, write } = world.pipe();
    let buffer = ring.alloc(8);
    for (let round = 0; round < 5; round++) {
      const abort = new AbortController();
      const reading = ring.read(read, buffer, { signal: abort.signal });
      await turn();
      if (round % 2 === 0) abort.abort();
      world.write(write, "abcd");
      if (round % 2 === 1) abort.abort();

      const { buffer: back, seen } = await either(reading);
      const rest = await drainPipe(ring, read, back, 4 - seen.length);
      expect(seen + rest).toBe("abcd");
      buffer = ring.alloc(8);
    }
  });

  onRing("reaches every operation that shares the signal", async ({ ring, world }) => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): number => warnings.push(warning);
    process.on("warning", onWarning);
    world.defer(() => process.off("warning", onWarning));
    const { read } = world.pipe();
    const abort = new AbortController();
    // More than fit in the ring: some are in the kernel, the others wait for room.
    const reads = Array.from({ length: 100 }, () =>
      ring.read(read, ring.alloc(8), { signal: abort.signal }),
    );
    await turn();
    expect(ring.stats).toMatchObject({ inFlight: 32, queued: 68 });

    abort.abort();

    for (const reading of reads) await aborted(reading);
    await idle(ring);
    expect(warnings).toEqual([]);
  });

  onRing("ends one operation of several on a file, and no other", async ({ ring, world }) => {
    const { read, write } = world.pipe();
    const abort = new AbortController();
    const staying = ring.read(read, ring.alloc(1));
    const going = ring.read(read, ring.alloc(1), { signal: abort.signal });
    await turn();

    abort.abort();
    await aborted(going);
    world.write(write, "a");

    expect(text((await staying).buffer)).toBe("a");
  });

  //= OWN-5
  onRing("gives back all buffers of a vectored operation", async ({ ring, world }) => {
    const { read } = world.pipe();
    const abort = new AbortController();
    const reading = ring.readv(read, [ring.alloc(8), ring.alloc(4)], { signal: abort.signal });
    await turn();

    abort.abort();

    const { buffer } = (await rejection(reading)) as { buffer: OwnedBuffer[] };
    expect(buffer.map(({ capacity, length }) => [capacity, length])).toEqual([
      [8, 0],
      [4, 0],
    ]);
  });

  onRing("ends what has no buffer", async ({ ring, world }) => {
    const { read } = world.pipe();
    const listener = await ring.listen({ path: world.tempPath("socket") });
    const abort = new AbortController();
    const { signal } = abort;
    const waiting = [ring.poll(read, 1, { signal }), listener.accept({ signal })];
    ignore(...waiting);
    await turn();

    abort.abort();

    for (const promise of waiting) {
      const error = await rejection(promise);
      expect(error).toMatchObject({ name: "AbortError" });
      expect(error).not.toHaveProperty("buffer");
    }
  });

  // On the simulated kernel time passes as soon as nothing else can happen.
  onRing("ends a sleep", { only: "native" }, async ({ ring }) => {
    const abort = new AbortController();
    const sleeping = ring.sleep(2 ** 40, { signal: abort.signal });
    ignore(sleeping);
    await turn();

    abort.abort();

    expect(await rejection(sleeping)).toMatchObject({ name: "AbortError" });
  });

  //= OWN-7
  onRing("leaves no descriptor behind when what it ends makes one", async ({ ring, world }) => {
    const path = world.tempPath("data");
    world.writeFile(path, "abc");
    const socket = world.tempPath("socket");
    const listener = await ring.listen({ path: socket });
    for (let round = 0; round < 5; round++) {
      const abort = new AbortController();
      const { signal } = abort;
      const making = [
        ring.openFile(path, "r", { signal }),
        ring.openFile(world.tempPath(`new-${round}`), "w", { signal }),
        ring.connect({ path: socket }, { signal }),
        listener.accept({ signal }),
      ];
      if (round > 0) await turn();
      abort.abort();
      // Who won, owns what it made; nobody else may.
      for (const result of await Promise.allSettled(making)) {
        if (result.status === "fulfilled") await result.value.close();
        else expect(result.reason).toMatchObject({ name: "AbortError" });
      }
    }
  });

  onRing("comes from a timer as well", { only: "native" }, async ({ ring, world }) => {
    const { read } = world.pipe();

    const reading = ring.read(read, ring.alloc(8), { signal: AbortSignal.timeout(5) });

    expect((await aborted(reading)).capacity).toBe(8);
    expect(await rejection(reading)).toMatchObject({ cause: { name: "TimeoutError" } });
  });
});
