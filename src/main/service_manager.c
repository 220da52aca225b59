/* service_manager.c - what the service manager that started us does for us
 *
 * The protocol is small enough to be spoken here: a datagram of lines for what
 * it is told, descriptors from 3 on for what it hands over. Its library would
 * bring more into the process than that is worth.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "main/service_manager.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cx.h"
#include "http/listening.h"
#include "http/server.h"

enum {
	HANDED_FIRST = 3, /* descriptor */
	HANDED_MAX = 16,
	LOOK_MS_MAX = 1000, /* the loops turn each second */
	LOOKS = 4,          /* in the time that the watchdog waits */
};

struct service_manager {
	struct sockaddr_un address;
	socklen_t address_length;
	int handle; /* -1: nobody is told */
	struct server *server;
	unsigned look_ms;
	bool watching, ending; /* ending: the mutex is held */
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
};

/* --- its environment ----------------------------------------------------- */

/* 0: there is none. */
static int64_t
read_number(const char *name)
{
	const char *text = getenv(name);
	int64_t number;

	return text && span_number(span_of(text), INT64_MAX, &number) ? number
								      : 0;
}

/* What a parent was given is inherited, and not for us. */
static bool
is_for_us(const char *name)
{
	return read_number(name) == getpid();
}

/* --- telling ------------------------------------------------------------- */

static enum fault
read_address(struct cx *cx, const char *path, struct service_manager *manager)
{
	struct span text = span_of(path);
	struct sockaddr_un *address = &manager->address;

	if ((path[0] != '/' && path[0] != '@') || text.length < 2 ||
	    text.length >= sizeof address->sun_path)
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "NOTIFY_SOCKET is not the address of a socket");
	address->sun_family = AF_UNIX;
	memcpy(address->sun_path, text.at, text.length);
	manager->address_length =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + text.length);
	/* Linux's names that are no files begin with NUL. */
	if (path[0] == '@')
		address->sun_path[0] = '\0';
	else
		manager->address_length++;
	return FAULT_NONE;
}

static enum fault
open_socket(struct cx *cx, struct service_manager *manager)
{
	/* It is told from a signal handler, too: never wait for long. */
	const struct timeval patience = {1, 0};

	manager->handle = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (manager->handle < 0)
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "no socket for NOTIFY_SOCKET: %s", strerror(errno));
	setsockopt(manager->handle, SOL_SOCKET, SO_SNDTIMEO, &patience,
	    sizeof patience);
	return FAULT_NONE;
}

enum fault
service_manager_open(struct cx *cx, struct service_manager **out)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct service_manager *manager = memory_take(sizeof *manager);

	manager->handle = -1;
	enum fault which = path ? read_address(cx, path, manager) : FAULT_NONE;
	if (!which && path)
		which = open_socket(cx, manager);
	if (which) {
		memory_give_back(manager);
		return which;
	}
	*out = manager;
	return FAULT_NONE;
}

/* Addressed each time: the manager may have made its socket anew. */
void
service_manager_tell(const struct service_manager *manager, const char *lines)
{
	int before = errno;

	if (manager->handle >= 0)
		sendto(manager->handle, lines, strlen(lines), MSG_NOSIGNAL,
		    (const struct sockaddr *)&manager->address,
		    manager->address_length);
	errno = before;
}

/* --- watchdog ------------------------------------------------------------ */

static struct timespec
deadline_in(unsigned wait_ms)
{
	int64_t at = clock_monotonic_ms() + wait_ms;
	return (struct timespec){at / 1000, at % 1000 * 1000000};
}

static void *
watch(void *state)
{
	struct service_manager *manager = state;

	pthread_mutex_lock(&manager->mutex);
	while (!manager->ending) {
		struct timespec deadline = deadline_in(manager->look_ms);
		pthread_cond_timedwait(
		    &manager->wake, &manager->mutex, &deadline);
		if (server_turned(manager->server))
			service_manager_tell(manager, "WATCHDOG=1");
	}
	pthread_mutex_unlock(&manager->mutex);
	return NULL;
}

void
service_manager_watch(struct service_manager *manager, struct server *server)
{
	int64_t wait_ms = read_number("WATCHDOG_USEC") / 1000;
	pthread_condattr_t monotonic;
	sigset_t all, before;

	if (wait_ms == 0 || manager->handle < 0 ||
	    (getenv("WATCHDOG_PID") && !is_for_us("WATCHDOG_PID")))
		return;
	manager->server = server;
	manager->look_ms = wait_ms > LOOK_MS_MAX * LOOKS
			       ? LOOK_MS_MAX
			       : (unsigned)(wait_ms / LOOKS) + 1;
	pthread_mutex_init(&manager->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&manager->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	manager->watching =
	    pthread_create(&manager->thread, NULL, watch, manager) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void
service_manager_close(struct service_manager *manager)
{
	if (manager->watching) {
		pthread_mutex_lock(&manager->mutex);
		manager->ending = true;
		pthread_cond_signal(&manager->wake);
		pthread_mutex_unlock(&manager->mutex);
		pthread_join(manager->thread, NULL);
		pthread_cond_destroy(&manager->wake);
		pthread_mutex_destroy(&manager->mutex);
	}
	if (manager->handle >= 0)
		close(manager->handle);
	memory_give_back(manager);
}

/* --- its sockets --------------------------------------------------------- */

enum fault
service_manager_sockets(struct cx *cx, struct server_options *options)
{
	int64_t count = is_for_us("LISTEN_PID") ? read_number("LISTEN_FDS") : 0;

	if (count == 0)
		return FAULT_NONE;
	if (count > HANDED_MAX)
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "LISTEN_FDS: more than %d sockets", HANDED_MAX);
	int *handed = arena_list(cx->arena, (size_t)count, sizeof *handed);
	const char **names =
	    arena_list(cx->arena, (size_t)count, sizeof *names);
	for (int i = 0; i < count; i++) {
		handed[i] = HANDED_FIRST + i;
		enum fault which = listening_name(cx, handed[i], &names[i]);
		if (which)
			return which;
	}
	options->listen = names;
	options->listen_count = (size_t)count;
	options->handed = handed;
	return FAULT_NONE;
}
