/** Requests that have to do with another ring: messages, files for its table, polls of it. */
import fc from "fast-check";
import { POLLIN, POLLOUT } from "../../../../spec/abi/linux.ts";
import { IORING_CQE_F_32, IORING_CQE_F_MORE, IORING_CQE_F_SKIP } from "../../../../spec/abi/cqe.ts";
import * as op from "../../../../spec/abi/opcodes.ts";
import * as sqe from "../../../../spec/abi/sqe.ts";
import { OTHER_RING, PIPE_READ, RING } from "../../fixtures.ts";
import type { Word } from "../../program.ts";
import type { Family } from "../family.ts";
import { among, type Draft, flagBits, mostly } from "../values.ts";

const ring = mostly(24, among(RING, OTHER_RING, OTHER_RING), among(PIPE_READ, -1, 40));
/** The first of the user_data that messages have: no SQE has one of them. */
const FIRST_MESSAGE = 500;
const messageName = among<Word>(FIRST_MESSAGE, FIRST_MESSAGE + 1);

const data: Family["draft"] = fc
  .record({
    fd: ring,
    off: messageName,
    len: among(0, 7, 0xffff_fff0),
    passed: mostly(
      2,
      among<number | undefined>(undefined),
      among(0, 1, IORING_CQE_F_MORE, IORING_CQE_F_32, IORING_CQE_F_SKIP, 0xffff_ffff),
    ),
    odd: mostly(
      16,
      among<Partial<Draft>>({}),
      among<Partial<Draft>>({ fileIndex: 1 }, { addr3: 1 }),
    ),
  })
  .map(({ passed, odd, ...rest }) => ({
    opcode: op.IORING_OP_MSG_RING,
    addr: sqe.IORING_MSG_DATA,
    ...rest,
    ...(passed === undefined ? {} : { opFlags: sqe.IORING_MSG_RING_FLAGS_PASS, fileIndex: passed }),
    ...odd,
  }));

const file: Family["draft"] = fc.record({
  opcode: among(op.IORING_OP_MSG_RING),
  fd: ring,
  addr: among<Word>(sqe.IORING_MSG_SEND_FD),
  off: messageName,
  len: mostly(20, among(0), among(1)),
  opFlags: mostly(6, among(0, 0, sqe.IORING_MSG_RING_CQE_SKIP), among(2, 3)),
  addr3: mostly(16, among<Word>(0, 1, 2), among<Word>(3, 40)),
  fileIndex: mostly(16, among(1, 2, 3, sqe.IORING_FILE_INDEX_ALLOC), among(0, 40)),
});

const poll: Family["draft"] = fc.record({
  opcode: among(op.IORING_OP_POLL_ADD),
  fd: ring,
  opFlags: flagBits(16, POLLIN, POLLIN, POLLIN | POLLOUT, POLLOUT),
  len: among(0, 0, sqe.IORING_POLL_ADD_MULTI),
});

export const ringFamilies: readonly Family[] = [
  { name: "message", weight: 6, opcodes: [op.IORING_OP_MSG_RING], draft: data },
  { name: "file for a ring", weight: 4, opcodes: [op.IORING_OP_MSG_RING], draft: file },
  { name: "poll of a ring", weight: 3, opcodes: [op.IORING_OP_POLL_ADD], draft: poll },
];
