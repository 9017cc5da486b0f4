/** PROVIDE_BUFFERS and REMOVE_BUFFERS: groups of buffers as lists (BUF-1 to -3, BUF-24 to -31). */
import { E2BIG, EFAULT, EINVAL, ENOENT, EOVERFLOW } from "../../../spec/errno.ts";
import { inUserSpace } from "../issue/access.ts";
import { BufferList } from "../buffers/buffer-list.ts";
import type { Operation } from "../core.ts";
import { defineOperation } from "./define.ts";

/** Ids are 16 bits wide, and no more buffers are taken or removed at a time. */
const ID_COUNT = 0x10000;
const WORD = 2 ** 32;

/** Adds `fd` buffers to a group, which it makes if there is none. */
export const provideBuffers: Operation = defineOperation({
  name: "provide buffers",
  prepare(_core, request, sqe) {
    //= BUF-27, BUF-28
    if (sqe.opFlags !== 0 || sqe.fileIndex !== 0) return -EINVAL;
    //= BUF-24
    if (!isCount(sqe.fd)) return -E2BIG;
    request.address = sqe.addr;
    request.length = sqe.len;
    //= BUF-26
    if (request.length === 0) return -EINVAL;
    const byteLength = request.length * sqe.fd;
    //= BUF-2
    if (wraps(sqe.addrHigh, sqe.addrLow, byteLength)) return -EOVERFLOW;
    if (!inUserSpace(request.address, byteLength)) return -EFAULT;
    //= BUF-25
    if (sqe.offHigh !== 0 || sqe.offLow >= ID_COUNT) return -E2BIG;
    if (sqe.offLow + sqe.fd > ID_COUNT) return -EINVAL;
    request.offset = sqe.offLow;
    request.bufferGroup = sqe.bufIndex;
    return 0;
  },
  execute(_core, request) {
    const { bufferGroups } = request.ring;
    let group = bufferGroups.get(request.bufferGroup);
    if (group === undefined) {
      group = new BufferList();
      bufferGroups.set(request.bufferGroup, group);
    }
    //= BUF-13
    if (group.kind !== "list") return -EINVAL;
    const added = group.add(request.address, request.length, request.offset, request.fd);
    return added ? 0 : -EOVERFLOW;
  },
});

/** Takes up to `fd` buffers out of a list; the group stays. */
export const removeBuffers: Operation = defineOperation({
  name: "remove buffers",
  prepare(_core, request, sqe) {
    //= BUF-31
    if (sqe.opFlags !== 0 || sqe.addr !== 0 || sqe.len !== 0) return -EINVAL;
    if (sqe.off !== 0 || sqe.fileIndex !== 0 || !isCount(sqe.fd)) return -EINVAL;
    request.bufferGroup = sqe.bufIndex;
    return 0;
  },
  execute(_core, request) {
    const group = request.ring.bufferGroups.get(request.bufferGroup);
    //= BUF-31
    if (group === undefined) return -ENOENT;
    //= BUF-13
    return group.kind === "list" ? group.remove(request.fd) : -EINVAL;
  },
});

function isCount(count: number): boolean {
  return count >= 1 && count <= ID_COUNT;
}

/** Whether a range ends beyond the last address there could be. Exact, where numbers are not. */
function wraps(high: number, low: number, byteLength: number): boolean {
  return high + Math.floor((low + byteLength) / WORD) >= WORD;
}
