/**
 * The descriptors that every program begins with: a closed set, in this order, from 0 on.
 *
 * Both sides make them in the same order, and a descriptor gets the lowest free number, so the
 * numbers are the same. The rings come last.
 */

export const PIPE_READ = 0;
export const PIPE_WRITE = 1;
/** A second pipe. */
export const OTHER_READ = 2;
export const OTHER_WRITE = 3;
/** A connected pair of AF_UNIX stream sockets. */
export const UNIX_ONE = 4;
export const UNIX_OTHER = 5;
/** "f", O_RDWR, with FILE_BYTES bytes. */
export const FILE = 6;
/** "r", O_RDONLY, with FILE_BYTES bytes. */
export const READ_ONLY_FILE = 7;
/** "d", an empty directory. */
export const DIRECTORY = 8;
/** A listening AF_INET stream socket at socket address 0. */
export const LISTENER = 9;
/** An AF_INET stream socket, neither bound nor connected. */
export const FRESH_SOCKET = 10;
/** /dev/null. */
export const NULL_DEVICE = 11;
/** An eventfd that counts 0, and an epoll set of nothing. */
export const EVENTFD = 12;
export const EPOLL = 13;
export const RING = 14;
/** The other ring, where a program has one. */
export const OTHER_RING = 15;

/** The lowest number that a program with one ring finds free. */
export const FIRST_FREE = 15;

/** RLIMIT_NOFILE of the program. */
export const DESCRIPTOR_LIMIT = 64;

export const FILE_BYTES = 100;
export const LISTEN_BACKLOG = 8;

/** The content of "f" and "r": no byte is 0. */
export function fileContent(): Uint8Array {
  return content.slice();
}

const content = Uint8Array.from({ length: FILE_BYTES }, (_, index) => 0xc0 + (index % 61));
