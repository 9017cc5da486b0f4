/**
 * The simulated sockets against the real ones, AF_INET and AF_UNIX, streams, datagrams and
 * packets: random calls on a few sockets; results, errnos, bytes, the names of senders, and after
 * every call the poll events of all sockets.
 *
 * Left out, since there time or the size of a machine's buffers decides: full buffers and full
 * backlogs. Each run has addresses of its own in 127.0.0.0/8, so that TIME_WAIT disturbs none.
 */
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import type { OpenFile } from "../../backends/emulator/host/host.ts";
import { SimClock } from "../../backends/sim/clock.ts";
import { SimFiles } from "../../backends/sim/files/index.ts";
import * as linux from "../../spec/abi/linux.ts";
import * as errno from "../../spec/errno.ts";
import type * as Calls from "./real-files.ts";

/** The same sequences in every run; set FC_SEED to see others. */
const SEED = Number(process.env["FC_SEED"] ?? 20_261_122);

const onLinux = process.platform === "linux";
/** Calls, and thereby sockets, of a run: a backlog of 31 is never full. */
const STEPS = 30;
const BACKLOG = 31;
let calls: typeof Calls;
/** Names the addresses of a run, apart from those of other processes. */
let run = (process.pid * 65_537) & 0x7fffff;

beforeAll(async () => {
  if (onLinux) calls = await import("./real-files.ts");
});

/** Stands for a sockaddr of no family. */
const UNSPECIFIED = -1;

const who = fc.nat(5);
const length = fc.oneof(fc.constantFrom(0, 1, 5), fc.nat(600));
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ call: fc.constant("socket" as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      call: fc.constantFrom("bind" as const, "connect" as const),
      who,
      address: fc.constantFrom(0, 0, 0, 1, UNSPECIFIED),
    }),
  },
  { weight: 3, arbitrary: fc.record({ call: fc.constant("link" as const), who, other: who }) },
  { weight: 2, arbitrary: fc.record({ call: fc.constant("listen" as const), who }) },
  { weight: 3, arbitrary: fc.record({ call: fc.constant("accept" as const), who }) },
  {
    weight: 6,
    arbitrary: fc.record({
      call: fc.constant("send" as const),
      who,
      length,
      flags: fc.constantFrom(0, 0, 0, linux.MSG_OOB, linux.MSG_MORE, linux.MSG_EOR),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      call: fc.constant("sendTo" as const),
      who,
      length,
      address: fc.constantFrom(0, 0, 0, 1, UNSPECIFIED),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      call: fc.constant("recv" as const),
      who,
      length,
      flags: fc.constantFrom(0, 0, 0, linux.MSG_PEEK, linux.MSG_TRUNC, linux.MSG_OOB),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      call: fc.constant("shutdown" as const),
      who,
      how: fc.constantFrom(0, 1, 1, 2, 3),
    }),
  },
  { weight: 2, arbitrary: fc.record({ call: fc.constant("close" as const), who }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** One socket on both sides. */
interface Twin {
  readonly sim: OpenFile;
  readonly real: number;
}

class World {
  readonly files = new SimFiles({ clock: new SimClock() });
  readonly twins: Twin[] = [];
  readonly #family: number;
  readonly #type: number;
  #fill = 0;

  constructor(family: number, type: number) {
    this.#family = family;
    this.#type = type;
    run += 1;
    this.#socket();
  }

  end(): void {
    for (const twin of this.twins) calls.real("close", twin.real);
  }

  /** What both sides say to one call. */
  run(step: Step): [sim: string, real: string] {
    if (step.call === "socket") return this.#socket();
    if (this.twins.length === 0) return ["", ""];
    const twin = this.twins[step.who % this.twins.length]!;
    const { sim, real } = twin;
    switch (step.call) {
      case "bind": {
        const bytes = this.#address(step.address);
        return both(sim.bind(bytes), calls.real("bind", real, bytes, bytes.length));
      }
      case "connect": {
        const bytes = this.#address(step.address);
        return this.#connect(twin, bytes);
      }
      case "link":
        return this.#link(twin, this.twins[step.other % this.twins.length]!);
      case "listen":
        return both(sim.listen(BACKLOG), calls.real("listen", real, BACKLOG));
      case "accept":
        return this.#accept(twin);
      case "send":
        return this.#send(twin, step.length, step.flags);
      case "sendTo":
        return this.#send(twin, step.length, 0, this.#address(step.address));
      case "recv":
        return this.#receive(twin, step.length, step.flags);
      case "shutdown":
        return both(sim.shutdown(step.how), calls.real("shutdown", real, step.how));
      case "close": {
        this.twins.splice(this.twins.indexOf(twin), 1);
        sim.release();
        return both(0, calls.real("close", real));
      }
    }
  }

  polls(): [sim: string, real: string] {
    return [
      this.twins.map(({ sim }) => sim.poll().toString(16)).join(" "),
      this.twins.map(({ real }) => calls.realPoll(real).toString(16)).join(" "),
    ];
  }

  #socket(): [string, string] {
    const type = this.#type | linux.SOCK_NONBLOCK;
    const sim = this.files.socket(this.#family, type, 0);
    const real = calls.real("socket", this.#family, type, 0);
    if (typeof sim === "number" || real < 0) throw new Error("no socket on one of the sides");
    this.twins.push({ sim, real });
    return ["", ""];
  }

  /** The sequence that random calls seldom find: bind, listen, connect, accept. */
  #link(listener: Twin, client: Twin): [string, string] {
    const results = [
      this.#bound(listener),
      both(listener.sim.listen(BACKLOG), calls.real("listen", listener.real, BACKLOG)),
      this.#connect(client, this.#address(0)),
      this.#connect(client, this.#address(0)),
      this.#accept(listener),
    ];
    return [results.map(([sim]) => sim).join(), results.map(([, real]) => real).join()];
  }

  #bound({ sim, real }: Twin): [string, string] {
    const bytes = this.#address(0);
    return both(sim.bind(bytes), calls.real("bind", real, bytes, bytes.length));
  }

  #accept(twin: Twin): [string, string] {
    const accepted = twin.sim.accept(linux.SOCK_NONBLOCK);
    const into = new Uint8Array(128);
    const size = new Uint8Array([128, 0, 0, 0]);
    const fd = calls.real("accept4", twin.real, into, size, linux.SOCK_NONBLOCK);
    if (typeof accepted === "number" || fd < 0) {
      // Only a call that would wait says EINVAL where receiving is shut, and io_uring's would.
      const shut = (twin.sim.poll() & linux.POLLRDHUP) !== 0;
      const real = fd === -errno.EAGAIN && shut ? -errno.EINVAL : Math.min(fd, 0);
      return both(typeof accepted === "number" ? accepted : 0, real);
    }
    this.twins.push({ sim: accepted.file, real: fd });
    // The port of an unbound client differs: of the address only family and size are compared.
    return [
      `accepted ${accepted.peer[0]} ${accepted.peer.length}`,
      `accepted ${into[0]} ${size[0]}`,
    ];
  }

  #connect({ sim, real }: Twin, address: Uint8Array): [string, string] {
    return both(sim.connect(address), calls.real("connect", real, address, address.length));
  }

  #send({ sim, real }: Twin, size: number, how: number, to?: Uint8Array): [string, string] {
    this.#fill = (this.#fill + 1) % 256;
    // A stream of TCP holds back for a while what is to be followed by more.
    const stream = this.#isInet() && this.#type === linux.SOCK_STREAM;
    if (stream && how === linux.MSG_MORE) return ["", ""];
    const data = new Uint8Array(size).fill(this.#fill);
    const flags = how | linux.MSG_NOSIGNAL | linux.MSG_DONTWAIT;
    const message = { name: to, files: [], control: [], malformed: false };
    const count = sim.send(
      size,
      flags,
      (into) => {
        into.set(data.subarray(0, into.length));
        return into.length;
      },
      message,
    );
    return both(
      count,
      to === undefined
        ? calls.real("send", real, data, size, flags)
        : calls.real("sendto", real, data, size, flags, to, to.length),
    );
  }

  #receive({ sim, real }: Twin, size: number, how: number): [string, string] {
    const flags = how | linux.MSG_DONTWAIT;
    let got = new Uint8Array();
    const message = { name: undefined as Uint8Array | undefined, flags: 0, files: [] };
    const count = sim.recv(
      size,
      flags,
      (bytes) => {
        got = Uint8Array.from([...got, ...bytes]);
        return bytes.length;
      },
      message,
    );
    const into = new Uint8Array(size);
    const name = new Uint8Array(128);
    const nameSize = new Uint8Array([128, 0, 0, 0]);
    const realCount = calls.real("recvfrom", real, into, size, flags, name, nameSize);
    // MSG_TRUNC leaves the program's memory alone on TCP.
    const shown = into.subarray(0, Math.max(0, got.length === 0 ? 0 : realCount));
    const realName = realCount < 0 ? new Uint8Array() : name.subarray(0, nameSize[0]);
    // The port of an unbound sender differs.
    const named = (bytes: Uint8Array): string => hex(this.#isInet() ? bytes.slice(4) : bytes);
    return [
      outcome(count) + hex(got) + named(message.name ?? new Uint8Array()),
      outcome(realCount) + hex(shown) + named(realName),
    ];
  }

  #isInet(): boolean {
    return this.#family !== linux.AF_UNIX;
  }

  #address(which: number): Uint8Array {
    if (which === UNSPECIFIED) return new Uint8Array(16);
    if (this.#family === linux.AF_UNIX) {
      return Uint8Array.of(1, 0, 0, ...new TextEncoder().encode(`sim-${run}-${which}`));
    }
    const bytes = new Uint8Array(16);
    bytes.set([2, 0, 0x50, 0x10 + which, 127, (run >> 16) & 127, (run >> 8) & 255, run & 255]);
    return bytes;
  }
}

function both(sim: number, real: number): [string, string] {
  return [outcome(sim), outcome(real)];
}

function outcome(result: number): string {
  return result < 0 ? errno.errnoName(result) : String(result);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

test.skipIf(!onLinux).each([
  ["TCP", linux.AF_INET, linux.SOCK_STREAM],
  ["UDP", linux.AF_INET, linux.SOCK_DGRAM],
  ["AF_UNIX stream", linux.AF_UNIX, linux.SOCK_STREAM],
  ["AF_UNIX datagram", linux.AF_UNIX, linux.SOCK_DGRAM],
  ["AF_UNIX packet", linux.AF_UNIX, linux.SOCK_SEQPACKET],
])("answers every sequence of %s calls as real sockets do", (_name, family, type) => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: STEPS }), (steps) => {
      const world = new World(family, type);
      try {
        for (const [at, one] of steps.entries()) {
          const [sim, real] = world.run(one);
          expect(sim, `step ${at}: ${JSON.stringify(one)}`).toBe(real);
          const [simPolls, realPolls] = world.polls();
          expect(simPolls, `poll after step ${at}: ${JSON.stringify(one)}`).toBe(realPolls);
        }
      } finally {
        world.end();
      }
    }),
    { seed: SEED, numRuns: Number(process.env["FC_RUNS"] ?? 300) },
  );
});
