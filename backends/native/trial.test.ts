import { describe, expect, it } from "vitest";
import type { Backend, Region } from "../../src/backend.ts";
import { IORING_OFF_SQES } from "../../spec/abi/setup.ts";
import { EFAULT, EINTR, ENOMEM, EPERM } from "../../spec/errno.ts";
import { openNativeBackend } from "./open.ts";
import { READ_BYTES, tryRing } from "./trial.ts";

const native = await openNativeBackend();

/** The real backend with some calls answered otherwise, as a restricted system would. */
function restricted(calls: Partial<Backend>): Backend {
  return {
    name: "native",
    setup: (entries, params) => native.setup(entries, params),
    enter: (...values) => native.enter(...values),
    register: (...values) => native.register(...values),
    mapRing: (...values) => native.mapRing(...values),
    allocate: (...values) => native.allocate(...values),
    watch: (...values) => native.watch(...values),
    close: (fd) => native.close(fd),
    ...calls,
  };
}

describe("the trial of io_uring", () => {
  it("passes on this kernel", async () => {
    expect(await tryRing(native)).toEqual({ stage: "done" });
  });

  it("passes although signals interrupt it", async () => {
    let calls = 0;
    const backend = restricted({
      enter: (...values) => {
        const result = native.enter(...values);
        calls += 1;
        return calls === 1 ? -EINTR : result;
      },
    });

    expect(await tryRing(backend)).toEqual({ stage: "done" });
  });

  it("reports a refused set-up", async () => {
    const outcome = await tryRing(restricted({ setup: () => -EPERM }));

    expect(outcome).toEqual({ stage: "call", call: "io_uring_setup", errno: EPERM });
  });

  it("reports a refused mapping, and closes the ring", async () => {
    const closed: number[] = [];
    const backend = restricted({
      mapRing: (fd, offset, length) =>
        offset === IORING_OFF_SQES ? -ENOMEM : native.mapRing(fd, offset, length),
      close: (fd) => {
        closed.push(fd);
        return native.close(fd);
      },
    });

    expect(await tryRing(backend)).toEqual({ stage: "call", call: "mmap", errno: ENOMEM });
    expect(closed).toHaveLength(1);
  });

  it("reports a refused enter", async () => {
    const outcome = await tryRing(restricted({ enter: () => -EPERM }));

    expect(outcome).toEqual({ stage: "call", call: "io_uring_enter", errno: EPERM });
  });

  it("reports an operation that never completes", async () => {
    const accepting = restricted({ enter: (_fd, toSubmit) => toSubmit });

    expect(await tryRing(accepting, { waitMilliseconds: 3 })).toEqual({
      stage: "wait",
      operation: "NOP",
      waitedMilliseconds: 3,
    });
  });

  it("reports which operation is missing when only one completes", async () => {
    const half = restricted({
      enter: (fd, toSubmit, minComplete, flags, arg, size) => {
        native.enter(fd, Math.min(toSubmit, 1), minComplete, flags, arg, size);
        return toSubmit;
      },
    });

    expect(await tryRing(half, { waitMilliseconds: 3 })).toMatchObject({ operation: "READ" });
  });

  it("reports an operation that fails", async () => {
    const unmapped = restricted({
      allocate: (byteLength, alignment) => {
        const region = native.allocate(byteLength, alignment);
        if (byteLength !== READ_BYTES) return region;
        return { address: 8, byteLength, buffer: region.buffer, free: () => region.free() };
      },
    });

    expect(await tryRing(unmapped)).toEqual({ stage: "result", operation: "READ", res: -EFAULT });
  });

  it("reports a read that gives other bytes than the file has", async () => {
    const regions: Region[] = [];
    const wrong = restricted({
      allocate: (...values) => {
        regions.push(native.allocate(...values));
        return regions.at(-1)!;
      },
      enter: (...values) => {
        const result = native.enter(...values);
        new Uint8Array(regions.at(-1)!.buffer).fill(0x55);
        return result;
      },
    });

    expect(await tryRing(wrong)).toEqual({ stage: "result", operation: "READ", res: READ_BYTES });
  });
});
