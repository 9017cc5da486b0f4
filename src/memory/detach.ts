/**
 * Making every view of a buffer useless, without moving its bytes.
 *
 * `ArrayBuffer.prototype.transfer` gives the memory to a new ArrayBuffer at the
 * same address and leaves the old one, and all views of it, with length 0. Node
 * 22 and later have it. Node 20 has it behind a V8 flag, and only in contexts
 * made after the flag was set; the result then carries the other context's
 * prototype, which is made to inherit from ours. Elsewhere `structuredClone` with a
 * transfer list does the same for memory of this isolate; it cannot be used on memory
 * mapped outside (it copies), which only the native backend has, and that needs Node.
 */
import { RingError } from "../errors.ts";

type Transfer = (this: ArrayBuffer) => ArrayBuffer;

interface TransferOwner {
  readonly transfer?: Transfer;
}

interface NodeModules {
  getBuiltinModule?(name: "node:vm"): {
    createContext(): object;
    runInContext(code: string, context: object): unknown;
  };
  getBuiltinModule?(name: "node:v8"): { setFlagsFromString(flag: string): void };
}

/**
 * Detaches `buffer` and returns its successor over the same memory: views of
 * `buffer` have length 0 afterwards, whoever holds them.
 */
export const detach: (buffer: ArrayBuffer) => ArrayBuffer = chooseDetach();

function chooseDetach(): (buffer: ArrayBuffer) => ArrayBuffer {
  const own = (ArrayBuffer.prototype as TransferOwner).transfer;
  if (own !== undefined) return (buffer) => own.call(buffer);
  const flagged = flaggedTransfer();
  if (flagged !== undefined) return (buffer) => flagged.call(buffer);
  return (buffer) => structuredClone(buffer, { transfer: [buffer] });
}

/** Node 20's `transfer`, or undefined where there is none. */
function flaggedTransfer(): Transfer | undefined {
  const { process } = globalThis as { process?: NodeModules };
  const v8 = process?.getBuiltinModule?.("node:v8");
  const vm = process?.getBuiltinModule?.("node:vm");
  if (v8 === undefined || vm === undefined) return undefined;
  v8.setFlagsFromString("--harmony-rab-gsab-transfer");
  const foreign = vm.runInContext("ArrayBuffer.prototype", vm.createContext()) as TransferOwner;
  const { transfer } = foreign;
  if (transfer !== undefined) inherit(foreign);
  return transfer;
}

/**
 * Empties the other context's prototype and puts it in front of ours, so that results
 * are ArrayBuffers here. Changing the prototype of each result instead would cost as
 * much as the transfer.
 */
function inherit(foreign: object): void {
  for (const key of Reflect.ownKeys(foreign)) Reflect.deleteProperty(foreign, key);
  Object.setPrototypeOf(foreign, ArrayBuffer.prototype);
}

/** Checks once that views really die: everything about ownership rests on it. */
export function assertDetachWorks(): void {
  const before = new ArrayBuffer(8);
  const view = new Uint8Array(before);
  view[0] = 1;
  const after = new Uint8Array(detach(before));
  if (view.length === 0 && after.length === 8 && after[0] === 1) return;
  throw new RingError(
    "ERR_RING_INVARIANT",
    "this JavaScript engine cannot detach an ArrayBuffer, so buffers in flight would stay visible",
  );
}
