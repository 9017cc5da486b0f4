/**
 * One execution of a request's operation, with the fault that was chosen for it.
 *
 * Data moves here and nowhere else.
 */
import { IOSQE_BUFFER_SELECT } from "../../../spec/abi/sqe.ts";
import { EAGAIN, EFAULT } from "../../../spec/errno.ts";
import { type Core, LOOK_AGAIN, type Operation, TAKE_TURNS, WAIT_FIRST } from "../core.ts";
import type { Request } from "../state.ts";
import { inUserSpace } from "./access.ts";
import { unpoison } from "./poison.ts";

/** The operation of a request that has been accepted. */
export function operationOf(core: Core, request: Request): Operation {
  const operation = core.operations[request.opcode];
  if (operation === undefined) throw new Error(`no operation ${request.opcode} was accepted`);
  return operation;
}

/** Runs the operation once: its result, or one of those after which the request waits. */
export function execute(core: Core, request: Request, operation: Operation): number {
  unpoison(core, request);
  if (core.faults !== undefined) {
    const fault = core.choices.fault(request, core.faults.faults(request));
    if (fault?.kind === "error") return -fault.errno;
    if (fault?.kind === "short") core.transfer.limit = fault.bytes;
  }
  if (!core.profile.behaves.addressCheckedWhenPrepared && isOutside(operation, request)) {
    return -EFAULT;
  }
  return operation.execute(core, request);
}

/** Whether a result says that the request is not done, but waits or goes on later. */
export function waitsAfter(result: number): boolean {
  const goesOn = result === WAIT_FIRST || result === TAKE_TURNS || result === LOOK_AGAIN;
  return goesOn || result === -EAGAIN;
}

//= ERR-22
/** Whether a buffer lies where no program can have it, which older kernels found only now. */
function isOutside({ direction }: Operation, request: Request): boolean {
  const own = direction !== undefined && (request.bits & IOSQE_BUFFER_SELECT) === 0;
  return own && request.vectors === undefined && !inUserSpace(request.address, request.length);
}
