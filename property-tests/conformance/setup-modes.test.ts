/** Chapters SETUP, ERR and ENTER: rings that poll, share threads, or have big completions. */
import { expect } from "vitest";
import { IORING_CQE_F_MORE } from "../../spec/abi/cqe.ts";
import {
  GETEVENTS_ARG_SIZE,
  GETEVENTS_ARG_TS,
  IORING_ENTER_EXT_ARG,
  IORING_ENTER_EXT_ARG_REG,
  IORING_ENTER_GETEVENTS,
} from "../../spec/abi/enter.ts";
import { O_RDONLY } from "../../spec/abi/linux.ts";
import {
  IORING_SETUP_ATTACH_WQ,
  IORING_SETUP_CQE_MIXED,
  IORING_SETUP_CQSIZE,
  IORING_SETUP_HYBRID_IOPOLL,
  IORING_SETUP_IOPOLL,
  IORING_SETUP_NO_SQARRAY,
  IORING_SETUP_SQPOLL,
  IORING_SETUP_SQ_AFF,
  PARAMS_CQ_ENTRIES,
  PARAMS_SQ_OFF_ARRAY,
  PARAMS_SQ_THREAD_CPU,
  PARAMS_SQ_THREAD_IDLE,
  PARAMS_WQ_FD,
} from "../../spec/abi/setup.ts";
import { SQE_IOPRIO, SQE_OPCODE } from "../../spec/abi/sqe.ts";
import { OPCODES } from "../../spec/opcodes.ts";
import { setU64 } from "../../src/queue/index.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { pollAdd } from "./harness/control-entries.ts";
import { nop, read, set16, set8, write, type Entry } from "./harness/entries.ts";
import { check, equal } from "./harness/expectation.ts";
import { fileWith } from "./harness/fixtures.ts";
import { RawRing, setup } from "./harness/raw-ring.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

/** These make a ring of their own. */
const once = { rings: "plain" } as const;

const SHORT = { [PARAMS_SQ_THREAD_IDLE]: 1 };
const NO_PROCESSOR = 9999;
const IOPOLL = { flags: IORING_SETUP_IOPOLL } as const;

scenario("SETUP-25", "sq_thread_cpu counts with SQ_AFF only", once, (world) => {
  const processor = { ...SHORT, [PARAMS_SQ_THREAD_CPU]: NO_PROCESSOR };
  const both = IORING_SETUP_SQPOLL | IORING_SETUP_SQ_AFF;

  equal("a bad processor", setup(world, 4, both, processor).result, "EINVAL");
  const none = { ...SHORT, [PARAMS_SQ_THREAD_CPU]: 0xffffffff };
  equal("processor -1", setup(world, 4, both, none).result, "EINVAL");
  check("without SQ_AFF", setup(world, 4, IORING_SETUP_SQPOLL, processor).result >= 0);
  check("processor 0", setup(world, 4, both, SHORT).result >= 0);
});

scenario("SETUP-28", "CQE_MIXED needs two completion entries", once, (world) => {
  const flags = IORING_SETUP_CQE_MIXED | IORING_SETUP_CQSIZE;

  equal("one", setup(world, 1, flags, { [PARAMS_CQ_ENTRIES]: 1 }).result, "EOVERFLOW");
  check("two", setup(world, 1, flags, { [PARAMS_CQ_ENTRIES]: 2 }).result >= 0);
});

scenario("SETUP-29 SETUP-36", "a ring attaches to one of its kind", once, (world) => {
  const plain = setup(world, 4).result;
  const polled = setup(world, 4, IORING_SETUP_SQPOLL, SHORT).result;
  const attach = (flags: number, fd: number, fields = {}): number =>
    setup(world, 4, flags | IORING_SETUP_ATTACH_WQ, { ...SHORT, ...fields, [PARAMS_WQ_FD]: fd })
      .result;

  equal("SQPOLL to a plain ring", attach(IORING_SETUP_SQPOLL, plain), "EINVAL");
  check("SQPOLL to SQPOLL", attach(IORING_SETUP_SQPOLL, polled) >= 0);
  check("plain to SQPOLL", attach(0, polled) >= 0);
  check("plain to plain", attach(0, plain) >= 0);
  const processor = { [PARAMS_SQ_THREAD_CPU]: NO_PROCESSOR };
  const affine = IORING_SETUP_SQPOLL | IORING_SETUP_SQ_AFF;
  check("with a bad processor", attach(affine, polled, processor) >= 0);
});

scenario("SETUP-16", "with SQPOLL, wq_fd has to be a ring as well", once, (world) => {
  const flags = IORING_SETUP_SQPOLL | IORING_SETUP_ATTACH_WQ;
  const attach = (fd: number): number => setup(world, 4, flags, { [PARAMS_WQ_FD]: fd }).result;

  equal("not open", attach(-1 >>> 0), "ENXIO");
  equal("a pipe", attach(world.pipe().read), "EINVAL");
});

scenario("SETUP-30", "without ATTACH_WQ nobody looks at wq_fd", once, (world) => {
  check("wq_fd -1", setup(world, 4, 0, { [PARAMS_WQ_FD]: -1 >>> 0 }).result >= 0);
});

scenario("SETUP-32", "a ring's descriptor takes and gives no bytes", (world, ring) => {
  ring.submit({ 1: nop() });
  ring.queue.flush();

  equal("write", world.write(ring.queue.ringFd, "x"), "EINVAL");
  equal("read", Number(world.read(ring.queue.ringFd, 8)), "EINVAL");

  ring.expect({ 1: 0 });
});

scenario("SETUP-37", "what NO_SQARRAY leaves unused stays", once, (world) => {
  const fields = { [PARAMS_SQ_OFF_ARRAY]: 77 };
  const { params } = setup(world, 4, IORING_SETUP_NO_SQARRAY, fields);

  expect(params.getUint32(PARAMS_SQ_OFF_ARRAY, true)).toBe(77);
});

/** A request that no operation of this opcode would take, on no descriptor. */
const malformed = (opcode: number): Entry => set16(SQE_IOPRIO, 0, set8(SQE_OPCODE, opcode, nop()));

scenario("ERR-7", "operations that cannot be polled for are refused", IOPOLL, (_world, ring) => {
  const last = 62;
  for (const { name, value, attributes } of OPCODES) {
    if (value > last || attributes.includes("iopoll")) continue;
    ring.submit({ [value + 1]: malformed(value) });
    const { res, flags } = ring.next(value + 1);
    equal(name, res, "EINVAL");
    check(`${name} is over`, (flags & IORING_CQE_F_MORE) === 0);
  }
});

scenario("ERR-7", "a descriptor is not looked at first", IOPOLL, (_world, ring) => {
  ring.submit({ 1: pollAdd(-1, 1) });

  ring.expect({ 1: "EINVAL" });
});

scenario("ERR-7", "a NOP needs no polling", IOPOLL, (_world, ring) => {
  ring.submit({ 1: nop() });

  ring.expect({ 1: 0 });
});

/** Reads and writes that no ring can poll for. */
function refusesTransfers(world: World, ring: TestRing): void {
  const memory = world.memory.allocate(8);
  const pipe = world.pipe();
  const [socket] = world.socketPair();
  const fd = fileWith(world, "hello");
  ring.submit({
    1: read(fd, memory),
    2: write(fd, memory),
    3: read(pipe.read, memory),
    4: write(pipe.write, memory),
    5: read(socket, memory),
    6: read(fd, memory, 0),
  });
  const refused = "EOPNOTSUPP";

  ring.expect({ 1: refused, 2: refused, 3: refused, 4: refused, 5: refused, 6: refused });
}

scenario("SETUP-34", "files that cannot be polled for are refused", IOPOLL, refusesTransfers);

scenario(
  "SETUP-35",
  "a hybrid ring refuses what a polling one refuses",
  { flags: IORING_SETUP_IOPOLL | IORING_SETUP_HYBRID_IOPOLL },
  (world, ring) => {
    refusesTransfers(world, ring);

    ring.submit({ 7: pollAdd(-1, 1) });
    ring.expect({ 7: "EINVAL" });
  },
);

scenario("SETUP-34", "bad descriptors are found before", IOPOLL, (world, ring) => {
  const memory = world.memory.allocate(8);
  const pipe = world.pipe();
  const path = world.tempPath("read-only");
  world.writeFile(path, "x");
  ring.submit({
    1: read(-1, memory),
    2: read(pipe.write, memory),
    3: write(pipe.read, memory),
    4: write(world.open(path, O_RDONLY), memory),
  });

  ring.expect({ 1: "EBADF", 2: "EBADF", 3: "EBADF", 4: "EBADF" });
});

scenario("ENTER-36", "there is nothing to wait for on a polling ring", once, (world) => {
  const ring = RawRing.open(world, 4, IORING_SETUP_IOPOLL);
  const { backend } = world;
  const argument = world.memory.allocate(GETEVENTS_ARG_SIZE);
  const extended = IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG;
  const wait = (address: number, size: number, flags = 0): number =>
    backend.enter(ring.fd, 0, 1, extended | flags, address, size);

  equal("a wait", ring.enter(0, 1, IORING_ENTER_GETEVENTS), 0);
  equal("an argument", wait(argument.address, GETEVENTS_ARG_SIZE), 0);
  equal("another size", wait(argument.address, 8), "EINVAL");
  equal("unreadable", wait(UNMAPPED, GETEVENTS_ARG_SIZE), "EFAULT");
  equal("registered", wait(0, 64, IORING_ENTER_EXT_ARG_REG), "EINVAL");
  setU64(argument.view, GETEVENTS_ARG_TS, UNMAPPED);
  equal("an unreadable time", wait(argument.address, GETEVENTS_ARG_SIZE), 0);
});
