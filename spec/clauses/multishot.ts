/** Chapter MSHOT: requests that are submitted once and post many CQEs. */
import type { Chapter } from "./types.ts";

/** Chapter MSHOT. */
export const MULTISHOT: Chapter = {
  prefix: "MSHOT",
  title: "Multishot requests",
  introduction:
    "A multishot request is submitted once and posts a CQE for every event, until something " +
    "ends it. IORING_CQE_F_MORE tells the CQEs in between from the last one. What each " +
    "operation puts into its CQEs stands in the chapter of that operation; here stands what " +
    "they have in common.",
  clauses: [
    {
      id: "MSHOT-1",
      rule: "A CQE with F_MORE says that its request is armed still and will post again.",
      observable: "the next event posts a CQE with the same user_data, without a new SQE",
      source: ["observed on 6.18", "io_uring_multishot(7)"],
      since: "5.13",
    },
    {
      id: "MSHOT-2",
      rule: "The CQE of a multishot request without F_MORE is its last.",
      observable: "later events post nothing; a cancellation by its user_data: -ENOENT",
      source: ["observed on 6.18", "io_uring_multishot(7)"],
      since: "5.13",
    },
    {
      id: "MSHOT-3",
      rule:
        "POLL_ADD, TIMEOUT, ACCEPT, RECV, RECVMSG and READ_MULTISHOT are the multishot " +
        "operations that every file of their kind supports.",
      observable: "the multishot bit of RECV (2 in ioprio) on SEND or SENDMSG: -EINVAL",
      source: ["observed on 6.18", "io_uring_multishot(7)"],
      since: "6.7",
    },
    {
      id: "MSHOT-4",
      rule: "WAITID has no multishot form, though io_uring_multishot(7) names one.",
      observable: "waitid_flags not 0: -EINVAL",
      source: ["observed on 6.18", "io_uring/waitid.c"],
      since: "6.7",
    },
    {
      id: "MSHOT-5",
      rule:
        "READ_MULTISHOT has to select its buffers, and takes neither an address nor a length " +
        "nor a priority.",
      observable: "IOSQE_BUFFER_SELECT missing, or addr, len or ioprio set: -EINVAL",
      source: ["observed on 6.18", "io_uring_prep_read_multishot(3)"],
      since: "6.7",
    },
    {
      id: "MSHOT-6",
      rule: "READ_MULTISHOT works on files that can be polled only.",
      observable: "regular file or directory: -EBADFD",
      source: ["observed on 6.18", "io_uring/rw.c"],
      since: "6.7",
    },
    {
      id: "MSHOT-7",
      rule: "A multishot RECV or RECVMSG has to select its buffers and cannot wait for a full one.",
      observable: "IOSQE_BUFFER_SELECT missing, or MSG_WAITALL set: -EINVAL",
      source: ["observed on 6.18", "io_uring_prep_recv(3)"],
      since: "6.0",
    },
    {
      id: "MSHOT-8",
      rule: "What is there when the request is armed is delivered by the same submission.",
      observable: "40 bytes in a pipe, buffers of 16: CQEs of 16, 16 and 8 bytes, all with F_MORE",
      source: ["observed on 6.18"],
      since: "6.7",
    },
    {
      id: "MSHOT-9",
      rule: "A wake-up delivers all that is there, one CQE for each buffer or connection.",
      observable: "19 bytes, buffers of 16: two CQEs with F_MORE; three connections: three CQEs",
      source: ["observed on 6.18"],
      since: "5.19",
    },
    {
      id: "MSHOT-10",
      rule: "The CQEs of one request come in the order of what they deliver.",
      observable: "the bytes of the buffers, joined in the order of the CQEs, are the stream",
      source: ["observed on 6.18"],
      since: "6.0",
    },
    {
      id: "MSHOT-11",
      rule: "The end of a stream ends a multishot READ_MULTISHOT or RECV.",
      observable: "res 0, without F_MORE and without F_BUFFER; no buffer is used up",
      source: ["observed on 6.18"],
      since: "6.0",
    },
    {
      id: "MSHOT-12",
      rule:
        "The end of a stream ends a multishot RECVMSG with a CQE that does use up a buffer: it " +
        "holds the header and the empty name and control areas.",
      observable: "res 16 + namelen + controllen, F_BUFFER, no F_MORE; payloadlen 0",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.0",
    },
    {
      id: "MSHOT-13",
      rule:
        "A datagram without a byte ends a multishot receive as the end of a stream does, though " +
        "more datagrams may follow.",
      observable:
        "RECV: res 0 without flags; RECVMSG: as MSHOT-12; the next datagram waits for a new " +
        "request",
      source: ["observed on 6.18"],
      since: "6.0",
    },
    {
      id: "MSHOT-40",
      rule: "An error ends a multishot receive.",
      observable: "MSG_OOB on a stream of AF_UNIX without any: -EINVAL without F_MORE",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.0",
    },
    {
      id: "MSHOT-14",
      rule: "An error ends a multishot request.",
      observable:
        "the negative res without F_MORE: -ECONNRESET, -EFAULT, -EINVAL of a listener that was " +
        "shut down",
      source: ["observed on 6.18", "io_uring_multishot(7)"],
      since: "5.19",
    },
    {
      id: "MSHOT-15",
      rule:
        "Data for which no buffer is left ends a multishot receive or read, and stays in the " +
        "file.",
      observable: "-ENOBUFS without F_MORE; a later read gets the bytes",
      source: ["observed on 6.18", "io_uring_multishot(7)"],
      since: "6.0",
    },
    {
      id: "MSHOT-16",
      rule: "Taking the last buffer of the group does not end the request, if it takes no bundles.",
      observable:
        "F_MORE on that CQE; with a buffer added before the next data the request goes on",
      source: ["observed on 6.18"],
      since: "6.0",
    },
    {
      id: "MSHOT-17",
      rule:
        "A multishot RECV with bundles may end with the CQE that takes the last buffer of its " +
        "group.",
      observable: "a group of one buffer: positive res with F_BUFFER, without F_MORE",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.10",
    },
    {
      id: "MSHOT-18",
      rule:
        "A request that is armed while its group is missing or empty ends at once, also if the " +
        "file has no data.",
      observable: "-ENOBUFS; RECV with bundles and a missing group: -ENOENT",
      source: ["observed on 6.18"],
      since: "6.0",
    },
    {
      id: "MSHOT-19",
      rule: "A request that may not wait ends when it finds nothing.",
      observable: "MSG_DONTWAIT, RWF_NOWAIT or IORING_ACCEPT_DONTWAIT on an empty file: -EAGAIN",
      source: ["observed on 6.18"],
      since: "6.0",
    },
    {
      id: "MSHOT-20",
      rule: "A cancelled multishot request ends without having taken anything more.",
      observable:
        "cancellation 0, request -ECANCELED without F_MORE and F_BUFFER; data that comes later " +
        "stays",
      source: ["observed on 6.18", "io_uring_cancelation(7)"],
      since: "6.5",
    },
    {
      id: "MSHOT-21",
      rule:
        "Up to 6.4 an armed multishot receive is not found by a cancellation, and ends all the " +
        "same.",
      observable: "cancellation -ENOENT, receive -ENOBUFS",
      source: ["axboe/liburing#984"],
      since: "6.0",
      until: "6.4",
    },
    {
      id: "MSHOT-22",
      rule:
        "A shot that finds the completion queue full is the last: it goes to the backlog " +
        "without F_MORE, for every multishot operation.",
      observable:
        "queue of 4 with 3 taken, three chunks of data: one CQE with F_MORE, then one without",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "5.19",
    },
    {
      id: "MSHOT-23",
      rule: "What the request did not deliver because the queue was full stays in the file.",
      observable: "a new request gets the third chunk, or the third connection",
      source: ["observed on 6.18"],
      since: "5.19",
    },
    {
      id: "MSHOT-24",
      rule: "A multishot TIMEOUT ends on a full queue before its count is reached.",
      observable: "-ETIME without F_MORE; a cancellation by its user_data: -ENOENT",
      source: ["observed on 6.18", "io_uring/timeout.c"],
      since: "6.4",
    },
    {
      id: "MSHOT-25",
      rule: "A new request after the last CQE finds what came in between.",
      observable: "bytes written after -ENOBUFS and before the new request are its first ones",
      source: ["observed on 6.18"],
      since: "6.0",
    },
    {
      id: "MSHOT-26",
      rule: "Closing the descriptor, or emptying the slot, of the file does not end the request.",
      observable:
        "data that comes later is delivered with F_MORE; a connection to a closed listener is " +
        "accepted",
      source: ["observed on 6.18", "io_uring_cancelation(7)"],
      since: "5.19",
    },
    {
      id: "MSHOT-27",
      rule: "The end of a stream is no failure: a soft link goes on behind it.",
      observable:
        "res 0, then the next request runs; after an error or a cancellation it is -ECANCELED",
      source: ["observed on 6.18"],
      since: "6.0",
    },
    {
      id: "MSHOT-28",
      rule:
        "CQE_SKIP_SUCCESS hides the last CQE only, and only if it is no error: then nothing " +
        "tells the end.",
      observable: "shots post with F_MORE; the end of the stream posts nothing; an error posts",
      source: ["observed on 6.18"],
      since: "6.0",
    },
    {
      id: "MSHOT-29",
      rule: "IOSQE_ASYNC does not change what a multishot request delivers.",
      observable: "the same CQEs",
      source: ["observed on 6.18"],
      since: "6.0",
    },
    {
      id: "MSHOT-30",
      rule: "Of several multishot requests on one file each event goes to exactly one.",
      observable:
        "every byte and every connection in one CQE; which request gets it is not promised",
      source: ["observed on 6.18"],
      since: "5.19",
    },
    {
      id: "MSHOT-31",
      rule:
        "All of a multishot request's CQEs carry the flags of the selected buffer only when " +
        "they delivered data.",
      observable:
        "F_BUFFER and an id with a positive res; neither on 0 (but MSHOT-12) or a negative one",
      source: ["observed on 6.18"],
      since: "6.0",
    },
    {
      id: "MSHOT-32",
      rule:
        "With IOSQE_ASYNC a multishot receive or read is armed without a first try: what would " +
        "have refused it does so when the file is ready.",
      observable:
        "RECV of a pipe, a missing group: nothing until data comes, then -ENOTSOCK, -ENOBUFS; a " +
        "file that cannot be polled: -EBADFD at once",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.8",
    },
    {
      id: "MSHOT-33",
      rule:
        "A multishot receive or read holds no buffer of a list while it waits, and gives back " +
        "the one that it picked when it ends without data.",
      observable: "REMOVE_BUFFERS finds all of them, also after the end of the stream or -EFAULT",
      source: ["observed on 6.18", "io_uring/rw.c", "io_uring/net.c"],
      since: "6.7",
    },
    {
      id: "MSHOT-34",
      rule:
        "A shot is posted behind the CQEs of what was done before it, and ahead of those of what " +
        "is done after it.",
      observable: "NOP, RECV with data, NOP: CQEs in this order",
      source: ["observed on 6.18", "io_uring/io_uring.c"],
      since: "6.16",
    },
    {
      id: "MSHOT-35",
      rule:
        "A multishot RECV that takes turns does not look for the end of the stream behind its " +
        "last shot: if the end was there before it was armed, nothing tells it.",
      observable:
        "10 bytes and the end, RECV with bundles and len 4: 4, 4 and 2 bytes, then nothing; the " +
        "request can be cancelled",
      source: ["observed on 6.18", "io_uring/net.c", "io_uring/poll.c"],
      since: "6.17",
    },
    {
      id: "MSHOT-36",
      rule:
        "After 33 shots in a row, and with bundles after each that reaches its limit, a RECV " +
        "goes on as task work.",
      observable:
        "DEFER_TASKRUN, 40 shots there: 33 CQEs after the submission, the others with GETEVENTS",
      source: ["observed on 6.18", "io_uring/net.c"],
      since: "6.4",
    },
  ],
};
