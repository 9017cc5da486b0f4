/**
 * `safer-ring/queue`: the raw ring driver.
 *
 * For those who want the submission and completion queues themselves, without
 * promises and without ownership: nothing here stops a program from touching a
 * buffer that the kernel has. `Ring` (the package's root) is the safe layer.
 */
export * from "./encode/control.ts";
export * from "./encode/entry.ts";
export * from "./encode/file.ts";
export * from "./encode/read-write.ts";
export * from "./encode/socket.ts";
export { Queue, type QueueOptions } from "./queue.ts";
