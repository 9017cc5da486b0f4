/**
 * What a descriptor stands for.
 *
 * Linux has two ways to look one up. Almost every call takes the first, for which a descriptor
 * that was opened with O_PATH is none: it is a place, and no file to work on. The second is for
 * those that name, pass on or close any descriptor.
 */
import { O_PATH } from "../../../spec/abi/linux.ts";
import type { Core } from "../core.ts";
import type { OpenFile } from "../host/host.ts";

//= FILE-62
/** The file to work on, not retained; undefined also where it was opened with O_PATH. */
export function fileOf({ files }: Core, fd: number): OpenFile | undefined {
  const file = files.get(fd);
  return file === undefined || file.flags & O_PATH ? undefined : file;
}

//= FILE-63
/** The file, or the place, not retained: for who closes it or passes it on. */
export function fileOrPlaceOf({ files }: Core, fd: number): OpenFile | undefined {
  return files.get(fd);
}
