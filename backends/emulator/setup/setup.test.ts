import { describe, expect, it } from "vitest";
import {
  IORING_OFF_CQ_RING,
  IORING_OFF_PBUF_RING,
  IORING_OFF_SQES,
  IORING_OFF_SQ_RING,
  IORING_SETUP_CLAMP,
  IORING_SETUP_COOP_TASKRUN,
  IORING_SETUP_CQE32,
  IORING_SETUP_CQE_MIXED,
  IORING_SETUP_CQSIZE,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_HYBRID_IOPOLL,
  IORING_SETUP_NO_SQARRAY,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SQE128,
  IORING_SETUP_SQPOLL,
  IORING_SETUP_SQ_AFF,
  IORING_SETUP_TASKRUN_FLAG,
  PARAMS_CQ_ENTRIES,
  PARAMS_CQ_OFF_CQES,
  PARAMS_FEATURES,
  PARAMS_FLAGS,
  PARAMS_RESV,
  PARAMS_SIZE,
  PARAMS_SQ_ENTRIES,
  PARAMS_SQ_OFF_ARRAY,
} from "../../../spec/abi/setup.ts";
import { EBADF, EFAULT, EINVAL, ENODEV, ENOMEM } from "../../../spec/errno.ts";
import { BASE, World, type WorldOptions } from "../testing/world.ts";

function entriesOf(options: WorldOptions): [number, number] {
  const { params } = new World(options);
  return [params.getUint32(PARAMS_SQ_ENTRIES, true), params.getUint32(PARAMS_CQ_ENTRIES, true)];
}

describe("io_uring_setup", () => {
  it.each<[WorldOptions, [number, number]]>([
    [{ entries: 1 }, [1, 2]],
    [{ entries: 5, cqEntries: 99 }, [8, 16]],
    [{ entries: 40000, flags: IORING_SETUP_CLAMP }, [32768, 65536]],
    [{ entries: 5, cqEntries: 7, flags: IORING_SETUP_CQSIZE }, [8, 8]],
    [{ entries: 4, cqEntries: 100, flags: IORING_SETUP_CQSIZE }, [4, 128]],
    [{ entries: 4, cqEntries: 1e6, flags: IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP }, [4, 65536]],
  ])("rounds %o to %o entries", (options, expected) => {
    expect(entriesOf(options)).toEqual(expected);
  });

  it.each<[string, WorldOptions]>([
    ["no entries", { entries: 0 }],
    ["too many entries", { entries: 32769 }],
    ["an unknown flag", { flags: 2 ** 30 }],
    ["SQPOLL with COOP_TASKRUN", { flags: IORING_SETUP_SQPOLL | IORING_SETUP_COOP_TASKRUN }],
    ["HYBRID_IOPOLL without IOPOLL", { flags: IORING_SETUP_HYBRID_IOPOLL }],
    ["SQ_AFF without SQPOLL", { flags: IORING_SETUP_SQ_AFF }],
    ["CQE_MIXED with CQE32", { flags: IORING_SETUP_CQE_MIXED | IORING_SETUP_CQE32 }],
    ["no CQ entries", { flags: IORING_SETUP_CQSIZE, cqEntries: 0 }],
    ["a small CQ", { entries: 8, flags: IORING_SETUP_CQSIZE, cqEntries: 4 }],
    ["a huge CQ", { flags: IORING_SETUP_CQSIZE, cqEntries: 65537 }],
    ["TASKRUN_FLAG alone", { flags: IORING_SETUP_TASKRUN_FLAG }],
    ["DEFER_TASKRUN without SINGLE_ISSUER", { flags: IORING_SETUP_DEFER_TASKRUN }],
  ])("refuses %s with EINVAL, and leaves params as they were", (_name, options) => {
    const world = new World(options);

    expect(world.ringFd).toBe(-EINVAL);
    expect(world.params.getUint32(PARAMS_FEATURES, true)).toBe(0);
  });

  it("refuses params that cannot be read, before anything else, and reserved fields", () => {
    const world = new World();

    expect(world.kernel.setup(0, 8)).toBe(-EFAULT);
    world.params.setUint32(PARAMS_RESV + 8, 1, true);
    expect(world.kernel.setup(8, BASE)).toBe(-EINVAL);
  });

  it.each([
    ["plain", 0, 64 + 16 * 16],
    ["CQE32", IORING_SETUP_CQE32, 2 * (64 + 16 * 16)],
    ["SQE128", IORING_SETUP_SQE128, 64 + 16 * 16],
    ["NO_SQARRAY", IORING_SETUP_NO_SQARRAY, 0],
    ["COOP_TASKRUN", IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG, 64 + 16 * 16],
    ["DEFER", IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, 64 + 16 * 16],
  ])("lays the rings out as Linux does (%s)", (_name, flags, array) => {
    const { params } = new World({ entries: 8, flags });

    expect(params.getUint32(PARAMS_SQ_OFF_ARRAY, true)).toBe(array);
    expect(params.getUint32(PARAMS_CQ_OFF_CQES, true)).toBe(64);
    expect(params.getUint32(PARAMS_FLAGS, true)).toBe(flags);
  });

  it("fills in masks and counts, and nothing else", () => {
    const world = new World({ entries: 4 });
    const header = Array.from({ length: 12 }, (_, i) => world.word(4 * i));

    expect(header).toEqual([0, 0, 0, 0, 3, 7, 4, 8, 0, 0, 0, 0]);
  });
});

describe("mapping a ring", () => {
  it("gives the same bytes for both rings, and other ones for the SQEs", () => {
    const { kernel, ringFd } = new World();
    const ring = kernel.mapRing(ringFd, IORING_OFF_SQ_RING, PARAMS_SIZE);

    expect(ring).toBeInstanceOf(ArrayBuffer);
    expect(kernel.mapRing(ringFd, IORING_OFF_CQ_RING, 1)).toBe(ring);
    expect(kernel.mapRing(ringFd, IORING_OFF_SQES, 1)).not.toBe(ring);
  });

  it("refuses what is not there", () => {
    const world = new World();
    const { fd } = world.file([]);

    expect(world.kernel.mapRing(60, 0, 1)).toBe(-EBADF);
    expect(world.kernel.mapRing(fd, 0, 1)).toBe(-ENODEV);
    expect(world.kernel.mapRing(world.ringFd, IORING_OFF_PBUF_RING, 1)).toBe(-ENOMEM);
    expect(world.kernel.mapRing(world.ringFd, 12, 1)).toBe(-EINVAL);
  });
});
