/**
 * The comparison sees mistakes: each one that is made in the emulator here changes the numbers of
 * some configuration, or breaks an invariant.
 */
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Core } from "../../backends/emulator/core.ts";
import type { Request, Ring } from "../../backends/emulator/state.ts";
import { EALREADY } from "../../spec/errno.ts";
import { IORING_SETUP_SUBMIT_ALL } from "../../spec/abi/setup.ts";
import { search } from "../../backends/sim/search/search.ts";
import { type Configuration, CONFIGURATIONS } from "./configurations.ts";
import type { RingWorld } from "./ring-world.ts";

const BIT_FAIL = 0x100;
/** Larger ones say nothing more. */
const SMALL = CONFIGURATIONS.filter(({ states }) => states < 5000);

/** Functions of one module of the emulator, or what takes their place. */
type Functions = Record<string, (...parameters: never[]) => unknown>;

/** A mistake: in which file, and what stands in place of which functions there. */
interface Mistake {
  readonly file: string;
  readonly make: (right: Functions) => Functions;
}

const MISTAKES: Record<string, Mistake> = {
  "a soft chain goes on after a failure (LINK-3)": {
    file: "submission/links.ts",
    make: ({ endChainLink }) => ({
      endChainLink: (core: Core, request: Request) => {
        request.bits &= ~BIT_FAIL;
        endChainLink?.(...([core, request] as never[]));
      },
    }),
  },
  "a CQE overtakes the backlog (CQ-4)": {
    file: "completion/completion-queue.ts",
    make: ({ postCompletion }) => ({
      postCompletion: (core: Core, request: Request) => {
        const { backlog } = request.ring;
        const behind = backlog.splice(0);
        postCompletion?.(...([core, request] as never[]));
        backlog.push(...behind);
      },
    }),
  },
  "the kernel lets go of a buffer when the cancellation has come too late (OWN-23)": {
    file: "cancel/cancel-many.ts",
    make: ({ cancel }) => ({
      cancel: (core: Core, ring: Ring, key: { readonly userDataLow: number }) => {
        const result = cancel?.(...([core, ring, key] as never[]));
        const target = ring.live.find(({ userDataLow }) => userDataLow === key.userDataLow);
        if (result === -EALREADY && target !== undefined) target.length = 0;
        return result;
      },
    }),
  },
  "a cancellation that was too late says that it has won (CANCEL-1)": {
    file: "cancel/cancel-many.ts",
    make: ({ cancel }) => ({
      cancel: (core: Core, ring: Ring, key: object) => {
        const result = cancel?.(...([core, ring, key] as never[]));
        return result === -EALREADY ? 0 : result;
      },
    }),
  },
  "the CQEs of a batch come in the opposite order (CQ-11)": {
    file: "completion/completion.ts",
    make: ({ flushCompletions }) => ({
      flushCompletions: (core: Core, ring: Ring) => {
        const { completions, completionCount } = ring;
        completions.splice(0, completionCount, ...completions.slice(0, completionCount).reverse());
        flushCompletions?.(...([core, ring] as never[]));
      },
    }),
  },
  "a rejected SQE does not end the batch (SQ-6)": {
    file: "submission/submit.ts",
    make: ({ submit }) => ({
      submit: (core: Core, ring: Ring, toSubmit: number) => {
        Object.assign(ring, { flags: ring.flags | IORING_SETUP_SUBMIT_ALL });
        return submit?.(...([core, ring, toSubmit] as never[]));
      },
    }),
  },
  "a submission without GETEVENTS moves the backlog (CQ-13)": {
    file: "submission/submit.ts",
    make: ({ submit }) => ({
      submit: (core: Core, ring: Ring, toSubmit: number) => {
        const taken = submit?.(...([core, ring, toSubmit] as never[]));
        flushBacklog?.(core, ring);
        return taken;
      },
    }),
  },
  "a deferred ring runs its task work with every call (TASK-3)": {
    file: "submission/submit.ts",
    make: ({ submit }) => ({
      submit: (core: Core, ring: Ring, toSubmit: number) => {
        const taken = submit?.(...([core, ring, toSubmit] as never[]));
        runTaskWork?.(core, ring);
        return taken;
      },
    }),
  },
};

/** Two of the emulator's own functions, loaded together with the mistake. */
let flushBacklog: ((core: Core, ring: Ring) => void) | undefined;
let runTaskWork: ((core: Core, ring: Ring) => void) | undefined;

/** The world of the model, over an emulator with a mistake in it. */
async function worldWith({ file, make }: Mistake): Promise<typeof import("./ring-world.ts")> {
  vi.resetModules();
  vi.doMock(`../../backends/emulator/${file}`, async (original) => {
    const right: Functions = await original();
    return { ...right, ...make(right) };
  });
  ({ flushBacklog } = await import("../../backends/emulator/completion/completion-queue.ts"));
  ({ runTaskWork } = await import("../../backends/emulator/tasks/task-work.ts"));
  return import("./ring-world.ts");
}

/** Whether a search of the configuration finds other numbers, something wrong, or throws. */
function isNoticed(World: typeof RingWorld, configuration: Configuration): boolean {
  try {
    const { states, transitions, violation } = search(new World(configuration, { last: true }));
    const { withLast } = configuration;
    const same = states === withLast.states && transitions === withLast.transitions;
    return violation !== undefined || !same;
  } catch (error) {
    // The emulator's own invariants may be what breaks.
    return error instanceof Error;
  }
}

afterEach(() => {
  for (const { file } of Object.values(MISTAKES)) vi.doUnmock(`../../backends/emulator/${file}`);
  vi.resetModules();
});

describe("an emulator in which", () => {
  it.each(Object.entries(MISTAKES))("%s is found out", async (_name, mistake) => {
    const { RingWorld } = await worldWith(mistake);

    expect(SMALL.some((configuration) => isNoticed(RingWorld, configuration))).toBe(true);
  });

  it("nothing is wrong is not", async () => {
    const { RingWorld } = await worldWith({ file: "submission/links.ts", make: () => ({}) });

    expect(SMALL.filter((configuration) => isNoticed(RingWorld, configuration))).toEqual([]);
  });
});
