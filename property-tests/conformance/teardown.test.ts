/** Chapter LIFE: what ends a ring and its requests, and what does not. */
import { IORING_ENTER_GETEVENTS } from "../../spec/abi/enter.ts";
import { POLLIN } from "../../spec/abi/linux.ts";
import { PARAMS_CQ_OFF_HEAD, PARAMS_CQ_OFF_TAIL } from "../../spec/abi/setup.ts";
import { ECANCELED, EINTR, EPIPE, ETIME } from "../../spec/errno.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { pollAdd, timeout } from "./harness/control-entries.ts";
import { type Entry, link, nop, read } from "./harness/entries.ts";
import { check, equal } from "./harness/expectation.ts";
import { RawRing } from "./harness/raw-ring.ts";

const scenario = await chapter();

/** These make a ring of their own. */
const once = { rings: "plain" } as const;

const EVENTS = IORING_ENTER_GETEVENTS;

/** A raw ring whose SQEs are these, with user_data 1, 2 ..., published and not submitted. */
function ringWith(world: World, ...entries: Entry[]): RawRing {
  const ring = RawRing.open(world, 4);
  for (const [index, entry] of entries.entries()) {
    ring.fill(index, index + 1, entry);
    ring.point(index, index);
  }
  ring.setTail(entries.length);
  return ring;
}

const hasCqe = (ring: RawRing): boolean =>
  ring.word(PARAMS_CQ_OFF_TAIL) !== ring.word(PARAMS_CQ_OFF_HEAD);

/** Waits until nobody has the reading end of the pipe any more. */
function untilReleased(world: World, writer: number): void {
  world.until("the reader is released", () => world.write(writer, "x") === -EPIPE);
}

scenario("LIFE-2", "a mapped ring can be read after its end", once, (world) => {
  const ring = ringWith(world, nop(), nop());
  equal("submit", ring.enter(2), 2);

  ring.close();

  const ids = ring.reap().map(({ userData }) => userData);
  check(`CQEs of 1 and 2, got ${ids.join()}`, ids.join() === "1,2");
});

scenario("LIFE-4", "a mapping keeps a ring and its requests alive", once, (world) => {
  const pipe = world.pipe();
  const ring = ringWith(world, pollAdd(pipe.read, POLLIN));
  equal("submit", ring.enter(1), 1);

  ring.close();
  equal("enter", ring.enter(0), "EBADF");
  world.closeFd(pipe.read);

  equal("write", world.write(pipe.write, "x"), 1);
  world.until("the poll completes", () => hasCqe(ring));
  equal("poll", ring.reap()[0]?.res ?? 0, POLLIN);
  untilReleased(world, pipe.write);
});

scenario("LIFE-4", "without it they end", once, (world) => {
  const pipe = world.pipe();
  const ring = ringWith(world, pollAdd(pipe.read, POLLIN));
  equal("submit", ring.enter(1), 1);
  ring.close();
  world.closeFd(pipe.read);

  ring.unmap();

  untilReleased(world, pipe.write);
});

scenario("LIFE-6 ENTER-22", "a duplicate of the descriptor is as good", once, (world) => {
  const pipe = world.pipe();
  const ring = ringWith(world, read(pipe.read, world.memory.allocate(8)), nop());
  equal("submit", ring.enter(1), 1);
  const copy = world.duplicate(ring.fd);

  ring.close();
  ring.unmap();

  equal("submit", world.backend.enter(copy, 1, 1, EVENTS, 0, 0), 1);
  world.write(pipe.write, "abc");
  equal("wait", world.backend.enter(copy, 0, 2, EVENTS, 0, 0), 0);
});

scenario("LIFE-6 ENTER-22", "both have the same rings", once, (world) => {
  const ring = ringWith(world, nop(), nop());
  const copy = world.duplicate(ring.fd);

  equal("submit", ring.enter(1), 1);
  equal("submit by the copy", world.backend.enter(copy, 1, 2, EVENTS, 0, 0), 1);

  equal("CQEs", ring.reap().length, 2);
});

scenario(
  "LIFE-5",
  "what waits for a file outlives its thread, but not by much",
  once,
  async (world) => {
    const pipe = world.pipe();
    const ring = ringWith(
      world,
      pollAdd(pipe.read, POLLIN),
      read(pipe.read, world.memory.allocate(8)),
      timeout(world.memory.milliseconds(60)),
    );
    const thread = world.otherTask(ring.fd);
    equal("submit", await thread.enter(3), 3);

    await thread.end();

    check("nothing has completed", !hasCqe(ring));
    world.until("the timer is over", () => hasCqe(ring));
    const [timer] = ring.reap();
    equal("TIMEOUT", timer?.res ?? 0, -ETIME);
    equal("its user_data", timer?.userData ?? 0, 3);
    world.write(pipe.write, "abc");
    equal("wait", ring.enter(0, 2, EVENTS), 0);
    const results = ring.reap().map(({ res }) => res);
    check(
      `both are cancelled: ${results.join()}`,
      results.every((res) => res === -ECANCELED),
    );
  },
);

scenario("LIFE-3", "the end of a thread interrupts its workers", once, async (world) => {
  const pipe = world.pipe();
  // The head of a chain that the submit leaves open goes to a worker, and blocks it there.
  const ring = ringWith(world, link(read(pipe.read, world.memory.allocate(8))));
  const thread = world.otherTask(ring.fd);
  equal("submit", await thread.enter(1), 1);
  world.settle();
  check("nothing has completed", !hasCqe(ring));

  await thread.end();

  world.until("the read completes", () => hasCqe(ring));
  const { res } = ring.reap()[0] as { res: number };
  // Cancelled where no worker had come to it yet.
  check(`interrupted: ${res}`, res === -EINTR || res === -ECANCELED);
});

scenario(
  "LIFE-7",
  "the end of a child process cancels nothing of its parent",
  once,
  async (world) => {
    const pipe = world.pipe();
    const ring = ringWith(world, pollAdd(pipe.read, POLLIN));
    equal("submit", ring.enter(1), 1);
    const child = world.childProcess(ring.fd);
    equal("enter of the child", await child.enter(0), 0);

    await child.end();

    check("nothing has completed", !hasCqe(ring));
    world.write(pipe.write, "x");
    equal("wait", ring.enter(0, 1, EVENTS), 0);
    equal("poll", ring.reap()[0]?.res ?? 0, POLLIN);
  },
);
