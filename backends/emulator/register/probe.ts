/** REGISTER_PROBE: which opcodes exist. */
import { IO_URING_OP_SUPPORTED } from "../../../spec/abi/register.ts";
import { EFAULT, EINVAL } from "../../../spec/errno.ts";
import { readStruct } from "../access.ts";
import type { Core } from "../core.ts";
import type { Ring } from "../state.ts";

const PROBE_MAX = 256;
const PROBE_HEADER = 16;
const PROBE_ENTRY = 8;

/** REG-4. The opcodes that are modelled, and no others. */
export function probe(core: Core, _ring: Ring, address: number, count: number): number {
  if (address === 0 || count > PROBE_MAX) return -EINVAL;
  const listed = Math.min(count, core.profile.opcodes);
  const view = readStruct(core.memory, address, PROBE_HEADER + listed * PROBE_ENTRY);
  if (view === undefined) return -EFAULT;
  const bytes = new Uint8Array(view.buffer);
  if (bytes.some((byte) => byte !== 0)) return -EINVAL;
  view.setUint8(0, core.profile.opcodes - 1);
  view.setUint8(1, listed);
  for (let opcode = 0; opcode < listed; opcode++) {
    const at = PROBE_HEADER + opcode * PROBE_ENTRY;
    view.setUint8(at, opcode);
    const supported = core.operations[opcode] !== undefined;
    view.setUint16(at + 2, supported ? IO_URING_OP_SUPPORTED : 0, true);
  }
  return core.memory.write(address, bytes) === bytes.length ? 0 : -EFAULT;
}
