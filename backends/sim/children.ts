/**
 * The child processes of the simulated program: they do what a test tells them, and nothing else.
 *
 * A child that has ended stays until it is waited for. All are root's, each of a process group of
 * its own or of the program's.
 */
import {
  CLD_CONTINUED,
  CLD_EXITED,
  CLD_KILLED,
  CLD_STOPPED,
  P_ALL,
  P_PID,
  WCONTINUED,
  WEXITED,
  WNOWAIT,
  WSTOPPED,
} from "../../spec/abi/linux.ts";
import { ECHILD } from "../../spec/errno.ts";
import type { ChildEvent, Children } from "../emulator/host/child-calls.ts";

/** The program's own process group. */
const OWN_GROUP = 1000;
const FIRST_PID = 1001;
const SIGCONT = 18;
const SIGSTOP = 19;
/** Only children that end without SIGCHLD: there are none. */
const WCLONE = 0x80000000;
const WALL = 0x40000000;

interface Child {
  readonly pid: number;
  /** How it ended. */
  ended: ChildEvent | undefined;
  /** What else it has done that nobody has waited for. */
  stopped: boolean;
  continued: boolean;
}

/** The children of one world. */
export class SimChildren implements Children {
  /** Called after a child has done something. */
  onChange: (pid: number) => void = () => {};
  readonly #children: Child[] = [];
  #nextPid = FIRST_PID;

  /** Starts a child. Returns its number. */
  start(): number {
    const pid = this.#nextPid++;
    this.#children.push({ pid, ended: undefined, stopped: false, continued: false });
    return pid;
  }

  /** The child ends with an exit code. */
  exit(pid: number, status: number): void {
    this.#end(pid, CLD_EXITED, status);
  }

  /** A signal ends the child. */
  kill(pid: number, signal: number): void {
    this.#end(pid, CLD_KILLED, signal);
  }

  /** SIGSTOP. */
  stop(pid: number): void {
    const child = this.#alive(pid);
    if (child === undefined) return;
    child.stopped = true;
    child.continued = false;
    this.onChange(pid);
  }

  /** SIGCONT, of a child that is stopped. */
  resume(pid: number): void {
    const child = this.#alive(pid);
    if (child === undefined) return;
    child.stopped = false;
    child.continued = true;
    this.onChange(pid);
  }

  take(kind: number, id: number, options: number): ChildEvent | number {
    let result = -ECHILD;
    if ((options & (WCLONE | WALL)) >>> 0 === WCLONE) return result;
    for (const child of this.#children) {
      if (!this.fits(kind, id, child.pid)) continue;
      const event = eventOf(child, options);
      if (event !== undefined) return this.#taken(child, event, options);
      if (child.ended === undefined) result = 0;
    }
    return result;
  }

  fits(kind: number, id: number, pid: number): boolean {
    if (kind === P_ALL) return true;
    if (kind === P_PID) return id === pid;
    return id === 0 || id === OWN_GROUP;
  }

  #taken(child: Child, event: ChildEvent, options: number): ChildEvent {
    if (options & WNOWAIT) return event;
    if (event === child.ended) this.#children.splice(this.#children.indexOf(child), 1);
    else if (event.code === CLD_STOPPED) child.stopped = false;
    else child.continued = false;
    return event;
  }

  #end(pid: number, code: number, status: number): void {
    const child = this.#alive(pid);
    if (child === undefined) return;
    child.ended = { pid, uid: 0, code, status };
    this.onChange(pid);
  }

  #alive(pid: number): Child | undefined {
    return this.#children.find((child) => child.pid === pid && child.ended === undefined);
  }
}

/** What a child has done that these options ask for. */
function eventOf(child: Child, options: number): ChildEvent | undefined {
  const { pid, ended, stopped, continued } = child;
  if (ended !== undefined) return options & WEXITED ? ended : undefined;
  if (stopped && options & WSTOPPED) return { pid, uid: 0, code: CLD_STOPPED, status: SIGSTOP };
  if (!continued || (options & WCONTINUED) === 0) return undefined;
  return { pid, uid: 0, code: CLD_CONTINUED, status: SIGCONT };
}
