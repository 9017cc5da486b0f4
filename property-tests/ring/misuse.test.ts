/**
 * Mistakes of the caller: each throws at once, with a stable code, and leaves everything
 * as it was. The run-time twins of type-tests/, for JavaScript, aliases and casts.
 */
import { describe, expect } from "vitest";
import {
  type FileHandle,
  type OwnedBuffer,
  Ring,
  RingError,
  submitRead,
  submitWrite,
} from "../../src/index.ts";
import { rejection, type RingTest, ringTests, turn } from "./harness.ts";

const onRing = await ringTests();

/** Any call, also one that the compiler would refuse. */
/* eslint-disable @typescript-eslint/no-explicit-any -- a caller without types */
/* eslint-disable @typescript-eslint/no-unsafe-member-access -- a caller without types */
/* eslint-disable @typescript-eslint/no-unsafe-call -- a caller without types */
/* eslint-disable @typescript-eslint/no-unsafe-argument -- a caller without types */
/* eslint-disable @typescript-eslint/no-unsafe-return -- a caller without types */
type Call = (ring: any, file: any, buffer: any, value: any) => unknown;

const TRANSFERS: readonly (readonly [name: string, call: Call])[] = [
  ["ring.read", (ring, file, buffer, options) => ring.read(file, buffer, options)],
  ["ring.write", (ring, file, buffer, options) => ring.write(file, buffer, options)],
  ["ring.recv", (ring, file, buffer, options) => ring.recv(file, buffer, options)],
  ["ring.send", (ring, file, buffer, options) => ring.send(file, buffer, options)],
  ["ring.readv", (ring, file, buffer, options) => ring.readv(file, [buffer], options)],
  ["ring.writev", (ring, file, buffer, options) => ring.writev(file, [buffer], options)],
  ["file.read", (_ring, file, buffer, options) => file.read(buffer, options)],
  ["file.write", (_ring, file, buffer, options) => file.write(buffer, options)],
  ["file.readv", (_ring, file, buffer, options) => file.readv([buffer], options)],
  ["file.writev", (_ring, file, buffer, options) => file.writev([buffer], options)],
  ["submitRead", (ring, file, buffer, options) => submitRead(ring, file, buffer, options)],
  ["submitWrite", (ring, file, buffer, options) => submitWrite(ring, file, buffer, options)],
];

const ON_TARGETS: readonly (readonly [name: string, call: Call])[] = [
  ...TRANSFERS.filter(([name]) => !name.startsWith("file.")),
  ["ring.fstat", (ring, file, _buffer, options) => ring.fstat(file, options)],
  ["ring.fsync", (ring, file, _buffer, options) => ring.fsync(file, options)],
  ["ring.fdatasync", (ring, file, _buffer, options) => ring.fdatasync(file, options)],
  ["ring.ftruncate", (ring, file, _buffer, options) => ring.ftruncate(file, 0, options)],
  ["ring.poll", (ring, file, _buffer, options) => ring.poll(file, 1, options)],
];

const ON_PATHS: readonly (readonly [name: string, call: Call])[] = [
  ["openFile", (ring, path, _buffer, options) => ring.openFile(path, "r", options)],
  ["stat", (ring, path, _buffer, options) => ring.stat(path, options)],
  ["lstat", (ring, path, _buffer, options) => ring.lstat(path, options)],
  ["unlink", (ring, path, _buffer, options) => ring.unlink(path, options)],
  ["rmdir", (ring, path, _buffer, options) => ring.rmdir(path, options)],
  ["mkdir", (ring, path, _buffer, options) => ring.mkdir(path, options)],
  ["rename from", (ring, path, _buffer, options) => ring.rename(path, "/tmp/x", options)],
  ["rename to", (ring, path, _buffer, options) => ring.rename("/tmp/x", path, options)],
];

const OTHERS: readonly (readonly [name: string, call: Call])[] = [
  ["nop", (ring, _file, _buffer, options) => ring.nop(options)],
  ["sleep", (ring, _file, _buffer, options) => ring.sleep(1, options)],
  ["connect", (ring, _file, _buffer, options) => ring.connect({ port: 1 }, options)],
  ["listen", (ring, _file, _buffer, options) => ring.listen({ port: 0 }, options)],
];

/** The error that a call throws, without ever having made a promise. */
function thrown(call: () => unknown): RingError {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(RingError);
    return error as RingError;
  }
  throw new Error("the call was to throw, and did not");
}

/** Sees a call refused with a code: nothing is submitted, and the buffer is what it was. */
function refused(ring: Ring, buffer: OwnedBuffer, code: string, call: () => unknown): RingError {
  const before = ring.stats;
  const content = [...buffer.bytes];

  const error = thrown(call);

  expect(error.code).toBe(code);
  expect(ring.stats).toEqual(before);
  expect(buffer.owned).toBe(true);
  expect([...buffer.bytes]).toEqual(content);
  return error;
}

async function prepare({ ring, world }: RingTest): Promise<{ file: FileHandle; path: string }> {
  const path = world.tempPath("data");
  world.writeFile(path, "0123456789");
  return { file: await ring.openFile(path, "r+"), path };
}

/** Sees that the buffer still does what a buffer does. */
async function expectUsable(file: FileHandle, buffer: OwnedBuffer): Promise<void> {
  const result = await file.read(buffer, { position: 2, length: 4 });
  expect(new TextDecoder().decode(result.buffer.bytes)).toBe("2345".slice(0, result.bytesRead));
}

describe("a buffer", () => {
  //= OWN-3, OWN-12
  onRing("in flight is refused by every operation, which says where it is", async (context) => {
    const { ring, world } = context;
    const { file } = await prepare(context);
    const { read, write } = world.pipe();
    const [buffer, unhurt] = [ring.alloc(8), ring.alloc(8)];
    const reading = ring.read(read, buffer);

    for (const [name, call] of TRANSFERS) {
      const error = refused(ring, unhurt, "ERR_RING_BUFFER_MOVED", () =>
        call(ring, file, buffer, {}),
      );
      expect(error.movedTo, name).toMatch(/^read #\d+$/);
      expect(error.message).toContain("use the one that its result, or its error, gives back");
    }

    world.write(write, "abc");
    expect((await reading).bytesRead).toBeGreaterThan(0);
  });

  //= OWN-3
  onRing("that came back in a new handle is dead in the old one for ever", async (context) => {
    const { ring } = context;
    const { file } = await prepare(context);
    const old = ring.alloc(8);
    const { buffer } = await file.write(old, { position: 10 });

    for (const access of ["bytes", "length", "capacity"] as const) {
      expect(thrown(() => old[access])).toMatchObject({
        code: "ERR_RING_BUFFER_MOVED",
        movedTo: expect.stringMatching(/^write #/),
      });
    }
    expect(thrown(() => old.release()).code).toBe("ERR_RING_BUFFER_MOVED");
    expect(thrown(() => old.resize(1)).code).toBe("ERR_RING_BUFFER_MOVED");
    expect(thrown(() => old.set(new Uint8Array(1))).code).toBe("ERR_RING_BUFFER_MOVED");
    refused(ring, buffer, "ERR_RING_BUFFER_MOVED", () => ring.read(file, old));
    expect(old.owned).toBe(false);
    await expectUsable(file, buffer);
  });

  onRing(
    "that was released is refused, and is not what its memory is used for next",
    async (context) => {
      const { ring } = context;
      const { file } = await prepare(context);
      const released = ring.alloc(8);
      released.release();
      const next = ring.alloc(8);

      for (const [, call] of TRANSFERS) {
        refused(ring, next, "ERR_RING_BUFFER_RELEASED", () => call(ring, file, released, {}));
      }
      expect(thrown(() => released.release()).code).toBe("ERR_RING_BUFFER_RELEASED");
      expect(thrown(() => released.bytes).code).toBe("ERR_RING_BUFFER_RELEASED");
      await expectUsable(file, next);
    },
  );

  onRing("of another ring is refused, and stays with its owner", async (context) => {
    const { ring, world } = context;
    const { file } = await prepare(context);
    await using other = await Ring.open({ backend: world.backend, entries: 8 });
    const foreign = other.alloc(8);

    for (const [, call] of TRANSFERS) {
      refused(ring, foreign, "ERR_RING_FOREIGN_BUFFER", () => call(ring, file, foreign, {}));
    }
    expect(other.stats.launched).toBe(0);
    foreign.release();
  });

  onRing("is nothing else", async (context) => {
    const { ring } = context;
    const { file } = await prepare(context);
    const buffer = ring.alloc(8);
    const impostors: unknown[] = [
      new Uint8Array(8),
      Buffer.alloc(8),
      new ArrayBuffer(8),
      buffer.bytes,
      "text",
      7,
      null,
      undefined,
      {},
      Object.create(Object.getPrototypeOf(buffer) as object),
    ];

    for (const impostor of impostors) {
      for (const [, call] of TRANSFERS) {
        refused(ring, buffer, "ERR_RING_INVALID_ARGUMENT", () => call(ring, file, impostor, {}));
      }
    }
    await expectUsable(file, buffer);
  });

  //= OWN-12
  onRing("does not stand in one list twice, and a list is an array", async (context) => {
    const { ring } = context;
    const { file } = await prepare(context);
    const [buffer, other] = [ring.alloc(8), ring.alloc(8)];
    const lists: any[] = [[buffer, other, buffer], buffer, undefined, null, 3, "x", { length: 0 }];

    for (const list of lists) {
      refused(ring, buffer, "ERR_RING_INVALID_ARGUMENT", () => ring.readv(file, list));
      refused(ring, buffer, "ERR_RING_INVALID_ARGUMENT", () => file.writev(list));
    }
    const many = Array.from({ length: 1025 }, () => buffer);
    refused(ring, buffer, "ERR_RING_OUT_OF_RANGE", () => ring.readv(file, many));
    await expectUsable(file, other);
  });

  onRing("moves with all of its list or with none", async (context) => {
    const { ring } = context;
    const { file } = await prepare(context);
    const [good, released] = [ring.alloc(8), ring.alloc(8)];
    released.release();

    refused(ring, good, "ERR_RING_BUFFER_RELEASED", () => file.readv([good, released]));

    await expectUsable(file, good);
  });

  onRing("has no completion before it was submitted", async ({ ring }) => {
    const buffer = ring.alloc(8) as OwnedBuffer & { completion: unknown };

    expect(thrown(() => buffer.completion).code).toBe("ERR_RING_INVALID_ARGUMENT");
    expect(buffer.owned).toBe(true);
  });
});

describe("a position, an offset and a length", () => {
  onRing("are whole numbers within bounds", async (context) => {
    const { ring } = context;
    const { file } = await prepare(context);
    const buffer = ring.alloc(8);
    const numbers: unknown[] = [-1, 0.5, NaN, Infinity, -Infinity, 2 ** 53, "0", 0n, {}, true];
    const wrong = [
      ...numbers.map((position) => ({ position })),
      ...numbers.map((offset) => ({ offset })),
      ...numbers.map((length) => ({ length })),
      { offset: null },
      { length: null },
      { offset: 9 },
      { length: 9 },
      { offset: 8, length: 1 },
      { offset: 3, length: 6 },
    ];

    for (const options of wrong) {
      const what = Object.keys(options)[0] as string;
      for (const [name, call] of TRANSFERS) {
        if (what !== "position" && name.includes("v")) continue; // they have no ranges
        if (what === "position" && /recv|send/.test(name)) continue; // nor these a position
        refused(ring, buffer, "ERR_RING_OUT_OF_RANGE", () => call(ring, file, buffer, options));
      }
    }
    await expectUsable(file, buffer);
  });

  onRing("lie within what the buffer holds, for a write and before a read", async (context) => {
    const { ring } = context;
    const { file } = await prepare(context);
    const buffer = ring.alloc(8).resize(3);

    refused(ring, buffer, "ERR_RING_OUT_OF_RANGE", () => file.write(buffer, { length: 4 }));
    refused(ring, buffer, "ERR_RING_OUT_OF_RANGE", () => file.write(buffer, { offset: 4 }));
    refused(ring, buffer, "ERR_RING_OUT_OF_RANGE", () => file.read(buffer, { offset: 4 }));

    const { buffer: read } = await file.read(buffer, { offset: 3, length: 5, position: 0 });
    expect(read.length).toBeGreaterThan(3);
  });
});

describe("options", () => {
  onRing("are an object, with an AbortSignal for a signal", async (context) => {
    const { ring } = context;
    const { file, path } = await prepare(context);
    const buffer = ring.alloc(8);
    const wrong: unknown[] = [
      null,
      0,
      "x",
      true,
      ...[null, {}, "x", 1, new AbortController(), () => {}].map((signal) => ({ signal })),
    ];

    for (const options of wrong) {
      for (const [, call] of [...TRANSFERS, ...ON_TARGETS, ...OTHERS]) {
        refused(ring, buffer, "ERR_RING_INVALID_ARGUMENT", () => call(ring, file, buffer, options));
      }
      for (const [, call] of ON_PATHS) {
        refused(ring, buffer, "ERR_RING_INVALID_ARGUMENT", () => call(ring, path, buffer, options));
      }
    }
    await expectUsable(file, buffer);
  });

  onRing("of the other calls are in range as well", async (context) => {
    const { ring } = context;
    const { file, path } = await prepare(context);
    const buffer = ring.alloc(8);
    const calls: readonly ((value: any) => unknown)[] = [
      (mode) => ring.openFile(path, "w", { mode }),
      (mode) => ring.mkdir(path, { mode }),
      (flags) => ring.rename(path, path, { flags }),
      (flags) => ring.recv(file, buffer, { flags }),
      (flags) => ring.send(file, buffer, { flags }),
      (flags) => ring.openFile(path, flags),
      (length) => file.truncate(length),
      (length) => ring.ftruncate(file, length),
      (events) => ring.poll(file, events),
      (backlog) => ring.listen({ port: 0 }, { backlog }),
      (milliseconds) => ring.sleep(milliseconds),
      (timeout) => ring.close({ timeout }),
      (byteLength) => ring.alloc(byteLength),
      (byteLength) => ring.allocUnsafe(byteLength),
      (length) => buffer.resize(length),
    ];

    for (const call of calls) {
      for (const value of [-1, 1.5, NaN, 2 ** 54]) {
        if (call === calls[10] && value === 1.5) continue; // a sleep may be one and a half
        if (call === calls[11] && value === 1.5) continue; // and so may be a patience
        refused(ring, buffer, "ERR_RING_OUT_OF_RANGE", () => call(value));
      }
    }
    await expectUsable(file, buffer);
  });
});

describe("a file", () => {
  onRing("that is closed, or closing, is refused", async (context) => {
    const { ring } = context;
    const { file } = await prepare(context);
    const buffer = ring.alloc(8);
    const closing = file.close();

    for (const when of ["closing", "closed"]) {
      if (when === "closed") await closing;
      for (const [, call] of [...TRANSFERS, ...ON_TARGETS]) {
        refused(ring, buffer, "ERR_RING_FILE_CLOSED", () => call(ring, file, buffer, {}));
      }
      for (const call of ["sync", "datasync", "truncate", "stat"] as const) {
        refused(ring, buffer, "ERR_RING_FILE_CLOSED", () => file[call]());
      }
      expect(file.fd).toBe(-1);
    }
  });

  onRing("of another ring is refused", async (context) => {
    const { ring, world } = context;
    const { path } = await prepare(context);
    await using other = await Ring.open({ backend: world.backend, entries: 8 });
    await using foreign = await other.openFile(path);
    const buffer = ring.alloc(8);

    for (const [, call] of ON_TARGETS) {
      refused(ring, buffer, "ERR_RING_FOREIGN_FILE", () => call(ring, foreign, buffer, {}));
    }
    expect(foreign.fd).toBeGreaterThanOrEqual(0);
  });

  onRing("is a handle or a descriptor number", async (context) => {
    const { ring } = context;
    const { file, path } = await prepare(context);
    const buffer = ring.alloc(8);
    const strange: unknown[] = [
      -1,
      1.5,
      NaN,
      2 ** 31,
      "3",
      path,
      3n,
      true,
      null,
      undefined,
      {},
      { fd: file.fd },
      Object.create(null),
      Symbol("file"),
      () => 3,
      ring,
      buffer,
    ];

    for (const target of strange) {
      for (const [, call] of ON_TARGETS) {
        refused(ring, buffer, "ERR_RING_INVALID_ARGUMENT", () => call(ring, target, buffer, {}));
      }
    }
    const { bytesRead } = await ring.read(file.fd, buffer, { position: 0 });
    expect(bytesRead).toBeGreaterThan(0);
  });
});

describe("a path", () => {
  onRing("is a string that Linux can take", async (context) => {
    const { ring } = context;
    const { file } = await prepare(context);
    const buffer = ring.alloc(8);
    const circular: Record<string, unknown> = {};
    circular["self"] = circular;
    const wrong: unknown[] = [
      "a\0b",
      "\0",
      "x".repeat(4096),
      "é".repeat(2048),
      7,
      10n,
      null,
      undefined,
      circular,
      new URL("file:///tmp"),
      Buffer.from("/tmp"),
    ];

    for (const path of wrong) {
      for (const [, call] of ON_PATHS) {
        refused(ring, buffer, "ERR_RING_PATH", () => call(ring, path, buffer, {}));
      }
    }
    await expectUsable(file, buffer);
  });

  onRing("that is unknown is the kernel's business, and names itself", async ({ ring, world }) => {
    const missing = world.tempPath("missing");

    expect(await rejection(ring.openFile(missing))).toMatchObject({
      code: "ENOENT",
      errno: -2,
      syscall: "openat",
      path: missing,
    });
    expect(await rejection(ring.openFile(""))).toMatchObject({ code: "ENOENT" });
    expect(await rejection(ring.rename(missing, world.tempPath("other")))).toMatchObject({
      code: "ENOENT",
      syscall: "renameat2",
      dest: world.tempPath("other"),
    });
  });

  onRing("goes with flags that Node has", async (context) => {
    const { ring } = context;
    const { path } = await prepare(context);
    const buffer = ring.alloc(8);

    for (const flags of ["rw", "", "toString", "__proto__", null, {}, 3n]) {
      refused(ring, buffer, "ERR_RING_INVALID_ARGUMENT", () =>
        ring.openFile(path, flags as unknown as "r"),
      );
    }
  });
});

describe("an address", () => {
  onRing("is an IP address with a port, or a path", async ({ ring }) => {
    const buffer = ring.alloc(8);
    const wrong: readonly (readonly [address: unknown, code: string])[] = [
      [undefined, "ERR_RING_INVALID_ARGUMENT"],
      [null, "ERR_RING_INVALID_ARGUMENT"],
      [80, "ERR_RING_INVALID_ARGUMENT"],
      ["/socket", "ERR_RING_INVALID_ARGUMENT"],
      [{}, "ERR_RING_INVALID_ARGUMENT"],
      [{ port: -1 }, "ERR_RING_INVALID_ARGUMENT"],
      [{ port: 65536 }, "ERR_RING_INVALID_ARGUMENT"],
      [{ port: "80" }, "ERR_RING_INVALID_ARGUMENT"],
      [{ host: "localhost", port: 80 }, "ERR_RING_INVALID_ARGUMENT"],
      [{ host: "1.2.3", port: 80 }, "ERR_RING_INVALID_ARGUMENT"],
      [{ host: "1.2.3.256", port: 80 }, "ERR_RING_INVALID_ARGUMENT"],
      [{ host: "::1::", port: 80 }, "ERR_RING_INVALID_ARGUMENT"],
      [{ host: 1, port: 80 }, "ERR_RING_INVALID_ARGUMENT"],
      [{ path: "" }, "ERR_RING_INVALID_ARGUMENT"],
      [{ path: "x".repeat(108) }, "ERR_RING_INVALID_ARGUMENT"],
      [{ path: "a\0b" }, "ERR_RING_PATH"],
      [{ path: 3 }, "ERR_RING_PATH"],
    ];

    for (const [address, code] of wrong) {
      refused(ring, buffer, code, () => ring.connect(address as { port: number }));
      refused(ring, buffer, code, () => ring.listen(address as { port: number }));
    }
  });
});

describe("memory", () => {
  onRing("has a size, and is filled with bytes", async ({ ring }) => {
    const buffer = ring.alloc(8);
    const sizes: unknown[] = [0, -1, 1.5, NaN, Infinity, 2 ** 31 + 1, "8", 8n, null, undefined, {}];
    for (const size of sizes) {
      refused(ring, buffer, "ERR_RING_OUT_OF_RANGE", () => ring.alloc(size as number));
    }
    expect(thrown(() => ring.alloc(0)).message).toBe(
      "alloc: byteLength must be a whole number from 1 to 2147483648; got 0",
    );

    const contents: unknown[] = [
      7,
      null,
      undefined,
      {},
      [1],
      new ArrayBuffer(2),
      new Uint16Array(2),
    ];
    for (const content of [...contents, new DataView(new ArrayBuffer(2))]) {
      refused(ring, buffer, "ERR_RING_INVALID_ARGUMENT", () => ring.from(content as string));
      refused(ring, buffer, "ERR_RING_INVALID_ARGUMENT", () => buffer.set(content as Uint8Array));
    }
    refused(ring, buffer, "ERR_RING_INVALID_ARGUMENT", () => buffer.set("text" as never));
    refused(ring, buffer, "ERR_RING_OUT_OF_RANGE", () => buffer.set(new Uint8Array(9)));
    refused(ring, buffer, "ERR_RING_OUT_OF_RANGE", () => buffer.resize(9));
  });
});

describe("a ring", () => {
  onRing("that is closed, or closing, refuses everything", async (context) => {
    const { ring } = context;
    const { file, path } = await prepare(context);
    const buffer = ring.from("kept");
    const closing = ring.close();
    const calls: (readonly [name: string, call: Call])[] = [
      ["alloc", (closed) => closed.alloc(1)],
      ["allocUnsafe", (closed) => closed.allocUnsafe(1)],
      ["from", (closed) => closed.from("x")],
      ...OTHERS,
      ...ON_TARGETS.map(([name, call]): readonly [string, Call] => [
        `${name} by number`,
        (closed, _file, mine, options) => call(closed, 0, mine, options),
      ]),
      ...ON_PATHS.map(([name, call]): readonly [string, Call] => [
        name,
        (closed, _file, mine, options) => call(closed, path, mine, options),
      ]),
    ];

    for (const when of ["closing", "closed"]) {
      if (when === "closed") await closing;
      for (const [name, call] of calls) {
        const error = thrown(() => call(ring, file, buffer, {}));
        expect(error.code, `${name} while ${when}`).toBe("ERR_RING_CLOSED");
      }
      expect(new TextDecoder().decode(buffer.bytes)).toBe("kept");
    }
    expect(await ring.close()).toBe(await closing);
    expect(thrown(() => file.read(buffer)).code).toMatch(/^ERR_RING_(FILE_)?CLOSED$/);
    buffer.release();
  });

  onRing("has 1 to 32768 entries, and a backend that there is", async ({ world }) => {
    const { backend } = world;
    const wrong: unknown[] = [0, -1, 1.5, NaN, 32769, Infinity, "8", 8n, {}];
    for (const entries of wrong) {
      const error = thrown(() => Ring.open({ backend, entries: entries as number }));
      expect(error.code).toBe("ERR_RING_ENTRIES");
    }
    const unknown: unknown[] = ["epol", "toString", "__proto__", "", null, 3, true];
    for (const choice of unknown) {
      const error = thrown(() => Ring.open({ backend: choice as "native" }));
      expect(error.code).toBe("ERR_RING_INVALID_ARGUMENT");
    }
    for (const options of [null, 8, "native"]) {
      const error = thrown(() => Ring.open(options as unknown as object));
      expect(error.code).toBe("ERR_RING_INVALID_ARGUMENT");
    }
  });
});

describe("sendAll", () => {
  onRing("refuses at once what send would refuse", async ({ ring, world }) => {
    const path = world.tempPath("socket");
    const listener = await ring.listen({ path });
    const [client, server] = await Promise.all([ring.connect({ path }), listener.accept()]);
    const [buffer, released] = [ring.from("hello"), ring.alloc(8)];
    released.release();

    refused(ring, buffer, "ERR_RING_BUFFER_RELEASED", () => client.sendAll(released));
    refused(ring, buffer, "ERR_RING_INVALID_ARGUMENT", () => client.sendAll(3 as never));
    refused(ring, buffer, "ERR_RING_INVALID_ARGUMENT", () =>
      client.sendAll(buffer, { signal: 3 as never }),
    );
    await server.close();
    await client.close();
    refused(ring, buffer, "ERR_RING_FILE_CLOSED", () => client.sendAll(buffer));
    await turn();
  });
});
