/**
 * A lease: one piece of kernel-addressable memory and who owns it now.
 *
 * The ownership state machine of `spec/ownership.ts` runs here, in production: a
 * step that the table does not have is a defect of this library and throws
 * ERR_RING_INVARIANT. Users never see a lease; they hold an `OwnedBuffer`, the
 * one live handle of a lease that is theirs.
 */
import {
  FIRST_OWNER,
  type Owner,
  type OwnershipEvent,
  type Transition,
  TRANSITIONS,
} from "../../spec/ownership.ts";
import type { Region } from "../backend.ts";
import { RingError } from "../errors.ts";
import { detach } from "./detach.ts";

/** One event of the state machine and its rows of the table: one or two. */
interface Step {
  readonly event: OwnershipEvent;
  readonly rows: readonly Transition[];
}

function stepOf(event: OwnershipEvent): Step {
  return { event, rows: TRANSITIONS.filter((row) => row.event === event) };
}

/** The table by event: every read takes two steps, and neither should search for its row. */
export const STEPS: Readonly<Record<OwnershipEvent, Step>> = {
  alloc: stepOf("alloc"),
  submit: stepOf("submit"),
  complete: stepOf("complete"),
  abandon: stepOf("abandon"),
  release: stepOf("release"),
  reclaim: stepOf("reclaim"),
  register: stepOf("register"),
  unregister: stepOf("unregister"),
  provide: stepOf("provide"),
  consume: stepOf("consume"),
  leak: stepOf("leak"),
  free: stepOf("free"),
};

/** Memory with one owner at a time (O1). */
export class Lease {
  readonly region: Region;
  /** Bytes that the user asked for; the region may be larger. */
  capacity = 0;
  /** Bytes, from the start, that are data: what a default write writes (O10). */
  length = 0;
  owner: Owner = FIRST_OWNER;
  /** `user_data` of the operation that owns it, for the ledger. */
  userDataLow = 0;
  userDataHigh = 0;
  /** The view that the owner took since the last hand-over, if any. */
  #view: Uint8Array | undefined;
  #exposed = false;

  constructor(region: Region) {
    this.region = region;
  }

  get address(): number {
    return this.region.address;
  }

  /** True when somebody may hold a view taken since the last hand-over. */
  get exposed(): boolean {
    return this.#exposed;
  }

  /** Takes one step of the state machine: `lease.step(STEPS.submit)`. */
  step({ event, rows }: Step): void {
    for (const { from, to } of rows) {
      if (from !== this.owner) continue;
      this.owner = to;
      return;
    }
    throw new RingError(
      "ERR_RING_INVARIANT",
      `ownership: '${event}' is not possible for a buffer owned by '${this.owner}'`,
    );
  }

  /** The data, as one view that is reused until the next hand-over. */
  view(): Uint8Array {
    let view = this.#view;
    if (view?.length !== this.length) {
      view = new Uint8Array(this.region.buffer, 0, this.length);
      this.#view = view;
      this.#exposed = true;
    }
    return view;
  }

  /**
   * Takes the bytes away from whoever looked at them (O4). Costs nothing when
   * nobody did since the last hand-over.
   */
  hide(): void {
    if (!this.#exposed) return;
    this.#exposed = false;
    this.#view = undefined;
    this.region.buffer = detach(this.region.buffer);
  }

  /** Zeroes bytes that are about to become data without having been written. */
  zero(from: number, to: number): void {
    if (to > from) new Uint8Array(this.region.buffer, from, to - from).fill(0);
  }
}
