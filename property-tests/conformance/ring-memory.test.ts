/** Chapters SETUP and MEM: rings in memory of the program, and parts of rings that are mapped. */
import { expect } from "vitest";
import { CQE_BIG } from "../../spec/abi/cqe.ts";
import { IORING_ENTER_GETEVENTS, IORING_ENTER_REGISTERED_RING } from "../../spec/abi/enter.ts";
import {
  IORING_REGISTER_USE_REGISTERED_RING,
  IORING_UNREGISTER_RING_FDS,
} from "../../spec/abi/register.ts";
import { FILES_UPDATE_SIZE } from "../../spec/abi/register-structs.ts";
import {
  IORING_OFF_CQ_RING,
  IORING_OFF_SQES,
  IORING_OFF_SQ_RING,
  IORING_SETUP_CQE32,
  IORING_SETUP_CQE_MIXED,
  IORING_SETUP_CQSIZE,
  IORING_SETUP_NO_MMAP,
  IORING_SETUP_NO_SQARRAY,
  IORING_SETUP_REGISTERED_FD_ONLY,
  IORING_SETUP_SQE128,
  PARAMS_CQ_OFF_TAIL,
  PARAMS_CQ_OFF_USER_ADDR,
  PARAMS_FLAGS,
  PARAMS_SIZE,
  PARAMS_SQ_OFF_ARRAY,
  PARAMS_SQ_OFF_FLAGS,
  PARAMS_SQ_OFF_USER_ADDR,
} from "../../spec/abi/setup.ts";
import { SQE_OP_FLAGS, IORING_NOP_CQE32 } from "../../spec/abi/sqe.ts";
import { setU64 } from "../../src/queue/index.ts";
import type { Memory } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { nop, set32 } from "./harness/entries.ts";
import { check, equal } from "./harness/expectation.ts";
import { type GivenMemory, mapped, RawRing, setup } from "./harness/raw-ring.ts";

const scenario = await chapter();

/** These scenarios make rings of their own: they run once, whatever ring there is besides. */
const once = { rings: "plain" } as const;

const UNMAPPED_PAGE = 4096;

/** io_uring_setup(2) with NO_MMAP. What comes out is not closed by itself. */
function setUpAt(
  world: World,
  rings: number | bigint,
  sqes: number | bigint,
  flags = 0,
  entries = 4,
): { readonly result: number; readonly params: DataView } {
  const { view: params, address } = world.memory.allocate(PARAMS_SIZE);
  params.setUint32(PARAMS_FLAGS, IORING_SETUP_NO_MMAP | flags, true);
  params.setBigUint64(PARAMS_CQ_OFF_USER_ADDR, BigInt(rings), true);
  params.setBigUint64(PARAMS_SQ_OFF_USER_ADDR, BigInt(sqes), true);
  return { result: world.backend.setup(entries, address), params };
}

/** A ring in two pieces of memory, closed with the world. */
function ringIn(world: World, memory: GivenMemory, flags = 0, entries = 4): RawRing {
  const { result, params } = setUpAt(
    world,
    memory.ring.address,
    memory.sqes.address,
    flags,
    entries,
  );
  check("the ring is set up", result >= 0);
  world.defer(() => world.backend.close(result));
  return RawRing.at(world, result, params, memory);
}

function twoPages(world: World): GivenMemory {
  return { ring: world.memory.pages(1), sqes: world.memory.pages(1) };
}

const words = (memory: Memory, count: number): number[] =>
  Array.from({ length: count }, (_, index) => memory.view.getUint32(index * 4, true));

scenario(
  "SETUP-13",
  "both pieces of memory have to be whole, mapped, writable pages",
  once,
  (world) => {
    const page = world.memory.pages(1).address;
    const constant = world.memory.pages(1);
    world.protect(constant);
    const refused = (rings: number | bigint, sqes: number | bigint): number =>
      setUpAt(world, rings, sqes).result;

    for (const [bad, errno] of [
      [0, "EFAULT"],
      [page + 64, "EINVAL"],
      [UNMAPPED_PAGE, "EFAULT"],
      [UNMAPPED_PAGE + 8, "EINVAL"],
      [0xffff_8000_0000_0000n, "EFAULT"],
      [0xffff_ffff_ffff_f000n, "EOVERFLOW"],
      [constant.address, "EFAULT"],
    ] as const) {
      equal("the rings", refused(bad, page), errno);
      equal("the SQEs", refused(page, bad), errno);
    }
    equal("both, the rings first", refused(UNMAPPED_PAGE, page + 64), "EFAULT");
  },
);

scenario("SETUP-13", "memory that was refused is as before", once, (world) => {
  const page = world.memory.pages(1);
  page.bytes.fill(0xff);

  equal("bad SQEs", setUpAt(world, page.address, UNMAPPED_PAGE).result, "EFAULT");
  equal("bad entries", setUpAt(world, page.address, page.address, 0, 0).result, "EINVAL");

  check(
    "untouched",
    page.bytes.every((byte) => byte === 0xff),
  );
});

scenario(
  "SETUP-27",
  "the rings lie in the program's memory, and cannot be mapped",
  once,
  (world) => {
    const memory = twoPages(world);
    const ring = ringIn(world, memory);
    expect(words(memory.ring, 8)).toEqual([0, 0, 0, 0, 3, 7, 4, 8]);
    for (const offset of [IORING_OFF_SQ_RING, IORING_OFF_CQ_RING, IORING_OFF_SQES]) {
      equal("mmap", world.backend.mapRing(ring.fd, offset, 4096) as number, "ENOMEM");
    }

    ring.fill(1, 77, nop());
    ring.point(0, 1);
    ring.setTail(1);
    equal("enter", ring.enter(1), 1);

    expect(words(memory.ring, 4)).toEqual([1, 1, 0, 1]);
    expect(ring.reap()).toEqual([{ userData: 77, res: 0, flags: 0 }]);
  },
);

scenario("SETUP-38", "its header is cleared, and nothing else", once, (world) => {
  const memory = twoPages(world);
  memory.ring.bytes.fill(0xff);
  memory.sqes.bytes.fill(0xff);

  ringIn(world, memory);

  expect(words(memory.ring, 16)).toEqual([0, 0, 0, 0, 3, 7, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0]);
  const changed = (bytes: Uint8Array): number => bytes.findIndex((byte) => byte !== 0xff);
  expect(changed(memory.ring.bytes.subarray(64)), "where CQEs and SQ array changed").toBe(-1);
  expect(changed(memory.sqes.bytes), "where SQEs changed").toBe(-1);
});

scenario("LIFE-8", "its end, after the close, writes to its header once more", once, (world) => {
  const memory = twoPages(world);
  const { result, params } = setUpAt(world, memory.ring.address, memory.sqes.address);
  const ring = RawRing.at(world, result, params, memory);
  ring.fill(0, 77, nop());
  ring.point(0, 0);
  ring.setTail(1);
  equal("enter", ring.enter(1), 1);
  memory.ring.bytes.fill(0xff);
  memory.sqes.bytes.fill(0xff);

  world.backend.close(result);
  world.until("the ring has ended", () => ring.word(PARAMS_CQ_OFF_TAIL) === 1);
  world.until("no CQE waits", () => ring.word(PARAMS_SQ_OFF_FLAGS) === 0xfffffffd);

  const changed = Array.from(memory.ring.bytes.keys()).filter((at) => {
    const inTail = at >= 12 && at < 16;
    return memory.ring.bytes[at] !== 0xff && !inTail && at !== 36;
  });
  expect(changed).toEqual([]);
  check(
    "SQEs",
    memory.sqes.bytes.every((byte) => byte === 0xff),
  );
});

scenario("SETUP-27 MEM-13 MEM-15", "other kinds of ring as well", once, (world) => {
  const memory = { ring: world.memory.pages(2), sqes: world.memory.pages(1) };
  const flags = IORING_SETUP_NO_SQARRAY | IORING_SETUP_CQE32 | IORING_SETUP_SQE128;
  const ring = ringIn(world, memory, flags, 16);
  equal("array", ring.params.getUint32(PARAMS_SQ_OFF_ARRAY, true), 0);

  for (let index = 0; index < 2; index++) {
    ring.fill(index, index + 1, set32(SQE_OP_FLAGS, IORING_NOP_CQE32, nop()));
  }
  ring.setTail(2);
  equal("enter", ring.enter(2), 2);

  expect(ring.reap().map(({ userData }) => userData)).toEqual([1, 2]);
  equal("second half", ring.ring.getUint32(ring.cqeAt(1) + CQE_BIG, true), 0);
});

scenario("MEM-18", "the kernel keeps the pages, whatever is mapped there later", once, (world) => {
  const memory = twoPages(world);
  const ring = ringIn(world, memory, IORING_SETUP_NO_SQARRAY);
  ring.fill(0, 77, nop());
  ring.setTail(1);

  world.remap(memory.ring);
  world.remap(memory.sqes);

  equal("the program sees new pages", memory.ring.view.getUint32(28, true), 0);
  equal("enter", world.backend.enter(ring.fd, 1, 1, IORING_ENTER_GETEVENTS, 0, 0), 1);
  equal("the tail that the program sees", memory.ring.view.getUint32(12, true), 0);
});

scenario("SETUP-26", "REGISTERED_FD_ONLY gives an index and no descriptor", once, (world) => {
  const memory = twoPages(world);
  const { address } = memory.ring;
  const flags = IORING_SETUP_REGISTERED_FD_ONLY;
  const { result, params } = setUpAt(world, address, memory.sqes.address, flags);
  check("an index", result >= 0 && result < 16);
  const ring = RawRing.at(world, result, params, memory);
  ring.fill(0, 77, nop());
  ring.setTail(1);

  equal("enter", ring.enter(1, 0, IORING_ENTER_REGISTERED_RING), 1);
  expect(ring.reap()).toEqual([{ userData: 77, res: 0, flags: 0 }]);

  const slot = world.memory.allocate(FILES_UPDATE_SIZE);
  slot.view.setUint32(0, result, true);
  const unregister = (IORING_UNREGISTER_RING_FDS | IORING_REGISTER_USE_REGISTERED_RING) >>> 0;
  equal("unregister", world.backend.register(result, unregister, slot.address, 1), 1);
  equal("enter", ring.enter(0, 0, IORING_ENTER_REGISTERED_RING), "EBADF");
});

scenario("SETUP-12 SETUP-28", "flags and sizes are checked before memory", once, (world) => {
  const { result } = setup(world, 4, IORING_SETUP_REGISTERED_FD_ONLY);
  equal("REGISTERED_FD_ONLY alone", result, "EINVAL");
  const params = world.memory.allocate(PARAMS_SIZE);
  const flags = IORING_SETUP_NO_MMAP | IORING_SETUP_CQE_MIXED | IORING_SETUP_CQSIZE;
  params.view.setUint32(PARAMS_FLAGS, flags, true);
  params.view.setUint32(4, 1, true);
  setU64(params.view, PARAMS_CQ_OFF_USER_ADDR, 8);

  equal("a mixed ring of one CQE", world.backend.setup(1, params.address), "EOVERFLOW");
});

scenario("MEM-7", "a mapping may be shorter or longer than the region", once, (world) => {
  const { result } = setup(world, 4);
  for (const byteLength of [64, 4096, 65536]) {
    const header = new DataView(mapped(world, result, IORING_OFF_SQ_RING, byteLength));

    equal("CQ entries", header.getUint32(28, true), 8);
  }
});

scenario("MEM-16", "IORING_OFF_SQES maps the SQEs", once, (world) => {
  const ring = RawRing.open(world, 4, IORING_SETUP_NO_SQARRAY);
  const view = new DataView(mapped(world, ring.fd, IORING_OFF_SQES, 4096));

  nop()(view, 0);
  setU64(view, 32, 77);
  ring.setTail(1);

  equal("enter", ring.enter(1), 1);
  expect(ring.reap()).toEqual([{ userData: 77, res: 0, flags: 0 }]);
});

scenario(
  "SETUP-33",
  "params that cannot be written are an error, and no ring stays",
  once,
  (world) => {
    const page = world.memory.pages(1);
    world.protect(page);

    equal("setup", world.backend.setup(4, page.address), "EFAULT");
  },
);
