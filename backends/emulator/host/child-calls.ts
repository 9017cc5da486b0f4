/** Child processes as the emulator needs them: for WAITID. */
import { ECHILD } from "../../../spec/errno.ts";

/** What a child has done (siginfo_t of waitid(2)). */
export interface ChildEvent {
  readonly pid: number;
  readonly uid: number;
  /** CLD_EXITED, CLD_KILLED, CLD_STOPPED or CLD_CONTINUED. */
  readonly code: number;
  /** The exit code, or the signal. */
  readonly status: number;
}

/** The children of the program. */
export interface Children {
  /**
   * waitid(2) that does not wait. `kind` and `id` were checked: P_ALL, P_PID, or P_PGID, where
   * group 0 is the program's own.
   *
   * @param options - WEXITED and the like; without WNOWAIT the event is gone, and so is a child
   * that has ended
   * @returns what the first child that fits has done; 0 while none has; -ECHILD where none could
   */
  take(kind: number, id: number, options: number): ChildEvent | number;
  /** Whether this child is one of those that `kind` and `id` name. */
  fits(kind: number, id: number, pid: number): boolean;
}

/** Where a program has no children. */
export const NO_CHILDREN: Children = {
  take: () => -ECHILD,
  fits: () => false,
};
