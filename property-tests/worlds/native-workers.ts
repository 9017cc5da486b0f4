/** What the kernel's workers for rings of this thread do, as /proc tells it. */
import { readdirSync, readFileSync } from "node:fs";
import { kit } from "./native-descriptors.ts";

const gettid = kit.bind("int gettid()");
const TASKS = "/proc/self/task";
/** Where a worker sleeps that has nothing to do. */
const IDLE = "io_wq_worker";
/** What stands for a place in the kernel that nobody may know. */
const HIDDEN = "0";

function tell(task: string, what: string): string {
  try {
    return readFileSync(`${TASKS}/${task}/${what}`, "utf8").trim();
  } catch {
    // It has ended meanwhile.
    return "";
  }
}

/** How many workers sleep in what they do for a request. Where that is hidden: all that sleep. */
export function sleepingWorkers(): number {
  const name = `iou-wrk-${gettid()}`;
  return readdirSync(TASKS).filter((task) => {
    if (tell(task, "comm") !== name || !/\) S /.test(tell(task, "stat"))) return false;
    const place = tell(task, "wchan");
    return place === HIDDEN || (place !== "" && place !== IDLE);
  }).length;
}
