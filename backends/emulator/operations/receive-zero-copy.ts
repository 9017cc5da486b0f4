/** RECV_ZC, which needs a queue of a network device (NET-86). There are no devices. */
import { EINVAL } from "../../../spec/errno.ts";
import { type Operation, PLACEMENT_EITHER } from "../core.ts";
import { defineOperation } from "./define.ts";

/** Refuses, as Linux does on a ring without such a queue. */
export const recvZc: Operation = defineOperation({
  name: "recv zc",
  needsFile: true,
  takesIoprio: true,
  placement: PLACEMENT_EITHER,
  isListed: false,
  //= NET-86
  prepare: () => -EINVAL,
  execute: () => {
    throw new Error("a ring has a queue of a network device");
  },
});
