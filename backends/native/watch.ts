/**
 * Wake-ups: an eventfd that the ring signals when it has completions (or, with
 * DEFER_TASKRUN, work that will give some), read by the event loop.
 *
 *   ring --signals--> eventfd <--reads-- libuv, as the stream of a net.Socket
 *
 * Why an eventfd: polling the descriptor of a DEFER_TASKRUN ring never wakes. On other
 * rings it would, but one way for all costs less than 0.1 µs per `enter`.
 *
 * Why a net.Socket, and not `koffi.node.poll`: when a Worker ends or is terminated
 * while a descriptor that koffi polls is readable, koffi calls into JS that may no
 * longer run, and the whole process aborts (seen with koffi 3.3.4 on Node 20 and 24; so
 * does a main thread that ends by itself). Handles of Node itself are closed before.
 * A socket takes only descriptors of pipes and the like, so it is given the end of a
 * pipe, and before the event loop looks at it, dup3(2) puts the eventfd in its place.
 *
 * A watch starts unreferenced: an idle ring does not keep the process alive.
 */
import { Socket } from "node:net";
import type { OnReadOpts, SocketConstructorOpts } from "node:net";
import type { Region, Watch } from "../../src/backend.ts";
import { O_CLOEXEC, O_NONBLOCK } from "../../spec/abi/linux.ts";
import { IORING_REGISTER_EVENTFD, IORING_UNREGISTER_EVENTFD } from "../../spec/abi/register.ts";
import { errnoName } from "./names.ts";
import type { SystemCalls } from "./system-calls.ts";

/** eventfd(2) takes the bits of open(2). */
const EVENTFD_FLAGS = O_NONBLOCK | O_CLOEXEC;
/** What is queued before the eventfd is registered gives no signal, so there is one to start. */
const EVENTFD_START = 1;
/** An eventfd is read as one u64. */
const COUNTER_BYTES = 8;

/**
 * Starts a watch of `ringFd`, unreferenced.
 *
 * `onReadable` is called once soon, and then at least once after the last completion it
 * has not seen yet; often it finds nothing. It is not called again for completions that
 * it leaves in the CQ: whoever stops early comes back by other means.
 *
 * @throws {Error} when there are no descriptors left, or the ring has an eventfd already
 */
export function openWatch(
  calls: SystemCalls,
  scratch: Region,
  ringFd: number,
  onReadable: () => void,
): NativeWatch {
  const eventfd = expect("eventfd", calls.eventfd(EVENTFD_START, EVENTFD_FLAGS));
  try {
    const socket = socketOver(calls, scratch, eventfd, onReadable);
    const watch = new NativeWatch(calls, ringFd, socket);
    new DataView(scratch.buffer).setInt32(0, eventfd, true);
    const registered = calls.register(ringFd, IORING_REGISTER_EVENTFD, scratch.address, 1);
    if (registered < 0) socket.destroy();
    expect("registering an eventfd", registered);
    return watch;
  } finally {
    calls.close(eventfd);
  }
}

/** The wake-up of one ring on the event loop. */
export class NativeWatch implements Watch {
  readonly #calls: SystemCalls;
  readonly #ringFd: number;
  #socket: Socket | undefined;

  constructor(calls: SystemCalls, ringFd: number, socket: Socket) {
    this.#calls = calls;
    this.#ringFd = ringFd;
    this.#socket = socket;
    socket.unref();
  }

  /** False once closed. */
  get active(): boolean {
    return this.#socket !== undefined;
  }

  ref(): void {
    this.#socket?.ref();
  }

  unref(): void {
    this.#socket?.unref();
  }

  /** Stops the wake-ups. To be called before the ring is closed; harmless when repeated. */
  close(): void {
    if (this.#socket === undefined) return;
    this.#socket.destroy();
    this.#socket = undefined;
    this.#calls.register(this.#ringFd, IORING_UNREGISTER_EVENTFD, 0, 0);
  }
}

/** A socket whose descriptor is a duplicate of the eventfd. Closing it closes that one only. */
function socketOver(
  calls: SystemCalls,
  scratch: Region,
  eventfd: number,
  onReadable: () => void,
): Socket {
  expect("pipe2", calls.pipe2(scratch.address, EVENTFD_FLAGS));
  const numbers = new DataView(scratch.buffer);
  const [readEnd, writeEnd] = [numbers.getInt32(0, true), numbers.getInt32(4, true)];
  const callback = (): boolean => {
    onReadable();
    return true;
  };
  const onread = { buffer: new Uint8Array(COUNTER_BYTES), callback };
  // @types/node lists `onread` for connect() only; Node documents it for both.
  const options: SocketConstructorOpts & { onread: OnReadOpts } = {
    fd: readEnd,
    readable: true,
    writable: false,
    onread,
  };
  const socket = new Socket(options);
  const replaced = calls.dup3(eventfd, readEnd, O_CLOEXEC);
  calls.close(writeEnd);
  if (replaced < 0) socket.destroy();
  expect("dup3", replaced);
  return socket;
}

function expect(what: string, result: number): number {
  if (result < 0) throw new Error(`no wake-ups for the ring: ${what} gave ${errnoName(-result)}`);
  return result;
}
