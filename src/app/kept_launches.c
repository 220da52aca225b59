/* kept_launches.c - launches that are still kept, opened
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/kept_launches.h"

#include "app/gateway.h"
#include "app/ltik.h"
#include "app/pages.h"
#include "base/cx.h"
#include "json/jread.h"

struct walk {
	struct gateway *gateway;
	const struct launch_filter *filter;
	kept_launch_visit *visit;
	void *arg;
	struct launch_key after;
	struct launch_list rows;
};

static enum fault
read_page(struct db_session *session, struct cx *cx, void *arg)
{
	struct walk *walk = arg;
	return launches_page(
	    session, cx, walk->filter, walk->after, PAGES_ROWS, &walk->rows);
}

static const struct json_t *
open_claims(
    struct gateway *gateway, struct cx *cx, const struct launch_row *row)
{
	const struct json_t *claims;
	struct span bytes;

	if (secrets_unseal(gateway->secrets, cx,
		ltik_seal_purpose(cx, row->key), row->claims_sealed, &bytes) ||
	    jread_parse(cx, bytes, &claims))
		return NULL;
	return claims;
}

static enum fault
visit_page(struct cx *cx, void *arg, bool *more)
{
	struct walk *walk = arg;
	enum fault which = FAULT_NONE;

	for (size_t i = 0; !which && i < walk->rows.count; i++) {
		const struct launch_row *row = &walk->rows.at[i];
		const struct json_t *claims =
		    open_claims(walk->gateway, cx, row);
		if (claims)
			which = walk->visit(cx, row, claims, walk->arg);
		walk->after = row->key;
	}
	*more = walk->rows.count == PAGES_ROWS;
	return which;
}

enum fault
kept_launches_visit(struct gateway *gateway, struct cx *cx,
    const struct launch_filter *filter, kept_launch_visit *visit, void *arg)
{
	struct walk walk = {
	    .gateway = gateway,
	    .filter = filter,
	    .visit = visit,
	    .arg = arg,
	    .after = {-1, SPAN("")},
	};

	return pages_walk(gateway, cx, read_page, visit_page, &walk);
}
