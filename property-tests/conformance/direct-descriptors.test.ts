/** Chapter FILE: files that live in a slot only, and descriptors made from slots. */
import {
  AF_INET,
  AF_UNIX,
  O_CLOEXEC,
  O_CREAT,
  O_PATH,
  O_RDONLY,
  O_RDWR,
  SOCK_CLOEXEC,
  SOCK_STREAM,
} from "../../spec/abi/linux.ts";
import {
  IORING_FILE_INDEX_ALLOC,
  IORING_FIXED_FD_NO_CLOEXEC,
  SQE_ADDR,
  SQE_ADDR3,
  SQE_BUF_INDEX,
  SQE_FD,
  SQE_IOPRIO,
  SQE_LEN,
  SQE_OFF,
  SQE_OP_FLAGS,
  SQE_PERSONALITY,
  SQE_SPLICE_FD_IN,
} from "../../spec/abi/sqe.ts";
import { IORING_SETUP_SUBMIT_ALL } from "../../spec/abi/setup.ts";
import { FILE_INDEX_RANGE_SIZE } from "../../spec/abi/register-structs.ts";
import {
  IORING_REGISTER_FILE_ALLOC_RANGE,
  IORING_REGISTER_PERSONALITY,
} from "../../spec/abi/register.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { listener, needsListener, SOCKADDR_SIZE, tcpSocket } from "./harness/connections.ts";
import { type Entry, link, nop, read, set16, set32, skip, write } from "./harness/entries.ts";
import { check, equal } from "./harness/expectation.ts";
import { closeFd, openat } from "./harness/file-entries.ts";
import { fileWith } from "./harness/fixtures.ts";
import {
  closeSlot,
  fixed,
  installFd,
  intoAnySlot,
  intoSlot,
} from "./harness/registered-entries.ts";
import {
  haveFiles,
  haveSlots,
  limitPicks,
  register,
  unregisterFiles,
  updateFiles,
} from "./harness/registrations.ts";
import { accept, connect, recv, send, socket } from "./harness/socket-entries.ts";
import { makePipe } from "./harness/splice-entries.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

const submitAll = { flags: IORING_SETUP_SUBMIT_ALL };
const submitAllListener = { ...needsListener, ...submitAll };

/** An OPENAT of a new file with this content. */
function opening(world: World, content: string, flags: number = O_RDWR): Entry {
  const path = world.tempPath(`file ${content}`);
  world.writeFile(path, content);
  return openat(world.memory.path(path), flags);
}

/** What a read of one byte through a slot gives. */
function byteAt(world: World, ring: TestRing, slot: number): string {
  const memory = world.memory.allocate(1);
  ring.submit({ 90: fixed(read(slot, memory)) });
  const { res } = ring.next(90);
  return res === 1 ? memory.text(1) : `${res}`;
}

const EMPTY = "-9";

/** Opens a file into a slot that the kernel picks; returns its number. */
function pick(world: World, ring: TestRing): number {
  ring.submit({ 91: intoAnySlot(opening(world, "p")) });
  return ring.next(91).res;
}

scenario("FILE-8", "OPENAT opens into a slot", (world, ring) => {
  haveSlots(world, ring.fd, 2);

  ring.submit({ 1: intoSlot(1, opening(world, "a")) });

  ring.expect({ 1: 0 });
  check("the slot is the file", byteAt(world, ring, 1) === "a");
  check("the other one stays empty", byteAt(world, ring, 0) === EMPTY);
});

scenario("FILE-8", "OPENAT creates into a slot", (world, ring) => {
  const path = world.tempPath("new");
  haveSlots(world, ring.fd, 1);
  const create = openat(world.memory.path(path), O_CREAT | O_RDWR, 0o600);

  ring.submit({ 1: link(intoSlot(0, create)), 2: fixed(write(0, world.memory.of("new"))) });

  ring.expect({ 1: 0, 2: 3 });
  check("the file was written", world.readFile(path).length === 3);
});

scenario(
  "FILE-8",
  "SOCKET and ACCEPT put their sockets into slots",
  needsListener,
  (world, ring) => {
    haveSlots(world, ring.fd, 2);
    const { fd, address } = listener(world, ring);
    ring.submit({ 1: intoSlot(0, socket(AF_INET, SOCK_STREAM)) });
    ring.expect({ 1: 0 });

    ring.submit({ 2: intoSlot(1, accept(fd)), 3: fixed(connect(0, address, SOCKADDR_SIZE)) });

    ring.expect({ 2: 0, 3: 0 });
    ring.submit({
      4: fixed(recv(1, world.memory.allocate(1))),
      5: fixed(send(0, world.memory.of("x"))),
    });
    ring.expect({ 4: 1, 5: 1 });
  },
);

scenario("FILE-36", "SOCKET and ACCEPT pick slots", needsListener, (world, ring) => {
  haveFiles(world, ring.fd, [fileWith(world, "x"), -1, -1]);
  const { fd, address } = listener(world, ring);
  ring.submit({ 1: intoAnySlot(socket(AF_INET, SOCK_STREAM)) });
  const { res: client } = ring.next(1);
  check("a free slot", client === 1 || client === 2);

  ring.submit({ 2: intoAnySlot(accept(fd)), 3: fixed(connect(client, address, SOCKADDR_SIZE)) });

  ring.expect({ 2: 3 - client, 3: 0 });
});

scenario("FILE-8 FILE-53", "a slot needs no descriptor to be free", (world, ring) => {
  haveSlots(world, ring.fd, 2);
  const [into, plain] = [opening(world, "a"), opening(world, "b")];

  world.withDescriptorLimit(0, () => {
    ring.submit({
      1: intoSlot(0, into),
      2: intoSlot(1, socket(AF_UNIX, SOCK_STREAM)),
      3: plain,
      4: socket(AF_UNIX, SOCK_STREAM),
    });
    ring.expect({ 1: 0, 2: 0, 3: "EMFILE", 4: "EMFILE" });
    ring.submit({ 5: fixed(installFd(0)) });
    ring.expect({ 5: "EMFILE" });
  });
});

scenario(
  "FILE-53 FILE-59",
  "a descriptor is needed before the file is made",
  needsListener,
  (world, ring) => {
    const { fd, address } = listener(world, ring);
    const nowhere = openat(world.memory.path(world.tempPath("none")), O_RDONLY);
    const client = tcpSocket(world, ring);
    ring.submit({ 1: connect(client, address, SOCKADDR_SIZE) });
    ring.expect({ 1: 0 });

    world.withDescriptorLimit(0, () => {
      ring.submit({ 2: nowhere, 3: socket(99, SOCK_STREAM), 4: accept(fd) });
      ring.expect({ 2: "EMFILE", 3: "EMFILE", 4: "EMFILE" });
    });

    ring.submit({ 5: accept(fd) });
    const { res } = ring.next(5);
    check("the connection is still there", res >= 0);
    world.adopt(res);
  },
);

scenario(
  "FILE-53 FILE-59",
  "ACCEPT does not wait without a descriptor for it",
  needsListener,
  (world, ring) => {
    const { fd } = listener(world, ring);

    world.withDescriptorLimit(0, () => {
      ring.submit({ 1: accept(fd) });
      ring.expect({ 1: "EMFILE" });
    });
  },
);

scenario("FILE-9 FILE-37", "a direct descriptor needs a slot", (world, ring) => {
  const into = (slot: number): Entry => intoSlot(slot, socket(AF_UNIX, SOCK_STREAM));
  const any = intoAnySlot(socket(AF_UNIX, SOCK_STREAM));
  ring.submit({ 1: into(0), 2: any });
  ring.expect({ 1: "ENXIO", 2: "ENFILE" });
  haveSlots(world, ring.fd, 1);

  ring.submit({ 3: into(1), 4: into(0xfffffffd), 5: any, 6: any });

  ring.expect({ 3: "EINVAL", 4: "EINVAL", 5: 0, 6: "ENFILE" });
});

scenario("FILE-38", "an error of the operation comes before that of the slot", (world, ring) => {
  const path = world.memory.path(world.tempPath("none"));

  ring.submit({ 1: intoSlot(7, openat(path, O_RDONLY)), 2: intoSlot(7, socket(99, SOCK_STREAM)) });

  ring.expect({ 1: "ENOENT", 2: "EAFNOSUPPORT" });
});

scenario(
  "FILE-10 FILE-39",
  "a new file replaces that of its slot, a failure does not",
  (world, ring) => {
    haveFiles(world, ring.fd, [fileWith(world, "old")]);
    const nowhere = openat(world.memory.path(world.tempPath("none")), O_RDONLY);
    ring.submit({ 1: intoSlot(0, nowhere) });
    ring.expect({ 1: "ENOENT" });
    check("the old one is left", byteAt(world, ring, 0) === "o");

    ring.submit({ 2: intoSlot(0, opening(world, "new")) });

    ring.expect({ 2: 0 });
    check("the new one is there", byteAt(world, ring, 0) === "n");
  },
);

scenario("FILE-10", "a replaced file is let go of", (world, ring) => {
  const pipe = world.pipe();
  haveFiles(world, ring.fd, [pipe.write]);
  world.closeFd(pipe.write);
  const memory = world.memory.allocate(1);
  ring.submit({ 1: read(pipe.read, memory, 1, -1) });
  ring.expectQuiet();

  ring.submit({ 2: intoSlot(0, opening(world, "new")) });

  ring.expect({ 1: 0, 2: 0 });
});

scenario(
  "FILE-11",
  "a direct descriptor cannot be closed on exec",
  submitAllListener,
  (world, ring) => {
    haveSlots(world, ring.fd, 1);
    const missing = openat(world.memory.path(world.tempPath("none")), O_CLOEXEC);
    const { fd } = listener(world, ring);

    ring.submit({
      1: intoSlot(0, missing),
      2: intoSlot(0, socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC)),
      3: intoSlot(0, accept(fd, SOCK_CLOEXEC)),
    });

    ring.expect({ 1: "EINVAL", 2: "EINVAL", 3: "EINVAL" });
  },
);

scenario("FILE-12 FILE-40", "CLOSE empties a slot that is occupied", (world, ring) => {
  ring.submit({ 1: closeSlot(0) });
  ring.expect({ 1: "ENXIO" });
  haveFiles(world, ring.fd, [fileWith(world, "x"), -1]);

  ring.submit({ 2: closeSlot(0), 3: closeSlot(0), 4: closeSlot(1), 5: closeSlot(2) });
  ring.submit({ 6: set32(SQE_SPLICE_FD_IN, IORING_FILE_INDEX_ALLOC, closeSlot(0)) });

  ring.expect({ 2: 0, 3: "EBADF", 4: "EBADF", 5: "EINVAL", 6: "EINVAL" });
  check("it is empty", byteAt(world, ring, 0) === EMPTY);
});

scenario("FILE-41 FILE-42", "CLOSE takes a descriptor or a slot", submitAll, (world, ring) => {
  const fd = fileWith(world, "x");
  haveFiles(world, ring.fd, [fd]);

  for (const bad of [-1, fd, 1]) {
    ring.submit({ 1: set32(SQE_FD, bad, closeSlot(0)) });
    ring.expect({ 1: "EINVAL" });
  }
  ring.submit({ 2: fixed(closeFd(fd)), 3: fixed(closeSlot(0)) });

  ring.expect({ 2: "EBADF", 3: "EBADF" });
});

scenario("FILE-13", "picks come from the range", (world, ring) => {
  haveSlots(world, ring.fd, 6);
  equal("FILE_ALLOC_RANGE", limitPicks(world, ring.fd, 2, 2), 0);

  const picked = [pick(world, ring), pick(world, ring)].sort();

  check("slots 2 and 3", picked.join() === "2,3");
  equal("a third", pick(world, ring), "ENFILE");
});

scenario("FILE-44", "the range lies in the table", (world, ring) => {
  const range = (offset: number, length: number): number =>
    limitPicks(world, ring.fd, offset, length);
  equal("without a table", range(0, 1), "EINVAL");
  haveSlots(world, ring.fd, 4);
  equal("past the end", range(2, 3), "EINVAL");
  equal("at 2^32 - 1", range(0xffffffff, 0), "EINVAL");
  equal("beyond 32 bits", range(0xffffffff, 1), "EOVERFLOW");
  const struct = world.memory.allocate(FILE_INDEX_RANGE_SIZE);
  const call = (address: number, count: number): number =>
    register(world, ring.fd, IORING_REGISTER_FILE_ALLOC_RANGE, address, count);
  equal("a count", call(struct.address, 1), "EINVAL");
  equal("NULL", call(0, 0), "EINVAL");
  equal("unmapped", call(UNMAPPED, 0), "EFAULT");
  struct.view.setUint32(12, 1, true);
  equal("a reserved field", call(struct.address, 0), "EINVAL");

  equal("the whole table", range(0, 4), 0);
});

scenario("FILE-45", "a range may be empty", (world, ring) => {
  equal("without a table", limitPicks(world, ring.fd, 0, 0), 0);
  haveSlots(world, ring.fd, 2);
  equal("with a table", limitPicks(world, ring.fd, 2, 0), 0);

  equal("a pick", pick(world, ring), "ENFILE");

  equal("UNREGISTER_FILES", unregisterFiles(world, ring.fd), 0);
  haveSlots(world, ring.fd, 2);
  check("a new table is picked from", pick(world, ring) < 2);
});

scenario("FILE-46", "the range does not bind those that name a slot", (world, ring) => {
  haveSlots(world, ring.fd, 6);
  limitPicks(world, ring.fd, 2, 1);

  ring.submit({ 1: intoSlot(0, opening(world, "a")), 2: intoSlot(5, opening(world, "b")) });

  ring.expect({ 1: 0, 2: 0 });
  equal("an update", updateFiles(world, ring.fd, 4, [fileWith(world, "x")]), 1);
});

scenario("FILE-14", "every slot is picked before none is left", (world, ring) => {
  const fd = fileWith(world, "x");
  haveFiles(world, ring.fd, [fd, -1, fd, -1]);
  const picked = [pick(world, ring), pick(world, ring)].sort();
  check("the free ones", picked.join() === "1,3");
  equal("no more", pick(world, ring), "ENFILE");

  ring.submit({ 1: closeSlot(2) });
  ring.expect({ 1: 0 });

  equal("the one that was freed", pick(world, ring), 2);
});

scenario("FILE-18", "FIXED_FD_INSTALL makes a descriptor", (world, ring) => {
  haveFiles(world, ring.fd, [-1, fileWith(world, "ab")]);
  ring.submit({ 1: fixed(installFd(1)), 2: fixed(installFd(1, IORING_FIXED_FD_NO_CLOEXEC)) });
  const [closing, staying] = [world.adopt(ring.next(1).res), world.adopt(ring.next(2).res)];

  check("closed on exec", world.closeOnExec(closing));
  check("not closed on exec", !world.closeOnExec(staying));
  world.closeFd(closing);
  check("the slot stays", byteAt(world, ring, 1) === "a");
  unregisterFiles(world, ring.fd);
  ring.submit({ 3: read(staying, world.memory.allocate(8)) });
  ring.expect({ 3: 2 });
});

scenario("FILE-18 FILE-3", "FIXED_FD_INSTALL needs a file in its slot", (world, ring) => {
  ring.submit({ 1: fixed(installFd(0)) });
  ring.expect({ 1: "EBADF" });
  haveSlots(world, ring.fd, 1);

  ring.submit({ 2: fixed(installFd(0)), 3: fixed(installFd(1)), 4: fixed(installFd(-1)) });

  ring.expect({ 2: "EBADF", 3: "EBADF", 4: "EBADF" });
});

scenario("FILE-50 FILE-51", "the order of FIXED_FD_INSTALL's checks", submitAll, (world, ring) => {
  haveFiles(world, ring.fd, [fileWith(world, "x")]);
  const good = fixed(installFd(0));
  const reserved = [SQE_OFF, SQE_OFF + 4, SQE_ADDR, SQE_ADDR + 4, SQE_LEN, SQE_SPLICE_FD_IN];
  const bad = [...reserved, SQE_ADDR3, SQE_ADDR3 + 4].map((field) => set32(field, 1, good));
  bad.push(
    set16(SQE_BUF_INDEX, 1, good),
    set16(SQE_IOPRIO, 1, good),
    set16(SQE_PERSONALITY, 9, good),
  );
  bad.push(set32(SQE_OP_FLAGS, 2, good), set32(SQE_OFF, 1, installFd(0)));
  for (const entry of bad) {
    ring.submit({ 1: entry });
    ring.expect({ 1: "EINVAL" });
  }

  ring.submit({ 2: installFd(0), 3: set32(SQE_OP_FLAGS, 2, installFd(0)) });

  ring.expect({ 2: "EBADF", 3: "EBADF" });
});

scenario("FILE-52", "FIXED_FD_INSTALL runs under no personality", submitAll, (world, ring) => {
  haveFiles(world, ring.fd, [fileWith(world, "x")]);
  const personality = register(world, ring.fd, IORING_REGISTER_PERSONALITY, 0, 0);
  const under = (id: number, flags: number): Entry =>
    set16(SQE_PERSONALITY, id, fixed(installFd(0, flags)));

  ring.submit({ 1: under(personality, 0), 2: under(personality, 2), 3: under(personality + 1, 0) });

  ring.expect({ 1: "EPERM", 2: "EINVAL", 3: "EINVAL" });
});

scenario("FILE-60", "O_PATH opens into a slot", (world, ring) => {
  haveSlots(world, ring.fd, 1);

  ring.submit({ 1: intoSlot(0, opening(world, "a", O_PATH)) });

  ring.expect({ 1: 0 });
  check("it cannot be read", byteAt(world, ring, 0) === EMPTY);
});

scenario("FILE-56", "a PIPE keeps no slot unless it keeps both", (world, ring) => {
  const numbers = world.memory.allocate(8).address;
  const any = intoAnySlot(makePipe(numbers));
  ring.submit({ 1: any, 2: intoSlot(0, makePipe(numbers)) });
  ring.expect({ 1: "ENFILE", 2: "ENXIO" });
  haveFiles(world, ring.fd, [fileWith(world, "x"), -1]);

  ring.submit({ 3: any, 4: intoSlot(1, makePipe(numbers)) });
  ring.expect({ 3: "ENFILE", 4: "EINVAL" });
  check("the free slot stays empty", byteAt(world, ring, 1) === EMPTY);

  ring.submit({ 5: intoSlot(0, makePipe(UNMAPPED)) });
  ring.expect({ 5: "EFAULT" });
  check("the old file is gone", byteAt(world, ring, 0) === EMPTY);
});

scenario("FILE-58", "a SOCKET without a slot does not break its chain", (_world, ring) => {
  const homeless = intoSlot(0, socket(AF_UNIX, SOCK_STREAM));

  ring.submit({ 1: link(homeless), 2: nop() });
  ring.expect({ 1: "ENXIO", 2: 0 });
  ring.submit({ 3: skip(homeless), 4: skip(intoAnySlot(socket(AF_UNIX, SOCK_STREAM))) });

  ring.expectSilent(3, 4);
});

scenario("FILE-58", "OPENAT and ACCEPT do", needsListener, (world, ring) => {
  const { fd, address } = listener(world, ring);
  const client = tcpSocket(world, ring);

  ring.submit({ 1: link(intoSlot(0, opening(world, "a"))), 2: nop() });
  ring.submit({ 3: link(intoSlot(0, accept(fd))), 4: nop() });
  ring.submit({ 5: connect(client, address, SOCKADDR_SIZE) });

  ring.expect({ 1: "ENXIO", 2: "ECANCELED", 3: "ENXIO", 4: "ECANCELED", 5: 0 });
});

scenario("FILE-13 FILE-46", "slots outside of the range are not picked", (world, ring) => {
  for (const outside of [0, 5]) {
    haveSlots(world, ring.fd, 6);
    ring.submit({ 1: intoSlot(outside, opening(world, "a")) });
    ring.expect({ 1: 0 });
    limitPicks(world, ring.fd, 2, 1);
    ring.submit({ 2: closeSlot(outside) });
    ring.expect({ 2: 0 });

    equal("a pick", pick(world, ring), 2);
    equal("another", pick(world, ring), "ENFILE");
    ring.submit({ 3: intoSlot(outside, opening(world, "a")) });
    ring.expect({ 3: 0 });
    equal("a third", pick(world, ring), "ENFILE");
    unregisterFiles(world, ring.fd);
  }
});
