import { describe, expect, it } from "vitest";
import { IORING_CQE_F_SOCK_NONEMPTY } from "../../spec/abi/cqe.ts";
import { AF_INET, SOCK_STREAM } from "../../spec/abi/linux.ts";
import * as op from "../../spec/abi/opcodes.ts";
import { SeededScheduler } from "../sim/seeded.ts";
import type { ChoiceKind } from "./host/host.ts";
import { Machine } from "./testing/machine.ts";

/** Everything as on a healthy Linux machine, but for the choices of one kind. */
class Otherwise extends SeededScheduler {
  readonly #other: ChoiceKind;

  constructor(other: ChoiceKind) {
    super(1, { late: 0 });
    this.#other = other;
  }

  override choose(...asked: Parameters<SeededScheduler["choose"]>): number {
    return asked[3] === this.#other ? 1 : super.choose(...asked);
  }
}

const otherwise = (kind: ChoiceKind): Machine => new Machine({ scheduler: new Otherwise(kind) });

/** The flags of an ACCEPT and a RECV with more waiting behind them, and the bytes of two RECVs. */
function receiveWithMore(machine: Machine): unknown {
  const listener = machine.listener(4000);
  const addr = machine.address(4000);
  const clients = [1, 2].map(() => {
    const fd = machine.run(op.IORING_OP_SOCKET, { fd: AF_INET, off: SOCK_STREAM }) ?? -1;
    expect(machine.run(op.IORING_OP_CONNECT, { fd, addr, off: 16 })).toBe(0);
    return fd;
  });
  const accept = machine.start(op.IORING_OP_ACCEPT, { fd: listener });
  const server = machine.result(accept) ?? -1;
  const { address } = machine.region(Uint8Array.of(1, 2, 3, 4));
  machine.run(op.IORING_OP_SEND, { fd: clients[0] ?? -1, addr: address, len: 4 });
  const target = machine.region(4);
  const receive = (at: number): number =>
    machine.start(op.IORING_OP_RECV, { fd: server, addr: target.address + at, len: 2 });
  const first = receive(0);
  const counts = [machine.result(first), machine.result(receive(2))];
  return {
    flags: [machine.flags(accept), machine.flags(first)],
    counts,
    bytes: [...new Uint8Array(target.buffer)],
  };
}

describe("a hint that a socket holds more", () => {
  const received = { counts: [2, 2], bytes: [1, 2, 3, 4] };

  it("is given as a rule", () => {
    const flags = [IORING_CQE_F_SOCK_NONEMPTY, IORING_CQE_F_SOCK_NONEMPTY];

    expect(receiveWithMore(new Machine())).toEqual({ ...received, flags });
  });

  //= ND-11
  it("may be left out, and nothing is lost by that", () => {
    expect(receiveWithMore(otherwise("hint"))).toEqual({ ...received, flags: [0, 0] });
  });
});
