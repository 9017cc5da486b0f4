/** Chapter REG: QUERY, REGISTER_CLOCK, REGISTER_NAPI and UNREGISTER_NAPI. */
import { expect } from "vitest";
import {
  GETEVENTS_ARG_SIZE,
  GETEVENTS_ARG_TS,
  IORING_ENTER_ABS_TIMER,
  IORING_ENTER_EXT_ARG,
  IORING_ENTER_GETEVENTS,
} from "../../spec/abi/enter.ts";
import { CLOCK_BOOTTIME, CLOCK_MONOTONIC } from "../../spec/abi/linux.ts";
import {
  IO_URING_QUERY_OPCODES,
  QUERY_HDR_DATA_SIZE,
  QUERY_HDR_NEXT_ENTRY,
  QUERY_HDR_QUERY_DATA,
  QUERY_HDR_QUERY_OP,
  QUERY_HDR_RESULT,
  QUERY_HDR_RESV,
  QUERY_HDR_SIZE,
  QUERY_OPCODE_ENTER_FLAGS,
  QUERY_OPCODE_FEATURE_FLAGS,
  QUERY_OPCODE_NR_QUERY_OPCODES,
  QUERY_OPCODE_NR_REGISTER_OPCODES,
  QUERY_OPCODE_NR_REQUEST_OPCODES,
  QUERY_OPCODE_RING_SETUP_FLAGS,
  QUERY_OPCODE_SIZE,
  QUERY_OPCODE_SQE_FLAGS,
} from "../../spec/abi/query.ts";
import {
  IO_URING_NAPI_REGISTER_OP,
  IO_URING_NAPI_STATIC_ADD_ID,
  IO_URING_NAPI_STATIC_DEL_ID,
  IO_URING_NAPI_TRACKING_DYNAMIC,
  IO_URING_NAPI_TRACKING_INACTIVE,
  IO_URING_NAPI_TRACKING_STATIC,
  IORING_REGISTER_CLOCK,
  IORING_REGISTER_NAPI,
  IORING_REGISTER_QUERY,
  IORING_UNREGISTER_NAPI,
} from "../../spec/abi/register.ts";
import {
  CLOCK_REGISTER_CLOCKID,
  CLOCK_REGISTER_RESV,
  CLOCK_REGISTER_SIZE,
  NAPI_BUSY_POLL_TO,
  NAPI_OP_PARAM,
  NAPI_OPCODE,
  NAPI_PAD,
  NAPI_PREFER_BUSY_POLL,
  NAPI_RESV,
  NAPI_SIZE,
} from "../../spec/abi/register-structs.ts";
import { IORING_SETUP_IOPOLL } from "../../spec/abi/setup.ts";
import { setU64 } from "../../src/queue/index.ts";
import { UNMAPPED, type Memory } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { check, equal, type Result } from "./harness/expectation.ts";
import { setup } from "./harness/raw-ring.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

const NO_RING = -1;

function query(world: World, ringFd: number, address: number, count = 0): number {
  return world.backend.register(ringFd, IORING_REGISTER_QUERY, address, count);
}

interface Question {
  readonly kind?: number;
  readonly size?: number;
  /** Addresses. */
  readonly data?: number;
  readonly next?: number;
  readonly result?: number;
}

/** A struct io_uring_query_hdr. */
function question(world: World, fields: Question): Memory {
  const { kind = IO_URING_QUERY_OPCODES, size = 0, data = 0, next = 0, result = 0 } = fields;
  const memory = world.memory.allocate(QUERY_HDR_SIZE);
  setU64(memory.view, QUERY_HDR_NEXT_ENTRY, next);
  setU64(memory.view, QUERY_HDR_QUERY_DATA, data);
  memory.view.setUint32(QUERY_HDR_QUERY_OP, kind, true);
  memory.view.setUint32(QUERY_HDR_DATA_SIZE, size, true);
  memory.view.setInt32(QUERY_HDR_RESULT, result, true);
  return memory;
}

/** Memory for an answer, which shows what is written. */
function answer(world: World, byteLength: number): Memory {
  const memory = world.memory.allocate(byteLength);
  memory.bytes.fill(0xee);
  return memory;
}

function header(asked: Memory, result: Result, size: number): void {
  equal("result in the header", asked.view.getInt32(QUERY_HDR_RESULT, true), result);
  equal("size in the header", asked.view.getUint32(QUERY_HDR_DATA_SIZE, true), size);
}

scenario("REG-16", "the kernel tells what it has, with and without a ring", (world, ring) => {
  for (const fd of [ring.queue.ringFd, NO_RING]) {
    const data = answer(world, QUERY_OPCODE_SIZE);
    const asked = question(world, { size: QUERY_OPCODE_SIZE, data: data.address });

    equal("query", query(world, fd, asked.address), 0);

    header(asked, 0, QUERY_OPCODE_SIZE);
    const word = (offset: number): number => data.view.getUint32(offset, true);
    equal("opcodes", word(QUERY_OPCODE_NR_REQUEST_OPCODES), 63);
    equal("register opcodes", word(QUERY_OPCODE_NR_REGISTER_OPCODES), 36);
    equal("features", word(QUERY_OPCODE_FEATURE_FLAGS), 0x3ffff);
    equal("set-up flags", word(QUERY_OPCODE_RING_SETUP_FLAGS), 0x7ffff);
    equal("enter flags", word(QUERY_OPCODE_ENTER_FLAGS), 0xff);
    equal("SQE flags", word(QUERY_OPCODE_SQE_FLAGS), 0x7f);
    equal("kinds of questions", word(QUERY_OPCODE_NR_QUERY_OPCODES), 1);
  }
});

scenario("REG-39", "an unknown question is answered in its header", (world, ring) => {
  const { ringFd } = ring.queue;
  const data = answer(world, QUERY_OPCODE_SIZE);
  const last = question(world, { size: 8, data: data.address });
  const place = answer(world, 16);
  const first = question(world, { kind: 1, size: 12, data: place.address, next: last.address });

  equal("query", query(world, ringFd, first.address), 0);

  header(first, "EOPNOTSUPP", 0);
  expect([...place.bytes]).toEqual([...new Array<number>(12).fill(0), 0xee, 0xee, 0xee, 0xee]);
  header(last, 0, 8);
  const nowhere = question(world, { kind: 77, data: UNMAPPED });
  equal("an unknown one of size 0", query(world, ringFd, nowhere.address), 0);
  header(nowhere, "EOPNOTSUPP", 0);
});

scenario("REG-40", "an answer has the size that fits both sides", (world, ring) => {
  const { ringFd } = ring.queue;
  for (const size of [1, 8, 40, QUERY_OPCODE_SIZE, 49, 64, 4096]) {
    const data = answer(world, size + 1);
    const asked = question(world, { size, data: data.address });

    equal("query", query(world, ringFd, asked.address), 0);

    const told = Math.min(size, QUERY_OPCODE_SIZE);
    header(asked, 0, told);
    equal("the first byte", data.view.getUint8(0), 63);
    check(
      "zeroes behind it",
      data.bytes.subarray(told, size).every((byte) => byte === 0),
    );
    equal("the byte behind", data.view.getUint8(size), 0xee);
  }
});

scenario("REG-40", "size 0, a result or a reserved word make it a bad question", (world, ring) => {
  const { ringFd } = ring.queue;
  const ask = (fields: Question, spoil?: number): void => {
    const data = answer(world, 8);
    const asked = question(world, { size: 8, data: data.address, ...fields });
    if (spoil !== undefined) asked.view.setUint8(spoil, 1);
    equal("query", query(world, ringFd, asked.address), 0);
    header(asked, "EINVAL", 0);
    const cleared = fields.size === 0 ? 0xee : 0;
    check(
      "the place is cleared",
      data.bytes.every((byte) => byte === cleared),
    );
  };

  ask({ size: 0 });
  ask({ result: 1 });
  for (const spoil of [QUERY_HDR_RESV, QUERY_HDR_SIZE - 1]) ask({}, spoil);
});

scenario("REG-41", "it takes no count, and memory that can be used", (world, ring) => {
  for (const fd of [ring.queue.ringFd, NO_RING]) {
    const asked = question(world, { size: 8, data: answer(world, 8).address });

    equal("a count", query(world, fd, asked.address, 1), "EINVAL");
    equal("no question", query(world, fd, 0), 0);
    equal("an unreadable header", query(world, fd, UNMAPPED), "EFAULT");
    const faults = (fields: Question): number =>
      query(world, fd, question(world, { size: 8, ...fields }).address);
    equal("no data", faults({}), "EFAULT");
    equal("unmapped data", faults({ data: UNMAPPED }), "EFAULT");
    equal("of an unknown question", faults({ kind: 9, data: UNMAPPED }), "EFAULT");
    const { address } = answer(world, 8);
    equal("a bad next header", faults({ data: address, next: UNMAPPED }), "EFAULT");
  }
});

scenario("REG-41", "a header that cannot be written", (world, ring) => {
  const page = world.memory.pages(1);
  page.view.setUint32(QUERY_HDR_DATA_SIZE, 8, true);
  setU64(page.view, QUERY_HDR_QUERY_DATA, answer(world, 8).address);
  world.protect(page);

  equal("query", query(world, ring.queue.ringFd, page.address), "EFAULT");
});

scenario("REG-41", "chains have fewer than 1000 questions", (world, ring) => {
  const { ringFd } = ring.queue;
  const cycle = question(world, { size: 8, data: answer(world, 8).address });
  setU64(cycle.view, QUERY_HDR_NEXT_ENTRY, cycle.address);
  equal("a cycle", query(world, ringFd, cycle.address), "ERANGE");

  const chain = world.memory.allocate(1000 * QUERY_HDR_SIZE);
  for (let index = 0; index < 1000; index++) {
    const next = index < 999 ? chain.address + (index + 1) * QUERY_HDR_SIZE : 0;
    setU64(chain.view, index * QUERY_HDR_SIZE, next);
  }
  equal("1000", query(world, ringFd, chain.address), "ERANGE");
  equal("999", query(world, ringFd, chain.address + QUERY_HDR_SIZE), 0);
});

function registerClock(
  world: World,
  ring: TestRing,
  clock: number,
  spoil?: number,
  count = 0,
): number {
  const { view, address } = world.memory.allocate(CLOCK_REGISTER_SIZE);
  view.setUint32(CLOCK_REGISTER_CLOCKID, clock, true);
  if (spoil !== undefined) view.setUint8(spoil, 1);
  return world.backend.register(ring.queue.ringFd, IORING_REGISTER_CLOCK, address, count);
}

scenario("REG-12", "waits go by CLOCK_MONOTONIC or CLOCK_BOOTTIME", (world, ring) => {
  for (let clock = 0; clock < 16; clock++) {
    const known = clock === CLOCK_MONOTONIC || clock === CLOCK_BOOTTIME;
    equal(`clock ${clock}`, registerClock(world, ring, clock), known ? 0 : "EINVAL");
  }
  equal("clock -1", registerClock(world, ring, 0xffffffff), "EINVAL");

  const argument = world.memory.allocate(GETEVENTS_ARG_SIZE);
  setU64(argument.view, GETEVENTS_ARG_TS, world.memory.timespec(0, 1).address);
  const flags = IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG;
  for (const clock of [CLOCK_BOOTTIME, CLOCK_MONOTONIC]) {
    equal("register", registerClock(world, ring, clock), 0);
    for (const absolute of [0, IORING_ENTER_ABS_TIMER]) {
      const { address } = argument;
      equal("wait", ring.enter(0, 1, flags | absolute, address, GETEVENTS_ARG_SIZE), "ETIME");
    }
  }
});

scenario("REG-30", "REGISTER_CLOCK takes a struct and no count", (world, ring) => {
  const call = (address: number, count: number): number =>
    world.backend.register(ring.queue.ringFd, IORING_REGISTER_CLOCK, address, count);

  equal("NULL", call(0, 0), "EINVAL");
  equal("a count", call(UNMAPPED, 1), "EINVAL");
  equal("unreadable", call(UNMAPPED, 0), "EFAULT");
  for (const spoil of [CLOCK_REGISTER_RESV, CLOCK_REGISTER_SIZE - 1]) {
    equal("a reserved byte", registerClock(world, ring, CLOCK_MONOTONIC, spoil), "EINVAL");
    equal("and a bad clock", registerClock(world, ring, 0, spoil), "EINVAL");
  }
});

interface Polling {
  readonly microseconds: number;
  readonly prefer: number;
  readonly parameter: number;
}

/** REGISTER_NAPI on one ring. */
class Napi {
  readonly #world: World;
  readonly #ringFd: number;
  /** What the last call wrote. */
  before: Polling = { microseconds: 0, prefer: 0, parameter: 0 };

  constructor(world: World, ringFd: number) {
    this.#world = world;
    this.#ringFd = ringFd;
  }

  call(opcode: number, address: number, count: number): number {
    return this.#world.backend.register(this.#ringFd, opcode, address, count);
  }

  /** Asks for `operation`, and notes what was set before. */
  register(operation: number, asked: Partial<Polling>, spoil?: number): number {
    const { view, address } = this.#world.memory.allocate(NAPI_SIZE);
    view.setUint32(NAPI_BUSY_POLL_TO, asked.microseconds ?? 0, true);
    view.setUint8(NAPI_PREFER_BUSY_POLL, asked.prefer ?? 0);
    view.setUint8(NAPI_OPCODE, operation);
    view.setUint32(NAPI_OP_PARAM, asked.parameter ?? 0, true);
    if (spoil !== undefined) view.setUint8(spoil, 1);
    const result = this.call(IORING_REGISTER_NAPI, address, 1);
    this.#note(view);
    return result;
  }

  unregister(): number {
    const { view, bytes, address } = this.#world.memory.allocate(NAPI_SIZE);
    bytes.fill(0xee);
    const result = this.call(IORING_UNREGISTER_NAPI, address, 1);
    this.#note(view);
    return result;
  }

  #note(view: DataView): void {
    this.before = {
      microseconds: view.getUint32(NAPI_BUSY_POLL_TO, true),
      prefer: view.getUint8(NAPI_PREFER_BUSY_POLL),
      parameter: view.getUint32(NAPI_OP_PARAM, true),
    };
  }
}

const SET = IO_URING_NAPI_REGISTER_OP;
const DYNAMIC = IO_URING_NAPI_TRACKING_DYNAMIC;
const STATIC = IO_URING_NAPI_TRACKING_STATIC;
const INACTIVE = IO_URING_NAPI_TRACKING_INACTIVE;

scenario("REG-33", "REGISTER_NAPI sets, and tells what was set before", (world, ring) => {
  const napi = new Napi(world, ring.queue.ringFd);

  equal("set", napi.register(SET, { microseconds: 100, prefer: 7, parameter: DYNAMIC }), 0);
  expect(napi.before).toEqual({ microseconds: 0, prefer: 0, parameter: INACTIVE });
  equal("set", napi.register(SET, { microseconds: 200, parameter: STATIC }), 0);
  expect(napi.before).toEqual({ microseconds: 100, prefer: 1, parameter: DYNAMIC });
  equal("unregister", napi.unregister(), 0);
  expect(napi.before).toEqual({ microseconds: 200, prefer: 0, parameter: 0 });
  equal("unregister again", napi.unregister(), 0);
  expect(napi.before).toEqual({ microseconds: 0, prefer: 0, parameter: 0 });
  equal("set", napi.register(SET, { parameter: STATIC }), 0);
  expect(napi.before).toEqual({ microseconds: 0, prefer: 0, parameter: INACTIVE });
});

scenario("REG-33", "arguments are checked, and IOPOLL rings refused", (world, ring) => {
  const napi = new Napi(world, ring.queue.ringFd);

  equal("NULL", napi.call(IORING_REGISTER_NAPI, 0, 1), "EINVAL");
  equal("count 0", napi.call(IORING_REGISTER_NAPI, UNMAPPED, 0), "EINVAL");
  equal("count 2", napi.call(IORING_REGISTER_NAPI, UNMAPPED, 2), "EINVAL");
  equal("unreadable", napi.call(IORING_REGISTER_NAPI, UNMAPPED, 1), "EFAULT");
  for (const spoil of [NAPI_PAD, NAPI_PAD + 1, NAPI_RESV, NAPI_SIZE - 1]) {
    equal("a reserved byte", napi.register(SET, { microseconds: 5 }, spoil), "EINVAL");
    equal("nothing is told", napi.before.microseconds, 5);
  }
  const polled = new Napi(world, setup(world, 4, IORING_SETUP_IOPOLL).result);
  equal("IOPOLL", polled.call(IORING_REGISTER_NAPI, UNMAPPED, 1), "EINVAL");
});

scenario("REG-49", "UNREGISTER_NAPI takes a count of 1, and memory or none", (world, ring) => {
  const napi = new Napi(world, ring.queue.ringFd);
  equal("set", napi.register(SET, { microseconds: 100 }), 0);

  equal("count 0", napi.call(IORING_UNREGISTER_NAPI, 0, 0), "EINVAL");
  equal("count 0, unmapped", napi.call(IORING_UNREGISTER_NAPI, UNMAPPED, 0), "EINVAL");
  equal("unmapped", napi.call(IORING_UNREGISTER_NAPI, UNMAPPED, 1), "EFAULT");
  equal("set", napi.register(SET, { microseconds: 200 }), 0);
  equal("nothing was unset", napi.before.microseconds, 100);
  equal("NULL", napi.call(IORING_UNREGISTER_NAPI, 0, 1), 0);
  equal("set", napi.register(SET, {}), 0);
  equal("unset", napi.before.microseconds, 0);
});

scenario("REG-48", "what was set is told also when the request is refused", (world, ring) => {
  const napi = new Napi(world, ring.queue.ringFd);
  equal("set", napi.register(SET, { microseconds: 100 }), 0);

  for (const parameter of [2, INACTIVE, 0xffffffff]) {
    equal("an unknown kind", napi.register(SET, { microseconds: 5, parameter }), "EINVAL");
    equal("told", napi.before.microseconds, 100);
  }
  for (const operation of [3, 255]) {
    equal("an unknown request", napi.register(operation, { microseconds: 5 }), "EINVAL");
    equal("told", napi.before.microseconds, 100);
  }
});

scenario("REG-48", "a time of more than 10 milliseconds becomes that", (world, ring) => {
  const napi = new Napi(world, ring.queue.ringFd);
  for (const [microseconds, kept] of [
    [9_999, 9_999],
    [10_000, 10_000],
    [10_001, 10_000],
    [0xffffffff, 10_000],
  ] as const) {
    equal("set", napi.register(SET, { microseconds }), 0);
    equal("again", napi.register(SET, {}), 0);
    equal("told", napi.before.microseconds, kept);
  }
});

scenario("REG-47", "with static tracking devices are added and taken away by id", (world, ring) => {
  const napi = new Napi(world, ring.queue.ringFd);
  const add = (id: number): number => napi.register(IO_URING_NAPI_STATIC_ADD_ID, { parameter: id });
  const remove = (id: number): number =>
    napi.register(IO_URING_NAPI_STATIC_DEL_ID, { parameter: id });
  const id = 100_000;

  equal("not set at all", add(id), "EINVAL");
  equal("dynamic", napi.register(SET, { parameter: DYNAMIC }), 0);
  equal("with dynamic tracking", add(id), "EINVAL");
  equal("with dynamic tracking", remove(id), "EINVAL");
  equal("static", napi.register(SET, { parameter: STATIC }), 0);
  equal("remove", remove(id), "ENOENT");
  equal("add", add(id), 0);
  equal("add again", add(id), "EEXIST");
  equal("remove", remove(id), 0);
  equal("remove again", remove(id), "ENOENT");
  for (const small of [0, 1, 2]) {
    equal("the number of a processor", add(small), "EINVAL");
    equal("the number of a processor", remove(small), "EINVAL");
  }
  equal("add", add(id), 0);
  equal("static again", napi.register(SET, { parameter: STATIC }), 0);
  equal("all are gone", remove(id), "ENOENT");
});
