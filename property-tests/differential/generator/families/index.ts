/**
 * The families that every program may have, as one table, and the opcodes. Those of `provided.ts` and
 * `rest.ts` belong to themes besides.
 */
import { operations } from "../../../../backends/emulator/operations/table.ts";
import type { Family } from "../family.ts";
import { controlFamilies } from "./control.ts";
import { fileFamilies } from "./files.ts";
import { pipeFamilies } from "./pipes.ts";
import { readWriteFamilies } from "./read-write.ts";
import { registeredFamilies } from "./registered.ts";
import { socketFamilies } from "./sockets.ts";

export const families: readonly Family[] = [
  ...controlFamilies,
  ...readWriteFamilies,
  ...fileFamilies,
  ...pipeFamilies,
  ...socketFamilies,
  ...registeredFamilies,
];

/** The opcodes that the emulator models, as REGISTER_PROBE lists them. */
export const modelled: readonly number[] = [...operations.keys()].filter((opcode) => {
  const operation = operations[opcode];
  return operation !== undefined && operation.isListed !== false;
});
