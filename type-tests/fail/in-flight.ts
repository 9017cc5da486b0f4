/** Buffers that an operation has, and what the compiler says of them. */
import {
  type FileHandle,
  type OwnedBuffer,
  OwnedBuffer as Handle,
  type Ring,
  type Socket,
  submitRead,
  submitWrite,
} from "safer-ring";

export async function bytesInFlight(ring: Ring): Promise<void> {
  const buffer = ring.alloc(8);
  buffer.bytes.fill(1);
  buffer.bytes[0] = 1;
  const before: Uint8Array = buffer.bytes;
  submitRead(ring, 0, buffer);
  before.fill(1); // A view that was taken: only the run time makes it useless.
  buffer.bytes.fill(1); // expect TS2339 /'fill' does not exist on type 'never'/
  buffer.bytes[0] = 1; // expect TS2322 /not assignable to type 'never'/
  const { buffer: back } = await buffer.completion;
  back.bytes.fill(1);
}

export function doubleSubmit(ring: Ring): void {
  const [one, other] = [ring.alloc(8), ring.alloc(8)];
  submitRead(ring, 0, one);
  submitWrite(ring, 0, other);
  submitRead(ring, 0, one); // expect TS2345 /this buffer is in flight: await its completion/
  submitRead(ring, 0, other); // expect TS2345 /use the buffer that gives back/
}

export async function readInFlight(ring: Ring, file: FileHandle, socket: Socket): Promise<void> {
  await ring.read(file, ring.alloc(8));
  await file.read(ring.alloc(8));
  await socket.sendAll(ring.alloc(8));
  const buffer = ring.alloc(8);
  submitRead(ring, file, buffer);
  await ring.read(file, buffer); // expect TS2345 /this buffer is in flight/
  await file.read(buffer); // expect TS2345 /this buffer is in flight/
  await socket.sendAll(buffer); // expect TS2345 /this buffer is in flight/
}

export async function oneOfSeveral(ring: Ring, file: FileHandle): Promise<void> {
  const [one, two] = [ring.alloc(8), ring.alloc(8)];
  await file.readv([ring.alloc(8), ring.alloc(8)]);
  submitRead(ring, file, two);
  await file.readv([one, two]); // expect TS2322 /this buffer is in flight/
  await ring.writev(file, [two]); // expect TS2322 /this buffer is in flight/
}

export class Holder {
  readonly #ring: Ring;
  buffer: OwnedBuffer;

  constructor(ring: Ring) {
    this.#ring = ring;
    this.buffer = ring.alloc(8);
  }

  async step(): Promise<void> {
    this.buffer.bytes.fill(1);
    submitRead(this.#ring, 0, this.buffer);
    this.buffer.bytes.fill(1); // expect TS2339 /'fill' does not exist on type 'never'/
    await this.#ring.read(0, this.buffer); // expect TS2345 /this buffer is in flight/
    ({ buffer: this.buffer } = await this.buffer.completion);
    this.buffer.bytes.fill(1);
  }
}

/** Only a function whose type is written out can narrow: not one out of a variable's own type. */
export function unnamed(ring: Ring): void {
  submitRead(ring, 0, ring.alloc(8));
  const found = { submitRead };
  const [one, two] = [ring.alloc(8), ring.alloc(8)];
  found.submitRead(ring, 0, one); // expect TS2775 /every name in the call target/
  submitRead(ring, 0, two);
}

/** A helper takes an `OwnedBuffer`, not "something that is one": that might be in flight. */
export async function helper<B extends OwnedBuffer>(ring: Ring, plain: OwnedBuffer, buffer: B) {
  await ring.read(0, plain);
  await ring.read(0, buffer); // expect TS2345 /not assignable to parameter of type 'B & MustBeOwned<B>'/
}

/** Handles are made by the ring. */
export function forged(ring: Ring): void {
  const made: OwnedBuffer = ring.alloc(8);
  const constructed = new Handle(); // expect TS2673 /private and only accessible within the class/
  const literal: OwnedBuffer = { bytes: made.bytes }; // expect TS2740 /missing the following properties/
  literal.set(constructed.bytes);
}
