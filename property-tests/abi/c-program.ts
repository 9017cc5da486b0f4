/**
 * Asks a C compiler for numbers.
 *
 * All expressions go into one program, one a line. Those that do not compile are
 * told from the line numbers of the errors, left out, and reported as absent; so
 * two runs of the compiler are enough whatever the headers lack.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";

/**
 * Answer of the compiler to each expression: its value as 64 bits, or undefined where it has none.
 */
export type Answers = readonly (bigint | undefined)[];

const HEADERS = [
  "stdio.h",
  "stddef.h",
  "string.h",
  "strings.h",
  "errno.h",
  "fcntl.h",
  "limits.h",
  "poll.h",
  "signal.h",
  "time.h",
  "netinet/in.h",
  "netinet/tcp.h",
  "sys/epoll.h",
  "sys/eventfd.h",
  "sys/mman.h",
  "sys/socket.h",
  "sys/stat.h",
  "sys/syscall.h",
  "sys/uio.h",
  "sys/un.h",
  "sys/wait.h",
  "linux/falloc.h",
  "linux/futex.h",
  "linux/ioprio.h",
  "linux/mman.h",
  "linux/openat2.h",
  "linux/version.h",
  "linux/xattr.h",
  "linux/io_uring.h",
  "linux/io_uring/query.h",
  "linux/io_uring/bpf_filter.h",
];

/** The first C compiler that answers, or undefined. `CC` comes first. */
export function findCompiler(): string | undefined {
  const candidates = [env["CC"], "cc", "gcc", "clang"].filter((name) => name !== undefined);
  return candidates.find((name) => name !== "" && spawnSync(name, ["--version"]).status === 0);
}

/**
 * Evaluates C expressions, each as an unsigned 64-bit number.
 *
 * @param includes - directories that are searched before the system's
 * @throws {Error} with the compiler's output, when the program does not compile at all
 */
export function evaluate(
  compiler: string,
  expressions: readonly string[],
  includes: readonly string[] = [],
): Answers {
  const directory = mkdtempSync(join(tmpdir(), "safer-ring-abi-"));
  try {
    const options = ["-w", "-std=gnu11", ...includes.map((path) => `-I${path}`)];
    const present = presentExpressions(compiler, options, directory, expressions);
    return run(compiler, options, directory, expressions, present);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Which expressions compile. */
function presentExpressions(
  compiler: string,
  options: readonly string[],
  directory: string,
  expressions: readonly string[],
): readonly boolean[] {
  const source = join(directory, "probe.c");
  const { text, firstLine } = program(expressions, () => true);
  writeFileSync(source, text);
  const limit = compiler.includes("clang") ? "-ferror-limit=0" : "-fmax-errors=0";
  const result = spawnSync(compiler, [...options, limit, "-fsyntax-only", source], {
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  const lines = result.stderr.matchAll(/probe\.c:(\d+):\d+: (?:fatal )?error/g);
  const bad = new Set([...lines].map((match) => Number(match[1]) - firstLine));
  if (result.status !== 0 && bad.size === 0) throw new Error(result.stderr);
  return expressions.map((_, index) => !bad.has(index));
}

function run(
  compiler: string,
  options: readonly string[],
  directory: string,
  expressions: readonly string[],
  present: readonly boolean[],
): Answers {
  const source = join(directory, "answer.c");
  const binary = join(directory, "answer");
  writeFileSync(source, program(expressions, (index) => present[index] === true).text);
  const compiled = spawnSync(compiler, [...options, "-O0", "-o", binary, source], {
    encoding: "utf8",
  });
  if (compiled.status !== 0) throw new Error(compiled.stderr);
  const output = spawnSync(binary, { encoding: "utf8", maxBuffer: 1 << 26 }).stdout;
  const answers = new Map(
    output
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split(" "))
      .map(([index, value]) => [Number(index), BigInt(value ?? "")]),
  );
  return expressions.map((_, index) => answers.get(index));
}

/** The program's text, and the line that the expression of index 0 stands on. */
function program(
  expressions: readonly string[],
  isWanted: (index: number) => boolean,
): { text: string; firstLine: number } {
  const head = [
    "#define _GNU_SOURCE",
    ...HEADERS.flatMap((name) => [`#if __has_include(<${name}>)`, `#include <${name}>`, "#endif"]),
    '#define ANSWER(index, value) printf(#index " %llu\\n", (unsigned long long)(value))',
    "int main(void) {",
  ];
  const body = expressions.map((text, index) =>
    isWanted(index) ? `ANSWER(${String(index)}, ${text});` : "",
  );
  const text = [...head, ...body, "return 0; }", ""].join("\n");
  return { text, firstLine: head.length + 1 };
}
