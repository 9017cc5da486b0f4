/** EPOLL_CTL and EPOLL_WAIT (chapter EPOLL). */
import {
  EPOLL_EVENT_DATA,
  EPOLL_EVENT_EVENTS,
  EPOLL_EVENT_SIZE,
} from "../../../spec/abi/linux-structs.ts";
import { EPOLL_CTL_DEL, POLLIN, POLLRDNORM } from "../../../spec/abi/linux.ts";
import { EBADF, EFAULT, EINVAL, EPERM } from "../../../spec/errno.ts";
import { inUserSpace, readStruct } from "../issue/access.ts";
import { type Core, type Operation, WAIT_FIRST } from "../core.ts";
import { fileOf } from "../files/descriptors.ts";
import type { EpollEvent } from "../host/host.ts";
import type { Request } from "../state.ts";
import { defineOperation } from "./define.ts";

/** As many as fit into an int of bytes. */
const MAX_EVENTS = Math.floor(0x7fffffff / EPOLL_EVENT_SIZE);
const NO_EVENT: EpollEvent = { events: 0, dataLow: 0, dataHigh: 0 };

/** Adds a file to an epoll set, changes what it waits for, or takes it out. */
export const epollCtl: Operation = defineOperation({
  name: "epoll ctl",
  prepare(core, request, sqe) {
    //= EPOLL-3
    if (sqe.bufIndex !== 0 || sqe.fileIndex !== 0) return -EINVAL;
    request.length = sqe.len | 0;
    request.targetLow = sqe.offLow | 0;
    request.bytes = undefined;
    //= EPOLL-2
    // Whatever else the operation is called, it has an event.
    if (request.length === EPOLL_CTL_DEL) return 0;
    const event = readStruct(core.memory, sqe.addr, EPOLL_EVENT_SIZE);
    if (event === undefined) return -EFAULT;
    request.bytes = new Uint8Array(event.buffer);
    return 0;
  },
  execute(core, request) {
    const set = fileOf(core, request.fd);
    const { length: operation, targetLow: fd } = request;
    const file = fileOf(core, fd);
    //= EPOLL-3
    if (set === undefined || file === undefined) return -EBADF;
    if (!file.pollable) return -EPERM;
    if (set.epoll === undefined) return -EINVAL;
    //= EPOLL-1
    return set.epoll.control(operation, fd, file, eventOf(request));
  },
});

/** Takes what is ready of an epoll set, or waits for it. */
export const epollWait: Operation = defineOperation({
  name: "epoll wait",
  needsFile: true,
  waitEvents: POLLIN | POLLRDNORM,
  direction: "kernel writes",
  prepare(_core, request, sqe) {
    //= EPOLL-5
    if (sqe.offLow !== 0 || sqe.offHigh !== 0 || sqe.opFlags !== 0) return -EINVAL;
    if (sqe.bufIndex !== 0 || sqe.fileIndex !== 0) return -EINVAL;
    const count = sqe.len | 0;
    request.vectors = [sqe.addr, Math.max(count, 0) * EPOLL_EVENT_SIZE];
    request.address = sqe.addr;
    request.repeats = count;
    return 0;
  },
  execute(core, request) {
    const { file, address, repeats: count } = request;
    if (file === undefined) return -EBADF;
    //= EPOLL-5
    if (count <= 0 || count > MAX_EVENTS) return -EINVAL;
    if (!inUserSpace(address, count * EPOLL_EVENT_SIZE)) return -EFAULT;
    if (file.epoll === undefined) return -EINVAL;
    //= EPOLL-4
    const taken = file.epoll.take(count, (index, event) =>
      tell(core, address + index * EPOLL_EVENT_SIZE, event),
    );
    //= EPOLL-12
    // It never blocks a worker, as other operations would.
    return taken === 0 ? WAIT_FIRST : taken;
  },
});

function eventOf(request: Request): EpollEvent {
  const { bytes } = request;
  if (bytes === undefined) return NO_EVENT;
  const view = new DataView(bytes.buffer);
  return {
    events: view.getUint32(EPOLL_EVENT_EVENTS, true),
    dataLow: view.getUint32(EPOLL_EVENT_DATA, true),
    dataHigh: view.getUint32(EPOLL_EVENT_DATA + 4, true),
  };
}

function tell(core: Core, address: number, event: EpollEvent): boolean {
  const view = new DataView(new ArrayBuffer(EPOLL_EVENT_SIZE));
  view.setUint32(EPOLL_EVENT_EVENTS, event.events, true);
  view.setUint32(EPOLL_EVENT_DATA, event.dataLow, true);
  view.setUint32(EPOLL_EVENT_DATA + 4, event.dataHigh, true);
  return core.memory.write(address, new Uint8Array(view.buffer)) === EPOLL_EVENT_SIZE;
}
