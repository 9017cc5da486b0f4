/* The ring of random-read.c, on bare system calls: what liburing does, and no more. */
#include <linux/io_uring.h>
#include <stdatomic.h>
#include <sys/syscall.h>

struct ring {
	int fd;
	unsigned sq_tail, cq_head, pending;
	unsigned sq_mask, cq_mask;
	_Atomic unsigned *shared_sq_tail, *shared_cq_head, *shared_cq_tail;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

static inline void *ring_map(int fd, size_t length, off_t offset)
{
	return mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, offset);
}

/* Every kernel since 5.4 maps both queues at once (IORING_FEAT_SINGLE_MMAP). */
static inline int ring_open(struct ring *ring, unsigned entries, unsigned flags, int registered)
{
	struct io_uring_params params;
	(void)registered; /* liburing's alone */
	memset(&params, 0, sizeof params);
	params.flags = flags;
	ring->fd = (int)syscall(__NR_io_uring_setup, entries, &params);
	if (ring->fd < 0)
		return -errno;
	size_t sq_bytes = params.sq_off.array + params.sq_entries * sizeof(unsigned);
	size_t cq_bytes = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
	char *rings = ring_map(ring->fd, sq_bytes > cq_bytes ? sq_bytes : cq_bytes, IORING_OFF_SQ_RING);
	ring->sqes = ring_map(ring->fd, params.sq_entries * sizeof *ring->sqes, IORING_OFF_SQES);
	if (rings == MAP_FAILED || (void *)ring->sqes == MAP_FAILED)
		return -errno;
	unsigned *array = (unsigned *)(rings + params.sq_off.array);
	for (unsigned index = 0; index < params.sq_entries; index++)
		array[index] = index;
	ring->sq_mask = params.sq_entries - 1;
	ring->cq_mask = params.cq_entries - 1;
	ring->shared_sq_tail = (_Atomic unsigned *)(rings + params.sq_off.tail);
	ring->shared_cq_head = (_Atomic unsigned *)(rings + params.cq_off.head);
	ring->shared_cq_tail = (_Atomic unsigned *)(rings + params.cq_off.tail);
	ring->cqes = (struct io_uring_cqe *)(rings + params.cq_off.cqes);
	ring->sq_tail = ring->cq_head = ring->pending = 0;
	return 0;
}

/* The submission queue is larger than the depth: there is always a free entry. */
static inline void ring_read(struct ring *ring, int fd, void *memory, unsigned length,
			     uint64_t position, uint64_t user_data)
{
	struct io_uring_sqe *sqe = &ring->sqes[ring->sq_tail++ & ring->sq_mask];
	memset(sqe, 0, sizeof *sqe);
	sqe->opcode = IORING_OP_READ;
	sqe->fd = fd;
	sqe->addr = (uint64_t)(uintptr_t)memory;
	sqe->len = length;
	sqe->off = position;
	sqe->user_data = user_data;
	ring->pending++;
}

static inline int ring_submit_and_wait(struct ring *ring)
{
	long result;
	atomic_store_explicit(ring->shared_sq_tail, ring->sq_tail, memory_order_release);
	do
		result = syscall(__NR_io_uring_enter, ring->fd, ring->pending, 1,
				 IORING_ENTER_GETEVENTS, NULL, 0);
	while (result < 0 && errno == EINTR);
	if (result < 0)
		return -errno;
	ring->pending -= (unsigned)result;
	return (int)result;
}

/* Calls `each` for every completion that is there, then frees their entries at once. */
static inline unsigned ring_reap(struct ring *ring, void (*each)(uint64_t user_data, int32_t res))
{
	unsigned from = ring->cq_head;
	unsigned tail = atomic_load_explicit(ring->shared_cq_tail, memory_order_acquire);
	for (; ring->cq_head != tail; ring->cq_head++) {
		struct io_uring_cqe *cqe = &ring->cqes[ring->cq_head & ring->cq_mask];
		each(cqe->user_data, cqe->res);
	}
	atomic_store_explicit(ring->shared_cq_head, ring->cq_head, memory_order_release);
	return tail - from;
}
