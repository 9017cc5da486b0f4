/** SQEs on registered files and on other rings. A slot is written as its number, from 0 on. */
import {
  IORING_OP_CLOSE,
  IORING_OP_FILES_UPDATE,
  IORING_OP_FIXED_FD_INSTALL,
  IORING_OP_MSG_RING,
} from "../../../spec/abi/opcodes.ts";
import {
  IORING_FILE_INDEX_ALLOC,
  IORING_MSG_DATA,
  IORING_MSG_SEND_FD,
  IOSQE_FIXED_FILE,
  SQE_ADDR3,
  SQE_SPLICE_FD_IN,
} from "../../../spec/abi/sqe.ts";
import { encodeEntry } from "../../../src/queue/index.ts";
import { flagged, set32, type Entry } from "./entries.ts";

/** The entry's fd is the number of a slot. */
export function fixed(entry: Entry): Entry {
  return flagged(IOSQE_FIXED_FILE, entry);
}

/** The file that the entry makes goes into this slot. */
export function intoSlot(slot: number, entry: Entry): Entry {
  return set32(SQE_SPLICE_FD_IN, slot + 1, entry);
}

/** The file that the entry makes goes into a slot that the kernel picks. */
export function intoAnySlot(entry: Entry): Entry {
  return set32(SQE_SPLICE_FD_IN, IORING_FILE_INDEX_ALLOC, entry);
}

/** CLOSE of a slot. */
export function closeSlot(slot: number): Entry {
  return intoSlot(slot, (sqes, at) => encodeEntry(sqes, at, IORING_OP_CLOSE, 0, 0, 0, 0, 0));
}

/** FILES_UPDATE with the `count` descriptors at `address`, from slot `offset` on. */
export function filesUpdate(address: number, count: number, offset = 0): Entry {
  return (sqes, at) => encodeEntry(sqes, at, IORING_OP_FILES_UPDATE, 0, offset, address, count, 0);
}

/** FIXED_FD_INSTALL; needs `fixed` around it. */
export function installFd(slot: number, flags = 0): Entry {
  return (sqes, at) => encodeEntry(sqes, at, IORING_OP_FIXED_FD_INSTALL, slot, 0, 0, 0, flags);
}

/** MSG_RING of data: a CQE with this user_data and result on the ring `fd`. */
export function message(fd: number, userData: number, result = 0, flags = 0): Entry {
  return (sqes, at) =>
    encodeEntry(sqes, at, IORING_OP_MSG_RING, fd, userData, IORING_MSG_DATA, result, flags);
}

/** MSG_RING that sends the file in slot `source`; needs `intoSlot` or `intoAnySlot` around it. */
export function sendSlot(fd: number, source: number, userData = 0, flags = 0): Entry {
  return (sqes, at) => {
    encodeEntry(sqes, at, IORING_OP_MSG_RING, fd, userData, IORING_MSG_SEND_FD, 0, flags);
    sqes.setUint32(at + SQE_ADDR3, source, true);
  };
}
