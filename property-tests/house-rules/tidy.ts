/**
 * House rules that no other tool checks: each takes a file and returns what is wrong with it,
 * one line per complaint, `path:line what`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import ts from "typescript";

/** A text file of the project. */
export interface SourceFile {
  /** Relative to the folder of package.json, with `/`. */
  readonly path: string;
  readonly text: string;
}

const GENERATED_FOLDERS = new Set(["node_modules", "dist", "coverage", ".git", ".vitest"]);
const GENERATED_PATHS = new Set(["bench/results"]);
const TEXT = /(\.(ts|js|mjs|cjs|json|md|c|h|sh|yml|yaml|html|css|svg|pml)|LICENSE-\w+|\.ci\/run)$/;
const DOT_FILE = /(^|\/)\.(npmrc|gitignore|editorconfig|prettierignore)$/;

/** Every text file below `root` that a person wrote (and the lock file). */
export function sourceFiles(root: string, folder = ""): SourceFile[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      const generated = GENERATED_FOLDERS.has(entry.name) || GENERATED_PATHS.has(path);
      return generated ? [] : sourceFiles(root, path);
    }
    if (!entry.isFile() || !(TEXT.test(path) || DOT_FILE.test(path))) return [];
    return [{ path, text: readFileSync(join(root, path), "utf8") }];
  });
}

/** Complaints about the lines of `file` for which `wrong` gives a reason. */
function complain(file: SourceFile, wrong: (line: string) => string | undefined): string[] {
  return file.text.split("\n").flatMap((line, index) => {
    const what = wrong(line);
    return what === undefined ? [] : [`${file.path}:${index + 1} ${what}`];
  });
}

const COLUMNS = 100;
const FREE_WIDTH = /(\.json|LICENSE-\w+)$|^type-tests\/fail\//;

/**
 * Lines over 100 columns. A row of a Markdown table, where a link leads and a URL cannot be broken,
 * and what a line of `type-tests/fail` must be refused with stands on that line: these are exempt.
 */
export function longLines(file: SourceFile): string[] {
  if (FREE_WIDTH.test(file.path)) return [];
  const table = file.path.endsWith(".md") ? /^\s*\||^\[[^\]]+\]: \S+$/ : /^$/;
  return complain(file, (line) => {
    const length = Array.from(line).length;
    const exempt = table.test(line) || /https?:\/\/\S{40}/.test(line);
    return length > COLUMNS && !exempt ? `has ${length} columns` : undefined;
  });
}

/** A Markdown file has one `# Title`, and it is the first line. */
export function wrongTitles(file: SourceFile): string[] {
  if (!file.path.endsWith(".md")) return [];
  const prose = file.text.replaceAll(/^(```+|~~~+)[^]*?^\1/gm, "");
  const titles = prose.split("\n").filter((line) => line.startsWith("# "));
  const first = file.text.startsWith("# ");
  return titles.length === 1 && first ? [] : [`${file.path}:1 has ${titles.length} titles`];
}

// The brackets keep these patterns from finding themselves.
const UNFINISHED = /\b(T[O]DO|FI[X]ME|X[X]X)\b/;
const MACHINE = /(?<![\w.-])\/(w[o]rk|r[o]ot)\/|\bregistry\.[\w-]+\.\w+|localhost:4[8]73/;

/** Words that say "not finished": finish it, or write an issue. */
export function unfinishedWork(file: SourceFile): string[] {
  return complain(file, (line) => UNFINISHED.exec(line)?.[0]);
}

/** Paths of one machine, and hosts of package registries: they mean nothing elsewhere. */
export function machineNames(file: SourceFile): string[] {
  return complain(file, (line) => MACHINE.exec(line)?.[0]);
}

/** A lint rule is switched off for one line, and with a reason after `--`. */
export function unexplainedExceptions(file: SourceFile): string[] {
  if (!/\.(ts|js|mjs|cjs)$/.test(file.path)) return [];
  return complain(file, (line) =>
    /(\/\/|\/\*) eslint-disable(?!.* -- \w)|@ts-(ignore|nocheck)\b/.exec(line)?.[0].trim(),
  );
}

const PUBLIC = /^(src|spec|backends)\/(?!.*(\.test\.ts$|\/testing\/)).*\.ts$/;

/**
 * Exports of the library without a doc comment.
 *
 * A numeric constant in `spec/` is documented by the comment or the table row that it stands in.
 */
export function undocumentedExports(file: SourceFile): string[] {
  if (!PUBLIC.test(file.path)) return [];
  const documented = new Set<string>();
  const lines = new Map<string, number>();
  const source = parse(file);
  for (const statement of source.statements) {
    if (!isExported(statement)) continue;
    if (file.path.startsWith("spec/") && isNumericConstant(statement)) continue;
    for (const name of declaredNames(statement)) {
      if (ts.getJSDocCommentsAndTags(statement).length > 0) documented.add(name);
      const { line } = source.getLineAndCharacterOfPosition(statement.getStart());
      lines.set(name, lines.get(name) ?? line + 1);
    }
  }
  return [...lines]
    .filter(([name]) => !documented.has(name))
    .map(([name, line]) => `${file.path}:${line} ${name} has no doc comment`);
}

/**
 * Exported functions, classes and values that no other file names: the word `export` can go, or
 * the whole declaration.
 *
 * What an entry point declares, or passes on whole with `export *`, is for users; what `spec/`
 * declares is data; a type stands in the signature of something else. These may be named by
 * nobody here.
 */
export function unusedExports(files: readonly SourceFile[]): string[] {
  const users = new Map<string, number>();
  for (const { path, text } of files) {
    if (!/\.(ts|mjs)$/.test(path)) continue;
    for (const word of new Set(text.match(/[\w$]+/g))) users.set(word, (users.get(word) ?? 0) + 1);
  }
  const passedOn = new Set(files.flatMap((file) => starExports(file)));
  return files
    .filter(({ path }) => PUBLIC.test(path) && !/^spec\/|\/index\.ts$/.test(path))
    .filter(({ path }) => !passedOn.has(path))
    .flatMap((file) =>
      parse(file)
        .statements.filter((statement) => isExported(statement) && !isType(statement))
        .flatMap((statement) => declaredNames(statement))
        .filter((name) => users.get(name) === 1)
        .map((name) => `${file.path} exports ${name}, which no other file names`),
    );
}

/** The files that an `index.ts` passes on with `export *`. */
function starExports(file: SourceFile): string[] {
  if (!file.path.endsWith("/index.ts")) return [];
  const folder = posix.dirname(file.path);
  return [...file.text.matchAll(/^export \* from "(\..*)";$/gm)].map(([, target = ""]) =>
    posix.join(folder, target),
  );
}

function parse({ path, text }: SourceFile): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
}

function isExported(statement: ts.Statement): boolean {
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  );
}

function isType(statement: ts.Statement): boolean {
  return ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
}

function isNumericConstant(statement: ts.Statement): boolean {
  return (
    ts.isVariableStatement(statement) &&
    statement.declarationList.declarations.every(
      ({ initializer }) => initializer !== undefined && isArithmetic(initializer),
    )
  );
}

/** A number, or what is made from numbers and other constants by operators. */
function isArithmetic(node: ts.Expression): boolean {
  if (ts.isNumericLiteral(node) || ts.isIdentifier(node)) return true;
  if (ts.isPrefixUnaryExpression(node)) return isArithmetic(node.operand);
  if (ts.isParenthesizedExpression(node)) return isArithmetic(node.expression);
  return ts.isBinaryExpression(node) && isArithmetic(node.left) && isArithmetic(node.right);
}

function declaredNames(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  }
  const named =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement);
  return named ? [statement.name?.text ?? "the default export"] : [];
}

const CONFIGURATION = /^(eslint\.config\.js|vitest\.config\.ts)$/;

/** Default exports: everything has one name, the same at both ends of an import. */
export function defaultExports(file: SourceFile): string[] {
  if (!/\.(ts|js|mjs)$/.test(file.path) || CONFIGURATION.test(file.path)) return [];
  return parse(file)
    .statements.filter((statement) => isDefaultExport(statement))
    .map((statement) => `${file.path} exports by default: ${statement.getText().slice(0, 40)}`);
}

function isDefaultExport(statement: ts.Statement): boolean {
  if (ts.isExportAssignment(statement)) return true;
  if (ts.isExportDeclaration(statement)) {
    const clause = statement.exportClause;
    return (
      clause !== undefined &&
      ts.isNamedExports(clause) &&
      clause.elements.some(({ name }) => name.text === "default")
    );
  }
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)
  );
}
