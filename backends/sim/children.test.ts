import { describe, expect, it } from "vitest";
import {
  CLD_EXITED,
  CLD_KILLED,
  P_ALL,
  P_PGID,
  P_PID,
  WCONTINUED,
  WEXITED,
  WNOWAIT,
  WSTOPPED,
} from "../../spec/abi/linux.ts";
import { ECHILD } from "../../spec/errno.ts";
import { SimChildren } from "./children.ts";

const WCLONE = 0x80000000;

describe("the children of the simulated program", () => {
  it("stay until they are waited for, and are taken in order", () => {
    const children = new SimChildren();
    const [first, second] = [children.start(), children.start()];
    children.exit(second, 2);
    children.kill(first, 9);

    expect(children.take(P_ALL, 0, WEXITED | WNOWAIT)).toMatchObject({ pid: first });
    expect(children.take(P_ALL, 0, WEXITED)).toMatchObject({ code: CLD_KILLED, status: 9 });
    expect(children.take(P_PGID, 0, WEXITED)).toMatchObject({ code: CLD_EXITED, status: 2 });
    expect(children.take(P_ALL, 0, WEXITED)).toBe(-ECHILD);
  });

  it("are told of once for each stop", () => {
    const children = new SimChildren();
    const pid = children.start();
    children.stop(pid);

    expect(children.take(P_PID, pid, WCONTINUED | WEXITED)).toBe(0);
    expect(children.take(P_PID, pid, WSTOPPED)).toMatchObject({ pid });
    expect(children.take(P_PID, pid, WSTOPPED)).toBe(0);
    children.resume(pid);
    expect(children.take(P_PID, pid, WSTOPPED | WCONTINUED)).toMatchObject({ pid });
  });

  it("say that they have changed, and no more when they have ended", () => {
    const children = new SimChildren();
    const seen: number[] = [];
    children.onChange = (pid) => seen.push(pid);
    const pid = children.start();

    children.stop(pid);
    children.exit(pid, 0);
    children.kill(pid, 9);
    children.resume(pid);

    expect(seen).toEqual([pid, pid]);
  });

  it("are of the kind that sends SIGCHLD", () => {
    const children = new SimChildren();
    const pid = children.start();
    children.exit(pid, 0);

    expect(children.take(P_PID, pid, WEXITED | WCLONE)).toBe(-ECHILD);
    expect(children.fits(P_PID, pid, pid + 1)).toBe(false);
  });
});
