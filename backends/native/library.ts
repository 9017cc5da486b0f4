/**
 * What the native backend needs of a foreign-function interface.
 *
 * `koffi.ts` provides it; nothing else in the project names koffi. Pointers are
 * plain numbers (`intptr_t` in a prototype), structures are bytes in memory that
 * the caller encodes with a DataView.
 */

/** A C function that takes and returns integers. */
export type NativeFunction = (...values: number[]) => number;

/** The C library of this process, as far as it is needed, without naming koffi. */
export interface Library {
  /**
   * Binds a function of the C library by its prototype. One name may be bound
   * several times with different prototypes (syscall(2) is).
   */
  bind(prototype: string): NativeFunction;
  /** errno(3) of this thread. Valid only directly after a call that failed. */
  errno(): number;
  /** An ArrayBuffer over memory that is mapped and stays so while the buffer is used. */
  view(address: number, byteLength: number): ArrayBuffer;
}
