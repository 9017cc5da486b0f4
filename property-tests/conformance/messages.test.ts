/** Chapter MSG: what one ring posts on another, or on itself. */
import { IORING_CQE_F_MORE, IORING_SQ_CQ_OVERFLOW, IORING_SQ_TASKRUN } from "../../spec/abi/cqe.ts";
import { IORING_ENTER_GETEVENTS } from "../../spec/abi/enter.ts";
import { POLLIN } from "../../spec/abi/linux.ts";
import { IORING_OP_NOP } from "../../spec/abi/opcodes.ts";
import {
  IORING_REGISTER_ENABLE_RINGS,
  IORING_REGISTER_EVENTFD,
  IORING_REGISTER_EVENTFD_ASYNC,
  IORING_REGISTER_SEND_MSG_RING,
} from "../../spec/abi/register.ts";
import {
  IORING_SETUP_IOPOLL,
  IORING_SETUP_R_DISABLED,
  IORING_SETUP_TASKRUN_FLAG,
  PARAMS_SQ_OFF_FLAGS,
} from "../../spec/abi/setup.ts";
import {
  IORING_MSG_RING_CQE_SKIP,
  IORING_MSG_RING_FLAGS_PASS,
  SQE_ADDR,
  SQE_ADDR3,
  SQE_BUF_INDEX,
  SQE_FLAGS,
  SQE_IOPRIO,
  SQE_LEN,
  SQE_OPCODE,
  SQE_PERSONALITY,
  SQE_SIZE,
  SQE_SPLICE_FD_IN,
} from "../../spec/abi/sqe.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { pollAdd, timeout } from "./harness/control-entries.ts";
import {
  async,
  type Entry,
  flagged,
  link,
  nop,
  set16,
  set32,
  set8,
  skip,
} from "./harness/entries.ts";
import { check, equal } from "./harness/expectation.ts";
import { fileWith } from "./harness/fixtures.ts";
import { DEFERRED, TARGETS, arrived, expectArrived, expectResult } from "./harness/messages.ts";
import { RawRing } from "./harness/raw-ring.ts";
import { fixed, intoAnySlot, intoSlot, message, sendSlot } from "./harness/registered-entries.ts";
import {
  descriptors,
  haveFiles,
  haveSlots,
  register,
  unregisterFiles,
} from "./harness/registrations.ts";

const scenario = await chapter();

for (const [kind, flags] of TARGETS) {
  scenario("MSG-1", `data arrives on a ${kind} ring`, (world, ring) => {
    const target = RawRing.open(world, 4, flags);

    ring.submit({ 1: message(target.fd, 7, 42), 2: message(target.fd, 8, 0xfffffffe) });

    ring.expect({ 1: 0, 2: 0 });
    expectArrived(target, "7:42:0 8:-2:0");
  });

  scenario("MSG-2", `a ${kind} ring gets the flags that were passed`, (world, ring) => {
    const target = RawRing.open(world, 4, flags);
    const passing = message(target.fd, 7, 1, IORING_MSG_RING_FLAGS_PASS);

    ring.submit({ 1: set32(SQE_SPLICE_FD_IN, 0x80000005, passing), 2: passing });

    ring.expect({ 1: 0, 2: 0 });
    expectArrived(target, `7:1:2147483653 7:1:0`);
    expectResult(ring, set32(SQE_SPLICE_FD_IN, 1, message(target.fd, 7)), "EINVAL");
    expectArrived(target, "");
  });

  scenario("MSG-5", `a full ${kind} ring keeps messages in its backlog`, (world, ring) => {
    const target = RawRing.open(world, 1, flags, {});
    const messages = [1, 2, 3, 4].map((id): [number, Entry] => [id, message(target.fd, id)]);

    ring.submit(Object.fromEntries(messages));

    ring.expect({ 1: 0, 2: 0, 3: 0, 4: 0 });
    const first = arrived(target);
    const rest = arrived(target);
    check("all, in order", `${first} ${rest}` === "1:0:0 2:0:0 3:0:0 4:0:0");
  });

  scenario("MSG-7", `SEND_MSG_RING reaches a ${kind} ring without a ring`, (world) => {
    const target = RawRing.open(world, 4, flags);
    const passing = message(target.fd, 8, 1, IORING_MSG_RING_FLAGS_PASS);

    equal("SEND_MSG_RING", sendFrom(world, message(target.fd, 7, 42)), 0);
    equal("with flags", sendFrom(world, set32(SQE_SPLICE_FD_IN, 5, passing)), 0);

    expectArrived(target, "7:42:0 8:1:5");
  });

  scenario("MSG-1", `a message from a worker arrives on a ${kind} ring`, (world, ring) => {
    const target = RawRing.open(world, 4, flags);
    haveFiles(world, ring.fd, [fileWith(world, "x")]);
    haveSlots(world, target.fd, 2);

    ring.submit({ 1: async(message(target.fd, 7, 1)) });
    ring.expect({ 1: 0 });
    expectArrived(target, "7:1:0");
    ring.submit({ 2: async(intoAnySlot(sendSlot(target.fd, 0, 8))) });
    ring.expect({ 2: 0 });

    expectArrived(target, "8:0:0");
  });
}

/** REGISTER_SEND_MSG_RING of one SQE. */
function sendFrom(world: World, entry: Entry, ringFd = -1, count = 1): number {
  const memory = world.memory.allocate(SQE_SIZE);
  entry(memory.view, 0);
  return register(world, ringFd, IORING_REGISTER_SEND_MSG_RING, memory.address, count);
}

scenario("MSG-8", "a ring may send to itself", (_world, ring) => {
  ring.announce(7);

  ring.submit({ 1: message(ring.fd, 7, 42) });

  ring.expect({ 1: 0, 7: 42 });
});

scenario(
  "MSG-8",
  "the order on a ring that sends to itself",
  { rings: "plain" },
  (_world, ring) => {
    ring.announce(7);
    ring.submit({ 1: message(ring.fd, 7) });
    ring.expect({ 1: 0, 7: 0 });

    ring.expectOrder(7, 1);
  },
);

scenario(
  "MSG-8",
  "a deferred ring's own message comes last",
  { rings: "deferred" },
  (_world, ring) => {
    ring.announce(7);
    ring.submit({ 1: message(ring.fd, 7), 2: nop() });
    ring.expect({ 1: 0, 2: 0, 7: 0 });

    ring.expectOrder(1, 2, 7);
  },
);

scenario(
  "MSG-25",
  "an IOPOLL ring has a worker send to itself",
  { flags: IORING_SETUP_IOPOLL, rings: "plain" },
  (world, ring) => {
    ring.announce(7);
    ring.submit({ 1: message(ring.fd, 7, 42), 2: nop() });
    // Such a ring does not sleep until something comes.
    world.until("all is posted", () => ring.queue.ready === 3);
    ring.expect({ 1: 0, 2: 0, 7: 42 });

    ring.expectOrder(2, 7, 1);
  },
);

scenario(
  "MSG-25",
  "an IOPOLL ring has others post what they send to it, DEFER_TASKRUN or not",
  { rings: "plain" },
  (world, ring) => {
    const target = RawRing.open(world, 4, DEFERRED | IORING_SETUP_IOPOLL);

    expectResult(ring, message(target.fd, 7, 42), 0);

    const [cqe] = target.reap();
    check("it is there already", cqe?.userData === 7 && cqe.res === 42);
  },
);

scenario("MSG-8 MSG-2", "a ring may pass F_MORE to itself", (_world, ring) => {
  ring.announce(7);
  const more = message(ring.fd, 7, 1, IORING_MSG_RING_FLAGS_PASS);

  ring.submit({ 1: set32(SQE_SPLICE_FD_IN, IORING_CQE_F_MORE, more), 2: message(ring.fd, 7, 2) });

  ring.expect({ 1: 0, 2: 0 });
  check("the first", ring.next(7).flags === IORING_CQE_F_MORE);
  ring.expectNext(7, 2);
});

scenario("MSG-9", "a deferred ring posts what was sent when its owner enters", (world, ring) => {
  const target = RawRing.open(world, 4, DEFERRED | IORING_SETUP_TASKRUN_FLAG);
  const flag = (): number => target.word(PARAMS_SQ_OFF_FLAGS) & IORING_SQ_TASKRUN;

  expectResult(ring, message(target.fd, 7), 0);

  check("nothing has come", target.reap().length === 0);
  equal("TASKRUN", flag(), IORING_SQ_TASKRUN);
  expectArrived(target, "7:0:0");
  equal("TASKRUN", flag(), 0);
});

scenario("MSG-3", "a message needs a ring", (world, ring) => {
  const fd = fileWith(world, "x");
  haveFiles(world, ring.fd, [fd]);
  expectResult(ring, message(9999, 7), "EBADF");
  expectResult(ring, message(fd, 7), "EBADFD");
  expectResult(ring, set32(SQE_ADDR, 2, message(fd, 7)), "EBADFD");
  expectResult(ring, intoSlot(0, sendSlot(fd, 9)), "EBADFD");
  expectResult(ring, fixed(message(0, 7)), "EBADFD");
  expectResult(ring, fixed(message(1, 7)), "EBADF");
  expectResult(ring, set32(SQE_LEN, 1, sendSlot(fd, 0)), "EBADFD");
});

scenario("MSG-10", "fields that a message must not have", (_world, ring) => {
  const bad = message(9999, 7);
  for (const entry of [
    message(9999, 7, 0, 4),
    set16(SQE_BUF_INDEX, 1, bad),
    set16(SQE_PERSONALITY, 1, bad),
    set16(SQE_IOPRIO, 1, bad),
  ]) {
    expectResult(ring, entry, "EINVAL");
  }
  const good = message(ring.fd, 7);
  for (const entry of [set32(SQE_ADDR, 2, good), set32(SQE_ADDR3, 1, good)]) {
    expectResult(ring, entry, "EINVAL");
  }
});

scenario("MSG-20", "the command and the slot are 32 bits", (_world, ring) => {
  ring.announce(7);
  const good = message(ring.fd, 7);

  ring.submit({ 1: set32(SQE_ADDR + 4, 1, set32(SQE_ADDR3 + 4, 1, good)) });

  ring.expect({ 1: 0, 7: 0 });
});

scenario("MSG-11", "CQE_SKIP makes no sense with data", (_world, ring) => {
  const silent = message(ring.fd, 7, 0, IORING_MSG_RING_CQE_SKIP);
  expectResult(ring, silent, "EINVAL");
  expectResult(ring, message(ring.fd, 7, 0, 3), "EINVAL");
});

scenario("MSG-4", "a ring that is not enabled takes no messages", (world, ring) => {
  for (const [, flags] of TARGETS) {
    const target = RawRing.open(world, 4, flags | IORING_SETUP_R_DISABLED);
    haveFiles(world, ring.fd, [fileWith(world, "x")]);
    haveSlots(world, target.fd, 1);
    expectResult(ring, message(target.fd, 7), "EBADFD");
    expectResult(ring, intoSlot(0, sendSlot(target.fd, 0)), "EBADFD");
    expectResult(ring, intoSlot(0, sendSlot(target.fd, 9)), "EBADFD");
    expectResult(ring, set32(SQE_LEN, 1, sendSlot(target.fd, 0)), "EINVAL");
    expectResult(ring, set32(SQE_ADDR3, 1, message(target.fd, 7)), "EINVAL");
    equal("SEND_MSG_RING", sendFrom(world, message(target.fd, 7)), "EBADFD");

    register(world, target.fd, IORING_REGISTER_ENABLE_RINGS, 0, 0);

    expectResult(ring, message(target.fd, 7), 0);
    unregisterFiles(world, ring.fd);
  }
});

scenario("MSG-5", "the backlog of a ring shows", (world, ring) => {
  const target = RawRing.open(world, 1);
  for (let id = 1; id <= 3; id++) expectResult(ring, message(target.fd, id), 0);

  const flags = target.word(PARAMS_SQ_OFF_FLAGS);

  equal("CQ_OVERFLOW", flags & IORING_SQ_CQ_OVERFLOW, IORING_SQ_CQ_OVERFLOW);
});

scenario("MSG-12", "a sender may be silent", (world, ring) => {
  const target = RawRing.open(world, 4);

  ring.submit({ 1: skip(message(target.fd, 7)) });

  ring.expectSilent(1);
  expectArrived(target, "7:0:0");
});

scenario("MSG-12", "a message that fails breaks its chain", (world, ring) => {
  const target = RawRing.open(world, 4, DEFERRED);
  haveFiles(world, ring.fd, [fileWith(world, "x")]);

  ring.submit({ 1: link(message(target.fd, 7)), 2: link(message(9999, 7)), 3: nop() });
  ring.expect({ 1: 0, 2: "EBADF", 3: "ECANCELED" });
  ring.submit({ 4: link(intoSlot(0, sendSlot(target.fd, 0))), 5: nop() });

  ring.expect({ 4: "ENXIO", 5: "ECANCELED" });
});

scenario("MSG-18", "what SEND_MSG_RING takes", (world, ring) => {
  const fd = fileWith(world, "x");
  const good = message(ring.fd, 7);
  const refused: readonly (readonly [string, Entry])[] = [
    ["another opcode", set8(SQE_OPCODE, IORING_OP_NOP, good)],
    ["a file", intoSlot(0, sendSlot(ring.fd, 0))],
    ["an unknown command", set32(SQE_ADDR, 2, good)],
    ["a flag", flagged(1, good)],
    ["an unknown flag", set8(SQE_FLAGS, 0x80, good)],
    ["a personality", set16(SQE_PERSONALITY, 1, good)],
    ["buf_index", set16(SQE_BUF_INDEX, 1, good)],
    ["an unknown message flag", message(ring.fd, 7, 0, 4)],
    ["CQE_SKIP", message(ring.fd, 7, 0, IORING_MSG_RING_CQE_SKIP)],
    ["addr3", set32(SQE_ADDR3, 1, good)],
    ["file_index", set32(SQE_SPLICE_FD_IN, 1, good)],
    ["a bad command beats a bad descriptor", set32(SQE_ADDR, 2, message(9999, 7))],
  ];
  for (const [what, entry] of refused) equal(what, sendFrom(world, entry), "EINVAL");
  equal("a count of 2", sendFrom(world, good, -1, 2), "EINVAL");
  equal("a count of 0", sendFrom(world, good, -1, 0), "EINVAL");
  equal("a ring in place of -1", sendFrom(world, good, ring.fd), "EINVAL");
  equal("a bad descriptor in place of -1", sendFrom(world, good, 9999), "EBADF");
  equal("another file in place of -1", sendFrom(world, good, fd), "EOPNOTSUPP");
  const blind = (address: number): number =>
    register(world, -1, IORING_REGISTER_SEND_MSG_RING, address, 1);
  equal("NULL", blind(0), "EINVAL");
  equal("unmapped", blind(UNMAPPED), "EFAULT");
  equal("to a descriptor that is not open", sendFrom(world, message(9999, 7)), "EBADF");
  equal("to another file", sendFrom(world, set32(SQE_ADDR3, 1, message(fd, 7))), "EBADFD");

  ring.announce(7);
  equal("ioprio is ignored", sendFrom(world, set16(SQE_IOPRIO, 1, good)), 0);
  ring.expect({ 7: 0 });
});

scenario("MSG-21 POLL-1", "a message wakes who polls the ring", (world, ring) => {
  const target = RawRing.open(world, 4);
  ring.submit({ 1: pollAdd(target.fd, POLLIN) });
  ring.expectQuiet();

  sendFrom(world, message(target.fd, 7));

  ring.expect({ 1: POLLIN });
});

scenario("MSG-21 TIMEOUT-6", "a message counts as a completion", (world, ring) => {
  ring.submit({ 1: timeout(world.memory.milliseconds(5000), 1) });
  ring.expectQuiet();
  ring.announce(7);

  sendFrom(world, message(ring.fd, 7));

  ring.expect({ 1: 0, 7: 0 });
});

scenario("MSG-21", "a message ends a wait on its own ring", (world, ring) => {
  const target = RawRing.open(world, 4);
  const id = 2 ** 40 + 3;

  expectResult(ring, message(target.fd, id, 1), 0);

  equal("a wait for it", target.enter(0, 1, IORING_ENTER_GETEVENTS), 0);
  expectArrived(target, "3:1:0");
});

/** Gives a ring an eventfd. Returns what counts its signals. */
function countSignals(world: World, ringFd: number, opcode: number): () => number {
  const fd = world.eventfd();
  const { address } = descriptors(world, [fd]);
  equal("REGISTER_EVENTFD", register(world, ringFd, opcode, address, 1), 0);
  return () => {
    const bytes = world.read(fd, 8);
    return typeof bytes === "number" ? 0 : (bytes[0] ?? 0);
  };
}

scenario("MSG-21 REG-9", "a message signals the eventfd of a plain ring", (world, ring) => {
  const target = RawRing.open(world, 4);
  const signals = countSignals(world, target.fd, IORING_REGISTER_EVENTFD);

  ring.submit({ 1: message(target.fd, 7), 2: message(target.fd, 8) });

  ring.expect({ 1: 0, 2: 0 });
  equal("signals", signals(), 2);
});

scenario("MSG-21 REG-25", "a message signals the eventfd of a deferred ring", (world, ring) => {
  const target = RawRing.open(world, 4, DEFERRED);
  const signals = countSignals(world, target.fd, IORING_REGISTER_EVENTFD);
  ring.submit({ 1: message(target.fd, 7), 2: message(target.fd, 8) });
  ring.expect({ 1: 0, 2: 0 });
  equal("signals for what waits", signals(), 1);

  expectArrived(target, "7:0:0 8:0:0");

  equal("signals for what was posted", signals() > 0 ? 1 : 0, 1);
});

scenario("MSG-21 REG-23", "a message from a worker signals an eventfd for those", (world, ring) => {
  const target = RawRing.open(world, 4);
  const signals = countSignals(world, target.fd, IORING_REGISTER_EVENTFD_ASYNC);
  expectResult(ring, message(target.fd, 7), 0);
  equal("signals of a message sent inline", signals(), 0);

  expectResult(ring, async(message(target.fd, 8)), 0);

  equal("signals of one sent by a worker", signals(), 1);
});
