/** Chapter REG: REGISTER_RESIZE_RINGS. */
import { expect } from "vitest";
import {
  IORING_SQ_CQ_OVERFLOW,
  IORING_SQ_NEED_WAKEUP,
  IORING_SQ_TASKRUN,
} from "../../spec/abi/cqe.ts";
import { IORING_ENTER_GETEVENTS } from "../../spec/abi/enter.ts";
import { IORING_REGISTER_RESIZE_RINGS } from "../../spec/abi/register.ts";
import {
  IORING_SETUP_CLAMP,
  IORING_SETUP_CQE32,
  IORING_SETUP_CQSIZE,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_NO_MMAP,
  IORING_SETUP_NO_SQARRAY,
  IORING_SETUP_R_DISABLED,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SQE128,
  IORING_SETUP_TASKRUN_FLAG,
  PARAMS_CQ_ENTRIES,
  PARAMS_CQ_OFF_CQES,
  PARAMS_CQ_OFF_HEAD,
  PARAMS_CQ_OFF_OVERFLOW,
  PARAMS_CQ_OFF_TAIL,
  PARAMS_CQ_OFF_USER_ADDR,
  PARAMS_FEATURES,
  PARAMS_FLAGS,
  PARAMS_RESV,
  PARAMS_SIZE,
  PARAMS_SQ_ENTRIES,
  PARAMS_SQ_OFF_ARRAY,
  PARAMS_SQ_OFF_FLAGS,
  PARAMS_SQ_OFF_HEAD,
  PARAMS_SQ_OFF_TAIL,
  PARAMS_SQ_OFF_USER_ADDR,
} from "../../spec/abi/setup.ts";
import { UNMAPPED, type Memory } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { nop, read } from "./harness/entries.ts";
import { check, equal } from "./harness/expectation.ts";
import { type GivenMemory, type ParamsFields, RawRing, setup } from "./harness/raw-ring.ts";

const scenario = await chapter();

/** These scenarios make rings of their own: they run once, whatever ring there is besides. */
const once = { rings: "plain" } as const;

const DEFERRED = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
const GETEVENTS = IORING_ENTER_GETEVENTS;
/** What the kernel sets in the SQ flags of rings that were resized. */
const WOKEN = IORING_SQ_NEED_WAKEUP | IORING_SQ_TASKRUN;

interface Sizes {
  readonly sq: number;
  /** With CQSIZE. */
  readonly cq?: number;
  readonly flags?: number;
  readonly fields?: ParamsFields;
}

interface Answer {
  readonly result: number;
  readonly params: DataView;
}

function resize(world: World, ringFd: number, { sq, cq, flags = 0, fields = {} }: Sizes): Answer {
  const { view: params, address } = world.memory.allocate(PARAMS_SIZE);
  params.setUint32(PARAMS_SQ_ENTRIES, sq, true);
  params.setUint32(PARAMS_CQ_ENTRIES, cq ?? 0, true);
  params.setUint32(PARAMS_FLAGS, flags | (cq === undefined ? 0 : IORING_SETUP_CQSIZE), true);
  for (const [offset, value] of Object.entries(fields)) {
    params.setUint32(Number(offset), value, true);
  }
  return {
    result: world.backend.register(ringFd, IORING_REGISTER_RESIZE_RINGS, address, 1),
    params,
  };
}

/** Resizes a ring, and maps it again. */
function resized(world: World, ring: RawRing, sizes: Sizes): RawRing {
  const { result, params } = resize(world, ring.fd, sizes);
  equal("resize", result, 0);
  return RawRing.at(world, ring.fd, params);
}

const sizesOf = (params: DataView): number[] => [
  params.getUint32(PARAMS_SQ_ENTRIES, true),
  params.getUint32(PARAMS_CQ_ENTRIES, true),
];

/** Puts NOPs with these numbers into the queue, from where its tail is. */
function queue(ring: RawRing, ...userData: readonly number[]): void {
  const tail = ring.word(PARAMS_SQ_OFF_TAIL);
  userData.forEach((id, offset) => {
    const index = (tail + offset) & (ring.sqEntries - 1);
    ring.fill(index, id, nop());
    if (ring.params.getUint32(PARAMS_SQ_OFF_ARRAY, true) !== 0) ring.point(index, index);
  });
  ring.setTail(tail + userData.length);
}

const taken = (ring: RawRing): number[] => ring.reap().map(({ userData }) => userData);

scenario("REG-14", "only rings with DEFER_TASKRUN can be resized", once, (world) => {
  for (const flags of [0, IORING_SETUP_SINGLE_ISSUER]) {
    const { result } = setup(world, 4, flags);
    equal("resize", resize(world, result, { sq: 8 }).result, "EINVAL");
    const call = world.backend.register(result, IORING_REGISTER_RESIZE_RINGS, UNMAPPED, 1);
    equal("before the argument is read", call, "EINVAL");
  }
});

scenario("REG-14", "sizes are rounded and answered, up and down", once, (world) => {
  const { result } = setup(world, 8, DEFERRED);
  const sizes = (asked: Sizes): number[] => {
    const answer = resize(world, result, asked);
    equal("resize", answer.result, 0);
    return sizesOf(answer.params);
  };

  expect(sizes({ sq: 16 })).toEqual([16, 32]);
  expect(sizes({ sq: 16, cq: 33 })).toEqual([16, 64]);
  expect(sizes({ sq: 5 })).toEqual([8, 16]);
  expect(sizes({ sq: 8 })).toEqual([8, 16]);
  expect(sizes({ sq: 1, cq: 1 })).toEqual([1, 1]);
  expect(sizes({ sq: 32769, flags: IORING_SETUP_CLAMP })).toEqual([32768, 65536]);
});

scenario("REG-34", "flags, sizes and count are checked", once, (world) => {
  const { result } = setup(world, 8, DEFERRED);
  const call = (address: number, count: number): number =>
    world.backend.register(result, IORING_REGISTER_RESIZE_RINGS, address, count);

  equal("no argument", call(0, 1), "EINVAL");
  equal("count 0", call(UNMAPPED, 0), "EINVAL");
  equal("count 2", call(UNMAPPED, 2), "EINVAL");
  equal("unreadable", call(UNMAPPED, 1), "EFAULT");
  for (let bit = 0; bit < 32; bit++) {
    const flags = (1 << bit) >>> 0;
    if (flags === IORING_SETUP_CQSIZE || flags === IORING_SETUP_CLAMP) continue;
    equal(`flag ${flags}`, resize(world, result, { sq: 8, flags }).result, "EINVAL");
  }
  equal("no entries", resize(world, result, { sq: 0 }).result, "EINVAL");
  equal("too many", resize(world, result, { sq: 32769 }).result, "EINVAL");
  equal("no CQ entries", resize(world, result, { sq: 8, cq: 0 }).result, "EINVAL");
  equal("too few CQ entries", resize(world, result, { sq: 8, cq: 4 }).result, "EINVAL");
  const refused = resize(world, result, { sq: 8, cq: 4 });
  expect(sizesOf(refused.params)).toEqual([8, 4]);
});

scenario("REG-34", "params have to be writable", once, (world) => {
  const { result } = setup(world, 8, DEFERRED);
  const page = world.memory.pages(1);
  page.view.setUint32(PARAMS_SQ_ENTRIES, 16, true);
  world.protect(page);

  const opcode = IORING_REGISTER_RESIZE_RINGS;
  equal("resize", world.backend.register(result, opcode, page.address, 1), "EFAULT");
});

scenario("REG-52", "the answer tells sizes and offsets, but features and array", once, (world) => {
  const { result } = setup(world, 8, DEFERRED | IORING_SETUP_NO_SQARRAY);
  const fields = { [PARAMS_FEATURES]: 77, [PARAMS_SQ_OFF_ARRAY]: 78, [PARAMS_RESV]: 79 };

  const { params, ...answer } = resize(world, result, { sq: 16, fields });

  equal("reserved words are not looked at", answer.result, 0);
  const word = (offset: number): number => params.getUint32(offset, true);
  expect([word(PARAMS_FEATURES), word(PARAMS_SQ_OFF_ARRAY), word(PARAMS_RESV)]).toEqual([
    77, 78, 79,
  ]);
  expect([word(PARAMS_SQ_OFF_HEAD), word(PARAMS_SQ_OFF_TAIL)]).toEqual([0, 4]);
  expect([word(PARAMS_CQ_OFF_HEAD), word(PARAMS_CQ_OFF_TAIL)]).toEqual([8, 12]);
  equal("flags that are inherited", word(PARAMS_FLAGS), IORING_SETUP_NO_SQARRAY);
});

scenario("REG-14", "what is queued stays queued", once, (world) => {
  for (const more of [0, IORING_SETUP_SQE128]) {
    const flags = DEFERRED | IORING_SETUP_NO_SQARRAY | more;
    const old = RawRing.open(world, 8, flags);
    queue(old, 1, 2, 3, 4, 5);
    equal("enter", old.enter(2), 2);
    expect(taken(old)).toEqual([1, 2]);

    const ring = resized(world, old, { sq: 4 });
    expect([ring.word(PARAMS_SQ_OFF_HEAD), ring.word(PARAMS_SQ_OFF_TAIL)]).toEqual([2, 5]);
    equal("enter", ring.enter(3), 3);

    expect(taken(ring)).toEqual([3, 4, 5]);
    queue(ring, 6);
    equal("enter", ring.enter(1), 1);
    expect(taken(ring)).toEqual([6]);
  }
});

scenario("REG-14", "and CQEs stay in the ring, where new ones follow", once, (world) => {
  for (const more of [0, IORING_SETUP_CQE32]) {
    const old = RawRing.open(world, 4, DEFERRED | IORING_SETUP_NO_SQARRAY | more);
    for (const first of [1, 5]) {
      queue(old, first, first + 1, first + 2, first + 3);
      equal("enter", old.enter(4), 4);
      if (first === 1) expect(taken(old)).toEqual([1, 2, 3, 4]);
    }

    const ring = resized(world, old, { sq: 4, cq: 4 });
    expect([ring.word(PARAMS_CQ_OFF_HEAD), ring.word(PARAMS_CQ_OFF_TAIL)]).toEqual([4, 8]);
    expect(taken(ring)).toEqual([5, 6, 7, 8]);
    queue(ring, 9, 10);
    equal("enter", ring.enter(2), 2);

    expect(taken(ring)).toEqual([9, 10]);
  }
});

scenario("REG-14", "requests in flight post into the new ring", once, (world) => {
  const old = RawRing.open(world, 4, DEFERRED | IORING_SETUP_NO_SQARRAY);
  const pipe = world.pipe();
  old.fill(0, 1, read(pipe.read, world.memory.allocate(1)));
  old.setTail(1);
  equal("enter", old.enter(1), 1);

  const ring = resized(world, old, { sq: 16 });
  world.write(pipe.write, "x");
  world.settle();
  equal("enter", ring.enter(0, 1, GETEVENTS), 0);

  expect(ring.reap()).toEqual([{ userData: 1, res: 1, flags: 0 }]);
});

scenario(
  "REG-35",
  "rings that are too small for what is queued stay as they were",
  once,
  (world) => {
    const ring = RawRing.open(world, 8, DEFERRED);
    queue(ring, 1, 2, 3);

    const answer = resize(world, ring.fd, { sq: 2 });
    equal("three SQEs into two", answer.result, "EOVERFLOW");
    expect(sizesOf(answer.params)).toEqual([2, 4]);
    equal("SQ flags", ring.word(PARAMS_SQ_OFF_FLAGS), 0);
    equal("enter", ring.enter(3), 3);

    equal("three CQEs into two", resize(world, ring.fd, { sq: 1 }).result, "EOVERFLOW");
    expect(taken(ring)).toEqual([1, 2, 3]);
    queue(ring, 4);
    equal("enter", ring.enter(1), 1);
    expect(taken(ring)).toEqual([4]);
  },
);

scenario("REG-36", "the SQ array is not carried over", once, (world) => {
  const old = RawRing.open(world, 8, DEFERRED);
  queue(old, 1, 2, 3, 4, 5);
  equal("enter", old.enter(2), 2);
  expect(taken(old)).toEqual([1, 2]);

  const ring = resized(world, old, { sq: 4 });
  equal("array", ring.params.getUint32(PARAMS_SQ_OFF_ARRAY, true), 0);
  equal("enter", ring.enter(3), 3);

  expect(taken(ring)).toEqual([5, 5, 5]);
});

scenario("REG-51", "afterwards the SQ flags say that there may be work", once, (world) => {
  const old = RawRing.open(world, 4, DEFERRED | IORING_SETUP_TASKRUN_FLAG);
  equal("before", old.word(PARAMS_SQ_OFF_FLAGS), 0);

  const ring = resized(world, old, { sq: 4 });
  equal("after", ring.word(PARAMS_SQ_OFF_FLAGS), WOKEN);
  equal("enter", ring.enter(0, 0, GETEVENTS), 0);
  equal("after entering for nothing", ring.word(PARAMS_SQ_OFF_FLAGS), WOKEN);
});

scenario("REG-53", "the backlog stays a backlog", once, (world) => {
  const old = RawRing.open(world, 2, DEFERRED | IORING_SETUP_NO_SQARRAY);
  for (const first of [1, 3, 5]) {
    queue(old, first, first + 1);
    equal("enter", old.enter(2), 2);
  }

  const ring = resized(world, old, { sq: 4, cq: 8 });
  equal("SQ flags", ring.word(PARAMS_SQ_OFF_FLAGS), WOKEN | IORING_SQ_CQ_OVERFLOW);
  equal("tail", ring.word(PARAMS_CQ_OFF_TAIL), 4);
  equal("enter", ring.enter(0, 0, GETEVENTS), 0);

  expect(taken(ring)).toEqual([1, 2, 3, 4, 5, 6]);
  equal("SQ flags", ring.word(PARAMS_SQ_OFF_FLAGS), WOKEN);
  equal("lost", ring.word(PARAMS_CQ_OFF_OVERFLOW), 0);
});

scenario("REG-54", "the old memory stays mapped, and means nothing", once, (world) => {
  const old = RawRing.open(world, 4, DEFERRED | IORING_SETUP_NO_SQARRAY);
  const ring = resized(world, old, { sq: 8 });

  old.setTail(1);
  equal("enter", ring.enter(1), 0);
  queue(ring, 1);
  equal("enter", ring.enter(1), 1);

  equal("the old tail", old.word(PARAMS_CQ_OFF_TAIL), 0);
  expect(taken(ring)).toEqual([1]);
});

scenario("REG-14", "a disabled ring can be resized", once, (world) => {
  const { result } = setup(world, 4, DEFERRED | IORING_SETUP_R_DISABLED);

  equal("resize", resize(world, result, { sq: 8 }).result, 0);
});

/** The places of a ring's two pieces, as fields of params. */
function placesOf({ ring, sqes }: GivenMemory): ParamsFields {
  const word = 2 ** 32;
  const halves = (offset: number, { address }: Memory): ParamsFields => ({
    [offset]: address % word,
    [offset + 4]: Math.floor(address / word),
  });
  return { ...halves(PARAMS_CQ_OFF_USER_ADDR, ring), ...halves(PARAMS_SQ_OFF_USER_ADDR, sqes) };
}

scenario("REG-55", "a ring in the program's memory moves to other memory", once, (world) => {
  const pages = (): GivenMemory => ({ ring: world.memory.pages(1), sqes: world.memory.pages(1) });
  const [first, second] = [pages(), pages()];
  const flags = DEFERRED | IORING_SETUP_NO_MMAP | IORING_SETUP_NO_SQARRAY;
  const { result, params } = setup(world, 4, flags, placesOf(first));
  const old = RawRing.at(world, result, params, first);
  queue(old, 1, 2);
  second.ring.bytes.fill(0xff);
  second.sqes.bytes.fill(0xff);

  equal("no memory", resize(world, result, { sq: 8 }).result, "EFAULT");
  const half = { ...placesOf(second), ...placesOf({ ...second, sqes: first.sqes }) };
  const unaligned = { ...half, [PARAMS_SQ_OFF_USER_ADDR]: (first.sqes.address % 2 ** 32) + 8 };
  equal("bad SQEs", resize(world, result, { sq: 8, fields: unaligned }).result, "EINVAL");
  const answer = resize(world, result, { sq: 8, fields: placesOf(second) });
  equal("resize", answer.result, 0);
  const ring = RawRing.at(world, result, answer.params, second);

  check("CQEs are not cleared", ring.ring.getUint32(ring.cqeAt(0), true) === 0xffffffff);
  equal("CQEs begin", ring.params.getUint32(PARAMS_CQ_OFF_CQES, true), 64);
  equal("enter", ring.enter(2), 2);
  expect(taken(ring)).toEqual([1, 2]);
});
