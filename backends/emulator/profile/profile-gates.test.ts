/**
 * Every flag that a program can pass is refused by the releases that came before it.
 *
 * The releases stand in the tables of spec/. Here stands how a flag of each group is passed, and
 * how a kernel that does not know it answers; a group about which nothing stands here fails.
 */
import { describe, expect, it } from "vitest";
import { RWF_APPEND, RWF_ATOMIC, RWF_HIPRI } from "../../../spec/abi/linux.ts";
import * as opcodes from "../../../spec/abi/opcodes.ts";
import * as register from "../../../spec/abi/register.ts";
import * as structs from "../../../spec/abi/register-structs.ts";
import * as setup from "../../../spec/abi/setup.ts";
import * as sqe from "../../../spec/abi/sqe.ts";
import { CONSTANT_GROUPS, CONSTANTS } from "../../../spec/constants.ts";
import { EINVAL, EOPNOTSUPP } from "../../../spec/errno.ts";
import { isAtLeast, type KernelVersion } from "../../../spec/kernel-version.ts";
import { RW_FLAGS } from "../../../spec/tables/linux.ts";
import type { SqeFields } from "../testing/world.ts";
import { World } from "../testing/world.ts";
import { type KernelName, KERNELS } from "./profile.ts";

/** What a kernel answers to a call with `flag`; `unknown` is the answer of one without it. */
interface Probe {
  readonly unknown?: number;
  /** What has to go with a flag, by its name. */
  readonly beside?: Readonly<Record<string, number>>;
  ask(world: World, flags: number, kernel: KernelName): number | undefined;
}

/** A probe that submits one SQE; undefined: it did not complete at once, so it was not refused. */
function entry(fields: (world: World, flags: number) => SqeFields): Probe["ask"] {
  return (world, flags) => {
    world.sqe(1, fields(world, flags));
    return world.go().at(-1)?.[1];
  };
}

/** A probe that registers a structure of u32 words. */
function registration(
  opcode: number,
  byteLength: number,
  count: number,
  words: (flags: number) => Readonly<Record<number, number>>,
): Probe["ask"] {
  return (world, flags) => {
    const address = world.buffer(byteLength);
    const view = world.view(address, byteLength);
    for (const [at, value] of Object.entries(words(flags))) view.setUint32(Number(at), value, true);
    return world.kernel.register(world.ringFd, opcode, address, count);
  };
}

const resources = (opcode: number): Probe["ask"] =>
  registration(opcode, structs.RSRC_REGISTER_SIZE, structs.RSRC_REGISTER_SIZE, (flags) => ({
    [structs.RSRC_REGISTER_NR]: 1,
    [structs.RSRC_REGISTER_FLAGS]: flags,
  }));

/** How the flags of each group are passed; several ways for those that go to several places. */
const PROBES: Readonly<Record<string, readonly Probe[]>> = {
  "setup flags": [
    {
      beside: {
        IORING_SETUP_SQ_AFF: setup.IORING_SETUP_SQPOLL,
        IORING_SETUP_TASKRUN_FLAG: setup.IORING_SETUP_COOP_TASKRUN,
        IORING_SETUP_DEFER_TASKRUN: setup.IORING_SETUP_SINGLE_ISSUER,
        IORING_SETUP_REGISTERED_FD_ONLY: setup.IORING_SETUP_NO_MMAP,
        IORING_SETUP_HYBRID_IOPOLL: setup.IORING_SETUP_IOPOLL,
      },
      ask: (_world, flags, kernel) => new World({ kernel, flags, cqEntries: 16 }).ringFd,
    },
  ],
  "enter flags": [{ ask: (world, flags) => world.kernel.enter(world.ringFd, 0, 0, flags, 0, 0) }],
  "SQE flags": [{ ask: entry((world, flags) => ({ flags, ...readOf(world) })) }],
  "ACCEPT flags": [
    {
      ask: entry((world, ioprio) => ({
        opcode: opcodes.IORING_OP_ACCEPT,
        ioprio,
        fd: world.file([]).fd,
      })),
    },
  ],
  "cancel flags": [
    { ask: entry((_, opFlags) => ({ opcode: opcodes.IORING_OP_ASYNC_CANCEL, opFlags })) },
    {
      ask: registration(register.IORING_REGISTER_SYNC_CANCEL, 64, 1, (flags) => ({ 12: flags })),
    },
  ],
  "FSYNC flags": [{ ask: entry((_, opFlags) => ({ opcode: opcodes.IORING_OP_FSYNC, opFlags })) }],
  "MSG_RING flags": [
    {
      // A file without a table to take it from: what comes after the flags is another error.
      ask: entry((world, opFlags) => ({
        opcode: opcodes.IORING_OP_MSG_RING,
        opFlags,
        addr: sqe.IORING_MSG_SEND_FD,
        fd: world.install(world.pipe().reader),
      })),
    },
  ],
  // Before 6.10 no flag of a NOP was looked at (NOP-20).
  "NOP flags": [
    {
      ask: (_world, opFlags, kernel) => {
        if (!isAtLeast(kernel, "6.10")) return -EINVAL;
        const wide = opFlags & sqe.IORING_NOP_CQE32 ? setup.IORING_SETUP_CQE32 : 0;
        return entry(() => ({ opFlags }))(new World({ kernel, flags: wide }), opFlags, kernel);
      },
    },
  ],
  "poll flags": [
    {
      ask: entry((world, len) =>
        len === sqe.IORING_POLL_ADD_MULTI
          ? { opcode: opcodes.IORING_OP_POLL_ADD, len, fd: world.pipe().readFd }
          : { opcode: opcodes.IORING_OP_POLL_REMOVE, len },
      ),
    },
  ],
  "send and receive flags": [
    {
      ask: entry((world, ioprio) => ({
        opcode: carrierOf(ioprio),
        ioprio,
        fd: world.file([]).fd,
        ...selection(ioprio),
      })),
    },
  ],
  "timeout flags": [
    {
      beside: { IORING_LINK_TIMEOUT_UPDATE: sqe.IORING_TIMEOUT_UPDATE },
      ask: entry((_, opFlags) =>
        opFlags & sqe.IORING_TIMEOUT_UPDATE
          ? { opcode: opcodes.IORING_OP_TIMEOUT_REMOVE, opFlags, off: 8 }
          : { opcode: opcodes.IORING_OP_TIMEOUT, opFlags, addr: 8, len: 1 },
      ),
    },
  ],
  "URING_CMD flags": [
    {
      ask: (world, opFlags, kernel) => {
        const selects = isAtLeast(kernel, "6.18") && opFlags & sqe.IORING_URING_CMD_MULTISHOT;
        const flags = selects ? sqe.IOSQE_BUFFER_SELECT : 0;
        const command = { opcode: opcodes.IORING_OP_URING_CMD, opFlags, flags, fd: -1 };
        return entry(() => command)(world, opFlags, kernel);
      },
    },
  ],
  "clone flags": [
    {
      // Without buffers to clone, or as many as no table has.
      ask: registration(
        register.IORING_REGISTER_CLONE_BUFFERS,
        structs.CLONE_BUFFERS_SIZE,
        1,
        (flags) => ({ [structs.CLONE_BUFFERS_FLAGS]: flags, [structs.CLONE_BUFFERS_SRC_FD]: 0 }),
      ),
    },
  ],
  "buffer ring flags": [
    {
      ask: registration(register.IORING_REGISTER_PBUF_RING, structs.BUF_REG_SIZE, 1, (flags) => ({
        [structs.BUF_REG_RING_ENTRIES]: 8,
        [structs.BUF_REG_BGID]: flags << 16,
        [structs.BUF_REG_RING_ADDR + 4]: 1,
      })),
    },
  ],
  "resource flags": [
    { ask: resources(register.IORING_REGISTER_FILES2) },
    { ask: resources(register.IORING_REGISTER_BUFFERS2) },
  ],
  [RW_FLAGS.name]: [
    {
      unknown: -EOPNOTSUPP,
      ask: entry((world, opFlags) => ({
        opcode: opcodes.IORING_OP_WRITEV,
        opFlags,
        fd: world.file([1]).fd,
      })),
    },
  ],
};

/** Flags that are as old as what they are passed to, by the name of that. */
const CARRIERS: Readonly<Record<string, string>> = {
  "registered wait flags": "IORING_ENTER_EXT_ARG_REG",
  "FIXED_FD_INSTALL flags": "IORING_OP_FIXED_FD_INSTALL",
  "SPLICE flags": "IORING_OP_SPLICE",
  "region flags": "IORING_REGISTER_MEM_REGION",
  "region types": "IORING_REGISTER_MEM_REGION",
  "zcrx area flags": "IORING_REGISTER_ZCRX_IFQ",
};

/** Groups that no kernel refuses, and why. */
const NOT_REFUSED: Readonly<Record<string, string>> = {
  features: "what the kernel says",
  "SQ ring flags": "what the kernel says",
  "CQ ring flags": "memory, which a kernel that does not know them does not read",
  "CQE flags": "what the kernel says",
  "notification results": "what the kernel says",
  "probe flags": "what the kernel says",
  "zcrx features": "what the kernel says",
  "read and write attributes": "a field that was ignored before (tested below)",
  "BPF filter flags": "of a later kernel than any profile",
  "zcrx registration flags": "of a later kernel than any profile",
};

/** Flags that say nothing here, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  IORING_POLL_ADD_LEVEL: "refused by all (POLL-2)",
  RWF_ATOMIC: "no file takes it: the same error",
};

function readOf(world: World): SqeFields {
  return {
    opcode: opcodes.IORING_OP_READV,
    fd: world.pipe().readFd,
    addr: world.buffer(16),
    len: 1,
  };
}

function carrierOf(ioprio: number): number {
  if (ioprio & (sqe.IORING_RECVSEND_FIXED_BUF | sqe.IORING_SEND_ZC_REPORT_USAGE)) {
    return opcodes.IORING_OP_SEND_ZC;
  }
  const sends = (ioprio & sqe.IORING_SEND_VECTORIZED) !== 0;
  return sends ? opcodes.IORING_OP_SEND : opcodes.IORING_OP_RECV;
}

function selection(ioprio: number): SqeFields {
  const selects = ioprio & (sqe.IORING_RECV_MULTISHOT | sqe.IORING_RECVSEND_BUNDLE);
  return selects === 0 ? {} : { flags: sqe.IOSQE_BUFFER_SELECT };
}

interface Flag {
  readonly name: string;
  readonly value: number;
  readonly since: KernelVersion;
}

const GROUPS: readonly { name: string; rows: readonly Flag[] }[] = [
  ...CONSTANT_GROUPS.filter((group) => group.kind === "bits"),
  {
    name: RW_FLAGS.name,
    rows: Object.entries(RW_FLAGS.newer ?? {}).map(([name, since]) => {
      return { name, value: RW_FLAGS.values[name] ?? 0, since };
    }),
  },
];

/** The kernels that take a flag. */
function takers(probe: Probe, { name, value }: Flag): readonly KernelName[] {
  const flags = value | (probe.beside?.[name] ?? 0);
  return KERNELS.filter(
    (kernel) => probe.ask(new World({ kernel }), flags, kernel) !== (probe.unknown ?? -EINVAL),
  );
}

const sinceOf = (name: string): KernelVersion | undefined =>
  CONSTANTS.find((row) => row.name === name)?.since;

describe("every group of flags", () => {
  it("is passed by a test, came with its call, or is never refused", () => {
    const known = [PROBES, CARRIERS, NOT_REFUSED].flatMap((table) => Object.keys(table));

    expect(known.sort()).toEqual(GROUPS.map(({ name }) => name).sort());
  });
});

describe.each(GROUPS.filter(({ name }) => PROBES[name] !== undefined))("$name", (group) => {
  const flags = group.rows.filter((row) => EXCEPTIONS[row.name] === undefined);

  it.each(flags)("$name is taken from $since on, and not before", (flag) => {
    for (const probe of PROBES[group.name] ?? []) {
      const first = sinceOfProbe(probe, flag.since);
      expect(takers(probe, flag)).toEqual(KERNELS.filter((kernel) => isAtLeast(kernel, first)));
    }
  });
});

/** A flag may be older than one of the calls that take it. */
function sinceOfProbe(probe: Probe, since: KernelVersion): KernelVersion {
  const young = PROBES["cancel flags"]?.[1] === probe && !isAtLeast(since, "6.0");
  return young ? (sinceOf("IORING_REGISTER_SYNC_CANCEL") ?? since) : since;
}

describe.each(GROUPS.filter(({ name }) => CARRIERS[name] !== undefined))("$name", (group) => {
  it("are known wherever there is something to pass them to", () => {
    const carrier = sinceOf(CARRIERS[group.name] ?? "") ?? "0.0";
    const those = (since: KernelVersion): KernelName[] =>
      KERNELS.filter((kernel) => isAtLeast(kernel, since));

    for (const { since } of group.rows) expect(those(since)).toEqual(those(carrier));
  });
});

describe("attributes of reads and writes", () => {
  it("were not looked at before there were any", () => {
    const results = KERNELS.slice(1).map((kernel) => {
      const world = new World({ kernel });
      world.sqe(1, { opcode: opcodes.IORING_OP_READV, fd: world.file([1]).fd, pad2: 2 });
      return world.go()[0]?.[1];
    });

    expect(results).toEqual([0, 0, 0, 0, 0, -EINVAL]);
  });
});

describe("the probe of read and write flags", () => {
  it("tells a flag that is unknown from one that is refused", () => {
    const probe = PROBES[RW_FLAGS.name]?.[0];
    const ask = (flags: number): number | undefined => probe?.ask(new World(), flags, "6.18");

    expect([ask(RWF_APPEND), ask(RWF_HIPRI), ask(RWF_ATOMIC), ask(1 << 20)]).toEqual([
      0,
      -EINVAL,
      -EOPNOTSUPP,
      -EOPNOTSUPP,
    ]);
  });
});
