/* rostering.c - who is in the course of a launch
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/rostering.h"

#include "app/service_pages.h"
#include "base/cx.h"
#include "lti/names.h"
#include "lti/roster.h"
#include "lti/service_url.h"
#include "json/jread.h"
#include "json/jwrite.h"

/* Moodle sends a course of ten thousand in one page. */
enum { PAGE_MAX = 8 * 1024 * 1024 };

static const char *const needed[] = {SCOPE_MEMBERSHIP, NULL};

struct listing {
	struct json_t *members;
	struct roster_page first; /* the first page says whose roster it is */
	bool begun;
};

static enum fault
read_page(struct cx *cx, struct span body, void *arg)
{
	struct listing *listing = arg;
	struct roster_page page;
	enum fault which = roster_read(cx, body, listing->members, &page);

	if (!which && !listing->begun)
		listing->first = page;
	listing->begun = true;
	return which;
}

static struct span
first_url(struct cx *cx, struct span url, const struct rostering_query *query)
{
	url = service_url_with(cx, url, "role", query->role);
	url = service_url_with(cx, url, "rlid", query->resource_link_id);
	return service_url_with(cx, url, "limit", query->limit);
}

/* LTIAAS's client wants an id and a context with an id. */
static void
write_whose(struct json_t *answer, const struct service_claims *claims,
    const struct roster_page *page)
{
	jwrite_text(
	    answer, "id", page->id.length ? page->id : claims->memberships);
	if (page->context) {
		jwrite_value(answer, "context", page->context);
		return;
	}
	struct json_t *context = jwrite_inner_object(answer, "context");
	jwrite_text(context, "id", claims->context_id);
	jwrite_text_if(context, "title", claims->context_title);
}

static struct service_request
request_for(struct cx *cx, const struct service_context *context,
    const struct rostering_query *query)
{
	struct span named = context->claims.memberships;

	return (struct service_request){
	    .context = context,
	    .service = SERVICE_ROSTER,
	    .needed = needed,
	    .method = "GET",
	    .url = query->url.length ? query->url : first_url(cx, named, query),
	    .accept = ROSTER_TYPE,
	    .answer_max = PAGE_MAX,
	    .deadline_ms = fetch_deadline(),
	    .repeatable = true,
	};
}

static enum fault
check(struct gateway *gateway, struct cx *cx,
    const struct service_context *context, struct span url)
{
	enum fault which =
	    service_context_check(gateway, cx, context, SERVICE_ROSTER);

	if (which || !url.length)
		return which;
	return service_context_check_page(cx, url, context->claims.memberships);
}

enum fault
rostering_list(struct gateway *gateway, struct cx *cx,
    const struct service_context *context, const struct rostering_query *query,
    struct json_t **out)
{
	struct listing listing = {.members = jwrite_array(cx)};
	struct service_pages pages;
	enum fault which = check(gateway, cx, context, query->url);

	if (which)
		return which;
	const struct service_pages_args args = {
	    .request = request_for(cx, context, query),
	    .named = context->claims.memberships,
	    .all = query->all,
	    .filter = "role",
	    .read = read_page,
	    .arg = &listing,
	};
	which = service_pages_read(gateway, cx, &args, &pages);
	if (which)
		return which;
	struct json_t *answer = jwrite_object(cx);
	write_whose(answer, &context->claims, &listing.first);
	jwrite_value(answer, "members", listing.members);
	service_pages_write(answer, &pages);
	*out = answer;
	return FAULT_NONE;
}
