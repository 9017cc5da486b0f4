/**
 * What a program runs on, and what each of its steps is there: the part that is the same on the
 * real kernel and on the emulator.
 */
import type { Backend } from "../../src/backend.ts";
import {
  GETEVENTS_ARG_SIZE,
  GETEVENTS_ARG_TS,
  IORING_ENTER_EXT_ARG,
  IORING_ENTER_GETEVENTS,
} from "../../spec/abi/enter.ts";
import { POLLIN } from "../../spec/abi/linux.ts";
import {
  BUF_ADDR,
  BUF_BID,
  BUF_LEN,
  BUF_RING_TAIL,
  BUF_SIZE,
} from "../../spec/abi/register-structs.ts";
import {
  IORING_OFF_SQ_RING,
  IORING_OFF_SQES,
  IORING_SETUP_CQSIZE,
  PARAMS_CQ_ENTRIES,
  PARAMS_FLAGS,
  PARAMS_SIZE,
  PARAMS_SQ_ENTRIES,
  PARAMS_SQ_THREAD_IDLE,
  PARAMS_WQ_FD,
} from "../../spec/abi/setup.ts";
import { IORING_REGISTER_RESIZE_RINGS } from "../../spec/abi/register.ts";
import { ARENA, DATA, HARNESS, PAGE } from "./arena.ts";
import { applyPatches, encodeEntry, setWord } from "./encode.ts";
import type { Setup, Step, Wait } from "./program.ts";
import { RingView, ringSizes, tellArray } from "./ring-view.ts";

/** The system calls of a program. Results as the kernel gives them. */
export interface Machine extends Pick<Backend, "setup" | "enter" | "register"> {
  /** The whole arena. */
  readonly arena: Uint8Array;
  /** poll(2) of one descriptor, without waiting: whether it has one of these events. */
  poll(fd: number, events: number): boolean;
  /** write(2) and read(2), where poll(2) says that they do not wait; else -EAGAIN. */
  write(fd: number, address: number, length: number): number;
  read(fd: number, address: number, length: number): number;
  close(fd: number): number;
  /** mmap(2) of a ring, from one of the IORING_OFF_* on. */
  mapRing(fd: number, offset: number, byteLength: number): DataView;
}

/** A step that both sides do in the same way. */
export type CommonStep = Exclude<Step, { readonly do: "settle" }>;

type ResizeStep = Extract<Step, { readonly do: "resize" }>;
type ProvideStep = Extract<Step, { readonly do: "provide" }>;

const WAIT_ARGUMENT = PAGE / 2;
const WAIT_TIMESPEC = PAGE / 2 + 64;

/** io_uring_setup(2): its result, and the params that it left. */
export function setUp(machine: Machine, setup: Setup): { result: number; params: Uint8Array } {
  const sized = setup.cqEntries !== undefined;
  const params = writeParams(machine, setup, sized ? IORING_SETUP_CQSIZE : 0);
  const result = machine.setup(setup.entries, HARNESS);
  const left = params.slice();
  // The arena is compared as a whole, and params by themselves.
  params.fill(0);
  return { result, params: left };
}

function writeParams(machine: Machine, setup: Setup, more: number): Uint8Array {
  const params = machine.arena.subarray(HARNESS - ARENA, HARNESS - ARENA + PARAMS_SIZE);
  params.fill(0);
  const view = new DataView(params.buffer, params.byteOffset, PARAMS_SIZE);
  view.setUint32(PARAMS_FLAGS, setup.flags | more, true);
  view.setUint32(PARAMS_CQ_ENTRIES, setup.cqEntries ?? 0, true);
  view.setUint32(PARAMS_SQ_THREAD_IDLE, setup.idle ?? 0, true);
  view.setInt32(PARAMS_WQ_FD, setup.attachTo ?? 0, true);
  return params;
}

/** Maps a ring as its params say. */
export function openRing(machine: Machine, fd: number, params: Uint8Array): RingView {
  const view = new DataView(params.buffer, params.byteOffset, params.byteLength);
  return new RingView(fd, view, ...mapParts(machine, fd, view));
}

function mapParts(
  machine: Machine,
  fd: number,
  params: DataView,
): [ring: DataView, sqes: DataView] {
  const { ringBytes, sqeBytes } = ringSizes(params);
  const ring = machine.mapRing(fd, IORING_OFF_SQ_RING, ringBytes);
  return [ring, machine.mapRing(fd, IORING_OFF_SQES, sqeBytes)];
}

function resize(machine: Machine, ring: RingView, step: ResizeStep): number {
  const params = writeParams(machine, step, 0);
  const view = new DataView(params.buffer, params.byteOffset, PARAMS_SIZE);
  view.setUint32(PARAMS_SQ_ENTRIES, step.entries, true);
  const result = machine.register(ring.fd, IORING_REGISTER_RESIZE_RINGS, HARNESS, 1);
  const left = new DataView(params.slice().buffer);
  params.fill(0);
  if (result < 0) return result;
  tellArray(left);
  ring.move(left, ...mapParts(machine, ring.fd, left));
  return result;
}

/** Enters with a wait of so many nanoseconds at most. */
export function enterFor(
  machine: Machine,
  fd: number,
  toSubmit: number,
  minComplete: number,
  nanoseconds: number,
  flags = 0,
): number {
  const { arena } = machine;
  const harness = arena.subarray(HARNESS - ARENA, HARNESS - ARENA + PAGE);
  const view = new DataView(harness.buffer, harness.byteOffset, PAGE);
  harness.fill(0, WAIT_ARGUMENT, WAIT_ARGUMENT + GETEVENTS_ARG_SIZE);
  setWord(view, WAIT_ARGUMENT + GETEVENTS_ARG_TS, HARNESS + WAIT_TIMESPEC);
  setWord(view, WAIT_TIMESPEC, 0);
  setWord(view, WAIT_TIMESPEC + 8, nanoseconds);
  return machine.enter(
    fd,
    toSubmit,
    minComplete,
    flags | IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG,
    HARNESS + WAIT_ARGUMENT,
    GETEVENTS_ARG_SIZE,
  );
}

/** Does a step: what its call on `ring` returned, or 0. A reap comes after the CQ was looked at. */
export function perform(machine: Machine, ring: RingView, step: CommonStep): number {
  switch (step.do) {
    case "submit": {
      ring.fill(step.entries, machine.arena);
      const toSubmit = step.toSubmit ?? ring.queued;
      return enter(machine, ring.fd, toSubmit, step.flags ?? 0, step.wait);
    }
    case "reap":
      return 0;
    case "write":
      return machine.write(step.fd, DATA, step.length);
    case "read":
      return machine.read(step.fd, step.at, step.length);
    case "close":
      return machine.close(step.fd);
    case "register":
      applyPatches(machine.arena, step.memory);
      if (step.entry !== undefined) encodeEntry(viewAt(machine.arena, step.address), 0, step.entry);
      return machine.register(step.fd ?? ring.fd, step.opcode, step.address, step.count);
    case "provide":
      provide(machine.arena, step);
      return 0;
    case "resize":
      return resize(machine, ring, step);
  }
}

/** Memory of the arena from an address on. */
function viewAt(arena: Uint8Array, address: number): DataView {
  return new DataView(arena.buffer, arena.byteOffset + address - ARENA);
}

/** Adds buffers to a ring of them, behind the tail that it has. */
function provide(arena: Uint8Array, { ring, entries, buffers }: ProvideStep): void {
  const view = new DataView(arena.buffer, arena.byteOffset + ring - ARENA, entries * BUF_SIZE);
  const tail = view.getUint16(BUF_RING_TAIL, true);
  buffers.forEach(({ addr, len, id }, index) => {
    const at = ((tail + index) & (entries - 1)) * BUF_SIZE;
    setWord(view, at + BUF_ADDR, addr);
    view.setUint32(at + BUF_LEN, len, true);
    view.setUint16(at + BUF_BID, id, true);
  });
  view.setUint16(BUF_RING_TAIL, tail + buffers.length, true);
}

/**
 * A settle begins with a poll(2) of every ring: it may go on with one that waits, or not, and the
 * first one changes what a DEFER_TASKRUN ring tells those who poll it (POLL-23).
 */
export function beginSettling(machine: Machine, rings: readonly RingView[]): void {
  for (const { fd } of rings) machine.poll(fd, POLLIN);
}

/** Makes the harness's own page what it was. */
export function clearHarness(arena: Uint8Array): void {
  arena.fill(0, HARNESS - ARENA, HARNESS - ARENA + PAGE);
}

function enter(
  machine: Machine,
  fd: number,
  toSubmit: number,
  flags: number,
  wait: Wait | undefined,
): number {
  if (wait === undefined) return machine.enter(fd, toSubmit, 0, flags, 0, 0);
  return enterFor(machine, fd, toSubmit, wait.count, wait.microseconds * 1000, flags);
}
