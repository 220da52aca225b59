/* process.c - what the system says of this process
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/process.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/span.h"

enum { FILE_MAX = 4096 };

/* Fields of /proc/self/stat, the first behind the name in parentheses. */
enum { STAT_THREADS = 17, STAT_START = 19, STAT_VIRTUAL, STAT_PAGES };

static struct span
read_file(const char *path, char *bytes)
{
	FILE *file = fopen(path, "r");
	size_t length = file ? fread(bytes, 1, FILE_MAX, file) : 0;

	if (file)
		fclose(file);
	return span_from(bytes, length);
}

static int64_t
number(struct span text)
{
	int64_t value = 0;

	return span_number(text, INT64_MAX, &value) ? value : 0;
}

/* The name may hold anything: what counts begins behind the last ")". */
static struct span
behind_name(struct span stat)
{
	size_t end = stat.length;

	while (end && stat.at[end - 1] != ')')
		end--;
	return span_from_offset(stat, end ? end + 1 : stat.length);
}

static void
read_stat(struct process *out, int64_t *start_ticks)
{
	char bytes[FILE_MAX];
	struct span rest = behind_name(read_file("/proc/self/stat", bytes));
	struct span part;

	for (int i = 0; span_next(&rest, ' ', &part); i++) {
		if (i == STAT_THREADS)
			out->threads = number(part);
		if (i == STAT_START)
			*start_ticks = number(part);
		if (i == STAT_VIRTUAL)
			out->virtual = number(part);
		if (i == STAT_PAGES)
			out->resident = number(part) * sysconf(_SC_PAGESIZE);
	}
}

/* The start is told in ticks since the machine's. */
static int64_t
started_at(int64_t ticks)
{
	char bytes[FILE_MAX];
	struct span rest = read_file("/proc/uptime", bytes);
	struct span whole;
	int64_t a_second = sysconf(_SC_CLK_TCK);

	if (!ticks || a_second <= 0 || !span_next(&rest, '.', &whole))
		return 0;
	return clock_now() - (number(whole) - ticks / a_second);
}

static int64_t
count_fds(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int64_t count = 0;

	if (!folder)
		return 0;
	for (const struct dirent *one = readdir(folder); one;
	     one = readdir(folder))
		count += one->d_name[0] != '.';
	closedir(folder);
	return count - 1; /* the folder's own */
}

static int64_t
us_of(struct timeval time)
{
	return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

void
process_look(struct process *out)
{
	struct process seen = {0};
	struct rusage usage = {0};
	struct rlimit limit = {0};
	int64_t ticks = 0;

	read_stat(&seen, &ticks);
	getrusage(RUSAGE_SELF, &usage);
	getrlimit(RLIMIT_NOFILE, &limit);
	seen.started_at = started_at(ticks);
	seen.cpu_us = us_of(usage.ru_utime) + us_of(usage.ru_stime);
	seen.open_fds = count_fds();
	seen.max_fds = (int64_t)limit.rlim_cur;
	*out = seen;
}
