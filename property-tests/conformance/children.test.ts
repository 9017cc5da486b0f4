/** Chapter WAITID: waiting for a change of a child process. */
import { expect } from "vitest";
import {
  CLD_CONTINUED,
  CLD_EXITED,
  CLD_KILLED,
  CLD_STOPPED,
  P_ALL,
  P_PGID,
  P_PID,
  P_PIDFD,
  WCONTINUED,
  WEXITED,
  WNOHANG,
  WNOWAIT,
  WSTOPPED,
} from "../../spec/abi/linux.ts";
import {
  IORING_ASYNC_CANCEL_ALL,
  SQE_ADDR,
  SQE_ADDR3,
  SQE_BUF_INDEX,
  SQE_IOPRIO,
  SQE_OP_FLAGS,
} from "../../spec/abi/sqe.ts";
import { UNMAPPED, type Memory } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { cancel, cancelFd, linkTimeout } from "./harness/control-entries.ts";
import { expectEach } from "./harness/each.ts";
import { async, link, nop, set16, set32, type Entry } from "./harness/entries.ts";
import { waitid } from "./harness/waiting-entries.ts";

const scenario = await chapter();

const SIGCHLD = 17;
const SIGKILL = 9;
const SIGCONT = 18;
const SIGSTOP = 19;
/** No process has such a number. */
const NOBODY = 0x7ffffff0;
const UNTOUCHED = 0xeeeeeeee;

/** Room for a siginfo_t, with something in it that is no answer. */
function room(world: World): Memory {
  const memory = world.memory.allocate(128);
  memory.bytes.fill(0xee);
  return memory;
}

/** Signal, errno, code, number, user and status of a siginfo_t. */
function told({ view }: Memory): readonly number[] {
  return [0, 4, 8, 16, 20, 24].map((at) => view.getInt32(at, true));
}

scenario("WAITID-1", "a child that exits is told of", (world, ring) => {
  const child = world.child();
  const info = room(world);

  ring.submit({ 1: waitid(P_PID, child.pid, WEXITED, info.address) });
  ring.expectQuiet();
  child.exit(3);

  ring.expect({ 1: 0 });
  const [signal, errno, code, pid, , status] = told(info);
  expect([signal, errno, code, pid, status]).toEqual([SIGCHLD, 0, CLD_EXITED, child.pid, 3]);
  expect(info.view.getUint32(12, true)).toBe(UNTOUCHED);
  expect(info.view.getUint32(28, true)).toBe(UNTOUCHED);
  expectEach(ring, "ECHILD", [waitid(P_PID, child.pid, WEXITED)]);
});

scenario("WAITID-1", "so is one that is killed, stopped, or goes on", (world, ring) => {
  const child = world.child();
  const info = room(world);
  const wait = (options: number): Entry => waitid(P_PID, child.pid, options, info.address);
  const seen = (): readonly number[] => told(info).filter((_, index) => index === 2 || index === 5);

  ring.submit({ 1: wait(WSTOPPED | WEXITED) });
  ring.expectQuiet();
  child.stop();
  ring.expect({ 1: 0 });
  expect(seen()).toEqual([CLD_STOPPED, SIGSTOP]);

  ring.submit({ 2: wait(WCONTINUED) });
  child.resume();
  ring.expect({ 2: 0 });
  expect(seen()).toEqual([CLD_CONTINUED, SIGCONT]);

  ring.submit({ 3: wait(WEXITED) });
  child.kill();
  ring.expect({ 3: 0 });
  expect(seen()).toEqual([CLD_KILLED, SIGKILL]);
});

scenario("WAITID-1", "a change that nobody asked for is waited through", (world, ring) => {
  const child = world.child();
  ring.submit({ 1: waitid(P_PID, child.pid, WEXITED) });

  child.stop();
  child.resume();
  ring.expectQuiet();
  child.exit(0);

  ring.expect({ 1: 0 });
});

scenario("WAITID-2", "without a child that fits there is nothing to wait for", (world, ring) => {
  const info = room(world);

  expectEach(ring, "ECHILD", [waitid(P_PID, NOBODY, WEXITED, info.address)]);
  expect(told(info)).toEqual([0, 0, 0, 0, 0, 0]);
  expectEach(ring, "ECHILD", [
    waitid(P_PID, NOBODY, WEXITED | WNOHANG),
    waitid(P_PGID, NOBODY, WEXITED),
    waitid(P_PID, 1, WSTOPPED),
  ]);
});

scenario("WAITID-2", "a child that has ended can only be told to have ended", (world, ring) => {
  const child = world.child();
  ring.submit({ 1: waitid(P_PID, child.pid, WEXITED | WNOWAIT) });
  child.exit(1);
  ring.expect({ 1: 0 });

  expectEach(ring, "ECHILD", [waitid(P_PID, child.pid, WSTOPPED | WCONTINUED)]);
  expectEach(ring, 0, [waitid(P_PID, child.pid, WEXITED)]);
});

scenario("WAITID-3", "options name a change, and nothing unknown", (world, ring) => {
  const info = room(world);

  expectEach(ring, "EINVAL", [
    waitid(P_PID, NOBODY, 0, info.address),
    waitid(P_PID, NOBODY, WNOHANG),
    waitid(P_PID, NOBODY, WNOWAIT),
    waitid(P_PID, NOBODY, WEXITED | 16),
    waitid(P_PID, NOBODY, WEXITED | 0x10000000),
  ]);
  expect(info.view.getUint32(0, true)).toBe(UNTOUCHED);
});

scenario("WAITID-4", "the id fits its kind", (world, ring) => {
  expectEach(ring, "EINVAL", [
    waitid(4, NOBODY, WEXITED),
    waitid(-1, NOBODY, WEXITED),
    waitid(P_PID, 0, WEXITED),
    waitid(P_PID, -1, WEXITED),
    waitid(P_PGID, -1, WEXITED),
    waitid(P_PIDFD, -1, WEXITED),
  ]);
  expectEach(ring, "EBADF", [
    waitid(P_PIDFD, 100_000, WEXITED),
    waitid(P_PIDFD, world.pipe().read, WEXITED),
  ]);
});

scenario("WAITID-5", "with WNOHANG it does not wait", (world, ring) => {
  const child = world.child();
  const info = room(world);

  expectEach(ring, 0, [waitid(P_PID, child.pid, WEXITED | WNOHANG, info.address)]);

  expect(told(info)).toEqual([0, 0, 0, 0, 0, 0]);
  expectEach(ring, 0, [
    waitid(P_ALL, 0, WSTOPPED | WNOHANG),
    waitid(P_PGID, 0, WSTOPPED | WNOHANG),
  ]);
});

scenario("WAITID-6 MSHOT-4", "fields that it does not use are reserved", (_world, ring) => {
  const entry = waitid(P_PID, NOBODY, WEXITED);

  expectEach(ring, "EINVAL", [
    set32(SQE_ADDR, 1, entry),
    set16(SQE_BUF_INDEX, 1, entry),
    set32(SQE_ADDR3, 1, entry),
    set32(SQE_OP_FLAGS, 1, entry),
    set16(SQE_IOPRIO, 1, entry),
  ]);
});

scenario("WAITID-7", "where it cannot be told the child is gone all the same", (world, ring) => {
  const child = world.child();

  expectEach(ring, "EFAULT", [
    waitid(P_PID, NOBODY, WEXITED, UNMAPPED),
    waitid(P_PID, child.pid, WEXITED | WNOHANG, UNMAPPED),
  ]);
  ring.submit({ 1: waitid(P_PID, child.pid, WEXITED, UNMAPPED) });
  child.exit(0);
  ring.expect({ 1: "EFAULT" });

  expectEach(ring, "ECHILD", [waitid(P_PID, child.pid, WEXITED)]);
});

scenario("WAITID-8", "with WNOWAIT a child can be waited for again", (world, ring) => {
  const child = world.child();
  const [one, other] = [room(world), room(world)];
  ring.submit({ 1: waitid(P_PID, child.pid, WEXITED | WNOWAIT, one.address) });
  child.exit(7);
  ring.expect({ 1: 0 });

  expectEach(ring, 0, [waitid(P_PID, child.pid, WEXITED, other.address)]);

  expect(told(other)).toEqual(told(one));
  expectEach(ring, "ECHILD", [waitid(P_PID, child.pid, WEXITED)]);
});

scenario("WAITID-9 WAITID-11", "a child is reaped once, by who came last", (world, ring) => {
  const child = world.child();
  const wait = (): Entry => waitid(P_PID, child.pid, WEXITED);
  for (const id of [1, 2, 3]) ring.submit({ [id]: wait() });

  ring.expectQuiet();
  child.exit(0);

  ring.expect({ 1: "ECHILD", 2: "ECHILD", 3: 0 });
});

scenario("WAITID-10 CANCEL-13", "a cancelled wait reaps nobody", (world, ring) => {
  const child = world.child();
  const info = room(world);
  ring.submit({ 1: waitid(P_PID, child.pid, WEXITED, info.address) });
  ring.expectQuiet();

  ring.submit({ 2: cancel(1) });

  ring.expect({ 1: "ECANCELED", 2: 1 });
  expect(told(info)).toEqual([0, 0, 0, 0, 0, 0]);
  ring.submit({ 3: waitid(P_PID, child.pid, WEXITED) });
  child.exit(0);
  ring.expect({ 3: 0 });
});

scenario("WAITID-12 CANCEL-13", "a cancellation counts those who wait", (world, ring) => {
  const child = world.child();
  const wait = waitid(P_PID, child.pid, WEXITED);
  for (let i = 0; i < 2; i++) ring.pushOne(1, wait);
  ring.queue.submit();
  ring.submit({ 2: cancelFd(world.pipe().read) });
  ring.expect({ 2: "ENOENT" });

  ring.submit({ 3: cancel(1, IORING_ASYNC_CANCEL_ALL) });
  ring.expect({ 3: 1 });
  for (let i = 0; i < 2; i++) ring.expect({ 1: "ECANCELED" });

  ring.submit({ 4: link(wait), 5: linkTimeout(world.memory.milliseconds(1)) });
  ring.expect({ 4: "ECANCELED", 5: 1 });
});

scenario("WAITID-13", "no child breaks a chain, one that was told of does not", (world, ring) => {
  const child = world.child();

  ring.submit({ 1: link(waitid(P_PID, NOBODY, WEXITED)), 2: nop() });
  ring.expect({ 1: "ECHILD", 2: "ECANCELED" });
  ring.submit({ 3: link(waitid(P_PID, child.pid, WEXITED)), 4: nop() });
  ring.expectQuiet();
  child.exit(0);

  ring.expect({ 3: 0, 4: 0 });
});

scenario("WAITID-1 ASYNC-1", "a worker may begin to wait", (world, ring) => {
  const child = world.child();
  ring.submit({ 1: async(waitid(P_PID, child.pid, WEXITED)) });
  ring.expectQuiet();

  child.exit(0);

  ring.expect({ 1: 0 });
});
