/** STATX, and what becomes of a `struct statx`. */
import { AT_EMPTY_PATH, AT_FDCWD, STATX_BASIC_STATS, STATX_BTIME } from "../../spec/abi/linux.ts";
import type { OperationKind } from "../engine/operation.ts";
import { Stats } from "../handles/stats.ts";
import { encodeStatx } from "../queue/encode/file.ts";

/** Scratch memory of a stat: the structure, then the path. */
export const STATX_BYTES = 256;

/** `address` is the scratch memory; `fd` is AT_FDCWD for a path, else the file itself. */
export const STAT: OperationKind = {
  name: "stat",
  syscall: "statx",
  encode(sqes, at, { fd, address, flags }) {
    const all = fd === AT_FDCWD ? flags : flags | AT_EMPTY_PATH;
    const mask = STATX_BASIC_STATS | STATX_BTIME;
    encodeStatx(sqes, at, fd, address + STATX_BYTES, all, mask, address);
  },
  result(returns, operation) {
    const { scratch } = operation;
    if (scratch === undefined) return undefined;
    const stats = new Stats(new DataView(scratch.region.buffer, 0, STATX_BYTES));
    returns.dropScratch(scratch);
    return stats;
  },
  reclaim(returns, { scratch }) {
    if (scratch !== undefined) returns.dropScratch(scratch);
    return undefined;
  },
};
