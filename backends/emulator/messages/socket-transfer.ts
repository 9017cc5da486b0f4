/**
 * One try to send or to receive, with all that a message carries besides its bytes.
 *
 * Only a stream splits what it is given: a datagram or record moves whole or not at all.
 */
import {
  MSGHDR_CONTROLLEN,
  MSGHDR_FLAGS,
  MSGHDR_NAMELEN,
} from "../../../spec/abi/linux-structs.ts";
import {
  MSG_CMSG_CLOEXEC,
  MSG_CTRUNC,
  POLLHUP,
  SOCK_DGRAM,
  SOCK_STREAM,
} from "../../../spec/abi/linux.ts";
import { EAGAIN, EFAULT, EINVAL, ENOTCONN } from "../../../spec/errno.ts";
import { readStruct } from "../issue/access.ts";
import { deliverFiles, MSG_CMSG_COMPAT, outgoing } from "./control-data.ts";
import type { Core } from "../core.ts";
import type { OpenFile, SentMessage } from "../host/host.ts";
import type { MessageHeader } from "../holdings.ts";
import { SHOT_HEADER } from "./message-header.ts";
import type { Request } from "../state.ts";

/** A stream may split anything of two bytes or more. */
const SPLITS_FROM = 2;
/** Where `struct compat_msghdr` has what RECVMSG writes. */
const COMPAT_NAMELEN = 4;
const COMPAT_CONTROLLEN = 20;
const COMPAT_FLAGS = 24;

/** Whether a socket goes on where MSG_WAITALL left off: a datagram has no rest. */
export function goesOnGathering(file: OpenFile): boolean {
  //= NET-44
  return file.socket?.type !== SOCK_DGRAM;
}

/** Sends up to `wanted` bytes and what comes with them. The count, or -errno. */
export function sendBytes(
  core: Core,
  request: Request,
  file: OpenFile,
  wanted: number,
  flags: number,
): number {
  const message = messageOf(core, request, file);
  if (typeof message === "number") return message;
  const { transfer } = core;
  transfer.begin(request, splitsFrom(file), true);
  return transfer.end(file.send(wanted, flags, transfer.fetch, message));
}

/**
 * Receives up to `wanted` bytes; what comes with them is in `core.received`, and for RECVMSG in the
 * program's memory. The count, or -errno.
 */
export function receiveBytes(core: Core, request: Request, file: OpenFile, wanted: number): number {
  const { transfer, received } = core;
  received.name = undefined;
  received.files = NO_FILES;
  received.flags = 0;
  transfer.begin(request, splitsFrom(file), true);
  const { message } = request;
  const tried = transfer.end(file.recv(wanted, request.opFlags, transfer.deliver, received));
  const count = message !== undefined && endsEmpty(file, wanted, tried) ? 0 : tried;
  if (count < 0) return count;
  if (message === undefined) {
    takeControl(core, request, 0, 0);
    return count;
  }
  const { controlAddress, controlLength } = message;
  const used = takeControl(core, request, controlAddress, controlLength);
  const error = tellHeader(core, message, request.opFlags, used);
  return error < 0 ? error : count;
}

/** The same into a buffer that begins with a header, a name and a control area (NET-14). */
export function receiveShot(
  core: Core,
  request: Request,
  file: OpenFile,
  header: MessageHeader,
  overhead: number,
): number {
  const { transfer, received } = core;
  const base = request.address;
  received.name = undefined;
  received.files = NO_FILES;
  received.flags = 0;
  request.address += overhead;
  request.length -= overhead;
  transfer.begin(request, splitsFrom(file), true);
  const room = request.length;
  const tried = transfer.end(file.recv(room, request.opFlags, transfer.deliver, received));
  const payload = endsEmpty(file, room, tried) ? 0 : tried;
  request.address = base;
  request.length += overhead;
  if (payload < 0) return payload;
  const control = base + overhead - header.controlLength;
  const used = takeControl(core, request, control, header.controlLength);
  received.flags |= request.opFlags & MSG_CMSG_CLOEXEC;
  const told = tellShot(core, base, header, payload, used);
  return told < 0 ? told : overhead + Math.min(payload, room);
}

//= BUF-73
/** A stream waits for an int of bytes: one of 2 GiB or more is negative, and there are as many. */
function endsEmpty(file: OpenFile, wanted: number, result: number): boolean {
  if ((wanted | 0) >= 0 || splitsFrom(file) === undefined) return false;
  // Linux looks for it before it asks for a connection; a listener has none at all.
  return result === -EAGAIN || (result === -ENOTCONN && (file.poll() & POLLHUP) !== 0);
}

const NO_FILES: readonly OpenFile[] = [];

function splitsFrom(file: OpenFile): number | undefined {
  return (file.socket?.type ?? SOCK_STREAM) === SOCK_STREAM ? SPLITS_FROM : undefined;
}

function messageOf(core: Core, request: Request, file: OpenFile): SentMessage | undefined | number {
  const { message, bytes } = request;
  if (bytes === undefined && message === undefined) return undefined;
  // Control data goes with the first bytes alone.
  const length = request.done > 0 ? 0 : (message?.controlLength ?? 0);
  const family = file.socket?.family ?? 0;
  //= NET-81
  const compat = (request.opFlags & MSG_CMSG_COMPAT) !== 0;
  return outgoing(core, family, bytes, message?.controlAddress ?? 0, length, compat);
}

/** Hands on the descriptors that came. How many bytes of the control area are used. */
function takeControl(core: Core, request: Request, address: number, byteLength: number): number {
  const { received } = core;
  if (received.files.length === 0) return 0;
  const { opFlags } = request;
  const { used, truncated } = deliverFiles(core, received.files, address, byteLength, opFlags);
  received.files = NO_FILES;
  //= NET-78
  if (truncated) received.flags |= MSG_CTRUNC;
  return used;
}

//= NET-53, NET-54
/** Writes the name and the fields of the msghdr that tell what came. */
function tellHeader(core: Core, header: MessageHeader, flags: number, used: number): number {
  const compat = (flags & MSG_CMSG_COMPAT) !== 0;
  const { address, nameAddress } = header;
  if (nameAddress !== 0) {
    const lengthAddress = address + (compat ? COMPAT_NAMELEN : MSGHDR_NAMELEN);
    const error = tellName(core, core.received.name, nameAddress, lengthAddress);
    if (error < 0) return error;
  }
  const told = core.received.flags | (flags & MSG_CMSG_CLOEXEC);
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, told, true);
  const flagBytes = new Uint8Array(view.buffer, 0, 4);
  if (core.memory.write(address + (compat ? COMPAT_FLAGS : MSGHDR_FLAGS), flagBytes) !== 4) {
    return -EFAULT;
  }
  view.setUint32(0, used, true);
  const size = compat ? 4 : 8;
  const at = address + (compat ? COMPAT_CONTROLLEN : MSGHDR_CONTROLLEN);
  return core.memory.write(at, new Uint8Array(view.buffer, 0, size)) === size ? 0 : -EFAULT;
}

/**
 * Writes a name as accept(2) and recvmsg(2) do: its full length first, then as much of it as the
 * length that stood there has room for.
 */
export function tellName(
  core: Core,
  name: Uint8Array | undefined,
  address: number,
  lengthAddress: number,
): number {
  const { memory } = core;
  const length = readStruct(memory, lengthAddress, 4);
  if (length === undefined) return -EFAULT;
  const full = name?.length ?? 0;
  const room = Math.min(length.getInt32(0, true), full);
  if (room < 0) return -EINVAL;
  length.setInt32(0, full, true);
  if (memory.write(lengthAddress, new Uint8Array(length.buffer)) !== 4) return -EFAULT;
  if (name === undefined || room === 0) return 0;
  return memory.write(address, name.subarray(0, room)) === room ? 0 : -EFAULT;
}

//= NET-14, NET-48
/** Writes `struct io_uring_recvmsg_out`, and the name behind it. 0 or -EFAULT. */
function tellShot(
  core: Core,
  address: number,
  header: MessageHeader,
  payload: number,
  used: number,
): number {
  const { flags } = core.received;
  const name = header.nameLength > 0 ? core.received.name : undefined;
  const shown = Math.min(name?.length ?? 0, header.nameLength);
  const bytes = new Uint8Array(SHOT_HEADER + shown);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, name?.length ?? 0, true);
  view.setUint32(4, used, true);
  view.setUint32(8, payload, true);
  view.setUint32(12, flags, true);
  if (name !== undefined) bytes.set(name.subarray(0, shown), SHOT_HEADER);
  return core.memory.write(address, bytes) === bytes.length ? 0 : -EFAULT;
}
