/** The ring as a descriptor: it can be polled and closed, and nothing else (CQ-10, SETUP-19). */
import { O_RDWR, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from "../../../spec/abi/linux.ts";
import { IORING_SETUP_DEFER_TASKRUN } from "../../../spec/abi/setup.ts";
import { EBADF, EOPNOTSUPP } from "../../../spec/errno.ts";
import type { Core } from "../core.ts";
import { type OpenFile, WOKEN_BY_RING } from "../host/host.ts";
import { PlainFile } from "../host/plain-file.ts";
import { SQ_HEAD, SQ_TAIL } from "./layout.ts";
import { cqPending } from "../ring-words.ts";
import type { Ring } from "../state.ts";
import { teardown } from "./teardown.ts";

/** An open file description of a ring. The last release closes the ring. */
export class RingFile extends PlainFile {
  readonly kind = "ring";
  readonly flags: number = O_RDWR;
  readonly pollable = true;
  readonly ring: Ring;
  readonly #core: Core;
  #references = 1;

  constructor(core: Core, ring: Ring) {
    super();
    this.#core = core;
    this.ring = ring;
  }

  poll(): number {
    const { ring } = this;
    if (!ring.polled) startPolling(this.#core, ring);
    // As the shared indices say: what a submit takes counts when it is over.
    const queued = (ring.view.getUint32(SQ_TAIL, true) - ring.view.getUint32(SQ_HEAD, true)) >>> 0;
    //= CQ-17
    const writable = queued !== ring.layout.sqEntries;
    //= CQ-10
    return (isReadable(ring) ? POLLIN | POLLRDNORM : 0) | (writable ? POLLOUT | POLLWRNORM : 0);
  }

  override wakeups(): number {
    return this.ring.wakeups;
  }

  //= POLL-22
  /** Not POLLRDNORM: who waits for that alone sleeps on. */
  override wakeup(n: number): number {
    return this.ring.stirredAt === n ? 0 : POLLIN | WOKEN_BY_RING;
  }

  get isReleased(): boolean {
    return this.#references === 0;
  }

  retain(): void {
    this.#references += 1;
  }

  release(): void {
    this.#references -= 1;
    //= LIFE-1, LIFE-6
    if (this.#references === 0) teardown(this.#core, this.ring);
  }

  /** What it consists of, for whoever compares states. */
  override parts(): readonly unknown[] {
    return [...super.parts(), this.#core, this.#references];
  }
}

/**
 * The first look at a DEFER_TASKRUN ring has it wake whoever waits for it from then on. As some
 * wake-ups may have been missed before, all look again once, when the call is over.
 */
//= POLL-23
function startPolling(core: Core, ring: Ring): void {
  ring.polled = true;
  if ((ring.flags & IORING_SETUP_DEFER_TASKRUN) === 0) return;
  ring.stirs = true;
  if (!core.notified.includes(ring)) core.notified.push(ring);
}

/** Whether there are CQEs, in the ring or behind it, or work that makes some. */
export function isReadable(ring: Ring): boolean {
  return cqPending(ring) > 0 || ring.backlog.length > 0 || !ring.taskWork.isEmpty;
}

/** The ring behind a descriptor's file, -EBADF without a file, -EOPNOTSUPP for another kind. */
export function ringOf(file: OpenFile | undefined): Ring | number {
  if (file === undefined) return -EBADF;
  return file instanceof RingFile ? file.ring : -EOPNOTSUPP;
}
