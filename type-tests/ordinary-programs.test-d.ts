/**
 * Programs as people write them, who never think of a type parameter: nothing here
 * is annotated that would not be with `node:fs/promises`.
 */
import { expectType } from "tsd";
import {
  AbortError,
  type FileHandle,
  type Listener,
  OwnedBuffer,
  Ring,
  RingError,
  type Socket,
  SystemError,
  withRing,
} from "safer-ring";

// Reads a file from its beginning to its end, one buffer all the way.
{
  await using ring = await Ring.open({ entries: 64 });
  await using file = await ring.openFile("/etc/hostname");
  let buffer = ring.alloc(4096);
  let bytesRead: number;
  let total = 0;
  do {
    ({ bytesRead, buffer } = await file.read(buffer));
    total += buffer.bytes.length;
  } while (bytesRead > 0);
  expectType<number>(total);
}

// Copies with an explicit position, and with what the ring itself offers.
{
  const ring = await Ring.open();
  const source = await ring.openFile("/a");
  const target = await ring.openFile("/b", "w", { mode: 0o600 });
  let buffer = ring.allocUnsafe(65536);
  for (let position = 0; ;) {
    const read = await ring.read(source, buffer, { position });
    if (read.bytesRead === 0) break;
    const written = await ring.write(target, read.buffer, { position });
    position += written.bytesWritten;
    buffer = written.buffer;
  }
  await target.sync();
  await Promise.all([source.close(), target.close()]);
  await ring.close();
}

// Several reads at once, each with a buffer of its own; the results stand in an array.
{
  const ring = await Ring.open();
  const file = await ring.openFile("/data");
  const buffers = Array.from({ length: 8 }, () => ring.alloc(512));
  const results = await Promise.all(
    buffers.map((buffer, index) => file.read(buffer, { position: index * 512 })),
  );
  expectType<OwnedBuffer[]>(results.map((result) => result.buffer));
  for (const { buffer } of results) buffer.release();
}

// An abort, and the buffer that comes back with the error.
{
  const ring = await Ring.open();
  const file = await ring.openFile("/data");
  let buffer = ring.alloc(16);
  try {
    ({ buffer } = await file.read(buffer, { signal: AbortSignal.timeout(1000) }));
  } catch (error) {
    if (!(error instanceof AbortError || error instanceof SystemError)) throw error;
    if (error.buffer instanceof OwnedBuffer) buffer = error.buffer;
  }
  buffer.release();
}

// Misuse is told by its code.
{
  const ring = await Ring.open();
  try {
    ring.alloc(-1);
  } catch (error) {
    if (error instanceof RingError && error.code === "ERR_RING_OUT_OF_RANGE") {
      expectType<string>(error.message);
    }
  }
}

// Options that may be absent are passed on as they are.
{
  const ring = await Ring.open();
  const read = (file: FileHandle, position?: number, signal?: AbortSignal) =>
    file.read(ring.alloc(16), { position, signal, offset: undefined, length: undefined });
  expectType<number>((await read(await ring.openFile("/data"))).bytesRead);
}

// A header and a body in one call: the tuple comes back as a tuple.
{
  const ring = await Ring.open();
  const file = await ring.openFile("/data");
  let header = ring.alloc(16);
  let body = ring.alloc(4096);
  ({
    buffers: [header, body],
  } = await file.readv([header, body], { position: 0 }));
  ({
    buffers: [header, body],
  } = await ring.writev(file, [header, body]));
  expectType<Uint8Array>(header.bytes);
  expectType<Uint8Array>(body.bytes);
}

// A list of a length that only the run time knows.
{
  const ring = await Ring.open();
  const file = await ring.openFile("/data");
  let pages = Array.from({ length: 4 }, () => ring.alloc(4096));
  ({ buffers: pages } = await file.readv(pages));
  const { buffers } = await file.writev(pages);
  expectType<OwnedBuffer[]>(buffers);
  const frozen: readonly OwnedBuffer[] = buffers;
  expectType<number>((await file.writev(frozen)).bytesWritten);
}

// An echo server.
{
  const ring = await Ring.open();
  const serve = async (socket: Socket) => {
    await using connection = socket;
    let buffer = ring.alloc(1024);
    for (;;) {
      let bytesRead: number;
      ({ bytesRead, buffer } = await connection.recv(buffer));
      if (bytesRead === 0) return buffer.release();
      ({ buffer } = await connection.sendAll(buffer));
    }
  };
  const listener: Listener = await ring.listen({ port: 0 });
  for await (const socket of listener) serve(socket).catch(console.error);
}

// A buffer for the length of a block.
{
  const ring = await Ring.open();
  using buffer = ring.from("hello");
  expectType<number | undefined>(buffer.bytes[0]);
}

// A descriptor of another library, as a number.
{
  const ring = await Ring.open();
  const { buffer } = await ring.read(0, ring.alloc(1));
  expectType<OwnedBuffer>(buffer);
}

// Helpers that take and give back, with the plain names of the types.
{
  const readAt = async (file: FileHandle, buffer: OwnedBuffer, position: number) => {
    const { buffer: filled } = await file.read(buffer, { position });
    return filled;
  };
  const readFully = async (ring: Ring, file: FileHandle, length: number): Promise<OwnedBuffer> => {
    let buffer = ring.alloc(length).resize(0);
    while (buffer.length < length) {
      const result = await file.read(buffer, { offset: buffer.length, position: buffer.length });
      buffer = result.buffer;
      if (result.bytesRead === 0) break;
    }
    return buffer;
  };
  const ring = await Ring.open();
  const file = await ring.openFile("/data");
  const buffer = await readAt(file, await readFully(ring, file, 100), 0);
  expectType<OwnedBuffer>(buffer);
}

// A class that keeps its buffer in a field, private or not.
{
  class Log {
    readonly #file: FileHandle;
    #buffer: OwnedBuffer;
    scratch: OwnedBuffer;

    constructor(file: FileHandle, ring: Ring) {
      this.#file = file;
      this.#buffer = ring.alloc(4096);
      this.scratch = ring.alloc(64);
    }

    async append(line: Uint8Array): Promise<number> {
      const { bytesWritten, buffer } = await this.#file.write(this.#buffer.set(line));
      this.#buffer = buffer;
      ({ buffer: this.scratch } = await this.#file.read(this.scratch));
      return bytesWritten;
    }
  }
  expectType<Promise<number>>(
    new Log(await (await Ring.open()).openFile("/log", "a"), await Ring.open()).append(
      new Uint8Array(1),
    ),
  );
}

// A pool of the program's own: handles are ordinary values of ordinary collections.
{
  const ring = await Ring.open();
  const free: OwnedBuffer[] = [ring.alloc(512)];
  const byName = new Map<string, OwnedBuffer>([["first", ring.alloc(8)]]);
  const file = await ring.openFile("/data");
  const buffer = free.pop() ?? byName.get("first") ?? ring.alloc(512);
  free.push((await file.read(buffer)).buffer);
}

// The same inside a scope that cannot leak: still nothing to annotate.
{
  const total = await withRing({ entries: 8 }, async (ring) => {
    const file = await ring.openFile("/data");
    let buffer = ring.alloc(512);
    let sum = 0;
    for (;;) {
      let bytesRead: number;
      ({ bytesRead, buffer } = await file.read(buffer));
      if (bytesRead === 0) return sum;
      for (const byte of buffer.bytes) sum += byte;
    }
  });
  expectType<number>(total);
}

// A helper for any ring names the ring's identity once.
{
  async function readAt<Id>(file: FileHandle<Id>, buffer: OwnedBuffer<Id>, position: number) {
    const { buffer: filled } = await file.read(buffer, { position });
    return filled;
  }
  async function firstLine<Id>(ring: Ring<Id>, path: string): Promise<string> {
    await using file = await ring.openFile(path);
    using buffer = await readAt(file, ring.alloc(512), 0);
    return new TextDecoder().decode(buffer.bytes);
  }
  const ring = await Ring.open();
  expectType<string>(await firstLine(ring, "/data"));
  expectType<string>(await withRing({}, (scoped) => firstLine(scoped, "/data")));
  expectType<string>(
    await withRing({}, async (scoped) => {
      const file = await scoped.openFile("/data");
      const buffer = await readAt(file, scoped.alloc(8), 0);
      return new TextDecoder().decode(buffer.bytes);
    }),
  );
}
