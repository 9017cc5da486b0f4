import { expect, it } from "vitest";
import * as setup from "../../spec/abi/setup.ts";
import { isAtLeast } from "../../spec/kernel-version.ts";
import { OPCODES } from "../../spec/opcodes.ts";
import { divergences } from "./divergences.ts";
import { operations } from "./operations/table.ts";
import { SETUP_FLAGS } from "./setup/setup.ts";

/** Flags of kernels after 6.18, which 6.18 refuses as well. */
const LATER: readonly string[] = ["IORING_SETUP_SQE_MIXED", "IORING_SETUP_SQ_REWIND"];

it("every opcode of Linux 6.18 is modelled or listed as a divergence", () => {
  const listed = divergences.flatMap(({ what }) => what);
  const missing = OPCODES.filter(({ value }) => operations[value] === undefined)
    .filter(({ since }) => isAtLeast("6.18", since))
    .map(({ name }) => name);

  expect(missing.filter((name) => !listed.includes(name))).toEqual([]);
});

it("every set-up flag of Linux 6.18 is modelled or listed as a divergence, not both", () => {
  const listed = divergences.flatMap(({ what }) => what);
  const flags = Object.entries(setup).filter(
    ([name]) => name.startsWith("IORING_SETUP_") && !LATER.includes(name),
  );
  const refused = flags.filter(([, bit]) => (SETUP_FLAGS & bit) === 0);

  expect(flags.length).toBe(19);
  expect(refused.map(([name]) => name).filter((name) => !listed.includes(name))).toEqual([]);
});
