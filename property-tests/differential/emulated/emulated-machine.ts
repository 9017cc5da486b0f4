/** A program's machine on the emulator: a world that only this run has. */
import type { Host } from "../../../backends/emulator/core.ts";
import type { Capability } from "../../../backends/emulator/host/host.ts";
import { Kernel } from "../../../backends/emulator/kernel.ts";
import { SimFiles } from "../../../backends/sim/files/index.ts";
import {
  AF_INET,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_NOFOLLOW,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  O_DIRECTORY,
  O_RDONLY,
  O_RDWR,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  SOCK_STREAM,
  STATX_BASIC_STATS,
} from "../../../spec/abi/linux.ts";
import { EAGAIN, EBADF } from "../../../spec/errno.ts";
import { SOCKET_ADDRESSES, socketAddressBytes } from "../arena.ts";
import * as fixtures from "../fixtures.ts";
import type { Machine } from "../machine.ts";
import { type FileTrace, isNoText } from "../trace.ts";
import { ArenaMemory } from "./arena-memory.ts";

const utf8 = new TextEncoder();
/** What the simulated root directory has of itself: that of a program has none of it. */
const FOLDERS = ["/dev", "/tmp"];
const DEVICES = ["/dev/null", "/dev/zero"];
const CONTENT_BYTES_MAX = 0x1_0000;
const STATX_MODE = 28;
const STATX_SIZE = 40;

/** What of a host the replay provides. */
export type Surroundings = Pick<Host, "clock" | "decider" | "block" | "meanwhile" | "kernel">;

/** As real/containment.ts leaves the child. */
const capable = (capability: Capability): boolean => capability === "CAP_SYS_NICE";

export class EmulatedMachine implements Machine {
  readonly arena: Uint8Array;
  readonly kernel: Kernel;
  readonly files: SimFiles;
  readonly #memory: ArenaMemory;

  constructor(run: number, surroundings: Surroundings) {
    this.#memory = new ArenaMemory(run);
    this.arena = this.#memory.bytes;
    this.files = new SimFiles({
      clock: surroundings.clock,
      capable,
      firstDescriptor: 0,
      descriptorLimit: fixtures.DESCRIPTOR_LIMIT,
    });
    const { files } = this;
    const memory = this.#memory;
    const host: Host = { ...surroundings, memory, files, capable, poison: false, recycles: false };
    this.kernel = new Kernel(host);
    this.#makeFixtures(run);
  }

  setup(entries: number, paramsAddress: number): number {
    return this.kernel.setup(entries, paramsAddress);
  }

  mapRing(fd: number, offset: number, byteLength: number): DataView {
    const memory = this.kernel.mapRing(fd, offset, byteLength);
    if (typeof memory === "number") throw new Error(`no ring memory: ${memory}`);
    return new DataView(memory);
  }

  enter(
    fd: number,
    toSubmit: number,
    minComplete: number,
    flags: number,
    arg: number,
    size: number,
  ): number {
    return this.kernel.enter(fd, toSubmit, minComplete, flags, arg, size);
  }

  register(fd: number, opcode: number, address: number, count: number): number {
    return this.kernel.register(fd, opcode, address, count);
  }

  write(fd: number, address: number, length: number): number {
    const file = this.files.get(fd);
    if (file === undefined) return -EBADF;
    let at = address;
    const fetch = (into: Uint8Array): number => {
      const count = this.#memory.read(at, into);
      at += count;
      return count;
    };
    if (file.kind === "socket") return file.send(length, MSG_DONTWAIT | MSG_NOSIGNAL, fetch);
    return this.poll(fd, POLLOUT) ? file.write(length, -1, fetch) : -EAGAIN;
  }

  read(fd: number, address: number, length: number): number {
    const file = this.files.get(fd);
    if (file === undefined) return -EBADF;
    let at = address;
    const deliver = (bytes: Uint8Array): number => {
      const count = this.#memory.write(at, bytes);
      at += count;
      return count;
    };
    if (file.kind === "socket") return file.recv(length, MSG_DONTWAIT, deliver);
    return this.poll(fd, POLLIN) ? file.read(length, -1, deliver) : -EAGAIN;
  }

  poll(fd: number, events: number): boolean {
    const file = this.files.get(fd);
    const seen = file?.poll() ?? 0;
    this.kernel.leaveCall();
    return (seen & (events | POLLERR | POLLHUP | POLLNVAL)) !== 0;
  }

  close(fd: number): number {
    return this.files.close(fd);
  }

  descriptors(): number[] {
    return this.files.openDescriptors();
  }

  /** Everything in the folder, as `listFolder` of the real side shows it. */
  listFolder(folder = ""): FileTrace[] {
    return this.files
      .readDirectory(folder === "" ? "/" : folder)
      .map((name) => `${folder}/${name}`)
      .flatMap((path) => this.#describe(path));
  }

  #describe(path: string): FileTrace[] {
    if (isNoText(path)) return [{ path, content: "", size: 0 }];
    const into = new Uint8Array(256);
    this.files.statx(AT_FDCWD, utf8.encode(path), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, into);
    const view = new DataView(into.buffer);
    const type = view.getUint16(STATX_MODE, true) & S_IFMT;
    const mode = (view.getUint16(STATX_MODE, true) & 0o7777).toString(8);
    const size = Number(view.getBigUint64(STATX_SIZE, true));
    if (type === S_IFDIR) {
      return [{ path, content: `directory ${mode}`, size: 0 }, ...this.listFolder(path)];
    }
    if (type === S_IFLNK) return [{ path, content: "link", size: 0 }];
    if (type !== S_IFREG) return [{ path, content: `other ${mode}`, size: 0 }];
    const content = size > CONTENT_BYTES_MAX ? "long" : base64(this.files.readFile(path));
    return [{ path, content: `file ${mode} ${content}`, size }];
  }

  #makeFixtures(run: number): void {
    const { files } = this;
    files.makePipe();
    files.makePipe();
    files.makeSocketPair();
    files.writeFile("/f", fixtures.fileContent());
    files.writeFile("/r", fixtures.fileContent());
    files.mkdirp("/d");
    this.#open("f", O_RDWR);
    this.#open("r", O_RDONLY);
    this.#open("d", O_RDONLY | O_DIRECTORY);
    const listener = this.#socket();
    const [first] = SOCKET_ADDRESSES;
    if (first === undefined) throw new Error("no socket address");
    listener.bind(socketAddressBytes(first, run));
    listener.listen(fixtures.LISTEN_BACKLOG);
    this.#socket();
    const last = this.#open("/dev/null", O_RDWR);
    if (last !== fixtures.NULL_DEVICE) throw new Error(`/dev/null is descriptor ${last}`);
    files.makeEventfd();
    files.makeEpoll();
    for (const path of DEVICES) this.#remove(path, 0);
    for (const path of FOLDERS) this.#remove(path, AT_REMOVEDIR);
  }

  #remove(path: string, flags: number): void {
    const result = this.files.unlink(AT_FDCWD, utf8.encode(path), flags);
    if (result < 0) throw new Error(`unlink ${path}: ${result}`);
  }

  #open(path: string, flags: number): number {
    const file = this.files.open(AT_FDCWD, utf8.encode(path), flags, 0);
    if (typeof file === "number") throw new Error(`open ${path}: ${file}`);
    return this.files.install(file, false);
  }

  #socket(): Exclude<ReturnType<SimFiles["socket"]>, number> {
    const file = this.files.socket(AF_INET, SOCK_STREAM, 0);
    if (typeof file === "number") throw new Error(`socket: ${file}`);
    this.files.install(file, false);
    return file;
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
