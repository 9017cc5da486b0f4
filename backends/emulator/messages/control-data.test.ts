import { describe, expect, it } from "vitest";
import { MSGHDR_SIZE } from "../../../spec/abi/linux-structs.ts";
import { MSG_CTRUNC, SCM_RIGHTS, SOL_SOCKET } from "../../../spec/abi/linux.ts";
import * as op from "../../../spec/abi/opcodes.ts";
import { EBADF, EFAULT, EINVAL, ENOBUFS } from "../../../spec/errno.ts";
import { setU64 } from "../../../src/queue/index.ts";
import { Machine, UNMAPPED } from "../testing/machine.ts";

const MSG_CMSG_COMPAT = 0x80000000;

/** Two connected sockets, and messages of one byte between them. */
class Pair {
  readonly machine: Machine = new Machine();
  readonly sender: number;
  readonly receiver: number;

  constructor() {
    const { left, right } = this.machine.files.makeSocketPair();
    this.sender = left;
    this.receiver = right;
  }

  #header(control: number, length: number): DataView & { address?: number } {
    const header = this.machine.region(MSGHDR_SIZE);
    const vector = this.machine.region(16);
    setU64(new DataView(vector.buffer), 0, this.machine.region(1).address);
    setU64(new DataView(vector.buffer), 8, 1);
    const view = new DataView(header.buffer, 0, MSGHDR_SIZE);
    setU64(view, 16, vector.address);
    setU64(view, 24, 1);
    setU64(view, 32, control);
    setU64(view, 40, length);
    return Object.assign(view, { address: header.address });
  }

  /** Sends with the control data at an address. */
  sendAt(control: number, length: number, opFlags = 0): number | undefined {
    const { address: addr = 0 } = this.#header(control, length);
    return this.machine.run(op.IORING_OP_SENDMSG, { fd: this.sender, addr, opFlags });
  }

  /** Sends with these words as control data. */
  send(words: readonly number[], opFlags = 0): number | undefined {
    const { address } = this.machine.region(new Uint8Array(Int32Array.from(words).buffer));
    return this.sendAt(address, words.length * 4, opFlags);
  }

  /** Receives with room for control data at an address: msg_controllen and msg_flags. */
  receive(control: number, length: number): readonly [number, number] {
    const view = this.#header(control, length);
    const addr = view.address ?? 0;
    expect(this.machine.run(op.IORING_OP_RECVMSG, { fd: this.receiver, addr })).toBe(1);
    return [view.getUint32(40, true), view.getUint32(48, true)];
  }
}

/** SCM_RIGHTS with these descriptors, in words. */
function rights(...fds: readonly number[]): readonly number[] {
  const length = 16 + 4 * fds.length;
  return [length, 0, SOL_SOCKET, SCM_RIGHTS, ...fds, ...(fds.length % 2 === 1 ? [0] : [])];
}

describe("control data", () => {
  it("brings descriptors to the other side", () => {
    const pair = new Pair();
    const { files } = pair.machine;
    const fd = files.makeEventfd();
    const { address, buffer } = pair.machine.region(24);

    expect(pair.send(rights(fd))).toBe(1);
    expect(pair.receive(address, 24)).toEqual([24, 0]);

    const [, , , , received = -1] = new Int32Array(buffer, 0, 5);
    expect(received).not.toBe(fd);
    expect(files.get(received)).toBe(files.get(fd));
  });

  it("closes descriptors for which there is no room, or no memory", () => {
    const pair = new Pair();
    const { files } = pair.machine;
    const fd = files.makeEventfd();
    const { address } = pair.machine.region(24);
    const open = files.openDescriptors().length;

    for (const [area, length, used] of [
      [address, 15, 0],
      [UNMAPPED, 24, 0],
      [0, 24, 0],
    ] as const) {
      expect(pair.send(rights(fd))).toBe(1);
      expect(pair.receive(area, length)).toEqual([used, MSG_CTRUNC]);
    }

    expect(files.openDescriptors().length).toBe(open);
    files.close(fd);
    expect(files.get(fd)).toBeUndefined();
  });

  it("is refused where it is not well-formed", () => {
    const pair = new Pair();

    expect(pair.send(rights(99))).toBe(-EBADF);
    expect(pair.send([15, 0, SOL_SOCKET, SCM_RIGHTS])).toBe(-EINVAL);
    expect(pair.send([17, 0, SOL_SOCKET, SCM_RIGHTS])).toBe(-EINVAL);
    expect(pair.sendAt(UNMAPPED, 16)).toBe(-EFAULT);
    expect(pair.sendAt(UNMAPPED, 131_072)).toBe(-ENOBUFS);
    expect(pair.send([16, 0, 77, 1])).toBe(1);
  });

  it("takes any byte behind a piece of 32-bit form for the next one", () => {
    const pair = new Pair();
    const piece = [16, 77, 1, 1];

    expect(pair.send(piece, MSG_CMSG_COMPAT)).toBe(1);
    expect(pair.send([...piece, ...piece], MSG_CMSG_COMPAT)).toBe(1);
    expect(pair.send([...piece, 0], MSG_CMSG_COMPAT)).toBe(-EINVAL);
    expect(pair.send([11, 77, 1], MSG_CMSG_COMPAT)).toBe(-EINVAL);
    expect(pair.sendAt(UNMAPPED, 11, MSG_CMSG_COMPAT)).toBe(-EINVAL);
    expect(pair.sendAt(UNMAPPED, 16, MSG_CMSG_COMPAT)).toBe(-EFAULT);
  });
});
