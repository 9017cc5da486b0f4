import { describe, expect, it } from "vitest";
import { IORING_CQE_F_MORE, IORING_CQE_F_NOTIF } from "../../../spec/abi/cqe.ts";
import { AF_INET, SOCK_STREAM } from "../../../spec/abi/linux.ts";
import * as op from "../../../spec/abi/opcodes.ts";
import {
  IORING_RECVSEND_FIXED_BUF,
  IORING_SEND_VECTORIZED,
  IOSQE_CQE_SKIP_SUCCESS,
} from "../../../spec/abi/sqe.ts";
import { EBADF, EFAULT, EINVAL, ENOTSOCK, EOPNOTSUPP } from "../../../spec/errno.ts";
import { type Fields, Machine, UNMAPPED } from "../testing/machine.ts";

const SEND_ZC = op.IORING_OP_SEND_ZC;
const MESSAGE_ZC = op.IORING_OP_SENDMSG_ZC;

/** Both ends of a TCP connection. */
function connection(machine: Machine): readonly [client: number, server: number] {
  const fd = machine.listener(4000);
  const client = machine.run(op.IORING_OP_SOCKET, { fd: AF_INET, off: SOCK_STREAM }) ?? -1;
  const accept = machine.start(op.IORING_OP_ACCEPT, { fd });
  const addr = machine.address(4000);
  expect(machine.run(op.IORING_OP_CONNECT, { fd: client, addr, off: 16 })).toBe(0);
  return [client, machine.result(accept) ?? -1];
}

/** The completions that are there, and come if nobody else does anything, as [res, flags]. */
function completions(machine: Machine): (readonly [number, number])[] {
  const { queue, backend } = machine;
  const list: (readonly [number, number])[] = [];
  do {
    while (queue.next()) list.push([queue.res, queue.flags]);
  } while (backend.step());
  return list;
}

describe("a zero-copy send", () => {
  it("gives its memory back when the peer has room for all of it", () => {
    const machine = new Machine();
    const [client] = connection(machine);
    const { address } = machine.region(3);

    machine.start(SEND_ZC, { fd: client, addr: address, len: 3 });

    expect(completions(machine)).toEqual([
      [3, IORING_CQE_F_MORE],
      [0, IORING_CQE_F_NOTIF],
    ]);
  });

  it("keeps it until the peer has read what does not fit", () => {
    const machine = new Machine();
    const [client, server] = connection(machine);
    const { address } = machine.region(300_000);
    machine.start(SEND_ZC, { fd: client, addr: address, len: 300_000 });
    const [[sent, flags] = [0, 0], ...rest] = completions(machine);
    expect([flags, rest]).toEqual([IORING_CQE_F_MORE, []]);

    const target = machine.region(sent);
    machine.start(op.IORING_OP_RECV, { fd: server, addr: target.address, len: sent });

    expect(completions(machine)).toContainEqual([0, IORING_CQE_F_NOTIF]);
  });

  it.each<[string, number, (machine: Machine) => Fields, number]>([
    ["a descriptor that is not open", SEND_ZC, () => ({ fd: 99 }), -EBADF],
    ["a pipe", SEND_ZC, (m) => ({ fd: m.files.makePipe().writer }), -ENOTSOCK],
    ["AF_UNIX", SEND_ZC, (m) => ({ fd: m.files.makeSocketPair().left }), -EOPNOTSUPP],
    ["an unknown flag", SEND_ZC, () => ({ fd: 99, ioprio: 2 }), -EINVAL],
    ["no header", MESSAGE_ZC, () => ({ fd: 99, addr: UNMAPPED }), -EFAULT],
    [
      "vectors of a registered buffer",
      SEND_ZC,
      () => ({ fd: 99, ioprio: IORING_RECVSEND_FIXED_BUF | IORING_SEND_VECTORIZED }),
      -EINVAL,
    ],
    [
      "a message of a buffer that is not registered",
      MESSAGE_ZC,
      (m) => ({
        fd: m.files.makePipe().writer,
        addr: m.region(56).address,
        ioprio: IORING_RECVSEND_FIXED_BUF,
      }),
      -EFAULT,
    ],
  ])("that fails for %s has both completions", (_name, opcode, fields, expected) => {
    const machine = new Machine();

    machine.start(opcode, fields(machine));

    expect(completions(machine)).toEqual([
      [expected, IORING_CQE_F_MORE],
      [0, IORING_CQE_F_NOTIF],
    ]);
  });

  it("that is not to say anything has one", () => {
    const machine = new Machine();

    machine.start(SEND_ZC, { fd: 99, flags: IOSQE_CQE_SKIP_SUCCESS });

    expect(completions(machine)).toEqual([[-EINVAL, 0]]);
  });
});
