/** What Node offers without this library: `fs.promises`, four threads behind it. */
import { type FileHandle, open } from "node:fs/promises";
import type { Contender } from "../protocol.ts";
import { BLOCK, Countdown, Positions } from "../workload.ts";

class FileHandleReader implements Contender {
  readonly #file: FileHandle;
  readonly #positions = new Positions();

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async run(depth: number, milliseconds: number): Promise<number> {
    const countdown = new Countdown(milliseconds);
    await Promise.all(Array.from({ length: depth }, () => this.#lane(countdown)));
    return countdown.done;
  }

  async #lane(countdown: Countdown): Promise<void> {
    const buffer = Buffer.alloc(BLOCK);
    for (let over = false; !over;) {
      const { bytesRead } = await this.#file.read(buffer, 0, BLOCK, this.#positions.next());
      over = countdown.count(bytesRead);
    }
  }
}

export async function openFileHandleReader(path: string): Promise<Contender> {
  return new FileHandleReader(await open(path));
}
