/** Chapter RESTRICT: rings that can do only some things. */
import { IORING_OP_NOP, IORING_OP_READ } from "../../spec/abi/opcodes.ts";
import {
  RESTRICTION_OPCODE,
  RESTRICTION_OPERAND,
  RESTRICTION_RESV,
  RESTRICTION_RESV2,
  RESTRICTION_SIZE,
} from "../../spec/abi/register-structs.ts";
import {
  IORING_REGISTER_ENABLE_RINGS,
  IORING_REGISTER_PERSONALITY,
  IORING_REGISTER_RESTRICTIONS,
  IORING_RESTRICTION_REGISTER_OP,
  IORING_RESTRICTION_SQE_FLAGS_ALLOWED,
  IORING_RESTRICTION_SQE_FLAGS_REQUIRED,
  IORING_RESTRICTION_SQE_OP,
  IORING_UNREGISTER_PERSONALITY,
} from "../../spec/abi/register.ts";
import { IORING_SETUP_R_DISABLED } from "../../spec/abi/setup.ts";
import {
  IOSQE_ASYNC,
  IOSQE_BUFFER_SELECT,
  IOSQE_IO_DRAIN,
  IOSQE_IO_LINK,
  SQE_FLAGS,
  SQE_IOPRIO,
  SQE_OPCODE,
  SQE_PERSONALITY,
} from "../../spec/abi/sqe.ts";
import { UNMAPPED, type Memory } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { async, flagged, link, nop, read, set16, set8, type Entry } from "./harness/entries.ts";
import { equal } from "./harness/expectation.ts";
import { rejected } from "./harness/fixtures.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

/** A ring that starts disabled: the harness enables it no more than the scenario does. */
const disabled = { flags: IORING_SETUP_R_DISABLED } as const;

type Restriction = readonly [kind: number, operand: number];
const op = (opcode: number): Restriction => [IORING_RESTRICTION_SQE_OP, opcode];
const register = (opcode: number): Restriction => [IORING_RESTRICTION_REGISTER_OP, opcode];
const allow = (flags: number): Restriction => [IORING_RESTRICTION_SQE_FLAGS_ALLOWED, flags];
const require = (flags: number): Restriction => [IORING_RESTRICTION_SQE_FLAGS_REQUIRED, flags];

function list(world: World, restrictions: readonly Restriction[]): Memory {
  const memory = world.memory.allocate(Math.max(restrictions.length, 1) * RESTRICTION_SIZE);
  restrictions.forEach(([kind, operand], index) => {
    const at = index * RESTRICTION_SIZE;
    memory.view.setUint16(at + RESTRICTION_OPCODE, kind, true);
    memory.view.setUint8(at + RESTRICTION_OPERAND, operand);
  });
  return memory;
}

function call(world: World, ring: TestRing, opcode: number, address = 0, count = 0): number {
  return world.backend.register(ring.queue.ringFd, opcode, address, count);
}

function restrict(world: World, ring: TestRing, ...restrictions: readonly Restriction[]): number {
  const { address } = list(world, restrictions);
  return call(world, ring, IORING_REGISTER_RESTRICTIONS, address, restrictions.length);
}

function enable(world: World, ring: TestRing): void {
  equal("enable", call(world, ring, IORING_REGISTER_ENABLE_RINGS), 0);
}

const personality = (world: World, ring: TestRing): number =>
  call(world, ring, IORING_REGISTER_PERSONALITY);

scenario("RESTRICT-1", "an enabled ring can no longer be restricted", (world, ring) => {
  equal("restrictions", restrict(world, ring, op(IORING_OP_NOP)), "EBADFD");
});

scenario("RESTRICT-1 RESTRICT-4", "that it is enabled counts first", (world, ring) => {
  equal("NULL", call(world, ring, IORING_REGISTER_RESTRICTIONS, 0, 1), "EBADFD");
});

scenario("RESTRICT-2", "a ring is restricted once", disabled, (world, ring) => {
  equal("the first", restrict(world, ring, op(IORING_OP_NOP)), 0);

  equal("the second", restrict(world, ring, op(IORING_OP_NOP)), "EBUSY");
  equal("a bad one", call(world, ring, IORING_REGISTER_RESTRICTIONS, 0, 1), "EBUSY");
  enable(world, ring);
});

scenario("RESTRICT-3", "a bad entry refuses the whole list", disabled, (world, ring) => {
  equal("a kind", restrict(world, ring, op(IORING_OP_NOP), [4, 0]), "EINVAL");
  equal("an opcode", restrict(world, ring, op(63)), "EINVAL");
  equal("a register opcode", restrict(world, ring, register(36)), "EINVAL");
  const many = Array.from({ length: 104 }, () => op(IORING_OP_NOP));
  equal("too many", restrict(world, ring, ...many), "EINVAL");

  equal("a proper list", restrict(world, ring, ...many.slice(1)), 0);
  enable(world, ring);
});

scenario("RESTRICT-4", "the list has to be readable", disabled, (world, ring) => {
  equal("NULL", call(world, ring, IORING_REGISTER_RESTRICTIONS, 0, 1), "EINVAL");
  equal("unmapped", call(world, ring, IORING_REGISTER_RESTRICTIONS, UNMAPPED, 1), "EFAULT");
  const { address } = list(world, []);
  equal("no end", call(world, ring, IORING_REGISTER_RESTRICTIONS, address, 104), "EINVAL");

  enable(world, ring);
});

scenario("RESTRICT-5", "a list counts from the enabling on", disabled, (world, ring) => {
  equal("restrictions", restrict(world, ring, op(IORING_OP_NOP)), 0);
  equal("personality", personality(world, ring), 1);

  enable(world, ring);

  equal("personality", personality(world, ring), "EACCES");
});

scenario("RESTRICT-6", "an operation that is not listed is refused", disabled, (world, ring) => {
  restrict(world, ring, op(IORING_OP_NOP));
  enable(world, ring);

  ring.submit({ 1: nop(), 2: read(-1, world.memory.allocate(1)) });

  ring.expect({ 1: 0, 2: "EACCES" });
});

scenario("RESTRICT-7", "a flag that is not listed is refused", disabled, (world, ring) => {
  restrict(world, ring, op(IORING_OP_NOP), allow(IOSQE_IO_LINK));
  enable(world, ring);

  ring.submit({ 1: async(nop()), 2: link(nop()), 3: nop() });

  ring.expect({ 1: "EACCES", 2: 0, 3: 0 });
});

scenario("RESTRICT-7 RESTRICT-8", "a required flag is allowed, too", disabled, (world, ring) => {
  restrict(world, ring, op(IORING_OP_NOP), require(IOSQE_ASYNC), allow(IOSQE_IO_LINK));
  enable(world, ring);

  ring.submit({ 1: nop(), 2: async(nop()), 3: link(async(nop())), 4: async(nop()) });

  ring.expect({ 1: "EACCES", 2: 0, 3: 0, 4: 0 });
});

scenario(
  "RESTRICT-8",
  "of two lists of required flags the last counts",
  disabled,
  (world, ring) => {
    restrict(world, ring, op(IORING_OP_NOP), require(IOSQE_IO_LINK), require(IOSQE_ASYNC));
    enable(world, ring);

    ring.submit({ 1: async(nop()), 2: nop() });

    ring.expect({ 1: 0, 2: "EACCES" });
  },
);

scenario(
  "RESTRICT-9",
  "a register opcode that is not listed is refused",
  disabled,
  (world, ring) => {
    restrict(world, ring, register(IORING_REGISTER_PERSONALITY));
    enable(world, ring);

    equal("a listed one", personality(world, ring), 1);
    equal("another", call(world, ring, IORING_UNREGISTER_PERSONALITY, 0, 1), "EACCES");
    equal("malformed", call(world, ring, IORING_REGISTER_ENABLE_RINGS, 1, 1), "EACCES");
    equal("unknown", call(world, ring, 99), "EINVAL");
  },
);

scenario("RESTRICT-10", "a list of one kind forbids the others", disabled, (world, ring) => {
  restrict(world, ring, register(IORING_REGISTER_PERSONALITY));
  enable(world, ring);

  ring.submit({ 1: nop() });

  ring.expect({ 1: "EACCES" });
});

scenario("RESTRICT-10", "an empty list forbids everything", disabled, (world, ring) => {
  const { address } = list(world, []);
  equal("an empty list", call(world, ring, IORING_REGISTER_RESTRICTIONS, address, 0), 0);
  enable(world, ring);

  ring.submit({ 1: nop() });

  ring.expect({ 1: "EACCES" });
  equal("personality", personality(world, ring), "EACCES");
});

scenario("RESTRICT-11", "a forbidden member counts as rejected", disabled, (world, ring) => {
  restrict(world, ring, op(IORING_OP_NOP), allow(IOSQE_IO_LINK));
  enable(world, ring);

  ring.submit({ 1: link(nop()), 2: link(read(-1, world.memory.allocate(1))), 3: nop() });

  ring.expect({ 1: "ECANCELED", 2: "EACCES", 3: "ECANCELED" });
});

scenario(
  "RESTRICT-12",
  "reserved fields and undefined bits are ignored",
  disabled,
  (world, ring) => {
    const memory = list(world, [op(IORING_OP_NOP), allow(0xff)]);
    memory.view.setUint8(RESTRICTION_RESV, 9);
    memory.view.setUint32(RESTRICTION_RESV2, 9, true);
    const { address } = memory;

    equal("restrictions", call(world, ring, IORING_REGISTER_RESTRICTIONS, address, 2), 0);
    enable(world, ring);

    ring.submit({ 1: nop(), 2: set8(SQE_FLAGS, 0x80, nop()) });
    ring.expect({ 1: 0, 2: "EINVAL" });
  },
);

scenario("ERR-5", "restrictions come after opcode and flags", disabled, (world, ring) => {
  restrict(world, ring, op(IORING_OP_READ));
  enable(world, ring);
  const select = flagged(IOSQE_BUFFER_SELECT, nop());

  ring.submit({
    1: set8(SQE_OPCODE, 200, nop()),
    2: set8(SQE_FLAGS, 0x80, nop()),
    3: select,
    4: rejected,
    5: set16(SQE_PERSONALITY, 9, nop()),
  });

  ring.expect({ 1: "EINVAL", 2: "EINVAL", 3: "EOPNOTSUPP", 4: "EACCES", 5: "EACCES" });
});

scenario("ERR-5", "and before ioprio and personality", disabled, (world, ring) => {
  restrict(world, ring, op(IORING_OP_NOP));
  enable(world, ring);
  const bad = (entry: Entry): Entry => set16(SQE_PERSONALITY, 9, set16(SQE_IOPRIO, 1, entry));

  ring.submit({ 1: bad(async(nop())), 2: bad(nop()) });

  ring.expect({ 1: "EACCES", 2: "EINVAL" });
});

scenario("ERR-5", "a forbidden drain is a barrier all the same", disabled, (world, ring) => {
  restrict(world, ring, op(IORING_OP_NOP));
  enable(world, ring);

  ring.submit({ 1: flagged(IOSQE_IO_DRAIN, nop()), 2: nop() });

  ring.expect({ 1: "EACCES", 2: 0 });
});
