/** RECV_ZC: what a ring without a queue of a network device gets (REGISTER_ZCRX_IFQ). */
import { EINVAL } from "../../../spec/errno.ts";
import type { Operation } from "../core.ts";
import { defineOperation } from "./define.ts";

/** Refused when it is prepared, so that flags which concern other requests hold all the same. */
export const receiveZc: Operation = defineOperation({
  name: "receive zc",
  isUnlisted: true,
  needsFile: true,
  takesIoprio: true,
  prepare: () => -EINVAL,
  execute: () => -EINVAL,
});
