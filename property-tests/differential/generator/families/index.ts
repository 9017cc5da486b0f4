/** Every family, as one table. A new one is a file beside this one and a line here. */
import { operations } from "../../../../backends/emulator/operations/table.ts";
import type { Family } from "../family.ts";
import { controlFamilies } from "./control.ts";
import { fileFamilies } from "./files.ts";
import { pipeFamilies } from "./pipes.ts";
import { readWriteFamilies } from "./read-write.ts";
import { registeredFamilies } from "./registered.ts";
import { socketFamilies } from "./sockets.ts";

const FAMILIES: readonly Family[] = [
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

/** The families that both kernels have. */
export const families: readonly Family[] = FAMILIES.filter(({ opcodes }) =>
  opcodes.every((opcode) => modelled.includes(opcode)),
);
