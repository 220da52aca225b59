/* stats.c - how long it took, what it cost
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "stats.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "wire.h"

/* --- times --------------------------------------------------------------- */

void
timings_add(struct timings *timings, int64_t us)
{
	if (timings->count == timings->room) {
		timings->room = timings->room ? timings->room * 2 : 1024;
		timings->us = memory_grow(
		    timings->us, timings->room * sizeof *timings->us);
	}
	timings->us[timings->count++] = us;
}

static int
compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

void
timings_sort(struct timings *timings)
{
	if (timings->count)
		qsort(
		    timings->us, timings->count, sizeof *timings->us, compare);
}

double
timings_at(const struct timings *timings, double share)
{
	size_t place = (size_t)(share * (double)timings->count);

	if (timings->count == 0)
		return 0;
	if (place >= timings->count)
		place = timings->count - 1;
	return (double)timings->us[place] / 1000;
}

void
timings_close(struct timings *timings)
{
	memory_give_back(timings->us);
	*timings = (struct timings){0};
}

/* --- processes ----------------------------------------------------------- */

static void
read_proc(int pid, const char *file, char *out, size_t size)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, out, size - 1);
	if (length <= 0)
		wire_fail(path);
	out[length] = '\0';
	close(fd);
}

static long
status_line(const char *status, const char *name)
{
	const char *at = strstr(status, name);

	return at ? strtol(at + span_of(name).length, NULL, 10) : 0;
}

static struct cost
cost_of(int pid)
{
	char text[4096];
	clockid_t clock;
	struct timespec cpu;

	/* To the nanosecond; /proc/PID/stat counts in ticks of 10 ms. */
	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &cpu))
		wire_fail("the clock of the process");
	read_proc(pid, "status", text, sizeof text);
	return (struct cost){
	    .cpu_ms = (double)cpu.tv_sec * 1000 + (double)cpu.tv_nsec / 1e6,
	    .resident_mb = (double)status_line(text, "VmRSS:") / 1024,
	    .threads = status_line(text, "Threads:"),
	};
}

struct cost
cost_read(const struct pids *pids)
{
	struct cost all = {0};

	for (size_t i = 0; i < pids->count; i++) {
		struct cost one = cost_of(pids->list[i]);
		all.cpu_ms += one.cpu_ms;
		all.resident_mb += one.resident_mb;
		all.threads += one.threads;
	}
	return all;
}

double
cost_own_cpu_ms(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

void
figures_print(const struct figure *figures, size_t count, bool json)
{
	for (size_t i = 0; i < count; i++)
		if (json)
			printf("%s\"%s\": %.4f%s", i ? "" : "{",
			    figures[i].name, figures[i].value,
			    i + 1 < count ? ", " : "}\n");
		else
			printf("  %-14s %10.3f %s\n", figures[i].name,
			    figures[i].value, figures[i].unit);
}

/* --- the disk ------------------------------------------------------------ */

enum { DISK_ROUNDS = 200, DISK_PIECE = 16 * 1024, DISK_SIZE = 1024 * 1024 };

/* Over a file that has its blocks, as a write-ahead log that is reused. */
double
disk_wait_ms(const char *folder)
{
	static const char piece[DISK_PIECE];
	struct timings timings = {0};
	char path[4096];

	snprintf(path, sizeof path, "%s/disk-wait", folder);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		wire_fail(path);
	for (off_t at = 0; at < DISK_SIZE; at += DISK_PIECE)
		if (pwrite(fd, piece, DISK_PIECE, at) != DISK_PIECE)
			wire_fail(path);
	fsync(fd);
	for (int i = 0; i < DISK_ROUNDS; i++) {
		int64_t began = wire_now_us();
		off_t at = (off_t)i * DISK_PIECE % DISK_SIZE;
		if (pwrite(fd, piece, DISK_PIECE, at) != DISK_PIECE ||
		    fdatasync(fd))
			wire_fail(path);
		timings_add(&timings, wire_now_us() - began);
	}
	close(fd);
	unlink(path);
	timings_sort(&timings);
	double median = timings_at(&timings, 0.5);
	timings_close(&timings);
	return median;
}
