/** MADVISE: advice about the program's memory (FS-52, FS-53). */
import { MADV_COLLAPSE, MADV_FREE, MADV_DONTNEED } from "../../../spec/abi/linux.ts";
import { IOSQE_ASYNC } from "../../../spec/abi/sqe.ts";
import { EINVAL } from "../../../spec/errno.ts";
import type { Operation } from "../core.ts";
import { NEVER_FAILS } from "../state.ts";
import { defineOperation } from "./define.ts";

/** MADV_DONTNEED also for locked pages; newer than the spec's kernel headers. */
export const MADV_DONTNEED_LOCKED = 24;

const PAGE = 4096;
const ADDRESS_SPACE = 2 ** 64;

/** Always runs on a worker. `off` is the length, or `len` where that is 0. */
export const madvise: Operation = defineOperation({
  name: "madvise",
  prepare(_core, request, sqe) {
    //= FS-53
    if (sqe.bufIndex !== 0 || sqe.fileIndex !== 0) return -EINVAL;
    request.address = sqe.addr;
    request.targetLow = sqe.addrLow;
    //= FS-52
    request.length = sqe.addr2 === 0 ? sqe.len : sqe.addr2;
    request.opFlags = sqe.opFlags;
    //= LINK-10
    request.minimum = NEVER_FAILS;
    request.bits |= IOSQE_ASYNC;
    return 0;
  },
  execute(core, { address, targetLow, length, opFlags }) {
    //= FS-53
    if (!isAdvice(opFlags) || targetLow % PAGE !== 0) return -EINVAL;
    const pages = Math.ceil(length / PAGE) * PAGE;
    if (pages >= ADDRESS_SPACE || address + pages >= ADDRESS_SPACE) return -EINVAL;
    return pages === 0 ? 0 : core.memory.advise(address, pages, opFlags);
  },
});

/** MADV_NORMAL to MADV_DONTNEED, MADV_FREE to MADV_COLLAPSE: no number between is missing. */
function isAdvice(advice: number): boolean {
  return advice <= MADV_DONTNEED || (advice >= MADV_FREE && advice <= MADV_COLLAPSE);
}
