/**
 * The memory of a program: one arena, at the same address on both kernels.
 *
 * An SQE of the generator points into it, or to where nothing is mapped; never to anything that
 * belongs to the process. Below the arena and for 8 GiB above it nothing else may be mapped (the
 * longest transfer is 2 GiB). Its first bytes are the same in every run but for the address in
 * 127.0.0.0/8 that the run has for itself.
 */
import { AF_INET, AF_UNIX } from "../../spec/abi/linux.ts";

export const PAGE = 4096;

/**
 * Where the arena begins, and how far nothing else is mapped: above everything that V8 asks for
 * (46 bits, at random), below what the kernel gives out.
 */
export const ARENA = 0x4fff_ffff_e000;
export const ARENA_GUARD_BYTES = 0x2_0000_0000;

/** Two buffer rings, a page each, of zeros when a program begins. */
export const BUFFER_RINGS: number = ARENA;
const BUFFER_RINGS_BYTES = 2 * PAGE;
/** What the harness itself hands to the kernel: params, wait arguments. */
export const HARNESS: number = BUFFER_RINGS + BUFFER_RINGS_BYTES;
/** Paths and socket addresses. */
export const STATIC: number = HARNESS + PAGE;
/** Small structures of single SQEs. */
export const SCRATCH: number = HARNESS + 2 * PAGE;
/** Where the kernel puts structures whose content is not the same on both sides. */
export const RESULTS: number = HARNESS + 3 * PAGE;
/** Of these, RESULTS up to here is for what is left in pipes when a program ends. */
export const STATX_RESULTS: number = RESULTS + 2048;
export const STATX_SLOT = 256;
export const STATX_SLOTS = 4;
export const ADDRESS_RESULTS: number = STATX_RESULTS + STATX_SLOTS * STATX_SLOT;
export const ADDRESS_SLOT = 128;
export const ADDRESS_SLOTS = 8;
export const DATA: number = HARNESS + 4 * PAGE;
export const DATA_BYTES: number = 4 * PAGE;
/** The last page: the program itself cannot write to it. */
export const READ_ONLY: number = DATA + DATA_BYTES;
/** End of the arena, where nothing is mapped. */
export const ARENA_END: number = READ_ONLY + PAGE;
export const ARENA_BYTES: number = ARENA_END - ARENA;
export const WRITABLE_BYTES: number = READ_ONLY - ARENA;

/** Addresses that no program has, by the way in which they are wrong. */
export const UNMAPPED: readonly (number | string)[] = [
  0,
  8,
  PAGE,
  ARENA_END,
  ARENA_END + 3,
  "0x7fffffffff00",
  "0x800000000000",
  "0xffff800000000000",
  "0xffffffffffffffff",
];

export const SCRATCH_SLOT = 128;
export const SCRATCH_SLOTS: number = PAGE / SCRATCH_SLOT;

const PATH_SLOT = 16;
const ADDRESSES_AT = 1024;
const NAMES_AT = 2048;
const NAME_SLOT = 32;

/** Paths, each at `pathAt(index)`. "f", "r" and "d" exist when a program begins. */
export const PATHS: readonly string[] = [
  "f",
  "r",
  "d",
  "a",
  "b",
  "d/x",
  "d/y",
  "f/x",
  ".",
  "..",
  "",
  "a/",
  "d/",
  "/a",
  "../b",
  "d/../a",
];

/** Where a path stands, with its NUL. */
export function pathAt(index: number): number {
  return STATIC + index * PATH_SLOT;
}

/** Socket addresses of the program: ports 1 to 3 of its own address, and two names. */
export const SOCKET_ADDRESSES: readonly SocketAddress[] = [
  { port: 10_001 },
  { port: 10_002 },
  { port: 10_003 },
  { path: "u" },
  { path: "v" },
];

type SocketAddress = { readonly port: number } | { readonly path: string };

/** Where a socket address stands, and its length. */
export function socketAddressAt(index: number): { address: number; length: number } {
  const socketAddress = SOCKET_ADDRESSES[index];
  const length = socketAddress !== undefined && "port" in socketAddress ? 16 : 4;
  return { address: STATIC + ADDRESSES_AT + index * ADDRESS_SLOT, length };
}

/** Names of extended attributes. */
export const NAMES: readonly string[] = ["user.one", "user.two", "user.", "system.one", "nothing"];

/** Where the name of an extended attribute stands, with its NUL. */
export function nameAt(index: number): number {
  return STATIC + NAMES_AT + index * NAME_SLOT;
}

/** Of the arena, so many bytes are 0 when a program begins. */
const ZERO_BYTES = BUFFER_RINGS_BYTES + PAGE;

/** A byte of the pattern: never 0, so that eight of them are never an address of a program. */
function pattern(offset: number): number {
  return 0xa1 + ((offset * 7 + (offset >> 8) * 11) % 93);
}

/** The same in every run. */
const initial: Uint8Array = Uint8Array.from({ length: ARENA_BYTES }, (_, offset) =>
  offset < ZERO_BYTES ? 0 : pattern(offset - BUFFER_RINGS_BYTES),
);
PATHS.forEach((path, index) => {
  initial.set(new TextEncoder().encode(`${path}\0`), pathAt(index) - ARENA);
});
NAMES.forEach((name, index) => {
  initial.set(new TextEncoder().encode(`${name}\0`), nameAt(index) - ARENA);
});

/** The arena's content when run number `run` begins. A new array each time. */
export function initialArena(run: number): Uint8Array<ArrayBuffer> {
  const bytes = initial.slice();
  SOCKET_ADDRESSES.forEach((socketAddress, index) => {
    const { address } = socketAddressAt(index);
    bytes.set(socketAddressBytes(socketAddress, run), address - ARENA);
  });
  return bytes;
}

/** The bytes of a socket address, for run number `run`. */
export function socketAddressBytes(address: SocketAddress, run: number): Uint8Array {
  if ("path" in address) {
    return Uint8Array.of(AF_UNIX, 0, ...new TextEncoder().encode(`${address.path}\0`));
  }
  const host = 1 + (run % 0xfffffd);
  const bytes = Uint8Array.of(AF_INET, 0, 0, 0, 127, host >> 16, (host >> 8) & 0xff, host & 0xff);
  new DataView(bytes.buffer).setUint16(2, address.port, false);
  return Uint8Array.of(...bytes, 0, 0, 0, 0, 0, 0, 0, 0);
}
