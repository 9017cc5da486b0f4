/** Chapters REG and ENTER: a region of memory for the ring, and waits that read it. */
import { expect } from "vitest";
import {
  IORING_ENTER_ABS_TIMER,
  IORING_ENTER_EXT_ARG,
  IORING_ENTER_EXT_ARG_REG,
  IORING_ENTER_GETEVENTS,
  REG_WAIT_FLAGS,
  REG_WAIT_MIN_WAIT_USEC,
  REG_WAIT_PAD,
  REG_WAIT_SIGMASK,
  REG_WAIT_SIGMASK_SZ,
  REG_WAIT_SIZE,
  REG_WAIT_TS_NSEC,
  REG_WAIT_TS_SEC,
} from "../../spec/abi/enter.ts";
import {
  IORING_MEM_REGION_REG_WAIT_ARG,
  IORING_MEM_REGION_TYPE_USER,
  IORING_REG_WAIT_TS,
  IORING_REGISTER_ENABLE_RINGS,
  IORING_REGISTER_MEM_REGION,
} from "../../spec/abi/register.ts";
import {
  MEM_REGION_REG_FLAGS,
  MEM_REGION_REG_REGION_UPTR,
  MEM_REGION_REG_RESV,
  MEM_REGION_REG_SIZE,
  REGION_DESC_BYTES,
  REGION_DESC_FLAGS,
  REGION_DESC_ID,
  REGION_DESC_MMAP_OFFSET,
  REGION_DESC_RESV,
  REGION_DESC_SIZE,
  REGION_DESC_USER_ADDR,
} from "../../spec/abi/register-structs.ts";
import { IORING_SETUP_R_DISABLED } from "../../spec/abi/setup.ts";
import { setU64 } from "../../src/queue/index.ts";
import { PAGE_BYTES, UNMAPPED, type Memory } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { nop } from "./harness/entries.ts";
import { check, equal } from "./harness/expectation.ts";
import { mapped, RawRing } from "./harness/raw-ring.ts";

const scenario = await chapter();

/** These scenarios make rings of their own: they run once, whatever ring there is besides. */
const once = { rings: "plain" } as const;

const USER = IORING_MEM_REGION_TYPE_USER;
const WAITS = IORING_MEM_REGION_REG_WAIT_ARG;
const OFFSET = 0x20000000;

interface Description {
  readonly address?: number | bigint;
  readonly size?: number | bigint;
  readonly flags?: number;
  /** A byte of the struct to set to 1. */
  readonly spoil?: number;
}

/** A struct io_uring_region_desc. */
function describe(world: World, { address = 0, size = 0, flags = 0, spoil }: Description): Memory {
  const memory = world.memory.allocate(REGION_DESC_SIZE);
  memory.view.setBigUint64(REGION_DESC_USER_ADDR, BigInt(address), true);
  memory.view.setBigUint64(REGION_DESC_BYTES, BigInt(size), true);
  memory.view.setUint32(REGION_DESC_FLAGS, flags, true);
  if (spoil !== undefined) memory.view.setUint8(spoil, 1);
  return memory;
}

/** REGISTER_MEM_REGION with a description that lies at `description`. */
function register(world: World, ringFd: number, description: number, flags = 0, spoil = 0): number {
  const memory = world.memory.allocate(MEM_REGION_REG_SIZE);
  setU64(memory.view, MEM_REGION_REG_REGION_UPTR, description);
  setU64(memory.view, MEM_REGION_REG_FLAGS, flags);
  if (spoil > 0) memory.view.setUint8(spoil, 1);
  return world.backend.register(ringFd, IORING_REGISTER_MEM_REGION, memory.address, 1);
}

function disabledRing(world: World): RawRing {
  return RawRing.open(world, 4, IORING_SETUP_R_DISABLED);
}

scenario(
  "REG-15 REG-37",
  "a ring has one region, and one for waits only while disabled",
  once,
  (world) => {
    const ring = RawRing.open(world, 4);
    const description = describe(world, { size: PAGE_BYTES }).address;

    equal("for waits", register(world, ring.fd, description, WAITS), "EINVAL");
    equal("any", register(world, ring.fd, description), 0);
    equal("another one", register(world, ring.fd, description), "EBUSY");
    equal("an unreadable one", register(world, ring.fd, UNMAPPED), "EBUSY");
    const call = world.backend.register(ring.fd, IORING_REGISTER_MEM_REGION, UNMAPPED, 1);
    equal("an unreadable argument", call, "EBUSY");
    const disabled = disabledRing(world);
    const fresh = describe(world, { size: PAGE_BYTES }).address;
    equal("for waits, disabled", register(world, disabled.fd, fresh, WAITS), 0);
  },
);

scenario("REG-38", "the argument is checked before the description", once, (world) => {
  const { fd } = disabledRing(world);
  const call = (address: number, count: number): number =>
    world.backend.register(fd, IORING_REGISTER_MEM_REGION, address, count);
  const good = describe(world, { size: PAGE_BYTES }).address;
  const bad = describe(world, {}).address;

  equal("NULL", call(0, 1), "EINVAL");
  equal("count 0", call(UNMAPPED, 0), "EINVAL");
  equal("count 2", call(UNMAPPED, 2), "EINVAL");
  equal("unreadable", call(UNMAPPED, 1), "EFAULT");
  equal("an unreadable description", register(world, fd, UNMAPPED, 2), "EFAULT");
  equal("no description", register(world, fd, 0), "EFAULT");
  equal("an unknown flag", register(world, fd, good, 2), "EINVAL");
  equal("a flag above 32 bits", register(world, fd, good, 2 ** 32), "EINVAL");
  for (const byte of [MEM_REGION_REG_RESV, MEM_REGION_REG_SIZE - 1]) {
    equal("a reserved byte", register(world, fd, good, 0, byte), "EINVAL");
  }
  equal("an empty description", register(world, fd, bad), "EINVAL");
});

scenario("REG-38 REG-56", "a region is whole pages", once, (world) => {
  const { fd } = disabledRing(world);
  const page = world.memory.pages(2).address;
  const constant = world.memory.pages(1);
  world.protect(constant);
  const cases: readonly (readonly [string, Description, Parameters<typeof equal>[2]])[] = [
    ["size 0", { size: 0 }, "EINVAL"],
    ["size 1", { size: 1 }, "EINVAL"],
    ["half a page more", { size: PAGE_BYTES * 1.5 }, "EINVAL"],
    ["an unknown flag", { size: PAGE_BYTES, flags: 2 }, "EINVAL"],
    ["both flags", { size: PAGE_BYTES, flags: 3, address: page }, "EINVAL"],
    ["no address", { size: PAGE_BYTES, flags: USER }, "EFAULT"],
    ["an address of the kernel's region", { size: PAGE_BYTES, address: page }, "EFAULT"],
    ["no address, and no size", { flags: USER }, "EFAULT"],
    ["not aligned", { size: PAGE_BYTES, flags: USER, address: page + 64 }, "EINVAL"],
    ["not mapped", { size: PAGE_BYTES, flags: USER, address: PAGE_BYTES }, "EFAULT"],
    ["read-only", { size: PAGE_BYTES, flags: USER, address: constant.address }, "EFAULT"],
    ["an id", { size: PAGE_BYTES, spoil: REGION_DESC_ID }, "EINVAL"],
    ["an offset", { size: PAGE_BYTES, spoil: REGION_DESC_MMAP_OFFSET }, "EINVAL"],
    ["a reserved byte", { size: PAGE_BYTES, spoil: REGION_DESC_RESV }, "EINVAL"],
    ["the last byte", { size: PAGE_BYTES, spoil: REGION_DESC_SIZE - 1 }, "EINVAL"],
    ["2^43 bytes", { size: 1n << 43n }, "E2BIG"],
    ["2^43 bytes and one", { size: (1n << 43n) + 1n }, "E2BIG"],
    ["a page less", { size: (1n << 43n) - 4096n }, "ENOMEM"],
    ["of the program", { size: (1n << 43n) - 4096n, flags: USER, address: page }, "ENOMEM"],
    ["wraps", { size: 8192n, flags: USER, address: (1n << 64n) - 4096n }, "EOVERFLOW"],
    ["the kernel's half", { size: 4096, flags: USER, address: 0xffff_8000_0000_0000n }, "EFAULT"],
  ];

  for (const [what, description, errno] of cases) {
    equal(what, register(world, fd, describe(world, description).address), errno);
  }
  const good = describe(world, { size: 2 * PAGE_BYTES, flags: USER, address: page });
  equal("two pages", register(world, fd, good.address), 0);
  equal("nothing to map", good.view.getUint32(REGION_DESC_MMAP_OFFSET, true), 0);
});

scenario(
  "REG-38 REG-57",
  "the kernel's region can be mapped, a program's cannot",
  once,
  (world) => {
    const [own, given] = [disabledRing(world), disabledRing(world)];
    const map = (ring: RawRing): unknown => world.backend.mapRing(ring.fd, OFFSET, PAGE_BYTES);
    equal("before", map(own) as number, "ENOMEM");
    const description = describe(world, { size: PAGE_BYTES });

    equal("register", register(world, own.fd, description.address), 0);
    equal("offset", description.view.getUint32(REGION_DESC_MMAP_OFFSET, true), OFFSET);
    const bytes = new Uint8Array(mapped(world, own.fd, OFFSET, PAGE_BYTES));
    check(
      "zeroed",
      bytes.every((byte) => byte === 0),
    );

    const { address } = world.memory.pages(1);
    const user = describe(world, { size: PAGE_BYTES, flags: USER, address });
    equal("register", register(world, given.fd, user.address), 0);
    equal("mmap", map(given) as number, "ENOMEM");
  },
);

scenario("REG-38", "a description that cannot be written leaves no region", once, (world) => {
  const { fd } = disabledRing(world);
  const page = world.memory.pages(1);
  setU64(page.view, REGION_DESC_BYTES, PAGE_BYTES);
  world.protect(page);

  equal("register", register(world, fd, page.address), "EFAULT");
  equal("again", register(world, fd, describe(world, { size: PAGE_BYTES }).address), 0);
});

interface WaitFields {
  readonly seconds?: number;
  readonly nanoseconds?: number;
  readonly flags?: number;
  readonly minimum?: number;
}

/** A ring with a page of arguments for waits. */
class WaitingRing {
  readonly raw: RawRing;
  readonly #world: World;
  readonly #region: Memory;

  constructor(world: World) {
    this.#world = world;
    this.raw = disabledRing(world);
    this.#region = world.memory.pages(1);
    const { address } = this.#region;
    const description = describe(world, { size: PAGE_BYTES, flags: USER, address });
    equal("region", register(world, this.raw.fd, description.address, WAITS), 0);
    const { backend } = world;
    equal("enable", backend.register(this.raw.fd, IORING_REGISTER_ENABLE_RINGS, 0, 0), 0);
  }

  get view(): DataView {
    return this.#region.view;
  }

  /** Writes a struct io_uring_reg_wait. */
  write(offset: number, fields: WaitFields): void {
    const { seconds = 0, nanoseconds = 0, flags = IORING_REG_WAIT_TS, minimum = 0 } = fields;
    const { view } = this;
    view.setBigInt64(offset + REG_WAIT_TS_SEC, BigInt(seconds), true);
    view.setBigInt64(offset + REG_WAIT_TS_NSEC, BigInt(nanoseconds), true);
    view.setUint32(offset + REG_WAIT_MIN_WAIT_USEC, minimum, true);
    view.setUint32(offset + REG_WAIT_FLAGS, flags, true);
  }

  /** Enters to wait for one completion. */
  wait(offset: number, size: number = REG_WAIT_SIZE, more = 0, minComplete = 1): number {
    const flags = IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG | IORING_ENTER_EXT_ARG_REG | more;
    return this.enter(flags, minComplete, offset, size);
  }

  enter(flags: number, minComplete: number, offset: number, size: number): number {
    return this.#world.backend.enter(this.raw.fd, 0, minComplete, flags, offset, size);
  }
}

scenario("ENTER-19", "a wait takes its time limit from the region", once, (world) => {
  const ring = new WaitingRing(world);
  ring.write(0, { nanoseconds: 1_000_000 });
  ring.write(REG_WAIT_SIZE, { nanoseconds: 2_000_000 });

  equal("the first argument", ring.wait(0), "ETIME");
  equal("the second one", ring.wait(REG_WAIT_SIZE), "ETIME");
  for (const size of [0, 24, REG_WAIT_SIZE - 1, REG_WAIT_SIZE + 1]) {
    equal(`argsz ${size}`, ring.wait(0, size), "EINVAL");
    equal(`argsz ${size}, and a bad offset`, ring.wait(1, size), "EINVAL");
  }
  ring.raw.fill(0, 1, nop());
  ring.raw.setTail(1);
  equal("submit", ring.raw.enter(1), 1);
  equal("with a completion", ring.wait(0), 0);
});

scenario("ENTER-19", "the kernel's own region serves as well", once, (world) => {
  const ring = disabledRing(world);
  const description = describe(world, { size: PAGE_BYTES });
  equal("region", register(world, ring.fd, description.address, WAITS), 0);
  const view = new DataView(mapped(world, ring.fd, OFFSET, PAGE_BYTES));
  setU64(view, REG_WAIT_TS_NSEC, 1_000_000);
  view.setUint32(REG_WAIT_FLAGS, IORING_REG_WAIT_TS, true);
  equal("enable", world.backend.register(ring.fd, IORING_REGISTER_ENABLE_RINGS, 0, 0), 0);

  const flags = IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG | IORING_ENTER_EXT_ARG_REG;
  equal("wait", world.backend.enter(ring.fd, 0, 1, flags, 0, REG_WAIT_SIZE), "ETIME");
});

scenario(
  "ENTER-30",
  "the argument lies inside of the region, at a multiple of 8",
  once,
  (world) => {
    const ring = new WaitingRing(world);
    ring.write(0, { nanoseconds: 1000 });
    const end = PAGE_BYTES - REG_WAIT_SIZE;

    for (const offset of [end + 8, PAGE_BYTES, PAGE_BYTES + 8, 2 ** 40, 1, 4, 12]) {
      equal(`offset ${offset}`, ring.wait(offset), "EFAULT");
    }
    equal("minimum 0", ring.wait(1, REG_WAIT_SIZE, 0, 0), "EFAULT");
    const plain = RawRing.open(world, 4);
    const flags = IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG | IORING_ENTER_EXT_ARG_REG;
    equal("no region", world.backend.enter(plain.fd, 0, 1, flags, 0, REG_WAIT_SIZE), "EFAULT");
    const description = describe(world, { size: PAGE_BYTES }).address;
    equal("region", register(world, plain.fd, description), 0);
    equal(
      "one not for waits",
      world.backend.enter(plain.fd, 0, 1, flags, 0, REG_WAIT_SIZE),
      "EFAULT",
    );
  },
);

scenario("ENTER-37", "the last place of the region is read as the first", once, (world) => {
  const ring = new WaitingRing(world);
  const last = PAGE_BYTES - REG_WAIT_SIZE;
  ring.write(0, { flags: 2 });
  ring.write(last, { nanoseconds: 1000 });
  ring.write(last - REG_WAIT_SIZE, { nanoseconds: 1000 });

  equal("the last but one", ring.wait(last - REG_WAIT_SIZE), "ETIME");
  equal("the last", ring.wait(last), "EINVAL");
});

scenario("ENTER-31", "of its flags only REG_WAIT_TS is known", once, (world) => {
  const ring = new WaitingRing(world);
  for (const flags of [2, 4, 0x80000000, 3]) {
    ring.write(0, { nanoseconds: 1000, flags });
    equal(`flags ${flags}`, ring.wait(0), "EINVAL");
    equal("also without a wait", ring.wait(0, REG_WAIT_SIZE, 0, 0), "EINVAL");
  }
  ring.write(0, { nanoseconds: 1000 });
  for (let at = REG_WAIT_PAD; at < REG_WAIT_SIZE; at++) ring.view.setUint8(at, 0xff);
  equal("padding is not looked at", ring.wait(0), "ETIME");
});

scenario("ENTER-38", "minimum wait, time and signal mask are those of EXT_ARG", once, (world) => {
  const ring = new WaitingRing(world);
  ring.write(0, { flags: 0, minimum: 1000 });
  equal("minimum wait alone", ring.wait(0), "ETIME");
  ring.write(0, { seconds: -5 });
  equal("a negative limit", ring.wait(0), "ETIME");
  ring.write(0, { nanoseconds: 5 });
  equal("a moment that is over", ring.wait(0, REG_WAIT_SIZE, IORING_ENTER_ABS_TIMER), "ETIME");

  setU64(ring.view, REG_WAIT_SIGMASK, UNMAPPED);
  equal("a mask of no length", ring.wait(0), "EINVAL");
  ring.view.setUint32(REG_WAIT_SIGMASK_SZ, 8, true);
  equal("an unreadable mask", ring.wait(0), "EFAULT");
  equal("where there is no need to wait", ring.wait(0, REG_WAIT_SIZE, 0, 0), 0);
});

scenario(
  "ENTER-32 ENTER-24",
  "without EXT_ARG or GETEVENTS the flag means nothing",
  once,
  (world) => {
    const ring = new WaitingRing(world);
    const flags = IORING_ENTER_EXT_ARG_REG;

    expect([
      ring.enter(flags, 1, 1, 77),
      ring.enter(flags | IORING_ENTER_GETEVENTS, 0, 1, 77),
      ring.enter(flags | IORING_ENTER_EXT_ARG, 1, 1, 77),
    ]).toEqual([0, 0, 0]);
  },
);
