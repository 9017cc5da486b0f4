/**
 * Moving an ArrayBuffer: same memory, new object, every old view useless.
 *
 * `ArrayBuffer.prototype.transfer` does it in 0.3 to 0.5 µs, also over memory that
 * was mapped outside the isolate (`structuredClone` copies or refuses there). Node
 * 22 and later have it. V8 of Node 20 has it behind a flag, which takes effect in
 * contexts made after it was set; the method of such a context works on any
 * ArrayBuffer, but its result carries that context's prototype.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Detaches `buffer` and returns its successor, of `byteLength` bytes when that is given. */
export type Transfer = (buffer: ArrayBuffer, byteLength?: number) => ArrayBuffer;

type TransferMethod = (this: ArrayBuffer, byteLength?: number) => ArrayBuffer;

/** Finds this runtime's way to transfer. Costs a `vm` context on Node 20, so do it once. */
export function findTransfer(): Transfer {
  const { transfer: method } = ArrayBuffer.prototype as { transfer?: TransferMethod };
  if (method !== undefined) return (buffer, byteLength) => method.call(buffer, byteLength);
  return borrowTransfer();
}

function borrowTransfer(): Transfer {
  setFlagsFromString("--harmony-rab-gsab-transfer");
  const method: unknown = runInNewContext("ArrayBuffer.prototype.transfer");
  if (typeof method !== "function") throw new Error("this runtime cannot transfer an ArrayBuffer");
  return (buffer, byteLength) => transferBorrowed(method as TransferMethod, buffer, byteLength);
}

/** Makes result and error those of this context. */
function transferBorrowed(
  method: TransferMethod,
  buffer: ArrayBuffer,
  byteLength?: number,
): ArrayBuffer {
  let successor: ArrayBuffer;
  try {
    successor = method.call(buffer, byteLength);
  } catch (error) {
    throw new TypeError("the ArrayBuffer is detached already", { cause: error });
  }
  Object.setPrototypeOf(successor, ArrayBuffer.prototype);
  return successor;
}

/** The memory behind `buffer` is about to go: makes every view of it throw or read nothing. */
export function detach(transfer: Transfer, buffer: ArrayBuffer): void {
  transfer(buffer, 0);
}
