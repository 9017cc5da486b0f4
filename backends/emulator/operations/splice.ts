/**
 * SPLICE and TEE (FS-11, FS-12, FS-45 to FS-50).
 *
 * Both run on a worker and block it where they wait, in a way that no poll knows of: a
 * cancellation interrupts the worker, and the request ends with ERESTARTSYS, which no other system
 * call shows to a program (FS-68).
 */
import {
  POLLIN,
  POLLOUT,
  POLLRDNORM,
  POLLWRNORM,
  SPLICE_F_GIFT,
  SPLICE_F_MORE,
  SPLICE_F_MOVE,
  SPLICE_F_NONBLOCK,
} from "../../../spec/abi/linux.ts";
import { IOSQE_ASYNC, SPLICE_F_FD_IN_FIXED } from "../../../spec/abi/sqe.ts";
import { EBADF, EINVAL } from "../../../spec/errno.ts";
import { fileOf } from "../files/descriptors.ts";
import { nodeOf } from "../issue/assign-file.ts";
import { type Core, type Operation, PENDING } from "../core.ts";
import { WAITS_FOR_INPUT, WAITS_FOR_OUTPUT } from "../host/file-calls.ts";
import type { OpenFile } from "../host/host.ts";
import { ALWAYS_POLLED, armOn } from "../issue/arming.ts";
import { SpliceInput } from "../files/splice-input.ts";
import type { SqeReader } from "../submission/sqe.ts";
import { BIT_BLOCKING } from "../request-bits.ts";
import type { Request } from "../state.ts";
import { defineOperation, ERESTARTSYS, type OperationDefinition } from "./define.ts";

const FLAGS = SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE | SPLICE_F_GIFT;

const MOVES: Omit<OperationDefinition, "name" | "prepare" | "execute"> = {
  needsFile: true,
  //= CANCEL-14, FS-68
  interrupted: -ERESTARTSYS,
};

/** Moves bytes between a pipe and another file. */
export const splice: Operation = defineOperation({
  ...MOVES,
  name: "splice",
  prepare(_core, request, sqe) {
    request.address = sqe.signedAddr;
    request.offset = sqe.off;
    return prepareMove(request, sqe);
  },
  execute(core, request) {
    return execute(core, request, (input, output) => {
      const { address, offset, length, opFlags } = request;
      //= FS-11
      return core.files.splice(input, address, output, offset, length, opFlags & FLAGS);
    });
  },
});

/** Copies bytes from pipe to pipe. */
export const tee: Operation = defineOperation({
  ...MOVES,
  name: "tee",
  prepare(_core, request, sqe) {
    //= FS-50
    if (sqe.addr !== 0 || sqe.off !== 0) return -EINVAL;
    return prepareMove(request, sqe);
  },
  execute(core, request) {
    return execute(core, request, (input, output) =>
      //= FS-12
      core.files.tee(input, output, request.length, request.opFlags & FLAGS),
    );
  },
});

function prepareMove(request: Request, sqe: SqeReader): number {
  request.length = sqe.len;
  request.opFlags = sqe.opFlags;
  //= FS-47
  if (request.opFlags & ~(FLAGS | SPLICE_F_FD_IN_FIXED)) return -EINVAL;
  request.fileIndex = sqe.fileIndex;
  //= LINK-7
  request.minimum = request.length;
  request.bits |= IOSQE_ASYNC;
  return 0;
}

function execute(
  core: Core,
  request: Request,
  move: (input: OpenFile, output: OpenFile) => number,
): number {
  const { file } = request;
  const input = inputOf(core, request);
  //= FS-46
  if (file === undefined || input === undefined) return -EBADF;
  const result = request.length === 0 ? 0 : move(input, file);
  if (result === WAITS_FOR_INPUT) return block(core, request, input, POLLIN | POLLRDNORM);
  if (result === WAITS_FOR_OUTPUT) return block(core, request, file, POLLOUT | POLLWRNORM);
  letGoOfInput(request);
  return result;
}

//= FS-82
/** A worker that is done closes what it opened by number, before the request ends. */
function letGoOfInput(request: Request): void {
  const { detail } = request;
  if (!(detail instanceof SpliceInput) || detail.node !== undefined) return;
  request.detail = undefined;
  detail.file.release();
}

/** The file to read from: looked up at the first try, and kept. */
function inputOf(core: Core, request: Request): OpenFile | undefined {
  const { detail } = request;
  if (detail instanceof SpliceInput) return detail.file;
  //= FS-47
  const fixed = (request.opFlags & SPLICE_F_FD_IN_FIXED) !== 0;
  const node = fixed ? nodeOf(request.ring, request.fileIndex) : undefined;
  const file = fixed ? node?.file : fileOf(core, request.fileIndex | 0);
  if (file === undefined) return undefined;
  if (node !== undefined) node.references += 1;
  else file.retain();
  request.detail = new SpliceInput(file, node);
  return file;
}

//= FS-68
function block(core: Core, request: Request, file: OpenFile, events: number): number {
  request.bits |= BIT_BLOCKING;
  armOn(core, request, file, events | ALWAYS_POLLED);
  return PENDING;
}
