/** Which operations a backend has: IORING_REGISTER_PROBE. */
import { IO_URING_OP_SUPPORTED, IORING_REGISTER_PROBE } from "../../../spec/abi/register.ts";
import { Queue } from "../../../src/queue/index.ts";
import type { World } from "../../worlds/world.ts";

const OPERATIONS = 256;
const HEADER_SIZE = 16;
const OPERATION_SIZE = 8;
const OPERATION_FLAGS = 2;

/** The opcodes that the kernel says it has; undefined when it does not know the question. */
export function supportedOpcodes(world: World): ReadonlySet<number> | undefined {
  const queue = Queue.open(world.backend, { entries: 2 });
  const probe = world.memory.allocate(HEADER_SIZE + OPERATIONS * OPERATION_SIZE);
  const result = world.backend.register(
    queue.ringFd,
    IORING_REGISTER_PROBE,
    probe.address,
    OPERATIONS,
  );
  queue.close();
  if (result < 0) return undefined;
  const supported = new Set<number>();
  for (let index = 0; index < (probe.bytes[1] ?? 0); index++) {
    const at = HEADER_SIZE + index * OPERATION_SIZE;
    const flags = probe.view.getUint16(at + OPERATION_FLAGS, true);
    if (flags & IO_URING_OP_SUPPORTED) supported.add(probe.view.getUint8(at));
  }
  return supported;
}
