/** Open file descriptions: what every kind of file has in common. */
import { EBADF } from "../../../spec/errno.ts";
import { O_PATH, POLLNVAL } from "../../../spec/abi/linux.ts";
import { PlainFile } from "../../emulator/host/plain-file.ts";
import type { Inode } from "./inode.ts";

/** Most bytes that one read or write moves (MAX_RW_COUNT of Linux). */
export const MAX_TRANSFER = 0x7fff_f000;

/**
 * The base of every open file of the simulated kernel.
 *
 * Counts references: made with one, which belongs to whoever asked for it.
 */
export abstract class OpenDescription extends PlainFile {
  /** What open(2), pipe(2), socket(2) or accept(2) was given, without what acts only then. */
  flags: number;
  readonly inode: Inode;
  #references = 1;

  constructor(inode: Inode, flags: number) {
    super();
    this.inode = inode;
    this.flags = flags;
  }

  get isReleased(): boolean {
    return this.#references === 0;
  }

  retain(): void {
    if (this.#references === 0) throw new Error(`a closed ${this.kind} is retained`);
    this.#references += 1;
  }

  release(): void {
    if (this.#references === 0) throw new Error(`a closed ${this.kind} is released`);
    this.#references -= 1;
    if (this.#references === 0) this.onClosed();
  }

  /** The last reference is gone. */
  protected onClosed(): void {}

  unread(): number {
    return -1;
  }

  /** What it consists of, for whoever compares states. */
  override parts(): readonly unknown[] {
    return [...super.parts(), this.#references];
  }
}

/**
 * What O_PATH opens: a place in the tree, good for path calls relative to it and for
 * statx. Everything else is EBADF, socket calls included (open(2), RW-4).
 */
export class PathFile extends OpenDescription {
  readonly kind = "other";
  readonly pollable = false;

  constructor(inode: Inode, flags: number) {
    super(inode, flags | O_PATH);
  }

  poll(): number {
    return POLLNVAL;
  }

  override read(): number {
    return -EBADF;
  }

  override write(): number {
    return -EBADF;
  }

  override fsync(): number {
    return -EBADF;
  }

  override truncate(): number {
    return -EBADF;
  }

  override bind(): number {
    return -EBADF;
  }

  override listen(): number {
    return -EBADF;
  }

  override connect(): number {
    return -EBADF;
  }

  override accept(): number {
    return -EBADF;
  }

  override send(): number {
    return -EBADF;
  }

  override recv(): number {
    return -EBADF;
  }

  override shutdown(): number {
    return -EBADF;
  }
}
