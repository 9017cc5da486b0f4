/** What a file answers to calls that are not for it. */
import { EINVAL, ENOTSOCK } from "../../../spec/errno.ts";
import type { Deliver, Fetch, OpenFile, ReceivedMessage, SentMessage } from "./open-file.ts";

/**
 * A file that can be polled and nothing else: as Linux answers for a file without that operation.
 * Each kind of file overrides what it can do.
 */
export abstract class PlainFile implements OpenFile {
  abstract readonly kind: OpenFile["kind"];
  abstract readonly flags: number;
  abstract readonly pollable: boolean;

  abstract poll(): number;
  abstract retain(): void;
  abstract release(): void;

  wakeups(): number {
    return 0;
  }

  wakeup(_n: number): number {
    return 0;
  }

  read(_length: number, _position: number, _deliver: Deliver): number {
    return -EINVAL;
  }

  write(_length: number, _position: number, _fetch: Fetch, _end?: boolean): number {
    return -EINVAL;
  }

  fsync(_datasync: boolean, _offset: number, _length: number): number {
    return -EINVAL;
  }

  truncate(_length: number): number {
    return -EINVAL;
  }

  bind(_address: Uint8Array): number {
    return -ENOTSOCK;
  }

  listen(_backlog: number): number {
    return -ENOTSOCK;
  }

  connect(_address: Uint8Array): number {
    return -ENOTSOCK;
  }

  accept(_flags: number): { file: OpenFile; peer: Uint8Array } | number {
    return -ENOTSOCK;
  }

  send(_length: number, _flags: number, _fetch: Fetch, _message?: SentMessage): number {
    return -ENOTSOCK;
  }

  recv(_length: number, _flags: number, _deliver: Deliver, _message?: ReceivedMessage): number {
    return -ENOTSOCK;
  }

  shutdown(_how: number): number {
    return -ENOTSOCK;
  }

  /** What it consists of, for whoever compares states. */
  parts(): readonly unknown[] {
    return [];
  }
}
