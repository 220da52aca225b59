/* organization_export.c - what lists of the API do not have of an organisation
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/organization_export.h"

#include "app/gateway.h"
#include "app/journal.h"
#include "app/pages.h"
#include "app/scoring.h"
#include "base/cx.h"

/* --- deployments --------------------------------------------------------- */

struct deployments {
	struct span id;
	organization_export_deployment *visit;
	void *arg;
	struct deployment after;
	struct deployment_list rows;
};

static enum fault
read_deployments(struct db_session *session, struct cx *cx, void *arg)
{
	struct deployments *walk = arg;
	return deployments_page(
	    session, cx, walk->id, &walk->after, PAGES_ROWS, &walk->rows);
}

static enum fault
visit_deployments(struct cx *cx, void *arg, bool *more)
{
	struct deployments *walk = arg;
	enum fault which = FAULT_NONE;

	for (size_t i = 0; !which && i < walk->rows.count; i++) {
		walk->after = walk->rows.at[i];
		which = walk->visit(cx, &walk->after, walk->arg);
	}
	*more = walk->rows.count == PAGES_ROWS;
	return which;
}

enum fault
organization_export_deployments(struct gateway *gateway, struct cx *cx,
    struct span id, organization_export_deployment *visit, void *arg)
{
	struct deployments walk = {.id = id, .visit = visit, .arg = arg};

	return pages_walk(
	    gateway, cx, read_deployments, visit_deployments, &walk);
}

/* --- scores -------------------------------------------------------------- */

struct scores {
	struct gateway *gateway;
	struct span id, after;
	organization_export_score *visit;
	void *arg;
	struct score_list rows;
};

static enum fault
read_scores(struct db_session *session, struct cx *cx, void *arg)
{
	struct scores *walk = arg;
	return scores_page(
	    session, cx, walk->id, walk->after, PAGES_ROWS, &walk->rows);
}

static enum fault
visit_scores(struct cx *cx, void *arg, bool *more)
{
	struct scores *walk = arg;
	enum fault which = FAULT_NONE;

	for (size_t i = 0; !which && i < walk->rows.count; i++) {
		const struct score_row *row = &walk->rows.at[i];
		struct json_t *body = NULL;
		if (!row->body_sealed.length ||
		    scoring_open(walk->gateway, cx, row, &body))
			body = NULL;
		which = walk->visit(cx, row, body, walk->arg);
		walk->after = row->id;
	}
	*more = walk->rows.count == PAGES_ROWS;
	return which;
}

enum fault
organization_export_scores(struct gateway *gateway, struct cx *cx,
    struct span id, organization_export_score *visit, void *arg)
{
	struct scores walk = {
	    .gateway = gateway, .id = id, .visit = visit, .arg = arg};

	return pages_walk(gateway, cx, read_scores, visit_scores, &walk);
}

/* --- the event ----------------------------------------------------------- */

static struct span
word(bool yes)
{
	return yes ? SPAN("true") : SPAN("false");
}

static enum fault
note(struct db_session *session, struct cx *cx, void *arg)
{
	const struct organization_exported *exported = arg;
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "organisation",
	    .message = "organisation exported",
	    .organization_id = exported->id,
	    .fields = {{"id", exported->id},
		{"lines", arena_printf(
			      cx->arena, "%lld", (long long)exported->lines)},
		{"people", word(exported->people)},
		{"whole", word(exported->whole)}},
	};

	return journal_add(session, cx, &entry);
}

enum fault
organization_export_note(struct gateway *gateway, struct cx *cx,
    const struct organization_exported *exported)
{
	struct organization_exported copy = *exported;

	return db_write(gateway->db, cx, note, &copy);
}
