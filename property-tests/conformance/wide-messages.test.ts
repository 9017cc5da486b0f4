/** Chapter MSG: a message whose CQE says that it has 32 bytes. */
import { IORING_CQE_F_32, IORING_CQE_F_SKIP, IORING_SQ_CQ_OVERFLOW } from "../../spec/abi/cqe.ts";
import { IORING_ENTER_GETEVENTS } from "../../spec/abi/enter.ts";
import {
  IORING_SETUP_CQE32,
  PARAMS_CQ_OFF_HEAD,
  PARAMS_CQ_OFF_TAIL,
  PARAMS_SQ_OFF_FLAGS,
} from "../../spec/abi/setup.ts";
import { IORING_MSG_RING_FLAGS_PASS, SQE_SPLICE_FD_IN } from "../../spec/abi/sqe.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { type Entry, set32 } from "./harness/entries.ts";
import { check, equal } from "./harness/expectation.ts";
import { expectArrived, expectResult } from "./harness/messages.ts";
import { RawRing } from "./harness/raw-ring.ts";
import { message } from "./harness/registered-entries.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

/** A ring of four CQ slots, empty, that has only its last slot left before the wrap. */
function ringBeforeWrap(world: World, ring: TestRing, flags: number): RawRing {
  const target = RawRing.open(world, 2, flags);
  const send = (from: number, to: number): void => {
    for (let id = from; id <= to; id++) expectResult(ring, message(target.fd, id), 0);
  };
  send(100, 103);
  target.setWord(PARAMS_CQ_OFF_HEAD, 3);
  send(104, 106);
  target.setWord(PARAMS_CQ_OFF_HEAD, 7);
  return target;
}

/** MSG_RING of a CQE that says that it has 32 bytes. */
function wideMessage(fd: number, userData: number): Entry {
  const passing = message(fd, userData, 0, IORING_MSG_RING_FLAGS_PASS);
  return set32(SQE_SPLICE_FD_IN, IORING_CQE_F_32, passing);
}

for (const [kind, flags, filler] of [
  ["plain", 0, `0:0:${IORING_CQE_F_SKIP}`],
  ["CQE32", IORING_SETUP_CQE32, "103:0:0"],
] as const) {
  scenario("MSG-22", `F_32 passed to a ${kind} ring takes one slot`, (world, ring) => {
    const target = RawRing.open(world, 2, flags);

    ring.submit({ 1: wideMessage(target.fd, 7), 2: message(target.fd, 8) });

    ring.expect({ 1: 0, 2: 0 });
    equal("the tail", target.word(PARAMS_CQ_OFF_TAIL), 2);
    expectArrived(target, `7:0:${IORING_CQE_F_32} 8:0:0`);
  });

  scenario("MSG-22 MSG-23", `at the wrap of a ${kind} ring it has a filler`, (world, ring) => {
    const target = ringBeforeWrap(world, ring, flags);

    ring.submit({ 1: wideMessage(target.fd, 107), 2: message(target.fd, 108) });

    ring.expect({ 1: 0, 2: 0 });
    equal("the tail", target.word(PARAMS_CQ_OFF_TAIL), 10);
    expectArrived(target, `${filler} 107:0:${IORING_CQE_F_32} 108:0:0`);
  });
}

scenario("MSG-22", "without two free slots it joins the backlog", (world, ring) => {
  const target = RawRing.open(world, 2);
  for (const id of [1, 2, 3]) expectResult(ring, message(target.fd, id), 0);

  expectResult(ring, wideMessage(target.fd, 4), 0);

  const overflow = target.word(PARAMS_SQ_OFF_FLAGS) & IORING_SQ_CQ_OVERFLOW;
  equal("CQ_OVERFLOW", overflow, IORING_SQ_CQ_OVERFLOW);
  check("the first three", target.reap().length >= 3);
  target.enter(0, 0, IORING_ENTER_GETEVENTS);
  check(
    "the last one",
    target.reap().some(({ userData }) => userData === 4),
  );
});
