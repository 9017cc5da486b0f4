/** The table of docs/model.md: what it says, and what it has to say. */
import type { Configuration } from "./configurations.ts";

/** A row: name, what it is for, states, transitions, and both again with the last step. */
export type Row = readonly string[];

/** The rows of the page's first table, without its heading. */
export function documentedTable(page: string): Row[] {
  const lines = page.split("\n");
  const first = lines.findIndex((line) => line.startsWith("|"));
  const end = lines.findIndex((line, index) => index > first && !line.startsWith("|"));
  return lines.slice(first + 2, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** The rows that these configurations need. */
export function tableOf(configurations: readonly Configuration[]): Row[] {
  const count = new Intl.NumberFormat("en");
  return configurations.map(({ name, about, states, transitions, withLast }) => [
    name,
    about,
    ...[states, transitions, withLast.states, withLast.transitions].map((one) => count.format(one)),
  ]);
}
