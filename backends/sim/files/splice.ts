/**
 * Moving bytes between a pipe and a file without the program's memory: splice(2) and tee(2).
 *
 * What arrives in a pipe keeps the slots it came in: pages of a file as they lie in the file, slots
 * of another pipe as they were. The pipe holds the pages of the file themselves, which show later
 * writes to it (FS-81).
 */
import { O_APPEND, O_DIRECT, O_NONBLOCK, SPLICE_F_NONBLOCK } from "../../../spec/abi/linux.ts";
import { EAGAIN, EBADF, EINVAL, EPIPE, ESPIPE } from "../../../spec/errno.ts";
import { WAITS_FOR_INPUT, WAITS_FOR_OUTPUT } from "../../emulator/host/file-calls.ts";
import { CURRENT_POSITION, type Deliver, type OpenFile } from "../../emulator/host/host.ts";
import type { Content } from "./content.ts";
import { readingEnd, writingEnd } from "./fifo.ts";
import { PIPE_SLOT, type PipeBuffer, type Slot } from "./pipe-buffer.ts";
import { PipeReader, PipeWriter } from "./pipe.ts";
import { mayRead, mayWrite, RegularFile } from "./regular.ts";
import { DeviceFile } from "./special.ts";

/** splice(2), as `FileCalls` has it. The checks come in the order of Linux. */
export function splice(
  source: OpenFile,
  inputPosition: number,
  target: OpenFile,
  outputPosition: number,
  length: number,
  flags: number,
): number {
  const [input, output] = [readingEnd(source), writingEnd(target)];
  if (!mayRead(input.flags) || !mayWrite(output.flags)) return -EBADF;
  if (input instanceof PipeReader) {
    if (output instanceof PipeWriter) {
      if (inputPosition !== CURRENT_POSITION || outputPosition !== CURRENT_POSITION) return -ESPIPE;
      return betweenPipes(input, output, length, flags, movePart);
    }
    if (inputPosition !== CURRENT_POSITION) return -ESPIPE;
    return fromPipe(input, output, outputPosition, length, flags);
  }
  if (!(output instanceof PipeWriter)) return -EINVAL;
  if (outputPosition !== CURRENT_POSITION) return -ESPIPE;
  return intoPipe(input, inputPosition, output, length, flags);
}

/** tee(2), as `FileCalls` has it. */
export function tee(source: OpenFile, target: OpenFile, length: number, flags: number): number {
  const [input, output] = [readingEnd(source), writingEnd(target)];
  if (!mayRead(input.flags) || !mayWrite(output.flags)) return -EBADF;
  if (!(input instanceof PipeReader) || !(output instanceof PipeWriter)) return -EINVAL;
  return betweenPipes(input, output, length, flags, copyPart);
}

/** Gives the first bytes of the `index`-th slot to another pipe: all, or `length` of them. */
type GivePart = (from: PipeBuffer, to: PipeBuffer, index: number, length: number) => boolean;

function betweenPipes(
  input: PipeReader,
  output: PipeWriter,
  length: number,
  flags: number,
  give: GivePart,
): number {
  const [from, to] = [input.pipe, output.pipe];
  if (from === to) return -EINVAL;
  const waits = ((input.flags | output.flags) & O_NONBLOCK) === 0 && waitsAtAll(flags);
  if (from.isEmpty() && from.writerOpen) return waits ? WAITS_FOR_INPUT : -EAGAIN;
  if (!to.readerOpen) return -EPIPE;
  if (from.isEmpty()) return 0;
  if (to.isFull()) return waits ? WAITS_FOR_OUTPUT : -EAGAIN;
  const before = from.slots.length;
  let moved = 0;
  // A slot that was moved is gone; one that was copied is still there.
  for (let index = 0; moved < length && index < from.slots.length && !to.isFull();) {
    const slot = from.slots[index] as Slot;
    const part = Math.min(length - moved, slot.end - slot.start);
    if (!give(from, to, index, part)) index += 1;
    moved += part;
  }
  to.readerWakes.add();
  if (from.slots.length < before) from.writerWakes.add();
  return moved;
}

/** Returns whether the slot is gone. */
function movePart(from: PipeBuffer, to: PipeBuffer, index: number, length: number): boolean {
  const slot = from.slots[index] as Slot;
  if (slot.end - slot.start > length) {
    to.push(slot.page, slot.start, slot.start + length, slot.packet);
    slot.start += length;
    return false;
  }
  from.slots.shift();
  to.slots.push(slot);
  return true;
}

function copyPart(from: PipeBuffer, to: PipeBuffer, index: number, length: number): boolean {
  const { page, start, packet } = from.slots[index] as Slot;
  to.push(page, start, start + length, packet);
  return false;
}

function fromPipe(
  input: PipeReader,
  output: OpenFile,
  position: number,
  length: number,
  flags: number,
): number {
  const { pipe } = input;
  if (position !== CURRENT_POSITION && !hasPositions(output)) return -EINVAL;
  if (output.flags & O_APPEND || position < CURRENT_POSITION) return -EINVAL;
  if (!hasPositions(output) && output.kind !== "socket") return -EINVAL;
  if (pipe.isEmpty()) {
    if (!pipe.writerOpen) return 0;
    return (input.flags & O_NONBLOCK) === 0 && waitsAtAll(flags) ? WAITS_FOR_INPUT : -EAGAIN;
  }
  const bytes = firstBytes(pipe, length);
  const fetch = (into: Uint8Array): number => {
    into.set(bytes.subarray(0, into.length));
    return into.length;
  };
  const result =
    output.kind === "socket"
      ? output.send(bytes.length, 0, fetch)
      : output.write(bytes.length, position, fetch);
  if (result === -EAGAIN) return output.flags & O_NONBLOCK ? -EAGAIN : WAITS_FOR_OUTPUT;
  if (result > 0 && pipe.consume(result) > 0) pipe.writerWakes.add();
  return result;
}

function intoPipe(
  input: OpenFile,
  position: number,
  output: PipeWriter,
  length: number,
  flags: number,
): number {
  const { pipe } = output;
  const waits = (output.flags & O_NONBLOCK) === 0 && waitsAtAll(flags);
  if (position !== CURRENT_POSITION && !hasPositions(input)) return -EINVAL;
  if (position < CURRENT_POSITION) return -EINVAL;
  if (!pipe.readerOpen) return -EPIPE;
  if (pipe.isFull()) return waits ? WAITS_FOR_OUTPUT : -EAGAIN;
  const start = firstPage(input, position);
  if (start < 0) return start;
  const count = Math.min(length, pipe.room * PIPE_SLOT - start);
  const pages = pagesOf(input, position);
  const deliver: Deliver = (bytes) => {
    if (pages === undefined) storePages(pipe, bytes, start);
    else sharePages(pipe, pages, start, bytes.length);
    return bytes.length;
  };
  const result =
    input.kind === "socket" ? input.recv(count, 0, deliver) : input.read(count, position, deliver);
  if (result === -EAGAIN) {
    return waits && (input.flags & O_NONBLOCK) === 0 ? WAITS_FOR_INPUT : -EAGAIN;
  }
  if (result > 0) pipe.readerWakes.add();
  return result;
}

function waitsAtAll(flags: number): boolean {
  return (flags & SPLICE_F_NONBLOCK) === 0;
}

function hasPositions(file: OpenFile): boolean {
  return file instanceof RegularFile || file instanceof DeviceFile;
}

/** Where in its page a transfer begins, or -EINVAL for what cannot be spliced from. */
function firstPage(input: OpenFile, position: number): number {
  if (input instanceof RegularFile) {
    return (position === CURRENT_POSITION ? input.position : position) % PIPE_SLOT;
  }
  if (input instanceof DeviceFile) return input.isZero ? 0 : -EINVAL;
  return input.kind === "socket" ? 0 : -EINVAL;
}

/** The pages of a file, from one of them on. */
interface Pages {
  readonly content: Content;
  readonly first: number;
}

/** The pages from a position on, or undefined where bytes are copied: O_DIRECT has no pages. */
function pagesOf(input: OpenFile, position: number): Pages | undefined {
  if (!(input instanceof RegularFile) || input.flags & O_DIRECT) return undefined;
  const from = position === CURRENT_POSITION ? input.position : position;
  return { content: input.inode.content, first: Math.floor(from / PIPE_SLOT) };
}

//= FS-81
/** Puts pages of a file into slots: `length` bytes, from `start` of the first page on. */
function sharePages(
  pipe: PipeBuffer,
  { content, first }: Pages,
  start: number,
  length: number,
): void {
  const end = start + length;
  for (let at = start, index = first; at < end; index++) {
    const from = at % PIPE_SLOT;
    const part = Math.min(PIPE_SLOT - from, end - at);
    pipe.push(content.page(index), from, from + part);
    at += part;
  }
}

/** Copies bytes into slots, the first of which begins at `start` of its page. */
function storePages(pipe: PipeBuffer, bytes: Uint8Array, start: number): void {
  for (let done = 0; done < bytes.length;) {
    const at = done === 0 ? start : 0;
    const part = bytes.subarray(done, done + PIPE_SLOT - at);
    const page = new Uint8Array(PIPE_SLOT);
    page.set(part, at);
    pipe.push(page, at, at + part.length);
    done += part.length;
  }
}

/** A copy of what lies first in a pipe, `length` bytes at most. */
function firstBytes(pipe: PipeBuffer, length: number): Uint8Array {
  const total = pipe.slots.reduce((sum, slot) => sum + slot.end - slot.start, 0);
  const bytes = new Uint8Array(Math.min(total, length));
  let done = 0;
  for (const slot of pipe.slots) {
    if (done === bytes.length) break;
    const part = slot.page.subarray(slot.start, Math.min(slot.end, slot.start + length - done));
    bytes.set(part, done);
    done += part.length;
  }
  return bytes;
}
