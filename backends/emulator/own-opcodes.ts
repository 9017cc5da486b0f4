/**
 * Opcodes of what is a request to the agenda, and comes from no SQE: the kernel's own. An SQE's
 * opcode is a byte, so none can have them.
 */

/** Opcode of the timers that a blocked `enter` uses. */
export const OPCODE_WAIT = 256;
/** Opcode of the events of an SQ thread. */
export const OPCODE_SQ_THREAD = 257;
/** Opcode of the notifications of zero-copy sends. */
export const OPCODE_NOTIFICATION = 258;
/** The end of a ring that comes later than its close. */
export const OPCODE_RING_END = 259;
/** Opcode of what has the owner of a ring run its task work. */
export const OPCODE_INTERRUPT = 260;
/** Opcode of what has a worker signal the eventfd of a ring. */
export const OPCODE_SIGNAL = 261;
