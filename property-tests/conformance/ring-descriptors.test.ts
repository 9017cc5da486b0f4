/** Chapters REG and ENTER: rings that calls name by an index of the task. */
import { IORING_ENTER_GETEVENTS, IORING_ENTER_REGISTERED_RING } from "../../spec/abi/enter.ts";
import {
  IORING_REGISTER_ENABLE_RINGS,
  IORING_REGISTER_FILES,
  IORING_REGISTER_PROBE,
  IORING_REGISTER_RING_FDS,
  IORING_REGISTER_SEND_MSG_RING,
  IORING_REGISTER_USE_REGISTERED_RING,
  IORING_UNREGISTER_FILES,
  IORING_UNREGISTER_RING_FDS,
} from "../../spec/abi/register.ts";
import { FILES_UPDATE_SIZE } from "../../spec/abi/register-structs.ts";
import { IORING_SETUP_R_DISABLED } from "../../spec/abi/setup.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import { chapter } from "./harness/chapter.ts";
import { nop } from "./harness/entries.ts";
import { check, equal } from "./harness/expectation.ts";
import { fileWith } from "./harness/fixtures.ts";
import { RawRing } from "./harness/raw-ring.ts";
import {
  descriptors,
  haveSlots,
  register,
  registerRings,
  ringSlots,
  unregisterFiles,
  unregisterRings,
} from "./harness/registrations.ts";

const scenario = await chapter();

/** In place of an index: the kernel picks. */
const ANY = 0xffffffff;
const USE = IORING_REGISTER_USE_REGISTERED_RING;

scenario("REG-11 ENTER-3", "a ring is entered by its index", (world, ring) => {
  const slots = ringSlots(world, [{ offset: ANY, data: ring.fd }]);
  equal("RING_FDS", registerRings(world, ring.fd, slots, 1), 1);
  const index = slots.view.getUint32(0, true);
  check("a number below 16", index < 16);
  ring.publish({ 1: nop() });
  const flags = IORING_ENTER_REGISTERED_RING | IORING_ENTER_GETEVENTS;

  equal("enter", world.backend.enter(index, 1, 1, flags, 0, 0), 1);

  ring.expect({ 1: 0 });
});

scenario("REG-2", "a ring is registered with by its index", (world, ring) => {
  const slots = ringSlots(world, [{ offset: 3, data: ring.fd }]);
  equal("RING_FDS", registerRings(world, ring.fd, slots, 1), 1);
  const { address } = descriptors(world, [-1]);

  equal("REGISTER_FILES", register(world, 3, IORING_REGISTER_FILES | USE, address, 1), 0);

  equal("UNREGISTER_FILES", unregisterFiles(world, ring.fd), 0);
  equal("by index", register(world, 3, IORING_UNREGISTER_FILES | USE, 0, 0), "ENXIO");
});

scenario("REG-2 ENTER-3", "indices that name no ring", (world, ring) => {
  const flags = IORING_ENTER_REGISTERED_RING;
  for (const [index, expected] of [
    [15, "EBADF"],
    [16, "EINVAL"],
    [-1, "EINVAL"],
  ] as const) {
    equal(`enter of ${index}`, world.backend.enter(index, 0, 0, flags, 0, 0), expected);
  }
  const byIndex = (index: number, opcode = IORING_UNREGISTER_FILES): number =>
    register(world, index, opcode | USE, 0, 0);
  equal("register with 15", byIndex(15), "EBADF");
  equal("register with 16", byIndex(16), "EINVAL");
  equal("register with -1", byIndex(-1), "EINVAL");
  equal("register with a descriptor", byIndex(ring.fd + 16), "EINVAL");
  equal("an unknown opcode", byIndex(15, 200), "EINVAL");
});

scenario("REG-1 REG-17 REG-18", "what a register call takes for its ring", (world, ring) => {
  const fd = fileWith(world, "x");
  const call = (target: number, opcode: number): number => register(world, target, opcode, 0, 0);
  equal("an unknown opcode with -1", call(-1, 200), "EINVAL");
  equal("an unknown opcode with a bad descriptor", call(9999, 200), "EINVAL");
  for (const opcode of [
    IORING_UNREGISTER_FILES,
    IORING_REGISTER_PROBE,
    IORING_REGISTER_ENABLE_RINGS,
    IORING_REGISTER_RING_FDS,
  ]) {
    equal(`-1 with opcode ${opcode}`, call(-1, opcode), "EINVAL");
    equal(`9999 with opcode ${opcode}`, call(9999, opcode), "EBADF");
    equal(`a file with opcode ${opcode}`, call(fd, opcode), "EOPNOTSUPP");
  }
  equal("SEND_MSG_RING with a ring", call(ring.fd, IORING_REGISTER_SEND_MSG_RING), "EINVAL");
});

scenario("REG-27", "what RING_FDS takes", (world, ring) => {
  const fd = fileWith(world, "x");
  const one = (offset: number, data: number): number =>
    registerRings(world, ring.fd, ringSlots(world, [{ offset, data }]), 1);
  equal("slot 16", one(16, ring.fd), "EINVAL");
  equal("slot 2^32 - 2", one(0xfffffffe, ring.fd), "EINVAL");
  equal("no ring", one(0, fd), "EOPNOTSUPP");
  equal("not open", one(0, 9999), "EBADF");
  equal("slot 16 beats that", one(16, 9999), "EINVAL");
  const reserved = ringSlots(world, [{ offset: 0, data: ring.fd }]);
  reserved.view.setUint32(4, 1, true);
  equal("resv", registerRings(world, ring.fd, reserved, 1), "EINVAL");

  equal("slot 0", one(0, ring.fd), 1);

  equal("a used slot", one(0, ring.fd), "EBUSY");
  equal("a bad descriptor beats that", one(0, 9999), "EBADF");
});

scenario("REG-27", "there are 16 slots", { rings: "plain" }, (world, ring) => {
  const all = Array.from({ length: 16 }, () => ({ offset: ANY, data: ring.fd }));
  const slots = ringSlots(world, all);

  equal("16 rings", registerRings(world, ring.fd, slots, 16), 16);

  const numbers = all.map((_, index) => slots.view.getUint32(index * FILES_UPDATE_SIZE, true));
  check(
    "0 to 15",
    numbers.every((number, index) => number === index),
  );
  const more = ringSlots(world, [{ offset: ANY, data: ring.fd }]);
  equal("a 17th", registerRings(world, ring.fd, more, 1), "EBUSY");
});

scenario("REG-28", "1 to 16 rings, until one fails", (world, ring) => {
  const good = { offset: ANY, data: ring.fd };
  const slots = ringSlots(world, [good, { offset: ANY, data: 9999 }, good]);
  const call = (opcode: number, count: number, address = slots.address): number =>
    register(world, ring.fd, opcode, address, count);
  for (const opcode of [IORING_REGISTER_RING_FDS, IORING_UNREGISTER_RING_FDS]) {
    equal("none", call(opcode, 0), "EINVAL");
    equal("17", call(opcode, 17), "EINVAL");
    equal("NULL", call(opcode, 1, 0), "EFAULT");
    equal("unmapped", call(opcode, 1, UNMAPPED), "EFAULT");
  }

  equal("the second fails", registerRings(world, ring.fd, slots, 3), 1);

  equal("unregister", unregisterRings(world, ring.fd, [0, 16, 1]), 1);
});

scenario("REG-29", "UNREGISTER_RING_FDS empties slots", (world, ring) => {
  const slots = ringSlots(world, [{ offset: 5, data: ring.fd }]);
  registerRings(world, ring.fd, slots, 1);

  equal("unregister", unregisterRings(world, ring.fd, [5, 5, 6]), 3);

  const flags = IORING_ENTER_REGISTERED_RING;
  equal("enter", world.backend.enter(5, 0, 0, flags, 0, 0), "EBADF");
  equal("slot 16", unregisterRings(world, ring.fd, [16]), "EINVAL");
  const call = (address: number): number =>
    register(world, ring.fd, IORING_UNREGISTER_RING_FDS, address, 1);
  equal("data", call(ringSlots(world, [{ offset: 5, data: 1 }]).address), "EINVAL");
  const reserved = ringSlots(world, [{ offset: 5, data: 0 }]);
  reserved.view.setUint32(4, 1, true);
  equal("resv", call(reserved.address), "EINVAL");
});

scenario("REG-60", "slots belong to the task, whichever ring the call is for", (world, ring) => {
  const other = RawRing.open(world, 2);
  const slots = ringSlots(world, [{ offset: 2, data: other.fd }]);
  equal("RING_FDS", registerRings(world, ring.fd, slots, 1), 1);
  other.fill(0, 1, nop());
  other.point(0, 0);
  other.setTail(1);

  const flags = IORING_ENTER_REGISTERED_RING;
  equal("enter", world.backend.enter(2, 1, 0, flags, 0, 0), 1);

  equal("completions", other.reap().length, 1);
  equal("unregistered by the other", unregisterRings(world, other.fd, [2]), 1);
});

scenario("REG-61", "a registered ring stays open without a descriptor", (world, ring) => {
  const params = world.memory.allocate(120);
  const other = world.backend.setup(4, params.address);
  const slots = ringSlots(world, [{ offset: 2, data: other }]);
  equal("RING_FDS", registerRings(world, ring.fd, slots, 1), 1);
  haveSlots(world, other, 1);

  equal("close", world.backend.close(other), 0);

  equal("enter", world.backend.enter(2, 0, 0, IORING_ENTER_REGISTERED_RING, 0, 0), 0);
  equal("it has its table", register(world, 2, IORING_UNREGISTER_FILES | USE, 0, 0), 0);
  equal("unregistered", unregisterRings(world, ring.fd, [2]), 1);
  equal("it is gone", register(world, 2, IORING_UNREGISTER_FILES | USE, 0, 0), "EBADF");
});

scenario("REG-2 REG-7", "a disabled ring is enabled by its index", (world, ring) => {
  const other = RawRing.open(world, 2, IORING_SETUP_R_DISABLED);
  const slots = ringSlots(world, [{ offset: 2, data: other.fd }]);
  equal("RING_FDS", registerRings(world, ring.fd, slots, 1), 1);
  const enter = (): number => world.backend.enter(2, 0, 0, IORING_ENTER_REGISTERED_RING, 0, 0);
  equal("enter", enter(), "EBADFD");

  equal("ENABLE_RINGS", register(world, 2, IORING_REGISTER_ENABLE_RINGS | USE, 0, 0), 0);

  equal("enter", enter(), 0);
});
