/**
 * Closing and aborting on every schedule: small programs whose every order of completions,
 * every race of a cancellation and every short transfer is run.
 */
import { describe, expect, it } from "vitest";
import { explore, type Program } from "../../backends/sim/index.ts";
import type { SystemError } from "../../src/index.ts";
import { type OwnedBuffer, Ring } from "../../src/index.ts";

/** Sees a program do right on every schedule that there is. */
async function right(program: Program): Promise<number> {
  const result = await explore(program);
  const { violation } = result;
  expect(violation === undefined ? "" : `${violation.message}\n${violation.timeline}`).toBe("");
  expect(result.complete).toBe(true);
  return result.schedules;
}

/**
 * What became of operations that may have been cancelled: each buffer came back, once. Or it was
 * leaked, and not reused, because its ring closed and the operation took longer than the bound.
 */
async function allBack(...operations: readonly Promise<unknown>[]): Promise<void> {
  const buffers: OwnedBuffer[] = [];
  let leaked = 0;
  for (const result of await Promise.allSettled(operations)) {
    if (result.status === "fulfilled") {
      buffers.push((result.value as { buffer: OwnedBuffer }).buffer);
    } else {
      const { code, buffer } = result.reason as SystemError;
      expect(code).toMatch(/^(ABORT_ERR|ECANCELED|EINTR|ERR_RING_LEAKED)$/);
      if (code === "ERR_RING_LEAKED") leaked++;
      else buffers.push(buffer as OwnedBuffer);
    }
  }
  expect(new Set(buffers).size).toBe(operations.length - leaked);
  for (const buffer of buffers) buffer.release();
}

describe("on every schedule", () => {
  it("an abort gives back the buffer of the operation that it ends, and of no other", async () => {
    const schedules = await right(async ({ backend, files }) => {
      files.writeFile("/data", Uint8Array.of(1, 2, 3, 4));
      const ring = await Ring.open({ backend, entries: 2 });
      const file = await ring.openFile("/data");
      const abort = new AbortController();
      const one = file.read(ring.alloc(2), { position: 0, signal: abort.signal });
      const settled = allBack(one);
      const other = file.read(ring.alloc(2), { position: 2 });
      await ring.nop();
      abort.abort();
      const { buffer } = await other;
      expect([...buffer.bytes]).toEqual([3, 4]);
      await settled;
      await ring.close();
      expect(ring.stats).toMatchObject({ inFlight: 0, queued: 0 });
    });
    expect(schedules).toBeGreaterThan(10);
  });

  it("a ring that closes while a file closes and reads are on their way ends both", async () => {
    const schedules = await right(async ({ backend, files }) => {
      files.writeFile("/data", Uint8Array.of(1, 2, 3, 4));
      const ring = await Ring.open({ backend, entries: 2 });
      const file = await ring.openFile("/data");
      const reads = [file.read(ring.alloc(2)), file.read(ring.alloc(2))];
      const settled = allBack(...reads);
      const fileClosed = file.close();
      const ringClosed = ring.close();
      await Promise.all([settled, fileClosed, ringClosed]);
      expect(files.openDescriptors()).toEqual([]);
    });
    expect(schedules).toBeGreaterThan(10);
  });

  it("a file that closes after its ring began to is closed once", async () => {
    await right(async ({ backend, files }) => {
      files.writeFile("/data", Uint8Array.of(1, 2, 3, 4));
      const ring = await Ring.open({ backend, entries: 2 });
      const [one, other] = [await ring.openFile("/data"), await ring.openFile("/data")];
      const settled = allBack(one.read(ring.alloc(2)));
      const ringClosed = ring.close();
      await Promise.all([settled, one.close(), other.close(), ringClosed]);
      expect(files.openDescriptors()).toEqual([]);
    });
  });

  it("a full ring closes, with what is in it and what waits before it", async () => {
    await right(async ({ backend, files }) => {
      const { reader } = files.makePipe();
      const ring = await Ring.open({ backend, entries: 1 });
      const reads = [1, 2, 3].map((length) => ring.read(reader, ring.alloc(length)));
      const settled = allBack(...reads);
      await ring.close();
      await settled;
    });
  });

  //= OWN-7
  it("an open that is aborted leaves no descriptor, whoever wins", async () => {
    const schedules = await right(async ({ backend, files }) => {
      files.writeFile("/data", Uint8Array.of(1));
      const ring = await Ring.open({ backend, entries: 2 });
      const abort = new AbortController();
      const opening = ring.openFile("/data", "r", { signal: abort.signal });
      const settled = Promise.allSettled([opening]);
      await Promise.resolve();
      abort.abort();
      const [opened] = await settled;
      if (opened.status === "fulfilled") await opened.value.close();
      await ring.close();
      expect(files.openDescriptors()).toEqual([]);
    });
    expect(schedules).toBeGreaterThan(1);
  });

  it("bytes that an aborted receive did not take are there for the next one", async () => {
    const schedules = await right(async ({ backend, files }) => {
      const { left, right: peer } = files.makeSocketPair();
      const ring = await Ring.open({ backend, entries: 4 });
      const abort = new AbortController();
      const receiving = ring.recv(left, ring.alloc(2), { signal: abort.signal });
      const settled = Promise.allSettled([receiving]);
      const sending = ring.send(peer, ring.from("ab"));
      await ring.nop();
      abort.abort();
      let seen = 0;
      const [received] = await settled;
      if (received.status === "fulfilled") seen += received.value.bytesRead;
      const { bytesWritten } = await sending;
      while (seen < bytesWritten) seen += (await ring.recv(left, ring.alloc(2))).bytesRead;
      expect(seen).toBe(bytesWritten);
      await ring.close();
    });
    expect(schedules).toBeGreaterThan(10);
  });

  it("a socket that closes ends what waits on it", async () => {
    await right(async ({ backend, files }) => {
      const ring = await Ring.open({ backend, entries: 4 });
      const listener = await ring.listen({ path: "/tmp/socket" });
      const [client, server] = await Promise.all([
        ring.connect({ path: "/tmp/socket" }),
        listener.accept(),
      ]);
      const settled = allBack(client.recv(ring.alloc(2)));
      await client.close();
      await settled;
      expect((await server.recv(ring.alloc(2))).bytesRead).toBe(0);
      await ring.close();
      expect(files.openDescriptors()).toEqual([]);
    });
  });
});
