/** Chapters SETUP and MEM: what io_uring_setup(2) takes, refuses and maps. */
import { expect } from "vitest";
import { IORING_ENTER_GETEVENTS } from "../../spec/abi/enter.ts";
import { IORING_REGISTER_ENABLE_RINGS } from "../../spec/abi/register.ts";
import {
  IORING_FEAT_CQE_SKIP,
  IORING_FEAT_EXT_ARG,
  IORING_FEAT_FAST_POLL,
  IORING_FEAT_NODROP,
  IORING_FEAT_RW_CUR_POS,
  IORING_FEAT_SINGLE_MMAP,
  IORING_FEAT_SUBMIT_STABLE,
  IORING_OFF_CQ_RING,
  IORING_OFF_SQ_RING,
  IORING_SETUP_ATTACH_WQ,
  IORING_SETUP_CLAMP,
  IORING_SETUP_COOP_TASKRUN,
  IORING_SETUP_CQE32,
  IORING_SETUP_CQE_MIXED,
  IORING_SETUP_CQSIZE,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_HYBRID_IOPOLL,
  IORING_SETUP_NO_SQARRAY,
  IORING_SETUP_REGISTERED_FD_ONLY,
  IORING_SETUP_R_DISABLED,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SQE128,
  IORING_SETUP_SQPOLL,
  IORING_SETUP_SQ_AFF,
  IORING_SETUP_SUBMIT_ALL,
  IORING_SETUP_TASKRUN_FLAG,
  PARAMS_CQ_ENTRIES,
  PARAMS_CQ_OFF_CQES,
  PARAMS_CQ_OFF_FLAGS,
  PARAMS_CQ_OFF_HEAD,
  PARAMS_CQ_OFF_OVERFLOW,
  PARAMS_CQ_OFF_RESV1,
  PARAMS_CQ_OFF_RING_ENTRIES,
  PARAMS_CQ_OFF_RING_MASK,
  PARAMS_CQ_OFF_TAIL,
  PARAMS_CQ_OFF_USER_ADDR,
  PARAMS_FEATURES,
  PARAMS_FLAGS,
  PARAMS_RESV,
  PARAMS_SQ_ENTRIES,
  PARAMS_SQ_OFF_ARRAY,
  PARAMS_SQ_OFF_DROPPED,
  PARAMS_SQ_OFF_FLAGS,
  PARAMS_SQ_OFF_HEAD,
  PARAMS_SQ_OFF_RESV1,
  PARAMS_SQ_OFF_RING_ENTRIES,
  PARAMS_SQ_OFF_RING_MASK,
  PARAMS_SQ_OFF_TAIL,
  PARAMS_SQ_OFF_USER_ADDR,
  PARAMS_WQ_FD,
} from "../../spec/abi/setup.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import { chapter } from "./harness/chapter.ts";
import { nop } from "./harness/entries.ts";
import { check, equal, type Result } from "./harness/expectation.ts";
import { mapped, RawRing, setup, type SetupAnswer } from "./harness/raw-ring.ts";

const scenario = await chapter();

/** These scenarios make rings of their own: they run once, whatever ring there is besides. */
const once = { rings: "plain" } as const;

function sizes({ result, params }: SetupAnswer): [sq: number, cq: number] {
  check("the ring is set up", result >= 0);
  return [params.getUint32(PARAMS_SQ_ENTRIES, true), params.getUint32(PARAMS_CQ_ENTRIES, true)];
}

function refused(answer: SetupAnswer, expected: Result): void {
  equal("io_uring_setup", answer.result, expected);
}

scenario("SETUP-1", "unreadable params fault, before the entries are looked at", once, (world) => {
  equal("setup of 8 entries", world.backend.setup(8, UNMAPPED), "EFAULT");
  equal("setup of 0 entries", world.backend.setup(0, UNMAPPED), "EFAULT");
});

scenario("SETUP-2", "a reserved field that is set is refused", once, (world) => {
  for (let index = 0; index < 3; index++) {
    refused(setup(world, 8, 0, { [PARAMS_RESV + 4 * index]: 1 }), "EINVAL");
  }
});

scenario("SETUP-3", "an unknown flag is refused", once, (world) => {
  refused(setup(world, 8, 0x80000000), "EINVAL");
  refused(setup(world, 8, 1 << 30), "EINVAL");
});

scenario("SETUP-4 SETUP-22", "entries are 1 to 32768, or clamped when asked", once, (world) => {
  refused(setup(world, 0), "EINVAL");
  refused(setup(world, 0, IORING_SETUP_CLAMP), "EINVAL");
  refused(setup(world, 32769), "EINVAL");

  expect(sizes(setup(world, 1))).toEqual([1, 2]);
  expect(sizes(setup(world, 32769, IORING_SETUP_CLAMP))).toEqual([32768, 65536]);
});

scenario("SETUP-5", "entries are rounded up to a power of two", once, (world) => {
  expect(sizes(setup(world, 5))).toEqual([8, 16]);
  expect(sizes(setup(world, 8))).toEqual([8, 16]);
  expect(sizes(setup(world, 129))).toEqual([256, 512]);
});

scenario("SETUP-6", "without CQSIZE the caller's sizes are ignored", once, (world) => {
  const asked = { [PARAMS_SQ_ENTRIES]: 77, [PARAMS_CQ_ENTRIES]: 3 };

  expect(sizes(setup(world, 4, 0, asked))).toEqual([4, 8]);
});

scenario(
  "SETUP-7 SETUP-23 SETUP-24",
  "CQSIZE sets the completion queue's size within bounds",
  once,
  (world) => {
    const withCq = (entries: number, cqEntries: number, flags = 0): SetupAnswer =>
      setup(world, entries, IORING_SETUP_CQSIZE | flags, { [PARAMS_CQ_ENTRIES]: cqEntries });

    expect(sizes(withCq(5, 7))).toEqual([8, 8]);
    expect(sizes(withCq(4, 33))).toEqual([4, 64]);
    expect(sizes(withCq(4, 65537, IORING_SETUP_CLAMP))).toEqual([4, 65536]);
    refused(withCq(4, 0), "EINVAL");
    refused(withCq(8, 4), "EINVAL");
    refused(withCq(4, 65537), "EINVAL");
  },
);

scenario("SETUP-8", "SQPOLL excludes the flags about task work", once, (world) => {
  const deferred = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;

  refused(setup(world, 8, IORING_SETUP_SQPOLL | IORING_SETUP_COOP_TASKRUN), "EINVAL");
  refused(setup(world, 8, IORING_SETUP_SQPOLL | IORING_SETUP_TASKRUN_FLAG), "EINVAL");
  refused(setup(world, 8, IORING_SETUP_SQPOLL | deferred), "EINVAL");
});

scenario("SETUP-9 SETUP-10", "TASKRUN_FLAG and DEFER_TASKRUN need company", once, (world) => {
  refused(setup(world, 8, IORING_SETUP_TASKRUN_FLAG), "EINVAL");
  refused(setup(world, 8, IORING_SETUP_DEFER_TASKRUN), "EINVAL");

  const coop = IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG;
  expect(sizes(setup(world, 8, coop))).toEqual([8, 16]);
});

scenario("SETUP-11 SETUP-12 SETUP-15", "flags that make no sense alone", once, (world) => {
  refused(setup(world, 8, IORING_SETUP_SQ_AFF), "EINVAL");
  refused(setup(world, 8, IORING_SETUP_REGISTERED_FD_ONLY), "EINVAL");
  refused(setup(world, 8, IORING_SETUP_HYBRID_IOPOLL), "EINVAL");
});

scenario("SETUP-14", "CQE32 and CQE_MIXED exclude each other", once, (world) => {
  refused(setup(world, 8, IORING_SETUP_CQE32 | IORING_SETUP_CQE_MIXED), "EINVAL");
});

const noWorkers = { ...once, without: { sim: "ATTACH_WQ is not modelled" } } as const;

scenario("SETUP-16", "ATTACH_WQ wants the descriptor of a ring", noWorkers, (world, ring) => {
  const attach = (fd: number): SetupAnswer =>
    setup(world, 8, IORING_SETUP_ATTACH_WQ, { [PARAMS_WQ_FD]: fd });

  refused(attach(-1), "ENXIO");
  refused(attach(world.pipe().read), "EINVAL");
  expect(sizes(attach(ring.queue.ringFd))).toEqual([8, 16]);
});

scenario(
  "SETUP-17 SETUP-31",
  "features are output only, flags come back unchanged",
  once,
  (world) => {
    const flags = IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CLAMP;
    const promised =
      IORING_FEAT_SINGLE_MMAP |
      IORING_FEAT_NODROP |
      IORING_FEAT_SUBMIT_STABLE |
      IORING_FEAT_RW_CUR_POS |
      IORING_FEAT_FAST_POLL |
      IORING_FEAT_EXT_ARG |
      IORING_FEAT_CQE_SKIP;

    const { result, params } = setup(world, 8, flags, { [PARAMS_FEATURES]: 0x80000000 });

    check("the ring is set up", result >= 0);
    expect(params.getUint32(PARAMS_FLAGS, true)).toBe(flags);
    expect(params.getUint32(PARAMS_FEATURES, true) & promised).toBe(promised);
    expect(params.getUint32(PARAMS_FEATURES, true) & 0x80000000).toBe(0);
  },
);

scenario("SETUP-39", "the features are all that there are, on every ring", once, (world) => {
  for (const flags of [0, IORING_SETUP_SUBMIT_ALL, IORING_SETUP_CQE32, IORING_SETUP_R_DISABLED]) {
    const { result, params } = setup(world, 8, flags);

    check("the ring is set up", result >= 0);
    equal("features", params.getUint32(PARAMS_FEATURES, true), 0x3ffff);
  }
});

scenario("SETUP-18", "refused params stay as they were", once, (world) => {
  const { result, params } = setup(world, 5, IORING_SETUP_CQSIZE, { [PARAMS_CQ_ENTRIES]: 3 });

  equal("io_uring_setup", result, "EINVAL");
  expect(params.getUint32(PARAMS_SQ_ENTRIES, true)).toBe(0);
  expect(params.getUint32(PARAMS_CQ_ENTRIES, true)).toBe(3);
  expect(params.getUint32(PARAMS_FEATURES, true)).toBe(0);
  expect(params.getUint32(PARAMS_CQ_OFF_CQES, true)).toBe(0);
});

scenario("SETUP-20 ENTER-4 REG-7", "a disabled ring works once it is enabled", once, (world) => {
  const ring = RawRing.open(world, 4, IORING_SETUP_R_DISABLED);
  const enable = (): number => world.backend.register(ring.fd, IORING_REGISTER_ENABLE_RINGS, 0, 0);
  ring.fill(0, 1, nop());
  ring.setTail(1);

  equal("a submit while disabled", ring.enter(1), "EBADFD");
  equal("a wait while disabled", ring.enter(0, 1, IORING_ENTER_GETEVENTS), "EBADFD");
  equal("ENABLE_RINGS", enable(), 0);
  equal("a submit", ring.enter(1), 1);
  expect(ring.reap()).toEqual([{ userData: 1, res: 0, flags: 0 }]);
  equal("ENABLE_RINGS again", enable(), "EBADFD");
});

const deferredFlags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;

scenario("SETUP-20 TASK-2", "a disabled single-issuer ring, too", once, (world) => {
  const ring = RawRing.open(world, 4, IORING_SETUP_R_DISABLED | deferredFlags);
  ring.fill(0, 1, nop());
  ring.setTail(1);

  equal("a submit while disabled", ring.enter(1), "EBADFD");
  equal("ENABLE_RINGS", world.backend.register(ring.fd, IORING_REGISTER_ENABLE_RINGS, 0, 0), 0);
  equal("a submit", ring.enter(1, 1, IORING_ENTER_GETEVENTS), 1);
  expect(ring.reap()).toEqual([{ userData: 1, res: 0, flags: 0 }]);
});

scenario("MEM-1 MEM-2 MEM-14", "the header's fields lie where 6.18 puts them", once, (world) => {
  const { params } = setup(world, 8);
  const at = (offset: number): number => params.getUint32(offset, true);

  expect([at(PARAMS_SQ_OFF_HEAD), at(PARAMS_SQ_OFF_TAIL)]).toEqual([0, 4]);
  expect([at(PARAMS_CQ_OFF_HEAD), at(PARAMS_CQ_OFF_TAIL)]).toEqual([8, 12]);
  expect([at(PARAMS_SQ_OFF_RING_MASK), at(PARAMS_CQ_OFF_RING_MASK)]).toEqual([16, 20]);
  expect([at(PARAMS_SQ_OFF_RING_ENTRIES), at(PARAMS_CQ_OFF_RING_ENTRIES)]).toEqual([24, 28]);
  expect([at(PARAMS_SQ_OFF_DROPPED), at(PARAMS_SQ_OFF_FLAGS)]).toEqual([32, 36]);
  expect([at(PARAMS_CQ_OFF_FLAGS), at(PARAMS_CQ_OFF_OVERFLOW)]).toEqual([40, 44]);
  expect([at(PARAMS_CQ_OFF_CQES), at(PARAMS_SQ_OFF_ARRAY)]).toEqual([64, 64 + 16 * 16]);
  for (const unused of [PARAMS_SQ_OFF_RESV1, PARAMS_CQ_OFF_RESV1]) expect(at(unused)).toBe(0);
  for (const unused of [PARAMS_SQ_OFF_USER_ADDR, PARAMS_CQ_OFF_USER_ADDR]) {
    expect([at(unused), at(unused + 4)]).toEqual([0, 0]);
  }
});

scenario(
  "MEM-2 MEM-13",
  "the SQ array lies behind the CQEs, 64-aligned, or nowhere",
  once,
  (world) => {
    const arrayOf = (entries: number, flags: number): number =>
      setup(world, entries, flags).params.getUint32(PARAMS_SQ_OFF_ARRAY, true);

    expect(arrayOf(1, 0)).toBe(64 + 64);
    expect(arrayOf(64, 0)).toBe(64 + 128 * 16);
    expect(arrayOf(8, IORING_SETUP_NO_SQARRAY)).toBe(0);
  },
);

scenario("MEM-3 MEM-12", "CQE32 moves the SQ array, SQE128 moves nothing", once, (world) => {
  const arrayOf = (flags: number): number =>
    setup(world, 8, flags).params.getUint32(PARAMS_SQ_OFF_ARRAY, true);

  expect(arrayOf(IORING_SETUP_SQE128)).toBe(arrayOf(0));
  // The header counts twice, although it stays 64 bytes long.
  expect(arrayOf(IORING_SETUP_CQE32)).toBe(2 * (64 + 16 * 16));
});

scenario("MEM-3", "big SQEs are taken 128 bytes apart", once, (world) => {
  const ring = RawRing.open(world, 4, IORING_SETUP_SQE128);
  for (let index = 0; index < 3; index++) {
    ring.fill(index, index + 1, nop());
    ring.point(index, index);
  }
  ring.setTail(3);

  equal("enter", ring.enter(3), 3);
  expect(ring.reap().map(({ userData }) => userData)).toEqual([1, 2, 3]);
});

scenario("MEM-15 CQ-8 CQ-15", "big CQEs are 32 bytes apart and zero behind", once, (world) => {
  const ring = RawRing.open(world, 4, IORING_SETUP_CQE32);
  for (let index = 0; index < 2; index++) {
    ring.fill(index, index + 1, nop());
    ring.point(index, index);
  }
  ring.setTail(2);

  equal("enter", ring.enter(2), 2);
  for (let offset = 16; offset < 32; offset += 4) {
    expect(ring.ring.getUint32(ring.cqeAt(0) + offset, true)).toBe(0);
  }
  expect(ring.reap()).toEqual([
    { userData: 1, res: 0, flags: 0 },
    { userData: 2, res: 0, flags: 0 },
  ]);
});

scenario("MEM-6", "both ring offsets map the same memory", once, (world) => {
  const { result } = setup(world, 8);
  const one = new DataView(mapped(world, result, IORING_OFF_SQ_RING, 64));
  const other = new DataView(mapped(world, result, IORING_OFF_CQ_RING, 64));

  one.setUint32(4, 3, true);

  expect(other.getUint32(4, true)).toBe(3);
});

scenario("MEM-17", "an offset that means nothing cannot be mapped", once, (world) => {
  const { result } = setup(world, 8);

  const mapping = world.backend.mapRing(result, 0x40000000, 4096);

  check("the mapping fails", typeof mapping === "number" && mapping < 0);
});

scenario("MEM-9", "a new ring has masks and counts, and is zero otherwise", once, (world) => {
  const ring = RawRing.open(world, 4);

  expect([ring.word(PARAMS_SQ_OFF_RING_MASK), ring.word(PARAMS_CQ_OFF_RING_MASK)]).toEqual([3, 7]);
  expect([ring.word(PARAMS_SQ_OFF_RING_ENTRIES), ring.word(PARAMS_CQ_OFF_RING_ENTRIES)]).toEqual([
    4, 8,
  ]);
  for (const field of [PARAMS_SQ_OFF_HEAD, PARAMS_SQ_OFF_TAIL, PARAMS_SQ_OFF_FLAGS]) {
    expect(ring.word(field)).toBe(0);
  }
  for (const field of [PARAMS_CQ_OFF_HEAD, PARAMS_CQ_OFF_TAIL, PARAMS_CQ_OFF_OVERFLOW]) {
    expect(ring.word(field)).toBe(0);
  }
  expect(ring.ring.getUint32(ring.params.getUint32(PARAMS_SQ_OFF_ARRAY, true) + 4, true)).toBe(0);
});

scenario("MEM-10 SQ-1", "the kernel moves only its own two indices", once, (world) => {
  const ring = RawRing.open(world, 4);
  ring.fill(0, 1, nop());
  ring.fill(1, 2, nop());
  ring.point(1, 1);
  ring.setTail(2);

  equal("enter", ring.enter(2), 2);

  expect([ring.word(PARAMS_SQ_OFF_HEAD), ring.word(PARAMS_SQ_OFF_TAIL)]).toEqual([2, 2]);
  expect([ring.word(PARAMS_CQ_OFF_HEAD), ring.word(PARAMS_CQ_OFF_TAIL)]).toEqual([0, 2]);
});
