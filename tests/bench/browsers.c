/* browsers.c - administrators who register a tool, many at once
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "browsers.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "lms.h"
#include "wire.h"

/* As long as a Moodle's: a signed JWT. */
#define FILLER                                                                 \
	"eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsImtpZCI6IjEyMzQ1Njc4OTAxMjM0NTY3" \
	"eyJzdWIiOiJhYmNkZWZnaGlqa2xtbm9wIiwic2NvcGUiOiJyZWciLCJpYXQiOjE3OTUy" \
	"Q2hlc2hpcmUgcHVzcywgc2hlIGJlZ2FuLCByYXRoZXIgdGltaWRseSwgYXMgc2hlIGRp" \
	"ZCBub3QgYXQgYWxsIGtub3cgd2hldGhlciBpdCB3b3VsZCBsaWtlIHRoZSBuYW1lOiBo" \
	"b3dldmVyLCBpdCBvbmx5IGdyaW5uZWQgYSBsaXR0bGUgd2lkZXIuIENvbWUsIGl0IGlz" \
	"IHBsZWFzZWQgc28gZmFyLCB0aG91Z2h0IEFsaWNlLCBhbmQgc2hlIHdlbnQgb24uIFdv"

enum { REQUEST_MAX = 2048, URL_MAX = 256 };

struct browser {
	struct fleet *fleet;
	struct conn *conn; /* NULL: to be opened */
	int64_t begun_us;
	bool waits;
};

struct fleet {
	struct fleet_plan plan;
	struct fleet_result result;
	int64_t opened_us;
	struct browser browsers[];
};

static void browser_begin(struct browser *browser);

/* --- answers ------------------------------------------------------------- */

static void
complain(struct fleet *fleet, const char *what, struct span text)
{
	if (fleet->result.failed++ == 0)
		fprintf(stderr, "load: the first failure: %s %.*s\n", what,
		    SPAN_ARGS(span_first(text, 3000)));
}

static void
browser_end(struct browser *browser)
{
	browser->waits = false;
	browser->fleet->result.over++;
	timings_add(
	    &browser->fleet->result.timings, wire_now_us() - browser->begun_us);
}

static void
take(struct conn *conn, const struct message *message)
{
	static const char script[] = "org.imsglobal.lti.close";
	struct browser *browser = conn->owner;
	struct fleet *fleet = browser->fleet;
	bool good = span_starts(message->line, "HTTP/1.1 200") &&
		    memmem(message->body.at, message->body.length, script,
			sizeof script - 1);

	browser_end(browser);
	/* Who hangs must be told of a failure, in words. */
	if (fleet->plan.stuck)
		good = span_starts(message->line, "HTTP/1.1 5") &&
		       message->body.length > 0;
	if (!good)
		complain(fleet, "",
		    span_from(message->line.at,
			(size_t)(message->body.at - message->line.at) +
			    message->body.length));
	if (message->closes)
		return; /* begun anew when it has ended */
	browser_begin(browser);
}

static void
ended(struct conn *conn)
{
	struct browser *browser = conn->owner;

	conn_close(conn);
	browser->conn = NULL;
	if (browser->waits) {
		browser_end(browser);
		complain(browser->fleet, "the connection ended", SPAN(""));
	}
	browser_begin(browser);
}

/* --- requests ------------------------------------------------------------ */

static void
browser_open(struct browser *browser)
{
	const struct fleet_plan *plan = &browser->fleet->plan;
	const struct target *target = plan->target;
	size_t number = (size_t)(browser - browser->fleet->browsers);

	browser->conn =
	    conn_open(plan->wire, &target->addresses[number % target->count]);
	browser->conn->owner = browser;
	browser->conn->take = take;
	browser->conn->ended = ended;
}

static enum lms_manner
manner_of(const struct fleet *fleet, size_t number)
{
	if (!fleet->plan.stuck)
		return LMS_ANSWERS;
	return number % 2 ? LMS_HANGS_LATE : LMS_HANGS_EARLY;
}

static void
browser_begin(struct browser *browser)
{
	struct fleet *fleet = browser->fleet;
	const struct fleet_plan *plan = &fleet->plan;
	char request[REQUEST_MAX], url[URL_MAX];

	if (fleet->result.begun == plan->count)
		return;
	int64_t now = wire_now_us();
	if (plan->until_us && now >= plan->until_us)
		return;
	size_t number = fleet->result.begun++;
	lms_write_configuration_url(
	    plan->lms, number, manner_of(fleet, number), url, sizeof url);
	int length = snprintf(request, sizeof request,
	    "GET %s?openid_configuration=%s&registration_token=" FILLER
	    "-%llx-%zx HTTP/1.1\r\nHost: %s\r\n"
	    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0)\r\n"
	    "Accept: text/html\r\n\r\n",
	    plan->target->path, url, (unsigned long long)fleet->opened_us,
	    number, plan->target->authority);
	if (!browser->conn)
		browser_open(browser);
	browser->begun_us = now;
	browser->waits = true;
	conn_send(browser->conn, span_from(request, (size_t)length), SPAN(""));
}

/* --- the fleet ----------------------------------------------------------- */

struct fleet *
fleet_open(const struct fleet_plan *plan)
{
	struct fleet *fleet = memory_take(
	    sizeof *fleet + plan->browsers * sizeof fleet->browsers[0]);

	fleet->plan = *plan;
	fleet->opened_us = wire_now_us() ^ clock_now() << 20;
	for (size_t i = 0; i < plan->browsers; i++) {
		fleet->browsers[i].fleet = fleet;
		browser_begin(&fleet->browsers[i]);
	}
	return fleet;
}

void
fleet_close(struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->plan.browsers; i++)
		if (fleet->browsers[i].conn)
			conn_close(fleet->browsers[i].conn);
	timings_close(&fleet->result.timings);
	memory_give_back(fleet);
}

struct fleet_result *
fleet_result(struct fleet *fleet)
{
	return &fleet->result;
}

bool
fleet_is_over(const struct fleet *fleet)
{
	const struct fleet_result *result = &fleet->result;
	bool all =
	    result->begun == fleet->plan.count ||
	    (fleet->plan.until_us && wire_now_us() >= fleet->plan.until_us);

	return all && result->over == result->begun;
}
