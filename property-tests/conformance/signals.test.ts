/** Chapters ENTER and SYNCCANCEL: signals that come while a call waits. */
import {
  GETEVENTS_ARG_SIGMASK,
  GETEVENTS_ARG_SIGMASK_SZ,
  GETEVENTS_ARG_SIZE,
  GETEVENTS_ARG_TS,
  IORING_ENTER_EXT_ARG,
  IORING_ENTER_GETEVENTS,
} from "../../spec/abi/enter.ts";
import { setU64 } from "../../src/queue/index.ts";
import type { Memory } from "../worlds/memory.ts";
import { SIGNAL, type World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { nop } from "./harness/entries.ts";
import { equal } from "./harness/expectation.ts";
import { waiting } from "./harness/fixtures.ts";
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
