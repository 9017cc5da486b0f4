/** What a process needs in order to run random programs, and to have them mean the same. */
import { probeNative } from "../../../backends/native/index.ts";
import { lacksPrivilege, type Privilege } from "../../worlds/privileges.ts";
import { KEPT } from "./containment.ts";

/** What the child needs to shut itself in. */
const CONTAINING: readonly Privilege[] = ["CAP_SYS_CHROOT", "CAP_SETUID", "CAP_SETGID"];

/** Why nothing can run here, or undefined where it can. */
export async function whatIsMissing(): Promise<string | undefined> {
  const { available, reason } = await probeNative();
  if (!available) return reason;
  const lacking = [...KEPT, ...CONTAINING].filter((privilege) => lacksPrivilege(privilege));
  if (lacking.length === 0) return undefined;
  return `random programs run in a process that shuts itself in, which needs ${lacking.join(", ")}`;
}
