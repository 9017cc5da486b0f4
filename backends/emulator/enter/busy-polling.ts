/** What a ring has been told about busy polling (REGISTER_NAPI). Nothing is polled here. */
import { IO_URING_NAPI_TRACKING_INACTIVE } from "../../../spec/abi/register.ts";

/** The settings of one ring. */
export class BusyPolling {
  microseconds = 0;
  preferred = false;
  /** IO_URING_NAPI_TRACKING_*. */
  tracking: number = IO_URING_NAPI_TRACKING_INACTIVE;
  /** The devices to poll, of a ring that does not find them itself. */
  readonly ids: Set<number> = new Set<number>();
}
