import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { opcodesOf } from "../../spec/opcodes.ts";
import { missingOpcodes, NEEDS } from "./needs.ts";

const FOLDERS = ["../operations/", "../engine/"].map((path) => new URL(path, import.meta.url));

/** `encodePollAdd` as an opcode without its underscores. */
function opcodesEncoded(text: string): string[] {
  const calls = [...text.matchAll(/(?<!#)\bencode([A-Z]\w+)\(/g)].map(([, name = ""]) => name);
  return calls.map((name) => (name === "Cancel" ? "ASYNCCANCEL" : name.toUpperCase()));
}

function names(kernel: Parameters<typeof opcodesOf>[0]): string[] {
  return opcodesOf(kernel).map((row) => row.name.replace("IORING_OP_", ""));
}

describe("the opcodes that safer-ring needs", () => {
  it("are those that its operations encode", () => {
    const encoded = FOLDERS.flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
        .flatMap((name) => opcodesEncoded(readFileSync(new URL(name, folder), "utf8"))),
    );
    const needed = Object.keys(NEEDS).map((name) => name.replaceAll("_", ""));

    // A server goes without the socket option where the kernel does not know the request.
    const required = [...new Set(encoded)].filter((name) => name !== "SETSOCKOPT");
    expect(needed.sort()).toEqual(required.sort());
  });

  it("are all there on Linux 6.18", () => {
    expect(missingOpcodes(names("6.18"))).toEqual([]);
  });

  it("are named with their calls and their kernel where they are missing", () => {
    expect(missingOpcodes(names("6.1"))).toEqual([
      { name: "FTRUNCATE", calls: "truncate", since: "6.9" },
      { name: "BIND", calls: "listen", since: "6.11" },
      { name: "LISTEN", calls: "listen", since: "6.11" },
    ]);
  });
});
