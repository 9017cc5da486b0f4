/** EPOLL_CTL and EPOLL_WAIT, and their events. */
import {
  EPOLL_EVENT_DATA,
  EPOLL_EVENT_EVENTS,
  EPOLL_EVENT_SIZE,
} from "../../../spec/abi/linux-structs.ts";
import { IORING_OP_EPOLL_CTL, IORING_OP_EPOLL_WAIT } from "../../../spec/abi/opcodes.ts";
import { encodeEntry, setU64 } from "../../../src/queue/index.ts";
import type { Memory } from "../../worlds/memory.ts";
import type { World } from "../../worlds/world.ts";
import type { Entry } from "./entries.ts";

/** The address of a `struct epoll_event`. */
export function epollEvent(world: World, events: number, data = 0): number {
  const memory = world.memory.allocate(EPOLL_EVENT_SIZE);
  memory.view.setUint32(EPOLL_EVENT_EVENTS, events, true);
  setU64(memory.view, EPOLL_EVENT_DATA, data);
  return memory.address;
}

/** EPOLL_CTL: the operation (EPOLL_CTL_*) for `fd`, with the event at an address. */
export function epollCtl(epoll: number, operation: number, fd: number, event: number): Entry {
  return (sqes, at) => {
    encodeEntry(sqes, at, IORING_OP_EPOLL_CTL, epoll, fd, event, operation, 0);
  };
}

/** EPOLL_WAIT for up to `count` events. */
export function epollWait(epoll: number, address: number, count: number): Entry {
  return (sqes, at) => {
    encodeEntry(sqes, at, IORING_OP_EPOLL_WAIT, epoll, 0, address, count, 0);
  };
}

/** Room for events, and what stands in it as [events, data]. */
export class EventList {
  readonly memory: Memory;

  constructor(world: World, count: number) {
    this.memory = world.memory.allocate(count * EPOLL_EVENT_SIZE);
  }

  get address(): number {
    return this.memory.address;
  }

  at(index: number): readonly [events: number, data: number] {
    const { view } = this.memory;
    const at = index * EPOLL_EVENT_SIZE;
    return [
      view.getUint32(at + EPOLL_EVENT_EVENTS, true),
      view.getUint32(at + EPOLL_EVENT_DATA, true),
    ];
  }
}
