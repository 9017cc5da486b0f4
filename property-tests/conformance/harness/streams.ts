/** Streams that a multishot request can take from. */
import type { World } from "../../worlds/world.ts";
import { readMultishot, recvMultishot } from "./buffers.ts";
import type { Entry } from "./entries.ts";

/** A stream that a multishot request can take from, and the request. */
export interface Stream {
  readonly name: string;
  readonly fd: number;
  readonly writer: number;
  readonly entry: (group?: number) => Entry;
}

/** A pipe for READ_MULTISHOT and a socket for RECV. */
export function streams(world: World): readonly Stream[] {
  const pipe = world.pipe();
  const [socket, other] = world.socketPair();
  return [
    {
      name: "read",
      fd: pipe.read,
      writer: pipe.write,
      entry: (group = 1) => readMultishot(pipe.read, group),
    },
    {
      name: "recv",
      fd: socket,
      writer: other,
      entry: (group = 1) => recvMultishot(socket, group),
    },
  ];
}
