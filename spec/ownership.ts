/**
 * Who owns a buffer, and what may change that: the state machine, as a table.
 *
 * The implementation moves buffers only along `TRANSITIONS`, the tests walk
 * them, the simulated kernel audits against them, and the diagram in
 * `docs/ownership.md` is generated from them. A pair of owner and event that has
 * no row is illegal, and meeting one is a defect in the library, never a
 * condition to handle.
 */

/** Everyone who can own the memory of a buffer. Exactly one of them does at any moment (O1). */
export type Owner =
  "pool" | "user" | "operation" | "orphan" | "registered" | "bufferRing" | "leaked" | "freed";

/** Everything that can happen to a buffer. */
export type OwnershipEvent =
  | "alloc"
  | "submit"
  | "complete"
  | "abandon"
  | "release"
  | "reclaim"
  | "register"
  | "unregister"
  | "provide"
  | "consume"
  | "leak"
  | "free";

/** Names an entry of `OWNERSHIP_INVARIANTS`. */
export type InvariantId = "O1" | "O2" | "O3" | "O4" | "O5" | "O6" | "O7" | "O8" | "O9" | "O10";

/** One legal step. */
export interface Transition {
  readonly from: Owner;
  readonly event: OwnershipEvent;
  readonly to: Owner;
  /** What has to have happened, in plain words. */
  readonly when: string;
  /** The invariant that makes the step legal then, and at no other time. */
  readonly rule: InvariantId;
}

/** One rule that holds after every step of every program. */
export interface OwnershipInvariant {
  readonly id: InvariantId;
  /** A few words, for a report's heading. */
  readonly title: string;
  /** The rule in full. */
  readonly rule: string;
}

/** What an owner may do with the memory, and what it stands for. */
export interface OwnerRow {
  readonly name: Owner;
  readonly summary: string;
  /** Whether the kernel may read or write the memory while this owner has it. */
  readonly kernelMayTouch: boolean;
}

/** Every owner once, in the order of `OWNERS`. */
export const OWNER_TABLE: readonly OwnerRow[] = [
  { name: "pool", summary: "Idle in the pool, ready to be leased.", kernelMayTouch: false },
  { name: "user", summary: "Leased: the program reads and writes it.", kernelMayTouch: false },
  {
    name: "operation",
    summary: "Handed to a submitted operation that someone waits for.",
    kernelMayTouch: true,
  },
  {
    name: "orphan",
    summary: "Held by a submitted operation that nobody waits for any more.",
    kernelMayTouch: true,
  },
  {
    name: "registered",
    summary: "Registered with the ring: pinned, addressed by its index.",
    kernelMayTouch: true,
  },
  {
    name: "bufferRing",
    summary: "Offered to the kernel in a buffer group, to be picked by any receive.",
    kernelMayTouch: true,
  },
  {
    name: "leaked",
    summary: "Given up for good, because the kernel may still write it.",
    kernelMayTouch: true,
  },
  { name: "freed", summary: "Given back to the system.", kernelMayTouch: false },
];

/** Every owner once. */
export const OWNERS: readonly Owner[] = OWNER_TABLE.map((row) => row.name);

/** Every event once. */
export const OWNERSHIP_EVENTS: readonly OwnershipEvent[] = [
  "alloc",
  "submit",
  "complete",
  "abandon",
  "release",
  "reclaim",
  "register",
  "unregister",
  "provide",
  "consume",
  "leak",
  "free",
];

/** The owner that a buffer starts with. */
export const FIRST_OWNER: Owner = "pool";

/** Every legal step. No pair of `from` and `event` stands here twice. */
export const TRANSITIONS: readonly Transition[] = [
  {
    from: "pool",
    event: "alloc",
    to: "user",
    when: "the program leases a buffer and gets a fresh handle",
    rule: "O1",
  },
  {
    from: "user",
    event: "submit",
    to: "operation",
    when: "an operation takes the handle, before its SQE is published",
    rule: "O4",
  },
  {
    from: "operation",
    event: "complete",
    to: "user",
    when: "the operation's own terminal CQE was reaped; the program gets a new handle",
    rule: "O2",
  },
  {
    from: "operation",
    event: "abandon",
    to: "orphan",
    when: "whoever waited gave up while the kernel still holds the buffer",
    rule: "O6",
  },
  {
    from: "orphan",
    event: "reclaim",
    to: "pool",
    when: "the terminal CQE of the abandoned operation was reaped",
    rule: "O6",
  },
  {
    from: "user",
    event: "release",
    to: "pool",
    when: "the program released the handle, or dropped it and it was collected",
    rule: "O3",
  },
  {
    from: "user",
    event: "register",
    to: "registered",
    when: "the ring accepted the buffer into its table of fixed buffers",
    rule: "O1",
  },
  {
    from: "registered",
    event: "unregister",
    to: "user",
    when: "the slot was emptied and no operation uses the buffer any more",
    rule: "O2",
  },
  {
    from: "user",
    event: "provide",
    to: "bufferRing",
    when: "the buffer is about to be offered to the kernel in a buffer group",
    rule: "O4",
  },
  {
    from: "bufferRing",
    event: "consume",
    to: "user",
    when: "a CQE named the buffer without F_BUF_MORE, or its group was unregistered",
    rule: "O2",
  },
  {
    from: "operation",
    event: "leak",
    to: "leaked",
    when: "the ring was closed and the bounded wait for the terminal CQE ran out",
    rule: "O8",
  },
  {
    from: "orphan",
    event: "leak",
    to: "leaked",
    when: "the ring was closed and the bounded wait for the terminal CQE ran out",
    rule: "O8",
  },
  {
    from: "pool",
    event: "free",
    to: "freed",
    when: "the pool gives memory back that neither the program nor the kernel holds",
    rule: "O9",
  },
];

/** The rules that the library keeps, and that the explorer checks after every step. */
export const OWNERSHIP_INVARIANTS: readonly OwnershipInvariant[] = [
  {
    id: "O1",
    title: "one owner",
    rule: "A buffer has exactly one owner at any moment, and the owner is one of OWNERS.",
  },
  {
    id: "O2",
    title: "only the terminal CQE gives back",
    rule:
      "The kernel's hold on a buffer ends with the terminal CQE of the operation that took it " +
      "(no F_MORE; for zero-copy sends the one with F_NOTIF) and with nothing else: not the CQE " +
      "of a cancel, not close(2), not a failed submit of a published SQE, not closing the ring.",
  },
  {
    id: "O3",
    title: "a handle moves once",
    rule:
      "A handle that was moved is dead for ever. Using it again throws, and the error says " +
      "where the buffer went.",
  },
  {
    id: "O4",
    title: "no view while the kernel owns",
    rule:
      "While the kernel owns a buffer the program has no view of its bytes: views taken " +
      "earlier are detached, not merely forbidden.",
  },
  {
    id: "O5",
    title: "once",
    rule: "Each submitted operation settles exactly once, and each buffer comes back exactly once.",
  },
  {
    id: "O6",
    title: "orphans are kept",
    rule:
      "A buffer that nobody waits for any more is kept as an orphan until its terminal CQE; " +
      "only then may it be pooled or freed. The number and the age of orphans can be read.",
  },
  {
    id: "O7",
    title: "no descriptor is lost",
    rule: "An abandoned operation that made a file descriptor closes it.",
  },
  {
    id: "O8",
    title: "leak rather than free",
    rule:
      "Closing a ring cancels what is in flight and waits with a bound. What is still in " +
      "flight after the bound is leaked, not freed, and the close reports it.",
  },
  {
    id: "O9",
    title: "memory outside the isolate",
    rule:
      "Memory that the kernel may write is never owned by the JavaScript isolate. On a sudden " +
      "exit it leaks; it is not reused.",
  },
  {
    id: "O10",
    title: "no bytes beyond the result",
    rule: "Bytes beyond the result of a short read are never shown as data.",
  },
];

const STEPS = new Map(TRANSITIONS.map((row) => [stepKey(row.from, row.event), row.to]));

function stepKey(from: Owner, event: OwnershipEvent): string {
  return `${from} ${event}`;
}

/** The owner after `event`, or undefined where the step is illegal. */
export function nextOwner(from: Owner, event: OwnershipEvent): Owner | undefined {
  return STEPS.get(stepKey(from, event));
}
