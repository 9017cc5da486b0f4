/** What a request in task work does next, `request.work`. */

/** Complete: its result is known. */
export const WORK_COMPLETE = 0;
/** Issue it. */
export const WORK_ISSUE = 1;
/** Try it again: its file woke it. */
export const WORK_RETRY = 2;
/** Its timer fired. */
export const WORK_TIMEOUT = 3;
/** Its timer fired: cancel the target. */
export const WORK_LINK_TIMEOUT = 4;
/** Cancel it and all that follow it in the chain. */
export const WORK_FAIL_LINKS = 5;
/** It is a message from another ring: post it. */
export const WORK_MESSAGE = 6;
/** It waited for a child, which has done something. */
export const WORK_CHILD = 7;
/** It waited for a futex, and was woken. */
export const WORK_FUTEX = 8;
/** Try it again: its file was ready when it was to wait for it. No cancellation finds it. */
export const WORK_AGAIN = 9;
/** Be forgotten: its CQE is written. */
export const WORK_FREE = 10;
/** Give back what it has held, and be forgotten: a timer has held it itself. */
export const WORK_END = 11;
