/** REGISTER_PROBE: which opcodes exist. */
import { IO_URING_OP_SUPPORTED } from "../../../spec/abi/register.ts";
import { EFAULT, EINVAL } from "../../../spec/errno.ts";
import { readStruct } from "../issue/access.ts";
import type { Core } from "../core.ts";
import type { Ring } from "../state.ts";

const PROBE_MAX = 256;
const PROBE_HEADER = 16;
const PROBE_ENTRY = 8;

//= REG-4, REG-19
/** Lists the opcodes of the emulated release; supported are those that are modelled. */
export function probe(core: Core, _ring: Ring, address: number, count: number): number {
  if (address === 0 || count > PROBE_MAX) return -EINVAL;
  const { opcodes } = core.profile;
  const listed = Math.min(count, opcodes);
  const view = readStruct(core.memory, address, PROBE_HEADER + listed * PROBE_ENTRY);
  if (view === undefined) return -EFAULT;
  const bytes = new Uint8Array(view.buffer);
  if (bytes.some((byte) => byte !== 0)) return -EINVAL;
  view.setUint8(0, opcodes - 1);
  view.setUint8(1, listed);
  for (let opcode = 0; opcode < listed; opcode++) {
    const at = PROBE_HEADER + opcode * PROBE_ENTRY;
    view.setUint8(at, opcode);
    const operation = core.operations[opcode];
    const supported = operation !== undefined && operation.isListed !== false;
    view.setUint16(at + 2, supported ? IO_URING_OP_SUPPORTED : 0, true);
  }
  return core.memory.write(address, bytes) === bytes.length ? 0 : -EFAULT;
}
