/** Reads and writes for tests: with text instead of callbacks to a program's memory. */
import type { OpenFile } from "../../../emulator/host/host.ts";
import { SimClock } from "../../clock.ts";
import { SimFiles, type SimFilesOptions } from "../files.ts";

/** A world with its clock at 0. */
export function newFiles(options: Omit<SimFilesOptions, "clock"> = {}): SimFiles {
  return new SimFiles({ clock: new SimClock(), ...options });
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** An open file, or a failed test. */
export function opened(file: OpenFile | number | undefined): OpenFile {
  if (file === undefined || typeof file === "number") throw new Error(`not open: ${file}`);
  return file;
}

/** Reads as text; a negative result as it is. `taken` limits what the program's memory takes. */
export function readText(
  file: OpenFile,
  length: number,
  position = -1,
  taken: number = length,
): string | number {
  return delivered((deliver) => file.read(length, position, deliver), taken);
}

/** Receives as text; a negative result as it is. */
export function recvText(file: OpenFile, length: number, flags = 0): string | number {
  return delivered((deliver) => file.recv(length, flags, deliver), length);
}

/** Writes text; `readable` limits what can be read from the program's memory. */
export function writeText(
  file: OpenFile,
  text: string,
  position = -1,
  readable: number = text.length,
): number {
  return file.write(text.length, position, fetchFrom(text, readable));
}

export function sendText(file: OpenFile, text: string, flags = 0): number {
  return file.send(text.length, flags, fetchFrom(text, text.length));
}

function delivered(
  call: (deliver: (bytes: Uint8Array) => number) => number,
  taken: number,
): string | number {
  let text = "";
  const result = call((bytes) => {
    const part = bytes.subarray(0, taken);
    text += new TextDecoder().decode(part);
    return part.length;
  });
  return result < 0 ? result : text;
}

function fetchFrom(text: string, readable: number): (into: Uint8Array) => number {
  return (into) => {
    const part = bytes(text).subarray(0, Math.min(readable, into.length));
    into.set(part);
    return part.length;
  };
}
