/**
 * `safer-ring/spec`: what io_uring is, as data.
 *
 * Constants under the kernel's own names, tables that describe them, and the
 * machine that says who owns a buffer. Nothing here does I/O or keeps state.
 */
export * from "./abi/cqe.ts";
export * from "./abi/enter.ts";
export * from "./abi/linux.ts";
export * from "./abi/opcodes.ts";
export * from "./abi/register.ts";
export * from "./abi/setup.ts";
export * from "./abi/sqe.ts";
export * from "./errno.ts";
export {
  FIRST_OWNER,
  nextOwner,
  OWNER_TABLE,
  OWNERS,
  OWNERSHIP_EVENTS,
  OWNERSHIP_INVARIANTS,
  TRANSITIONS,
  type InvariantId,
  type Owner,
  type OwnerRow,
  type OwnershipEvent,
  type OwnershipInvariant,
  type Transition,
} from "./ownership.ts";
export { ownershipDiagram, ownershipTable } from "./ownership-diagram.ts";
