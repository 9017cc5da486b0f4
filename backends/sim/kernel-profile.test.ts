import { expect, it } from "vitest";
import { IORING_ENTER_GETEVENTS } from "../../spec/abi/enter.ts";
import { AT_FDCWD, O_RDONLY, POLLIN } from "../../spec/abi/linux.ts";
import {
  IORING_OP_ASYNC_CANCEL,
  IORING_OP_PROVIDE_BUFFERS,
  IORING_OP_RECV,
} from "../../spec/abi/opcodes.ts";
import { IORING_REGISTER_EVENTFD, IORING_REGISTER_FILES } from "../../spec/abi/register.ts";
import {
  IORING_FILE_INDEX_ALLOC,
  IORING_RECV_MULTISHOT,
  IOSQE_BUFFER_SELECT,
} from "../../spec/abi/sqe.ts";
import * as field from "../../spec/abi/sqe.ts";
import { ECANCELED, EINVAL, ENOBUFS, ENOENT } from "../../spec/errno.ts";
import { IORING_SETUP_DEFER_TASKRUN, IORING_SETUP_SINGLE_ISSUER } from "../../spec/abi/setup.ts";
import {
  encodeOpenat,
  encodePollAdd,
  encodeTimeout,
  Queue,
  setUserData,
} from "../../src/queue/index.ts";
import { type KernelName, SimBackend } from "./index.ts";
import type { Scheduler } from "./scheduler.ts";

interface World {
  readonly backend: SimBackend;
  readonly queue: Queue;
}

function worldOn(kernel: KernelName, entries = 8): World {
  const backend = new SimBackend({ kernel, driven: true });
  return { backend, queue: Queue.open(backend, { entries }) };
}

/** Puts an SQE with these bytes, as [offset, byte]. */
function put({ queue }: World, userData: number, ...bytes: readonly [number, number][]): void {
  const at = queue.nextSqe();
  for (let offset = 0; offset < 64; offset++) queue.sqes.setUint8(at + offset, 0);
  for (const [offset, byte] of bytes) queue.sqes.setUint8(at + offset, byte);
  setUserData(queue.sqes, at, userData, 0);
}

function reap({ queue }: World): [userData: number, res: number][] {
  const cqes: [number, number][] = [];
  while (queue.next()) cqes.push([queue.userDataLow, queue.res]);
  return cqes.sort(([one], [other]) => one - other);
}

//= MSHOT-21, MSHOT-20
it("an armed multishot receive was not found by a cancellation up to 6.4", () => {
  const run = (kernel: KernelName): [number, number][] => {
    const world = worldOn(kernel);
    const { left } = world.backend.files.makeSocketPair();
    const memory = world.backend.allocate(64);
    put(
      world,
      0,
      [field.SQE_OPCODE, IORING_OP_PROVIDE_BUFFERS],
      [field.SQE_FD, 1],
      [field.SQE_LEN, 8],
      [field.SQE_ADDR + 4, memory.address / 2 ** 32],
    );
    put(
      world,
      1,
      [field.SQE_OPCODE, IORING_OP_RECV],
      [field.SQE_FLAGS, IOSQE_BUFFER_SELECT],
      [field.SQE_IOPRIO, IORING_RECV_MULTISHOT],
      [field.SQE_FD, left],
    );
    put(world, 2, [field.SQE_OPCODE, IORING_OP_ASYNC_CANCEL], [field.SQE_ADDR, 1]);
    world.queue.submit();
    return reap(world).slice(1);
  };

  const old = [
    [1, -ENOBUFS],
    [2, -ENOENT],
  ];
  const now = [
    [1, -ECANCELED],
    [2, 0],
  ];
  expect(run("6.1")).toEqual(old);
  expect([run("6.6"), run("6.18")]).toEqual([now, now]);
});

//= FILE-36
it("slots were not picked for direct descriptors", () => {
  const run = (kernel: KernelName): number | undefined => {
    const world = worldOn(kernel);
    const { backend, queue } = world;
    const empty = backend.allocate(4);
    new DataView(empty.buffer).setInt32(0, -1, true);
    backend.register(queue.ringFd, IORING_REGISTER_FILES, empty.address, 1);
    const path = backend.allocate(8);
    new Uint8Array(path.buffer).set(new TextEncoder().encode("/"));
    const at = queue.nextSqe();
    encodeOpenat(queue.sqes, at, AT_FDCWD, path.address, O_RDONLY, 0);
    queue.sqes.setUint32(at + field.SQE_SPLICE_FD_IN, IORING_FILE_INDEX_ALLOC, true);
    queue.submit(1);
    return reap(world)[0]?.[1];
  };

  expect(run("5.15")).toBe(-EINVAL);
  expect([run("6.1"), run("6.18")]).toEqual([0, 0]);
});

//= REG-44, REG-24
it("an eventfd was signalled for what joins the backlog", () => {
  const run = (kernel: KernelName): number => {
    const world = worldOn(kernel, 1);
    const { backend, queue } = world;
    for (let id = 1; id <= 2; id++) {
      put(world, id);
      queue.submit();
    }
    const fd = backend.files.makeEventfd(0, 0);
    const number = backend.allocate(4);
    new DataView(number.buffer).setInt32(0, fd, true);
    backend.register(queue.ringFd, IORING_REGISTER_EVENTFD, number.address, 1);
    put(world, 3);
    queue.submit();
    let signals = 0;
    backend.files.get(fd)?.read(8, -1, (bytes) => {
      signals = bytes[0] ?? 0;
      return bytes.length;
    });
    return signals;
  };

  expect([run("5.10"), run("5.15")]).toEqual([1, 1]);
  expect([run("6.1"), run("6.18")]).toEqual([0, 0]);
});

/** A scheduler for which `happens` is called when a call blocks for the first time. */
function interrupting(happens: () => void): Scheduler {
  let done = false;
  return {
    choose: () => 0,
    next: (offered) => {
      if (!done) happens();
      done = true;
      return offered.earliest();
    },
  };
}

//= TASK-10
it("the owner of a deferred ring was woken for each completion up to 6.3", () => {
  const run = (kernel: KernelName): number => {
    let write = (): void => {};
    const scheduler = interrupting(() => write());
    const backend = new SimBackend({ kernel, driven: true, scheduler });
    const flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
    const queue = Queue.open(backend, { entries: 8, flags });
    const { reader, writer } = backend.files.makePipe();
    write = () => backend.files.get(writer)?.write(1, -1, () => 1);
    const [second, minute] = [1, 60].map((seconds) => {
      const time = backend.allocate(16);
      new DataView(time.buffer).setUint32(0, seconds, true);
      return time.address;
    }) as [number, number];
    encodePollAdd(queue.sqes, queue.nextSqe(), reader, POLLIN, 0);
    encodeTimeout(queue.sqes, queue.nextSqe(), minute, 1, 0);
    encodeTimeout(queue.sqes, queue.nextSqe(), second, 0, 0);
    queue.submit();

    backend.enter(queue.ringFd, 0, 3, IORING_ENTER_GETEVENTS, 0, 0);

    return queue.ready;
  };

  expect(run("6.1")).toBe(2);
  expect([run("6.6"), run("6.18")]).toEqual([3, 3]);
});
