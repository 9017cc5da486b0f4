/** What root may do, and not every user (capabilities(7)). A container's root has not all of it. */
import { readFileSync } from "node:fs";

/** Their numbers, those that something here asks for. */
export const PRIVILEGES = {
  CAP_DAC_OVERRIDE: 1,
  CAP_DAC_READ_SEARCH: 2,
  CAP_FOWNER: 3,
  CAP_FSETID: 4,
  CAP_SETGID: 6,
  CAP_SETUID: 7,
  CAP_NET_BIND_SERVICE: 10,
  CAP_NET_ADMIN: 12,
  CAP_IPC_LOCK: 14,
  CAP_SYS_CHROOT: 18,
  CAP_SYS_ADMIN: 21,
  CAP_SYS_NICE: 23,
} as const;

export type Privilege = keyof typeof PRIVILEGES;

/** Whether this thread does not have it. */
export function lacksPrivilege(privilege: Privilege): boolean {
  const status = readFileSync("/proc/thread-self/status", "utf8");
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  return ((effective >> BigInt(PRIVILEGES[privilege])) & 1n) === 0n;
}
