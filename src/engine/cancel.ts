import { encodeCancel } from "../queue/encode/control.ts";
import type { OperationKind } from "./operation.ts";

/**
 * The engine's own cancel request: `address` and `extra` name the target's slot
 * and generation. Its answer settles nothing but itself.
 */
export const CANCEL: OperationKind = {
  name: "cancel",
  syscall: "io_uring_enter",
  encode(sqes, at, operation) {
    encodeCancel(sqes, at, operation.address, operation.extra, 0);
  },
  result: () => undefined,
  reclaim: () => undefined,
};
