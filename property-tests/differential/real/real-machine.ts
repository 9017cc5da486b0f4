/** A program's machine on the real kernel: this thread, its descriptors and its folder. */
import {
  AF_INET,
  AF_UNIX,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  O_DIRECTORY,
  O_RDONLY,
  O_RDWR,
  POLLIN,
  POLLOUT,
  SOCK_STREAM,
} from "../../../spec/abi/linux.ts";
import { EAGAIN, EBADF, ENOTSOCK } from "../../../spec/errno.ts";
import { NAMES, nameAt, pathAt, PATHS, SOCKET_ADDRESSES, socketAddressBytes } from "../arena.ts";
import * as fixtures from "../fixtures.ts";
import { setWord } from "../encode.ts";
import type { Machine } from "../machine.ts";
import type { HarnessDescriptors } from "./containment.ts";
import type { Place, Places } from "./places.ts";
import { must, type System } from "./system.ts";

const F_DUPFD = 0;
const F_GETFD = 1;
/** Programs see no number beyond this. */
const DESCRIPTORS = fixtures.DESCRIPTOR_LIMIT;

/** For how long its descriptors may be held, in milliseconds; how often to look, in nanoseconds. */
const PATIENCE = 100;
const LOOK = 100_000;

/** What the program before left running has got in the way: the child is of no use any more. */
export class SpoiledMachine extends Error {}

export class RealMachine implements Machine {
  readonly arena: Uint8Array;
  readonly #system: System;
  readonly #places: Places;
  readonly #harness: HarnessDescriptors;
  /** What is mapped of rings. */
  readonly #rings: Place[] = [];

  constructor(system: System, places: Places, harness: HarnessDescriptors) {
    this.#system = system;
    this.#places = places;
    this.#harness = harness;
    this.arena = places.arena;
  }

  /** Makes the fixtures, and the arena as run number `run` finds it. The folder is renewed. */
  begin(run: number): void {
    this.#freeNumbers();
    this.#places.fill(run);
    this.#forgetAttributes();
    const { bytes, address } = this.#places.small;
    const system = this.#system;
    must("pipe2", system.pipe2(address, 0));
    must("pipe2", system.pipe2(address, 0));
    must("socketpair", system.socketpair(AF_UNIX, SOCK_STREAM, 0, address));
    this.#open("f", O_RDWR);
    this.#open("r", O_RDONLY);
    this.#open("d", O_RDONLY | O_DIRECTORY);
    const listener = must("socket", system.socket(AF_INET, SOCK_STREAM, 0));
    const [first] = SOCKET_ADDRESSES;
    if (first === undefined) throw new Error("no socket address");
    const name = socketAddressBytes(first, run);
    bytes.set(name);
    must("bind", system.bind(listener, address, name.length));
    must("listen", system.listen(listener, fixtures.LISTEN_BACKLOG));
    must("socket", system.socket(AF_INET, SOCK_STREAM, 0));
    const last = must("dup", system.fcntl(this.#harness.nullDevice, F_DUPFD, 0));
    if (last !== fixtures.NULL_DEVICE) throw new SpoiledMachine(`/dev/null is descriptor ${last}`);
    must("eventfd", system.eventfd(0, 0));
    must("epoll_create1", system.epollCreate(0));
  }

  /**
   * A worker of the program before may still be about to notice that it is over: until then it may
   * hold the number of a descriptor that it was to make.
   */
  #freeNumbers(): void {
    const deadline = performance.now() + PATIENCE;
    for (let fd = 0; fd < DESCRIPTORS; fd++) {
      while (this.#system.dup2(this.#harness.nullDevice, fd) < 0) {
        if (performance.now() > deadline) throw new SpoiledMachine(`descriptor ${fd} is held`);
        this.awaitCompletion([], LOOK);
      }
    }
    must("close_range", this.#system.closeRange(0, DESCRIPTORS - 1, 0));
  }

  /** The folder itself is not renewed, and may have attributes from the program before. */
  #forgetAttributes(): void {
    const folder = pathAt(PATHS.indexOf("."));
    NAMES.forEach((_, index) => this.#system.removexattr(folder, nameAt(index)));
  }

  /** The open descriptors of the program, in order. */
  descriptors(): number[] {
    const open: number[] = [];
    for (let fd = 0; fd < DESCRIPTORS; fd++) {
      if (this.#system.fcntl(fd, F_GETFD, 0) >= 0) open.push(fd);
    }
    return open;
  }

  /** Closes everything that the program has, or could have. */
  end(): void {
    for (const place of this.#rings.splice(0)) this.#places.unmapRing(place);
    must("close_range", this.#system.closeRange(0, DESCRIPTORS - 1, 0));
  }

  mapRing(fd: number, offset: number, byteLength: number): DataView {
    const place = this.#places.mapRing(fd, offset, byteLength);
    this.#rings.push(place);
    return new DataView(place.bytes.buffer, place.bytes.byteOffset, byteLength);
  }

  setup(entries: number, paramsAddress: number): number {
    return this.#system.setup(entries, paramsAddress);
  }

  enter(
    fd: number,
    toSubmit: number,
    minComplete: number,
    flags: number,
    arg: number,
    size: number,
  ): number {
    return this.#system.enter(fd, toSubmit, minComplete, flags, arg, size);
  }

  register(fd: number, opcode: number, address: number, count: number): number {
    return this.#system.register(fd, opcode, address, count);
  }

  write(fd: number, address: number, length: number): number {
    if (fd < 0) return -EBADF;
    const sent = this.#system.send(fd, address, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent !== -ENOTSOCK) return sent;
    return this.poll(fd, POLLOUT) ? this.#system.write(fd, address, length) : -EAGAIN;
  }

  read(fd: number, address: number, length: number): number {
    if (fd < 0) return -EBADF;
    const received = this.#system.recv(fd, address, length, MSG_DONTWAIT);
    if (received !== -ENOTSOCK) return received;
    return this.poll(fd, POLLIN) ? this.#system.read(fd, address, length) : -EAGAIN;
  }

  poll(fd: number, events: number): boolean {
    const { bytes, address } = this.#places.small;
    const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
    view.setInt32(0, fd, true);
    view.setUint32(4, events, true); // and revents, cleared
    return this.#system.poll(address, 1, 0) > 0;
  }

  close(fd: number): number {
    return this.#system.close(fd);
  }

  /** A call that does nothing: the thread does its task work on the way back. */
  passKernel(): void {
    this.#system.close(-1);
  }

  /** Waits until a ring has something to read, for so many nanoseconds at most. */
  awaitCompletion(rings: readonly number[], nanoseconds: number): void {
    const { bytes, address } = this.#places.small;
    const view = new DataView(bytes.buffer, bytes.byteOffset, 32);
    rings.forEach((fd, index) => {
      view.setInt32(8 * index, fd, true);
      view.setUint32(8 * index + 4, POLLIN, true); // and revents, cleared
    });
    const timeout = 8 * rings.length;
    setWord(view, timeout, 0);
    setWord(view, timeout + 8, Math.min(nanoseconds, 999_999_999));
    this.#system.ppoll(address, rings.length, address + timeout, 0);
  }

  #open(path: string, flags: number): void {
    const { bytes, address } = this.#places.small;
    bytes.set(new TextEncoder().encode(`${path}\0`));
    must("open", this.#system.open(address, flags, 0));
  }
}
