/**
 * Where the project cites the numbered rules of spec/clauses.
 *
 * A conformance scenario names its rules where it is registered, `scenario("CANCEL-1 CANCEL-2",
 * "title", ...)`. Everything else cites them in a comment line, "//=" and ids with commas
 * between them: above a test it says what the test proves, in code what the code implements.
 */
import ts from "typescript";
import { sourceFiles, type SourceFile } from "../house-rules/tidy.ts";

/** One place that cites rules. */
export interface Citation {
  /** What stands where an id is expected; it need not be one. */
  readonly ids: readonly string[];
  readonly kind: "scenario" | "test" | "code";
  /** Relative to the folder of package.json. */
  readonly path: string;
  readonly line: number;
  /** Title of the scenario or test, where one could be read. */
  readonly title: string | undefined;
}

/** These hold examples of citations. */
const EXAMPLES = "property-tests/clauses/";

/** Every citation below the folder `root`. */
export function findCitations(root: string): Citation[] {
  return sourceFiles(root)
    .filter(({ path }) => path.endsWith(".ts") && !path.startsWith(EXAMPLES))
    .flatMap((file) => citationsIn(file));
}

/** What looks like an id, anywhere in code, comments and documents. */
export interface Mention {
  readonly id: string;
  readonly path: string;
  readonly line: number;
}

/** Everything below `root` that looks like the id of a rule. */
export function findMentions(root: string): Mention[] {
  return sourceFiles(root)
    .filter(({ path }) => /\.(ts|md|pml)$/.test(path) && !path.startsWith(EXAMPLES))
    .flatMap((file) => mentionsIn(file));
}

/** What looks like an id in one file. */
export function mentionsIn({ path, text }: SourceFile): Mention[] {
  return text
    .split("\n")
    .flatMap((line, index) =>
      [...line.matchAll(/(?<![\w-])[A-Z]+-\d+\b/g)].map(([id]) => ({ id, path, line: index + 1 })),
    );
}

/** The citations in one file, in the order of its lines. */
export function citationsIn(file: SourceFile): Citation[] {
  const found = commentCitations(file);
  if (file.text.includes("scenario(")) found.push(...scenarioCitations(file));
  return found.sort((one, other) => one.line - other.line);
}

const COMMENT = /^\s*\/\/= ?(.*)$/;
const TITLE = /^\s*(?:it|test|onRing)(?:\.\w+)*\(\s*(["'`])(.*?)\1/s;
/** How far below the comment a title is looked for: other comments may stand between. */
const TITLE_CHARACTERS_MAX = 400;

function commentCitations({ path, text }: SourceFile): Citation[] {
  const kind = /\.test\.ts$|^property-tests\//.test(path) ? "test" : "code";
  const lines = text.split("\n");
  return lines.flatMap((line, index) => {
    const list = COMMENT.exec(line)?.[1];
    if (list === undefined) return [];
    const ids = list.trim().split(/\s*,\s*/);
    const below = lines.slice(index + 1).filter((other) => !/^\s*\/\//.test(other));
    const title = TITLE.exec(below.join("\n").slice(0, TITLE_CHARACTERS_MAX))?.[2];
    return [{ ids, kind, path, line: index + 1, title }];
  });
}

function scenarioCitations({ path, text }: SourceFile): Citation[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const found: Citation[] = [];
  const visit = (node: ts.Node): void => {
    if (isScenario(node)) found.push(scenarioCitation(path, source, node));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isScenario(node: ts.Node): node is ts.CallExpression {
  return (
    ts.isCallExpression(node) &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === "scenario"
  );
}

function scenarioCitation(path: string, source: ts.SourceFile, call: ts.CallExpression): Citation {
  const [rules, title] = call.arguments;
  const { line } = source.getLineAndCharacterOfPosition(call.getStart());
  const ids = rules && ts.isStringLiteralLike(rules) ? rules.text.split(" ") : ["(no literal)"];
  return { ids, kind: "scenario", path, line: line + 1, title: title && titleText(title) };
}

/** The title; of a template its text, with what it inserts as it is written. */
function titleText(title: ts.Expression): string {
  return ts.isStringLiteralLike(title) ? title.text : title.getText().slice(1, -1);
}
