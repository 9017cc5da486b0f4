/**
 * The types of vectored operations: a list of buffers goes in, and as many new
 * handles come back, so that a tuple can be taken apart without a check:
 *
 *   ({ buffers: [header, body] } = await file.readv([header, body]));
 */
import type { OwnedBuffer } from "./memory/owned-buffer.ts";
import type { MustBeOwned } from "./types.ts";

/** The buffers of a vectored operation: an array, or a tuple whose length the results keep. */
export type BufferList<Id> = readonly OwnedBuffer<Id>[];

/** New handles, one for each of `Buffers`: as many, in the same order. */
export type Returned<Id, Buffers extends readonly unknown[]> = {
  -readonly [Index in keyof Buffers]: OwnedBuffer<Id>;
};

/** `MustBeOwned` for each buffer of a list. */
export type MustAllBeOwned<Buffers extends readonly unknown[]> = {
  readonly [Index in keyof Buffers]: MustBeOwned<Buffers[Index]>;
};
