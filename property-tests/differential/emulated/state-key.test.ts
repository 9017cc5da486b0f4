/** What the key of a state covers: everything that decides what follows, and nothing else. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { O_RDWR } from "../../../spec/abi/linux.ts";
import { DATA } from "../arena.ts";
import * as fixtures from "../fixtures.ts";
import { EmulatedMachine } from "./emulated-machine.ts";
import { StateKeys, VisitedStates } from "./state-key.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const FOLDERS = ["backends/emulator", "backends/sim/files"];
/** Classes that a key leaves out, see LEFT_OUT. */
const OF_NO_INTEREST: readonly string[] = ["Choices", "Transfer", "SqeReader"];

const clock = {
  monotonic: () => 1000,
  realtimeOffset: () => 0,
};

function machine(): EmulatedMachine {
  const decider = { choose: () => 0 };
  return new EmulatedMachine(1, { clock, decider, block: () => undefined });
}

function sources(): ts.SourceFile[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(`${ROOT}/${folder}`, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !/\.test\.ts$|testing\//.test(name))
      .map((name) => {
        const text = readFileSync(`${ROOT}/${folder}/${name}`, "utf8");
        return ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
      }),
  );
}

function classes(): ts.ClassDeclaration[] {
  return sources().flatMap(({ statements }) => statements.filter(ts.isClassDeclaration));
}

/** The private fields of a class that its `parts()` do not mention. */
function untold(declaration: ts.ClassDeclaration): string[] {
  const parts = declaration.members.find((member) => member.name?.getText() === "parts");
  const words: readonly string[] = parts?.getText().match(/#\w+/g) ?? [];
  return declaration.members
    .filter(ts.isPropertyDeclaration)
    .filter(({ name }) => ts.isPrivateIdentifier(name))
    .map(({ name }) => name.getText())
    .filter((name) => !words.includes(name))
    .map((name) => `${declaration.name?.text ?? ""}.${name}`);
}

/** Classes of their own private fields, whose base class is asked as well. */
function isForgetful(declaration: ts.ClassDeclaration): boolean {
  const parts = declaration.members.find((member) => member.name?.getText() === "parts");
  const extended = declaration.heritageClauses?.some(
    ({ token }) => token === ts.SyntaxKind.ExtendsKeyword,
  );
  return parts !== undefined && extended === true && !parts.getText().includes("super.parts()");
}

describe("the parts of objects", () => {
  const all = classes().filter(({ name }) => !OF_NO_INTEREST.includes(name?.text ?? ""));

  it("tell every private field of the emulator and of its files", () => {
    expect(all.length).toBeGreaterThan(50);
    // EventDescription's bytes are scratch memory, of use within one call.
    expect(all.flatMap(untold)).toEqual(["EventDescription.#bytes"]);
  });

  it("hold those of the class that is extended", () => {
    expect(all.filter(isForgetful).map(({ name }) => name?.text)).toEqual([]);
  });
});

class Counter {
  readonly #count: number;
  readonly next: Counter | undefined;
  constructor(count: number, next?: Counter) {
    this.#count = count;
    this.next = next;
  }
  parts(): readonly unknown[] {
    return [this.#count];
  }
}

describe("the key of a state", () => {
  const keys = new StateKeys();

  it("is the same for what is built in the same way, and changes with every value", () => {
    const state = (value: unknown): unknown => ({
      list: [1, value, "text"],
      map: new Map([[1, 2]]),
    });
    const values = [0, 1, -1, 0.5, 2 ** 40, "", "a", true, false, undefined, null, [], [0], {}];
    const all = values.map((value) => keys.of(state(value)));

    expect(values.map((value) => keys.of(state(value)))).toEqual(all);
    expect(new Set(all).size).toBe(values.length);
  });

  it("covers private fields, and memory", () => {
    expect(keys.of(new Counter(1))).toBe(keys.of(new Counter(1)));
    expect(keys.of(new Counter(1))).not.toBe(keys.of(new Counter(2)));
    expect(keys.of(Uint8Array.of(0, 1))).not.toBe(keys.of(Uint8Array.of(1, 0)));
    expect(keys.of(new Uint8Array(8))).not.toBe(keys.of(new Uint8Array(9)));
  });

  it("tells one object in two places from two that are alike, and goes round once", () => {
    const [one, other] = [new Counter(1), new Counter(1)];
    const circle: unknown[] = [];
    circle.push(circle);

    expect(keys.of([one, one])).not.toBe(keys.of([one, other]));
    expect(keys.of(circle)).toBe(keys.of(circle));
  });

  it("is the same for two machines that did the same, and not for one that did more", () => {
    const [one, other] = [machine(), machine()];
    const key = ({ kernel, arena }: EmulatedMachine): string => keys.of(kernel, arena);

    expect(key(one)).toBe(key(other));
    one.write(fixtures.PIPE_WRITE, DATA, 3);
    expect(key(one)).not.toBe(key(other));
    other.write(fixtures.PIPE_WRITE, DATA, 3);
    expect(key(one)).toBe(key(other));
    one.files.open(-100, new TextEncoder().encode("f"), O_RDWR, 0);
    expect(key(one)).toBe(key(other));
    one.arena[5000] = 1;
    expect(key(one)).not.toBe(key(other));
  });
});

it("a state is entered once", () => {
  const states = new VisitedStates();
  const visits = [1, 2, 1, 2, 3].map((value) => states.enter({ value }));

  expect(visits).toEqual([true, true, false, false, true]);
});
