/**
 * Letting go of registered files.
 *
 * The last user of a file, a slot or a request, releases it, and then its tag is posted (FILE-16).
 */
import { notify } from "./auxiliary.ts";
import type { Core } from "./core.ts";
import type { FileNode } from "./file-table.ts";
import type { Request, Ring } from "./state.ts";

/** Ends one use of `node`, which was in a slot of `ring`. */
export function putFileNode(core: Core, ring: Ring, node: FileNode): void {
  node.references -= 1;
  if (node.references > 0) return;
  if (node.references < 0) throw new Error("a registered file was let go of twice");
  const { tagLow, tagHigh } = node;
  if (tagLow !== 0 || tagHigh !== 0) notify(core, ring, tagLow, tagHigh, 0, 0);
  node.file.release();
}

/** Takes the file of a slot away from a request that has posted its last CQE (FILE-47). */
export function putRequestFile(core: Core, request: Request): void {
  const node = request.fileNode;
  if (node === undefined) return;
  request.fileNode = undefined;
  request.file = undefined;
  putFileNode(core, request.ring, node);
}
