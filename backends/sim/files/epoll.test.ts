import { describe, expect, it } from "vitest";
import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLET,
  EPOLLHUP,
  EPOLLIN,
  EPOLLONESHOT,
  POLLIN,
  POLLRDNORM,
} from "../../../spec/abi/linux.ts";
import { EFAULT, ELOOP, ENOENT, EPERM } from "../../../spec/errno.ts";
import type { EpollCalls, EpollEvent, OpenFile } from "../../emulator/host/host.ts";
import { newFiles, opened, readText, writeText } from "./testing/transfer.ts";

interface World {
  readonly files: ReturnType<typeof newFiles>;
  readonly set: OpenFile;
  readonly calls: EpollCalls;
  readonly reader: OpenFile;
  readonly writer: OpenFile;
  readonly fd: number;
}

/** A set, and a pipe that is not in it. */
function world(): World {
  const files = newFiles();
  const set = opened(files.get(files.makeEpoll()));
  if (set.epoll === undefined) throw new Error("an epoll set has calls of its own");
  const pipe = files.makePipe();
  const reader = opened(files.get(pipe.reader));
  const writer = opened(files.get(pipe.writer));
  return { files, set, calls: set.epoll, reader, writer, fd: pipe.reader };
}

function event(events: number, dataLow = 0): EpollEvent {
  return { events, dataLow, dataHigh: 0 };
}

/** The events that a wait gets, as [events, data]. */
function taken(calls: EpollCalls, limit = 8): (readonly [number, number])[] {
  const told: (readonly [number, number])[] = [];
  calls.take(limit, (_index, { events, dataLow }) => {
    told.push([events, dataLow]);
    return true;
  });
  return told;
}

describe("an epoll set", () => {
  it("tells of a level again and again, until it falls", () => {
    const { calls, reader, writer, fd } = world();
    calls.control(EPOLL_CTL_ADD, fd, reader, event(EPOLLIN, 7));
    expect(taken(calls)).toEqual([]);

    writeText(writer, "x");

    expect([taken(calls), taken(calls)]).toEqual([[[EPOLLIN, 7]], [[EPOLLIN, 7]]]);
    readText(reader, 1);
    expect(taken(calls)).toEqual([]);
  });

  it("tells of an edge once for each wake-up", () => {
    const { calls, reader, writer, fd } = world();
    calls.control(EPOLL_CTL_ADD, fd, reader, event(EPOLLIN | EPOLLET));

    writeText(writer, "x");
    expect([taken(calls).length, taken(calls).length]).toEqual([1, 0]);
    writeText(writer, "y");

    expect([taken(calls).length, taken(calls).length]).toEqual([1, 0]);
  });

  it("tells of a one-shot entry once until it is changed", () => {
    const { calls, reader, writer, fd } = world();
    const once = event(EPOLLIN | EPOLLONESHOT);
    calls.control(EPOLL_CTL_ADD, fd, reader, once);
    writeText(writer, "x");
    expect([taken(calls).length, taken(calls).length]).toEqual([1, 0]);

    expect(calls.control(EPOLL_CTL_MOD, fd, reader, once)).toBe(0);

    expect(taken(calls).length).toBe(1);
  });

  it("keeps those that were told behind those that were not", () => {
    const { files, calls } = world();
    for (const data of [1, 2, 3]) {
      const pipe = files.makePipe();
      writeText(opened(files.get(pipe.writer)), "x");
      const reader = opened(files.get(pipe.reader));
      calls.control(EPOLL_CTL_ADD, pipe.reader, reader, event(EPOLLIN, data));
    }

    const order = [taken(calls, 2), taken(calls, 2)].flat().map(([, data]) => data);

    expect(order).toEqual([1, 2, 3, 1]);
  });

  it("counts what could be told before memory faulted, and keeps the rest", () => {
    const { calls, files } = world();
    for (const data of [1, 2]) {
      const pipe = files.makePipe();
      writeText(opened(files.get(pipe.writer)), "x");
      const once = event(EPOLLIN | EPOLLONESHOT, data);
      calls.control(EPOLL_CTL_ADD, pipe.reader, opened(files.get(pipe.reader)), once);
    }

    expect(calls.take(2, (index) => index === 0)).toBe(1);
    expect(calls.take(2, () => false)).toBe(-EFAULT);
    expect(taken(calls)).toEqual([[EPOLLIN, 2]]);
  });

  it("forgets a file that is closed for good", () => {
    const { files, set, calls, reader, writer, fd } = world();
    calls.control(EPOLL_CTL_ADD, fd, reader, event(EPOLLIN));
    writeText(writer, "x");
    expect(set.poll()).toBe(POLLIN | POLLRDNORM);

    files.close(fd);

    expect([set.poll(), taken(calls)]).toEqual([0, []]);
  });

  it("tells of a hang-up unasked", () => {
    const { calls, files, reader, writer, fd } = world();
    calls.control(EPOLL_CTL_ADD, fd, reader, event(0));

    writer.release();

    expect(taken(calls)).toEqual([[EPOLLHUP, 0]]);
    expect(files.get(fd)).toBe(reader);
  });

  it("is told itself by a set that holds it, and no circle", () => {
    const { files, set, calls, reader, writer, fd } = world();
    const outer = opened(files.get(files.makeEpoll()));
    calls.control(EPOLL_CTL_ADD, fd, reader, event(EPOLLIN));
    expect(outer.epoll?.control(EPOLL_CTL_ADD, 50, set, event(EPOLLIN))).toBe(0);
    expect(calls.control(EPOLL_CTL_ADD, 51, outer, event(EPOLLIN))).toBe(-ELOOP);
    expect(outer.poll()).toBe(0);

    writeText(writer, "x");

    expect(outer.poll()).toBe(POLLIN | POLLRDNORM);
  });

  it("wakes who polls it when an entry becomes ready", () => {
    const { set, calls, reader, writer, fd } = world();
    calls.control(EPOLL_CTL_ADD, fd, reader, event(EPOLLIN));
    const before = set.wakeups();

    writeText(writer, "x");

    expect(set.wakeups()).toBeGreaterThan(before);
  });

  it("takes out what is in it, and no file that never waits", () => {
    const { files, calls, reader, writer, fd } = world();
    calls.control(EPOLL_CTL_ADD, fd, reader, event(EPOLLIN));
    writeText(writer, "x");

    expect(calls.control(EPOLL_CTL_DEL, fd, reader, event(0))).toBe(0);

    expect([taken(calls), calls.control(EPOLL_CTL_DEL, fd, reader, event(0))]).toEqual([
      [],
      -ENOENT,
    ]);
    files.writeFile("/tmp/f", Uint8Array.of(1));
    const file = opened(files.open(-100, new TextEncoder().encode("/tmp/f"), 0, 0));
    expect(calls.control(EPOLL_CTL_ADD, 9, file, event(EPOLLIN))).toBe(-EPERM);
  });
});
