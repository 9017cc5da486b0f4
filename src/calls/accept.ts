import type { Engine } from "../engine/engine.ts";
import { SOCKADDR_BYTES } from "../handles/address.ts";
import { Descriptor } from "../handles/descriptor.ts";
import { Socket } from "../handles/socket.ts";
import { ACCEPT, ACCEPT_SCRATCH_BYTES, type Accepted } from "../operations/accept.ts";
import { beginOn } from "./files.ts";
import { type Abortable, checkOptions } from "./options.ts";

/** See `Listener.accept`. */
export function accept<Id>(
  engine: Engine,
  target: object,
  options: Abortable,
): Promise<Socket<Id>> {
  const signal = checkOptions("accept", options);
  const operation = beginOn(engine, ACCEPT, target);
  const scratch = engine.scratch(operation, ACCEPT_SCRATCH_BYTES);
  scratch.setUint32(SOCKADDR_BYTES, SOCKADDR_BYTES, true);
  operation.address = operation.scratch?.address ?? 0;
  return engine
    .launch<Accepted>(operation, signal)
    .then(({ fd, peer }) => new Socket<Id>(new Descriptor(engine, fd, "socket"), peer));
}
