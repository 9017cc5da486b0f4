/** Chapter MSG: files that one ring gives another. */
import { IORING_ENTER_GETEVENTS } from "../../spec/abi/enter.ts";
import {
  IORING_MSG_RING_CQE_SKIP,
  IORING_MSG_RING_FLAGS_PASS,
  SQE_ADDR3,
  SQE_LEN,
} from "../../spec/abi/sqe.ts";
import { chapter } from "./harness/chapter.ts";
import { type Entry, nop, read, set32 } from "./harness/entries.ts";
import { check, equal } from "./harness/expectation.ts";
import { fileWith } from "./harness/fixtures.ts";
import { DEFERRED, TARGETS, expectArrived, expectResult } from "./harness/messages.ts";
import { RawRing } from "./harness/raw-ring.ts";
import { closeSlot, fixed, intoAnySlot, intoSlot, sendSlot } from "./harness/registered-entries.ts";
import { haveFiles, haveSlots, haveTagged, unregisterFiles } from "./harness/registrations.ts";

const scenario = await chapter();

for (const [kind, flags] of TARGETS) {
  scenario("MSG-6", `a file is given to a ${kind} ring`, (world, ring) => {
    const target = RawRing.open(world, 4, flags);
    haveFiles(world, target.fd, [-1, -1, world.pipe().read]);
    haveFiles(world, ring.fd, [-1, fileWith(world, "sent")]);
    const memory = world.memory.allocate(4);

    ring.submit({ 1: intoSlot(2, sendSlot(target.fd, 1, 7)) });

    ring.expect({ 1: 0 });
    expectArrived(target, "7:0:0");
    unregisterFiles(world, ring.fd);
    target.fill(0, 9, fixed(read(2, memory)));
    target.point(0, 0);
    target.setTail(1);
    equal("submit", target.enter(1, 1, IORING_ENTER_GETEVENTS), 1);
    expectArrived(target, "9:4:0");
    check("what was read", memory.text(4) === "sent");
  });

  scenario("MSG-13", `a ${kind} ring picks a slot for a file`, (world, ring) => {
    const target = RawRing.open(world, 4, flags);
    const fd = fileWith(world, "x");
    haveFiles(world, ring.fd, [fd]);
    const send = intoAnySlot(sendSlot(target.fd, 0, 7));
    expectResult(ring, send, "ENFILE");
    haveFiles(world, target.fd, [fd, -1]);

    expectResult(ring, send, 1);

    expectArrived(target, "7:1:0");
    expectResult(ring, send, "ENFILE");
    expectArrived(target, "");
  });

  scenario("MSG-14 MSG-15", `what a file needs at a ${kind} ring`, (world, ring) => {
    const target = RawRing.open(world, 4, flags);
    const { fd } = target;
    const send = (source: number, slot: number): Entry => intoSlot(slot, sendSlot(fd, source));
    expectResult(ring, send(0, 0), "EBADF");
    haveFiles(world, ring.fd, [fileWith(world, "x"), -1]);
    expectResult(ring, send(1, 9), "EBADF");
    expectResult(ring, send(2, 9), "EBADF");
    expectResult(ring, send(0, 0), "ENXIO");
    expectResult(ring, sendSlot(fd, 0), "ENXIO");
    haveSlots(world, fd, 1);

    expectResult(ring, send(0, 1), "EINVAL");
    expectResult(ring, sendSlot(fd, 0), "EINVAL");

    expectArrived(target, "");
  });

  scenario("MSG-17", `CQE_SKIP gives a ${kind} ring a file in silence`, (world, ring) => {
    const target = RawRing.open(world, 4, flags);
    haveFiles(world, ring.fd, [fileWith(world, "x")]);
    haveSlots(world, target.fd, 1);

    const send = sendSlot(target.fd, 0, 7, IORING_MSG_RING_CQE_SKIP);
    expectResult(ring, intoSlot(0, send), 0);
    expectResult(ring, intoAnySlot(send), "ENFILE");

    expectArrived(target, "");
  });
}

scenario("MSG-19", "a deferred ring has a file without entering", (world, ring) => {
  const target = RawRing.open(world, 4, DEFERRED);
  haveFiles(world, ring.fd, [fileWith(world, "x")]);
  haveSlots(world, target.fd, 1);

  expectResult(ring, intoSlot(0, sendSlot(target.fd, 0, 7)), 0);

  equal("messages", target.reap().length, 1);
});

scenario(
  "MSG-24",
  "its sender, if deferred as well, completes a call later",
  { rings: "deferred" },
  (world, ring) => {
    const target = RawRing.open(world, 4, DEFERRED);
    haveFiles(world, ring.fd, [fileWith(world, "x")]);
    haveSlots(world, target.fd, 1);
    ring.publish({ 1: intoSlot(0, sendSlot(target.fd, 0, 7)), 2: nop() });

    equal("submitted", ring.enter(2, 1, IORING_ENTER_GETEVENTS), 2);

    equal("completions", ring.poll(), 1);
    equal("messages", target.reap().length, 1);
    ring.expect({ 1: 0, 2: 0 });
  },
);

scenario("MSG-6", "a file that was sent has no tag at its target", (world, ring) => {
  const target = RawRing.open(world, 4);
  haveTagged(world, ring.fd, [fileWith(world, "x")], [70]);
  haveSlots(world, target.fd, 1);
  expectResult(ring, intoSlot(0, sendSlot(target.fd, 0, 7)), 0);
  ring.announce(70);

  ring.submit({ 1: closeSlot(0) });

  ring.expect({ 1: 0, 70: 0 });
  unregisterFiles(world, target.fd);
  expectArrived(target, "7:0:0");
});

scenario("MSG-6", "a replaced slot releases its tag before the message", (world, ring) => {
  const target = RawRing.open(world, 4);
  haveFiles(world, ring.fd, [fileWith(world, "x")]);
  haveTagged(world, target.fd, [fileWith(world, "y")], [70]);

  expectResult(ring, intoSlot(0, sendSlot(target.fd, 0, 7)), 0);

  expectArrived(target, "70:0:0 7:0:0");
});

scenario(
  "MSG-6 MSG-20",
  "the slot of a file is 32 bits, and flags may be passed in vain",
  (world, ring) => {
    const target = RawRing.open(world, 4);
    haveFiles(world, ring.fd, [fileWith(world, "x")]);
    haveSlots(world, target.fd, 2);
    const send = sendSlot(target.fd, 0, 7, IORING_MSG_RING_FLAGS_PASS);

    expectResult(ring, intoSlot(1, set32(SQE_ADDR3 + 4, 1, send)), 0);

    expectArrived(target, "7:0:0");
  },
);

scenario("MSG-16", "a file takes no result, and does not go to its own ring", (world, ring) => {
  const target = RawRing.open(world, 4);
  haveFiles(world, ring.fd, [fileWith(world, "x"), -1]);
  haveSlots(world, target.fd, 2);

  expectResult(ring, set32(SQE_LEN, 1, intoSlot(0, sendSlot(target.fd, 0))), "EINVAL");
  expectResult(ring, set32(SQE_LEN, 1, intoSlot(0, sendSlot(target.fd, 9))), "EINVAL");
  expectResult(ring, intoSlot(1, sendSlot(ring.fd, 0)), "EINVAL");
  expectResult(ring, intoSlot(1, sendSlot(ring.fd, 9)), "EINVAL");
});
