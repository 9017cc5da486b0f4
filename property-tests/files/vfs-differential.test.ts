/**
 * The simulated file system against the real one: the same random calls on both, and every
 * result, errno and byte must agree.
 *
 * The real calls happen below a deep chain of folders whose names no call can spell, so that ".."
 * never leads out of the temporary folder.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SimClock } from "../../backends/sim/clock.ts";
import { SimFiles } from "../../backends/sim/files/index.ts";
import * as linux from "../../spec/abi/linux.ts";
import { errnoName } from "../../spec/errno.ts";
import { lacksPrivilege } from "../worlds/privileges.ts";
import type { real as realCall } from "./real-files.ts";

/** The same sequences in every run; set FC_SEED to see others. */
const SEED = Number(process.env["FC_SEED"] ?? 20_261_122);

const LEVELS = 64;
const CHAIN = Array.from({ length: LEVELS }, (_, i) => `level${i}`).join("/");
const CALLS = 28;
/** In memory where that is possible: the disk would make the test slow, and no better. */
const PLACE = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

const onLinux = process.platform === "linux";
/** The simulated files are root's: who writes does not take the bit away (CAP_FSETID). */
const SET_USER_ID = onLinux && !lacksPrivilege("CAP_FSETID") ? 0o4000 : 0;
let real: typeof realCall;
let umask = 0;

beforeAll(async () => {
  if (!onLinux) return;
  ({ real } = await import("./real-files.ts"));
  umask = process.umask(0o022);
});

afterAll(() => {
  if (onLinux) process.umask(umask);
});

const name = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom("a", "b", "c", "l") },
  { weight: 2, arbitrary: fc.constantFrom(".", "..") },
  { weight: 1, arbitrary: fc.constantFrom("n".repeat(255), "n".repeat(256), "é") },
);
const path = fc
  .tuple(
    fc.array(name, { minLength: 1, maxLength: 3 }),
    fc.constantFrom("", "", "", "", "", "/", "//", "/."),
  )
  .filter(([names]) => names.filter((part) => part === "..").length <= 2)
  .map(([names, end]) => names.join("/") + end);
const target = fc
  .tuple(fc.array(fc.constantFrom("a", "b", "c", "l", "."), { minLength: 1, maxLength: 2 }))
  .chain(([names]) => fc.constantFrom(names.join("/"), `${names.join("/")}/`));
const openFlags = fc
  .tuple(
    fc.constantFrom(0, 1, 2, 2, 2, 3),
    fc.subarray([
      linux.O_CREAT,
      linux.O_EXCL,
      linux.O_TRUNC,
      linux.O_APPEND,
      linux.O_DIRECTORY,
      linux.O_NOFOLLOW,
      linux.O_PATH,
    ]),
    fc.boolean(),
  )
  .map(([access, more, plain]) =>
    plain ? access | linux.O_CREAT : more.reduce((flags, flag) => flags | flag, access),
  );
const index = fc.nat(7);
const length = fc.oneof(fc.nat(300), fc.constantFrom(0, 1, 4095, 4096, 65_536, 70_000, 140_000));
const position = fc.oneof(fc.constant(-1), fc.nat(3000), fc.constantFrom(65_535, 65_536, 131_000));

const call = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      call: fc.constant("open" as const),
      index,
      path,
      flags: openFlags,
      mode: fc.constantFrom(0o644, 0o777, SET_USER_ID | 0o755),
    }),
  },
  { weight: 1, arbitrary: fc.record({ call: fc.constant("close" as const), index }) },
  {
    weight: 5,
    arbitrary: fc.record({
      call: fc.constant("write" as const),
      index,
      length,
      position,
      fill: fc.nat(255),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ call: fc.constant("read" as const), index, length, position }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      call: fc.constant("truncate" as const),
      index,
      length: fc.oneof(length, fc.constant(-1)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ call: fc.constant("fsync" as const), index }) },
  {
    weight: 4,
    arbitrary: fc.record({
      call: fc.constant("mkdir" as const),
      index,
      path,
      mode: fc.constantFrom(0o755, 0o7777),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      call: fc.constant("unlink" as const),
      index,
      path,
      flags: fc.constantFrom(0, 0, linux.AT_REMOVEDIR, linux.AT_REMOVEDIR, 1),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      call: fc.constant("rename" as const),
      index,
      path,
      toIndex: index,
      to: path,
      flags: fc.constantFrom(0, 0, 0, 1, 2, 2, 3, 8),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      call: fc.constant("symlink" as const),
      target,
      name: fc.constantFrom("a", "b", "l"),
    }),
  },
  {
    weight: 3,
    // No empty path with bad flags: io_uring looks at the path first, the call does not.
    arbitrary: fc
      .record({
        call: fc.constant("statx" as const),
        index,
        path: fc.oneof(path, fc.constant("")),
        flags: fc.constantFrom(0, linux.AT_SYMLINK_NOFOLLOW, linux.AT_EMPTY_PATH, 0x6000, 0x40000),
      })
      .filter((step) => step.path !== "" || step.flags < 0x6000),
  },
);
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

/** Both sides, and the descriptors that were opened on each: the first is where it all starts. */
class Pair {
  readonly sim = new SimFiles({ clock: new SimClock() });
  readonly folder = mkdtempSync(join(PLACE, "vfs-"));
  readonly open: { sim: number; real: number }[] = [];

  constructor() {
    mkdirSync(join(this.folder, CHAIN), { recursive: true });
    this.sim.mkdirp(CHAIN);
    const flags = linux.O_RDONLY | linux.O_DIRECTORY;
    const file = this.sim.open(linux.AT_FDCWD, bytes(`/${CHAIN}`), flags, 0);
    if (typeof file === "number") throw new Error("the simulated folder does not open");
    this.open.push({
      sim: this.sim.install(file, false),
      real: real("openat", linux.AT_FDCWD, join(this.folder, CHAIN), flags, 0),
    });
  }

  end(): void {
    for (const entry of this.open) real("close", entry.real);
    rmSync(this.folder, { recursive: true });
  }

  /** A descriptor that is open on both sides. */
  at(place: number): { sim: number; real: number } {
    return this.open[place % this.open.length]!;
  }

  /** What both sides say to one call. */
  run(step: Call): [sim: string, real: string] {
    switch (step.call) {
      case "open":
        return this.#openFile(step);
      case "close":
        return this.#close(step.index);
      case "read":
        return this.#read(step.index, step.length, step.position);
      case "write":
        return this.#write(step);
      case "truncate": {
        const { sim, real: fd } = this.at(step.index);
        // io_uring looks the descriptor up first, the call looks at the length first.
        const file = this.sim.get(sim)!;
        if (step.length < 0 && (file.flags & linux.O_PATH) !== 0) return ["", ""];
        return both(file.truncate(step.length), real("ftruncate", fd, step.length));
      }
      case "fsync": {
        const { sim, real: fd } = this.at(step.index);
        return both(this.sim.get(sim)!.fsync(false, 0, 0), real("fsync", fd));
      }
      case "mkdir": {
        const { sim, real: fd } = this.at(step.index);
        return both(
          this.sim.mkdir(sim, bytes(step.path), step.mode),
          real("mkdirat", fd, step.path, step.mode),
        );
      }
      case "unlink": {
        const { sim, real: fd } = this.at(step.index);
        return both(
          this.sim.unlink(sim, bytes(step.path), step.flags),
          real("unlinkat", fd, step.path, step.flags),
        );
      }
      case "rename": {
        const from = this.at(step.index);
        const to = this.at(step.toIndex);
        return both(
          this.sim.rename(from.sim, bytes(step.path), to.sim, bytes(step.to), step.flags),
          real("renameat2", from.real, step.path, to.real, step.to, step.flags),
        );
      }
      case "symlink":
        return this.#symlink(step.target, step.name);
      case "statx":
        return this.#statx(step);
    }
  }

  #openFile(step: Call & { call: "open" }): [string, string] {
    const { sim, real: fd } = this.at(step.index);
    const file = this.sim.open(sim, bytes(step.path), step.flags, step.mode);
    const opened = real("openat", fd, step.path, step.flags, step.mode);
    if (typeof file !== "number" && opened >= 0) {
      this.open.push({ sim: this.sim.install(file, false), real: opened });
    }
    return [
      typeof file === "number" ? errnoName(file) : "open",
      opened < 0 ? errnoName(opened) : "open",
    ];
  }

  #close(place: number): [string, string] {
    if (this.open.length === 1) return ["", ""];
    const at = 1 + (place % (this.open.length - 1));
    const [entry] = this.open.splice(at, 1);
    return both(this.sim.close(entry!.sim), real("close", entry!.real));
  }

  #read(place: number, length: number, position: number): [string, string] {
    const { sim, real: fd } = this.at(place);
    let got: Uint8Array = new Uint8Array();
    const count = this.sim.get(sim)!.read(length, position, (data) => {
      got = data.slice();
      return data.length;
    });
    const into = new Uint8Array(length);
    const realCount =
      position < 0 ? real("read", fd, into, length) : real("pread", fd, into, length, position);
    const bytesOf = (data: Uint8Array): string => Buffer.from(data).toString("base64");
    return [
      outcome(count) + bytesOf(got),
      outcome(realCount) + bytesOf(into.subarray(0, Math.max(0, realCount))),
    ];
  }

  #write(step: Call & { call: "write" }): [string, string] {
    const { sim, real: fd } = this.at(step.index);
    const data = new Uint8Array(step.length).fill(step.fill);
    const count = this.sim.get(sim)!.write(step.length, step.position, (into) => {
      into.set(data.subarray(0, into.length));
      return into.length;
    });
    const realCount =
      step.position < 0
        ? real("write", fd, data, step.length)
        : real("pwrite", fd, data, step.length, step.position);
    return both(count, realCount);
  }

  /** The simulated side makes links by a convenience that throws: only success is compared. */
  #symlink(to: string, from: string): [string, string] {
    let made = "made";
    try {
      this.sim.makeSymlink(to, `/${CHAIN}/${from}`);
    } catch {
      made = "refused";
    }
    return [made, real("symlinkat", to, this.open[0]!.real, from) === 0 ? "made" : "refused"];
  }

  #statx(step: Call & { call: "statx" }): [string, string] {
    const { sim, real: fd } = this.at(step.index);
    const simInto = new Uint8Array(256);
    const realInto = new Uint8Array(256);
    const mask = linux.STATX_BASIC_STATS;
    const simResult = this.sim.statx(sim, bytes(step.path), step.flags, mask, simInto);
    const realResult = real("statx", fd, step.path, step.flags, mask, realInto);
    return [outcome(simResult) + shown(simInto), outcome(realResult) + shown(realInto)];
  }

  /** Every name below the start, with what it is. */
  trees(): [string, string] {
    return [this.#tree(""), this.#realTree("")];
  }

  #tree(below: string): string {
    const place = `/${CHAIN}${below}`;
    const names = this.sim.readDirectory(place);
    return names
      .map((entry) => {
        const into = new Uint8Array(256);
        const flags = linux.AT_SYMLINK_NOFOLLOW;
        this.sim.statx(linux.AT_FDCWD, bytes(`${place}/${entry}`), flags, 0x7ff, into);
        const line = `${below}/${entry} ${shown(into)}\n`;
        if (isType(into, linux.S_IFDIR)) return line + this.#tree(`${below}/${entry}`);
        if (!isType(into, linux.S_IFREG)) return line;
        return line + Buffer.from(this.sim.readFile(`${place}/${entry}`)).toString("base64");
      })
      .join("");
  }

  #realTree(below: string): string {
    const place = join(this.folder, CHAIN) + below;
    const names = readdirSync(place).sort();
    return names
      .map((entry) => {
        const into = new Uint8Array(256);
        const flags = linux.AT_SYMLINK_NOFOLLOW;
        real("statx", linux.AT_FDCWD, `${place}/${entry}`, flags, 0x7ff, into);
        const line = `${below}/${entry} ${shown(into)}\n`;
        if (isType(into, linux.S_IFDIR)) return line + this.#realTree(`${below}/${entry}`);
        if (!isType(into, linux.S_IFREG)) return line;
        return line + readFileSync(`${place}/${entry}`).toString("base64");
      })
      .join("");
  }
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function outcome(result: number): string {
  return result < 0 ? errnoName(result) : String(result);
}

function both(sim: number, realResult: number): [string, string] {
  return [outcome(sim), outcome(realResult)];
}

function isType(statx: Uint8Array, type: number): boolean {
  return (new DataView(statx.buffer).getUint16(28, true) & linux.S_IFMT) === type;
}

/** The fields of a struct statx that do not depend on the machine or the time. */
function shown(statx: Uint8Array): string {
  const view = new DataView(statx.buffer);
  const size = isType(statx, linux.S_IFDIR) ? "-" : String(view.getUint32(40, true));
  const mode = view.getUint16(28, true).toString(8);
  return ` mode ${mode} links ${view.getUint32(16, true)} size ${size}`;
}

test.skipIf(!onLinux)("answers every sequence of file calls as the real file system does", () => {
  fc.assert(
    fc.property(fc.array(call, { minLength: 1, maxLength: CALLS }), (calls) => {
      const pair = new Pair();
      try {
        for (const [at, step] of calls.entries()) {
          const [sim, realAnswer] = pair.run(step);
          expect(sim, `call ${at}: ${JSON.stringify(step)}`).toBe(realAnswer);
        }
        const [simTree, realTree] = pair.trees();
        expect(simTree).toBe(realTree);
      } finally {
        pair.end();
      }
    }),
    { seed: SEED, numRuns: Number(process.env["FC_RUNS"] ?? 200) },
  );
});
