/** The things of one ring are no good to another, and none of them outlives its scope. */
import { expectAssignable, expectError, expectNotAssignable, expectType } from "tsd";
import {
  type FileHandle,
  type Listener,
  type OwnedBuffer,
  type ReadResult,
  Ring,
  type Socket,
  submitRead,
  withRing,
} from "safer-ring";

// A buffer, and a file, of another ring.
await withRing({}, async (one) =>
  withRing({}, async (other) => {
    const [file, strange] = [await one.openFile("/a"), await other.openFile("/b")];

    expectType<number>((await one.read(file, one.alloc(8))).bytesRead);
    expectType<number>((await file.read(one.alloc(8))).bytesRead);
    expectError(one.read(file, other.alloc(8)));
    expectError(file.read(other.alloc(8)));
    expectError(file.write(other.alloc(8)));
    expectError(one.read(strange, one.alloc(8)));
    expectError(one.write(strange, one.alloc(8)));
    expectError(one.fsync(strange));
    expectError(one.fstat(strange));
    expectError(one.poll(strange, 1));

    expectType<number>((await file.readv([one.alloc(8), one.alloc(8)])).bytesRead);
    expectError(file.readv([one.alloc(8), other.alloc(8)]));
    expectError(one.writev(strange, [one.alloc(8)]));

    const buffer = one.alloc(8);
    submitRead(one, file, buffer);
    expectType<number>((await buffer.completion).bytesRead);
    expectError(submitRead(one, file, other.alloc(8)));
    expectError(submitRead(one, strange, one.alloc(8)));
    expectError(submitRead(other, file, one.alloc(8)));
  }),
);

// The same for sockets.
await withRing({}, async (one) =>
  withRing({}, async (other) => {
    const socket = await one.connect({ port: 80 });
    expectType<number>((await socket.recv(one.alloc(8))).bytesRead);
    expectType<number>((await one.send(socket, one.alloc(8))).bytesWritten);
    expectError(socket.recv(other.alloc(8)));
    expectError(socket.send(other.alloc(8)));
    expectError(socket.sendAll(other.alloc(8)));
    expectError(other.send(socket, other.alloc(8)));
  }),
);

// Neither the ring nor what belongs to it leaves the scope; what was made of them does.
expectType<Uint8Array>(await withRing({}, async (ring) => ring.alloc(8).bytes));
expectType<number>(await withRing({}, async (ring) => ring.alloc(8).length));
expectType<string>(await withRing({}, async (ring) => ring.backend.reason));
expectError(await withRing({}, async (ring) => ring));
expectError(await withRing({}, async (ring) => ring.alloc(8)));
expectError(await withRing({}, async (ring) => ring.openFile("/a")));
expectError(await withRing({}, async (ring) => [ring.alloc(8)]));
expectError(await withRing({}, async (ring) => ({ buffer: ring.alloc(8) })));
expectError(await withRing({}, async (ring) => ring.read(0, ring.alloc(8))));

// Nor through a variable of the outside.
{
  let length: number | undefined;
  let kept: OwnedBuffer | undefined;
  let keptRing: Ring | undefined;
  await withRing({}, async (ring) => {
    length = ring.alloc(8).length;
    expectError((kept = ring.alloc(8)));
    expectError((keptRing = ring));
  });
  expectType<(number | OwnedBuffer | Ring | undefined)[]>([length, kept, keptRing]);
}

// The identity cannot be forgotten, nor widened, nor narrowed.
interface A {
  readonly a: true;
}
interface B {
  readonly b: true;
}
{
  const buffer = {} as OwnedBuffer<A>;
  expectAssignable<OwnedBuffer<A>>(buffer);
  expectNotAssignable<OwnedBuffer<B>>(buffer);
  expectNotAssignable<OwnedBuffer<unknown>>(buffer);
  expectNotAssignable<OwnedBuffer<A | B>>(buffer);
  expectNotAssignable<OwnedBuffer<A & B>>(buffer);
  expectNotAssignable<OwnedBuffer<never>>(buffer);

  const ring = {} as Ring<A>;
  expectAssignable<Ring<A>>(ring);
  expectNotAssignable<Ring<B>>(ring);
  expectNotAssignable<Ring>(ring);

  const file = {} as FileHandle<A>;
  expectAssignable<FileHandle<A>>(file);
  expectNotAssignable<FileHandle<B>>(file);
  expectNotAssignable<FileHandle>(file);

  const socket = {} as Socket<A>;
  expectAssignable<Socket<A>>(socket);
  expectNotAssignable<Socket<B>>(socket);

  const listener = {} as Listener<A>;
  expectAssignable<Listener<A>>(listener);
  expectNotAssignable<Listener<B>>(listener);

  const result = {} as ReadResult<A>;
  expectAssignable<ReadResult<A>>(result);
  expectNotAssignable<ReadResult<B>>(result);
}

// Rings that were opened without a scope share one type: only the run time tells them apart.
{
  const [one, other] = [await Ring.open(), await Ring.open()];
  expectType<Promise<ReadResult>>(one.read(0, other.alloc(8)));
}
