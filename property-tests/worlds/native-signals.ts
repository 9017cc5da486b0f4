/**
 * Signals to this very thread, from a timer: they come while it waits in a system call.
 *
 * Node.js runs its own handlers later, in the event loop. What has to interrupt a call is handled
 * in the thread itself, by a function of libc that does nothing. It stays the handler for good: a
 * signal that is still on its way would end the process otherwise.
 */
import type { Backend } from "../../src/backend.ts";
import { setU64 } from "../../src/queue/index.ts";
import { kit } from "./native-descriptors.ts";
import { SIGNAL, type SignalOptions } from "./world.ts";

const dlsym = kit.bind("intptr_t dlsym(intptr_t, intptr_t)");
const sigaction = kit.bind("int sigaction(int, intptr_t, intptr_t)");
const sigmask = kit.bind("int pthread_sigmask(int, intptr_t, intptr_t)");
const gettid = kit.bind("int gettid()");
const syscall = kit.bind("long syscall(long, long, long, long, long)");
const SYS_TIMER_CREATE = 222;
const SYS_TIMER_SETTIME = 223;
const SYS_TIMER_DELETE = 226;

const CLOCK_MONOTONIC = 1;
const SIGEV_THREAD_ID = 4;
const SA_RESTART = 0x10000000;
const SIG_BLOCK = 0;
const SIG_UNBLOCK = 1;
const PERIOD_NANOSECONDS = 5_000_000;

// What of the memory is what: struct sigaction, sigevent, itimerspec, timer_t, sigset_t, a name.
const MEMORY = 512;
const ACTION = 0;
const ACTION_FLAGS = 136;
const EVENT = 160;
const SPEC = 240;
const TIMER = 272;
const SET = 280;
const NAME = 408;

function checked(call: string, result: number): void {
  if (result !== 0) throw new Error(`${call} gave ${result}`);
}

/** Runs `body` while a signal comes to this thread every few milliseconds. */
export function withSignals(backend: Backend, options: SignalOptions, body: () => void): void {
  const memory = backend.allocate(MEMORY);
  const view = new DataView(memory.buffer);
  const at = (offset: number): number => memory.address + offset;
  new Uint8Array(memory.buffer, NAME).set(new TextEncoder().encode("abs"));
  setU64(view, ACTION, dlsym(0, at(NAME)));
  view.setInt32(ACTION_FLAGS, options.restart === true ? SA_RESTART : 0, true);
  checked("sigaction", sigaction(SIGNAL, at(ACTION), 0));
  view.setInt32(EVENT + 8, SIGNAL, true);
  view.setInt32(EVENT + 12, SIGEV_THREAD_ID, true);
  view.setInt32(EVENT + 16, gettid(), true);
  view.setUint8(SET + ((SIGNAL - 1) >> 3), 1 << ((SIGNAL - 1) & 7));
  checked("timer_create", syscall(SYS_TIMER_CREATE, CLOCK_MONOTONIC, at(EVENT), at(TIMER), 0));
  const timer = view.getInt32(TIMER, true);
  setU64(view, SPEC + 8, PERIOD_NANOSECONDS);
  setU64(view, SPEC + 24, PERIOD_NANOSECONDS);
  const blocked = options.blocked === true;
  try {
    if (blocked) checked("pthread_sigmask", sigmask(SIG_BLOCK, at(SET), 0));
    checked("timer_settime", syscall(SYS_TIMER_SETTIME, timer, 0, at(SPEC), 0));
    body();
  } finally {
    checked("timer_delete", syscall(SYS_TIMER_DELETE, timer, 0, 0, 0));
    if (blocked) checked("pthread_sigmask", sigmask(SIG_UNBLOCK, at(SET), 0));
    memory.free();
  }
}
