/** The emulator leaves open what a rule leaves open, and nothing else. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const CHOICES = new URL("../../backends/emulator/choices.ts", import.meta.url);
/** Not the kernel's: what the program's author injects. */
const INJECTED = ["fault"];

/** The methods that ask the decider, with the comment before each. */
function questions(): readonly { name: string; cites: boolean }[] {
  const source = readFileSync(CHOICES, "utf8");
  const method =
    /((?:^ {2}(?:\/\/|\/\*| \*).*\n)*)^ {2}(\w+)\([^)]*\): [\w |]+ \{\n((?: {4}.*\n)+)/gm;
  return [...source.matchAll(method)]
    .filter(([, , , body = ""]) => /this\.#(?:ask|end)\(/.test(body))
    .map(([, comment = "", name = ""]) => ({ name, cites: comment.includes("//= ") }));
}

it("every choice cites the rule that leaves it open", () => {
  const all = questions().filter(({ name }) => !INJECTED.includes(name));

  expect(all.length).toBeGreaterThan(20);
  expect(all.filter(({ cites }) => !cites)).toEqual([]);
});
