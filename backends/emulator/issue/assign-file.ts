/**
 * The file of a request: found by descriptor or by slot, when the request is issued (ERR-10).
 *
 * A worker looks its file up itself, so a descriptor or slot that changes meanwhile makes two
 * outcomes legal: `adopt...` asks which, before the change.
 */
import { IOSQE_FIXED_FILE } from "../../../spec/abi/sqe.ts";
import type { Core } from "../core.ts";
import { fileOf } from "../files/descriptors.ts";
import type { FileNode } from "../files/file-table.ts";
import { PHASE_LATE } from "../request-phases.ts";
import type { Request, Ring } from "../state.ts";

/**
 * Gives a request the file that its `fd` names, retained. False: there is none, or one that was
 * opened as a place only (EBADF).
 */
export function assignFile(
  core: Core,
  request: Request,
  fixed: boolean = isFixed(request),
): boolean {
  if (request.file !== undefined) return true;
  if (fixed) return assignSlot(request, request.fd);
  const file = fileOf(core, request.fd);
  if (file === undefined) return false;
  //= OWN-25, POLL-12
  file.retain();
  request.file = file;
  return true;
}

/** What is in a slot of the ring's table. The number is unsigned (FILE-3). */
export function nodeOf(ring: Ring, slot: number): FileNode | undefined {
  return ring.files?.get(slot);
}

/**
 * `fd` is about to be closed: workers that have not looked it up yet either did so in time, or
 * will find nothing, or another file.
 */
export function adoptFilesOf(core: Core, fd: number): void {
  for (const request of core.agenda.entries()) {
    if (looksUp(core, request, fd) && !isFixed(request)) adopt(core, request);
  }
}

/** The file in this slot is about to be taken away: the same for those that name it. */
export function adoptFilesOfSlot(core: Core, ring: Ring, slot: number): void {
  for (const request of core.agenda.entries()) {
    if (request.ring !== ring || !isFixed(request)) continue;
    if (looksUp(core, request, slot)) adopt(core, request);
  }
}

/** FILE-3. The slot number is unsigned: no negative one is in a table. */
function assignSlot(request: Request, slot: number): boolean {
  const node = nodeOf(request.ring, slot);
  //= FILE-3
  if (node === undefined) return false;
  //= FILE-6
  node.references += 1;
  request.fileNode = node;
  request.file = node.file;
  return true;
}

function isFixed(request: Request): boolean {
  return (request.bits & IOSQE_FIXED_FILE) !== 0;
}

function looksUp(core: Core, request: Request, fd: number): boolean {
  if (request.phase !== PHASE_LATE || request.fd !== fd || request.file !== undefined) return false;
  return core.operations[request.opcode]?.needsFile === true;
}

function adopt(core: Core, request: Request): void {
  if (core.choices.looksUpNow(request)) assignFile(core, request);
}
