import { FIRST_OWNER, OWNERS, TRANSITIONS, type Owner } from "./ownership.ts";

/**
 * The ownership state machine as a Mermaid state diagram, one line a transition.
 *
 * Where the machine begins and where it ends follows from the table too: an
 * owner that no step leads away from is an end.
 */
export function ownershipDiagram(): string {
  const steps = TRANSITIONS.map((row) => `    ${row.from} --> ${row.to} : ${row.event}`);
  const ends = OWNERS.filter(isEnd).map((owner) => `    ${owner} --> [*]`);
  return ["stateDiagram-v2", `    [*] --> ${FIRST_OWNER}`, ...steps, ...ends, ""].join("\n");
}

/** The steps and their conditions as a Markdown table with aligned columns, in table order. */
export function ownershipTable(): string {
  const head = ["from", "event", "to", "when", "rule"];
  const rows = TRANSITIONS.map((row) => [row.from, row.event, row.to, row.when, row.rule]);
  const widths = head.map((title, column) =>
    Math.max(...[head, ...rows].map((row) => (row[column] ?? title).length)),
  );
  const rule = widths.map((width) => "-".repeat(width));
  const lines = [head, rule, ...rows].map((row) => {
    const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    return `| ${cells.join(" | ")} |`;
  });
  return [...lines, ""].join("\n");
}

function isEnd(owner: Owner): boolean {
  return TRANSITIONS.every((row) => row.from !== owner);
}
