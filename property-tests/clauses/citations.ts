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
  /** The backends that a scenario never runs on: those that its options are `without`. */
  readonly without?: readonly string[];
}

/** What scenarios run on. */
export const BACKENDS: readonly string[] = ["sim", "native"];

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
  const [rules, title, ...rest] = call.arguments;
  const { line } = source.getLineAndCharacterOfPosition(call.getStart());
  const ids = rules && ts.isStringLiteralLike(rules) ? rules.text.split(" ") : ["(no literal)"];
  const without = rest.length > 1 ? backendsWithout(source, rest[0]) : [];
  return { ids, kind: "scenario", path, line: line + 1, title: title && titleText(title), without };
}

/**
 * The names in `without` of the options of a scenario, which are written there or in a constant
 * of the file. What depends on the machine is in neither place as it is, and does not count.
 */
function backendsWithout(source: ts.SourceFile, options: ts.Expression | undefined): string[] {
  if (options === undefined) return [];
  if (ts.isAsExpression(options)) return backendsWithout(source, options.expression);
  if (ts.isIdentifier(options)) return backendsWithout(source, constant(source, options.text));
  if (!ts.isObjectLiteralExpression(options)) return [];
  return options.properties.flatMap((property) => {
    if (ts.isSpreadAssignment(property)) return backendsWithout(source, property.expression);
    const isWithout = ts.isPropertyAssignment(property) && property.name.getText() === "without";
    if (!isWithout || !ts.isObjectLiteralExpression(property.initializer)) return [];
    return property.initializer.properties.map(({ name }) => name?.getText() ?? "");
  });
}

/** What a constant of the file stands for. */
function constant(source: ts.SourceFile, name: string): ts.Expression | undefined {
  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    const found = statement.declarationList.declarations.find((one) => one.name.getText() === name);
    if (found !== undefined) return found.initializer;
  }
  return undefined;
}

/** The title; of a template its text, with what it inserts as it is written. */
function titleText(title: ts.Expression): string {
  return ts.isStringLiteralLike(title) ? title.text : title.getText().slice(1, -1);
}
