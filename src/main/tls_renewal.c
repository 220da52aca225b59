/* tls_renewal.c - a renewed certificate is taken while we serve
 *
 * Who renews writes two files, or moves two links, and nobody tells us when
 * both are done: a pair that does not fit is tried again at each look, and what
 * is wrong is said once for each change.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "main/tls_renewal.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/counters.h"
#include "base/cx.h"
#include "base/log.h"
#include "crypto/random.h"
#include "http/server.h"

enum { LOOK_MS = 1000 };

/* By which a file is known to be another, or written to. */
struct mark {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified, changed;
	int why_not; /* errno, of a file that cannot be looked at */
};

struct tls_renewal {
	struct server *server;
	struct certificate_files files;
	struct cx cx;
	struct mark seen[2];
	bool waiting; /* what was seen could not be used */
	char said[CX_DETAIL_MAX];
	int bell; /* eventfd */
	atomic_bool asked, ending;
	bool running;
	pthread_t thread;
};

/* --- the files ----------------------------------------------------------- */

static struct mark
look_at(const char *file)
{
	struct stat found;

	if (stat(file, &found) != 0)
		return (struct mark){.why_not = errno};
	return (struct mark){
	    .device = found.st_dev,
	    .inode = found.st_ino,
	    .size = found.st_size,
	    .modified = found.st_mtim,
	    .changed = found.st_ctim,
	};
}

static bool
same_time(struct timespec one, struct timespec other)
{
	return one.tv_sec == other.tv_sec && one.tv_nsec == other.tv_nsec;
}

static bool
same_mark(const struct mark *one, const struct mark *other)
{
	return one->device == other->device && one->inode == other->inode &&
	       one->size == other->size && one->why_not == other->why_not &&
	       same_time(one->modified, other->modified) &&
	       same_time(one->changed, other->changed);
}

/* Before they are read: what is written meanwhile is seen at the next look. */
static bool
have_changed(struct tls_renewal *renewal)
{
	const struct mark now[2] = {
	    look_at(renewal->files.certificate), look_at(renewal->files.key)};
	bool same = same_mark(&now[0], &renewal->seen[0]) &&
		    same_mark(&now[1], &renewal->seen[1]);

	memcpy(renewal->seen, now, sizeof now);
	return !same;
}

/* --- taking them --------------------------------------------------------- */

static void
tell_taken(const struct certificate *taken)
{
	char ends[CLOCK_TEXT_SIZE];

	clock_write(taken->ends_at, ends);
	LOG(LOG_INFO, "TLS certificate taken",
	    {"subject", span_of(taken->subject)},
	    {"serial", span_of(taken->serial)}, {"not_after", span_of(ends)});
}

/* With the words of before nothing is said, unless it is news. */
static void
tell_waiting(struct tls_renewal *renewal, bool news)
{
	const struct fault_note *note = &renewal->cx.note;
	const char *why = note->telling[0] ? note->telling : note->detail;

	if (!news && strcmp(renewal->said, why) == 0)
		return;
	snprintf(renewal->said, sizeof renewal->said, "%s", why);
	LOG(LOG_WARN,
	    "TLS certificate not taken: the one before stays in use, and the "
	    "files are tried again",
	    {"why", span_of(renewal->said)});
}

static void
look(struct tls_renewal *renewal, bool asked)
{
	struct certificate before, now;
	bool changed = have_changed(renewal);

	if (!changed && !asked && !renewal->waiting)
		return;
	cx_reset(&renewal->cx);
	server_certificate(renewal->server, &before);
	renewal->waiting =
	    server_renew_certificate(renewal->server, &renewal->cx);
	if (renewal->waiting) {
		tell_waiting(renewal, changed || asked);
		return;
	}
	server_certificate(renewal->server, &now);
	counters_set(COUNTERS_OF(TLS_ENDS), now.ends_at);
	/* The first look finds what the start has read. */
	if (asked || strcmp(before.serial, now.serial) != 0 ||
	    before.ends_at != now.ends_at)
		tell_taken(&now);
}

/* --- its thread ---------------------------------------------------------- */

static void
wait_for_bell(const struct tls_renewal *renewal)
{
	struct pollfd bell = {.fd = renewal->bell, .events = POLLIN};
	bool encrypted = renewal->files.certificate;
	uint64_t count;

	if (poll(&bell, 1, encrypted ? LOOK_MS : -1) <= 0)
		return;
	ssize_t got = read(renewal->bell, &count, sizeof count);
	(void)got;
}

static void *
run(void *state)
{
	struct tls_renewal *renewal = state;

	pthread_setname_np(pthread_self(), "ltigate-tls");
	do {
		bool asked = atomic_exchange(&renewal->asked, false);
		if (renewal->files.certificate)
			look(renewal, asked);
		else if (asked)
			LOG(LOG_WARN,
			    "nothing to read again: only tls_cert "
			    "and tls_key are, the rest needs a "
			    "restart",
			    {"tls_cert", SPAN("not set")});
		wait_for_bell(renewal);
	} while (!atomic_load(&renewal->ending));
	return NULL;
}

static void
ring(const struct tls_renewal *renewal)
{
	const uint64_t one = 1;
	int before = errno;
	ssize_t written = write(renewal->bell, &one, sizeof one);

	(void)written; /* full: it rings already */
	errno = before;
}

struct tls_renewal *
tls_renewal_start(struct server *server, const struct server_options *options)
{
	struct tls_renewal *renewal = memory_take(sizeof *renewal);
	struct certificate now;
	sigset_t all, before;

	renewal->server = server;
	renewal->files = options->tls;
	renewal->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	cx_init(&renewal->cx, random_bytes);
	if (options->tls.certificate) {
		server_certificate(server, &now);
		counters_set(COUNTERS_OF(TLS_ENDS), now.ends_at);
	}
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	renewal->running =
	    renewal->bell >= 0 &&
	    pthread_create(&renewal->thread, NULL, run, renewal) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!renewal->running)
		LOG(LOG_ERROR, "no thread for renewed certificates",
		    {"advice", SPAN("restart to take one")});
	return renewal;
}

void
tls_renewal_ask(struct tls_renewal *renewal)
{
	atomic_store(&renewal->asked, true);
	ring(renewal);
}

void
tls_renewal_stop(struct tls_renewal *renewal)
{
	atomic_store(&renewal->ending, true);
	ring(renewal);
	if (renewal->running)
		pthread_join(renewal->thread, NULL);
	if (renewal->bell >= 0)
		close(renewal->bell);
	cx_release(&renewal->cx);
	memory_give_back(renewal);
}
