/**
 * What is wrong between the rules and their citations: ids that do not exist, rules without a
 * test that do not say why, and marks that are no longer true.
 */
import type { Chapter, Clause } from "../../spec/index.ts";
import type { Citation, Mention } from "./citations.ts";

/** What a set of citations says about one rule. */
export interface Proof {
  readonly clause: Clause;
  /** Scenarios and other tests that cite it. */
  readonly tests: readonly Citation[];
  /** Code that cites it. */
  readonly code: readonly Citation[];
}

/** Every rule of the chapters with the places that cite it, in the order of the chapters. */
export function proofs(chapters: readonly Chapter[], citations: readonly Citation[]): Proof[] {
  const byId = new Map<string, Citation[]>();
  for (const citation of citations) {
    for (const id of citation.ids) byId.set(id, [...(byId.get(id) ?? []), citation]);
  }
  return chapters.flatMap((chapter) =>
    chapter.clauses.map((clause) => {
      const cited = byId.get(clause.id) ?? [];
      return {
        clause,
        tests: cited.filter(({ kind }) => kind !== "code"),
        code: cited.filter(({ kind }) => kind === "code"),
      };
    }),
  );
}

/** Citations of what is no rule, one line each. */
export function unknownIds(chapters: readonly Chapter[], citations: readonly Citation[]): string[] {
  const known = new Set(chapters.flatMap(({ clauses }) => clauses.map(({ id }) => id)));
  return citations.flatMap(({ ids, path, line }) =>
    ids.filter((id) => !known.has(id)).map((id) => `${path}:${line} cites ${id}, which is no rule`),
  );
}

/**
 * Mentions of rules that their chapter does not have, one line each. Only the prefixes of the
 * chapters count: other words with a number behind them are no ids.
 */
export function staleMentions(
  chapters: readonly Chapter[],
  mentions: readonly Mention[],
): string[] {
  const known = new Set(chapters.flatMap(({ clauses }) => clauses.map(({ id }) => id)));
  const prefixes = new Set(chapters.map(({ prefix }) => prefix));
  return mentions
    .filter(({ id }) => prefixes.has(id.slice(0, id.indexOf("-"))) && !known.has(id))
    .map(({ id, path, line }) => `${path}:${line} mentions ${id}, which is no rule`);
}

const EMULATOR = "backends/emulator/";

/** How many of these rules code of the emulator cites. */
export function citedInEmulator(rules: readonly Proof[]): number {
  return rules.filter(({ code }) => code.some(({ path }) => path.startsWith(EMULATOR))).length;
}

/** Chapters of which the emulator cites fewer rules than `least` says, one line each. */
export function lostCitations(
  chapters: readonly Chapter[],
  citations: readonly Citation[],
  least: Readonly<Record<string, number>>,
): string[] {
  return chapters.flatMap((chapter) => {
    const cited = citedInEmulator(proofs([chapter], citations));
    const wanted = least[chapter.prefix];
    if (wanted !== undefined && cited >= wanted) return [];
    return [`${chapter.prefix}: the emulator cites ${cited} rules, recorded are ${wanted}`];
  });
}

/** Rules that neither a test nor a reason stands behind, one line each. */
export function unprovenRules(all: readonly Proof[]): string[] {
  return all
    .filter(({ clause, tests }) => tests.length === 0 && clause.open === undefined)
    .map(
      ({ clause }) => `${clause.id} has no test: cite it in one, or give the reason in \`open\``,
    );
}

/** Rules that are marked as open although a test cites them, one line each. */
export function staleMarks(all: readonly Proof[]): string[] {
  return all
    .filter(({ clause, tests }) => tests.length > 0 && clause.open !== undefined)
    .map(({ clause, tests }) => {
      const places = tests.map(({ path, line }) => `${path}:${line}`);
      return `${clause.id} is marked as open, and has a test: ${places.join(", ")}`;
    });
}

const ID = /^([A-Z]+)-[1-9]\d*$/;

/** Ids that are not PREFIX-number of their chapter, or that are used twice, one line each. */
export function malformedIds(chapters: readonly Chapter[]): string[] {
  const seen = new Set<string>();
  return chapters.flatMap(({ prefix, clauses }) =>
    clauses.flatMap(({ id }) => {
      const wrong = [];
      if (ID.exec(id)?.[1] !== prefix) wrong.push(`${id} does not belong into chapter ${prefix}`);
      if (seen.has(id)) wrong.push(`${id} is used twice`);
      seen.add(id);
      return wrong;
    }),
  );
}
