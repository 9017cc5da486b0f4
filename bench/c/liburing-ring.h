/* The ring of random-read.c, by liburing. */
#include <liburing.h>

struct ring {
	struct io_uring uring;
};

static inline int ring_open(struct ring *ring, unsigned entries, unsigned flags, int registered)
{
	int error = io_uring_queue_init(entries, &ring->uring, flags);
	if (error < 0)
		return error;
	return registered ? io_uring_register_ring_fd(&ring->uring) : 0;
}

/* The submission queue is larger than the depth: there is always a free entry. */
static inline void ring_read(struct ring *ring, int fd, void *memory, unsigned length,
			     uint64_t position, uint64_t user_data)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->uring);
	io_uring_prep_read(sqe, fd, memory, length, position);
	io_uring_sqe_set_data64(sqe, user_data);
}

static inline int ring_submit_and_wait(struct ring *ring)
{
	int result;
	do
		result = io_uring_submit_and_wait(&ring->uring, 1);
	while (result == -EINTR);
	return result;
}

/* Calls `each` for every completion that is there, then frees their entries at once. */
static inline unsigned ring_reap(struct ring *ring, void (*each)(uint64_t user_data, int32_t res))
{
	struct io_uring_cqe *cqe;
	unsigned head, count = 0;
	io_uring_for_each_cqe(&ring->uring, head, cqe) {
		each(io_uring_cqe_get_data64(cqe), cqe->res);
		count++;
	}
	io_uring_cq_advance(&ring->uring, count);
	return count;
}
