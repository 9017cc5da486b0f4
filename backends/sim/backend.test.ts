import { describe, expect, it } from "vitest";
import { IORING_SETUP_DEFER_TASKRUN, IORING_SETUP_SINGLE_ISSUER } from "../../spec/abi/setup.ts";
import { IOSQE_ASYNC } from "../../spec/abi/sqe.ts";
import { AT_FDCWD, O_RDONLY } from "../../spec/abi/linux.ts";
import { ETIME } from "../../spec/errno.ts";
import {
  encodeNop,
  encodeOpenat,
  encodePollAdd,
  encodeRead,
  encodeTimeout,
  Queue,
  setSqeFlags,
  setUserData,
} from "../../src/queue/index.ts";
import { SimBackend, type SimBackendOptions } from "./backend.ts";
import { SimDeadlock } from "./deadlock.ts";
import { SeededScheduler } from "./seeded.ts";

const PATH = "/tmp/data";
const NEVER_INLINE = 1;

/** A simulated machine with one ring and one open file of 64 bytes. */
class Machine {
  readonly backend: SimBackend;
  readonly queue: Queue;
  readonly fd: number;
  readonly trace: string[] = [];

  constructor(options: SimBackendOptions = {}, flags = 0) {
    this.backend = new SimBackend({ ...options, trace: (line) => this.trace.push(line) });
    this.backend.files.writeFile(
      PATH,
      Uint8Array.from({ length: 64 }, (_, i) => i),
    );
    this.queue = Queue.open(this.backend, { entries: 8, flags });
    const path = this.backend.allocate(64);
    new Uint8Array(path.buffer).set(new TextEncoder().encode(PATH));
    encodeOpenat(this.queue.sqes, this.queue.nextSqe(), AT_FDCWD, path.address, O_RDONLY, 0);
    this.queue.submit(1);
    this.queue.next();
    this.fd = this.queue.res;
    this.trace.length = 0;
  }

  /** Queues a read of `length` bytes at `position`; its bytes will be in the buffer. */
  read(id: number, length = 8, position = 0): ArrayBuffer {
    const { address, buffer } = this.backend.allocate(length);
    const at = this.queue.nextSqe();
    encodeRead(this.queue.sqes, at, this.fd, address, length, position);
    setUserData(this.queue.sqes, at, id, 0);
    return buffer;
  }

  timeout(id: number, nanoseconds: number): void {
    const { address, buffer } = this.backend.allocate(16);
    new DataView(buffer).setBigInt64(8, BigInt(nanoseconds), true);
    const at = this.queue.nextSqe();
    encodeTimeout(this.queue.sqes, at, address, 0, 0);
    setUserData(this.queue.sqes, at, id, 0);
  }

  taken(): [number, number][] {
    const cqes: [number, number][] = [];
    while (this.queue.next()) cqes.push([this.queue.userDataLow, this.queue.res]);
    return cqes;
  }
}

function late(): SimBackendOptions {
  return { scheduler: new SeededScheduler(3, { late: NEVER_INLINE }) };
}

describe("the simulated kernel", () => {
  it("opens and reads a file through a ring", () => {
    const machine = new Machine();
    const bytes = machine.read(5, 4, 10);

    expect(machine.queue.submit(1)).toBe(1);
    expect(machine.taken()).toEqual([[5, 4]]);
    expect([...new Uint8Array(bytes)]).toEqual([10, 11, 12, 13]);
  });

  it("turns by itself, and tells the watcher once per event, never inside a call", async () => {
    const machine = new Machine(late());
    const told: [number, number][][] = [];
    await new Promise<void>((resolve) => {
      machine.backend.watch(machine.queue.ringFd, () => {
        told.push(machine.taken());
        if (told.flat().length === 3) resolve();
      });
      for (const id of [1, 2, 3]) machine.read(id);
      machine.queue.submit();
      expect(told).toEqual([]);
    });

    expect(told.map((cqes) => cqes.length)).toEqual([1, 1, 1]);
  });

  it("also tells of what completed inside a call", async () => {
    const machine = new Machine({ scheduler: new SeededScheduler(3, { late: 0 }) });

    await new Promise<void>((resolve) => {
      machine.backend.watch(machine.queue.ringFd, resolve);
      machine.read(1);
      machine.queue.submit();
    });
    expect(machine.taken()).toEqual([[1, 8]]);
  });

  it("tells the watcher of a DEFER_TASKRUN ring that there is work to collect", async () => {
    const machine = new Machine(late(), IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
    await new Promise<void>((resolve) => {
      machine.backend.watch(machine.queue.ringFd, resolve);
      machine.read(1);
      machine.queue.submit();
    });

    expect(machine.taken()).toEqual([]);
    machine.queue.flush();
    expect(machine.taken()).toEqual([[1, 8]]);
  });

  it("does not call a watch that was closed", async () => {
    const machine = new Machine(late());
    let calls = 0;
    const first = machine.backend.watch(machine.queue.ringFd, () => (calls += 1));
    first.close();
    await new Promise<void>((resolve) => {
      machine.backend.watch(machine.queue.ringFd, resolve);
      machine.read(1);
      machine.queue.submit();
    });

    expect(calls).toBe(0);
  });

  it("moves its clock to the events, timers among the rest", () => {
    const machine = new Machine({ ...late(), driven: true });
    machine.timeout(1, 5_000_000);
    machine.read(2);
    const start = machine.backend.clock.monotonic();
    machine.queue.submit(1);

    expect(machine.taken()).toEqual([[2, 8]]);
    expect(machine.backend.clock.monotonic()).toBeLessThan(start + 5_000_000);
    machine.queue.submit(1);
    expect(machine.taken()).toEqual([[1, -ETIME]]);
    expect(machine.backend.clock.monotonic()).toBe(start + 5_000_000);
  });

  it("in driven mode does nothing until it is told to", async () => {
    const machine = new Machine({ ...late(), driven: true });
    machine.read(1);
    machine.queue.submit();
    await new Promise<void>((resolve) => setImmediate(resolve));

    expect(machine.taken()).toEqual([]);
    expect(machine.backend.step()).toBe(true);
    expect(machine.taken()).toEqual([[1, 8]]);
    expect(machine.backend.step()).toBe(false);
  });

  it("throws where a thread would block for ever, and says what waits", () => {
    const machine = new Machine();
    const at = machine.queue.nextSqe();
    encodePollAdd(machine.queue.sqes, at, machine.queue.ringFd, 2, 0);
    setUserData(machine.queue.sqes, at, 0xabc, 0);

    expect(() => machine.queue.submit(1)).toThrow(SimDeadlock);
    expect(() => machine.queue.submit(1)).toThrow(
      /poll#2 \(user_data 0x0+abc\) waits for its ring/,
    );
  });

  it("refuses to watch what is no ring", () => {
    const machine = new Machine();

    expect(() => machine.backend.watch(machine.fd, () => {})).toThrow(TypeError);
    expect(machine.backend.close(machine.fd)).toBeLessThan(0);
  });

  it("leaves its mapped memory readable after the ring is closed", () => {
    const machine = new Machine();
    encodeNop(machine.queue.sqes, machine.queue.nextSqe());
    machine.queue.submit();

    expect(machine.backend.close(machine.queue.ringFd)).toBe(0);
    expect(machine.taken()).toEqual([[0, 0]]);
  });
});

describe("a seed", () => {
  function traceOf(seed: number): string[] {
    const machine = new Machine({ seed });
    for (let round = 0; round < 20; round++) {
      for (const id of [1, 2, 3]) machine.read(id, 8, round);
      machine.timeout(4, 30_000);
      const at = machine.queue.nextSqe();
      encodeNop(machine.queue.sqes, at);
      setSqeFlags(machine.queue.sqes, at, IOSQE_ASYNC);
      machine.queue.submit(5);
      machine.taken();
    }
    return machine.trace;
  }

  it("gives the same trace, byte for byte", () => {
    const trace = traceOf(11);

    expect(trace.length).toBeGreaterThan(150);
    expect(traceOf(11).join("\n")).toBe(trace.join("\n"));
  });

  it("gives another trace than the next seed", () => {
    expect(traceOf(11).join("\n")).not.toBe(traceOf(12).join("\n"));
  });

  it("reads like a list of what happened", () => {
    const machine = new Machine({ seed: 5, driven: true });
    machine.read(1);
    machine.queue.submit(1);

    expect(machine.trace).toMatchInlineSnapshot(`
      [
        "submit read#2",
        "choose read#2 inline: late",
        "190766 complete read#2",
        "cqe read#2 res=8 flags=0",
      ]
    `);
  });
});
