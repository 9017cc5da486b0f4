/** The privileges of this thread (capabilities(7)): dropped for a while, and taken back. */
import type { Backend } from "../../src/backend.ts";
import { kit } from "./native-descriptors.ts";
import { CAPABILITY_VERSION_3, setOf } from "./privileges.ts";

const capget = kit.bind("int capget(intptr_t, intptr_t)");
const capset = kit.bind("int capset(intptr_t, intptr_t)");

const DROPPED = setOf(["CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_SYS_ADMIN", "CAP_SYS_NICE"]);
/** Where the capability sets stand, behind a header of version and thread. */
const DATA = 8;

/** Runs `body` without the four. They stay permitted, so that they can be taken back. */
export function withoutCapabilities(backend: Backend, body: () => void): void {
  const memory = backend.allocate(64);
  const view = new DataView(memory.buffer);
  view.setUint32(0, CAPABILITY_VERSION_3, true);
  const call = (what: typeof capget): void => {
    const result = what(memory.address, memory.address + DATA);
    if (result < 0) throw new Error(`the capabilities: errno ${-result}`);
  };
  call(capget);
  const effective = view.getUint32(DATA, true);
  view.setUint32(DATA, effective & ~DROPPED, true);
  call(capset);
  try {
    body();
  } finally {
    view.setUint32(DATA, effective, true);
    call(capset);
    memory.free();
  }
}
