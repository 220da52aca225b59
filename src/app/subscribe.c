/* subscribe.c - asking LMSs to send platform notices
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/subscribe.h"

#include <string.h>

#include "app/access_tokens.h"
#include "app/directory.h"
#include "app/gateway.h"
#include "app/journal.h"
#include "base/clock.h"
#include "base/cx.h"
#include "crypto/random.h"
#include "lti/names.h"
#include "lti/notice_claims.h"
#include "store/notice_subscriptions.h"
#include "json/jread.h"
#include "json/jwrite.h"

/* --- a launch ------------------------------------------------------------ */

struct meeting {
	struct notice_subscription row;
	bool known;
};

static enum fault
look(struct db_session *session, struct cx *cx, void *arg)
{
	struct meeting *meeting = arg;

	return notice_subscriptions_knows(
	    session, cx, &meeting->row, &meeting->known);
}

static enum fault
meet(struct db_session *session, struct cx *cx, void *arg)
{
	const struct meeting *meeting = arg;

	return notice_subscriptions_meet(session, cx, &meeting->row);
}

void
subscribe_meet(struct gateway *gateway, struct cx *cx,
    const struct directory_platform *platform, const struct json_t *settings,
    struct span deployment_id, const struct json_t *claims)
{
	if (!jread_count(jread_member(settings, "notices")))
		return;
	const struct notice_offer offer = notice_claims_offer(cx, claims);
	if (!offer.url.length || !offer.types.length)
		return;
	struct meeting meeting = {.row = {
				      .id = random_id(cx),
				      .platform_id = platform->id,
				      .deployment_id = deployment_id,
				      .url = offer.url,
				      .offered = offer.types,
				  }};
	enum fault which = db_read(gateway->db, cx, look, &meeting);
	if (!which && !meeting.known)
		which = db_write(gateway->db, cx, meet, &meeting);
	if (which)
		memset(&cx->note, 0, sizeof cx->note);
}

/* --- what is wished ------------------------------------------------------ */

struct wish {
	struct gateway *gateway;
	struct span types;   /* blanks between */
	struct span handler; /* our address */
	struct span settled; /* both, as a row keeps them */
	struct notice_subscription_list due;
};

static bool
has_word(struct span words, struct span word)
{
	struct span part;

	while (span_next(&words, ' ', &part))
		if (part.length && span_equal(part, word))
			return true;
	return false;
}

static enum fault
read_wish(struct gateway *gateway, struct cx *cx, struct wish *out)
{
	const struct json_t *settings;
	enum fault which = directory_settings(gateway, cx, &settings);

	if (which)
		return which;
	out->gateway = gateway;
	out->types = notice_claims_words(cx, jread_member(settings, "notices"));
	out->handler = arena_printf(
	    cx->arena, "%.*s/lti/notices", SPAN_ARGS(gateway->public_url));
	out->settled = arena_printf(cx->arena, "%.*s %.*s",
	    SPAN_ARGS(out->handler), SPAN_ARGS(out->types));
	return FAULT_NONE;
}

/* --- one LMS ------------------------------------------------------------- */

static enum fault
put_handler(const struct wish *wish, struct cx *cx,
    const struct directory_platform *platform, struct span url,
    struct span type, struct span handler)
{
	const struct access_token_args token_args = {
	    .platform = platform,
	    .scopes = SPAN(SCOPE_NOTICE_HANDLERS),
	    .deadline_ms = clock_monotonic_ms() + SUBSCRIBE_CALL_MS,
	};
	struct json_t *body = jwrite_object(cx);
	struct fetch_answer answer;
	struct span token;

	jwrite_text(body, "notice_type", type);
	jwrite_text(body, "handler", handler);
	enum fault which =
	    access_tokens_take(wish->gateway, cx, &token_args, &token);
	if (which)
		return which;
	const struct fetch_request request = {
	    .url = url,
	    .method = "PUT",
	    .bearer = token,
	    .accept = "application/json",
	    .content_type = "application/json",
	    .body = jwrite_bytes(cx, body),
	    .deadline_ms = token_args.deadline_ms,
	    .kind = PERMIT_SERVICE,
	    .repeatable = true,
	};
	which = fetch(wish->gateway->net, cx, &request, &answer);
	if (which)
		return which;
	if (answer.status == 401)
		access_tokens_drop(wish->gateway, cx, &token_args, token, 0);
	if (answer.status < 200 || answer.status > 299)
		return fault(cx, FAULT_SERVICE_REFUSED,
		    "PUT of a notice handler: HTTP status %d", answer.status);
	return FAULT_NONE;
}

/* What is offered and wished, and what was there and is not wished now. */
static enum fault
put_handlers(const struct wish *wish, struct cx *cx,
    const struct directory_platform *platform, struct notice_subscription *row)
{
	struct span rest = row->offered, type;
	struct json_t *there = jwrite_array(cx);
	enum fault which = FAULT_NONE;

	while (!which && span_next(&rest, ' ', &type)) {
		bool wanted = has_word(wish->types, type);
		if (wanted)
			jwrite_push_text(there, type);
		if (wanted || has_word(row->subscribed, type))
			which = put_handler(wish, cx, platform, row->url, type,
			    wanted ? wish->handler : SPAN(""));
	}
	if (!which)
		row->subscribed = notice_claims_words(cx, there);
	return which;
}

static void
judge(const struct wish *wish, struct cx *cx, enum fault which,
    struct notice_subscription *row)
{
	int64_t wait = SUBSCRIBE_FIRST;

	if (!which) {
		row->settled = wish->settled;
		row->fault = SPAN("");
		row->tried = 0;
		return;
	}
	for (int64_t i = 0; i < row->tried && wait < SUBSCRIBE_LONGEST; i++)
		wait *= 2;
	row->fault = span_of(fault_text(which)->message);
	row->tried++;
	row->next_try_at =
	    cx->now + (wait < SUBSCRIBE_LONGEST ? wait : SUBSCRIBE_LONGEST);
}

static enum fault
keep(struct db_session *session, struct cx *cx, void *arg)
{
	const struct notice_subscription *row = arg;
	bool good = row->fault.length == 0;
	const struct journal_entry entry = {
	    .level = good ? LOG_INFO : LOG_WARN,
	    .kind = "platform notice",
	    .message = good ? "platform notices subscribed"
			    : "platform notices not subscribed",
	    .platform_id = row->platform_id,
	    .deployment_id = row->deployment_id,
	    .fields = {{"types", row->subscribed}, {"fault", row->fault},
		{"detail", span_of(cx->note.detail)}},
	};
	enum fault which = notice_subscriptions_keep(session, cx, row);

	/* The first failure is told, not each of the tries after it. */
	return which || row->tried > 1 ? which
				       : journal_add(session, cx, &entry);
}

static enum fault
settle(const struct wish *wish, struct cx *cx, struct notice_subscription row)
{
	struct directory_platform platform;
	enum fault which = directory_find_active(
	    wish->gateway, cx, row.platform_id, &platform);

	memset(&cx->note, 0, sizeof cx->note);
	if (!which)
		which = put_handlers(wish, cx, &platform, &row);
	cx_wake(cx);
	judge(wish, cx, which, &row);
	return db_write(wish->gateway->db, cx, keep, &row);
}

static enum fault
find_due(struct db_session *session, struct cx *cx, void *arg)
{
	struct wish *wish = arg;

	return notice_subscriptions_due(
	    session, cx, wish->settled, SUBSCRIBE_AT_ONCE, &wish->due);
}

enum fault
subscribe_settle(struct gateway *gateway, struct cx *cx)
{
	int64_t until_ms = clock_monotonic_ms() + SUBSCRIBE_ROUND_MS;
	struct wish wish;
	enum fault which = read_wish(gateway, cx, &wish);

	if (!which)
		which = db_read(gateway->db, cx, find_due, &wish);
	for (size_t i = 0;
	     !which && i < wish.due.count && clock_monotonic_ms() < until_ms &&
	     !atomic_load(&gateway->stopping);
	     i++)
		which = settle(&wish, cx, wish.due.at[i]);
	return which;
}
