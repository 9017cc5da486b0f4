/**
 * Programs that must not compile, and exactly where and why not.
 *
 *   buffer.bytes.fill(1); // expect TS2339 /'fill' does not exist on type 'never'/
 *
 * A marked line must give that error, with a message that the pattern finds; every
 * other line must compile. Pinning the reason matters: a line that fails because of
 * a typing mistake proves nothing, and looks just as red.
 */
import { dirname } from "node:path";
import ts from "typescript";

/** What a consumer's tsconfig.json would say; nothing of this project's own is in force. */
const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts", "lib.dom.d.ts"],
  types: [],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
};

const MARK = /\/\/ expect (.+)$/;
const EXPECTATION = /TS(\d+) \/((?:[^/\\]|\\.)+)\//g;

/** Source files of the standard library, which no test changes. */
const library = new Map<string, ts.SourceFile | undefined>();

interface Expectation {
  readonly line: number;
  readonly code: number;
  readonly pattern: RegExp;
}

/** What is wrong with the files, one line each: nothing when they fail just as they are marked. */
export function compileFail(files: readonly string[]): string[] {
  const host = ts.createCompilerHost(OPTIONS);
  const libraryFolder = dirname(host.getDefaultLibFileName(OPTIONS));
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) => {
    if (!name.startsWith(libraryFolder)) return read(name, ...rest);
    if (!library.has(name)) library.set(name, read(name, ...rest));
    return library.get(name);
  };
  const program = ts.createProgram(files, OPTIONS, host);
  return files.flatMap((file) => checkFile(program, file));
}

function checkFile(program: ts.Program, file: string): string[] {
  const source = program.getSourceFile(file);
  if (source === undefined) return [`${file}: no such file`];
  const { expectations, problems } = parseMarks(source);
  const open = new Set(expectations);
  const diagnostics = [
    ...program.getSyntacticDiagnostics(source),
    ...program.getSemanticDiagnostics(source),
  ];
  for (const diagnostic of diagnostics) {
    const line = lineOf(source, diagnostic.start ?? 0);
    const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, " ").replace(/\s+/g, " ");
    const met = [...open].find(
      (one) => one.line === line && one.code === diagnostic.code && one.pattern.test(text),
    );
    if (met === undefined) problems.push(`line ${line} fails with TS${diagnostic.code}: ${text}`);
    else open.delete(met);
  }
  for (const { line, code, pattern } of open) {
    problems.push(`line ${line} does not fail with TS${code} ${pattern}`);
  }
  return problems.map((problem) => `${file}: ${problem}`);
}

function parseMarks(source: ts.SourceFile): { expectations: Expectation[]; problems: string[] } {
  const expectations: Expectation[] = [];
  const problems: string[] = [];
  for (const [index, text] of source.text.split("\n").entries()) {
    const mark = MARK.exec(text)?.[1];
    if (mark === undefined) continue;
    const found = [...mark.matchAll(EXPECTATION)];
    if (found.length === 0) problems.push(`line ${index + 1} has a mark that says nothing`);
    for (const [, code, pattern] of found) {
      expectations.push({ line: index + 1, code: Number(code), pattern: new RegExp(pattern!) });
    }
  }
  return { expectations, problems };
}

function lineOf(source: ts.SourceFile, position: number): number {
  return source.getLineAndCharacterOfPosition(position).line + 1;
}
