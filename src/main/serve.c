/* serve.c - ltigate serve
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/dispatch.h"
#include "app/access.h"
#include "app/gateway.h"
#include "app/housekeeping.h"
#include "app/instance.h"
#include "app/invite.h"
#include "app/notice_sender.h"
#include "app/score_sender.h"
#include "app/tool.h"
#include "base/counters.h"
#include "base/cx.h"
#include "base/log.h"
#include "main/commands.h"
#include "main/config.h"
#include "main/local_call.h"
#include "main/metrics_listener.h"
#include "main/service_manager.h"
#include "main/tls_renewal.h"
#include "store/db.h"
#include "json/jread.h"

static struct server *running;
static struct gateway *serving;
static struct service_manager *manager;
static struct tls_renewal *renewal;
static const char *farewell; /* what the manager is told then */
static unsigned drain_seconds;

/* First nothing new is to come: a balancer that asks /readyz takes this
 * instance out, while who comes all the same is served. The alarm ends that, or
 * a second signal. */
static void
stop(int signal_number)
{
	bool again = atomic_exchange(&serving->stopping, true);

	(void)signal_number;
	if (!again)
		service_manager_tell(manager, farewell);
	if (again || !drain_seconds) {
		server_stop(running);
		return;
	}
	server_drain(running);
	alarm(drain_seconds);
}

static void
listen_to_signals(void (*handler)(int signal_number))
{
	signal(SIGTERM, handler);
	signal(SIGINT, handler);
	signal(SIGALRM, handler);
}

/* Who sends it wants files read again. The kernel sends it when the terminal
 * goes away, and that ends us, as it ends whatever runs there. */
static void
reload(int signal_number, siginfo_t *from, void *context)
{
	(void)context;
	if (from->si_code == SI_KERNEL)
		stop(signal_number);
	else
		tls_renewal_ask(renewal);
}

/* With nohup the terminal is nothing to us, nor is a reload. */
static void
listen_to_reload(void)
{
	struct sigaction action = {.sa_flags = SA_SIGINFO | SA_RESTART};
	struct sigaction before;

	sigemptyset(&action.sa_mask);
	action.sa_sigaction = reload;
	if (sigaction(SIGHUP, NULL, &before) == 0 &&
	    before.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &action, NULL);
}

/* What a newcomer does next, as long as it has not been done. */
static void
print_next_steps(struct cx *cx, struct gateway *gateway)
{
	const struct json_t *settings;
	struct api_key_list keys;

	if (tool_find(gateway, cx, &settings) ||
	    access_list_keys(gateway, cx, &keys))
		return;
	struct span name =
	    jread_text_or(jread_member(settings, "name"), SPAN(""));
	struct span launch =
	    jread_text_or(jread_member(settings, "launchUrl"), SPAN(""));
	printf("ltigate " LTIGATE_VERSION "\n\n  paste into the LMS   "
	       "%.*s/lti/register\n  the API              %.*s/openapi.json\n",
	    SPAN_ARGS(gateway->public_url), SPAN_ARGS(gateway->public_url));
	struct invite_link owner;
	if (!invite_first_owner(gateway, cx, &owner)) {
		printf("  the portal           %.*s/portal\n",
		    SPAN_ARGS(gateway->public_url));
		if (owner.url.length)
			printf("\nMake the owner's account (works once, for a "
			       "week)\n  %.*s\n",
			    SPAN_ARGS(owner.url));
	}
	if (!name.length || !launch.length || !keys.count)
		printf("\nStill to do, in the portal or (with the same "
		       "--store) in another terminal\n");
	if (!name.length)
		printf("  ltigate settings set name \"My tool\"\n");
	if (!launch.length)
		printf("  ltigate settings set launchUrl "
		       "https://tool.example/launch\n");
	if (!keys.count)
		printf("  ltigate api-key create --name \"my back end\"\n");
	printf("\n");
	fflush(stdout);
}

static enum fault
prepare(struct cx *cx, struct gateway *gateway)
{
	const char *first = getenv("LTIGATE_BOOTSTRAP_API_KEY");

	return first ? access_keep_first_key(gateway, cx, span_of(first))
		     : FAULT_NONE;
}

/* How long it may take: draining, 20 s for what was begun, and what is being
 * sent from the lines. */
static const char *
farewell_of(struct cx *cx)
{
	enum { END_SECONDS = 60 };

	return arena_cstr(
	    cx->arena, arena_printf(cx->arena,
			   "STOPPING=1\nSTATUS=Ends what was begun\n"
			   "EXTEND_TIMEOUT_USEC=%u000000",
			   drain_seconds + END_SECONDS));
}

/* It listens, and whoever waits for that is told. */
static void
announce(struct cx *cx, struct gateway *gateway,
    const struct server_options *options)
{
	struct span ready = arena_printf(cx->arena,
	    "READY=1\nSTATUS=Serves %.*s", SPAN_ARGS(gateway->public_url));

	for (size_t i = 0; i < options->listen_count; i++)
		LOG(LOG_INFO, "listening",
		    {"address", span_of(options->listen[i])},
		    {"port",
			arena_printf(cx->arena, "%u", server_port(running, i))},
		    {"socket",
			options->handed ? SPAN("handed over") : SPAN("own")});
	service_manager_tell(manager, arena_cstr(cx->arena, ready));
	service_manager_watch(manager, running);
}

static enum fault
begin(struct cx *cx, struct gateway *gateway,
    const struct server_options *options)
{
	enum fault which = prepare(cx, gateway);

	if (!which)
		which = server_open(cx, options, &running);
	if (which)
		return which;
	counters_set(COUNTERS_OF(WORKERS_MAX), options->workers_max);
	/* Before anything is sealed for somebody. */
	which = instance_join(gateway, cx);
	if (which)
		server_close(running);
	return which;
}

static void
serve(struct cx *cx, struct gateway *gateway,
    const struct server_options *options)
{
	serving = gateway;
	drain_seconds = options->drain_seconds;
	farewell = farewell_of(cx);
	listen_to_signals(stop);
	renewal = tls_renewal_start(running, options);
	listen_to_reload();
	struct housekeeping *housekeeping = housekeeping_start(gateway);
	gateway->score_sender = score_sender_start(gateway);
	gateway->notice_sender = notice_sender_start(gateway);
	print_next_steps(cx, gateway);
	announce(cx, gateway, options);
	server_run(running);
	/* What is being taken apart must not be told to stop again. */
	listen_to_signals(SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	tls_renewal_stop(renewal);
	LOG(LOG_INFO, "stopping", {"version", SPAN(LTIGATE_VERSION)});
	service_manager_close(manager);
	db_end_soon(gateway->db);
	housekeeping_stop(housekeeping);
	/* Requests that end may still wake it. */
	server_close(running);
	score_sender_stop(gateway->score_sender);
	notice_sender_stop(gateway->notice_sender);
	instance_leave(gateway, cx);
}

/* Whose sockets they are depends on who started us. */
static enum fault
find_sockets(
    struct cx *cx, const struct config *config, struct server_options *options)
{
	enum fault which = service_manager_sockets(cx, options);

	if (!which && options->handed && config->given[CONFIG_LISTEN])
		LOG(LOG_WARN, "listen is not used: sockets were handed over",
		    {"listen", config->values[CONFIG_LISTEN]});
	return which;
}

int
command_serve(struct cx *cx, const struct config *config, int argc, char **argv)
{
	struct server_options options;
	struct gateway_options gateway_options;

	if (argc) {
		fprintf(
		    stderr, "ltigate: serve does not know \"%s\"\n", argv[0]);
		return 2;
	}
	enum fault which = config_server(cx, config, &options);
	if (!which)
		which = find_sockets(cx, config, &options);
	if (!which)
		which = config_gateway(cx, config, &gateway_options);
	if (which)
		return local_complain(cx, (int)which);
	struct gateway *gateway = local_open(cx, config);
	if (!gateway)
		return 1;
	struct dispatch dispatch = {
	    gateway, gateway_options.net.policy.outbound_allow.count > 0};
	options.app = dispatch_app(&dispatch);
	struct metrics_listener *metrics = NULL;
	which = service_manager_open(cx, &manager);
	if (!which)
		which = metrics_listener_start(
		    cx, config_metrics(cx, config), &dispatch, &metrics);
	if (!which)
		which = begin(cx, gateway, &options);
	if (!which)
		serve(cx, gateway, &options);
	metrics_listener_stop(metrics);
	gateway_close(gateway);
	return which ? local_complain(cx, (int)which) : 0;
}
