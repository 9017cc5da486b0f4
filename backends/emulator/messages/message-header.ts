/**
 * `struct msghdr` of SENDMSG and RECVMSG (recvmsg(2)), copied when the request is taken in; the
 * memory that it names for control data is looked at when the message is.
 */
import {
  IOVEC_SIZE,
  MSGHDR_CONTROL,
  MSGHDR_CONTROLLEN,
  MSGHDR_IOV,
  MSGHDR_IOVLEN,
  MSGHDR_NAME,
  MSGHDR_NAMELEN,
  MSGHDR_SIZE,
} from "../../../spec/abi/linux-structs.ts";
import { IOSQE_BUFFER_SELECT } from "../../../spec/abi/sqe.ts";
import { EFAULT, EINVAL, EMSGSIZE, EOVERFLOW } from "../../../spec/errno.ts";
import {
  inUserSpace,
  MAX_SOCKADDR,
  readSocketAddress,
  readRegisteredVectors,
  readStruct,
  readUnsigned,
  readVectors,
  totalLength,
} from "../issue/access.ts";
import type { Core } from "../core.ts";
import type { MessageHeader } from "../holdings.ts";
import { BIT_FIXED_BUFFER } from "../request-bits.ts";
import type { Request } from "../state.ts";

const MAX_VECTORS = 1024;
const INT_MAX = 0x7fffffff;
/** RECVMSG writes the last field, but neither reads it. */
const READ_SIZE = MSGHDR_CONTROLLEN + 8;
/** `struct io_uring_recvmsg_out`: what a multishot RECVMSG puts in front of each message. */
export const SHOT_HEADER = 16;

/**
 * Copies the msghdr at `address` and what it names: the vectors, and for a send the name.
 *
 * @returns 0, -EFAULT, -EINVAL, or -EMSGSIZE for more than 1024 vectors (NET-16, NET-52)
 */
export function takeHeader(core: Core, request: Request, address: number, sends: boolean): number {
  const { memory } = core;
  if (!inUserSpace(address, MSGHDR_SIZE)) return -EFAULT;
  //= NET-16
  const view = readStruct(memory, address, READ_SIZE);
  if (view === undefined) return -EFAULT;
  const nameAddress = readUnsigned(view, MSGHDR_NAME);
  const nameLength = view.getInt32(MSGHDR_NAMELEN, true);
  request.message = {
    address,
    nameAddress,
    nameLength,
    controlAddress: readUnsigned(view, MSGHDR_CONTROL),
    controlLength: readUnsigned(view, MSGHDR_CONTROLLEN),
  };
  //= NET-52
  if (nameAddress !== 0 && nameLength < 0) return -EINVAL;
  if (sends && nameAddress !== 0 && nameLength > 0) {
    const name = readSocketAddress(memory, nameAddress, Math.min(nameLength, MAX_SOCKADDR));
    if (typeof name === "number") return name;
    request.bytes = name;
  }
  const count = readUnsigned(view, MSGHDR_IOVLEN);
  //= NET-52
  if (count > MAX_VECTORS) return -EMSGSIZE;
  const vectors = readUnsigned(view, MSGHDR_IOV);
  if (request.bits & IOSQE_BUFFER_SELECT) return takeLimit(core, request, vectors, count);
  return takeVectors(core, request, vectors, count);
}

/**
 * Copies `count` vectors, those of a registered buffer as they are; their sum is the length of
 * the request. 0 or -errno.
 */
export function takeVectors(core: Core, request: Request, address: number, count: number): number {
  const read = request.bits & BIT_FIXED_BUFFER ? readRegisteredVectors : readVectors;
  const vectors = read(core.memory, address, count);
  if (typeof vectors === "number") return vectors;
  request.vectors = vectors;
  request.length = totalLength(vectors);
  return 0;
}

//= NET-51
/** The bytes in front of the payload of each shot, or -EOVERFLOW. */
export function shotOverhead(header: MessageHeader): number {
  if (header.nameLength < 0) return -EOVERFLOW;
  const overhead = SHOT_HEADER + header.nameLength + header.controlLength;
  return overhead > INT_MAX ? -EOVERFLOW : overhead;
}

/** Of a request that picks its buffer the only vector says no more than how much it takes. */
function takeLimit(core: Core, request: Request, address: number, count: number): number {
  request.wanted = 0;
  //= BUF-36
  if (count > 1) return -EINVAL;
  if (count === 0) return 0;
  const vector = readStruct(core.memory, address, IOVEC_SIZE);
  if (vector === undefined) return -EFAULT;
  const limit = vector.getUint32(8, true);
  request.wanted = limit > INT_MAX ? 0 : limit;
  return 0;
}
