/** Requests that complete late: when the scheduler says, most of them on a worker. */
import type { Core } from "../core.ts";
import { fileOf } from "../files/descriptors.ts";
import { PHASE_LATE } from "../request-phases.ts";
import type { Request } from "../state.ts";
import { schedule } from "../tasks/schedule.ts";
import { poison } from "./poison.ts";

/** The offset that means the file's own position. */
const CURRENT_POSITION = -1;

/** Has a request complete late. */
export function queueLate(core: Core, request: Request): void {
  request.phase = PHASE_LATE;
  if (request.offset === CURRENT_POSITION) notePosition(core, request);
  poison(core, request);
  schedule(core, request);
}

/** Where the file stands that the request, not yet with a file, will have. */
function notePosition(core: Core, request: Request): void {
  const file = request.file ?? fileOf(core, request.fd);
  request.position = file?.position ?? -1;
}
