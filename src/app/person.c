/* person.c - what is kept of one person of an LMS
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/person.h"

#include "app/gateway.h"
#include "app/journal.h"
#include "app/kept_launches.h"
#include "base/cx.h"
#include "lti/claim_places.h"
#include "store/db.h"
#include "store/platforms.h"
#include "json/jread.h"
#include "json/jwrite.h"

/* --- launches ------------------------------------------------------------ */

struct walk {
	const struct person *person;
	kept_launch_visit *visit;
	void *arg;
};

static enum fault
visit_own(struct cx *cx, const struct launch_row *row,
    const struct json_t *claims, void *arg)
{
	const struct walk *walk = arg;
	struct span subject =
	    claim_places_scalar(cx, jread_member(claims, "sub"));

	return span_equal(subject, walk->person->user)
		   ? walk->visit(cx, row, claims, walk->arg)
		   : FAULT_NONE;
}

static enum fault
visit_launches(struct gateway *gateway, struct cx *cx,
    const struct person *person, kept_launch_visit *visit, void *arg)
{
	const struct launch_filter filter = {
	    .platform_id = person->platform_id};
	struct walk walk = {person, visit, arg};

	return kept_launches_visit(gateway, cx, &filter, visit_own, &walk);
}

/* --- finding ------------------------------------------------------------- */

static enum fault
check(struct db_session *session, struct cx *cx, const struct person *person)
{
	struct platform platform;
	enum fault which =
	    platforms_find(session, cx, person->platform_id, &platform);

	if (!which && !person->user.length)
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "userId is missing: the LMS's id of the person");
	return which;
}

static enum fault
find_scores(struct db_session *session, struct cx *cx, const struct person *of,
    struct score_list *out)
{
	enum fault which = check(session, cx, of);

	return which ? which
		     : scores_of_user(
			   session, cx, of->platform_id, of->user, out);
}

struct find {
	const struct person *person;
	struct score_list scores;
	struct cx *cx; /* the caller's: what is found lives in it */
	struct json_t *launches;
};

static enum fault
find_kept(struct db_session *session, struct cx *cx, void *arg)
{
	struct find *find = arg;
	return find_scores(session, cx, find->person, &find->scores);
}

static enum fault
add_launch(struct cx *cx, const struct launch_row *row,
    const struct json_t *claims, void *arg)
{
	struct find *find = arg;

	(void)cx;
	(void)row;
	jwrite_push(find->launches, jwrite_copy(find->cx, claims));
	return FAULT_NONE;
}

enum fault
person_find(struct gateway *gateway, struct cx *cx, const struct person *person,
    struct json_t **launches, struct score_list *scores)
{
	struct find find = {.person = person, .cx = cx};
	enum fault which = db_read(gateway->db, cx, find_kept, &find);

	find.launches = jwrite_array(cx);
	if (!which)
		which = visit_launches(gateway, cx, person, add_launch, &find);
	*launches = find.launches;
	*scores = find.scores;
	return which;
}

/* --- forgetting ---------------------------------------------------------- */

struct blank {
	struct launch_key key;
};

struct forget {
	struct gateway *gateway;
	const struct person *person;
	struct person_forgotten *out;
};

static enum fault
blank(struct db_session *session, struct cx *cx, void *arg)
{
	const struct blank *one = arg;
	return launches_blank(session, cx, one->key);
}

static enum fault
forget_launch(struct cx *cx, const struct launch_row *row,
    const struct json_t *claims, void *arg)
{
	const struct forget *forget = arg;
	struct blank one = {row->key};
	enum fault which = db_write(forget->gateway->db, cx, blank, &one);

	(void)claims;
	forget->out->launches += which == FAULT_NONE;
	return which;
}

static enum fault
forget_kept(struct db_session *session, struct cx *cx, void *arg)
{
	const struct forget *forget = arg;
	const struct person *person = forget->person;
	struct score_list scores;
	enum fault which = find_scores(session, cx, person, &scores);

	if (!which)
		which = scores_remove_of_user(
		    session, cx, person->platform_id, person->user);
	if (which)
		return which;
	forget->out->scores = (int64_t)scores.count;
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "person",
	    .message = "a person was forgotten",
	    .platform_id = person->platform_id,
	    .fields = {{"launches", arena_printf(cx->arena, "%lld",
					(long long)forget->out->launches)},
		{"scores", arena_printf(cx->arena, "%zu", scores.count)}},
	};
	return journal_add(session, cx, &entry);
}

static enum fault
look(struct db_session *session, struct cx *cx, void *arg)
{
	const struct forget *forget = arg;
	return check(session, cx, forget->person);
}

enum fault
person_forget(struct gateway *gateway, struct cx *cx,
    const struct person *person, struct person_forgotten *out)
{
	struct forget forget = {gateway, person, out};

	*out = (struct person_forgotten){0, 0};
	enum fault which = db_read(gateway->db, cx, look, &forget);
	if (!which)
		which =
		    visit_launches(gateway, cx, person, forget_launch, &forget);
	return which ? which : db_write(gateway->db, cx, forget_kept, &forget);
}
