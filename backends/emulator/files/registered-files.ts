/**
 * What fills and empties the slots of a ring's table of files (chapter FILE).
 *
 * A request keeps the node that it was issued with, so slots may change at any time (FILE-6).
 */
import { IORING_REGISTER_FILES_SKIP } from "../../../spec/abi/register.ts";
import { IORING_FILE_INDEX_ALLOC } from "../../../spec/abi/sqe.ts";
import {
  EBADF,
  EBUSY,
  EFAULT,
  EINVAL,
  EMFILE,
  ENFILE,
  ENXIO,
  EOVERFLOW,
} from "../../../spec/errno.ts";
import { readStruct } from "../issue/access.ts";
import { adoptFilesOfSlot } from "../issue/assign-file.ts";
import type { Core } from "../core.ts";
import { fileOf } from "./descriptors.ts";
import { putFileNode } from "./file-nodes.ts";
import { FileNode, FileTable } from "./file-table.ts";
import type { OpenFile } from "../host/host.ts";
import type { Ring } from "../state.ts";

const MAX_U32 = 0xffffffff;
const MAX_SLOTS = 1 << 20;
/** In an array of descriptors: the slot is empty, or stays as it is. */
const NO_FILE = -1;
const SKIP = IORING_REGISTER_FILES_SKIP | 0;

/** One element of the arrays that a registration or an update takes. */
interface Element {
  readonly fd: number;
  readonly tagLow: number;
  readonly tagHigh: number;
}

/**
 * Makes the table (FILE-1, FILE-20 to -26). `descriptors` 0 is an array of empty slots, `tags` 0
 * one without tags.
 *
 * @returns 0 or -errno, and then there is no table
 */
export function registerFiles(
  core: Core,
  ring: Ring,
  count: number,
  descriptors: number,
  tags: number,
): number {
  //= FILE-21
  if (ring.files !== undefined) return -EBUSY;
  if (count === 0) return -EINVAL;
  //= FILE-22
  if (count > MAX_SLOTS || count > core.files.descriptorLimit) return -EMFILE;
  const table = new FileTable(count);
  for (let slot = 0; slot < count; slot++) {
    const node = readNode(core, descriptors, tags, slot);
    if (typeof node === "number") {
      //= FILE-23
      releaseUntagged(table);
      return node;
    }
    if (node !== undefined) table.set(slot, node);
  }
  table.limitPicks(0, count);
  ring.files = table;
  return 0;
}

/** Takes the table away, the last slot first (FILE-7). Requests keep their files. */
export function unregisterFiles(core: Core, ring: Ring): number {
  const table = ring.files;
  if (table === undefined) return -ENXIO;
  //= FILE-57
  for (let slot = table.size - 1; slot >= 0; slot--) clearSlot(core, ring, table, slot);
  ring.files = undefined;
  return 0;
}

/**
 * FILES_UPDATE in all its forms (FILE-4, FILE-5, FILE-27 to -29).
 *
 * @returns how many slots it went through, or an error if it stopped at the first
 */
export function updateFiles(
  core: Core,
  ring: Ring,
  offset: number,
  count: number,
  descriptors: number,
  tags: number,
): number {
  //= FILE-28, FILE-35
  if (offset + count > MAX_U32) return -EOVERFLOW;
  const table = ring.files;
  if (table === undefined) return -ENXIO;
  if (offset + count > table.size) return -EINVAL;
  for (let done = 0; done < count; done++) {
    const element = readElement(core, descriptors, tags, done);
    const error =
      typeof element === "number" ? element : updateSlot(core, ring, table, offset + done, element);
    //= FILE-4, FILE-27
    if (error < 0) return done > 0 ? done : error;
  }
  return count;
}

/**
 * Puts a new file into a slot as its direct descriptor (FILE-8 to -10, FILE-36, FILE-37).
 *
 * The reference to `file` passes to the slot, or is released where that fails.
 *
 * @param fileIndex - the slot plus 1, or IORING_FILE_INDEX_ALLOC
 * @returns 0, or the slot if it was picked, or -errno
 */
export function installDirect(core: Core, ring: Ring, file: OpenFile, fileIndex: number): number {
  //= FILE-36
  const picks = fileIndex === IORING_FILE_INDEX_ALLOC && core.profile.behaves.slotsArePicked;
  //= FILE-37
  const slot = picks ? (ring.files?.pick() ?? -ENFILE) : (fileIndex - 1) >>> 0;
  const error = slot < 0 ? slot : fillSlot(core, ring, slot, file);
  if (error < 0) {
    file.release();
    return error;
  }
  return picks ? slot : 0;
}

//= FILE-12, FILE-40
/** Empties a slot that holds a file. 0 or -errno. */
export function removeDirect(core: Core, ring: Ring, slot: number): number {
  const table = ring.files;
  if (table === undefined) return -ENXIO;
  if (slot >= table.size) return -EINVAL;
  return clearSlot(core, ring, table, slot) ? 0 : -EBADF;
}

/** A file that a slot may hold: a ring will not do (FILE-24). */
function registrableFile(core: Core, fd: number): OpenFile | undefined {
  const file = fileOf(core, fd);
  //= FILE-24
  return file?.kind === "ring" ? undefined : file;
}

function fillSlot(core: Core, ring: Ring, slot: number, file: OpenFile): number {
  //= FILE-61
  if (file.kind === "ring") return -EBADF;
  const table = ring.files;
  //= FILE-9
  if (table === undefined) return -ENXIO;
  if (slot >= table.size) return -EINVAL;
  if (table.get(slot) !== undefined) adoptFilesOfSlot(core, ring, slot);
  //= FILE-8, FILE-10, FILE-46, FILE-60
  const previous = table.set(slot, new FileNode(file, 0, 0));
  if (previous !== undefined) putFileNode(core, ring, previous);
  return 0;
}

function clearSlot(core: Core, ring: Ring, table: FileTable, slot: number): boolean {
  if (table.get(slot) === undefined) return false;
  adoptFilesOfSlot(core, ring, slot);
  const node = table.clear(slot);
  if (node !== undefined) putFileNode(core, ring, node);
  return true;
}

function updateSlot(
  core: Core,
  ring: Ring,
  table: FileTable,
  slot: number,
  { fd, tagLow, tagHigh }: Element,
): number {
  const tagged = tagLow !== 0 || tagHigh !== 0;
  const skips = fd === SKIP && core.profile.behaves.updatesSkipSlots;
  //= FILE-17
  if ((skips || fd === NO_FILE) && tagged) return -EINVAL;
  //= FILE-5
  if (skips) return 0;
  //= FILE-27, FILE-49
  clearSlot(core, ring, table, slot);
  if (fd === NO_FILE) return 0;
  const file = registrableFile(core, fd);
  if (file === undefined) return -EBADF;
  file.retain();
  table.set(slot, new FileNode(file, tagLow, tagHigh));
  return 0;
}

/** The node for a slot of a new table; undefined for an empty one. */
function readNode(
  core: Core,
  descriptors: number,
  tags: number,
  slot: number,
): FileNode | undefined | number {
  const element = readElement(core, descriptors === 0 ? undefined : descriptors, tags, slot);
  if (typeof element === "number") return element;
  const { fd, tagLow, tagHigh } = element;
  //= FILE-1
  if (fd === NO_FILE && core.profile.behaves.slotsMayBeEmpty) {
    //= FILE-26
    return tagLow !== 0 || tagHigh !== 0 ? -EINVAL : undefined;
  }
  const file = registrableFile(core, fd);
  if (file === undefined) return -EBADF;
  file.retain();
  return new FileNode(file, tagLow, tagHigh);
}

function readElement(
  core: Core,
  descriptors: number | undefined,
  tags: number,
  index: number,
): Element | number {
  const tag = tags === 0 ? undefined : readStruct(core.memory, tags + 8 * index, 8);
  if (tags !== 0 && tag === undefined) return -EFAULT;
  //= FILE-25
  const fd =
    descriptors === undefined
      ? NO_FILE
      : readStruct(core.memory, descriptors + 4 * index, 4)?.getInt32(0, true);
  //= FILE-20, FILE-29
  if (fd === undefined) return -EFAULT;
  return { fd, tagLow: tag?.getUint32(0, true) ?? 0, tagHigh: tag?.getUint32(4, true) ?? 0 };
}

/** A table that could not be filled goes, and its tags are not posted. */
function releaseUntagged(table: FileTable): void {
  for (let slot = 0; slot < table.size; slot++) table.clear(slot)?.file.release();
}
