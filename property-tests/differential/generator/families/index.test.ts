/** Random programs leave out no operation without anybody noticing. */
import { expect, test } from "vitest";
import { IORING_OP_RECV_ZC } from "../../../../spec/abi/opcodes.ts";
import { isAtLeast } from "../../../../spec/kernel-version.ts";
import { OPCODES } from "../../../../spec/opcodes.ts";
import { families, modelled } from "./index.ts";
import { providedFamilies } from "./provided.ts";
import { restFamilies } from "./rest.ts";

test("every family is about operations that the emulator lists", () => {
  const opcodes = [...families, ...providedFamilies, ...restFamilies].flatMap((one) => one.opcodes);
  expect(opcodes.filter((opcode) => !modelled.includes(opcode))).toEqual([]);
});

test("any opcode of 6.18 but RECV_ZC may come up", () => {
  const known = OPCODES.filter(({ since }) => isAtLeast("6.18", since)).map(({ value }) => value);
  expect(known.filter((opcode) => !modelled.includes(opcode))).toEqual([IORING_OP_RECV_ZC]);
});
