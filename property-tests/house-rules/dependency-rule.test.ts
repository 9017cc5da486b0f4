/**
 * The dependency rule holds, and the check of it can fail.
 *
 * A tree with one offending file per line of `REFUSED` is written to a temporary folder and
 * cruised with the project's own configuration: each line must be refused by the rule it names,
 * and nothing in `ALLOWED` by any. Then the real tree, where nothing may be refused.
 */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cruiseTree, plantTree, ROOT, ruleNames, type Refusal } from "./cruise.ts";

/** The file, its text, and the rule that refuses it. Each file offends against that rule alone. */
const REFUSED: readonly (readonly [file: string, text: string, rule: string])[] = [
  ["spec/static.ts", 'import "../src/backend.ts";', "spec-imports-spec"],
  ["spec/typed.ts", 'import type { X } from "../src/backend.ts";', "spec-imports-spec"],
  ["spec/inline.ts", 'export type Y = import("../src/backend.ts").X;', "spec-imports-spec"],
  ["spec/again.ts", 'export { x } from "../src/backend.ts";', "spec-imports-spec"],
  ["spec/lazy.ts", 'await import("../src/backend.ts");', "spec-imports-spec"],
  ["spec/by-name.ts", 'import "safer-ring";', "spec-imports-spec"],
  ["src/queue/up.ts", 'import "../index.ts";', "queue-imports-seam"],
  ["src/queue/typed.ts", 'import type { X } from "../index.ts";', "queue-imports-seam"],
  ["src/ring.ts", 'import "../backends/native/index.ts";', "src-knows-no-backend"],
  ["src/lazy.ts", 'await import("../backends/sim/index.ts");', "src-knows-no-backend"],
  ["src/typed.ts", 'import type { X } from "../backends/sim/index.ts";', "src-knows-no-backend"],
  ["src/by-name.ts", 'import "safer-ring/native";', "src-knows-no-backend"],
  ["src/pick-backend.ts", 'import "../backends/native/index.ts";', "picker-imports-lazily"],
  ["backends/native/up.ts", 'import "../../src/index.ts";', "native-imports-seam"],
  ["backends/native/beside.ts", 'import "../emulator/index.ts";', "native-imports-seam"],
  ["backends/emulator/up.ts", 'import "../../src/index.ts";', "emulator-imports-seam"],
  ["backends/emulator/beside.ts", 'import "../sim/index.ts";', "emulator-imports-seam"],
  ["backends/sim/up.ts", 'import "../../src/index.ts";', "host-imports-emulator"],
  ["backends/sim/queue.ts", 'import "../../src/queue/index.ts";', "host-imports-emulator"],
  ["backends/sim/beside.ts", 'import "../native/index.ts";', "host-imports-emulator"],
  ["backends/epoll/beside.ts", 'import "../sim/index.ts";', "host-imports-emulator"],
  ["backends/wasm/index.ts", 'import "../../src/backend.ts";', "backends-are-known"],
  ["spec/node.ts", 'import "node:fs";', "no-node-modules-in-pure-folders"],
  ["spec/node-typed.ts", 'import type { X } from "node:fs";', "no-node-modules-in-pure-folders"],
  ["src/queue/node.ts", 'import "node:fs";', "no-node-modules-in-pure-folders"],
  ["backends/emulator/node.ts", 'import "fs";', "no-node-modules-in-pure-folders"],
  ["backends/sim/node.ts", 'await import("node:fs");', "no-node-modules-in-pure-folders"],
  ["src/koffi.ts", 'await import("koffi");', "koffi-in-two-backends"],
  ["backends/sim/koffi.ts", 'import type { X } from "koffi";', "koffi-in-two-backends"],
  ["backends/native/eager.ts", 'import koffi from "koffi";', "koffi-is-loaded-lazily"],
  ["src/package.ts", 'import "other";', "no-other-package"],
  ["spec/package.ts", 'import type { X } from "other";', "no-other-package"],
  ["src/bar.ts", 'await import("cli-progress");', "cli-progress-in-the-command"],
  ["src/bench.ts", 'import "../bench/tool.ts";', "shipped-imports-shipped"],
  ["src/example.ts", 'import "../examples/tool.ts";', "shipped-imports-shipped"],
  ["src/property.ts", 'import "../property-tests/tool.ts";', "shipped-imports-shipped"],
  ["src/built.ts", 'import "../dist/tool.js";', "shipped-imports-shipped"],
  ["src/test.ts", 'import "./index.test.ts";', "shipped-imports-shipped"],
  ["src/kit.ts", 'import "./testing/kit.ts";', "shipped-imports-shipped"],
  ["src/left.ts", 'import "./right.ts";', "no-cycles"],
  ["src/typed-left.ts", 'import type { X } from "./typed-right.ts";', "no-cycles"],
  ["src/lost.ts", 'import "./nowhere.ts";', "no-unresolved"],
];

/** What must stay possible. */
const ALLOWED: readonly (readonly [file: string, text: string])[] = [
  ["spec/index.ts", 'import "./table.ts";'],
  ["spec/table.ts", "export {};"],
  ["src/backend.ts", "export {};"],
  ["src/errors.ts", 'import "../spec/index.ts";'],
  ["src/index.ts", 'import "./queue/index.ts"; import "./errors.ts"; import "node:fs";'],
  ["src/cli/main.ts", 'await import("../late.ts");'],
  ["src/cli/bar.ts", 'await import("cli-progress");'],
  ["src/late.ts", "export {};"],
  ["src/testing/kit.ts", 'import "../../backends/sim/index.ts"; import "other";'],
  ["src/queue/index.ts", 'import "../../spec/index.ts"; import "./cq.ts"; import "../errors.ts";'],
  ["src/queue/cq.ts", 'import type { X } from "../backend.ts";'],
  [
    "backends/native/index.ts",
    'import "node:fs"; import "../../src/backend.ts"; import type { X } from "koffi";\n' +
      'import "../../spec/index.ts"; await import("koffi");',
  ],
  ["backends/epoll/index.ts", 'import "../emulator/index.ts"; await import("koffi");'],
  ["backends/emulator/index.ts", 'import "../../spec/index.ts"; import "../../src/backend.ts";'],
  ["backends/sim/index.ts", 'import "../emulator/index.ts"; import "../../src/backend.ts";'],
  ["src/index.test.ts", 'import "../backends/sim/index.ts"; import "../property-tests/tool.ts";'],
  ["spec/header.test.ts", 'import "node:child_process"; import "other"; import "./index.ts";'],
  ["bench/tool.ts", 'import "../src/index.ts"; import "other";'],
  ["examples/tool.ts", 'import "safer-ring"; import "safer-ring/sim";'],
  ["property-tests/tool.ts", 'import "../backends/native/index.ts";'],
];

/** The other halves of the cycles, and built files, into which nobody looks. */
const PARTNERS: readonly (readonly [file: string, text: string])[] = [
  ["dist/tool.js", 'import "./nowhere.js";'],
  [".vitest/package-a/tool.ts", 'import "./nowhere.ts";'],
  ["src/right.ts", 'import "./left.ts";'],
  ["src/typed-right.ts", 'import type { X } from "./typed-left.ts";'],
];

const tree = realpathSync(mkdtempSync(join(tmpdir(), "safer-ring-rule-")));
let refusals: Refusal[] = [];

beforeAll(async () => {
  const offenders = REFUSED.map(([file, text]) => [file, text] as const);
  plantTree(tree, new Map([...ALLOWED, ...PARTNERS, ...offenders]));
  ({ refusals } = await cruiseTree(tree));
});

afterAll(() => {
  rmSync(tree, { recursive: true });
});

/** Most of the planted files are reached by nothing, which is tested apart. */
const DEAD = "no-dead-files";

/** The rules that refuse an import of `file`, each once. */
function rulesAgainst(file: string): string[] {
  const rules = refusals.filter(({ from }) => from === file).map(({ rule }) => rule);
  return [...new Set(rules)].filter((rule) => rule !== DEAD);
}

describe("the check of the dependency rule", () => {
  test.each(REFUSED)("refuses %s: %j", (file, _text, rule) => {
    expect(rulesAgainst(file)).toEqual([rule]);
  });

  test.each(ALLOWED)("allows %s: %j", (file) => {
    expect(rulesAgainst(file)).toEqual([]);
  });

  test("refuses a file that no entry point reaches, and no other", () => {
    const dead = refusals.filter(({ rule }) => rule === DEAD).map(({ to }) => to);
    const alive = [
      ...["src/index.ts", "src/queue/cq.ts", "src/backend.ts", "src/late.ts", "src/cli/main.ts"],
      ...["src/index.test.ts", "src/testing/kit.ts", "bench/tool.ts"],
    ];

    expect(dead).toContain("src/left.ts");
    expect(dead).toContain("spec/typed.ts");
    expect(alive.filter((file) => dead.includes(file))).toEqual([]);
  });

  test("says nothing of what tests write meanwhile", () => {
    expect(rulesAgainst(".vitest/package-a/tool.ts")).toEqual([]);
  });

  test("has no rule that was never seen to refuse", async () => {
    const seen = new Set([DEAD, ...REFUSED.map(([, , rule]) => rule)]);

    expect((await ruleNames()).filter((rule) => !seen.has(rule))).toEqual([]);
  });
});

test("the dependency rule holds in the project", async () => {
  const { files, refusals: found } = await cruiseTree(ROOT);

  expect(files).toBeGreaterThan(5);
  expect(found).toEqual([]);
});
