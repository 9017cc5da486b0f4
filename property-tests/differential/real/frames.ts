/** Frames in the child: read and written without an event loop. */
import { EINTR } from "../../../spec/errno.ts";
import type { Place } from "./places.ts";
import { type Answer, FRAME_HEADER_BYTES } from "./protocol.ts";
import { must, type System } from "./system.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();
const NOTHING = new Uint8Array(0);

/** Reads commands. The process ends when there are no more. */
export class FrameReader {
  readonly #system: System;
  readonly #place: Place;
  readonly #fd: number;

  constructor(system: System, place: Place, fd: number) {
    this.#system = system;
    this.#place = place;
    this.#fd = fd;
  }

  /** The JSON of the next frame, parsed. */
  next(): unknown {
    const { bytes } = this.#place;
    this.#read(0, FRAME_HEADER_BYTES);
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    this.#read(0, length);
    return JSON.parse(decoder.decode(bytes.subarray(0, length)));
  }

  #read(from: number, length: number): void {
    let at = from;
    while (at < from + length) {
      const { address } = this.#place;
      const count = this.#system.read(this.#fd, address + at, from + length - at);
      if (count === -EINTR) continue;
      if (must("read", count) === 0) process.kill(process.pid, "SIGKILL");
      at += count;
    }
  }
}

/** Writes an answer, with bytes behind it. */
export function writeAnswer(
  system: System,
  place: Place,
  fd: number,
  answer: Answer,
  more: Uint8Array = NOTHING,
): void {
  const { bytes, address } = place;
  const json = encoder.encode(JSON.stringify(answer));
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint32(0, json.length, true);
  view.setUint32(4, more.length, true);
  bytes.set(json, FRAME_HEADER_BYTES);
  bytes.set(more, FRAME_HEADER_BYTES + json.length);
  const total = FRAME_HEADER_BYTES + json.length + more.length;
  for (let at = 0; at < total;) {
    const count = system.write(fd, address + at, total - at);
    if (count === -EINTR) continue;
    at += must("write", count);
  }
}
