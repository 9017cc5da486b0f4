import { describe, expect, it } from "vitest";
import { explore, type Program } from "../../backends/sim/index.ts";
import { HastyEngine } from "../../examples/tour/hasty-engine.ts";
import { abandonedRead, copyProgram } from "../../examples/tour/programs.ts";
import { Ring } from "../../src/index.ts";

/** So many tasks of so many reads each, one after the other within a task. */
function readers(tasks: number, reads: number): Program {
  return async ({ backend, files }) => {
    files.writeFile(
      "/data",
      Uint8Array.from({ length: 64 }, (_, index) => index),
    );
    const ring = await Ring.open({ entries: 8, backend });
    const file = await ring.openFile("/data");
    const task = async (first: number): Promise<void> => {
      let buffer = ring.alloc(4);
      for (let read = 0; read < reads; read++) {
        const position = first + 4 * read;
        const result = await file.read(buffer, { position });
        buffer = result.buffer;
        expect([...buffer.bytes]).toEqual([0, 1, 2, 3].map((byte) => position + byte));
      }
      buffer.release();
    };
    await Promise.all(Array.from({ length: tasks }, (_, index) => task(16 * index)));
    await file.close();
    await ring.close();
  };
}

describe("exhaustive exploration", () => {
  it("runs every schedule of three tasks of two reads each", async () => {
    const result = await explore(readers(3, 2));

    expect(result.violation).toBeUndefined();
    expect(result.complete).toBe(true);
    expect(result.schedules).toBeGreaterThan(1000);
  });

  it("finds each order once where only the order is open", async () => {
    // Six late reads, two in each of three chains: 6! / (2! 2! 2!) orders.
    const result = await explore(readers(3, 2), { fix: { inline: 1 } });

    expect(result).toMatchObject({ complete: true, schedules: 90 });
  });

  it("says that it is not complete when it was bounded", async () => {
    const result = await explore(readers(2, 2), { maxSchedules: 5 });

    expect(result).toMatchObject({ complete: false, schedules: 5 });
  });

  it("finds a copy right on every schedule", async () => {
    const result = await explore(copyProgram(3));

    expect(result.violation).toBeUndefined();
    expect(result.complete).toBe(true);
  });
});

describe("a ring that gives the buffer back with the cancel's CQE", () => {
  it("is found, and the report names the read that still holds the buffer", async () => {
    const { violation } = await explore(abandonedRead(HastyEngine));

    expect(violation).toMatchObject({ kind: "ownership" });
    expect(violation?.message).toMatch(/^read#\d+ holds 16 bytes .* given that buffer to 'user'/);
    expect(violation?.choices.map(({ option }) => option)).toContain("too late");
    expect(violation?.timeline).toContain("✗");
  });

  it("is found again by the replay string, and nothing else is run", async () => {
    const found = await explore(abandonedRead(HastyEngine));
    const replay = found.violation?.replay ?? "";

    const again = await explore(abandonedRead(HastyEngine), { replay });

    expect(again.schedules).toBe(1);
    expect(again.violation).toEqual(found.violation);
  });

  it("is found by a random walk as well, the same way for the same seed", async () => {
    const options = { strategy: "random", seed: 7 } as const;

    const first = await explore(abandonedRead(HastyEngine), options);
    const second = await explore(abandonedRead(HastyEngine), options);

    expect(first.violation?.kind).toBe("ownership");
    expect(second).toEqual(first);
  });

  it("is the ring's fault: on the real one the program is right, on every schedule", async () => {
    const result = await explore(abandonedRead());

    expect(result.violation).toBeUndefined();
    expect(result.complete).toBe(true);
  });
});

describe("what else is a violation", () => {
  it("is a promise that waits when nothing can happen: a deadlock, at once", async () => {
    const { schedules, violation } = await explore(async ({ backend }) => {
      const ring = await Ring.open({ entries: 8, backend });
      const listener = await ring.listen({ port: 80 });
      await listener.accept();
    });

    expect(schedules).toBe(1);
    expect(violation?.kind).toBe("deadlock");
    expect(violation?.message).toMatch(/accept#\d+ .*waits for its socket to become ready/);
    expect(violation?.message).toMatch(/accept #\d+ \(submitted\)/);
  });

  it("is an operation that the program started and forgot", async () => {
    const { violation } = await explore(async ({ backend }) => {
      const ring = await Ring.open({ entries: 8, backend });
      const listener = await ring.listen({ port: 80 });
      listener.accept().catch(() => undefined);
    });

    expect(violation?.kind).toBe("unfinished");
    expect(violation?.message).toContain("accept #");
  });

  it("is an exception of the program, with its cause", async () => {
    const { violation } = await explore(async ({ backend }) => {
      const ring = await Ring.open({ entries: 8, backend });
      await ring.close();
      throw new RangeError("the sums differ");
    });

    expect(violation).toMatchObject({ kind: "error", message: "RangeError: the sums differ" });
    expect(violation?.cause).toBeInstanceOf(RangeError);
  });

  it("is a program that never ends", async () => {
    const { violation } = await explore(
      async ({ backend }) => {
        const ring = await Ring.open({ entries: 8, backend });
        for (;;) await ring.sleep(1);
      },
      { maxSteps: 50 },
    );

    expect(violation?.kind).toBe("livelock");
  });

  it("is a program that does not do the same when told the same", async () => {
    let calls = 0;
    const { violation } = await explore(async ({ backend, files }) => {
      files.writeFile("/data", new Uint8Array(8));
      const ring = await Ring.open({ entries: 8, backend });
      const file = await ring.openFile("/data");
      const reads = (calls += 1) % 3;
      await Promise.all(Array.from({ length: reads }, () => file.read(ring.alloc(8))));
      await ring.close();
    });

    expect(violation?.kind).toBe("nondeterminism");
  });

  it("is a buffer handed to two operations: the second call throws at once", async () => {
    const { violation } = await explore(async ({ backend, files }) => {
      files.writeFile("/data", new Uint8Array(8));
      const ring = await Ring.open({ entries: 8, backend });
      const file = await ring.openFile("/data");
      const buffer = ring.alloc(8);
      await Promise.all([file.read(buffer), file.read(buffer)]);
    });

    expect(violation).toMatchObject({ kind: "error", cause: { code: "ERR_RING_BUFFER_MOVED" } });
  });
});
