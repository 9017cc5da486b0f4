/** Chapter TASK: which task may use a ring, and when completions reach it. */
import { expect } from "vitest";
import { IORING_SQ_TASKRUN } from "../../spec/abi/cqe.ts";
import { IORING_ENTER_GETEVENTS, IORING_ENTER_SQ_WAKEUP } from "../../spec/abi/enter.ts";
import {
  IORING_REGISTER_ENABLE_RINGS,
  IORING_REGISTER_PERSONALITY,
} from "../../spec/abi/register.ts";
import {
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_R_DISABLED,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SQPOLL,
  IORING_SETUP_TASKRUN_FLAG,
  PARAMS_CQ_OFF_TAIL,
  PARAMS_SQ_OFF_FLAGS,
  PARAMS_SQ_THREAD_IDLE,
} from "../../spec/abi/setup.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { link, nop } from "./harness/entries.ts";
import { check, equal } from "./harness/expectation.ts";
import { waiting } from "./harness/fixtures.ts";
import { RawRing, type ParamsFields } from "./harness/raw-ring.ts";

const scenario = await chapter();

/** These make a ring of their own. */
const once = { rings: "plain" } as const;

const SINGLE = IORING_SETUP_SINGLE_ISSUER;
const DEFERRED = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
const EVENTS = IORING_ENTER_GETEVENTS;

/** A raw ring with NOPs 1 to 4 as its SQEs, none of them published. */
function ringOfNops(world: World, flags: number, fields: ParamsFields = {}): RawRing {
  const ring = RawRing.open(world, 4, flags, fields);
  for (let index = 0; index < ring.sqEntries; index++) {
    ring.fill(index, index + 1, nop());
    ring.point(index, index);
  }
  return ring;
}

const personality = (world: World, ring: RawRing): number =>
  world.backend.register(ring.fd, IORING_REGISTER_PERSONALITY, 0, 0);

for (const [kind, flags] of [
  ["SINGLE_ISSUER", SINGLE],
  ["DEFER_TASKRUN", DEFERRED],
] as const) {
  scenario("TASK-1", `only the owner submits and registers (${kind})`, once, async (world) => {
    const ring = ringOfNops(world, flags);
    const other = world.otherTask(ring.fd);

    equal("an empty queue", await other.enter(1), "EEXIST");
    ring.setTail(1);
    equal("enter", await other.enter(1), "EEXIST");
    equal("register", await other.register(IORING_REGISTER_PERSONALITY), "EEXIST");
    equal("a bad register", await other.register(99), "EINVAL");

    equal("enter of the owner", ring.enter(1), 1);
    equal("register of the owner", personality(world, ring), 1);
  });
}

scenario("TASK-1", "a ring for any issuer takes both", once, async (world) => {
  const ring = ringOfNops(world, 0);
  const other = world.otherTask(ring.fd);
  ring.setTail(1);

  equal("enter", await other.enter(1), 1);
  equal("register", await other.register(IORING_REGISTER_PERSONALITY), 1);

  equal("CQEs", ring.reap().length, 1);
});

scenario("TASK-2 TASK-8", "who enables a ring is its owner", once, async (world) => {
  const ring = ringOfNops(world, SINGLE | IORING_SETUP_R_DISABLED);
  const other = world.otherTask(ring.fd);
  equal("register", personality(world, ring), 1);
  equal("register elsewhere", await other.register(IORING_REGISTER_PERSONALITY), 2);

  equal("enable", await other.register(IORING_REGISTER_ENABLE_RINGS), 0);

  equal("register of the creator", personality(world, ring), "EEXIST");
  ring.setTail(1);
  equal("enter of the creator", ring.enter(1), "EEXIST");
  equal("enter", await other.enter(1), 1);
});

scenario("TASK-4", "TASKRUN shows that work is pending", { rings: "deferred" }, (world) => {
  const ring = RawRing.open(world, 4, DEFERRED | IORING_SETUP_TASKRUN_FLAG);
  const slow = waiting(world);
  const isPending = (): boolean => (ring.word(PARAMS_SQ_OFF_FLAGS) & IORING_SQ_TASKRUN) !== 0;
  ring.fill(0, 1, slow.entry);
  ring.point(0, 0);
  ring.setTail(1);
  ring.enter(1);
  check("nothing is pending", !isPending());

  slow.wake();
  world.until("TASKRUN is set", isPending);
  equal("CQ tail", ring.word(PARAMS_CQ_OFF_TAIL), 0);
  equal("enter", ring.enter(0, 0, EVENTS), 0);

  check("nothing is pending", !isPending());
  equal("CQ tail", ring.word(PARAMS_CQ_OFF_TAIL), 1);
});

scenario("TASK-5", "completions come without a call for events", { rings: "plain" }, (world) => {
  const ring = RawRing.open(world, 4);
  const slow = waiting(world);
  ring.fill(0, 1, slow.entry);
  ring.point(0, 0);
  ring.setTail(1);
  ring.enter(1);

  slow.wake();

  world.until("the CQE is there", () => ring.word(PARAMS_CQ_OFF_TAIL) === 1);
});

scenario("TASK-6", "any task may wait for what is there", once, async (world) => {
  const ring = ringOfNops(world, SINGLE);
  const other = world.otherTask(ring.fd);
  ring.setTail(1);
  ring.enter(1);

  equal("a wait", await other.enter(0, 1, EVENTS), 0);
  equal("a look", await other.enter(0, 0, EVENTS), 0);
});

scenario("TASK-7", "only the owner waits on a DEFER_TASKRUN ring", once, async (world) => {
  const ring = ringOfNops(world, DEFERRED);
  const other = world.otherTask(ring.fd);
  ring.setTail(1);
  ring.enter(1);

  equal("a wait", await other.enter(0, 1, EVENTS), "EEXIST");
  equal("a look", await other.enter(0, 0, EVENTS), "EEXIST");
  equal("neither", await other.enter(0), 0);
});

scenario("TASK-9", "with an SQ thread any task enters, one registers", once, async (world) => {
  const ring = ringOfNops(world, SINGLE | IORING_SETUP_SQPOLL, { [PARAMS_SQ_THREAD_IDLE]: 1 });
  const other = world.otherTask(ring.fd);
  ring.setTail(1);

  equal("enter", await other.enter(1, 1, EVENTS | IORING_ENTER_SQ_WAKEUP), 1);
  equal("register", await other.register(IORING_REGISTER_PERSONALITY), "EEXIST");

  world.until("the entry is taken", () => ring.word(PARAMS_CQ_OFF_TAIL) === 1);
  equal("register of the owner", personality(world, ring), 1);
});

scenario("TASK-11", "a child process is another task", once, async (world) => {
  const plain = ringOfNops(world, 0);
  const single = ringOfNops(world, SINGLE);
  const [child, strange] = [world.childProcess(plain.fd), world.childProcess(single.fd)];
  plain.setTail(1);
  single.setTail(1);

  equal("enter of a plain ring", await child.enter(1), 1);
  equal("enter of a single issuer's", await strange.enter(1), "EEXIST");

  equal("CQEs", plain.reap().length, 1);
});

/** A chain of four NOPs on a ring of its own, published and not submitted. */
function chainOfNops(world: World): RawRing {
  const ring = RawRing.open(world, 4, DEFERRED | IORING_SETUP_TASKRUN_FLAG);
  for (let index = 0; index < 4; index++) {
    ring.fill(index, index + 1, index < 3 ? link(nop()) : nop());
    ring.point(index, index);
  }
  ring.setTail(4);
  return ring;
}

/** How many CQEs there are, and whether TASKRUN says that work is queued. */
const progress = (ring: RawRing): string =>
  `${ring.word(PARAMS_CQ_OFF_TAIL)}${ring.word(PARAMS_SQ_OFF_FLAGS) & IORING_SQ_TASKRUN ? "+" : ""}`;

scenario("TASK-12", "a call goes through what is queued, and no further", once, (world) => {
  const ring = chainOfNops(world);

  equal("submit", ring.enter(4), 4);
  expect(progress(ring)).toBe("1+");
  ring.enter(0, 0, EVENTS);
  expect(progress(ring)).toBe("2+");
  ring.enter(0, 0, EVENTS);
  expect(progress(ring)).toBe("3+");
  ring.enter(0, 0, EVENTS);
  expect(progress(ring)).toBe("4");
});

scenario("TASK-12", "twice if it submits, further for min_complete", once, (world) => {
  const twice = chainOfNops(world);
  equal("submit", twice.enter(4, 0, EVENTS), 4);
  expect(progress(twice)).toBe("3+");

  const further = chainOfNops(world);
  equal("submit", further.enter(4), 4);
  further.enter(0, 2, EVENTS);
  expect(progress(further)).toBe("3+");
});
