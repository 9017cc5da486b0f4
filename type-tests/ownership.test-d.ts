/**
 * What a program may not do with a buffer that an operation has. In every block the
 * lines before the transition are the twins: the same expressions, and they compile.
 */
import { expectAssignable, expectError, expectNotAssignable, expectType } from "tsd";
import {
  type InFlight,
  type MustBeOwned,
  type OwnedBuffer,
  type ReadResult,
  Ring,
  type Socket,
  submitRead,
  submitRecv,
  submitSend,
  submitWrite,
  type WriteResult,
} from "safer-ring";

const ring = await Ring.open();
const file = await ring.openFile("/data");
declare const socket: Socket;

// The bytes of a buffer in flight.
{
  const buffer = ring.alloc(8);
  expectType<Uint8Array>(buffer.bytes);
  buffer.bytes.fill(1);
  submitRead(ring, file, buffer);
  expectType<never>(buffer.bytes);
  expectError(buffer.bytes.fill(1));
}

// Each of the four ways to submit takes the bytes away.
{
  const written = ring.alloc(8);
  expectType<Uint8Array>(written.bytes);
  submitWrite(ring, file, written, { position: 0 });
  expectType<never>(written.bytes);

  const received = ring.alloc(8);
  expectType<Uint8Array>(received.bytes);
  submitRecv(ring, socket, received);
  expectType<never>(received.bytes);

  const sent = ring.alloc(8);
  expectType<Uint8Array>(sent.bytes);
  submitSend(ring, socket, sent, { flags: 0 });
  expectType<never>(sent.bytes);
}

// A second operation on a buffer in flight, of whatever kind.
{
  const buffer = ring.alloc(8);
  expectType<Promise<ReadResult>>(ring.read(file, buffer));
  expectType<Promise<WriteResult>>(ring.write(file, buffer));
  expectType<Promise<ReadResult>>(ring.recv(socket, buffer));
  expectType<Promise<WriteResult>>(ring.send(socket, buffer));
  expectType<Promise<ReadResult>>(file.read(buffer));
  expectType<Promise<WriteResult>>(file.write(buffer));
  expectType<Promise<ReadResult>>(socket.recv(buffer));
  expectType<Promise<WriteResult>>(socket.send(buffer));
  expectType<Promise<WriteResult>>(socket.sendAll(buffer));
  submitRead(ring, file, buffer);
  expectError(ring.read(file, buffer));
  expectError(ring.write(file, buffer));
  expectError(ring.recv(socket, buffer));
  expectError(ring.send(socket, buffer));
  expectError(file.read(buffer));
  expectError(file.write(buffer));
  expectError(socket.recv(buffer));
  expectError(socket.send(buffer));
  expectError(socket.sendAll(buffer));
  expectError(submitRead(ring, file, buffer));
  expectError(submitWrite(ring, file, buffer));
  expectError(submitRecv(ring, socket, buffer));
  expectError(submitSend(ring, socket, buffer));
}

// One of several buffers in flight already.
{
  const [one, two] = [ring.alloc(8), ring.alloc(8)];
  expectType<number>((await file.readv([one, two])).bytesRead);
  expectType<number>((await ring.writev(file, [one, two])).bytesWritten);
  submitRead(ring, file, two);
  expectError(file.readv([one, two]));
  expectError(file.writev([one, two]));
  expectError(ring.readv(file, [two]));
  expectError(ring.writev(file, [one, two]));
}

// A property narrows like a variable, and so does what a closure over a `const` sees.
{
  const holder = { buffer: ring.alloc(8) };
  expectType<Uint8Array>(holder.buffer.bytes);
  submitRead(ring, file, holder.buffer);
  expectType<never>(holder.buffer.bytes);

  const buffer = ring.alloc(8);
  expectType<Uint8Array>((() => buffer.bytes)());
  submitRead(ring, file, buffer);
  expectType<never>((() => buffer.bytes)());
}

// What comes back is owned again: in a new variable, or in the same one.
{
  const first = ring.alloc(8);
  submitRead(ring, file, first);
  const { buffer: second, bytesRead } = await first.completion;
  expectType<OwnedBuffer>(second);
  expectType<number>(bytesRead);
  expectType<Uint8Array>(second.bytes);
  expectType<never>(first.bytes);

  let buffer = ring.alloc(8);
  submitRead(ring, file, buffer);
  expectType<never>(buffer.bytes);
  ({ buffer } = await buffer.completion);
  expectType<Uint8Array>(buffer.bytes);

  for (let turn = 0; turn < 3; turn++) {
    submitWrite(ring, file, buffer);
    ({ buffer } = await buffer.completion);
    expectType<Uint8Array>(buffer.bytes);
  }
}

// Inside a scope, and in a helper for any ring.
{
  async function readInto<Id>(scoped: Ring<Id>, buffer: OwnedBuffer<Id>): Promise<OwnedBuffer<Id>> {
    expectType<Uint8Array>(buffer.bytes);
    submitRead(scoped, 0, buffer);
    expectType<never>(buffer.bytes);
    expectError(scoped.read(0, buffer));
    return (await buffer.completion).buffer;
  }
  expectType<OwnedBuffer>(await readInto(ring, ring.alloc(8)));
}

// The vocabulary itself: an owned buffer is not in flight, and one in flight is refused by a
// sentence.
{
  expectNotAssignable<InFlight<ReadResult>>(ring.alloc(8));
  expectType<unknown>({} as MustBeOwned<OwnedBuffer>);
  expectAssignable<string>({} as MustBeOwned<OwnedBuffer & InFlight<ReadResult>>);
}

// A handle is no place to look for a buffer in: only its own methods are there.
{
  const buffer = ring.alloc(8);
  expectType<boolean>(buffer.owned);
  expectError((buffer.length = 3));
  expectError((buffer.bytes = new Uint8Array(8)));
}

// What the compiler cannot follow compiles; the run time refuses it (docs/types.md).
{
  const buffer = ring.alloc(8);
  const alias = buffer;
  submitRead(ring, file, buffer);
  expectType<never>(buffer.bytes);
  expectType<Uint8Array>(alias.bytes);

  const maybe = ring.alloc(8);
  if (Math.random() > 0.5) submitRead(ring, file, maybe);
  expectType<Uint8Array>(maybe.bytes);

  const released = ring.alloc(8);
  released.release();
  expectType<Uint8Array>(released.bytes);
}
