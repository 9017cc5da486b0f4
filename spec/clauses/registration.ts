/** Chapter REG: io_uring_register(2), but for files, buffers and restrictions. */
import type { Chapter } from "./types.ts";

/** Chapter REG. */
export const REGISTRATION: Chapter = {
  prefix: "REG",
  title: "Registration",
  introduction:
    "io_uring_register changes a ring, or tells about it. Registered files, buffers, buffer " +
    "rings, restrictions and cancellation have chapters of their own.",
  clauses: [
    {
      id: "REG-1",
      rule:
        "An opcode that the kernel does not have is refused before the descriptor " +
        "is looked at.",
      observable: "-EINVAL, also for descriptor -1",
      source: ["observed on 6.18", "io_uring_register(2)"],
    },
    {
      id: "REG-2",
      rule:
        "With bit 31 of the opcode the descriptor is the index of a registered ring of this " +
        "task.",
      observable: "as with the descriptor; 16 and above: -EINVAL; an empty slot: -EBADF",
      source: ["observed on 6.18", "io_uring/register.c"],
      since: "6.3",
    },
    {
      id: "REG-4",
      rule: "PROBE tells the opcodes of the kernel.",
      observable:
        "last_op 62 on 6.18; ops_len is the smaller of nr_args and 63; flag 1 for each one " +
        "supported",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.6",
    },
    {
      id: "REG-7",
      rule: "ENABLE_RINGS starts a disabled ring, once.",
      observable: "0; on an enabled ring -EBADFD",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.10",
    },
    {
      id: "REG-8",
      rule: "REGISTER_EVENTFD takes one eventfd, and only one at a time.",
      observable: "0; if there is one already -EBUSY; no eventfd -EINVAL; not open -EBADF",
      source: ["observed on 6.18", "io_uring/eventfd.c"],
      since: "5.2",
    },
    {
      id: "REG-9",
      rule:
        "A registered eventfd is signalled when CQEs were posted, once for those that were " +
        "posted together, and not for a call that posts none.",
      observable: "counter 1 after a batch of three NOPs; 0 after a wait that finds nothing",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.2",
    },
    {
      id: "REG-10",
      rule: "REGISTER_PERSONALITY gives out ids from 1 on, and does not give one out again soon.",
      observable: "1, 2, 3; after 2 was unregistered 4",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.6",
    },
    {
      id: "REG-11",
      rule:
        "REGISTER_RING_FDS puts rings into the slots of the calling task, and writes the slot it " +
        "chose where the offset was -1.",
      observable: "the number registered",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.18",
    },
    {
      id: "REG-12",
      rule: "REGISTER_CLOCK sets the clock of waits to CLOCK_MONOTONIC or CLOCK_BOOTTIME.",
      observable: "0; another clock: -EINVAL",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "6.12",
    },
    {
      id: "REG-13",
      rule:
        "REGISTER_IOWQ_MAX_WORKERS sets the limits of bounded and unbounded workers, and writes " +
        "back the previous ones; 0 leaves a limit as it is.",
      observable: "the two words after the call",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.15",
    },
    {
      id: "REG-14",
      rule:
        "RESIZE_RINGS changes the number of entries of a DEFER_TASKRUN ring and keeps what is " +
        "queued.",
      observable:
        "0; sq_entries and cq_entries as after set-up; heads, tails and CQEs are kept; on " +
        "another ring -EINVAL",
      source: ["observed on 6.18", "io_uring/register.c"],
      since: "6.13",
    },
    {
      id: "REG-15",
      rule: "REGISTER_MEM_REGION gives a ring one region of memory.",
      observable: "0; the second time -EBUSY",
      source: ["observed on 6.18", "io_uring/register.c"],
      since: "6.13",
    },
    {
      id: "REG-16",
      rule: "QUERY answers a chain of questions, with or without a ring.",
      observable: "0; opcodes 63, register opcodes 36, features, flags on 6.18",
      source: ["observed on 6.18", "io_uring/query.c"],
      since: "6.18",
    },
    {
      id: "REG-17",
      rule: "Descriptor -1 means no ring, and serves QUERY and SEND_MSG_RING only.",
      observable: "another opcode: -EINVAL",
      source: ["observed on 6.18", "io_uring/register.c"],
      since: "6.13",
    },
    {
      id: "REG-18",
      rule: "A register call takes the descriptor of a ring.",
      observable: "not open: -EBADF; no ring: -EOPNOTSUPP",
      source: ["observed on 6.18", "io_uring_register(2)"],
    },
    {
      id: "REG-19",
      rule: "PROBE wants memory that is all 0, and at most 256 entries.",
      observable: "-EINVAL, also for NULL",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.6",
    },
    {
      id: "REG-20",
      rule: "ENABLE_RINGS takes no argument.",
      observable: "arg or nr_args set: -EINVAL",
      source: ["observed on 6.18", "io_uring/register.c"],
      since: "5.10",
    },
    {
      id: "REG-21",
      rule: "REGISTER_EVENTFD takes one readable number.",
      observable: "nr_args other than 1: -EINVAL; NULL: -EFAULT",
      source: ["observed on 6.18", "io_uring/register.c"],
      since: "5.2",
    },
    {
      id: "REG-22",
      rule: "UNREGISTER_EVENTFD takes no argument, and wants an eventfd to be there.",
      observable: "none: -ENXIO; arg or nr_args set: -EINVAL",
      source: ["observed on 6.18", "io_uring/eventfd.c"],
      since: "5.2",
    },
    {
      id: "REG-23",
      rule:
        "An eventfd registered with EVENTFD_ASYNC is signalled for what completes in a worker, " +
        "and not for what completes inline or by a poll.",
      observable: "the eventfd's counter",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.6",
    },
    {
      id: "REG-24",
      rule:
        "A completion that joins the backlog, or that CQE_SKIP_SUCCESS keeps away, signals no " +
        "eventfd.",
      observable: "counter 0",
      source: ["observed on 6.18", "io_uring/eventfd.c"],
      since: "6.1",
    },
    {
      id: "REG-25",
      rule:
        "On a DEFER_TASKRUN ring the eventfd is signalled when work becomes pending, and again " +
        "when the CQE is posted.",
      observable: "counter 1 before the owner enters, and 1 afterwards",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.1",
    },
    {
      id: "REG-26",
      rule:
        "Personalities are registered and unregistered without a memory argument, and only a " +
        "registered id can be unregistered.",
      observable: "an unknown id, arg, or nr_args with REGISTER_PERSONALITY: -EINVAL",
      source: ["observed on 6.18", "io_uring/register.c"],
      since: "5.6",
    },
    {
      id: "REG-27",
      rule:
        "A slot for a ring has to be free, below 16, and the descriptor that of a ring; reserved " +
        "fields are 0.",
      observable:
        "used or no free slot: -EBUSY; slot 16: -EINVAL; no ring: -EOPNOTSUPP; not open: -EBADF; " +
        "resv: -EINVAL",
      source: ["observed on 6.18", "io_uring/tctx.c"],
      since: "5.18",
    },
    {
      id: "REG-28",
      rule:
        "One call registers or unregisters 1 to 16 rings; when a later one fails it tells how " +
        "many succeeded.",
      observable: "0 or 17: -EINVAL; the number before the failure",
      source: ["observed on 6.18", "io_uring/tctx.c"],
      since: "5.18",
    },
    {
      id: "REG-29",
      rule: "UNREGISTER_RING_FDS empties slots, also empty ones.",
      observable: "the number; slot 16, data or resv set: -EINVAL",
      source: ["observed on 6.18", "io_uring/tctx.c"],
      since: "5.18",
    },
    {
      id: "REG-60",
      rule: "The slots for rings belong to the calling task, whichever ring the call is made on.",
      observable: "a slot that one ring filled is used and emptied through another",
      source: ["observed on 6.18", "io_uring/tctx.c"],
      since: "5.18",
    },
    {
      id: "REG-61",
      rule:
        "A registered ring stays open when its descriptor is closed, until its slot is " +
        "emptied.",
      observable: "enter and register by the index work; after UNREGISTER_RING_FDS: -EBADF",
      source: ["observed on 6.18", "io_uring/tctx.c"],
      since: "5.18",
    },
    {
      id: "REG-30",
      rule: "REGISTER_CLOCK takes a readable struct whose reserved words are 0, and no count.",
      observable: "NULL or nr_args set: -EINVAL; not readable: -EFAULT; resv: -EINVAL",
      source: ["observed on 6.18", "io_uring/register.c"],
      since: "6.12",
    },
    {
      id: "REG-31",
      rule: "REGISTER_IOWQ_MAX_WORKERS takes two readable words below 2^31.",
      observable: "NULL, another count, or a larger number: -EINVAL; not readable: -EFAULT",
      source: ["observed on 6.18", "io_uring/register.c"],
      since: "5.15",
    },
    {
      id: "REG-32",
      rule:
        "REGISTER_IOWQ_AFF takes a mask of processors, its length in bytes as nr_args; " +
        "UNREGISTER_IOWQ_AFF takes nothing.",
      observable: "0; NULL or length 0: -EINVAL; an argument to unregister: -EINVAL",
      source: ["observed on 6.18", "io_uring_register(2)"],
      since: "5.14",
    },
    {
      id: "REG-33",
      rule:
        "REGISTER_NAPI sets busy polling and writes back what was set before; UNREGISTER_NAPI " +
        "accepts NULL.",
      observable:
        "0; NULL or nr_args other than 1 to register: -EINVAL; on an IOPOLL ring: -EINVAL",
      source: ["observed on 6.18", "io_uring/napi.c"],
      since: "6.9",
    },
    {
      id: "REG-34",
      rule:
        "RESIZE_RINGS takes the flags CQSIZE and CLAMP only, and the sizes that io_uring_setup " +
        "would take.",
      observable:
        "another flag, 0 or too many entries, nr_args other than 1: -EINVAL; not readable: " +
        "-EFAULT",
      source: ["observed on 6.18", "io_uring/register.c"],
      since: "6.13",
    },
    {
      id: "REG-35",
      rule:
        "Rings that are too small for what is queued are refused, and the ring stays " +
        "as it was.",
      observable: "-EOVERFLOW",
      source: ["observed on 6.18", "io_uring/register.c"],
      since: "6.13",
    },
    {
      id: "REG-36",
      rule:
        "RESIZE_RINGS does not carry the SQ array over: the new one is all 0 and its offset is " +
        "not reported, so every queued entry then names SQE 0.",
      observable:
        "sq_off.array is 0; queued entries consume SQE 0. With NO_SQARRAY they consume what was " +
        "queued",
      source: ["observed on 6.18"],
      since: "6.13",
      until: "6.18",
    },
    {
      id: "REG-37",
      rule: "A region for waits can be registered only while the ring is disabled.",
      observable: "MEM_REGION_REG_WAIT_ARG on an enabled ring: -EINVAL",
      source: ["observed on 6.18", "io_uring/register.c"],
      since: "6.13",
    },
    {
      id: "REG-38",
      rule:
        "A region is whole pages of the caller's memory, or of the kernel's, which then tells " +
        "the offset to map.",
      observable:
        "size 0 or not whole pages, an address not aligned, unknown flags, reserved fields: " +
        "-EINVAL; not mapped: -EFAULT; the kernel's: mmap_offset 0x20000000",
      source: ["observed on 6.18", "io_uring/memmap.c"],
      since: "6.13",
    },
    {
      id: "REG-39",
      rule:
        "A question that the kernel does not know is answered in its own header; the chain goes " +
        "on.",
      observable: "header result -EOPNOTSUPP, size 0; the call 0",
      source: ["observed on 6.18", "io_uring/query.c"],
      since: "6.18",
    },
    {
      id: "REG-40",
      rule: "An answer has the size that fits both sides, and the header tells it.",
      observable:
        "size 8: 8 bytes; size 4096: the kernel's size; size 0, result or a reserved word not 0: " +
        "header result -EINVAL",
      source: ["observed on 6.18", "io_uring/query.c"],
      since: "6.18",
    },
    {
      id: "REG-41",
      rule:
        "QUERY takes no count, memory that can be used, and chains of fewer than 1000 " +
        "questions.",
      observable:
        "nr_args set: -EINVAL; header or data not accessible: -EFAULT; a chain without end: " +
        "-ERANGE",
      source: ["observed on 6.18", "io_uring/query.c"],
      since: "6.18",
    },
    {
      id: "REG-45",
      rule:
        "What was posted while EVENTFD_DISABLED was set is signalled for by the next flush after " +
        "it was cleared, even if that posts nothing.",
      observable: "counter 1 after a request with CQE_SKIP_SUCCESS",
      source: ["observed on 6.18", "io_uring/eventfd.c"],
      since: "6.1",
    },
    {
      id: "REG-46",
      rule: "The descriptor is looked at before the opcode.",
      observable: "an unknown opcode on a descriptor that is not open: -EBADF",
      source: ["fs/io_uring.c"],
      until: "6.0",
    },
    {
      id: "REG-44",
      rule:
        "The eventfd is signalled whenever completions are flushed, also if they join the " +
        "backlog or are lost.",
      observable: "counter 1",
      source: ["fs/io_uring.c"],
      since: "5.2",
      until: "6.0",
    },
    {
      id: "REG-47",
      rule:
        "REGISTER_NAPI with STATIC_ADD_ID and STATIC_DEL_ID keeps a list of devices, on a ring " +
        "whose tracking is static. Setting the tracking again empties it.",
      observable:
        "other tracking, or the id of a processor: -EINVAL; added twice: -EEXIST; not there: " +
        "-ENOENT",
      source: ["observed on 6.18", "io_uring/napi.c"],
      since: "6.13",
    },
    {
      id: "REG-48",
      rule:
        "REGISTER_NAPI writes back what was set before it looks at what is asked for, and makes " +
        "a polling time above 10 milliseconds 10 milliseconds.",
      observable: "an unknown request or kind of tracking: -EINVAL, and the struct is written",
      source: ["observed on 6.18", "io_uring/napi.c"],
      since: "6.13",
    },
    {
      id: "REG-49",
      rule:
        "UNREGISTER_NAPI takes a count of 1, and tells all but the kind of tracking, where it " +
        "writes 0.",
      observable:
        "another count: -EINVAL; memory that cannot be written: -EFAULT, and nothing changes",
      source: ["observed on 6.18", "io_uring/napi.c"],
      since: "6.13",
    },
    {
      id: "REG-51",
      rule:
        "After RESIZE_RINGS the SQ flags have NEED_WAKEUP and TASKRUN, whatever the ring: the " +
        "program is to look.",
      observable: "SQ flags 5; they stay when the ring is entered and there was nothing to do",
      source: ["observed on 6.18"],
      since: "6.18",
    },
    {
      id: "REG-52",
      rule:
        "RESIZE_RINGS answers sizes, inherited flags and the offsets of the header; the " +
        "features, the offset of the SQ array and the reserved words of params are neither read " +
        "nor written. It answers also when the rings turn out to be too small.",
      observable: "params after 0 and after -EOVERFLOW",
      source: ["observed on 6.18", "io_uring/register.c"],
      since: "6.13",
    },
    {
      id: "REG-53",
      rule: "RESIZE_RINGS leaves the backlog where it is, also where the new ring would have room.",
      observable: "CQ_OVERFLOW stays set until the ring is entered with GETEVENTS",
      source: ["observed on 6.18", "io_uring/register.c"],
      since: "6.13",
    },
    {
      id: "REG-54",
      rule: "After RESIZE_RINGS the old mappings are still there, and mean nothing.",
      observable: "a tail that is written there moves nothing",
      source: ["observed on 6.18", "io_uring/register.c"],
      since: "6.13",
    },
    {
      id: "REG-55",
      rule:
        "A ring in the program's memory is resized into memory that params name as for " +
        "io_uring_setup. It is not cleared: the kernel writes header and queued entries.",
      observable:
        "no address: -EFAULT; not aligned: -EINVAL; a bad place for the SQEs is found after the " +
        "answer was written",
      source: ["observed on 6.18", "io_uring/register.c"],
      since: "6.13",
    },
    {
      id: "REG-56",
      rule: "A region has fewer than 2^31 pages, and does not wrap.",
      observable:
        "2^43 bytes: -E2BIG, also where they are not whole pages; more than there is: -ENOMEM; " +
        "wraps: -EOVERFLOW",
      source: ["observed on 6.18", "io_uring/memmap.c"],
      since: "6.13",
    },
    {
      id: "REG-57",
      rule:
        "The kernel's own region is zeroed, and can be mapped at the offset that it tells; one " +
        "in the program's memory cannot be mapped.",
      observable: "mmap at 0x20000000; -ENOMEM without such a region",
      source: ["observed on 6.18", "io_uring/memmap.c"],
      since: "6.13",
    },
    {
      id: "REG-62",
      rule:
        "REGISTER_ZCRX_IFQ needs CAP_NET_ADMIN, and a ring with DEFER_TASKRUN whose CQEs may " +
        "have 32 bytes.",
      observable:
        "no argument, or nr_args not 1: -EINVAL; then -EPERM, whatever the ring and the " +
        "argument; then -EINVAL",
      source: ["observed on 6.18", "io_uring/zcrx.c"],
      since: "6.15",
    },
    {
      id: "REG-63",
      rule:
        "REGISTER_ZCRX_IFQ reads its argument and the region's description, checks the " +
        "argument, and reads the area's description.",
      observable:
        "not readable: -EFAULT; flags, zcrx_id or reserved fields set, queue -1, 0 or more than " +
        "32,768 entries: -EINVAL",
      source: ["observed on 6.18", "io_uring/zcrx.c"],
      since: "6.15",
    },
    {
      id: "REG-64",
      rule:
        "Then it takes the region, which has room for the entries, rounded up to a power of " +
        "two, and looks for the device.",
      observable:
        "too small: -EINVAL; a bad region: as REGISTER_MEM_REGION; no such device: -ENODEV; the " +
        "loopback: -EOPNOTSUPP; CLAMP: no more than 32,768 entries",
      source: ["observed on 6.18", "io_uring/zcrx.c"],
      since: "6.15",
    },
    {
      id: "REG-65",
      rule:
        "Limits of workers that are set on a ring hold for every task that has used it, and for " +
        "each to come whose first ring it is. A call by a task without any ring is told nothing, " +
        "and sets them all the same.",
      observable:
        "0 and 0 for a task that has used no ring; once it has submitted, what another task set",
      source: ["observed on 6.18", "io_uring/register.c", "io_uring/tctx.c"],
      since: "5.15",
    },
  ],
};
