/**
 * Wake-ups: the event loop watches a descriptor that becomes readable when the
 * ring may have completions.
 *
 * On most rings that is the ring's own descriptor (it polls readable while CQEs
 * wait). On a DEFER_TASKRUN ring it is not: completions appear only when the owner
 * enters the kernel, and polling the ring never wakes it. There an eventfd is
 * registered with the ring, signalled when work is queued (REG-9, TASK-3). It starts
 * at 1, because what was queued before it was registered gives no signal.
 *
 * A watch starts unreferenced: an idle ring does not keep the process alive.
 */
import type { Region, Watch } from "../../src/backend.ts";
import { IORING_REGISTER_EVENTFD, IORING_UNREGISTER_EVENTFD } from "../../spec/abi/register.ts";
import { IORING_SETUP_DEFER_TASKRUN } from "../../spec/abi/setup.ts";
import type { Library, PollHandle } from "./library.ts";
import type { SystemCalls } from "./system-calls.ts";

/** eventfd(2): the same bits as O_NONBLOCK and O_CLOEXEC. */
const EFD_NONBLOCK = 0x800;
const EFD_CLOEXEC = 0x80000;
/** An eventfd is read as one u64. */
const COUNTER_BYTES = 8;

/** What a watch needs of the backend that opens it. */
export interface WatchContext {
  readonly library: Library;
  readonly calls: SystemCalls;
  readonly allocate: (byteLength: number) => Region;
}

/** A descriptor to poll, and what belongs to it. */
interface Source {
  readonly fd: number;
  /** Makes the descriptor unreadable until the next signal. */
  acknowledge(): void;
  dispose(): void;
}

/**
 * Starts a watch of `ringFd`, unreferenced. `onReadable` is called from the event
 * loop, and again in every turn while the ring stays readable.
 *
 * @param setupFlags - IORING_SETUP_* as the ring was set up with
 * @throws {Error} when an eventfd is needed and cannot be had
 */
export function openWatch(
  context: WatchContext,
  ringFd: number,
  setupFlags: number,
  onReadable: () => void,
): NativeWatch {
  const deferred = (setupFlags & IORING_SETUP_DEFER_TASKRUN) !== 0;
  const source = deferred ? eventfdSource(context, ringFd) : ringSource(ringFd);
  try {
    return new NativeWatch(context.library, source, onReadable);
  } catch (error) {
    source.dispose();
    throw error;
  }
}

export class NativeWatch implements Watch {
  readonly #source: Source;
  readonly #onReadable: () => void;
  /** Held for the life of the watch: a handle that is collected stops watching. */
  #handle: PollHandle | undefined;

  constructor(library: Library, source: Source, onReadable: () => void) {
    this.#source = source;
    this.#onReadable = onReadable;
    this.#handle = library.poll(source.fd, () => this.#wake());
    this.#handle.unref();
  }

  /** False once closed. */
  get active(): boolean {
    return this.#handle !== undefined;
  }

  ref(): void {
    this.#handle?.ref();
  }

  unref(): void {
    this.#handle?.unref();
  }

  /** Stops the wake-ups. To be called before the ring is closed; harmless when repeated. */
  close(): void {
    this.#handle?.close();
    if (this.#handle !== undefined) this.#source.dispose();
    this.#handle = undefined;
  }

  /**
   * An exception must not leave a callback of libuv: nothing would report it until
   * some later native call. It is thrown again from a turn of its own.
   */
  #wake(): void {
    if (this.#handle === undefined) return;
    this.#source.acknowledge();
    try {
      this.#onReadable();
    } catch (error) {
      setImmediate(() => {
        throw error;
      });
    }
  }
}

function ringSource(ringFd: number): Source {
  return { fd: ringFd, acknowledge: () => undefined, dispose: () => undefined };
}

function eventfdSource(context: WatchContext, ringFd: number): Source {
  const { calls } = context;
  const fd = calls.eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);
  if (fd < 0) throw new Error(`no eventfd for the ring: errno ${-fd}`);
  const scratch = context.allocate(COUNTER_BYTES);
  new DataView(scratch.buffer).setInt32(0, fd, true);
  const registered = calls.register(ringFd, IORING_REGISTER_EVENTFD, scratch.address, 1);
  const release = (): void => {
    calls.close(fd);
    scratch.free();
  };
  if (registered < 0) {
    release();
    throw new Error(`the ring takes no eventfd: errno ${-registered}`);
  }
  return {
    fd,
    acknowledge: () => void calls.read(fd, scratch.address, COUNTER_BYTES),
    dispose: () => {
      calls.register(ringFd, IORING_UNREGISTER_EVENTFD, 0, 0);
      release();
    },
  };
}
