/** Arguments of the wrong kind. The first line of each block is the right one. */
import { expectError, expectType } from "tsd";
import { type FileHandle, type ReadResult, Ring, type Socket } from "safer-ring";

const ring = await Ring.open();
const file = await ring.openFile("/data");
const buffer = ring.alloc(8);

// Memory that JavaScript may move or free.
{
  expectType<Promise<ReadResult>>(file.read(buffer));
  expectError(file.read(new Uint8Array(8)));
  expectError(file.read(new ArrayBuffer(8)));
  expectError(file.read(buffer.bytes));
  expectError(file.read(undefined));
  expectError(file.read());
  expectError(ring.write(file, "text"));
  expectError(file.readv([new Uint8Array(8)]));
  expectError(file.readv(buffer));
}

// Where, and how much.
{
  expectType<Promise<ReadResult>>(file.read(buffer, { position: 0, length: 4, offset: 4 }));
  expectType<Promise<ReadResult>>(file.read(buffer, { position: null }));
  expectError(file.read(buffer, { position: "0" }));
  expectError(file.read(buffer, { position: 0n }));
  expectError(file.read(buffer, { length: "4" }));
  expectError(file.read(buffer, { offset: null }));
  expectError(file.read(buffer, { offset: true }));
  // The order of Node's own arguments.
  expectError(file.read(buffer, 0));
  expectError(file.read(buffer, 0, 8, 0));
}

// What ends it.
{
  expectType<Promise<ReadResult>>(file.read(buffer, { signal: new AbortController().signal }));
  expectError(file.read(buffer, { signal: new AbortController() }));
  expectError(file.read(buffer, { signal: {} }));
}

// What it works on.
{
  expectType<Promise<ReadResult>>(ring.read(file, buffer));
  expectType<Promise<ReadResult>>(ring.read(0, buffer));
  expectError(ring.read("/data", buffer));
  expectError(ring.read({ fd: 0 }, buffer));
  expectError(ring.read(null, buffer));
  expectError(ring.read(ring, buffer));
}

// How to open.
{
  expectType<Promise<Ring>>(Ring.open({ entries: 8, backend: "native", allowSimulated: false }));
  expectError(Ring.open({ entries: "8" }));
  expectError(Ring.open({ backend: "epol" }));
  expectError(Ring.open(8));
  expectType<Promise<FileHandle>>(ring.openFile("/data", "w+", { mode: 0o600 }));
  expectError(ring.openFile("/data", "rw"));
  expectError(ring.openFile(new URL("file:///data")));
  expectError(ring.openFile("/data", "r", 0o600));
}

// Sizes and contents.
{
  expectType<number>(ring.alloc(8).length);
  expectError(ring.alloc("8"));
  expectError(ring.alloc());
  expectType<number>(ring.from(new Uint8Array(3)).length);
  expectError(ring.from(3));
  expectError(buffer.set("text"));
  expectError(buffer.set(new ArrayBuffer(2)));
}

// Addresses.
{
  expectType<Promise<Socket>>(ring.connect({ host: "::1", port: 80 }));
  expectType<Promise<Socket>>(ring.connect({ path: "/socket" }));
  expectError(ring.connect(80));
  expectError(ring.connect({ host: "::1" }));
  expectError(ring.connect({ port: "80" }));
}
