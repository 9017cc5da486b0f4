/*
 * The baseline: random 4 KiB reads through io_uring in C, the loop that
 * contenders/queue.ts runs in TypeScript.
 *
 * Usage: random-read FILE FLAGS(hex) REGISTERED(0|1)
 *
 * One line in, "DEPTH MILLISECONDS", runs one round; one line out, as JSON, tells
 * what was done. So the harness can let rounds of several contenders alternate.
 * Built with liburing, or with -DRAW_RING on bare system calls.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifdef RAW_RING
#include "raw-ring.h"
#else
#include "liburing-ring.h"
#endif

#define BLOCK 4096
#define DEPTH_MAX 32
#define ENTRIES 64
/* Reads between two looks at the clock. */
#define CLOCK_EVERY 64

static struct ring ring;
static int file;
static uint32_t blocks;
static char *memory;
static uint32_t state = 2463534242u;
/* False once the round's time is over. */
static int more;

static void die(const char *what, int error)
{
	fprintf(stderr, "random-read: %s: %s\n", what, strerror(error));
	exit(1);
}

/* xorshift32, the same sequence as workload.ts. */
static uint64_t next_position(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return (uint64_t)(state % blocks) * BLOCK;
}

static double seconds(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void start(unsigned slot)
{
	ring_read(&ring, file, memory + (size_t)slot * BLOCK, BLOCK, next_position(), slot);
}

/* One completion: its slot reads again, while there is time. */
static void complete(uint64_t slot, int32_t res)
{
	if (res != BLOCK)
		die("read", res < 0 ? -res : EIO);
	if (more)
		start((unsigned)slot);
}

/* Keeps `depth` reads in flight until `end`, then waits for the last ones. */
static uint64_t run(unsigned depth, double end)
{
	uint64_t done = 0;
	uint64_t look = CLOCK_EVERY;
	unsigned in_flight = depth;

	more = 1;
	for (unsigned slot = 0; slot < depth; slot++)
		start(slot);
	while (in_flight > 0) {
		int error = ring_submit_and_wait(&ring);
		if (error < 0)
			die("io_uring_enter", -error);
		unsigned count = ring_reap(&ring, complete);
		done += count;
		if (!more)
			in_flight -= count;
		if (done >= look) {
			look = done + CLOCK_EVERY;
			more = more && seconds(CLOCK_MONOTONIC) < end;
		}
	}
	return done;
}

int main(int argc, char **argv)
{
	struct stat stat;
	unsigned depth;
	double milliseconds;

	if (argc != 4)
		die("usage: random-read FILE FLAGS REGISTERED", EINVAL);
	file = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (file < 0 || fstat(file, &stat) < 0)
		die(argv[1], errno);
	blocks = (uint32_t)(stat.st_size / BLOCK);
	memory = mmap(NULL, DEPTH_MAX * BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		die("mmap", errno);
	int error = ring_open(&ring, ENTRIES, (unsigned)strtoul(argv[2], NULL, 16), atoi(argv[3]));
	if (error < 0)
		die("io_uring_setup", -error);

	printf("{\"ready\":true}\n");
	fflush(stdout);
	while (scanf("%u %lf", &depth, &milliseconds) == 2 && depth >= 1 && depth <= DEPTH_MAX) {
		double from = seconds(CLOCK_MONOTONIC);
		double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
		uint64_t operations = run(depth, from + milliseconds / 1e3);
		double elapsed = seconds(CLOCK_MONOTONIC) - from;
		printf("{\"operations\":%llu,\"seconds\":%.9f,\"cpuSeconds\":%.9f}\n",
		       (unsigned long long)operations, elapsed,
		       seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
		fflush(stdout);
	}
	return 0;
}
