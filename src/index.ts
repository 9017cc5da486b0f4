/**
 * safer-ring: io_uring with buffers that cannot be touched while the kernel has them.
 */
export type { Backend, Region } from "./backend.ts";
export type { BufferList, MustAllBeOwned, Returned } from "./buffer-list.ts";
export type { ListenOptions } from "./calls/connect.ts";
export type { Abortable, BufferRange, TransferOptions } from "./calls/options.ts";
export type { ModeOptions } from "./calls/paths.ts";
export type { MessageOptions } from "./calls/transfer.ts";
export type { VectoredOptions } from "./calls/vectored.ts";
export type { CloseReport } from "./engine/closing.ts";
export { AbortError, RingError, type RingErrorCode, SystemError } from "./errors.ts";
export type { SocketAddress } from "./handles/address.ts";
export { FileHandle } from "./handles/file-handle.ts";
export { Handle } from "./handles/handle.ts";
export { Listener } from "./handles/listener.ts";
export type { OpenFlags, OpenWord } from "./handles/open-flags.ts";
export { type ShutdownHow, Socket } from "./handles/socket.ts";
export { Stats } from "./handles/stats.ts";
export { OwnedBuffer } from "./memory/owned-buffer.ts";
export type { ReadResult, WriteResult } from "./operations/transfer.ts";
export type { ReadvResult, WritevResult } from "./operations/vectored.ts";
export type { BackendChoice, BackendInfo } from "./pick-backend.ts";
export { Ring, type RingOptions, type RingStats, type Target, withRing } from "./ring.ts";
export { submitRead, submitRecv, submitSend, submitWrite } from "./submit.ts";
export type { InFlight, MustBeOwned, RingIdentity } from "./types.ts";
