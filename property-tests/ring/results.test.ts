/** What operations give back: bytes, lengths, positions, and always the buffer. */
import { describe, expect } from "vitest";
import { type FileHandle, type OwnedBuffer, type Ring, submitRead } from "../../src/index.ts";
import type { World } from "../worlds/world.ts";
import { pattern, rejection, ringTests, turn } from "./harness.ts";

const onRing = await ringTests();

const text = (buffer: OwnedBuffer): string => new TextDecoder().decode(buffer.bytes);

/** A file with this content. */
async function fileOf(ring: Ring, world: World, content: string | Uint8Array): Promise<FileHandle> {
  const path = world.tempPath("data");
  world.writeFile(path, content);
  return ring.openFile(path, "r+");
}

/** Reads until the buffer is full or the file ends: any read may be short. */
async function fill(file: FileHandle, buffer: OwnedBuffer, position: number): Promise<OwnedBuffer> {
  let current = buffer.resize(0);
  for (;;) {
    const offset = current.length;
    const result = await file.read(current, { offset, position: position + offset });
    current = result.buffer;
    if (result.bytesRead === 0) return current;
  }
}

/** Writes all that the buffer holds: any write may be short. */
async function writeAll(
  file: FileHandle,
  buffer: OwnedBuffer,
  position: number,
): Promise<OwnedBuffer> {
  let current = buffer;
  for (let offset = 0; offset < current.length;) {
    const result = await file.write(current, { offset, position: position + offset });
    current = result.buffer;
    offset += result.bytesWritten;
  }
  return current;
}

describe("a new buffer", () => {
  onRing("holds as many zeroes as were asked for", async ({ ring }) => {
    for (const length of [1, 63, 64, 65, 4095, 4096, 4097, 100_000, 3_000_000]) {
      const buffer = ring.alloc(length);

      expect(buffer.length).toBe(length);
      expect(buffer.capacity).toBe(length);
      expect(buffer.bytes).toHaveLength(length);
      expect(buffer.bytes.every((byte) => byte === 0)).toBe(true);
      buffer.release();
    }
  });

  onRing("shows nothing of what its memory was used for before", async ({ ring }) => {
    for (const length of [64, 4096, 2_000_000]) {
      const first = ring.alloc(length);
      first.bytes.fill(0xee);
      first.release();

      const second = ring.alloc(length - 1);

      expect(second.bytes.every((byte) => byte === 0)).toBe(true);
      second.release();
    }
  });

  onRing("holds a copy of what it was made from", async ({ ring }) => {
    const data = pattern(100);

    const [bytes, string, nothing] = [ring.from(data), ring.from("zwölf"), ring.from("")];
    data.fill(0);

    expect(bytes.bytes).toEqual(pattern(100));
    expect(text(string)).toBe("zwölf");
    expect(string.length).toBe(6);
    expect(nothing.length).toBe(0);
  });

  onRing("holds more or less when it is resized, and never remains of before", async ({ ring }) => {
    const buffer = ring.from(pattern(100));

    expect(buffer.resize(10).bytes).toEqual(pattern(10));
    expect([...buffer.resize(12).bytes]).toEqual([...pattern(10), 0, 0]);
    expect([...buffer.set(Uint8Array.of(1, 2)).bytes]).toEqual([1, 2]);
    expect([...buffer.resize(4).bytes]).toEqual([1, 2, 0, 0]);
    expect(buffer.capacity).toBe(100);
  });

  onRing("is given back at the end of its block", async ({ ring }) => {
    let dead: OwnedBuffer;
    {
      using buffer = ring.alloc(64);
      dead = buffer;
    }
    {
      using moved = ring.alloc(64);
      await ring.read(-1 >>> 1, moved).catch(() => undefined); // not owned at the end: no harm
    }

    expect(dead.owned).toBe(false);
    expect(() => dead.bytes).toThrow("released");
  });

  onRing("keeps views of a released buffer from seeing what comes next", async ({ ring }) => {
    const first = ring.alloc(64);
    const view = first.bytes;
    first.release();

    const second = ring.alloc(64);
    second.bytes.fill(7);

    expect(view).toHaveLength(0);
  });
});

describe("a read", () => {
  //= OWN-10
  onRing("shows what was read, and not a byte more", async ({ ring, world }) => {
    const file = await fileOf(ring, world, "0123456789");
    const buffer = ring.alloc(64);
    buffer.bytes.fill(0xee);

    const { bytesRead, buffer: filled } = await file.read(buffer, { position: 7 });

    expect(filled.length).toBe(bytesRead);
    expect(text(filled)).toBe("789".slice(0, bytesRead));
    expect(filled.capacity).toBe(64);
    filled.resize(64);
    expect(filled.bytes.subarray(bytesRead).every((byte) => byte === 0)).toBe(true);
  });

  onRing("at the end of a file gives 0 and an empty buffer", async ({ ring, world }) => {
    const file = await fileOf(ring, world, "0123456789");

    for (const position of [10, 11, 2 ** 40]) {
      const { bytesRead, buffer } = await file.read(ring.alloc(8), { position });
      expect(bytesRead).toBe(0);
      expect(buffer.length).toBe(0);
    }
  });

  onRing("with an offset keeps what stands before it", async ({ ring, world }) => {
    const file = await fileOf(ring, world, "0123456789");
    const buffer = ring.from("abcdef");

    const { bytesRead, buffer: filled } = await file.read(buffer, { offset: 2, position: 5 });

    expect(text(filled)).toBe(`ab${"5678".slice(0, bytesRead)}`);
    expect(filled.capacity).toBe(6);
  });

  onRing("reads no more than its length", async ({ ring, world }) => {
    const file = await fileOf(ring, world, "0123456789");

    const { bytesRead, buffer } = await file.read(ring.alloc(8), { length: 3, position: 0 });
    expect(bytesRead).toBeLessThanOrEqual(3);
    expect(text(buffer)).toBe("012".slice(0, bytesRead));

    const nothing = await file.read(buffer, { length: 0, position: 0 });
    expect(nothing.bytesRead).toBe(0);
  });

  onRing("without a position goes on where the last one ended", async ({ ring, world }) => {
    const file = await fileOf(ring, world, "0123456789");
    let buffer = ring.alloc(3);
    let seen = "";
    let bytesRead: number;

    do {
      ({ bytesRead, buffer } = await file.read(buffer));
      seen += text(buffer);
      // A read at a position of its own does not disturb it.
      ({ buffer } = await file.read(buffer, { position: 0 }));
    } while (bytesRead > 0);

    expect(seen).toBe("0123456789");
    ({ bytesRead, buffer } = await file.read(buffer, { position: undefined }));
    expect(bytesRead).toBe(0);
    ({ bytesRead, buffer } = await file.read(buffer, { position: null }));
    expect(bytesRead).toBe(0);
    ({ bytesRead } = await file.read(buffer, { position: 0 }));
    expect(bytesRead).toBeGreaterThan(0);
  });

  onRing("takes a descriptor number as well", async ({ ring, world }) => {
    const file = await fileOf(ring, world, "0123456789");

    const { buffer } = await ring.read(file.fd, ring.alloc(1), { position: 4 });

    expect(text(buffer)).toBe("4");
  });
});

describe("a write", () => {
  onRing("writes what the buffer holds, not its capacity", async ({ ring, world }) => {
    const file = await fileOf(ring, world, "0123456789");
    const buffer = ring.alloc(64).set(new TextEncoder().encode("abc"));

    const same = await writeAll(file, buffer, 2);

    expect(new TextDecoder().decode(world.readFile(world.tempPath("data")))).toBe("01abc56789");
    expect(text(same)).toBe("abc");
    expect(same.capacity).toBe(64);
  });

  onRing("writes the part that it is told", async ({ ring, world }) => {
    const file = await fileOf(ring, world, "0123456789");

    await file.write(ring.from("abcdef"), { offset: 2, length: 1, position: 0 });

    expect(new TextDecoder().decode(world.readFile(world.tempPath("data")))).toBe("c123456789");
  });

  onRing("without a position goes on where the last one ended", async ({ ring, world }) => {
    const file = await fileOf(ring, world, "0123456789");

    let { buffer } = await file.write(ring.from("x"));
    ({ buffer } = await file.write(buffer.set(Uint8Array.of(0x79))));
    await file.write(buffer.set(Uint8Array.of(0x7a)), { position: 9 });

    expect(new TextDecoder().decode(world.readFile(world.tempPath("data")))).toBe("xy2345678z");
  });

  onRing("reaches positions beyond 32 bits", async ({ ring, world }) => {
    const file = await fileOf(ring, world, "");
    const position = 2 ** 32 + 5;

    await writeAll(file, ring.from("far"), position);

    expect(text(await fill(file, ring.alloc(8), position - 1))).toBe("\0far");
    expect((await file.stat()).size).toBe(position + 3);
  });
});

describe("what was written", () => {
  onRing("is what is read, for all sizes", async ({ ring, world }) => {
    for (const length of [1, 64, 4096, 4097, 200_000]) {
      const file = await fileOf(ring, world, "");
      await writeAll(file, ring.from(pattern(length, length)), 0);
      await file.sync();

      const back = await fill(file, ring.alloc(length + 1), 0);

      expect(back.length).toBe(length);
      expect(Buffer.compare(back.bytes, pattern(length, length))).toBe(0);
      await file.close();
    }
  });
});

describe("a vectored read", () => {
  onRing("fills one buffer after the other", async ({ ring, world }) => {
    const file = await fileOf(ring, world, "0123456789");
    const buffers = [ring.alloc(3), ring.alloc(4), ring.alloc(8), ring.alloc(2)];
    for (const buffer of buffers) buffer.bytes.fill(0xee);

    const result = await file.readv(buffers, { position: 0 });

    const { bytesRead } = result;
    expect(result.buffers.map(({ capacity }) => capacity)).toEqual([3, 4, 8, 2]);
    expect(result.buffers.map(text)).toEqual([
      "0123456789".slice(0, Math.min(3, bytesRead)),
      "0123456789".slice(3, Math.min(7, bytesRead)),
      "0123456789".slice(7, Math.min(15, bytesRead)),
      "",
    ]);
  });

  //= OWN-13
  onRing("keeps its list, whatever becomes of the program's", async ({ ring, world }) => {
    const { read, write } = world.pipe();
    const list = [ring.alloc(1), ring.alloc(4)];
    const reading = ring.readv(read, list);
    await turn();

    list.length = 0;
    world.write(write, "hello");

    const { bytesRead, buffers } = await reading;
    expect(buffers.map(text).join("")).toBe("hello".slice(0, bytesRead));
    expect(buffers.map(({ capacity }) => capacity)).toEqual([1, 4]);
  });

  onRing("of no buffers reads nothing", async ({ ring, world }) => {
    const file = await fileOf(ring, world, "0123456789");

    expect(await file.readv([])).toEqual({ bytesRead: 0, buffers: [] });
    expect(await file.writev([])).toEqual({ bytesWritten: 0, buffers: [] });
  });
});

describe("a vectored write", () => {
  onRing("writes what each buffer holds, and gives them back as they were", async (context) => {
    const { ring, world } = context;
    const file = await fileOf(ring, world, "0123456789");
    const buffers = [ring.alloc(8).set(Uint8Array.of(97, 98)), ring.alloc(4).resize(0)];
    buffers.push(ring.from("cd"));

    const { bytesWritten, buffers: same } = await file.writev(buffers, { position: 1 });

    const content = new TextDecoder().decode(world.readFile(world.tempPath("data")));
    expect(content).toBe(`0${"abcd".slice(0, bytesWritten)}${"123456789".slice(bytesWritten)}`);
    expect(same.map(text)).toEqual(["ab", "", "cd"]);
    expect(same.map(({ capacity }) => capacity)).toEqual([8, 4, 2]);
    expect(buffers.map(({ owned }) => owned)).toEqual([false, false, false]);
  });
});

describe("an error", () => {
  //= OWN-5
  onRing("brings the buffer back", async ({ ring, world }) => {
    const { read } = world.pipe();
    const [one, two] = [ring.from("abc"), ring.from("de")];

    const error = await rejection(ring.write(read, one)); // the wrong end
    expect(error).toMatchObject({
      name: "SystemError",
      code: "EBADF",
      errno: -9,
      syscall: "write",
    });
    const { buffer } = error as { buffer: OwnedBuffer };
    expect(text(buffer)).toBe("abc");
    expect(one.owned).toBe(false);

    const vectored = await rejection(ring.writev(read, [buffer, two]));
    const { buffer: both } = vectored as { buffer: OwnedBuffer[] };
    expect(both.map(text)).toEqual(["abc", "de"]);
  });

  onRing("of a read leaves nothing to see but what stood before it", async ({ ring, world }) => {
    const { write } = world.pipe();
    const buffer = ring.from("abcdef");

    const error = await rejection(ring.read(write, buffer, { offset: 2 }));

    expect(error).toMatchObject({ code: "EBADF", syscall: "read" });
    const back = (error as { buffer: OwnedBuffer }).buffer;
    expect(text(back)).toBe("ab");
    expect(back.capacity).toBe(6);
    expect([...back.resize(6).bytes]).toEqual([97, 98, 0, 0, 0, 0]);
  });

  onRing("names what went wrong with what", async ({ ring, world }) => {
    const directory = world.tempPath("directory");
    await ring.mkdir(directory);
    const file = await ring.openFile(directory);

    expect(await rejection(file.read(ring.alloc(8)))).toMatchObject({ code: "EISDIR", errno: -21 });
    expect(await rejection(ring.mkdir(directory))).toMatchObject({
      code: "EEXIST",
      syscall: "mkdirat",
      path: directory,
      message: `EEXIST: file exists, mkdirat '${directory}'`,
    });
    expect(await rejection(ring.unlink(directory))).toMatchObject({ code: "EISDIR" });
    await file.close();
    await ring.rmdir(directory);
    expect(await rejection(ring.stat(directory))).toMatchObject({ code: "ENOENT" });
  });
});

describe("a buffer in flight", () => {
  //= OWN-4
  onRing("has no bytes, in no view that was ever taken of it", async ({ ring, world }) => {
    const { read, write } = world.pipe();
    const buffer = ring.from("abcdef");
    const bytes = buffer.bytes;
    const part = bytes.subarray(1, 3);
    const view = new DataView(bytes.buffer, 0, 2);

    const reading = ring.read(read, buffer);

    expect(bytes).toHaveLength(0);
    expect(part).toHaveLength(0);
    expect(() => view.getUint8(0)).toThrow(TypeError);
    bytes[0] = 1;
    expect(bytes[0]).toBeUndefined();

    await turn();
    world.write(write, "x");
    const { buffer: back } = await reading;
    expect(text(back)).toBe("x");
    expect(bytes).toHaveLength(0);
  });

  onRing("is seen by nobody, although the views of the next turn are new", async (context) => {
    const { ring, world } = context;
    const file = await fileOf(ring, world, pattern(4096));
    let buffer = ring.alloc(512);
    const views: Uint8Array[] = [];

    for (let position = 0; position < 4096; position += 512) {
      buffer = await fill(file, buffer, position);
      views.push(buffer.bytes);
      expect(buffer.bytes).toEqual(pattern(4096).subarray(position, position + 512));
    }
    buffer.release();

    expect(views.map((view) => view.length)).toEqual(views.map(() => 0));
  });

  onRing("that was submitted has its result in its completion", async ({ ring, world }) => {
    const file = await fileOf(ring, world, "0123456789");
    const buffer = ring.alloc(8);

    submitRead(ring, file, buffer, { position: 3, length: 1 });
    expect((buffer as OwnedBuffer).owned).toBe(false);
    const { bytesRead, buffer: back } = await buffer.completion;

    expect(bytesRead).toBe(1);
    expect(text(back)).toBe("3");
  });
});

describe("files by path", () => {
  onRing("are made, looked at, renamed and removed", async ({ ring, world }) => {
    const [path, other] = [world.tempPath("one"), world.tempPath("two")];
    await using file = await ring.openFile(path, "wx", { mode: 0o640 });
    await file.write(ring.from("abcdef"), { position: 0 });
    await file.truncate(2);
    await file.datasync();

    const stats = await ring.stat(path);
    expect(stats.size).toBe(2);
    expect(stats.isFile()).toBe(true);
    expect(stats.mode & 0o777).toBe(0o640);
    expect((await file.stat()).ino).toBe(stats.ino);
    await ring.rename(path, other);
    expect(world.exists(path)).toBe(false);
    expect((await ring.lstat(other)).size).toBe(2);
    await ring.unlink(other);
    expect(world.exists(other)).toBe(false);
  });
});
