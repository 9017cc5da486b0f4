/**
 * Descriptors for tests: pipes and sockets through libc, results as the kernel gives
 * them. Not part of the package's interface.
 */
import type { Library, NativeFunction } from "../library.ts";
import { loadLibrary } from "../koffi.ts";
import type { NativeBackend } from "../backend.ts";
import { openNativeBackend } from "../open.ts";
import { withErrno } from "../system-calls.ts";

const SCRATCH_BYTES = 1 << 16;

export interface NativeTestKit {
  /** pipe2(2): [read end, write end], or -errno. */
  pipe2(flags: number): readonly [number, number] | number;
  /** socketpair(2), or -errno. */
  socketpair(domain: number, type: number, protocol: number): readonly [number, number] | number;
  /** read(2) into the program's memory: count or -errno. */
  read(fd: number, address: number, byteLength: number): number;
  /** write(2) from the program's memory: count or -errno. */
  write(fd: number, address: number, byteLength: number): number;
  /** close(2): 0 or -errno. */
  close(fd: number): number;
  /** read(2) of up to 64 KiB: a copy of the bytes, or -errno. */
  readBytes(fd: number, byteLength: number): Uint8Array | number;
  /** write(2) of up to 64 KiB: count or -errno. */
  writeBytes(fd: number, bytes: Uint8Array): number;
  /** A fresh look at memory by its address, for as long as it stays mapped. */
  view(address: number, byteLength: number): ArrayBuffer;
  /** Any other function of libc, by prototype: result or -errno. */
  bind(prototype: string): NativeFunction;
}

/** What a call gave, or an error that names the errno: for tests that need it to work. */
export function succeeded<T>(result: T | number): T {
  if (typeof result === "number") throw new Error(`failed with errno ${-result}`);
  return result;
}

/** Loads koffi; throws where the native backend does. */
export async function nativeTestKit(): Promise<NativeTestKit> {
  const backend = await openNativeBackend();
  return buildKit(await loadLibrary(), backend);
}

function buildKit(library: Library, backend: NativeBackend): NativeTestKit {
  const scratch = backend.allocate(SCRATCH_BYTES);
  const bind = (prototype: string): NativeFunction => withErrno(library, library.bind(prototype));
  const pipe2 = bind("int pipe2(intptr_t, int)");
  const socketpair = bind("int socketpair(int, int, int, intptr_t)");
  const read = bind("intptr_t read(int, intptr_t, size_t)");
  const write = bind("intptr_t write(int, intptr_t, size_t)");
  const bytes = (length: number): Uint8Array => new Uint8Array(scratch.buffer, 0, length);
  const pair = (result: number): readonly [number, number] | number => {
    const numbers = new DataView(scratch.buffer);
    return result < 0 ? result : [numbers.getInt32(0, true), numbers.getInt32(4, true)];
  };
  return {
    pipe2: (flags) => pair(pipe2(scratch.address, flags)),
    socketpair: (domain, type, protocol) =>
      pair(socketpair(domain, type, protocol, scratch.address)),
    read: (fd, address, byteLength) => read(fd, address, byteLength),
    write: (fd, address, byteLength) => write(fd, address, byteLength),
    close: bind("int close(int)"),
    readBytes: (fd, byteLength) => {
      const count = read(fd, scratch.address, Math.min(byteLength, SCRATCH_BYTES));
      return count < 0 ? count : bytes(count).slice();
    },
    writeBytes: (fd, from) => {
      bytes(from.byteLength).set(from);
      return write(fd, scratch.address, from.byteLength);
    },
    view: (address, byteLength) => library.view(address, byteLength),
    bind,
  };
}
