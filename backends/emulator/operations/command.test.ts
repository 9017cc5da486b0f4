import { describe, expect, it } from "vitest";
import {
  AF_INET,
  O_RDWR,
  SO_KEEPALIVE,
  SO_TYPE,
  SOCK_STREAM,
  SOL_SOCKET,
  SOL_TCP,
} from "../../../spec/abi/linux.ts";
import * as op from "../../../spec/abi/opcodes.ts";
import {
  IORING_URING_CMD_MULTISHOT,
  IOSQE_BUFFER_SELECT,
  SOCKET_URING_OP_GETSOCKOPT,
  SOCKET_URING_OP_SETSOCKOPT,
  SOCKET_URING_OP_SIOCINQ,
  SOCKET_URING_OP_TX_TIMESTAMP,
} from "../../../spec/abi/sqe.ts";
import { EFAULT, EINVAL, EOPNOTSUPP } from "../../../spec/errno.ts";
import type { KernelName } from "../profile/profile.ts";
import { type Fields, Machine, UNMAPPED } from "../testing/machine.ts";

const COMMAND = op.IORING_OP_URING_CMD;
/** The upper half of a field of 64 bits. */
const HIGH = 2 ** 32;

function tcpSocket(machine: Machine): number {
  return machine.run(op.IORING_OP_SOCKET, { fd: AF_INET, off: SOCK_STREAM }) ?? -1;
}

/** The fields of an option command: level and option share addr, the length is file_index. */
function option(fd: number, off: number, number: number, length: number, value: number): Fields {
  return { fd, off, addr: SOL_SOCKET + number * HIGH, fileIndex: length, addr3: value };
}

describe("URING_CMD", () => {
  it("writes an option where optval says, and answers its length", () => {
    const machine = new Machine();
    const region = machine.region(8);
    const fields = option(tcpSocket(machine), SOCKET_URING_OP_GETSOCKOPT, SO_TYPE, 8, 0);

    expect(machine.run(COMMAND, { ...fields, addr3: region.address })).toBe(4);

    expect([...new Int32Array(region.buffer, 0, 2)]).toEqual([SOCK_STREAM, 0]);
    expect(machine.run(COMMAND, { ...fields, addr3: UNMAPPED })).toBe(-EFAULT);
  });

  it("sets an option from where optval says", () => {
    const machine = new Machine();
    const fd = tcpSocket(machine);
    const { address, buffer } = machine.region(Uint8Array.of(5, 0, 0, 0));
    const set = option(fd, SOCKET_URING_OP_SETSOCKOPT, SO_KEEPALIVE, 4, address);
    const get = option(fd, SOCKET_URING_OP_GETSOCKOPT, SO_KEEPALIVE, 4, address);

    expect([machine.run(COMMAND, set), machine.run(COMMAND, get)]).toEqual([0, 4]);

    expect(new Uint8Array(buffer)[0]).toBe(1);
    expect(machine.run(COMMAND, { ...set, addr3: UNMAPPED })).toBe(-EFAULT);
    expect(machine.run(COMMAND, { ...set, fileIndex: 0xffffffff })).toBe(-EINVAL);
  });

  it("tells options of sockets, sets those of protocols as well", () => {
    const machine = new Machine();
    const { address } = machine.region(Uint8Array.of(1, 0, 0, 0));
    const fields: Fields = {
      fd: tcpSocket(machine),
      addr: SOL_TCP + HIGH,
      fileIndex: 4,
      addr3: address,
    };

    expect(machine.run(COMMAND, { ...fields, off: SOCKET_URING_OP_GETSOCKOPT })).toBe(-EOPNOTSUPP);
    expect(machine.run(COMMAND, { ...fields, off: SOCKET_URING_OP_SETSOCKOPT })).toBe(0);
  });

  it("refuses the word behind the command, and unknown flags", () => {
    const machine = new Machine();
    const fd = tcpSocket(machine);

    expect(machine.run(COMMAND, { fd, off: SOCKET_URING_OP_SIOCINQ + HIGH })).toBe(-EINVAL);
    expect(machine.run(COMMAND, { fd, opFlags: 4 })).toBe(-EINVAL);
    expect(machine.run(COMMAND, { fd, off: SOCKET_URING_OP_TX_TIMESTAMP })).toBe(-EINVAL);
    expect(machine.run(COMMAND, { fd, off: SOCKET_URING_OP_SIOCINQ })).toBe(0);
  });

  it.each<[KernelName, number, number]>([
    ["6.6", -EOPNOTSUPP, -EOPNOTSUPP],
    ["6.12", 0, -EOPNOTSUPP],
    ["6.18", 0, -EINVAL],
  ])("knows the commands that %s has", (kernel, queued, stamps) => {
    const machine = new Machine({ kernel });
    const fd = tcpSocket(machine);

    expect(machine.run(COMMAND, { fd, off: SOCKET_URING_OP_SIOCINQ })).toBe(queued);
    expect(machine.run(COMMAND, { fd, off: SOCKET_URING_OP_TX_TIMESTAMP })).toBe(stamps);
  });

  it("selects buffers on no release before 6.18", () => {
    const fields = { fd: 99, flags: IOSQE_BUFFER_SELECT };
    const results = (["6.1", "6.12", "6.18"] as const).map((kernel) =>
      new Machine({ kernel }).run(COMMAND, fields),
    );

    expect(results).toEqual([-EOPNOTSUPP, -EOPNOTSUPP, -EINVAL]);
  });

  it("goes on for good where many results were asked for and none comes", () => {
    const machine = new Machine();
    const sink = machine.path("/dev/null");
    const fd = machine.run(op.IORING_OP_OPENAT, { fd: -100, addr: sink, opFlags: O_RDWR }) ?? -1;
    expect(machine.run(COMMAND, { fd, off: 77 })).toBe(0);

    const opFlags = IORING_URING_CMD_MULTISHOT;

    expect(machine.run(COMMAND, { fd, opFlags })).toBe(-EINVAL);
    expect(machine.run(COMMAND, { fd, opFlags, flags: IOSQE_BUFFER_SELECT })).toBeUndefined();
  });
});
