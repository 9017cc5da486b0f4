import { expect, it } from "vitest";
import { isAtLeast } from "../../spec/kernel-version.ts";
import { OPCODES } from "../../spec/opcodes.ts";
import { FEATURES } from "../../spec/tables/setup.ts";
import { divergences } from "./divergences.ts";
import type { Operation } from "./core.ts";
import { operations } from "./operations/table.ts";
import { kernelProfile } from "./profile/profile.ts";

const isOffered = (operation: Operation | undefined): boolean =>
  operation !== undefined && operation.isListed !== false;
const named = ({ name }: { readonly name: string }): string => name;

it("each entry names the features and opcodes that are offered all the same", () => {
  const offered = new Set([
    ...FEATURES.rows.filter(({ value }) => kernelProfile("6.18").features & value).map(named),
    ...OPCODES.filter(({ value }) => isOffered(operations[value])).map(named),
  ]);
  const unlisted = OPCODES.filter(({ value }) => operations[value]?.isListed === false).map(named);

  for (const { what, claimedBy = [], kernels } of divergences) {
    const words = what.flatMap((text) => text.match(/[A-Z][A-Z_]+/g) ?? []);
    const opcodes = words.map((word) => `IORING_OP_${word.replace("IORING_OP_", "")}`);
    const expected = kernels === undefined ? opcodes.filter((name) => offered.has(name)) : [];

    expect(claimedBy).toEqual(expect.arrayContaining(expected));
    expect(claimedBy.filter((name) => !offered.has(name))).toEqual([]);
  }
  expect(unlisted).toEqual(["IORING_OP_RECV_ZC"]);
});

it("every opcode of Linux 6.18 is modelled or listed as a divergence", () => {
  const listed = divergences.flatMap(({ what }) => what);
  const missing = OPCODES.filter(({ value }) => operations[value] === undefined)
    .filter(({ since }) => isAtLeast("6.18", since))
    .map(({ name }) => name);

  expect(missing.filter((name) => !listed.includes(name))).toEqual([]);
});
