/** Operations on two paths: RENAMEAT, LINKAT, SYMLINKAT. Paths are copied (SQ-5, FS-43). */
import { AT_EMPTY_PATH } from "../../../spec/abi/linux.ts";
import { IOSQE_FIXED_FILE } from "../../../spec/abi/sqe.ts";
import { EBADF, EINVAL } from "../../../spec/errno.ts";
import type { Core, Operation } from "../core.ts";
import { readPath } from "../issue/access.ts";
import type { Request } from "../state.ts";
import type { SqeReader } from "../submission/sqe.ts";
import { defineOperation } from "./define.ts";
import { NO_PATH, runsOnWorker, takePath } from "./path.ts";

//= FS-8
/** RENAMEAT. */
export const renameat: Operation = fromPlaceToPlace("renameat", "rename", 0);

//= FS-41, FS-42
/** LINKAT, which may be told to link the old directory's descriptor itself. */
export const linkat: Operation = fromPlaceToPlace("linkat", "link", AT_EMPTY_PATH);

/** FS-40. `addr` is what the link says, `addr2` where it is. */
export const symlinkat: Operation = defineOperation({
  name: "symlinkat",
  prepare(core, request, sqe) {
    //= FS-61
    if (sqe.len !== 0 || sqe.opFlags !== 0) return -EINVAL;
    return takeTwoPaths(core, request, sqe, false);
  },
  execute(core, request) {
    const target = request.bytes ?? NO_PATH;
    //= FS-40
    return core.files.symlink(target, request.fd, request.secondBytes ?? NO_PATH);
  },
});

/** `len` is the new path's directory; with `emptyFlag` among its flags the old one may be empty. */
function fromPlaceToPlace(name: string, call: "rename" | "link", emptyFlag: number): Operation {
  return defineOperation({
    name,
    prepare: (core, request, sqe) =>
      takeTwoPaths(core, request, sqe, (sqe.opFlags & emptyFlag) !== 0),
    execute({ files }, request) {
      const from = request.bytes ?? NO_PATH;
      const to = request.secondBytes ?? NO_PATH;
      return files[call](request.fd, from, request.offset, to, request.opFlags);
    },
  });
}

/** Copies both paths, of which only the first one may be empty. 0 or -errno. */
function takeTwoPaths(core: Core, request: Request, sqe: SqeReader, mayBeEmpty: boolean): number {
  //= FS-61
  if (sqe.bufIndex !== 0 || sqe.fileIndex !== 0) return -EINVAL;
  //= ERR-20
  if (request.bits & IOSQE_FIXED_FILE) return -EBADF;
  request.offset = sqe.len | 0;
  request.opFlags = sqe.opFlags;
  const error = takePath(core, request, sqe.addr, mayBeEmpty);
  if (error < 0) return error;
  //= FS-43
  const second = readPath(core.memory, sqe.addr2, false);
  if (typeof second === "number") return second;
  request.secondBytes = second;
  return runsOnWorker(request);
}
