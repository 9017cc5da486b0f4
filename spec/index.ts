/**
 * `safer-ring/spec`: what io_uring is, as data.
 *
 * Constants under the kernel's own names, tables that describe them, and the
 * machine that says who owns a buffer. Nothing here does I/O or keeps state.
 */
export * from "./abi/bpf-filter.ts";
export * from "./abi/cqe.ts";
export * from "./abi/enter.ts";
export * from "./abi/limits.ts";
export * from "./abi/linux.ts";
export * from "./abi/linux-structs.ts";
export * from "./abi/opcodes.ts";
export * from "./abi/query.ts";
export * from "./abi/register.ts";
export * from "./abi/register-structs.ts";
export * from "./abi/setup.ts";
export * from "./abi/sqe.ts";
export * from "./abi/zcrx.ts";
export { CHAPTERS, clause } from "./clauses/index.ts";
export type { Chapter, Clause, OpenMark } from "./clauses/types.ts";
export * from "./errno.ts";
export {
  bitNames,
  CONSTANT_GROUPS,
  CONSTANTS,
  knownBits,
  OPCODE_GROUP,
  REGISTER_OPCODE_GROUP,
} from "./constants.ts";
export { isAtLeast, REFERENCE_KERNEL, type KernelVersion } from "./kernel-version.ts";
export {
  COMMON_ERRORS,
  COMMON_FIELDS,
  hasAttribute,
  opcodeName,
  opcodeRow,
  OPCODES,
  opcodesOf,
} from "./opcodes.ts";
export type {
  ErrorUse,
  FieldUse,
  FlagWord,
  MemoryDirection,
  MemoryEnd,
  MemoryUse,
  OpcodeAttribute,
  OpcodeEnd,
  OpcodeForm,
  OpcodeRow,
  SqeFieldName,
  SqeFlagWordName,
} from "./opcodes/row.ts";
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
export {
  COMMON_REGISTER_ERRORS,
  REGISTER_OPCODES,
  registerOpcodeName,
  registerOpcodeRow,
  type RegisteredMemory,
  type RegisterOpcodeRow,
} from "./register-opcodes.ts";
export {
  allFields,
  IO_URING_STRUCTS,
  LARGE_ENTRIES,
  LINUX_STRUCTS,
  structRow,
  STRUCTS,
} from "./structs.ts";
export type { FieldRow, FieldType, StructRow } from "./structs/row.ts";
export * from "./tables/cqe.ts";
export * from "./tables/enter.ts";
export { LINUX_GROUPS } from "./tables/linux.ts";
export * from "./tables/register.ts";
export type { ConstantGroup, ConstantRow, LinuxGroup } from "./tables/row.ts";
export * from "./tables/setup.ts";
export * from "./tables/sqe.ts";
export * from "./tables/zcrx.ts";
