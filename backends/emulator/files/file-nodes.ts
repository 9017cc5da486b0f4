/**
 * Letting go of registered files.
 *
 * The last user of a file, a slot or a request, releases it, and then its tag is posted (FILE-16).
 */
import { IORING_SETUP_DEFER_TASKRUN } from "../../../spec/abi/setup.ts";
import { notify } from "../completion/auxiliary.ts";
import type { Core } from "../core.ts";
import type { OpenFile } from "../host/host.ts";
import type { FileNode } from "./file-table.ts";
import { SpliceInput } from "./splice-input.ts";
import type { Request, Ring } from "../state.ts";

/** Ends one use of `node`, which was in a slot of `ring`. */
export function putFileNode(core: Core, ring: Ring, node: FileNode): void {
  node.references -= 1;
  //= FILE-47
  if (node.references > 0) return;
  if (node.references < 0) throw new Error("a registered file was let go of twice");
  const { tagLow, tagHigh } = node;
  //= FILE-16, FILE-48
  if (tagLow !== 0 || tagHigh !== 0) notify(core, ring, tagLow, tagHigh, 0, 0);
  releaseOnExit(core, ring, node.file);
}

//= FILE-64
/**
 * Ends a use of a file: the task lets go of it on its way out of the call, where it does first what
 * was noted last; a worker before it goes on with its next request.
 */
export function releaseOnExit(core: Core, ring: Ring, file: OpenFile): void {
  if (core.onWorker || (!core.inCall && !ring.working)) file.release();
  else if ([...core.rings].some(hasWork)) core.releasedFirst.push(file);
  else core.released.push(file);
}

/** Whether a ring has task work that its owner runs on its way out of a call. */
function hasWork({ flags, taskWork }: Ring): boolean {
  return (flags & IORING_SETUP_DEFER_TASKRUN) === 0 && !taskWork.isEmpty;
}

/** Takes what came out of slots away from a request that has posted its last CQE (FILE-47). */
export function putRequestFile(core: Core, request: Request): void {
  const { detail } = request;
  if (detail instanceof SpliceInput) {
    request.detail = undefined;
    if (detail.node === undefined) detail.file.release();
    else putFileNode(core, request.ring, detail.node);
  }
  const node = request.fileNode;
  if (node === undefined) return;
  request.fileNode = undefined;
  request.file = undefined;
  putFileNode(core, request.ring, node);
}
