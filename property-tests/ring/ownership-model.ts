/**
 * A simple model of who owns what, and random programs that a ring must run as it says.
 *
 * The model knows buffers by number: each belongs to the program, to an operation, or was
 * released. The program knows what its own buffers hold, byte for byte: if an operation ever
 * wrote to memory that is not its own, or memory ever had two owners, a buffer would change
 * that nobody touched.
 */
import type fc from "fast-check";
import { expect } from "vitest";
import { AbortError, type OwnedBuffer, type Ring, SystemError } from "../../src/index.ts";
import type { World } from "../worlds/world.ts";
import { idle, pattern, turn } from "./harness.ts";

export const FILE_BYTES = 300;

export interface ModelBuffer {
  owner: "user" | "operation" | "released";
  readonly capacity: number;
  /** What the program sees in it. */
  content: Uint8Array;
}

export interface ModelOperation {
  readonly buffers: readonly number[];
  /** Whether it ends without anybody doing anything more. */
  ends: boolean;
}

/** What must be so. */
export class Model {
  readonly buffers: ModelBuffer[] = [];
  readonly operations: Map<number, ModelOperation> = new Map<number, ModelOperation>();
  launched = 0;
  /** Places for operations in flight: where all are taken by what waits, nothing ends. */
  readonly #places: number;

  constructor(places: number) {
    this.#places = places;
  }

  /** Whether one more operation may wait, without keeping the others from their end. */
  mayWait(): boolean {
    const waiting = [...this.operations.values()].filter(({ ends }) => !ends);
    return waiting.length + 1 < this.#places;
  }

  owned(): number[] {
    return [...this.buffers.keys()].filter((index) => this.buffers[index]?.owner === "user");
  }

  lost(): number[] {
    return [...this.buffers.keys()].filter((index) => this.buffers[index]?.owner !== "user");
  }
}

interface Settled {
  readonly handles: readonly OwnedBuffer[];
  readonly bytes: number;
  readonly aborted: boolean;
}

/** One operation as it really is. */
export interface RealOperation {
  readonly settled: Promise<Settled>;
  readonly abort: AbortController;
  readonly position: number;
  readonly kind: "read" | "write" | "pipe";
  times: number;
}

/** What really is so. */
export class Real {
  readonly ring: Ring;
  readonly world: World;
  readonly file: number;
  readonly pipe: { readonly read: number; readonly write: number };
  /** By number of the buffer: its newest handle. */
  readonly handles: OwnedBuffer[] = [];
  readonly dead: OwnedBuffer[] = [];
  readonly operations: Map<number, RealOperation> = new Map<number, RealOperation>();
  /** What the file holds by now, where every write writes what stands there already. */
  readonly content: Uint8Array = pattern(FILE_BYTES);

  constructor(ring: Ring, world: World, file: number) {
    this.ring = ring;
    this.world = world;
    this.file = file;
    this.pipe = world.pipe();
  }
}

type Command = fc.AsyncCommand<Model, Real>;

/** The buffer that a random number means, out of those that qualify. */
function pick<Item>(items: readonly Item[], choice: number): Item {
  const item = items[choice % items.length];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}

/** What holds after every step. */
function check(model: Model, real: Real): void {
  const { inFlight, queued } = real.ring.stats;
  expect(inFlight + queued).toBeLessThanOrEqual(2 * model.launched); // each, and its cancel
  for (const index of model.owned()) {
    const handle = real.handles[index]!;
    expect(handle.owned).toBe(true);
    expect(handle.capacity).toBe(model.buffers[index]!.capacity);
    expect(Buffer.compare(handle.bytes, model.buffers[index]!.content)).toBe(0);
  }
  for (const index of model.lost()) expect(real.handles[index]!.owned).toBe(false);
  expect(real.dead.every(({ owned }) => !owned)).toBe(true);
}

function watch(
  promise: Promise<unknown>,
  real: Real,
  facts: Pick<RealOperation, "abort" | "position" | "kind">,
): RealOperation {
  const settled = promise.then(
    (value): Settled => {
      operation.times++;
      const result = value as { buffer?: OwnedBuffer; buffers?: OwnedBuffer[] };
      const { bytesRead, bytesWritten } = value as { bytesRead?: number; bytesWritten?: number };
      const handles = result.buffers ?? [result.buffer!];
      return { handles, bytes: bytesRead ?? bytesWritten ?? -1, aborted: false };
    },
    (error: unknown): Settled => {
      operation.times++;
      if (!(error instanceof AbortError || error instanceof SystemError)) throw error;
      const { buffer } = error as { buffer: OwnedBuffer | OwnedBuffer[] };
      return { handles: [buffer].flat(), bytes: 0, aborted: true };
    },
  );
  const operation: RealOperation = { ...facts, settled, times: 0 };
  real.operations.set(real.operations.size, operation);
  return operation;
}

export class Alloc implements Command {
  readonly #size: number;
  constructor(size: number) {
    this.#size = size;
  }
  check(model: Readonly<Model>): boolean {
    return model.buffers.length < 40;
  }
  async run(model: Model, real: Real): Promise<void> {
    real.handles.push(real.ring.alloc(this.#size));
    const content = new Uint8Array(this.#size);
    model.buffers.push({ owner: "user", capacity: this.#size, content });
    check(model, real);
  }
  toString(): string {
    return `alloc(${this.#size})`;
  }
}

export class Fill implements Command {
  readonly #choice: number;
  constructor(choice: number) {
    this.#choice = choice;
  }
  check(model: Readonly<Model>): boolean {
    return model.owned().length > 0;
  }
  async run(model: Model, real: Real): Promise<void> {
    const index = pick(model.owned(), this.#choice);
    const buffer = model.buffers[index]!;
    buffer.content = pattern(buffer.capacity, this.#choice);
    real.handles[index]!.set(buffer.content);
    check(model, real);
  }
  toString(): string {
    return `fill(${this.#choice})`;
  }
}

export class Release implements Command {
  readonly #choice: number;
  constructor(choice: number) {
    this.#choice = choice;
  }
  check(model: Readonly<Model>): boolean {
    return model.owned().length > 0;
  }
  async run(model: Model, real: Real): Promise<void> {
    const index = pick(model.owned(), this.#choice);
    const view = real.handles[index]!.bytes;
    real.handles[index]!.release();
    model.buffers[index]!.owner = "released";
    expect(view).toHaveLength(0);
    check(model, real);
  }
  toString(): string {
    return `release(${this.#choice})`;
  }
}

/** A read or a write of the file, of one buffer or of two. */
export class Transfer implements Command {
  readonly #kind: "read" | "write";
  readonly #choice: number;
  readonly #position: number;
  constructor(kind: "read" | "write", choice: number, position: number) {
    this.#kind = kind;
    this.#choice = choice;
    this.#position = position;
  }
  check(model: Readonly<Model>): boolean {
    return model.owned().length > 0;
  }
  async run(model: Model, real: Real): Promise<void> {
    const index = pick(model.owned(), this.#choice);
    const handle = real.handles[index]!;
    const view = handle.bytes;
    const { ring, file } = real;
    const abort = new AbortController();
    const position = this.#position;
    if (this.#kind === "write") this.#prepare(handle, real);
    const options = { position, signal: abort.signal };
    const promise =
      this.#kind === "read" ? ring.read(file, handle, options) : ring.write(file, handle, options);
    watch(promise, real, { abort, position, kind: this.#kind });
    expect(view).toHaveLength(0);
    model.buffers[index]!.owner = "operation";
    model.operations.set(model.launched++, { buffers: [index], ends: true });
    check(model, real);
  }
  /** Writes put there what is there: so a read always knows what to expect. */
  #prepare(handle: OwnedBuffer, real: Real): void {
    const { content } = real;
    const length = Math.min(handle.capacity, Math.max(0, FILE_BYTES - this.#position));
    handle.set(content.subarray(this.#position, this.#position + length));
  }
  toString(): string {
    return `${this.#kind}(${this.#choice}, ${this.#position})`;
  }
}

/** A read that waits for a byte; which of several waiting reads gets it, is not said. */
export class ReadPipe implements Command {
  readonly #choice: number;
  constructor(choice: number) {
    this.#choice = choice;
  }
  check(model: Readonly<Model>): boolean {
    return model.owned().length > 0 && model.mayWait();
  }
  async run(model: Model, real: Real): Promise<void> {
    const index = pick(model.owned(), this.#choice);
    const abort = new AbortController();
    const options = { length: 1, signal: abort.signal };
    const promise = real.ring.read(real.pipe.read, real.handles[index]!, options);
    watch(promise, real, { abort, position: 0, kind: "pipe" });
    model.buffers[index]!.owner = "operation";
    model.operations.set(model.launched++, { buffers: [index], ends: false });
    check(model, real);
  }
  toString(): string {
    return `readPipe(${this.#choice})`;
  }
}

export class FeedPipe implements Command {
  check(): boolean {
    return true;
  }
  async run(model: Model, real: Real): Promise<void> {
    real.world.write(real.pipe.write, "x");
    check(model, real);
  }
  toString(): string {
    return "feedPipe()";
  }
}

export class Abort implements Command {
  readonly #choice: number;
  constructor(choice: number) {
    this.#choice = choice;
  }
  check(model: Readonly<Model>): boolean {
    return model.operations.size > 0;
  }
  async run(model: Model, real: Real): Promise<void> {
    const id = pick([...model.operations.keys()], this.#choice);
    real.operations.get(id)!.abort.abort();
    model.operations.get(id)!.ends = true;
    check(model, real);
  }
  toString(): string {
    return `abort(${this.#choice})`;
  }
}

/** Waits for an operation that is bound to end, and takes its buffer back. */
export class Await implements Command {
  readonly #choice: number;
  constructor(choice: number) {
    this.#choice = choice;
  }
  check(model: Readonly<Model>): boolean {
    return [...model.operations.values()].some(({ ends }) => ends);
  }
  async run(model: Model, real: Real): Promise<void> {
    const ending = [...model.operations.keys()].filter((id) => model.operations.get(id)?.ends);
    await takeBack(pick(ending, this.#choice), model, real);
    check(model, real);
  }
  toString(): string {
    return `await(${this.#choice})`;
  }
}

async function takeBack(id: number, model: Model, real: Real): Promise<void> {
  const operation = real.operations.get(id)!;
  const { handles, bytes, aborted } = await operation.settled;
  const { buffers } = model.operations.get(id)!;
  expect(operation.times).toBe(1);
  expect(handles).toHaveLength(buffers.length);
  buffers.forEach((index, place) => {
    const handle = handles[place]!;
    expect(real.handles[index]!.owned).toBe(false);
    expect(real.dead).not.toContain(handle);
    real.dead.push(real.handles[index]!);
    real.handles[index] = handle;
    const buffer = model.buffers[index]!;
    expect(buffer.owner).toBe("operation");
    buffer.owner = "user";
    buffer.content = Uint8Array.from(handle.bytes);
    if (operation.kind !== "write") expect(handle.length).toBe(aborted ? 0 : bytes);
    if (operation.kind === "read" && !aborted) {
      const { position } = operation;
      const expected = real.content.subarray(position, position + bytes);
      expect(Buffer.compare(handle.bytes, expected)).toBe(0);
    }
  });
  model.operations.delete(id);
}

/** A handle that is not the program's any more: every use of it is refused. */
export class Misuse implements Command {
  readonly #choice: number;
  constructor(choice: number) {
    this.#choice = choice;
  }
  check(model: Readonly<Model>): boolean {
    return model.lost().length > 0;
  }
  async run(model: Model, real: Real): Promise<void> {
    const stale = [...model.lost().map((index) => real.handles[index]!), ...real.dead];
    const handle = pick(stale, this.#choice);
    const before = real.ring.stats;
    for (const use of [
      () => real.ring.read(real.file, handle),
      () => real.ring.writev(real.file, [handle]),
      () => handle.bytes,
      () => handle.release(),
    ]) {
      expect(use).toThrow(/was handed to (read|write) #\d+|was released/);
    }
    expect(real.ring.stats).toEqual(before);
    check(model, real);
  }
  toString(): string {
    return `misuse(${this.#choice})`;
  }
}

/** The world goes on for a turn. */
export class Turn implements Command {
  check(): boolean {
    return true;
  }
  async run(model: Model, real: Real): Promise<void> {
    await turn();
    check(model, real);
  }
  toString(): string {
    return "turn()";
  }
}

/** Ends everything, takes every buffer back, and releases it. */
export async function finish(model: Model, real: Real): Promise<void> {
  for (const id of model.operations.keys()) real.operations.get(id)!.abort.abort();
  for (const id of [...model.operations.keys()]) await takeBack(id, model, real);
  check(model, real);
  for (const index of model.owned()) real.handles[index]!.release();
  expect([...real.operations.values()].every(({ times }) => times === 1)).toBe(true);
  await idle(real.ring);
}
