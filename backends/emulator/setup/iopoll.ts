/**
 * IOPOLL: rings on which completions are polled for.
 *
 * No emulated file can be polled for, so nothing ever waits here: reads and writes are refused
 * when they are issued, as on Linux by every file without O_DIRECT or without such a driver.
 */
import { IORING_SETUP_IOPOLL, IORING_SETUP_SQPOLL } from "../../../spec/abi/setup.ts";
import { OPCODES } from "../../../spec/opcodes.ts";

const POLLABLE: readonly boolean[] = OPCODES.map(({ attributes }) => attributes.includes("iopoll"));

/** Whether an operation may run on a ring with IOPOLL at all (ERR-7). */
export function canBePolled(opcode: number): boolean {
  return POLLABLE[opcode] === true;
}

/** Whether enter polls for completions instead of sleeping; with SQPOLL its thread does. */
export function pollsInEnter(setupFlags: number): boolean {
  return (setupFlags & (IORING_SETUP_IOPOLL | IORING_SETUP_SQPOLL)) === IORING_SETUP_IOPOLL;
}
