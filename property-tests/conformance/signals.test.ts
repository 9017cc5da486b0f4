/** Chapters ENTER and RW: signals that come while a call waits, and the one that writes send. */
import {
  GETEVENTS_ARG_SIGMASK,
  GETEVENTS_ARG_SIGMASK_SZ,
  GETEVENTS_ARG_SIZE,
  GETEVENTS_ARG_TS,
  IORING_ENTER_EXT_ARG,
  IORING_ENTER_GETEVENTS,
} from "../../spec/abi/enter.ts";
import { RWF_NOSIGNAL } from "../../spec/abi/linux.ts";
import { SQE_OP_FLAGS } from "../../spec/abi/sqe.ts";
import { setU64 } from "../../src/queue/index.ts";
import type { Memory } from "../worlds/memory.ts";
import { SIGNAL, type World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { async, nop, set32, write, writev, type Entry } from "./harness/entries.ts";
import { check, equal } from "./harness/expectation.ts";
import { waiting } from "./harness/fixtures.ts";
import { send } from "./harness/socket-entries.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

const EVENTS = IORING_ENTER_GETEVENTS;
const MASK_SIZE = 8;

/** A signal mask that holds SIGNAL, or nothing. */
function mask(world: World, held: boolean): Memory {
  const memory = world.memory.allocate(MASK_SIZE);
  const bit = SIGNAL - 1;
  if (held) memory.view.setUint8(bit >> 3, 1 << (bit & 7));
  return memory;
}

/** Waits for a completion with this mask: for 40 ms, which is longer than signals are apart. */
function waitWith(world: World, ring: TestRing, signals?: Memory): number {
  const argument = world.memory.allocate(GETEVENTS_ARG_SIZE);
  setU64(argument.view, GETEVENTS_ARG_TS, world.memory.milliseconds(40));
  if (signals !== undefined) {
    setU64(argument.view, GETEVENTS_ARG_SIGMASK, signals.address);
    argument.view.setUint32(GETEVENTS_ARG_SIGMASK_SZ, MASK_SIZE, true);
  }
  const flags = EVENTS | IORING_ENTER_EXT_ARG;
  return ring.enter(0, 1, flags, argument.address, GETEVENTS_ARG_SIZE);
}

scenario("RW-30", "a write to a broken pipe or socket sends SIGPIPE", (world, ring) => {
  const pipe = world.pipe();
  const [socket, other] = world.socketPair();
  const memory = world.memory.allocate(1);
  const vector = world.memory.iovecs([[memory.address, 1]]).address;
  world.closeFd(pipe.read);
  world.closeFd(other);
  const raises = (entry: Entry): boolean =>
    world.raisesPipeSignal(() => {
      ring.submit({ 1: entry });
      ring.expect({ 1: "EPIPE" });
    });

  for (const fd of [pipe.write, socket]) {
    check("WRITE does", raises(write(fd, memory)));
    check("WRITEV does", raises(writev(fd, vector, 1)));
    const quiet = set32(SQE_OP_FLAGS, RWF_NOSIGNAL, write(fd, memory));
    check("not with RWF_NOSIGNAL", !raises(quiet));
    check("not with IOSQE_ASYNC", !raises(async(write(fd, memory))));
  }
  check("SEND does not", !raises(send(socket, memory)));
});

scenario("ENTER-13", "a signal ends a wait for nothing", (world, ring) => {
  ring.submit({ 1: waiting(world).entry });

  world.withSignals({}, () => {
    equal("wait", ring.enter(0, 1, EVENTS), "EINTR");
    equal("wait with a time limit", waitWith(world, ring), "EINTR");
  });

  ring.expectPending(1);
});

scenario("ENTER-13", "and one that has something", (world, ring) => {
  ring.submit({ 1: nop(), 2: waiting(world).entry });

  world.withSignals({}, () => {
    equal("wait", ring.enter(0, 2, EVENTS), 0);
  });

  ring.expect({ 1: 0 });
  ring.expectPending(2);
});

scenario("ENTER-13 ENTER-6", "what was submitted counts more", (world, ring) => {
  ring.publish({ 1: waiting(world).entry });

  world.withSignals({}, () => {
    equal("enter", ring.enter(1, 1, EVENTS), 1);
  });

  ring.expectPending(1);
});

scenario("ENTER-27", "a wait is not restarted", (world, ring) => {
  world.withSignals({ restart: true }, () => {
    equal("wait", ring.enter(0, 1, EVENTS), "EINTR");
    equal("wait with a time limit", waitWith(world, ring), "EINTR");
  });
});

scenario("ENTER-39", "the mask of a wait holds signals back", (world, ring) => {
  world.withSignals({}, () => {
    equal("wait", waitWith(world, ring, mask(world, true)), "ETIME");
    equal("wait with an empty mask", waitWith(world, ring, mask(world, false)), "EINTR");
  });
});

scenario("ENTER-39", "or lets through what the thread blocks", (world, ring) => {
  world.withSignals({ blocked: true }, () => {
    equal("wait", waitWith(world, ring), "ETIME");
    equal("wait with an empty mask", waitWith(world, ring, mask(world, false)), "EINTR");
    const { address } = mask(world, false);
    equal("the older argument", ring.enter(0, 1, EVENTS, address, MASK_SIZE), "EINTR");
  });
});
