/**
 * Control data of messages (cmsg(3)): taken apart on its way into a socket, written on its way out.
 * Descriptors that AF_UNIX passes on become descriptions here, and descriptors again.
 */
import { CMSGHDR_LEVEL, CMSGHDR_SIZE, CMSGHDR_TYPE } from "../../../spec/abi/linux-structs.ts";
import { AF_UNIX, MSG_CMSG_CLOEXEC, SCM_RIGHTS, SOL_SOCKET } from "../../../spec/abi/linux.ts";
import { EBADF, EFAULT, EINVAL, ENOBUFS } from "../../../spec/errno.ts";
import { readStruct, readUnsigned } from "../issue/access.ts";
import type { Core } from "../core.ts";
import { fileOrPlaceOf } from "../files/descriptors.ts";
import type { ControlMessage, OpenFile, SentMessage } from "../host/host.ts";

/** The program says that it is a 32-bit one. */
export const MSG_CMSG_COMPAT = 0x80000000;
const SCM_CREDENTIALS = 2;
const CREDENTIALS_SIZE = 12;
const DESCRIPTOR_SIZE = 4;
/** Descriptors that one message may pass on. */
const MAX_DESCRIPTORS = 253;
/** net.core.optmem_max: control data has to be smaller. */
const MAX_CONTROL = 131_072;

/** Where the parts of a `struct cmsghdr` are. */
interface Layout {
  readonly header: number;
  /** Bytes of the length that it begins with. */
  readonly word: number;
  readonly level: number;
  readonly type: number;
  readonly alignment: number;
}

const NATIVE: Layout = {
  header: CMSGHDR_SIZE,
  word: 8,
  level: CMSGHDR_LEVEL,
  type: CMSGHDR_TYPE,
  alignment: 8,
};
//= NET-81
/** MSG_CMSG_COMPAT: as 32-bit programs have it, with a length of 32 bits. */
const COMPAT: Layout = { header: 12, word: 4, level: 4, type: 8, alignment: 4 };
const INT_MAX = 0x7fffffff;

/**
 * What goes into a socket of `family` besides bytes, or an errno for control data that cannot be
 * read, is too long, or that AF_UNIX does not know.
 */
export function outgoing(
  core: Core,
  family: number,
  name: Uint8Array | undefined,
  address: number,
  byteLength: number,
  compat: boolean,
): SentMessage | number {
  const control: ControlMessage[] = [];
  const taken = (compat && byteLength > 0 ? takeCompat : takeNative)(
    core,
    address,
    byteLength,
    control,
  );
  if (taken < 0) return taken;
  const malformed = taken === MALFORMED;
  const files: OpenFile[] = [];
  if (family === AF_UNIX) {
    const error = passOn(core, control, files);
    if (error < 0) return error;
    if (malformed) return -EINVAL;
  }
  return { name, files, control, malformed };
}

/** What the functions that take control data apart say of a piece that is not well-formed. */
const MALFORMED = 1;

/** Splits control data into its pieces: 0, MALFORMED, or -errno. */
function takeNative(
  core: Core,
  address: number,
  byteLength: number,
  into: ControlMessage[],
): number {
  if (byteLength >= MAX_CONTROL) return -ENOBUFS;
  const bytes = new Uint8Array(byteLength);
  if (core.memory.read(address, bytes) !== byteLength) return -EFAULT;
  const view = new DataView(bytes.buffer);
  for (let at = 0; byteLength - at >= NATIVE.header;) {
    const length = readUnsigned(view, at);
    if (length < NATIVE.header || length > byteLength - at) return MALFORMED;
    into.push(pieceOf(view, at, length, NATIVE));
    at += aligned(length, NATIVE.alignment);
  }
  return 0;
}

/**
 * The same for the form of 32-bit programs, which is turned into the other one before any socket
 * sees it. A single byte behind a piece counts as the next one, and is too short to be one.
 */
function takeCompat(
  core: Core,
  address: number,
  byteLength: number,
  into: ControlMessage[],
): number {
  if (byteLength > INT_MAX) return -ENOBUFS;
  if (byteLength < COMPAT.header) return -EINVAL;
  let total = 0;
  for (let at = 0; at < byteLength;) {
    const length = readStruct(core.memory, address + at, COMPAT.word)?.getUint32(0, true);
    if (length === undefined) return -EFAULT;
    if (length < COMPAT.header || length > byteLength - at) return -EINVAL;
    total += aligned(length - COMPAT.header + NATIVE.header, NATIVE.alignment);
    if (total >= MAX_CONTROL) return -ENOBUFS;
    const view = readStruct(core.memory, address + at, length);
    if (view === undefined) return -EFAULT;
    into.push(pieceOf(view, 0, length, COMPAT));
    at += aligned(length, COMPAT.alignment);
  }
  return 0;
}

function pieceOf(view: DataView, at: number, length: number, layout: Layout): ControlMessage {
  const { header, level, type } = layout;
  return {
    level: view.getInt32(at + level, true),
    type: view.getInt32(at + type, true),
    data: new Uint8Array(view.buffer, view.byteOffset + at + header, length - header),
  };
}

//= NET-77, NET-78, NET-80
/**
 * Writes the descriptors that came with a message into the control area of the receiver.
 *
 * @param flags - MSG_CMSG_*
 * @returns how many bytes of the area are used, and whether something did not fit
 */
export function deliverFiles(
  core: Core,
  files: readonly OpenFile[],
  address: number,
  byteLength: number,
  flags: number,
): { used: number; truncated: boolean } {
  const layout = flags & MSG_CMSG_COMPAT ? COMPAT : NATIVE;
  const room = Math.max(0, Math.floor((byteLength - layout.header) / DESCRIPTOR_SIZE));
  const fits = address === 0 ? 0 : Math.min(room, files.length);
  let count = 0;
  let released = 0;
  while (count < fits) {
    const at = address + layout.header + count * DESCRIPTOR_SIZE;
    const fd = core.files.install(files[count] as OpenFile, (flags & MSG_CMSG_CLOEXEC) !== 0);
    if (fd < 0) break;
    released += 1;
    if (!writeWords(core, at, [fd])) {
      core.files.close(fd);
      break;
    }
    count += 1;
  }
  //= NET-78
  for (const file of files.slice(released)) file.release();
  const truncated = count < files.length;
  if (count === 0) return { used: 0, truncated };
  return { used: writeHeader(core, address, byteLength, count, layout), truncated };
}

/** Bytes of the area that a header and `count` descriptors take; 0 if it cannot be written. */
function writeHeader(
  core: Core,
  address: number,
  byteLength: number,
  count: number,
  layout: Layout,
): number {
  const length = layout.header + count * DESCRIPTOR_SIZE;
  const words = layout.word === 8 ? [length, 0] : [length];
  if (!writeWords(core, address, [...words, SOL_SOCKET, SCM_RIGHTS])) return 0;
  return Math.min(aligned(length, layout.alignment), byteLength);
}

function writeWords(core: Core, address: number, words: readonly number[]): boolean {
  const bytes = new Uint8Array(Int32Array.from(words).buffer);
  return core.memory.write(address, bytes) === bytes.length;
}

//= NET-77, NET-79
/** Finds what AF_UNIX is to pass on. 0, -EBADF, or -EINVAL for what it does not know. */
function passOn(core: Core, control: readonly ControlMessage[], files: OpenFile[]): number {
  for (const { level, type, data } of control) {
    if (level !== SOL_SOCKET) continue;
    if (type === SCM_CREDENTIALS) {
      if (data.length !== CREDENTIALS_SIZE) return -EINVAL;
    } else if (type === SCM_RIGHTS) {
      const error = collect(core, data, files);
      if (error < 0) return error;
    } else {
      return -EINVAL;
    }
  }
  return 0;
}

function collect(core: Core, data: Uint8Array, files: OpenFile[]): number {
  const count = Math.floor(data.length / DESCRIPTOR_SIZE);
  //= NET-79
  if (files.length + count > MAX_DESCRIPTORS) return -EINVAL;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  for (let i = 0; i < count; i++) {
    const file = fileOrPlaceOf(core, view.getInt32(i * DESCRIPTOR_SIZE, true));
    if (file === undefined) return -EBADF;
    // A ring that travels through itself could never be closed.
    if (file.kind === "ring") return -EINVAL;
    files.push(file);
  }
  return 0;
}

function aligned(length: number, alignment: number): number {
  return Math.ceil(length / alignment) * alignment;
}
