/**
 * Options of the IP header (IP_OPTIONS of SOL_IP, RFC 791): whether Linux takes a list of them.
 *
 * Nothing looks at them afterwards: there are no packets here.
 */
import { EFAULT, EINVAL, EPERM } from "../../../../spec/errno.ts";
import type { ReadOption } from "./option-kinds.ts";

const LONGEST = 40;
const WORD = 4;

const END = 0;
const NOTHING = 1;
const RECORD_ROUTE = 7;
const TIMESTAMP = 68;
const LOOSE_ROUTE = 131;
const STRICT_ROUTE = 137;
const ROUTER_ALERT = 148;

/** How a timestamp option says what it holds: times, or addresses and times. */
const TIMES = 0;
const ADDRESSES_AND_TIMES = 1;
const TIMES_OF_ADDRESSES = 3;
const OVERFLOWN = 15;

/** Sets them. 0 or an errno. */
export function setHeaderOptions(length: number, read: ReadOption, privileged: boolean): number {
  if (length > LONGEST) return -EINVAL;
  const view = read(length);
  if (view === undefined) return -EFAULT;
  // Filled up to whole words, with END.
  const bytes = new Uint8Array(Math.ceil(length / WORD) * WORD);
  for (let i = 0; i < length; i++) bytes[i] = view.getUint8(i);
  const seen = new Set<number>();
  if (!isList(bytes, seen, privileged)) return -EINVAL;
  return seen.has(STRICT_ROUTE) && !privileged ? -EPERM : 0;
}

/** Whether each option is right. Notes the kinds in `seen`. */
function isList(bytes: Uint8Array, seen: Set<number>, privileged: boolean): boolean {
  for (let at = 0; at < bytes.length;) {
    const type = bytes[at] ?? END;
    // What is behind the end does not count.
    if (type === END) return true;
    if (type === NOTHING) {
      at += 1;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (length < 2 || at + length > bytes.length) return false;
    if (!isOption(bytes.subarray(at, at + length), seen, privileged)) return false;
    at += length;
  }
  return true;
}

/** Whether one option is right, and not there for the second time. */
function isOption(option: Uint8Array, seen: Set<number>, privileged: boolean): boolean {
  const [type = END, length = 0] = option;
  const kind = type === LOOSE_ROUTE ? STRICT_ROUTE : type;
  const again = seen.has(kind);
  seen.add(kind);
  switch (kind) {
    case STRICT_ROUTE:
      return !again && length >= 7 && option[2] === 4 && (length - 3) % WORD === 0;
    case RECORD_ROUTE:
      return !again && length >= 3 && hasRoom(option, 4, 3);
    case TIMESTAMP:
      return !again && length >= 4 && isTimestamp(option, privileged);
    case ROUTER_ALERT:
      return length >= 4;
    default:
      return privileged;
  }
}

/** Whether the pointer lies behind the option, or where `size` bytes more are in it. */
function hasRoom(option: Uint8Array, first: number, size: number): boolean {
  const pointer = option[2] ?? 0;
  return pointer >= first && (pointer > option.length || pointer + size <= option.length);
}

function isTimestamp(option: Uint8Array, privileged: boolean): boolean {
  const pointer = option[2] ?? 0;
  const what = (option[3] ?? 0) & 15;
  if (!hasRoom(option, 5, 3)) return false;
  if (pointer > option.length) {
    return what === TIMES_OF_ADDRESSES || (option[3] ?? 0) >> 4 !== OVERFLOWN;
  }
  if (what === TIMES) return true;
  if (what !== ADDRESSES_AND_TIMES && what !== TIMES_OF_ADDRESSES) return privileged;
  return hasRoom(option, 5, 7);
}
