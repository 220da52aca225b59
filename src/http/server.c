/* server.c - the HTTP server: event loops, the gate, the worker threads
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/server.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/cx.h"
#include "http/listening.h"
#include "http/loop.h"
#include "http/tls.h"
#include "http/workers.h"

enum {
	WORKERS_CORE = 4,
	WORKERS_IDLE_MS = 10000,
	DESCRIPTORS_MAX = 65536,
};

struct server {
	struct server_options options;
	struct workers *workers;
	struct tls *tls;
	struct loop **loops;
	pthread_t *threads;
	unsigned *ports;
};

/* A connection needs a descriptor, and the soft limit is often 1,024. */
static void
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	rlim_t wanted =
	    limit.rlim_max < DESCRIPTORS_MAX ? limit.rlim_max : DESCRIPTORS_MAX;
	if (limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = wanted;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static enum fault
open_loops(struct cx *cx, struct server *server)
{
	for (unsigned i = 0; i < server->options.loops; i++) {
		server->loops[i] =
		    loop_open(&server->options, server->workers, server->tls);
		if (!server->loops[i])
			return fault_tell(cx, FAULT_CONFIG_REFUSED,
			    "no descriptors for an event loop");
	}
	return FAULT_NONE;
}

static enum fault
listen_at(struct cx *cx, struct server *server, size_t index)
{
	unsigned loops = server->options.loops;
	int *sockets = arena_list(cx->arena, loops, sizeof *sockets);
	bool taken = true;

	const struct server_options *options = &server->options;
	enum fault failure = options->handed
				 ? listening_take(cx, options->handed[index],
				       sockets, loops, &server->ports[index])
				 : listening_open(cx, options->listen[index],
				       sockets, loops, &server->ports[index]);
	if (failure)
		return failure;
	for (unsigned i = 0; i < loops; i++)
		taken = loop_listen(server->loops[i], sockets[i]) && taken;
	if (!taken)
		return fault_tell(
		    cx, FAULT_CONFIG_REFUSED, "listen: too many addresses");
	return FAULT_NONE;
}

static enum fault
open_all(struct cx *cx, struct server *server)
{
	const struct server_options *options = &server->options;
	enum fault failure = FAULT_NONE;

	if (options->tls.certificate)
		failure = tls_open(cx, &options->tls, &server->tls);
	if (!failure)
		failure = open_loops(cx, server);
	for (size_t i = 0; !failure && i < options->listen_count; i++)
		failure = listen_at(cx, server, i);
	return failure;
}

enum fault
server_open(
    struct cx *cx, const struct server_options *options, struct server **out)
{
	struct server *server = memory_take(sizeof *server);

	assert(options->loops > 0 && options->workers_max > 0);
	raise_descriptor_limit();
	signal(SIGPIPE, SIG_IGN);
	server->options = *options;
	server->loops = memory_take(options->loops * sizeof(struct loop *));
	server->threads = memory_take(options->loops * sizeof(pthread_t));
	server->ports = memory_take(options->listen_count * sizeof(unsigned));
	server->workers = workers_open((struct workers_options){
	    .max = options->workers_max,
	    .core = WORKERS_CORE,
	    .idle_ms = WORKERS_IDLE_MS,
	});
	enum fault failure = open_all(cx, server);
	if (failure) {
		server_close(server);
		return failure;
	}
	*out = server;
	return FAULT_NONE;
}

/* Its name is seen in top -H, and by the tests. */
static void *
run_loop(void *loop)
{
	pthread_setname_np(pthread_self(), "ltigate-loop");
	loop_run(loop);
	return NULL;
}

/* The first loop runs on the caller's thread, which also takes the signals.
 * If the system has no threads for the others, half a server would leave
 * connections unanswered: it ends at once. */
void
server_run(struct server *server)
{
	unsigned count = server->options.loops;
	unsigned started = 1;
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (
	    started < count && pthread_create(&server->threads[started], NULL,
				   run_loop, server->loops[started]) == 0)
		started++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (started < count)
		server_stop(server);
	loop_run(server->loops[0]);
	for (unsigned i = 1; i < started; i++)
		pthread_join(server->threads[i], NULL);
}

void
server_drain(struct server *server)
{
	for (unsigned i = 0; i < server->options.loops; i++)
		loop_drain(server->loops[i]);
}

void
server_stop(struct server *server)
{
	for (unsigned i = 0; i < server->options.loops; i++)
		loop_stop(server->loops[i]);
}

bool
server_turned(struct server *server)
{
	for (unsigned i = 0; i < server->options.loops; i++)
		if (!loop_turned(server->loops[i]))
			return false;
	for (unsigned i = 0; i < server->options.loops; i++)
		loop_forget_turn(server->loops[i]);
	return true;
}

enum fault
server_renew_certificate(struct server *server, struct cx *cx)
{
	return tls_renew(cx, server->tls);
}

void
server_certificate(const struct server *server, struct certificate *out)
{
	tls_tell(server->tls, out);
}

void
server_close(struct server *server)
{
	if (!server)
		return;
	/* The workers first: they know the loops. */
	workers_close(server->workers);
	for (unsigned i = 0; i < server->options.loops; i++)
		loop_close(server->loops[i]);
	tls_close(server->tls);
	memory_give_back(server->loops);
	memory_give_back(server->threads);
	memory_give_back(server->ports);
	memory_give_back(server);
}

unsigned
server_port(const struct server *server, size_t index)
{
	assert(index < server->options.listen_count);
	return server->ports[index];
}
