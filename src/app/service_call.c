/* service_call.c - one call of an LMS's service, with its token
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/service_call.h"

#include <time.h>

#include "app/access_tokens.h"
#include "app/gateway.h"
#include "base/clock.h"
#include "base/cx.h"
#include "lti/refusal.h"
#include "lti/web_url.h"
#include "net/rests.h"

enum {
	FIRST_WAIT_MS = 250, /* then twice as long each time */
	TRIES_MAX = 4,
	TOKEN_DOUBTED_AGE = 300, /* seconds */
	/* Long enough for LMSs that answer "come back in a second", short
	 * enough that the caller of the API has not gone away. */
	RETRY_AFTER_CEILING = 10, /* seconds that are waited out */
};

struct round {
	struct gateway *gateway;
	struct cx *cx;
	const struct service_request *request;
	struct access_token_args token_args;
	struct span token;
	struct fetch_answer answer;
	bool renewed; /* the second token of this call */
};

/* --- what an answer means ------------------------------------------------ */

static bool
is_success(int status)
{
	return status == 200 || status == 201 || status == 202 || status == 204;
}

static enum fault
fault_of(const struct service_request *request, int status)
{
	if (status == 401 || status == 403)
		return FAULT_SERVICE_DENIED;
	if (status == 404 || status == 410)
		return request->service == SERVICE_ROSTER ? FAULT_NO_ROSTER
							  : FAULT_NO_LINE_ITEM;
	if (status == 409 && request->score)
		return FAULT_SCORE_OUTDATED;
	if (status == 429 || status == 503)
		return FAULT_SERVICE_THROTTLED;
	return status >= 400 && status < 500 ? FAULT_SERVICE_REFUSED
					     : FAULT_SERVICE_FAILED;
}

static enum fault
judge(struct round *round)
{
	const struct service_request *request = round->request;
	const struct fetch_answer *answer = &round->answer;
	struct cx *cx = round->cx;

	if (is_success(answer->status))
		return FAULT_NONE;
	fetch_note(cx, request->url, answer);
	cx->note.body_received = refusal_body(answer->body);
	cx->note.retry_after = fetch_retry_after(cx, answer);
	enum fault which = fault_of(request, answer->status);
	if (which == FAULT_SERVICE_THROTTLED)
		rests_keep(round->gateway->rests, web_url_origin(request->url),
		    cx->note.retry_after * 1000);
	return fault(
	    cx, which, "%s: HTTP status %d", request->method, answer->status);
}

/* --- one try ------------------------------------------------------------- */

static enum fault
send(struct round *round)
{
	const struct service_request *request = round->request;
	const struct fetch_request fetched = {
	    .url = request->url,
	    .method = request->method,
	    .bearer = round->token,
	    .accept = request->accept,
	    .content_type = request->content_type,
	    .body = request->body,
	    .answer_max = request->answer_max,
	    .deadline_ms = request->deadline_ms,
	    .kind = PERMIT_SERVICE,
	    .repeatable = request->repeatable,
	};
	enum fault which =
	    fetch(round->gateway->net, round->cx, &fetched, &round->answer);

	cx_wake(round->cx);
	return which == FAULT_LMS_NO_ANSWER
		   ? fault_as(round->cx, FAULT_SERVICE_NO_ANSWER)
		   : which;
}

/* Sakai says 400 to a token that it does not know any more, others 403. It
 * may be the call that is refused; so the token is only not used for ever. */
static void
doubt_token(struct round *round)
{
	if (round->answer.status == 400 || round->answer.status == 403)
		access_tokens_drop(round->gateway, round->cx,
		    &round->token_args, round->token, TOKEN_DOUBTED_AGE);
}

static enum fault
try_once(struct round *round)
{
	enum fault which = access_tokens_take(
	    round->gateway, round->cx, &round->token_args, &round->token);

	if (!which)
		which = send(round);
	if (which)
		return which;
	doubt_token(round);
	if (round->answer.status != 401)
		return judge(round);
	/* It may have been withdrawn before its time. */
	access_tokens_drop(
	    round->gateway, round->cx, &round->token_args, round->token, 0);
	if (round->renewed)
		return judge(round);
	round->renewed = true;
	return try_once(round);
}

/* --- waiting ------------------------------------------------------------- */

static void
sleep_ms(int64_t ms)
{
	struct timespec left = {ms / 1000, (long)(ms % 1000) * 1000000};

	while (nanosleep(&left, &left) != 0)
		continue;
}

static bool
may_repeat(const struct cx *cx, const struct service_request *request,
    enum fault which)
{
	int status = cx->note.external_status;

	/* Nothing was done yet: the host said so, or was not reached. */
	if (which == FAULT_SERVICE_THROTTLED || which == FAULT_LMS_UNREACHABLE)
		return true;
	/* A redirect, or an answer that is too large, would come again. */
	return request->repeatable &&
	       ((which == FAULT_SERVICE_FAILED && status >= 500) ||
		   (which == FAULT_SERVICE_NO_ANSWER && !status));
}

/* Half of it is chance, so that many do not come back at once. */
static int64_t
backoff_ms(struct cx *cx, unsigned tries)
{
	int64_t whole = (int64_t)FIRST_WAIT_MS << tries;
	uint16_t chance;

	cx->random(&chance, sizeof chance);
	return whole / 2 + whole / 2 * chance / UINT16_MAX;
}

/* How long until the next try; -1: there is none. */
static int64_t
next_wait(struct round *round, enum fault which, unsigned tries)
{
	const struct service_request *request = round->request;
	int64_t asked = round->cx->note.retry_after;
	int64_t wait = backoff_ms(round->cx, tries);

	if (request->once || tries + 1 >= TRIES_MAX ||
	    !may_repeat(round->cx, request, which) ||
	    asked > RETRY_AFTER_CEILING)
		return -1;
	if (wait < asked * 1000)
		wait = asked * 1000;
	return clock_monotonic_ms() + wait < request->deadline_ms ? wait : -1;
}

/* Another call was told to leave this host alone. */
static enum fault
let_rest(struct round *round)
{
	const struct service_request *request = round->request;
	int64_t left =
	    rests_left(round->gateway->rests, web_url_origin(request->url));

	if (left == 0)
		return FAULT_NONE;
	if (!request->once && left <= RETRY_AFTER_CEILING * 1000 &&
	    clock_monotonic_ms() + left < request->deadline_ms) {
		sleep_ms(left);
		cx_wake(round->cx);
		return FAULT_NONE;
	}
	enum fault which = fault(round->cx, FAULT_SERVICE_THROTTLED,
	    "the host asked to be left alone for %lld ms more",
	    (long long)left);
	round->cx->note.retry_after = left / 1000 + 1;
	return which;
}

enum fault
service_call(struct gateway *gateway, struct cx *cx,
    const struct service_request *request, struct fetch_answer *out)
{
	struct round round = {
	    .gateway = gateway,
	    .cx = cx,
	    .request = request,
	    .token_args = {.platform = &request->context->platform,
		.deadline_ms = request->deadline_ms},
	};
	enum fault which = service_context_scopes(cx, request->context,
	    request->service, request->needed, &round.token_args.scopes);

	for (unsigned tries = 0; !which; tries++) {
		which = let_rest(&round);
		if (which)
			return which;
		cx->note.retry_after = 0;
		which = try_once(&round);
		if (!which)
			break;
		int64_t wait = next_wait(&round, which, tries);
		if (wait < 0)
			return which;
		sleep_ms(wait);
		cx_wake(cx);
		which = FAULT_NONE;
	}
	if (!which)
		*out = round.answer;
	return which;
}
