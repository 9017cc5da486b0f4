/**
 * The files of the model: a byte that can always be read, and a pipe into which bytes fall.
 *
 * They keep no reference counts: nobody closes them, and a search that goes back to an earlier
 * state must not have to count again.
 */
import { EAGAIN } from "../../spec/errno.ts";
import { O_RDONLY, POLLIN, POLLOUT, POLLRDNORM } from "../../spec/abi/linux.ts";
import type { Deliver } from "../../backends/emulator/host/host.ts";
import { OpenDescription } from "../../backends/sim/files/open-file.ts";
import type { Inode } from "../../backends/sim/files/inode.ts";

const NOWHERE: Inode = {
  type: "anonymous",
  number: 1,
  mode: 0o600,
  links: 1,
  accessed: 0,
  modified: 0,
  changed: 0,
  born: 0,
  fileSystem: 0,
  extended: undefined,
};
const BYTE = new Uint8Array(1);

abstract class ModelFile extends OpenDescription {
  constructor() {
    super(NOWHERE, O_RDONLY);
  }
  override retain(): void {}
  override release(): void {}
}

/** A regular file of one byte: it never waits. */
export class OneByte extends ModelFile {
  readonly kind = "regular";
  readonly pollable = false;

  poll(): number {
    return POLLIN | POLLOUT;
  }
  override read(_length: number, position: number, deliver: Deliver): number {
    return position === 0 ? deliver(BYTE) : 0;
  }
}

/** The reading end of a pipe. */
export class ModelPipe extends ModelFile {
  readonly kind = "pipe";
  readonly pollable = true;
  /** Bytes in it. */
  bytes = 0;
  /** Wake-ups of those who wait for it. */
  wakes = 0;

  poll(): number {
    return this.bytes > 0 ? POLLIN | POLLRDNORM : 0;
  }
  override wakeups(): number {
    return this.wakes;
  }
  override wakeup(): number {
    return POLLIN | POLLRDNORM;
  }
  override read(_length: number, _position: number, deliver: Deliver): number {
    if (this.bytes === 0) return -EAGAIN;
    const taken = deliver(BYTE);
    this.bytes -= taken;
    return taken;
  }
  /** A byte arrives. */
  feed(): void {
    this.bytes += 1;
    this.wakes += 1;
  }
}
