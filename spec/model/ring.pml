/*
 * The mechanics of one io_uring ring, as a Promela model: an independent check of the emulator.
 *
 * Written from the numbered rules in spec/clauses, not from the emulator's code: the two have the
 * rules in common and nothing else. `npm run spec:model` has spin count the states and transitions
 * of this model, has the emulator's own search count those of the emulator, and compares
 * (docs/model.md).
 *
 * MODELLED, and by which rules
 *   taking SQEs, batches cut short       SQ-1, SQ-6, SQ-7, SQ-8, SQ-9, SQ-15, ENTER-6
 *   posting, overflow without loss       CQ-1, CQ-3, CQ-4, CQ-5, CQ-6, CQ-13, CQ-14, ENTER-8
 *   the order of completions             CQ-11, ND-1, ND-2, ND-3, ND-25, ASYNC-2
 *   chains, soft and hard                LINK-1 to LINK-7, LINK-9, LINK-11, LINK-13, LINK-15
 *   chains that their call leaves open   LINK-13, LINK-17
 *   cancellation by user_data            CANCEL-1, CANCEL-2, CANCEL-12, CANCEL-15, CANCEL-23,
 *                                        CANCEL-24, ND-4
 *   task work of a DEFER_TASKRUN ring    TASK-3, TASK-4, TASK-5
 *   who owns a buffer                    OWN-1, OWN-2, OWN-5, OWN-12, OWN-16, OWN-23, OWN-24
 *   which of several readers is served   ND-12
 *
 * ONE TRANSITION is one step of the program (publish an SQE, enter, read a CQE), one of its
 * surroundings (bytes arrive in the pipe), or one event of the kernel (a worker is done, a waiting
 * read is woken), each with everything that follows from it at once. Where Linux may do either of
 * two things (chapter ND), both are transitions. Between transitions nothing moves.
 *
 * WHERE THE RULES LEAVE AN ORDER OPEN (ND-2, ND-3, ND-5) this model takes the one that LINK-18
 * observes: what completes is collected; when a batch, or what was queued, has been gone through,
 * its CQEs are posted in the order of completion, and then, in this order again, what waited for
 * them is queued. What a worker has done, and what was stopped, is queued as well.
 *
 * NOT MODELLED: drains, timeouts, polls, multishot, selected buffers, CQE_SKIP_SUCCESS, several
 * rings, closing, min_complete. Nor a read that blocks its worker: a configuration must not put a
 * PIPE where a worker may run it, behind a FILE or an ASYNC in a chain, or into a chain that a call
 * may leave open. Nor, with DEFER, a CANCEL of a PIPE that a worker runs.
 *
 * A CONFIGURATION is a set of definitions. The requests are submitted in the order of the lists.
 *   N         how many requests; 1 to 6
 *   OPS       NOP, FILE, PIPE, CANCEL or BAD, for each
 *   FLAGS     for each the sum of LINK, HARD and ASYNC
 *   ARGS      NOP: the error that it is to fail with (NOP-4); FILE: how many bytes it moves, of 1;
 *             CANCEL: which request it is to stop
 *   BUFFERS   for each the number of its buffer, below N, or NONE
 *   SQ, CQ    entries
 *   FEED      how many bytes arrive in the pipe, one at a time
 *   WHOLE     1: the program publishes what it can before it enters, and submits all of it;
 *             0: it enters at any time, with any part (SQ-1)
 *   ALL       1: IORING_SETUP_SUBMIT_ALL
 *   DEFER     1: IORING_SETUP_DEFER_TASKRUN with TASKRUN_FLAG
 *   LAST      1: a state also tells which step led to it. More states, and a finer comparison: two
 *             systems with the same states and as many transitions may still differ in what leads
 *             where
 */

#define NOP    0   /* completes at once */
#define FILE   1   /* reads a byte of a file that never waits */
#define PIPE   2   /* reads a byte of a pipe, waits while there is none */
#define CANCEL 3   /* stops another request */
#define BAD    4   /* is rejected: no such opcode (ERR) */

#define LINK   1
#define HARD   2
#define ASYNC  4

#define NONE   255

#ifndef N
#define N 3
#define OPS     { NOP, PIPE, CANCEL }
#define FLAGS   { LINK, 0, 0 }
#define ARGS    { 0, 0, 1 }
#define BUFFERS { NONE, 0, NONE }
#define SQ 4
#define CQ 4
#define FEED 1
#define WHOLE 0
#define ALL 0
#define DEFER 0
#define LAST 0
#endif

/* Errors, and the result of a cancelled request. */
#define ENOENT    2
#define EINVAL    22
#define EALREADY  114
#define ECANCELED 125

/* The configuration: never changes. */
byte op[N] = OPS;
byte flags[N] = FLAGS;
byte arg[N] = ARGS;
byte buffer[N] = BUFFERS;

#define linked(r) ((flags[r] & (LINK | HARD)) != 0)
#define hard(r)   ((flags[r] & HARD) != 0)
#define async(r)  ((flags[r] & ASYNC) != 0)

/* Where a request is. */
#define ABSENT  0   /* not yet submitted, or over */
#define CHAINED 1   /* waits for the member before it */
#define LATER   2   /* completes later, though nothing makes it wait (ND-1) */
#define WORKING 3   /* is with a worker */
#define WAITING 4   /* waits for a byte */
#define QUEUED  5   /* goes on when the owner's queue is gone through */
#define OVER    6   /* has its result, CQE not yet posted */
#define BROKEN  7   /* as OVER, the head of a chain that was rejected */
#define STOPPED 8   /* as QUEUED to go on, but was cancelled: can be found still (CANCEL-23) */
byte phase[N];
/* A cancellation found it past stopping. */
bit past[N];
/* Its result, from when that is known until it is posted, and whether that was a failure. */
short res[N];
bit failed[N];

/* What the queue is to do with a request. */
#define POST   0   /* its result is known */
#define START  1   /* its predecessor is over */
#define AGAIN  2   /* it was woken */
#define BREAK  3   /* its predecessor failed: cancel it, and those behind it */
chan queue = [2 * N] of { byte, byte };
/* What is over and not yet posted. */
chan done = [N] of { byte };

/* The rings. An entry of the CQ is user_data (the number of the request) and result. */
chan cq = [CQ] of { byte, short };
chan backlog = [N] of { byte, short };
byte sqTail, sqHead, cqTail, cqHead;

/* The pipe, and who owns each buffer by the book of the program. */
byte bytes;
byte feeds = FEED;
#define PROGRAM   0
#define OPERATION 1
bit owner[N];

/* The step that led here, if anybody asks. */
byte last;
#if LAST
#define note(step) last = step
#else
#define note(step) skip
#endif

/* Scratch of one transition: 0 between transitions. */
byte r, s, t, n, k, first, turns;
short what;
bit getevents, cut, worked;

/* ---------------------------------------------------------------- completing */

/* The result of a request that nothing stops. */
#define own(p) (op[p] == NOP -> 0 - arg[p] : (op[p] == PIPE -> 1 : arg[p]))

/* Moving fewer bytes than asked for is a failure as well (LINK-7, LINK-9). */
#define isFailure(p) (what < 0 || (op[p] == FILE && what == 0))

/* p is over, with the result in `what`, where its owner is: it is posted with what else is. */
inline complete(p) {
  res[p] = what;
  failed[p] = isFailure(p);
  past[p] = 0;
  phase[p] = OVER;
  done!p
}

/* p is over, with the result in `what`, elsewhere: its owner has to see to it. */
inline completeElsewhere(p) {
  res[p] = what;
  failed[p] = isFailure(p);
  past[p] = 0;
  phase[p] = QUEUED;
  queue!POST,p
}

/* Into the ring, or behind what waits for room already (CQ-3, CQ-4). */
inline post(p) {
  if
  :: len(backlog) == 0 && len(cq) < CQ -> cq!p,res[p]; cqTail++
  :: else -> backlog!p,res[p]
  fi
}

/* Whether the next request waits for p: neighbours of the list are neighbours in the chain. */
#define isFollowed(p) (p + 1 < N && phase[(p + 1) % N] == CHAINED)

/* Whether that breaks with p (LINK-3, LINK-4, LINK-5, LINK-15). */
#define breaks(p) (failed[p] && (!hard(p) || phase[p] == BROKEN))

/* Posts what is over (CQ-11), then lets go on what waited for it (LINK-2, LINK-18). */
inline flush() {
  n = len(done);
  do
  :: n > 0 -> done?s; done!s; post(s); n--
  :: else -> break
  od;
  do
  :: len(done) > 0 ->
     done?s;
     if
     :: isFollowed(s) && breaks(s) -> phase[s + 1] = QUEUED; queue!BREAK,s + 1
     :: isFollowed(s) && !breaks(s) -> phase[s + 1] = QUEUED; queue!START,s + 1
     :: else
     fi;
     phase[s] = ABSENT; res[s] = 0; failed[s] = 0
  :: else -> break
  od
}

/* ---------------------------------------------------------------- cancelling */

/* It ends without having done anything (CANCEL-2). What waits is woken, to find that out. */
inline stop(p) { what = 0 - ECANCELED; completeElsewhere(p) }
inline stopWaiting(p) { phase[p] = STOPPED; queue!AGAIN,p }

/* A worker, or whoever has it, does what p is there for. A read may find nothing, and waits. */
inline perform(p) {
  if
  :: op[p] == PIPE && bytes == 0 -> phase[p] = WAITING; past[p] = 0
  :: op[p] == PIPE && bytes > 0 -> bytes--; what = own(p); completeElsewhere(p)
  :: else -> what = own(p); completeElsewhere(p)
  fi
}

#define isUnderWay(p) (phase[p] == LATER || phase[p] == WORKING)

/*
 * What a cancellation of t comes to, into `what` (CANCEL-1). What waits for nothing but a byte is
 * stopped. What could be over by now may have won (ND-4); with a worker it may also be past
 * stopping, or be stopped after the worker has been asked in vain.
 */
inline cancel() {
  if
  :: phase[t] == STOPPED -> what = 0
  :: phase[t] == WAITING -> stopWaiting(t); what = 0
  :: phase[t] == WAITING && bytes > 0 -> bytes--; what = own(t); complete(t); what = 0 - ENOENT
  :: phase[t] == QUEUED && queue ?? [AGAIN, eval(t)] -> phase[t] = STOPPED; what = 0
  :: isUnderWay(t) && !past[t] -> stop(t); what = 0
  :: isUnderWay(t) && !past[t] ->
     perform(t);
     if
     :: phase[t] == WAITING -> stopWaiting(t); what = 0
     :: else -> what = 0 - ENOENT
     fi
  :: phase[t] == WORKING && !past[t] -> stop(t); what = 0 - EALREADY
  :: phase[t] == WORKING -> past[t] = 1; what = 0 - EALREADY
  :: else -> what = 0 - ENOENT
  fi
}

/* ---------------------------------------------------------------- running */

/* The first try, where the owner is (ND-1). */
inline issue(p) {
  if
  :: op[p] == NOP -> what = own(p); complete(p)
  :: op[p] == FILE -> what = own(p); complete(p)
  :: op[p] == FILE -> phase[p] = WORKING
  :: op[p] == PIPE && bytes == 0 -> phase[p] = WAITING
  :: op[p] == PIPE && bytes > 0 -> bytes--; what = own(p); complete(p)
  :: op[p] == PIPE && bytes > 0 -> phase[p] = LATER
  :: op[p] == CANCEL -> t = arg[p]; cancel(); complete(p)
  fi
}

/* What has to be done elsewhere is done. */
inline work(p) {
  if
  :: op[p] == CANCEL -> t = arg[p]; cancel(); completeElsewhere(p)
  :: else -> perform(p)
  fi
}

/*
 * A worker gets p. It may be done with it before the rest of the batch, or of what is queued, has
 * been gone through (ND-1, ND-25).
 */
inline giveToWorker(p) {
  phase[p] = WORKING;
  if
  :: true
  :: n > 0 || len(done) > 0 || len(queue) > 0 -> work(p)
  fi
}

/* Goes once through what is queued, then posts what is over. */
inline goThrough() {
  k = len(queue);
  do
  :: k > 0 && len(queue) > 0 ->
     k--;
     if
     :: queue ? POST,r -> phase[r] = OVER; done!r
     :: queue ? START,r ->
        if
        :: async(r) -> giveToWorker(r)
        :: else -> issue(r)
        fi
     :: queue ? AGAIN,r ->
        if
        :: phase[r] == STOPPED -> what = 0 - ECANCELED; complete(r)
        :: phase[r] != STOPPED && bytes > 0 -> bytes--; what = own(r); complete(r)
        :: else -> phase[r] = WAITING
        fi
     :: queue ? BREAK,r ->
        do
        :: what = (failed[r] -> res[r] : 0 - ECANCELED);
           complete(r);
           if
           :: isFollowed(r) -> r++
           :: else -> break
           fi
        od
     fi
  :: else -> break
  od;
  k = 0;
  flush()
}

/*
 * What the owner has to do is done: after every call and event, until nothing is left (TASK-5);
 * with DEFER in calls with GETEVENTS only, once, and once more after a submission (TASK-3,
 * TASK-12).
 */
inline runQueue() {
  do
  :: len(queue) > 0 && (!DEFER || turns > 0) -> goThrough(); turns = (turns > 0 -> turns - 1 : 0)
  :: else -> break
  od
}

/* ---------------------------------------------------------------- submitting */

/* The chain that begins with `first` is complete, and `n` requests of the call are to come. */
inline begin() {
  if
  :: failed[first] -> phase[first] = BROKEN; done!first
  :: !failed[first] && async(first) -> giveToWorker(first)
  :: !failed[first] && !async(first) -> issue(first)
  fi;
  first = NONE
}

/* One rejected member fails the chain, and that shows at its head (LINK-5). */
inline reject(p) {
  failed[p] = 1;
  res[p] = 0 - EINVAL;
  if
  :: !failed[first] -> failed[first] = 1; res[first] = 0 - ECANCELED
  :: else
  fi
}

/* Takes n SQEs, or fewer if one is rejected that no other follows (SQ-6, SQ-8, SQ-15). */
inline submit() {
  first = NONE;
  do
  :: n > 0 && !cut ->
     r = sqHead; sqHead++; n--;
     phase[r] = CHAINED;
     first = (first == NONE -> r : first);
     if
     :: op[r] == BAD -> reject(r)
     :: else
     fi;
     if
     :: linked(r)
     :: !linked(r) -> cut = op[r] == BAD && !ALL; begin()
     fi
  :: else -> break
  od;
  /* The call ends a chain that it leaves open (LINK-13), and hands it to a worker (LINK-17). */
  if
  :: first != NONE && failed[first] -> phase[first] = BROKEN; done!first
  :: first != NONE && !failed[first] -> giveToWorker(first)
  :: else
  fi;
  cut = n > 0;
  flush()
}

/* As much of the backlog as there is room for (CQ-5, ENTER-8). */
inline makeRoom() {
  do
  :: len(backlog) > 0 && len(cq) < CQ -> backlog?s,what; cq!s,what; cqTail++
  :: else -> break
  od
}

/* ---------------------------------------------------------------- what holds */

/* OWN-1, OWN-2, OWN-12, OWN-23: what the kernel may touch belongs to one operation. */
inline check() {
  for (s : 0 .. N - 1) {
    if
    :: phase[s] != ABSENT && buffer[s] != NONE ->
       assert(owner[buffer[s]] == OPERATION);
       for (t : s + 1 .. N - 1) { assert(phase[t] == ABSENT || buffer[t] != buffer[s]) }
    :: else
    fi
  }
  /* Every request is somewhere, once, and none is lost (CQ-1, CQ-3, CQ-6). */
  assert(cqTail - cqHead == len(cq) && len(done) == 0);
  r = 0; s = 0; t = 0; n = 0; first = 0; turns = 0; what = 0; getevents = 0; cut = 0; worked = 0
}

/* ---------------------------------------------------------------- transitions */

#define mayPublish (sqTail < N && sqTail - sqHead < SQ && \
  (buffer[sqTail % N] == NONE || owner[buffer[sqTail % N] % N] == PROGRAM))
#define mayHappen(p) (isUnderWay(p) || (phase[p] == WAITING && bytes > 0))

/* What a worker has is worked on; who waits is woken, and tries again where its owner is. */
inline goOn(p) {
  note(32 + p);
  if
  :: isUnderWay(p) -> worked = 1; r = p
  :: else -> phase[p] = QUEUED; queue!AGAIN,p
  fi
}

active proctype ring() {
end:
  do
  /* The program publishes the next SQE (OWN-16). */
  :: atomic {
       mayPublish ->
       if
       :: buffer[sqTail] != NONE -> owner[buffer[sqTail]] = OPERATION
       :: else
       fi;
       sqTail++;
       note(1);
       check()
     }
  /* It reads a CQE, and has the buffer again (OWN-2, OWN-5). */
  :: atomic {
       len(cq) > 0 ->
       note(2);
       cq?s,what; cqHead++;
       if
       :: buffer[s] != NONE -> owner[buffer[s]] = PROGRAM
       :: else
       fi;
       check()
     }
  /* A byte arrives. */
  :: atomic { feeds > 0 -> note(3); feeds--; bytes++; check() }
  /* The kernel has its turn. */
  :: atomic {
       if
       /* The program enters, with all that is published or with a part of it (SQ-1), */
       :: sqTail > sqHead && !(WHOLE && mayPublish) ->
          n = sqTail - sqHead;
          do
          :: !WHOLE && n > 1 -> n--
          :: break
          od;
          if
          :: getevents = 0
          :: getevents = 1
          fi;
          note(5 + 2 * n + getevents);
          submit();
          turns = 1
       /* or for what the ring says is behind it: CQ_OVERFLOW or TASKRUN is set. */
       :: len(backlog) > 0 || len(queue) > 0 -> note(4); getevents = 1
       /* One of those that may go on does, in any order (ND-2, ND-12, ND-25). */
       :: mayHappen(0) -> goOn(0)
#if N > 1
       :: mayHappen(1) -> goOn(1)
#endif
#if N > 2
       :: mayHappen(2) -> goOn(2)
#endif
#if N > 3
       :: mayHappen(3) -> goOn(3)
#endif
#if N > 4
       :: mayHappen(4) -> goOn(4)
#endif
#if N > 5
       :: mayHappen(5) -> goOn(5)
#endif
       fi;
       if
       :: worked -> work(r)
       :: else
       fi;
       /* A call that was cut short waits for nothing (ENTER-6). */
       turns = (getevents && !cut -> turns + 1 : 0);
       runQueue();
       if
       :: getevents && !cut -> makeRoom()
       :: else
       fi;
       check()
     }
  od
}
