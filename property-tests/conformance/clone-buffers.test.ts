/** Chapter RBUF: REGISTER_CLONE_BUFFERS. */
import { expect } from "vitest";
import {
  IORING_REGISTER_CLONE_BUFFERS,
  IORING_REGISTER_DST_REPLACE,
  IORING_REGISTER_RING_FDS,
  IORING_REGISTER_SRC_REGISTERED,
  IORING_UNREGISTER_RING_FDS,
} from "../../spec/abi/register.ts";
import {
  CLONE_BUFFERS_DST_OFF,
  CLONE_BUFFERS_FLAGS,
  CLONE_BUFFERS_NR,
  CLONE_BUFFERS_PAD,
  CLONE_BUFFERS_SIZE,
  CLONE_BUFFERS_SRC_FD,
  CLONE_BUFFERS_SRC_OFF,
  FILES_UPDATE_FDS,
  FILES_UPDATE_SIZE,
} from "../../spec/abi/register-structs.ts";
import { setU64 } from "../../src/queue/index.ts";
import { UNMAPPED, type Memory } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter, type ScenarioBody } from "./harness/chapter.ts";
import { equal, type Result } from "./harness/expectation.ts";
import { fileWith } from "./harness/fixtures.ts";
import { RawRing } from "./harness/raw-ring.ts";
import { Buffers, EMPTY, rangeOf, readFixed } from "./harness/registered-buffers.ts";
import type { TestRing } from "./harness/test-ring.ts";

const scenario = await chapter();

const REPLACE = IORING_REGISTER_DST_REPLACE;

interface CloneFields {
  readonly fd: number;
  readonly flags?: number;
  readonly from?: number;
  readonly to?: number;
  readonly nr?: number;
  /** A reserved byte to set. */
  readonly spoil?: number;
}

/** The ring of the scenario, which clones, and another one, which has buffers. */
class Cloning {
  readonly world: World;
  readonly ring: TestRing;
  readonly own: Buffers;
  readonly sourceFd: number;
  readonly source: Buffers;
  readonly memory: readonly Memory[];

  constructor(world: World, ring: TestRing) {
    this.world = world;
    this.ring = ring;
    this.own = new Buffers(world, ring.queue.ringFd);
    this.sourceFd = RawRing.open(world, 4).fd;
    this.source = new Buffers(world, this.sourceFd);
    this.memory = Array.from({ length: 4 }, () => world.memory.pages(1));
  }

  /** The range of the memory with this number, or an empty entry. */
  range(index: number | undefined): readonly [number, number] {
    const memory = index === undefined ? undefined : this.memory[index];
    return memory === undefined ? EMPTY : rangeOf(memory);
  }

  clone({ fd, flags = 0, from = 0, to = 0, nr = 0, spoil }: CloneFields): number {
    const { view, address } = this.world.memory.allocate(CLONE_BUFFERS_SIZE);
    view.setInt32(CLONE_BUFFERS_SRC_FD, fd, true);
    view.setUint32(CLONE_BUFFERS_FLAGS, flags, true);
    view.setUint32(CLONE_BUFFERS_SRC_OFF, from, true);
    view.setUint32(CLONE_BUFFERS_DST_OFF, to, true);
    view.setUint32(CLONE_BUFFERS_NR, nr, true);
    if (spoil !== undefined) view.setUint8(spoil, 1);
    return this.own.call(IORING_REGISTER_CLONE_BUFFERS, address, 1);
  }

  /** Which memory each entry of the own table is: its number, or undefined where it is none. */
  entries(count: number): (number | undefined)[] {
    const fd = fileWith(this.world, "x");
    return Array.from({ length: count }, (_, entry) => {
      const found = this.memory.findIndex(({ address }) => {
        this.ring.submit({ 900: readFixed(fd, [address, 1], entry) });
        return this.ring.next(900).res === 1;
      });
      return found < 0 ? undefined : found;
    });
  }
}

function cloning(body: (cloning: Cloning) => void): ScenarioBody {
  return (world, ring) => body(new Cloning(world, ring));
}

scenario(
  "RBUF-6",
  "a ring gets the buffers of another one, and keeps them",
  cloning((rings) => {
    const { source, own, sourceFd } = rings;
    equal("register", source.register(rings.range(0), rings.range(undefined), rings.range(1)), 0);

    equal("clone", rings.clone({ fd: sourceFd }), 0);
    expect(rings.entries(4)).toEqual([0, undefined, 1, undefined]);
    equal("unregister the source's", source.unregister(), 0);

    expect(rings.entries(3)).toEqual([0, undefined, 1]);
    equal("unregister the clone", own.unregister(), 0);
    equal("again", own.unregister(), "ENXIO");
  }),
);

scenario(
  "RBUF-6 RBUF-37",
  "an entry of the clone has no tag",
  cloning((rings) => {
    const { source, own, ring, sourceFd } = rings;
    equal("register", source.registerTagged([rings.range(0)], [71]), 0);

    equal("clone", rings.clone({ fd: sourceFd }), 0);
    equal("unregister the clone", own.unregister(), 0);

    ring.expectQuiet();
  }),
);

scenario(
  "RBUF-30",
  "argument, flags, buffers of its own, padding, the source, its buffers",
  cloning((rings) => {
    const { own, sourceFd, world } = rings;
    const call = (address: number, count: number): number =>
      own.call(IORING_REGISTER_CLONE_BUFFERS, address, count);
    const pipe = world.pipe().read;

    equal("NULL", call(0, 1), "EINVAL");
    equal("count 0", call(UNMAPPED, 0), "EINVAL");
    equal("count 2", call(UNMAPPED, 2), "EINVAL");
    equal("unreadable", call(UNMAPPED, 1), "EFAULT");
    equal("an unknown flag", rings.clone({ fd: -1, flags: 4 }), "EINVAL");
    for (const spoil of [CLONE_BUFFERS_PAD, CLONE_BUFFERS_SIZE - 1]) {
      equal("padding", rings.clone({ fd: -1, spoil }), "EINVAL");
    }
    equal("not open", rings.clone({ fd: -1 }), "EBADF");
    equal("no ring", rings.clone({ fd: pipe }), "EOPNOTSUPP");
    equal("no buffers", rings.clone({ fd: sourceFd }), "ENXIO");
    equal("an offset without a count", rings.clone({ fd: sourceFd, from: 1 }), "EINVAL");
    equal("to an offset without a count", rings.clone({ fd: sourceFd, to: 1 }), "EINVAL");
    equal("a bad count", rings.clone({ fd: sourceFd, nr: 99999 }), "ENXIO");

    equal("register", own.register(rings.range(0)), 0);
    equal("own buffers, padding", rings.clone({ fd: -1, spoil: CLONE_BUFFERS_PAD }), "EBUSY");
    equal("own buffers, flags", rings.clone({ fd: -1, flags: 4 }), "EINVAL");
    equal("own buffers, not open", rings.clone({ fd: -1 }), "EBUSY");
    equal("replace, not open", rings.clone({ fd: -1, flags: REPLACE }), "EBADF");
    equal("replace, no buffers", rings.clone({ fd: sourceFd, flags: REPLACE }), "ENXIO");
    expect(rings.entries(1)).toEqual([0]);
  }),
);

scenario(
  "RBUF-31",
  "a part of the table goes to an offset",
  cloning((rings) => {
    const { source, own, sourceFd } = rings;
    equal("register", source.register(rings.range(0), rings.range(1), rings.range(2)), 0);

    equal("clone", rings.clone({ fd: sourceFd, from: 1, to: 2, nr: 2 }), 0);

    expect(rings.entries(5)).toEqual([undefined, undefined, 1, 2, undefined]);
    equal("past its end", own.update(4, [EMPTY]), "EINVAL");
    equal("its end", own.update(3, [EMPTY]), 1);
  }),
);

scenario(
  "RBUF-31",
  "the part has to lie inside of the source, and fit",
  cloning((rings) => {
    const { source, sourceFd: fd } = rings;
    equal("register", source.register(rings.range(0), rings.range(1), rings.range(2)), 0);
    const cases: readonly (readonly [string, Omit<CloneFields, "fd">, Result])[] = [
      ["more than there are", { nr: 4 }, "EINVAL"],
      ["past the end", { from: 1, nr: 3 }, "EOVERFLOW"],
      ["at the end", { from: 3, nr: 1 }, "EOVERFLOW"],
      ["at the end, without a count", { from: 3 }, "EINVAL"],
      ["beyond 31 bits", { from: 0x7fffffff, nr: 1 }, "EOVERFLOW"],
      ["beyond 32 bits", { from: 0xffffffff, nr: 1 }, "EOVERFLOW"],
      ["to beyond 32 bits", { to: 0xffffffff, nr: 1 }, "EOVERFLOW"],
      ["to beyond the largest table", { to: 16384, nr: 1 }, "EINVAL"],
      ["to beyond 31 bits", { to: 0x80000000, nr: 1 }, "EINVAL"],
      ["to the end of the largest table", { to: 16383, nr: 1 }, 0],
    ];

    for (const [what, fields, result] of cases) equal(what, rings.clone({ fd, ...fields }), result);
  }),
);

scenario(
  "RBUF-32",
  "DST_REPLACE replaces what a ring has, and leaves the rest of it",
  cloning((rings) => {
    const { source, own, sourceFd: fd } = rings;
    equal("register", source.register(rings.range(2), rings.range(3)), 0);
    equal("register", own.register(rings.range(0), rings.range(1), rings.range(0)), 0);

    equal("without", rings.clone({ fd }), "EBUSY");
    equal("the middle", rings.clone({ fd, flags: REPLACE, from: 1, to: 1, nr: 1 }), 0);
    expect(rings.entries(4)).toEqual([0, 3, 0, undefined]);
    equal("all of it", rings.clone({ fd, flags: REPLACE }), 0);
    expect(rings.entries(4)).toEqual([2, 3, 0, undefined]);
    equal("and more", rings.clone({ fd, flags: REPLACE, to: 2, nr: 2 }), 0);
    expect(rings.entries(5)).toEqual([2, 3, 2, 3, undefined]);
  }),
);

scenario(
  "RBUF-32",
  "a ring without buffers may be told to replace them",
  cloning((rings) => {
    equal("register", rings.source.register(rings.range(2)), 0);

    equal("clone", rings.clone({ fd: rings.sourceFd, flags: REPLACE }), 0);

    expect(rings.entries(1)).toEqual([2]);
  }),
);

scenario(
  "RBUF-32",
  "from itself as well",
  cloning((rings) => {
    const { own, ring } = rings;
    const fd = ring.queue.ringFd;
    equal("no buffers", rings.clone({ fd }), "ENXIO");
    equal("register", own.register(rings.range(0), rings.range(1)), 0);

    equal("without the flag", rings.clone({ fd }), "EBUSY");
    equal("one place on", rings.clone({ fd, flags: REPLACE, to: 1, nr: 2 }), 0);

    expect(rings.entries(3)).toEqual([0, 0, 1]);
  }),
);

scenario(
  "RBUF-37 RBUF-28",
  "an entry that is replaced tells its tag, one that stays keeps it",
  cloning((rings) => {
    const { own, source, ring, sourceFd: fd } = rings;
    equal("register", source.register(rings.range(2)), 0);
    equal("register", own.registerTagged([rings.range(0), rings.range(1)], [71, 72]), 0);
    ring.announce(71);

    equal("clone", rings.clone({ fd, flags: REPLACE }), 0);

    ring.expect({ 71: 0 });
    ring.expectQuiet();
    ring.announce(72);
    equal("unregister", own.unregister(), 0);
    ring.expect({ 72: 0 });
  }),
);

scenario(
  "RBUF-24 RBUF-32",
  "a request in flight keeps the buffer that was replaced",
  cloning((rings) => {
    const { own, source, ring, world, sourceFd: fd } = rings;
    const pipe = world.pipe();
    const [first] = rings.memory;
    equal("register", source.register(rings.range(2)), 0);
    equal("register", own.register(rings.range(0)), 0);
    ring.submit({ 1: readFixed(pipe.read, [first?.address ?? 0, 1]) });
    ring.expectPending(1);

    equal("clone", rings.clone({ fd, flags: REPLACE }), 0);
    world.write(pipe.write, "x");

    ring.expect({ 1: 1 });
    expect(first?.text(1)).toBe("x");
  }),
);

scenario(
  "RBUF-33",
  "with SRC_REGISTERED the source is a registered ring",
  { rings: "plain" },
  cloning((rings) => {
    const { source, own, world } = rings;
    const flags = IORING_REGISTER_SRC_REGISTERED;
    equal("register", source.register(rings.range(1)), 0);
    const slot = world.memory.allocate(FILES_UPDATE_SIZE);
    slot.view.setUint32(0, 0xffffffff, true);
    setU64(slot.view, FILES_UPDATE_FDS, rings.sourceFd);
    equal("REGISTER_RING_FDS", own.call(IORING_REGISTER_RING_FDS, slot.address, 1), 1);
    const index = slot.view.getUint32(0, true);

    equal("an empty index", rings.clone({ fd: (index + 1) % 16, flags }), "EBADF");
    equal("no index", rings.clone({ fd: 16, flags }), "EINVAL");
    equal("-1", rings.clone({ fd: -1, flags }), "EINVAL");
    equal("clone", rings.clone({ fd: index, flags }), 0);

    expect(rings.entries(1)).toEqual([1]);
    setU64(slot.view, FILES_UPDATE_FDS, 0);
    equal("unregister", own.call(IORING_UNREGISTER_RING_FDS, slot.address, 1), 1);
  }),
);
