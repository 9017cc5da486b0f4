/**
 * The process whose idling is measured: opens a ring, uses it once, then waits a
 * second with it open. Does not close it: an idle ring must not keep it alive.
 */
import { Ring } from "../src/index.ts";

const [path = ""] = process.argv.slice(2);
const ring = await Ring.open({ backend: "native" });
const file = await ring.openFile(path);
await ring.read(file, ring.alloc(64), { position: 0 });

const before = process.cpuUsage();
setTimeout(() => {
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(JSON.stringify({ cpuMilliseconds: (user + system) / 1000 }));
}, 1000);
// `ring` and `file` stay reachable for as long as this module does.
export const held: readonly object[] = [ring, file];
