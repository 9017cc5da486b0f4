/** What it means that a request failed. */
import { IOSQE_CQE_SKIP_SUCCESS } from "../../../spec/abi/sqe.ts";
import { BIT_FAIL, BIT_SKIP_LINKS } from "../request-bits.ts";
import type { Request } from "../state.ts";

/** Marks a request as failed: it breaks its chain, and its CQE is posted in any case (SKIP-1). */
export function setFailed(request: Request): void {
  request.bits |= BIT_FAIL;
  //= SKIP-1
  if (request.bits & IOSQE_CQE_SKIP_SUCCESS) {
    request.bits = (request.bits & ~IOSQE_CQE_SKIP_SUCCESS) | BIT_SKIP_LINKS;
  }
}
