/**
 * Hand-over that the compiler sees: functions that narrow the handle they take.
 *
 *   submitRead(ring, file, buffer, { position: 0 });
 *   buffer.bytes;                                    // type error: never
 *   const { buffer: back } = await buffer.completion;
 *
 * They are free functions because TypeScript narrows through an assertion only
 * when the callee's type is written out, which a method of an inferred `ring` is
 * not. What the compiler cannot follow (aliases, branches that join) the run time
 * refuses all the same.
 */
import type { MessageOptions } from "./calls/transfer.ts";
import type { TransferOptions } from "./calls/options.ts";
import { type OwnedBuffer, setCompletion } from "./memory/owned-buffer.ts";
import type { ReadResult, WriteResult } from "./operations/transfer.ts";
import type { Ring, Target } from "./ring.ts";
import type { InFlight, MustBeOwned } from "./types.ts";

/** `Ring.read`, with the promise on the handle: `buffer.completion`. */
export function submitRead<Id, B extends OwnedBuffer<Id>>(
  ring: Ring<Id>,
  file: Target<Id>,
  buffer: B & MustBeOwned<B>,
  options?: TransferOptions,
): asserts buffer is B & MustBeOwned<B> & InFlight<ReadResult<Id>> {
  setCompletion(buffer, ring.read<OwnedBuffer<Id>>(file, buffer, options));
}

/** `Ring.write`, with the promise on the handle: `buffer.completion`. */
export function submitWrite<Id, B extends OwnedBuffer<Id>>(
  ring: Ring<Id>,
  file: Target<Id>,
  buffer: B & MustBeOwned<B>,
  options?: TransferOptions,
): asserts buffer is B & MustBeOwned<B> & InFlight<WriteResult<Id>> {
  setCompletion(buffer, ring.write<OwnedBuffer<Id>>(file, buffer, options));
}

/** `Ring.recv`, with the promise on the handle: `buffer.completion`. */
export function submitRecv<Id, B extends OwnedBuffer<Id>>(
  ring: Ring<Id>,
  socket: Target<Id>,
  buffer: B & MustBeOwned<B>,
  options?: MessageOptions,
): asserts buffer is B & MustBeOwned<B> & InFlight<ReadResult<Id>> {
  setCompletion(buffer, ring.recv<OwnedBuffer<Id>>(socket, buffer, options));
}

/** `Ring.send`, with the promise on the handle: `buffer.completion`. */
export function submitSend<Id, B extends OwnedBuffer<Id>>(
  ring: Ring<Id>,
  socket: Target<Id>,
  buffer: B & MustBeOwned<B>,
  options?: MessageOptions,
): asserts buffer is B & MustBeOwned<B> & InFlight<WriteResult<Id>> {
  setCompletion(buffer, ring.send<OwnedBuffer<Id>>(socket, buffer, options));
}
