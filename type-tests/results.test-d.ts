/** A result is there when it was awaited, and not before. */
import { expectError, expectType } from "tsd";
import {
  type CloseReport,
  type FileHandle,
  type Listener,
  type OwnedBuffer,
  type ReadResult,
  Ring,
  type RingStats,
  type Socket,
  type Stats,
  submitRead,
  type WriteResult,
} from "safer-ring";

const ring = await Ring.open();
const file = await ring.openFile("/data");

// The promise of a read is not its result.
{
  const result = await file.read(ring.alloc(8));
  expectType<ReadResult>(result);
  expectType<number>(result.bytesRead);
  expectType<OwnedBuffer>(result.buffer);
  const promise = file.read(ring.alloc(8));
  expectType<Promise<ReadResult>>(promise);
  expectError(promise.bytesRead);
  expectError(promise.buffer);
  expectError(promise.buffer.bytes);
}

// Nor is the promise of a write.
{
  const result = await file.write(ring.alloc(8));
  expectType<WriteResult>(result);
  expectType<number>(result.bytesWritten);
  expectError(result.bytesRead);
  expectError(file.write(ring.alloc(8)).bytesWritten);
}

// A handle has a completion once it was submitted, and the completion has a result once awaited.
{
  const buffer = ring.alloc(8);
  expectType<number>(buffer.length);
  expectError(buffer.completion);
  submitRead(ring, file, buffer);
  expectType<Promise<ReadResult>>(buffer.completion);
  expectError(buffer.completion.bytesRead);
  expectError(buffer.completion.buffer);
  expectType<number>((await buffer.completion).bytesRead);
}

// Results are not to be changed.
{
  const result = await file.read(ring.alloc(8));
  expectError((result.bytesRead = 3));
  expectError((result.buffer = ring.alloc(8)));
}

// Every other call, by its result.
expectType<Promise<Ring>>(Ring.open());
expectType<Promise<FileHandle>>(ring.openFile("/data"));
expectType<Promise<Stats>>(ring.stat("/data"));
expectType<Promise<Stats>>(ring.lstat("/data"));
expectType<Promise<Stats>>(ring.fstat(file));
expectType<Promise<Stats>>(file.stat());
expectType<Promise<void>>(ring.unlink("/data"));
expectType<Promise<void>>(ring.rmdir("/data"));
expectType<Promise<void>>(ring.rename("/data", "/other"));
expectType<Promise<void>>(ring.mkdir("/data"));
expectType<Promise<void>>(ring.fsync(file));
expectType<Promise<void>>(ring.fdatasync(file));
expectType<Promise<void>>(ring.ftruncate(file, 3));
expectType<Promise<void>>(file.sync());
expectType<Promise<void>>(file.datasync());
expectType<Promise<void>>(file.truncate());
expectType<Promise<void>>(file.close());
expectType<Promise<Socket>>(ring.connect({ port: 80 }));
expectType<Promise<Listener>>(ring.listen({ path: "/socket" }));
expectType<Promise<Socket>>((await ring.listen({ port: 0 })).accept());
expectType<Promise<void>>(ring.nop());
expectType<Promise<void>>(ring.sleep(10));
expectType<Promise<number>>(ring.poll(file, 1));
expectType<Promise<CloseReport>>(ring.close());
expectType<RingStats>(ring.stats);
expectType<OwnedBuffer>(ring.from("text"));
expectType<OwnedBuffer>(ring.alloc(8).resize(3).set(new Uint8Array(2)));
