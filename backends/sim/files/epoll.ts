/**
 * Epoll sets (epoll(7)).
 *
 * An entry names a file and the number under which it was added. It does not keep the file open:
 * when the file is closed for good, its entries are gone. A wake-up of the file that is about one
 * of the events makes the entry ready; what is ready is looked at again before it is told. A level-
 * triggered entry stays ready as long as its file is; an edge-triggered one waits for the next
 * wake-up, a one-shot one for EPOLL_CTL_MOD.
 */
import { EEXIST, EFAULT, EINVAL, ELOOP, ENOENT, EPERM } from "../../../spec/errno.ts";
import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLERR,
  EPOLLET,
  EPOLLEXCLUSIVE,
  EPOLLHUP,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLOUT,
  EPOLLWAKEUP,
  O_RDWR,
  POLLIN,
  POLLRDNORM,
} from "../../../spec/abi/linux.ts";
import {
  type EpollCalls,
  type EpollEvent,
  type OpenFile,
  WOKEN_BY_RING,
} from "../../emulator/host/host.ts";
import type { EndpointInode } from "./inode.ts";
import { OpenDescription } from "./open-file.ts";
import { Wakes } from "./wakes.ts";

/** What of an entry's events is not about its file. */
const PRIVATE = EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE;
const EXCLUSIVE_WITH = EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | PRIVATE;
/** Sets in sets. */
const NEST_LIMIT = 4;

interface Entry {
  readonly file: OpenFile;
  readonly fd: number;
  event: EpollEvent;
  /** `wakeups()` of the file when it was looked at last. */
  seen: number;
}

/** An epoll set. */
export class EpollFile extends OpenDescription implements EpollCalls {
  readonly kind = "other";
  readonly pollable = true;
  readonly epoll: EpollCalls = this;
  /** In the order in which they were added. */
  readonly #entries: Entry[] = [];
  /** Those that may be ready, in the order in which they became so. */
  #ready: Entry[] = [];
  readonly #wakes = new Wakes();

  constructor(inode: EndpointInode) {
    super(inode, O_RDWR);
  }

  poll(): number {
    this.#refresh();
    this.#ready = this.#ready.filter((entry) => readyEvents(entry) !== 0);
    return this.#ready.length > 0 ? POLLIN | POLLRDNORM : 0;
  }

  override wakeups(): number {
    this.#refresh();
    return this.#wakes.count;
  }

  override wakeup(n: number): number {
    return this.#wakes.at(n);
  }

  /** epoll_ctl(2), for a set and a file that are open. */
  control(operation: number, fd: number, file: OpenFile, event: EpollEvent): number {
    const refused = this.#refuses(operation, file, event);
    if (refused < 0) return refused;
    this.#forgetClosed();
    const entry = this.#entries.find((one) => one.file === file && one.fd === fd);
    switch (operation) {
      case EPOLL_CTL_ADD:
        return entry === undefined ? this.#add(fd, file, event) : -EEXIST;
      case EPOLL_CTL_DEL:
        return entry === undefined ? -ENOENT : this.#remove(entry);
      case EPOLL_CTL_MOD:
        return entry === undefined ? -ENOENT : this.#modify(entry, event);
      default:
        return -EINVAL;
    }
  }

  /** Tells up to `limit` events. How many, or -EFAULT when `tell` refuses the first. */
  take(limit: number, tell: (index: number, event: EpollEvent) => boolean): number {
    this.#refresh();
    const again: Entry[] = [];
    let count = 0;
    let refused = false;
    while (count < limit && !refused) {
      const entry = this.#ready.shift();
      if (entry === undefined) break;
      const events = readyEvents(entry);
      if (events === 0) continue;
      refused = !tell(count, { ...entry.event, events });
      if (refused) this.#ready.unshift(entry);
      else if (staysReady(entry)) again.push(entry);
      if (!refused) count += 1;
    }
    this.#ready.push(...again);
    return refused && count === 0 ? -EFAULT : count;
  }

  /** How deep sets lie in this one; Infinity if `set` is among them. */
  #depth(set: EpollFile): number {
    if (this === set) return Number.POSITIVE_INFINITY;
    const inner = this.#entries.map(({ file }) =>
      file instanceof EpollFile ? file.#depth(set) : 0,
    );
    return 1 + Math.max(0, ...inner);
  }

  #refuses(operation: number, file: OpenFile, event: EpollEvent): number {
    if (!file.pollable) return -EPERM;
    if (file === this) return -EINVAL;
    const hasEvent = operation !== EPOLL_CTL_DEL;
    if (hasEvent && event.events & EPOLLEXCLUSIVE) {
      if (operation === EPOLL_CTL_MOD) return -EINVAL;
      const nested = file instanceof EpollFile;
      const mixed = (event.events & ~EXCLUSIVE_WITH) !== 0 || (event.events & EPOLLONESHOT) !== 0;
      if (operation === EPOLL_CTL_ADD && (nested || mixed)) return -EINVAL;
    }
    if (operation !== EPOLL_CTL_ADD || !(file instanceof EpollFile)) return 0;
    return file.#depth(this) > NEST_LIMIT ? -ELOOP : 0;
  }

  #add(fd: number, file: OpenFile, event: EpollEvent): number {
    const entry: Entry = { file, fd, event: withAlways(event), seen: file.wakeups() };
    this.#entries.push(entry);
    this.#look(entry);
    return 0;
  }

  #modify(entry: Entry, event: EpollEvent): number {
    if (entry.event.events & EPOLLEXCLUSIVE) return -EINVAL;
    entry.event = withAlways(event);
    this.#look(entry);
    return 0;
  }

  #remove(entry: Entry): number {
    this.#entries.splice(this.#entries.indexOf(entry), 1);
    this.#ready = this.#ready.filter((one) => one !== entry);
    return 0;
  }

  /** An entry that is ready already is told without a wake-up. */
  #look(entry: Entry): void {
    if (readyEvents(entry) === 0) return;
    if (!this.#ready.includes(entry)) this.#ready.push(entry);
    this.#wakes.add(POLLIN);
  }

  /** Notes which files were woken since they were looked at. */
  #refresh(): void {
    this.#forgetClosed();
    for (const entry of this.#entries) {
      const { file, event } = entry;
      const now = file.wakeups();
      const wanted = event.events & ~PRIVATE;
      let woken = 0;
      for (let n = entry.seen + 1; n <= now; n++) {
        const named = file.wakeup(n);
        if (!concerns(named, wanted)) continue;
        woken += 1;
        //= POLL-11
        this.#wakes.add(POLLIN | (named & WOKEN_BY_RING));
      }
      entry.seen = now;
      if (woken === 0) continue;
      if (!this.#ready.includes(entry)) this.#ready.push(entry);
    }
  }

  #forgetClosed(): void {
    for (const entry of this.#entries.filter(({ file }) => file.isReleased === true)) {
      this.#remove(entry);
    }
  }

  override parts(): readonly unknown[] {
    return [...super.parts(), this.#entries, this.#ready, this.#wakes];
  }
}

/** Whether a wake-up that names `named` is for one who waits for `wanted`. */
function concerns(named: number, wanted: number): boolean {
  return wanted !== 0 && (named === 0 || (named & wanted) !== 0);
}

function readyEvents({ file, event }: Entry): number {
  return file.poll() & event.events & ~PRIVATE;
}

/**
 * Whether an entry that was told is to be told again, if it is level-triggered; one-shot: never.
 */
function staysReady(entry: Entry): boolean {
  const { event } = entry;
  if ((event.events & EPOLLONESHOT) === 0) return (event.events & EPOLLET) === 0;
  entry.event = { ...event, events: event.events & PRIVATE };
  return false;
}

/** Errors and hang-ups are always told. */
function withAlways(event: EpollEvent): EpollEvent {
  return { ...event, events: event.events | EPOLLERR | EPOLLHUP };
}
