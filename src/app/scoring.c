/* scoring.c - a score on its way to an LMS
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/scoring.h"

#include <time.h>

#include "app/gateway.h"
#include "app/score_sender.h"
#include "app/score_stamps.h"
#include "base/clock.h"
#include "base/cx.h"
#include "base/test_hooks.h"
#include "crypto/random.h"
#include "lti/names.h"
#include "lti/score.h"
#include "lti/service_url.h"
#include "store/db.h"
#include "json/jread.h"
#include "json/jwrite.h"

enum { ANSWER_MAX = 256 * 1024, SECOND_US = 1000000, ADD_TRIES = 5 };

static const char *const needed[] = {SCOPE_SCORE, NULL};

/* A person of a line item: scores of one pair keep their order. */
static struct span
pair_of(
    struct cx *cx, struct span platform_id, struct span item, struct span user)
{
	return digest_text(
	    cx, arena_printf(cx->arena, "%.*s\n%.*s\n%.*s",
		    SPAN_ARGS(platform_id), SPAN_ARGS(item), SPAN_ARGS(user)));
}

static enum fault
check(struct gateway *gateway, struct cx *cx,
    const struct service_context *context, struct span item,
    const struct json_t *body, struct score *out)
{
	struct span scopes;
	enum fault which =
	    service_context_check(gateway, cx, context, SERVICE_GRADES);

	if (!which)
		which = service_context_check_item(cx, context, item);
	if (!which)
		which = service_context_scopes(
		    cx, context, SERVICE_GRADES, needed, &scopes);
	return which ? which : score_check(cx, body, out);
}

/* --- now ----------------------------------------------------------------- */

struct line {
	struct span pair;
	bool waits;
};

static enum fault
look_at_line(struct db_session *session, struct cx *cx, void *arg)
{
	struct line *line = arg;
	return scores_wait(session, cx, line->pair, &line->waits);
}

static enum fault
check_line(struct gateway *gateway, struct cx *cx, struct span pair)
{
	struct line line = {.pair = pair};
	enum fault which = db_read(gateway->db, cx, look_at_line, &line);

	if (!which && line.waits)
		return fault(cx, FAULT_SCORES_WAITING, "older ones wait");
	return which;
}

struct posting {
	const struct service_context *context;
	struct span item;
	const struct json_t *body;
	bool once;     /* the line repeats by itself */
	bool own_time; /* the tool's: sent twice, the second is refused */
};

static enum fault
post(struct gateway *gateway, struct cx *cx, const struct posting *posting,
    struct fetch_answer *out)
{
	const struct service_request request = {
	    .context = posting->context,
	    .service = SERVICE_GRADES,
	    .needed = needed,
	    .method = "POST",
	    .url = service_url_append(cx, posting->item, "/scores"),
	    .accept = "*/*",
	    .content_type = SCORE_TYPE,
	    .body = jwrite_bytes(cx, posting->body),
	    .answer_max = ANSWER_MAX,
	    .deadline_ms = fetch_deadline(),
	    .repeatable = !posting->own_time,
	    .once = posting->once,
	    .score = true,
	};
	return service_call(gateway, cx, &request, out);
}

static void
sleep_until_us(int64_t at_us)
{
	int64_t left = at_us - clock_now_us();

	if (left <= 0 || left > SECOND_US)
		return;
	struct timespec wait = {left / SECOND_US, left % SECOND_US * 1000};
	while (nanosleep(&wait, &wait) != 0)
		continue;
}

/* Moodle compares whole seconds: two scores of one person within a second are
 * one too many for it. Unless a third came after this one, it goes again with
 * the next second. */
static enum fault
send_again(struct gateway *gateway, struct cx *cx,
    const struct posting *posting, struct score *score, struct span pair)
{
	struct fetch_answer answer;
	int64_t made_at_us = score->made_at_us;

	sleep_until_us((made_at_us / SECOND_US + 1) * SECOND_US);
	cx_wake(cx);
	if (!score_stamps_is_last(gateway->score_stamps, pair, made_at_us))
		return FAULT_SCORE_OUTDATED;
	score_stamp(cx, score, score_stamps_make(gateway->score_stamps, pair));
	return post(gateway, cx, posting, &answer);
}

enum fault
scoring_send(struct gateway *gateway, struct cx *cx,
    const struct service_context *context, struct span item,
    const struct json_t *body)
{
	struct fetch_answer answer;
	struct score score;
	enum fault which = check(gateway, cx, context, item, body, &score);

	if (which)
		return which;
	struct span pair = pair_of(cx, context->platform.id, item, score.user);
	which = check_line(gateway, cx, pair);
	if (which)
		return which;
	if (!score.has_timestamp)
		score_stamp(
		    cx, &score, score_stamps_make(gateway->score_stamps, pair));
	const struct posting posting = {.context = context,
	    .item = item,
	    .body = score.body,
	    .own_time = score.has_timestamp};
	which = post(gateway, cx, &posting, &answer);
	if (which == FAULT_SCORE_OUTDATED && !score.has_timestamp)
		return send_again(gateway, cx, &posting, &score, pair);
	return which;
}

/* --- in the line --------------------------------------------------------- */

static const char *
seal_purpose(struct cx *cx, struct span id)
{
	return arena_printf(cx->arena, "score %.*s", SPAN_ARGS(id)).at;
}

static enum fault
check_room(struct db_session *session, struct cx *cx, void *arg)
{
	return scores_check_room(session, cx, *(const struct span *)arg);
}

struct addition {
	int64_t now_us;
	struct score_row *row;
};

static enum fault
add(struct db_session *session, struct cx *cx, void *arg)
{
	const struct addition *addition = arg;
	return scores_add(session, cx, addition->now_us, addition->row);
}

enum fault
scoring_queue(struct gateway *gateway, struct cx *cx,
    const struct service_context *context, struct span item,
    const struct json_t *body, struct score_row *out)
{
	struct score score;
	enum fault which = check(gateway, cx, context, item, body, &score);

	struct span platform_id = context->platform.id;
	if (!which)
		which = db_read(gateway->db, cx, check_room, &platform_id);
	if (which)
		return which;
	struct score_row row = {
	    .id = random_sortable(cx),
	    .platform_id = context->platform.id,
	    .deployment_id = context->deployment_id,
	    .organization_id = context->organization_id,
	    .pair = pair_of(cx, context->platform.id, item, score.user),
	    .line_item = item,
	    .user = score.user,
	    .scopes = context->claims.scopes,
	    .state = SPAN("waiting"),
	    .tries = SPAN("[]"),
	    .created_at = cx->now,
	};
	/* A direct one on its way is not the last any more, too. */
	int64_t now_us = score_stamps_make(gateway->score_stamps, row.pair);
	struct addition addition = {score.has_timestamp ? 0 : now_us, &row};
	which = secrets_seal(gateway->secrets, cx, seal_purpose(cx, row.id),
	    jwrite_bytes(cx, score.body), &row.body_sealed);
	if (which)
		return which;
	/* Two of one pair at the same moment, on two instances. */
	which = FAULT_STORE_CONFLICT;
	for (int i = 0; i < ADD_TRIES && which == FAULT_STORE_CONFLICT; i++)
		which = db_write(gateway->db, cx, add, &addition);
	if (which)
		return which;
	test_point("score-queued");
	score_sender_wake(gateway->score_sender);
	*out = row;
	return FAULT_NONE;
}

static enum fault
find(struct db_session *session, struct cx *cx, void *arg)
{
	struct score_row *row = arg;
	return scores_find(session, cx, row->id, row);
}

enum fault
scoring_find(struct gateway *gateway, struct cx *cx, struct span id,
    struct score_row *out)
{
	struct score_row row = {.id = id};
	enum fault which = db_read(gateway->db, cx, find, &row);

	if (!which)
		*out = row;
	return which;
}

enum fault
scoring_open(struct gateway *gateway, struct cx *cx,
    const struct score_row *row, struct json_t **out)
{
	const struct json_t *body;
	struct span opened;
	enum fault which = secrets_unseal(gateway->secrets, cx,
	    seal_purpose(cx, row->id), row->body_sealed, &opened);

	if (!which)
		which = jread_parse(cx, opened, &body);
	if (which)
		return which;
	*out = jwrite_copy(cx, body);
	if (row->made_at_us)
		jwrite_text(
		    *out, "timestamp", score_timestamp(cx, row->made_at_us));
	return FAULT_NONE;
}

enum fault
scoring_try(struct gateway *gateway, struct cx *cx, const struct score_row *row,
    struct fetch_answer *out)
{
	struct service_context context = {.claims = {.scopes = row->scopes}};
	struct json_t *body;
	enum fault which = directory_find_active(
	    gateway, cx, row->platform_id, &context.platform);

	if (!which)
		which = scoring_open(gateway, cx, row, &body);
	if (which)
		return which;
	const struct posting posting = {.context = &context,
	    .item = row->line_item,
	    .body = body,
	    .once = true,
	    .own_time = row->made_at_us == 0};
	return post(gateway, cx, &posting, out);
}
