/* load.c - the LMSs and the administrators' browsers, in one program
 *
 *   browser -> GET /lti/register -> gateway -> GET configuration -> LMS
 *                                           -> POST registration -> LMS
 *   browser <- page <- gateway (two durable commits)
 *
 * One thread, so that what it costs can be told from what the gateway costs.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <arpa/inet.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/span.h"
#include "calls.h"
#include "first_answer.h"
#include "launches.h"
#include "measure.h"

struct wish {
	struct plan plan;
	struct launches_plan launches; /* key_file NULL: none */
	struct calls_plan calls;       /* headers NULL: none */
	char authority[128];
	const char *disk;
	bool first_answer;
};

static const char usage[] =
    "usage: load --target http://127.0.0.1:PORT/PATH [--lms-port PORT]\n"
    "            [--concurrency N] [--count N | --seconds N] [--warm N]\n"
    "            [--stuck N] [--pid GATEWAY] [--json]\n"
    "       load --target http://127.0.0.1:PORT/LOGIN --key PEM\n"
    "            --post PATH --issuer URL --client ID --launch-url URL\n"
    "            [--refused] [--platforms N] [--first N] [--concurrency N]\n"
    "            [--count N] [--pid TOOL] [--json]: launches\n"
    "       load --target URL --headers LINES --body JSON --expected STATUS\n"
    "            [--first PERSON] [--concurrency N] [--count N]\n"
    "            [--pid TOOL] [--json]: calls\n"
    "            without BODY: GET\n"
    "            --also PORT: one more instance; --pid too may be repeated\n"
    "       load --disk FOLDER\n"
    "       load --target URL --first-answer -- PROGRAM ARGUMENT...\n";

static const struct option options[] = {
    {"target", required_argument, NULL, 't'},
    {"also", required_argument, NULL, 'a'},
    {"platforms", required_argument, NULL, 'N'},
    {"lms-port", required_argument, NULL, 'l'},
    {"concurrency", required_argument, NULL, 'c'},
    {"count", required_argument, NULL, 'n'},
    {"seconds", required_argument, NULL, 's'},
    {"warm", required_argument, NULL, 'w'},
    {"stuck", required_argument, NULL, 'k'},
    {"pid", required_argument, NULL, 'p'},
    {"json", no_argument, NULL, 'j'},
    {"disk", required_argument, NULL, 'd'},
    {"first-answer", no_argument, NULL, 'f'},
    {"key", required_argument, NULL, 'K'},
    {"post", required_argument, NULL, 'P'},
    {"issuer", required_argument, NULL, 'I'},
    {"client", required_argument, NULL, 'C'},
    {"launch-url", required_argument, NULL, 'U'},
    {"refused", no_argument, NULL, 'R'},
    {"headers", required_argument, NULL, 'H'},
    {"body", required_argument, NULL, 'B'},
    {"expected", required_argument, NULL, 'E'},
    {"first", required_argument, NULL, 'F'},
    {0},
};

static bool
read_target(struct wish *wish, const char *url)
{
	struct span rest = span_of(url), host, authority;
	struct target *target = &wish->plan.target;
	struct sockaddr_in *address = &target->addresses[0];
	int64_t port = 0;

	if (!span_starts(rest, "http://"))
		return false;
	rest = span_from_offset(rest, 7);
	span_next(&rest, '/', &authority);
	target->path = rest.at ? rest.at - 1 : "/";
	snprintf(wish->authority, sizeof wish->authority, "%.*s",
	    SPAN_ARGS(authority));
	target->authority = wish->authority;
	span_next(&authority, ':', &host);
	target->count = 1;
	address->sin_family = AF_INET;
	char *colon = strchr(wish->authority, ':');
	if (!colon || !span_number(authority, 65535, &port))
		return false;
	*colon = '\0';
	bool good =
	    inet_pton(AF_INET, wish->authority, &address->sin_addr) == 1;
	*colon = ':';
	address->sin_port = htons((uint16_t)port);
	return good;
}

static bool
add_address(struct target *target, int64_t port)
{
	if (!target->count || target->count == INSTANCES_MAX || port <= 0 ||
	    port > 65535)
		return false;
	target->addresses[target->count] = target->addresses[0];
	target->addresses[target->count++].sin_port = htons((uint16_t)port);
	return true;
}

static bool
add_pid(struct pids *pids, int64_t pid)
{
	if (pids->count == PIDS_MAX || pid <= 0)
		return false;
	pids->list[pids->count++] = (int)pid;
	return true;
}

static bool
read_launch_option(struct launches_plan *plan, int letter)
{
	switch (letter) {
	case 'K':
		plan->key_file = optarg;
		return true;
	case 'P':
		plan->post_path = optarg;
		return true;
	case 'I':
		plan->issuer = optarg;
		return true;
	case 'C':
		plan->client_id = optarg;
		return true;
	case 'U':
		plan->launch_url = optarg;
		return true;
	case 'R':
		plan->refused = true;
		return true;
	default:
		return false;
	}
}

static bool
read_call_option(struct calls_plan *plan, int letter, int64_t number)
{
	switch (letter) {
	case 'H':
		plan->headers = optarg;
		return true;
	case 'B':
		plan->body = optarg;
		return true;
	case 'E':
		plan->expected = optarg;
		return true;
	case 'F':
		plan->first = (size_t)number;
		return number >= 0;
	default:
		return false;
	}
}

static int
run_calls(struct wish *wish)
{
	struct calls_plan *plan = &wish->calls;

	plan->target = wish->plan.target;
	plan->concurrency = wish->plan.concurrency;
	plan->count = wish->plan.count;
	plan->pids = wish->plan.pids;
	plan->json = wish->plan.json;
	return calls_run(plan);
}

static int
run_launches(struct wish *wish)
{
	struct launches_plan *plan = &wish->launches;

	plan->target = wish->plan.target;
	plan->first = wish->calls.first;
	plan->concurrency = wish->plan.concurrency;
	plan->count = wish->plan.count;
	plan->pids = wish->plan.pids;
	plan->json = wish->plan.json;
	return launches_run(plan);
}

static bool
read_option(struct wish *wish, int letter)
{
	struct plan *plan = &wish->plan;
	int64_t number = 0;
	bool is_number =
	    optarg && span_number(span_of(optarg), 10000000, &number);

	switch (letter) {
	case 't':
		return read_target(wish, optarg);
	case 'd':
		wish->disk = optarg;
		return true;
	case 'j':
		plan->json = true;
		return true;
	case 'f':
		wish->first_answer = true;
		return true;
	case 'l':
		plan->lms_port = (unsigned)number;
		return is_number;
	case 'c':
		plan->concurrency = (size_t)number;
		return number > 0;
	case 'n':
		plan->count = (size_t)number;
		return number > 0;
	case 's':
		plan->seconds = (int)number;
		return number > 0;
	case 'w':
		plan->warm = (size_t)number;
		return is_number;
	case 'k':
		plan->stuck = (size_t)number;
		return is_number;
	case 'p':
		return add_pid(&plan->pids, number);
	case 'a':
		return add_address(&plan->target, number);
	case 'N':
		wish->launches.platforms = (size_t)number;
		return number > 0;
	default:
		return read_launch_option(&wish->launches, letter) ||
		       read_call_option(&wish->calls, letter, number);
	}
}

int
main(int argc, char **argv)
{
	struct wish wish = {
	    .plan = {.lms_port = 9600, .concurrency = 8, .count = 1000},
	    .launches = {.platforms = 1}};
	const struct target *target = &wish.plan.target;
	bool good = true;

	for (;;) {
		int letter = getopt_long(argc, argv, "", options, NULL);
		if (letter < 0)
			break;
		good = good && read_option(&wish, letter);
	}
	if (!good || (!wish.disk && !target->authority) ||
	    wish.first_answer != (optind < argc)) {
		fputs(usage, stderr);
		return 2;
	}
	if (wish.launches.key_file && wish.launches.post_path &&
	    wish.launches.issuer && wish.launches.client_id &&
	    wish.launches.launch_url)
		return run_launches(&wish);
	if (wish.calls.headers && wish.calls.expected)
		return run_calls(&wish);
	if (!wish.disk && !wish.first_answer)
		return measure_run(&wish.plan);
	printf("%.3f\n",
	    wish.disk ? disk_wait_ms(wish.disk)
		      : first_answer_ms(&target->addresses[0], argv + optind));
	return 0;
}
