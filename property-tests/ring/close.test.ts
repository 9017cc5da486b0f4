/** Closing: everything in flight settles with its buffer, and no descriptor stays open. */
import { describe, expect } from "vitest";
import type { Ring } from "../../src/index.ts";
import {
  type FileHandle,
  type Listener,
  type OwnedBuffer,
  type Socket,
  type SystemError,
  withRing,
} from "../../src/index.ts";
import type { World } from "../worlds/world.ts";
import { ignore, rejection, ringTests, turn } from "./harness.ts";

const onRing = await ringTests();

interface Connection {
  readonly listener: Listener;
  readonly client: Socket;
  readonly server: Socket;
}

async function connection(ring: Ring, world: World): Promise<Connection> {
  const path = world.tempPath("socket");
  const listener = await ring.listen({ path });
  const [client, server] = await Promise.all([ring.connect({ path }), listener.accept()]);
  return { listener, client, server };
}

async function openFile(ring: Ring, world: World): Promise<FileHandle> {
  const path = world.tempPath("data");
  world.writeFile(path, "0123456789");
  return ring.openFile(path);
}

/** The buffer that an operation gave back when it was cancelled. */
async function cancelled(promise: Promise<unknown>): Promise<OwnedBuffer> {
  const error = (await rejection(promise)) as SystemError;
  expect(error.code).toBe("ECANCELED");
  return error.buffer as OwnedBuffer;
}

describe("closing a ring", () => {
  //= OWN-8
  onRing("settles each operation in flight, and its buffer stays readable", async (context) => {
    const { ring, world } = context;
    const { read } = world.pipe();
    const reads = [1, 2, 3].map((length) =>
      ring.read(read, ring.from("abcdef"), { offset: length, length: 1 }),
    );
    await turn();

    const report = await ring.close();

    expect(report).toEqual({ leakedOperations: [], leakedBytes: 0 });
    const buffers = await Promise.all(reads.map(cancelled));
    expect(buffers.map(({ length }) => length)).toEqual([1, 2, 3]);
    expect(buffers[2]?.bytes).toEqual(new TextEncoder().encode("abc"));
    for (const buffer of buffers) buffer.release();
  });

  onRing("settles what still waits for room in it", { entries: 1 }, async ({ ring, world }) => {
    const { read } = world.pipe();
    const reads = Array.from({ length: 10 }, () => ring.read(read, ring.alloc(8)));
    await turn();
    expect(ring.stats).toMatchObject({ inFlight: 2, queued: 8 });

    await ring.close();

    for (const reading of reads) expect((await cancelled(reading)).capacity).toBe(8);
  });

  onRing("settles what was called in the same turn", async ({ ring, world }) => {
    const { read } = world.pipe();
    const reading = ring.read(read, ring.alloc(8));

    const closing = ring.close();

    expect((await cancelled(reading)).capacity).toBe(8);
    await closing;
  });

  onRing("closes every file and socket that is open", async ({ ring, world }) => {
    const file = await openFile(ring, world);
    const { listener, client, server } = await connection(ring, world);
    const handles = [file, listener, client, server];
    expect(handles.every(({ fd }) => fd >= 0)).toBe(true);

    await ring.close();

    // That nothing stays open is seen at the end of each of these tests.
    expect(handles.map(({ fd }) => fd)).toEqual([-1, -1, -1, -1]);
    await Promise.all(handles.map((handle) => handle.close()));
  });

  //= OWN-7
  onRing("closes what an operation in flight makes", async ({ ring, world }) => {
    const path = world.tempPath("data");
    world.writeFile(path, "abc");
    const opening = [ring.openFile(path), ring.openFile(world.tempPath("new"), "w")];
    const listening = ring.listen({ path: world.tempPath("socket") });
    const settled = Promise.allSettled([...opening, listening]);
    if (Math.abs(path.length % 2) === 1) await turn();

    await ring.close();

    for (const result of await settled) {
      if (result.status === "fulfilled") expect(result.value.fd).toBe(-1);
      else expect((result.reason as SystemError).code).toMatch(/^ECANCELED$|^ERR_RING_CLOSED$/);
    }
  });

  onRing("happens once, however often it is asked for", async ({ ring }) => {
    const closing = ring.close();

    expect(ring.close()).toBe(closing);
    await closing;
    expect(ring.close()).toBe(closing);
    await ring[Symbol.asyncDispose]();
  });

  onRing("waits for a file that is closing at the same time", async ({ ring, world }) => {
    const file = await openFile(ring, world);
    const reading = file.read(ring.alloc(8));
    ignore(reading);

    const fileClosing = file.close();
    const ringClosing = ring.close();
    const again = file.close();

    await Promise.all([ringClosing, fileClosing, again]);
    await Promise.allSettled([reading]);
  });

  onRing("may come before the file is told to close", async ({ ring, world }) => {
    const file = await openFile(ring, world);
    const reading = file.read(ring.alloc(8));
    ignore(reading);

    const ringClosing = ring.close();
    const fileClosing = file.close();

    await Promise.all([ringClosing, fileClosing]);
    await Promise.allSettled([reading]);
  });

  onRing("ends a scope, with its result or its error", async ({ world }) => {
    const options = { backend: world.backend, entries: 4 };
    let scoped: unknown;

    const result = await withRing(options, async (ring) => {
      scoped = ring;
      return (await openFile(ring as unknown as Ring, world)).fd >= 0;
    });
    expect(result).toBe(true);
    expect(() => (scoped as Ring).alloc(8)).toThrow("closed");

    const failing = withRing(options, async (ring) => {
      await ring.nop();
      throw new Error("oh");
    });
    await expect(failing).rejects.toThrow("oh");
  });

  onRing("leaves the buffers of the program alone", async ({ ring }) => {
    const buffer = ring.from("kept");

    await ring.close();

    expect(new TextDecoder().decode(buffer.bytes)).toBe("kept");
    expect(buffer.set(Uint8Array.of(1)).length).toBe(1);
    buffer.release();
    expect(ring.stats.pool.freeBuffers).toBe(0);
  });
});

describe("closing a file", () => {
  //= OWN-14
  onRing("waits for the operations on it", async ({ ring, world }) => {
    const file = await openFile(ring, world);
    const order: string[] = [];
    const reads = [0, 1, 2].map((position) =>
      file.read(ring.alloc(1), { position }).then(() => order.push("read")),
    );

    await file.close().then(() => order.push("closed"));

    await Promise.all(reads);
    expect(order).toEqual(["read", "read", "read", "closed"]);
  });

  onRing("happens once, however often it is asked for", async ({ ring, world }) => {
    const file = await openFile(ring, world);

    const closing = file.close();

    expect(file.close()).toBe(closing);
    await closing;
    expect(file.fd).toBe(-1);
    await file[Symbol.asyncDispose]();
  });

  onRing("does not end operations by number, which nobody guards", async ({ ring, world }) => {
    const { read, write } = world.pipe();
    const reading = ring.read(read, ring.alloc(8));
    await turn();

    world.closeFd(read);
    world.write(write, "a");

    expect((await reading).bytesRead).toBe(1);
  });
});

describe("closing a socket", () => {
  onRing("ends the operations on it, each with its buffer", async ({ ring, world }) => {
    const { client, server } = await connection(ring, world);
    const receiving = [client.recv(ring.alloc(8)), client.recv(ring.alloc(4))];
    ignore(...receiving);
    await turn();

    await client.close();

    const buffers = await Promise.all(receiving.map(cancelled));
    expect(buffers.map(({ capacity }) => capacity)).toEqual([8, 4]);
    // The other side sees the end of the stream.
    expect((await server.recv(ring.alloc(8))).bytesRead).toBe(0);
  });

  onRing("ends the accepts of a listener, and its iteration", async ({ ring, world }) => {
    const listener = await ring.listen({ path: world.tempPath("socket") });
    const accepting = listener.accept();
    ignore(accepting);
    const iterated: Socket[] = [];
    const iterating = (async () => {
      for await (const socket of listener) iterated.push(socket);
    })();
    await turn();

    await listener.close();

    expect(await rejection(accepting)).toMatchObject({ code: "ECANCELED" });
    await iterating;
    expect(iterated).toEqual([]);
  });
});

describe("a connection", () => {
  onRing("carries what is sent, in order, to its end", async ({ ring, world }) => {
    const { client, server } = await connection(ring, world);
    const sent = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 13) & 0xff);
    const sending = client.sendAll(ring.from(sent)).then(({ bytesWritten }) => {
      expect(bytesWritten).toBe(sent.length);
      return client.shutdown("write");
    });

    const received: number[] = [];
    let buffer = ring.alloc(65536);
    for (;;) {
      const result = await server.recv(buffer);
      buffer = result.buffer;
      if (result.bytesRead === 0) break;
      received.push(...buffer.bytes);
    }

    await sending;
    expect(Buffer.compare(Uint8Array.from(received), sent)).toBe(0);
  });

  onRing("sends nothing when there is nothing to send", async ({ ring, world }) => {
    const { client, server } = await connection(ring, world);

    const { bytesWritten, buffer } = await client.sendAll(ring.alloc(8).resize(0));

    expect(bytesWritten).toBe(0);
    expect(buffer.capacity).toBe(8);
    await client.sendAll(buffer.set(Uint8Array.of(1, 2)));
    expect((await server.recv(ring.alloc(1))).buffer.bytes).toEqual(Uint8Array.of(1));
  });
});
