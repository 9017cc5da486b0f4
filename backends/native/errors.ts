/**
 * Why the native backend cannot be used here, and what to do about it.
 *
 * Only for the lack of the whole backend. What the kernel refuses later (a ring
 * that cannot be set up, a descriptor that is not open) is a negative errno.
 */
export class NativeUnavailableError extends Error {
  override readonly name = "NativeUnavailableError";
  readonly code = "ERR_RING_NATIVE_UNAVAILABLE";
  /** One plain sentence without a full stop, such as "koffi is not installed". */
  readonly reason: string;
  /** What the user can do: one sentence. */
  readonly remedy: string;

  constructor(reason: string, remedy: string, options?: ErrorOptions) {
    super(`native io_uring is not available: ${reason}. ${remedy}`, options);
    this.reason = reason;
    this.remedy = remedy;
  }
}
