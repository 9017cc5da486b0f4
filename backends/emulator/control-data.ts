/**
 * Control data of messages (cmsg(3)): taken apart on its way into a socket, written on its way out.
 * Descriptors that AF_UNIX passes on become descriptions here, and descriptors again.
 */
import {
  CMSGHDR_LEN,
  CMSGHDR_LEVEL,
  CMSGHDR_SIZE,
  CMSGHDR_TYPE,
} from "../../spec/abi/linux-structs.ts";
import { AF_UNIX, SCM_RIGHTS, SOL_SOCKET } from "../../spec/abi/linux.ts";
import { EBADF, EFAULT, EINVAL, ENOBUFS } from "../../spec/errno.ts";
import { readUnsigned } from "./access.ts";
import type { Core } from "./core.ts";
import type { ControlMessage, OpenFile, SentMessage } from "./host.ts";

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
  readonly level: number;
  readonly type: number;
  readonly alignment: number;
}

const NATIVE: Layout = {
  header: CMSGHDR_SIZE,
  level: CMSGHDR_LEVEL,
  type: CMSGHDR_TYPE,
  alignment: 8,
};
/** MSG_CMSG_COMPAT: as 32-bit programs have it, with a length of 32 bits. */
const COMPAT: Layout = { header: 12, level: 4, type: 8, alignment: 4 };

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
  if (byteLength >= MAX_CONTROL) return -ENOBUFS;
  const bytes = new Uint8Array(byteLength);
  if (core.memory.read(address, bytes) !== byteLength) return -EFAULT;
  const control: ControlMessage[] = [];
  const malformed = !takeApart(bytes, control, compat ? COMPAT : NATIVE);
  // The form of 32-bit programs is turned into the other one before any socket sees it.
  if (compat && byteLength > 0 && (malformed || control.length === 0)) return -EINVAL;
  const files: OpenFile[] = [];
  if (family === AF_UNIX) {
    const error = passOn(core, control, files);
    if (error < 0) return error;
    if (malformed) return -EINVAL;
  }
  return { name, files, control, malformed };
}

/**
 * Writes the descriptors that came with a message into the control area of the receiver.
 *
 * @returns how many bytes of the area are used, and whether something did not fit
 */
export function deliverFiles(
  core: Core,
  files: readonly OpenFile[],
  address: number,
  byteLength: number,
  closeOnExec: boolean,
): { used: number; truncated: boolean } {
  const room = Math.max(0, Math.floor((byteLength - CMSGHDR_SIZE) / DESCRIPTOR_SIZE));
  const fits = address === 0 ? 0 : Math.min(room, files.length);
  const view = new DataView(new ArrayBuffer(DESCRIPTOR_SIZE));
  let count = 0;
  for (; count < fits; count++) {
    const fd = core.files.install(files[count] as OpenFile, closeOnExec);
    if (fd < 0) break;
    view.setInt32(0, fd, true);
    const at = address + CMSGHDR_SIZE + count * DESCRIPTOR_SIZE;
    if (core.memory.write(at, new Uint8Array(view.buffer)) !== DESCRIPTOR_SIZE) {
      core.files.close(fd);
      count += 1;
      break;
    }
  }
  for (const file of files.slice(count)) file.release();
  const truncated = count < files.length;
  if (count === 0) return { used: 0, truncated };
  return { used: writeHeader(core, address, byteLength, count), truncated };
}

/** Bytes of the area that a header and `count` descriptors take; 0 if it cannot be written. */
function writeHeader(core: Core, address: number, byteLength: number, count: number): number {
  const length = CMSGHDR_SIZE + count * DESCRIPTOR_SIZE;
  const view = new DataView(new ArrayBuffer(CMSGHDR_SIZE));
  view.setUint32(CMSGHDR_LEN, length, true);
  view.setInt32(CMSGHDR_LEVEL, SOL_SOCKET, true);
  view.setInt32(CMSGHDR_TYPE, SCM_RIGHTS, true);
  if (core.memory.write(address, new Uint8Array(view.buffer)) !== CMSGHDR_SIZE) return 0;
  return Math.min(aligned(length, NATIVE.alignment), byteLength);
}

/** Splits control data into its pieces. False if one is not well-formed. */
function takeApart(bytes: Uint8Array, into: ControlMessage[], layout: Layout): boolean {
  const { header, level, type, alignment } = layout;
  const view = new DataView(bytes.buffer);
  let at = 0;
  while (bytes.length - at >= header) {
    const wide = layout === NATIVE;
    const length = wide ? readUnsigned(view, at) : view.getUint32(at, true);
    if (length < header || length > bytes.length - at) return false;
    into.push({
      level: view.getInt32(at + level, true),
      type: view.getInt32(at + type, true),
      data: bytes.subarray(at + header, at + length),
    });
    at += aligned(length, alignment);
  }
  return true;
}

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
  if (files.length + count > MAX_DESCRIPTORS) return -EINVAL;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  for (let i = 0; i < count; i++) {
    const file = core.files.get(view.getInt32(i * DESCRIPTOR_SIZE, true));
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
