/** What memory of the program the kernel holds: the other side of the ownership audit. */
import type { Core, Direction } from "../core.ts";
import { forEachRange } from "../issue/poison.ts";
import { OPCODE_NOTIFICATION } from "../own-opcodes.ts";
import type { Request } from "../state.ts";

/** A range that the kernel may touch until the request's last CQE is posted. */
export interface HeldRange {
  readonly userDataLow: number;
  readonly userDataHigh: number;
  readonly opcode: number;
  /** Number of the request. */
  readonly sequence: number;
  readonly address: number;
  readonly byteLength: number;
  readonly direction: Direction;
}

/** Every held range, of requests accepted and not yet completed; rings that are closed included. */
export function holds(core: Core): HeldRange[] {
  const held: HeldRange[] = [];
  for (const ring of core.rings) {
    for (const request of ring.live) collect(core, request, held);
  }
  return held;
}

function collect(core: Core, request: Request, held: HeldRange[]): void {
  const notifies = request.opcode === OPCODE_NOTIFICATION;
  const direction = notifies ? "kernel reads" : core.operations[request.opcode]?.direction;
  if (direction === undefined) return;
  const { userDataLow, userDataHigh, opcode, sequence, done } = request;
  // A transfer that goes on holds what it has filled already as well.
  request.done = 0;
  forEachRange(request, (address, byteLength) => {
    held.push({ userDataLow, userDataHigh, opcode, sequence, address, byteLength, direction });
  });
  request.done = done;
}
