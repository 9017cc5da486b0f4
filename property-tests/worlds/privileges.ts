/** What root may do, and not every user (capabilities(7)). A container's root has not all of it. */
import { readFileSync } from "node:fs";

/** Their numbers, those that something here asks for. */
const PRIVILEGES = {
  CAP_DAC_OVERRIDE: 1,
  CAP_DAC_READ_SEARCH: 2,
  CAP_FOWNER: 3,
  CAP_FSETID: 4,
  CAP_SETGID: 6,
  CAP_SETUID: 7,
  CAP_NET_BIND_SERVICE: 10,
  CAP_NET_ADMIN: 12,
  /** Does for CAP_NET_ADMIN at times. */
  CAP_NET_RAW: 13,
  CAP_IPC_LOCK: 14,
  CAP_SYS_CHROOT: 18,
  CAP_SYS_ADMIN: 21,
  CAP_SYS_NICE: 23,
} as const;

/** What capget(2) and capset(2) want before their data: the version of its layout. */
export const CAPABILITY_VERSION_3 = 0x2008_0522;

export type Privilege = keyof typeof PRIVILEGES;

/** Whether this thread does not have it. */
export function lacksPrivilege(privilege: Privilege): boolean {
  const status = readFileSync("/proc/thread-self/status", "utf8");
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  return ((effective >> BigInt(PRIVILEGES[privilege])) & 1n) === 0n;
}

/** The low word of a set of them, as the data of capset(2) has it. */
export function setOf(privileges: readonly Privilege[]): number {
  return privileges.reduce((sum, one) => sum | (1 << PRIVILEGES[one]), 0);
}
