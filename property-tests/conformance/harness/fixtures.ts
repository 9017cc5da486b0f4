/** What many scenarios start from: a request that waits, one that fails, a file. */
import { O_RDWR } from "../../../spec/abi/linux.ts";
import { SQE_IOPRIO } from "../../../spec/abi/sqe.ts";
import type { World } from "../../worlds/world.ts";
import { nop, read, set16, type Entry } from "./entries.ts";

/** A read of one byte from an empty pipe. */
export interface Waiting {
  readonly entry: Entry;
  /** The read end of the pipe. */
  readonly fd: number;
  /** Lets one reader of the pipe go on. */
  wake(): void;
}

/** A request that waits until it is woken, or for ever. */
export function waiting(world: World): Waiting {
  const pipe = world.pipe();
  return {
    entry: read(pipe.read, world.memory.allocate(1)),
    fd: pipe.read,
    wake: () => {
      world.write(pipe.write, "x");
    },
  };
}

/** A request that fails with EBADF when it is issued. */
export function failing(world: World): Entry {
  return read(-1, world.memory.allocate(1));
}

/** A request that is rejected with EINVAL when it is set up, before it is issued. */
export const rejected: Entry = set16(SQE_IOPRIO, 1, nop());

/** A new file with this content, open. */
export function fileWith(world: World, content: string, flags: number = O_RDWR): number {
  const path = world.tempPath("file");
  world.writeFile(path, content);
  return world.open(path, flags);
}
