/** What the user who runs the tests may do (capabilities(7)): a scenario may need more. */
import { readFileSync } from "node:fs";
import type { Privilege } from "./world.ts";

const NUMBERS: Readonly<Record<Privilege, bigint>> = {
  CAP_DAC_OVERRIDE: 1n,
  CAP_FSETID: 4n,
  CAP_NET_ADMIN: 12n,
  CAP_IPC_LOCK: 14n,
  CAP_SYS_ADMIN: 21n,
};

/** Whether this thread does not have it. Not in a user namespace, where it reaches less. */
export function lacksPrivilege(privilege: Privilege): boolean {
  const status = readFileSync("/proc/thread-self/status", "utf8");
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  return ((effective >> NUMBERS[privilege]) & 1n) === 0n;
}
