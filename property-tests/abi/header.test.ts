/**
 * The spec against C: every number, size and offset that the installed headers have.
 *
 * Names that the headers lack are counted and printed. One that they should have,
 * by the kernel its row names, is a failure: so a misspelt name cannot hide.
 *
 * `ABI_HEADERS=<dir>` puts a directory with another `linux/io_uring.h` first. Then
 * nothing is expected to be there; what is there is compared.
 */
import { arch, env } from "node:process";
import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it, type TestContext } from "vitest";
import { ERRNO_TABLE } from "../../spec/errno.ts";
import { isAtLeast, type KernelVersion } from "../../spec/kernel-version.ts";
import * as linuxOffsets from "../../spec/abi/linux-structs.ts";
import * as registerOffsets from "../../spec/abi/register-structs.ts";
import { type Answers, evaluate, findCompiler } from "./c-program.ts";
import {
  type Check,
  constantChecks,
  linuxChecks,
  linuxStructChecks,
  structChecks,
} from "./checks.ts";

const OFFSET_MODULES = [linuxOffsets, registerOffsets];
const compiler = findCompiler();
const includes = env["ABI_HEADERS"] === undefined ? [] : [env["ABI_HEADERS"]];

/** Leaves the test out, with a reason that the report shows. */
function needCompiler(context: TestContext): string {
  if (compiler === undefined) return context.skip("no C compiler: none of $CC, cc, gcc, clang");
  return compiler;
}

/** The same, and leaves the test out where the kernel's headers are not installed. */
function needHeader(context: TestContext): string {
  const program = needCompiler(context);
  const [offset] = evaluate(program, ["IORING_OFF_SQES"], includes);
  if (offset === undefined) return context.skip("no linux/io_uring.h is installed");
  return program;
}

/** Kernel release of the installed headers. */
function headerVersion(program: string): KernelVersion {
  const [code = 0n] = evaluate(program, ["LINUX_VERSION_CODE"]);
  return `${Number(code) >> 16}.${(Number(code) >> 8) & 0xff}`;
}

/** Whether C's number is the one expected. C may have extended a negative 32-bit one to 64. */
function agrees(check: Check, answer: bigint): boolean {
  const expected = BigInt(check.expected);
  if (check.grows) return answer <= expected;
  if (answer === BigInt.asUintN(64, expected)) return true;
  return expected < 2n ** 32n && answer === BigInt.asUintN(64, BigInt.asIntN(32, expected));
}

function disagreements(
  checks: readonly Check[],
  answers: Answers,
  version: KernelVersion,
): readonly string[] {
  return checks.flatMap((check, index) => {
    const answer = answers[index];
    if (answer === undefined || agrees(check, answer)) return [];
    if (check.mayMove && !isExpected(check, version)) return [];
    return [`${check.label}: the spec has ${String(check.expected)}, C has ${String(answer)}`];
  });
}

/** Names that the headers do not have. */
function absent(checks: readonly Check[], answers: Answers): readonly Check[] {
  return checks.filter((_, index) => answers[index] === undefined);
}

function isExpected(check: Check, version: KernelVersion): boolean {
  return includes.length === 0 && isAtLeast(version, check.since ?? "0.0");
}

/** Compares, and prints what could not be compared. */
function compare(title: string, program: string, checks: readonly Check[]): void {
  const version = headerVersion(program);
  const answers = evaluate(
    program,
    checks.map((check) => check.expression),
    includes,
  );
  const missing = absent(checks, answers);
  const names = [...new Set(missing.map((check) => check.subject))];
  console.info(
    `${title}: ${String(checks.length - missing.length)} numbers compared with the headers of ` +
      `Linux ${version}; ${String(names.length)} names skipped, which these headers lack` +
      (names.length === 0 ? "" : `: ${names.join(", ")}`),
  );
  expect(disagreements(checks, answers, version)).toEqual([]);
  const wrongly = missing.filter((check) => isExpected(check, version));
  expect(wrongly.map((check) => `${check.label}: not in the headers of ${version}`)).toEqual([]);
  expect(checks.length - missing.length).toBeGreaterThan(0);
}

describe("the spec agrees with the C headers", () => {
  beforeAll(() => {
    if (compiler === undefined) console.warn("skipped: there is no C compiler");
  });

  //= CQ-2
  it("in every constant of linux/io_uring.h", (context) => {
    compare("constants", needHeader(context), constantChecks());
  });

  //= MEM-4, MEM-5
  it("in every struct of linux/io_uring.h: size, and place and sign of each field", (context) => {
    compare("structs", needHeader(context), structChecks());
  });

  it("in every constant of Linux and every error number", (context) => {
    if (arch !== "x64") context.skip(`the spec has the numbers of x86-64, this is ${arch}`);
    compare("Linux constants", needCompiler(context), linuxChecks());
  });

  it("in every struct of Linux that SQEs point to", (context) => {
    if (arch !== "x64") context.skip(`the spec has the layouts of x86-64, this is ${arch}`);
    compare("Linux structs", needCompiler(context), linuxStructChecks());
  });

  it("in the text of every error number, letter case apart", (context) => {
    const program = needCompiler(context);
    const [glibc] = evaluate(program, ["__GLIBC__"]);
    if (glibc === undefined) context.skip("the texts are those of glibc, and this is another libc");
    const same = ERRNO_TABLE.map(
      (row) => `strcasecmp(strerror(${String(row.value)}), ${JSON.stringify(row.text)}) == 0`,
    );
    const answers = evaluate(program, same);
    const wrong = ERRNO_TABLE.filter((_, index) => answers[index] !== 1n);
    expect(wrong.map((row) => row.text)).toEqual([]);
  });
});

describe("the check itself", () => {
  const number: Check = {
    label: "EPERM",
    subject: "EPERM",
    expression: "EPERM",
    expected: 1,
    since: undefined,
    grows: false,
    mayMove: false,
  };

  it("finds a wrong number", (context) => {
    const wrong = { ...number, expected: 2 };
    expect(() => {
      compare("a wrong number", needCompiler(context), [wrong]);
    }).toThrow("EPERM: the spec has 2, C has 1");
  });

  it("finds a name that the headers should have and do not", (context) => {
    if (includes.length > 0) context.skip("with ABI_HEADERS nothing is expected to be there");
    const misspelt = { ...number, label: "EPREM", subject: "EPREM", expression: "EPREM" };
    expect(() => {
      compare("a misspelt name", needCompiler(context), [number, misspelt]);
    }).toThrow("EPREM: not in the headers");
  });

  it("takes a negative 32-bit number as C extends it", (context) => {
    const negative = { ...number, expression: "-2", expected: 0xfffffffe };
    compare("a negative number", needCompiler(context), [negative]);
  });

  it("covers every offset constant: a table of structs uses it", () => {
    const folder = new URL("../../spec/structs/", import.meta.url);
    const tables = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), "utf8"));
    const used = new Set(tables.join("\n").match(/\b[A-Z][A-Z0-9_]+\b/g));
    const offsets = OFFSET_MODULES.flatMap((module) => Object.keys(module));
    // The first is that of every sockaddr, the second the array behind the end of a struct.
    expect(offsets.filter((name) => !used.has(name))).toEqual(["SOCKADDR_FAMILY", "PROBE_OPS"]);
  });
});
