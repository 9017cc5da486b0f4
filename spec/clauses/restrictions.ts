/** Chapter RESTRICT: rings that can do only some things. */
import type { Chapter } from "./types.ts";

/** Chapter RESTRICT. */
export const RESTRICTIONS: Chapter = {
  prefix: "RESTRICT",
  title: "Restrictions",
  introduction:
    "A ring that starts disabled can be given a list of what is allowed. From the moment it is " +
    "enabled everything else is forbidden, for good.",
  clauses: [
    {
      id: "RESTRICT-1",
      rule: "Restrictions can be registered only while the ring is disabled.",
      observable: "-EBADFD",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.10",
    },
    {
      id: "RESTRICT-2",
      rule: "Restrictions can be registered once.",
      observable: "the second time -EBUSY",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.10",
    },
    {
      id: "RESTRICT-3",
      rule:
        "A list with an unknown kind, an unknown opcode, or more than 103 entries (on 6.18) is " +
        "refused whole.",
      observable: "-EINVAL, and a proper list can still be registered",
      source: ["observed on 6.18", "io_uring/register.c"],
      since: "5.10",
    },
    {
      id: "RESTRICT-4",
      rule: "The list has to be readable.",
      observable: "NULL: -EINVAL; not readable: -EFAULT",
      source: ["observed on 6.18", "io_uring/register.c"],
      since: "5.10",
    },
    {
      id: "RESTRICT-5",
      rule: "Restrictions take effect when the ring is enabled, not before.",
      observable: "a register opcode that is not listed works until then, ENABLE_RINGS always",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.10",
    },
    {
      id: "RESTRICT-6",
      rule: "An operation that is not listed is refused.",
      observable: "-EACCES in the CQE",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.10",
    },
    {
      id: "RESTRICT-7",
      rule: "An SQE flag that is neither allowed nor required is refused.",
      observable: "-EACCES in the CQE",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.10",
    },
    {
      id: "RESTRICT-8",
      rule: "An SQE without a required flag is refused.",
      observable: "-EACCES in the CQE",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.10",
    },
    {
      id: "RESTRICT-9",
      rule: "A register opcode that is not listed is refused.",
      observable: "io_uring_register -EACCES",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.10",
    },
    {
      id: "RESTRICT-10",
      rule:
        "A list of one kind forbids everything of the other kinds, and an empty list forbids " +
        "everything.",
      observable: "-EACCES for a NOP on a ring that lists register opcodes only",
      source: ["observed on 6.18", "io_uring/register.c"],
      since: "5.10",
    },
    {
      id: "RESTRICT-11",
      rule: "A forbidden member of a chain counts as rejected.",
      observable: "-EACCES; the others -ECANCELED",
      source: ["observed on 6.18"],
      since: "5.10",
    },
    {
      id: "RESTRICT-12",
      rule: "The reserved fields of an entry and undefined flag bits in it are not looked at.",
      observable: "0",
      source: ["observed on 6.18"],
      since: "5.10",
    },
  ],
};
