/* calls.c - a number of calls of one address, and what they cost
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "stats.h"
#include "wire.h"

enum { PATIENCE_MS = 60000, HEAD_MAX = 8192, BODY_MAX = 1024 };

struct caller {
	struct calls *calls;
	struct conn *conn; /* NULL: to be opened */
	int64_t begun_us;
	bool waits;
};

struct calls {
	const struct calls_plan *plan;
	struct wire *wire;
	char expected[32];
	struct timings timings;
	size_t begun, over, failed;
	struct caller callers[];
};

static void begin(struct caller *caller);

/* --- answers ------------------------------------------------------------- */

static void
complain(struct calls *calls, struct span text)
{
	if (calls->failed++ == 0)
		fprintf(stderr, "load: the first failure: %.*s\n",
		    SPAN_ARGS(span_first(text, 2000)));
}

static void
end(struct caller *caller)
{
	struct calls *calls = caller->calls;

	caller->waits = false;
	calls->over++;
	timings_add(&calls->timings, wire_now_us() - caller->begun_us);
}

static void
take(struct conn *conn, const struct message *message)
{
	struct caller *caller = conn->owner;
	struct calls *calls = caller->calls;
	const char *last = message->body.at + message->body.length;

	end(caller);
	if (!span_starts(message->line, calls->expected))
		complain(calls, span_from(message->line.at,
				    (size_t)(last - message->line.at)));
	if (!message->closes)
		begin(caller);
}

static void
ended(struct conn *conn)
{
	struct caller *caller = conn->owner;

	conn_close(conn);
	caller->conn = NULL;
	if (caller->waits) {
		end(caller);
		complain(caller->calls, SPAN("the connection ended"));
	}
	begin(caller);
}

/* --- requests ------------------------------------------------------------ */

static int
write_body(const struct calls_plan *plan, size_t person, char *out)
{
	const char *place = strchr(plan->body, '@');

	if (!place)
		return snprintf(out, BODY_MAX, "%s", plan->body);
	return snprintf(out, BODY_MAX, "%.*s%zu%s", (int)(place - plan->body),
	    plan->body, person, place + 1);
}

static void
send_call(struct caller *caller, size_t number)
{
	const struct calls_plan *plan = caller->calls->plan;
	char head[HEAD_MAX], body[BODY_MAX];

	if (!plan->body) {
		int length = snprintf(head, sizeof head,
		    "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n\r\n",
		    plan->target.path, plan->target.authority, plan->headers);
		if (length >= HEAD_MAX)
			wire_fail("a request that is too long");
		conn_send(
		    caller->conn, span_from(head, (size_t)length), SPAN(""));
		return;
	}
	int size = write_body(plan, plan->first + number, body);
	int length = snprintf(head, sizeof head,
	    "POST %s HTTP/1.1\r\nHost: %s\r\n%s\r\n"
	    "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n",
	    plan->target.path, plan->target.authority, plan->headers, size);

	if (length >= HEAD_MAX || size >= BODY_MAX)
		wire_fail("a request that is too long");
	conn_send(caller->conn, span_from(head, (size_t)length),
	    span_from(body, (size_t)size));
}

static void
begin(struct caller *caller)
{
	struct calls *calls = caller->calls;

	if (calls->begun == calls->plan->count)
		return;
	if (!caller->conn) {
		const struct target *target = &calls->plan->target;
		size_t number = (size_t)(caller - calls->callers);
		caller->conn = conn_open(
		    calls->wire, &target->addresses[number % target->count]);
		caller->conn->owner = caller;
		caller->conn->take = take;
		caller->conn->ended = ended;
	}
	caller->waits = true;
	caller->begun_us = wire_now_us();
	send_call(caller, calls->begun++);
}

/* --- the whole ----------------------------------------------------------- */

static void
print(struct calls *calls, double wall_ms, double cpu_ms, double own_ms)
{
	struct timings *timings = &calls->timings;
	double count = (double)calls->plan->count;

	timings_sort(timings);
	const struct figure figures[] = {
	    {"calls", count, ""},
	    {"perSecond", count * 1000 / wall_ms, "/s"},
	    {"p50", timings_at(timings, 0.5), "ms"},
	    {"p99", timings_at(timings, 0.99), "ms"},
	    {"max", timings_at(timings, 1), "ms"},
	    {"cpu", cpu_ms / count, "ms"},
	    {"ownShare", own_ms / wall_ms, "of a core"},
	    {"failed", (double)calls->failed, ""},
	};

	figures_print(
	    figures, sizeof figures / sizeof *figures, calls->plan->json);
}

static struct calls *
calls_open(const struct calls_plan *plan)
{
	struct calls *calls = memory_take(
	    sizeof *calls + plan->concurrency * sizeof calls->callers[0]);

	calls->plan = plan;
	calls->wire = wire_open();
	snprintf(calls->expected, sizeof calls->expected, "HTTP/1.1 %s ",
	    plan->expected);
	return calls;
}

static void
calls_close(struct calls *calls)
{
	for (size_t i = 0; i < calls->plan->concurrency; i++)
		if (calls->callers[i].conn)
			conn_close(calls->callers[i].conn);
	timings_close(&calls->timings);
	wire_close(calls->wire);
	memory_give_back(calls);
}

int
calls_run(const struct calls_plan *plan)
{
	struct calls *calls = calls_open(plan);
	double cpu = cost_read(&plan->pids).cpu_ms, own = cost_own_cpu_ms();
	int64_t began = wire_now_us();

	for (size_t i = 0; i < plan->concurrency; i++) {
		calls->callers[i].calls = calls;
		begin(&calls->callers[i]);
	}
	while (calls->over < plan->count &&
	       wire_now_us() < began + (int64_t)PATIENCE_MS * 1000)
		wire_turn(calls->wire, 100);
	if (calls->over < plan->count) {
		fprintf(stderr, "load: no answer within a minute\n");
		exit(2);
	}
	print(calls, (double)(wire_now_us() - began) / 1000,
	    cost_read(&plan->pids).cpu_ms - cpu, cost_own_cpu_ms() - own);
	int failed = calls->failed > 0;
	calls_close(calls);
	return failed;
}
