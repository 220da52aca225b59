/* metrics_listener.c - the address at which metrics are told without a key
 *
 * A server apart from the gateway's: whoever asks there reaches nothing else,
 * and takes no thread from those who launch.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "main/metrics_listener.h"

#include <pthread.h>
#include <signal.h>

#include "api/dispatch.h"
#include "base/cx.h"
#include "base/log.h"
#include "http/server.h"

struct metrics_listener {
	const char *address;
	struct server *server;
	pthread_t thread;
};

static void *
run(void *arg)
{
	struct metrics_listener *listener = arg;

	server_run(listener->server);
	return NULL;
}

/* Signals are for the main thread. */
static bool
start(struct metrics_listener *listener)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int failure = pthread_create(&listener->thread, NULL, run, listener);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failure == 0;
}

enum fault
metrics_listener_start(struct cx *cx, const char *address,
    struct dispatch *dispatch, struct metrics_listener **out)
{
	*out = NULL;
	if (!address)
		return FAULT_NONE;
	struct metrics_listener *listener = memory_take(sizeof *listener);
	listener->address = address;
	const struct server_options options = {
	    .listen = &listener->address,
	    .listen_count = 1,
	    .loops = 1,
	    .workers_max = 1,
	    .body_max = 1024,
	    .app = dispatch_metrics_app(dispatch),
	};
	enum fault which = server_open(cx, &options, &listener->server);
	if (!which && !start(listener)) {
		server_close(listener->server);
		which =
		    fault_tell(cx, FAULT_CONFIG_REFUSED, "metrics: no thread");
	}
	if (which) {
		memory_give_back(listener);
		return which;
	}
	LOG(LOG_INFO, "telling metrics", {"address", span_of(address)},
	    {"port", arena_printf(
			 cx->arena, "%u", server_port(listener->server, 0))});
	*out = listener;
	return FAULT_NONE;
}

void
metrics_listener_stop(struct metrics_listener *listener)
{
	if (!listener)
		return;
	server_stop(listener->server);
	pthread_join(listener->thread, NULL);
	server_close(listener->server);
	memory_give_back(listener);
}
