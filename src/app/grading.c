/* grading.c - line items of a launch, and their results
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/grading.h"

#include "app/service_pages.h"
#include "base/cx.h"
#include "lti/line_item.h"
#include "lti/names.h"
#include "lti/refusal.h"
#include "lti/service_url.h"
#include "json/jwrite.h"

enum { PAGE_MAX = 4 * 1024 * 1024 };

static const char *const may_read[] = {
    SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READ, NULL};
static const char *const may_write[] = {SCOPE_LINE_ITEM, NULL};
static const char *const may_read_results[] = {SCOPE_RESULT_READ, NULL};

static struct service_request
request_for(const struct service_context *context, const char *method,
    struct span url, const char *const *scopes)
{
	return (struct service_request){
	    .context = context,
	    .service = SERVICE_GRADES,
	    .needed = scopes,
	    .method = method,
	    .url = url,
	    .accept = LINE_ITEM_TYPE,
	    .answer_max = PAGE_MAX,
	    .deadline_ms = fetch_deadline(),
	    .repeatable = true,
	};
}

static enum fault
read_page(struct cx *cx, struct span body, void *arg)
{
	return line_items_read(cx, body, arg);
}

/* --- lists --------------------------------------------------------------- */

/* named: what all pages are of, also the one that the query may
 * name. */
static enum fault
list(struct gateway *gateway, struct cx *cx, struct service_request *request,
    const struct grading_query *query, struct span named, const char *name,
    struct json_t **out)
{
	struct json_t *answer = jwrite_object(cx);
	struct service_pages pages;
	enum fault which = FAULT_NONE;

	if (query->url.length) {
		which = service_context_check_page(cx, query->url, named);
		request->url = query->url;
	}
	if (which)
		return which;
	const struct service_pages_args args = {
	    .request = *request,
	    .named = named,
	    .all = query->all,
	    .read = read_page,
	    .arg = jwrite_inner_array(answer, name),
	};
	which = service_pages_read(gateway, cx, &args, &pages);
	if (which)
		return which;
	service_pages_write(answer, &pages);
	*out = answer;
	return FAULT_NONE;
}

static struct span
filtered(struct cx *cx, struct span url, const struct grading_query *query)
{
	url = service_url_with(
	    cx, url, "resource_link_id", query->resource_link_id);
	url = service_url_with(cx, url, "resource_id", query->resource_id);
	url = service_url_with(cx, url, "tag", query->tag);
	return service_url_with(cx, url, "limit", query->limit);
}

/* A launch may name its own line item and no container. */
static enum fault
check_container(struct gateway *gateway, struct cx *cx,
    const struct service_context *context)
{
	enum fault which =
	    service_context_check(gateway, cx, context, SERVICE_GRADES);

	if (!which && !context->claims.line_items.length)
		return fault_tell(cx, FAULT_SERVICE_NOT_IN_CONTEXT,
		    "The LMS named this launch's own line item, and no list "
		    "of line items");
	return which;
}

enum fault
grading_list(struct gateway *gateway, struct cx *cx,
    const struct service_context *context, const struct grading_query *query,
    struct json_t **out)
{
	struct span container = context->claims.line_items;
	enum fault which = check_container(gateway, cx, context);

	if (which)
		return which;
	struct service_request request = request_for(
	    context, "GET", filtered(cx, container, query), may_read);
	request.accept = LINE_ITEMS_TYPE;
	return list(gateway, cx, &request, query, container, "lineItems", out);
}

enum fault
grading_results(struct gateway *gateway, struct cx *cx,
    const struct service_context *context, struct span id,
    const struct grading_query *query, struct json_t **out)
{
	enum fault which =
	    service_context_check(gateway, cx, context, SERVICE_GRADES);

	if (!which)
		which = service_context_check_item(cx, context, id);
	if (which)
		return which;
	struct span named = service_url_append(cx, id, "/results");
	struct span url = service_url_with(cx, named, "user_id", query->user);
	struct service_request request = request_for(context, "GET",
	    service_url_with(cx, url, "limit", query->limit), may_read_results);
	request.accept = RESULTS_TYPE;
	return list(gateway, cx, &request, query, named, "scores", out);
}

/* --- one line item ------------------------------------------------------- */

/* sent: the body, or NULL for a GET. */
static enum fault
exchange(struct gateway *gateway, struct cx *cx,
    struct service_request *request, const struct json_t *sent, struct span id,
    const struct json_t **out)
{
	struct fetch_answer answer;

	if (sent) {
		request->content_type = LINE_ITEM_TYPE;
		request->body = jwrite_bytes(cx, sent);
	}
	enum fault which = service_call(gateway, cx, request, &answer);
	if (which)
		return which;
	which = line_item_read(cx, answer.body, sent, id, out);
	if (which) {
		fetch_note(cx, request->url, &answer);
		cx->note.body_received = refusal_body(answer.body);
	}
	return which;
}

enum fault
grading_add(struct gateway *gateway, struct cx *cx,
    const struct service_context *context, const struct json_t *body,
    const struct json_t **out)
{
	struct json_t *item;
	enum fault which = check_container(gateway, cx, context);

	if (!which)
		which = line_item_check(cx, body, SPAN(""), &item);
	if (which)
		return which;
	struct service_request request =
	    request_for(context, "POST", context->claims.line_items, may_write);
	request.repeatable = false; /* twice would make two */
	return exchange(gateway, cx, &request, item, SPAN(""), out);
}

static enum fault
check_item(struct gateway *gateway, struct cx *cx,
    const struct service_context *context, struct span id)
{
	enum fault which =
	    service_context_check(gateway, cx, context, SERVICE_GRADES);

	return which ? which : service_context_check_item(cx, context, id);
}

enum fault
grading_find(struct gateway *gateway, struct cx *cx,
    const struct service_context *context, struct span id,
    const struct json_t **out)
{
	enum fault which = check_item(gateway, cx, context, id);

	if (which)
		return which;
	struct service_request request =
	    request_for(context, "GET", id, may_read);
	return exchange(gateway, cx, &request, NULL, id, out);
}

enum fault
grading_change(struct gateway *gateway, struct cx *cx,
    const struct service_context *context, struct span id,
    const struct json_t *body, const struct json_t **out)
{
	struct json_t *item;
	enum fault which = check_item(gateway, cx, context, id);

	if (!which)
		which = line_item_check(cx, body, id, &item);
	if (which)
		return which;
	struct service_request request =
	    request_for(context, "PUT", id, may_write);
	return exchange(gateway, cx, &request, item, id, out);
}

enum fault
grading_remove(struct gateway *gateway, struct cx *cx,
    const struct service_context *context, struct span id)
{
	struct fetch_answer answer;
	enum fault which = check_item(gateway, cx, context, id);

	if (which)
		return which;
	const struct service_request request =
	    request_for(context, "DELETE", id, may_write);
	return service_call(gateway, cx, &request, &answer);
}
