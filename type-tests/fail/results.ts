/** Results before they are there, and arguments of the wrong kind. */
import { type FileHandle, type Ring, submitRead } from "safer-ring";

export async function tooEarly(ring: Ring, file: FileHandle): Promise<void> {
  const promise = file.read(ring.alloc(8));
  promise.bytesRead; // expect TS2339 /'bytesRead' does not exist on type 'Promise<ReadResult<unknown>>'/
  const { bytesRead } = promise; // expect TS2339 /does not exist on type 'Promise<ReadResult<unknown>>'/
  const { buffer: fresh } = await promise;
  fresh.bytes.fill(bytesRead);

  const buffer = ring.alloc(8);
  buffer.length;
  buffer.completion; // expect TS2339 /'completion' does not exist on type 'OwnedBuffer<unknown>'/
  submitRead(ring, file, buffer);
  (await buffer.completion).bytesRead;
  buffer.completion.bytesRead; // expect TS2339 /'bytesRead' does not exist on type 'Promise<ReadResult<unknown>>'/
}

export async function wrongArguments(ring: Ring, file: FileHandle): Promise<void> {
  await file.read(ring.alloc(8), { position: 0 });
  await file.read(new Uint8Array(8)); // expect TS2345 /missing the following properties from type 'OwnedBuffer/
  await file.read(ring.alloc(8), { position: "0" }); // expect TS2322 /'string' is not assignable to type 'number'/
  await file.read(ring.alloc(8), { from: 0 }); // expect TS2353 /'from' does not exist in type 'TransferOptions'/
  await file.read(ring.alloc(8), 0); // expect TS2559 /no properties in common with type 'TransferOptions'/
  await ring.read("/data", ring.alloc(8)); // expect TS2345 /not assignable to parameter of type 'Target<unknown>'/
}
