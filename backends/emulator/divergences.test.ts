import { expect, it } from "vitest";
import { isAtLeast } from "../../spec/kernel-version.ts";
import { OPCODES } from "../../spec/opcodes.ts";
import { divergences } from "./divergences.ts";
import { operations } from "./operations/table.ts";

it("every opcode of Linux 6.18 is modelled or listed as a divergence", () => {
  const listed = divergences.flatMap(({ what }) => what);
  const missing = OPCODES.filter(({ value }) => operations[value] === undefined)
    .filter(({ since }) => isAtLeast("6.18", since))
    .map(({ name }) => name);

  expect(missing.filter((name) => !listed.includes(name))).toEqual([]);
});
