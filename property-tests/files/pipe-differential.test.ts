/** The simulated pipe against the real one: every count, errno, byte and poll event must agree. */
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { SimClock } from "../../backends/sim/clock.ts";
import { SimFiles } from "../../backends/sim/files/index.ts";
import { O_NONBLOCK } from "../../spec/abi/linux.ts";
import { errnoName } from "../../spec/errno.ts";
import type * as Calls from "./real-files.ts";

/** The same sequences in every run; set FC_SEED to see others. */
const SEED = Number(process.env["FC_SEED"] ?? 20_261_122);

const F_SETPIPE_SZ = 1031;
const onLinux = process.platform === "linux";
let calls: typeof Calls;

beforeAll(async () => {
  if (onLinux) calls = await import("./real-files.ts");
});

const length = fc.oneof(
  fc.constantFrom(0, 1, 3000, 4095, 4096, 4097, 8192, 10_000, 65_536, 70_000),
  fc.nat(9000),
);
const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ call: fc.constant("write" as const), length }) },
  { weight: 10, arbitrary: fc.record({ call: fc.constant("read" as const), length }) },
  {
    weight: 1,
    arbitrary: fc.record({
      call: fc.constantFrom("closeReader" as const, "closeWriter" as const),
      length: fc.constant(0),
    }),
  },
);

test.skipIf(!onLinux)("answers every sequence of reads and writes as a real pipe does", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(4096, 8192, 65_536),
      fc.array(step, { minLength: 1, maxLength: 60 }),
      (capacity, steps) => {
        const files = new SimFiles({ clock: new SimClock() });
        const sim = files.makePipe(capacity);
        const ends = new Int32Array(2);
        calls.real("pipe2", new Uint8Array(ends.buffer), O_NONBLOCK);
        const [reader = -1, writer = -1] = ends;
        calls.real("fcntl", writer, F_SETPIPE_SZ, capacity);
        const open = { reader: true, writer: true };
        let fill = 0;
        try {
          for (const [at, { call, length: size }] of steps.entries()) {
            const told = { sim: "", real: "" };
            if (call === "write" && open.writer) {
              fill += 1;
              const data = new Uint8Array(size).fill(fill);
              told.sim = name(
                files.get(sim.writer)!.write(size, -1, (into) => {
                  into.set(data.subarray(0, into.length));
                  return into.length;
                }),
              );
              told.real = name(calls.real("write", writer, data, size));
            } else if (call === "read" && open.reader) {
              let got = new Uint8Array();
              const count = files.get(sim.reader)!.read(size, -1, (bytes) => {
                got = Buffer.concat([got, bytes]);
                return bytes.length;
              });
              const into = new Uint8Array(size);
              const realCount = calls.real("read", reader, into, size);
              told.sim = name(count) + Buffer.from(got).toString("base64");
              told.real =
                name(realCount) +
                Buffer.from(into.subarray(0, Math.max(0, realCount))).toString("base64");
            } else if (call === "closeReader" && open.reader) {
              open.reader = false;
              files.close(sim.reader);
              calls.real("close", reader);
            } else if (call === "closeWriter" && open.writer) {
              open.writer = false;
              files.close(sim.writer);
              calls.real("close", writer);
            }
            expect(told.sim, `step ${at}: ${call} ${size}`).toBe(told.real);
            if (open.reader) {
              expect(files.get(sim.reader)!.poll(), `poll of the reader after step ${at}`).toBe(
                calls.realPoll(reader),
              );
            }
            if (open.writer) {
              expect(files.get(sim.writer)!.poll(), `poll of the writer after step ${at}`).toBe(
                calls.realPoll(writer),
              );
            }
          }
        } finally {
          if (open.reader) calls.real("close", reader);
          if (open.writer) calls.real("close", writer);
        }
      },
    ),
    { seed: SEED, numRuns: Number(process.env["FC_RUNS"] ?? 300) },
  );
});

function name(result: number): string {
  return result < 0 ? errnoName(result) : String(result);
}
