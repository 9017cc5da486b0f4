import { describe, expect, it } from "vitest";
import {
  AF_INET,
  AF_UNIX,
  SO_ACCEPTCONN,
  SO_ERROR,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_SNDBUF,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  SOL_TCP,
} from "../../../../spec/abi/linux.ts";
import {
  ECONNREFUSED,
  EDOM,
  EFAULT,
  EINVAL,
  ENODEV,
  ENOPROTOOPT,
  ENOTCONN,
  EOPNOTSUPP,
  EPERM,
} from "../../../../spec/errno.ts";
import type { ReadOption } from "./option-kinds.ts";
import { type OptionSubject, SocketOptions } from "./options.ts";

const SO_BINDTODEVICE = 25;
const SO_PEERNAME = 28;
const SO_RCVTIMEO = 20;
const SO_LOCK_FILTER = 44;

/** A socket of this family and type, of which only the options are looked at. */
class Subject implements OptionSubject {
  readonly family: number;
  readonly type: number;
  isClosed = true;
  mayAdminister = true;
  readonly changed: (readonly [number, readonly number[]])[] = [];
  peer: Uint8Array | undefined;
  errno = 0;

  constructor(family = AF_INET, type = SOCK_STREAM) {
    this.family = family;
    this.type = type;
  }

  isOpen(fd: number): boolean {
    return fd === 0;
  }

  fixedOption(option: number): readonly number[] | undefined {
    if (option === SO_TYPE) return [this.type];
    return option === SO_ACCEPTCONN ? [0] : undefined;
  }

  takeErrno(): number {
    const { errno } = this;
    this.errno = 0;
    return errno;
  }

  peerName(): Uint8Array | undefined {
    return this.peer;
  }

  optionChanged(option: number, words: readonly number[]): void {
    this.changed.push([option, words]);
  }
}

/** Memory that holds these words and nothing else. */
function memory(...words: readonly number[]): ReadOption {
  const { buffer } = Int32Array.from(words);
  return (byteLength) =>
    byteLength <= buffer.byteLength ? new DataView(buffer, 0, byteLength) : undefined;
}

function words(value: Uint8Array | number): readonly number[] | number {
  return typeof value === "number" ? value : [...new Int32Array(value.slice().buffer)];
}

const nowhere: ReadOption = () => undefined;

describe("options of a socket", () => {
  it("are told as they were set", () => {
    const subject = new Subject();
    const options = new SocketOptions(subject);
    expect(words(options.get(SO_KEEPALIVE, 4))).toEqual([0]);

    expect(options.set(SOL_SOCKET, SO_KEEPALIVE, 4, memory(9))).toBe(0);
    expect(options.set(SOL_SOCKET, SO_LINGER, 8, memory(1, 30))).toBe(0);

    expect(words(options.get(SO_KEEPALIVE, 4))).toEqual([1]);
    expect(words(options.get(SO_LINGER, 8))).toEqual([1, 30]);
    expect(subject.changed).toEqual([
      [SO_KEEPALIVE, [1]],
      [SO_LINGER, [1, 30]],
    ]);
  });

  it("are cut to the length that is asked for, which is not negative", () => {
    const options = new SocketOptions(new Subject());

    expect(options.get(SO_TYPE, 2)).toEqual(Uint8Array.of(SOCK_STREAM, 0));
    expect(options.get(SO_TYPE, 100)).toHaveLength(4);
    expect(options.get(SO_TYPE, 0)).toHaveLength(0);
    expect(options.get(SO_TYPE, -1)).toBe(-EINVAL);
  });

  it.each<[string, number, number, ReadOption, number]>([
    ["an option that nobody knows", 999, 4, memory(1), -ENOPROTOOPT],
    ["one that can only be read", SO_TYPE, 4, memory(1), -ENOPROTOOPT],
    ["too short a value", SO_KEEPALIVE, 3, memory(1), -EINVAL],
    ["a negative length", SO_KEEPALIVE, -1, memory(1), -EINVAL],
    ["half a linger", SO_LINGER, 4, memory(1), -EINVAL],
    ["memory that is not there", SO_KEEPALIVE, 4, nowhere, -EFAULT],
    ["more microseconds than a second has", SO_RCVTIMEO, 16, memory(0, 0, 1e6, 0), -EDOM],
    ["a device that is not there", SO_BINDTODEVICE, 4, memory(0x30687465), -ENODEV],
  ])("refuse %s", (_name, option, length, read, expected) => {
    expect(new SocketOptions(new Subject()).set(SOL_SOCKET, option, length, read)).toBe(expected);
  });

  it("know buffer sizes twice as large as they were asked for, within limits", () => {
    const subject = new Subject();
    const options = new SocketOptions(subject);

    for (const size of [20_000, 1, -1]) options.set(SOL_SOCKET, SO_SNDBUF, 4, memory(size));
    options.set(SOL_SOCKET, SO_RCVBUF, 4, memory(0));

    expect(subject.changed.map(([, [size]]) => size)).toEqual([40_000, 4608, 8_388_608, 2304]);
  });

  it("tell of an error once", () => {
    const subject = new Subject();
    subject.errno = ECONNREFUSED;
    const options = new SocketOptions(subject);

    expect([words(options.get(SO_ERROR, 4)), words(options.get(SO_ERROR, 4))]).toEqual([
      [ECONNREFUSED],
      [0],
    ]);
  });

  it("tell the peer's name whole, or not at all", () => {
    const subject = new Subject();
    const options = new SocketOptions(subject);
    expect(options.get(SO_PEERNAME, 16)).toBe(-ENOTCONN);

    subject.peer = Uint8Array.of(2, 0, 3);

    expect(options.get(SO_PEERNAME, 2)).toEqual(Uint8Array.of(2, 0));
    expect(options.get(SO_PEERNAME, 16)).toBe(-EINVAL);
  });

  it("stay locked once a filter is", () => {
    const options = new SocketOptions(new Subject());
    options.set(SOL_SOCKET, SO_LOCK_FILTER, 4, memory(1));

    expect(options.set(SOL_SOCKET, SO_LOCK_FILTER, 4, memory(0))).toBe(-EPERM);
  });

  it("pass to the connections of a listener", () => {
    const listener = new SocketOptions(new Subject());
    listener.set(SOL_SOCKET, SO_REUSEADDR, 4, memory(1));
    const subject = new Subject();
    const accepted = new SocketOptions(subject);

    accepted.inherit(listener);

    expect(words(accepted.get(SO_REUSEADDR, 4))).toEqual([1]);
    expect(subject.changed).toEqual([[SO_REUSEADDR, [1]]]);
  });
});

describe("options of protocols", () => {
  const TCP_NODELAY = 1;
  const TCP_KEEPIDLE = 4;
  const TCP_CONGESTION = 13;
  const IP_TTL = 2;
  const set = (subject: Subject, level: number, option: number, value: number): number =>
    new SocketOptions(subject).set(level, option, 4, memory(value));

  it("are for sockets of that protocol", () => {
    expect(set(new Subject(), SOL_TCP, TCP_NODELAY, 1)).toBe(0);
    expect(set(new Subject(AF_INET, SOCK_DGRAM), SOL_TCP, TCP_NODELAY, 1)).toBe(-ENOPROTOOPT);
    expect(set(new Subject(AF_UNIX), SOL_TCP, TCP_NODELAY, 1)).toBe(-EOPNOTSUPP);
    expect(set(new Subject(), 999, TCP_NODELAY, 1)).toBe(-ENOPROTOOPT);
  });

  it("have ranges", () => {
    expect(set(new Subject(), SOL_TCP, TCP_KEEPIDLE, 32_767)).toBe(0);
    expect(set(new Subject(), SOL_TCP, TCP_KEEPIDLE, 32_768)).toBe(-EINVAL);
    expect(set(new Subject(), 0, IP_TTL, 255)).toBe(0);
    expect(set(new Subject(), 0, IP_TTL, 256)).toBe(-EINVAL);
  });

  it("know no congestion control by name", () => {
    const options = new SocketOptions(new Subject());

    expect(options.set(SOL_TCP, TCP_CONGESTION, 0, nowhere)).toBe(-EINVAL);
    expect(options.set(SOL_TCP, TCP_CONGESTION, 4, nowhere)).toBe(-EFAULT);
  });
});
