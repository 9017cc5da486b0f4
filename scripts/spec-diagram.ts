/**
 * Writes what is generated from the ownership table into docs/ownership.md.
 *
 * The document keeps its prose; only the text between a pair of markers
 * (`<!-- generated: NAME -->` and `<!-- end: NAME -->`) is replaced. A test in
 * property-tests/abi fails when the document is not what this script would write.
 *
 * Run: `node scripts/spec-diagram.ts` (Node 22.18 or later runs TypeScript by itself).
 */
import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { ownershipDiagram, ownershipTable } from "../spec/ownership-diagram.ts";

/** The document that holds the generated parts. */
export const OWNERSHIP_DOCUMENT: string = fileURLToPath(
  new URL("../docs/ownership.md", import.meta.url),
);

/**
 * The document's text with its generated parts renewed.
 *
 * @throws {Error} when a pair of markers is missing
 */
export function withGeneratedParts(text: string): string {
  const diagram = "```mermaid\n" + ownershipDiagram() + "```\n";
  return replacePart(replacePart(text, "diagram", diagram), "steps", ownershipTable());
}

function replacePart(text: string, name: string, content: string): string {
  const open = `<!-- generated: ${name} -->\n`;
  const close = `<!-- end: ${name} -->`;
  const start = text.indexOf(open);
  const end = text.indexOf(close);
  if (start < 0 || end < start) throw new Error(`no markers for "${name}"`);
  return `${text.slice(0, start + open.length)}\n${content}\n${text.slice(end)}`;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(OWNERSHIP_DOCUMENT, withGeneratedParts(readFileSync(OWNERSHIP_DOCUMENT, "utf8")));
}
