/* picker.c - somebody selects content for a course
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/picker.h"

#include "app/content_launch.h"
#include "app/gateway.h"
#include "base/cx.h"
#include "lti/content_item.h"
#include "lti/launch_rules.h"
#include "lti/names.h"
#include "lti/pick_token.h"
#include "lti/roles.h"
#include "store/db.h"
#include "json/jread.h"
#include "json/jwrite.h"

/* LMSs cut descriptions anyway; with fifty items the answer stays a form that
 * browsers post. */
enum { DESCRIPTION_MAX = 1000 };

/* --- which launch -------------------------------------------------------- */

struct span
picker_token(
    struct gateway *gateway, struct cx *cx, const struct picker *picker)
{
	const struct pick_token token = {picker->key.hour, picker->key.nonce};
	const struct secret_keys *keys = secrets_hold(gateway->secrets);
	struct span text = pick_token_write(cx, &keys->picker, &token);

	secrets_let_go(gateway->secrets);
	return text;
}

struct span
picker_url(struct gateway *gateway, struct cx *cx, struct launch_key key)
{
	const struct picker picker = {.key = key};
	return arena_printf(cx->arena, "%.*s/lti/content?token=%.*s",
	    SPAN_ARGS(gateway->public_url),
	    SPAN_ARGS(picker_token(gateway, cx, &picker)));
}

struct reading {
	struct span text;
	struct pick_token token;
};

static enum fault
read_token(struct cx *cx, const struct secret_keys *keys, void *arg)
{
	struct reading *reading = arg;
	return pick_token_read(
	    cx, &keys->picker, reading->text, &reading->token);
}

static enum fault
find_launch(struct gateway *gateway, struct cx *cx, struct span text,
    struct picker *out)
{
	struct reading reading = {.text = text};
	enum fault which = secrets_try(
	    gateway->secrets, cx, read_token, &reading, FAULT_PICKER_EXPIRED);

	if (which)
		return which;
	out->key = (struct launch_key){reading.token.hour, reading.token.nonce};
	which = ltik_find_launch(gateway, cx, out->key, &out->launch);
	return which == FAULT_NOT_AUTHORIZED
		   ? fault_as(cx, FAULT_PICKER_EXPIRED)
		   : which;
}

static enum fault
check_person(struct cx *cx, const struct picker *picker)
{
	const struct json_t *claims = picker->launch.claims;

	if (!roles_may_select(jread_member(claims, CLAIM_ROLES)))
		return fault(cx, FAULT_PICKER_ROLE_REFUSED,
		    "none of the roles teaches, administers or develops");
	if (!picker->launch.row.organization_id.length)
		return fault(cx, FAULT_PICKER_WITHOUT_OWNER,
		    "neither platform nor deployment has an organisation");
	return FAULT_NONE;
}

static enum fault
read_settings(struct cx *cx, struct picker *out)
{
	const struct json_t *settings =
	    jread_member(out->launch.claims, CLAIM_DL_SETTINGS);
	const struct json_t *types = jread_member(settings, "accept_types");
	bool links = jread_holds(types, SPAN("link"));

	out->as_link = !jread_holds(types, SPAN("ltiResourceLink"));
	out->many = content_item_setting_is(
	    jread_member(settings, "accept_multiple"), true);
	out->graded = !out->as_link &&
		      !content_item_setting_is(
			  jread_member(settings, "accept_lineitem"), false);
	if (out->as_link && !links)
		return fault(cx, FAULT_PICKER_TYPES_REFUSED,
		    "accept_types has neither ltiResourceLink nor link");
	return FAULT_NONE;
}

enum fault
picker_open(struct gateway *gateway, struct cx *cx, struct span token,
    struct picker *out)
{
	enum fault which = find_launch(gateway, cx, token, out);

	if (which)
		return which;
	const struct json_t *claims = out->launch.claims;
	const struct json_t *context = jread_member(claims, CLAIM_CONTEXT);
	cx->note.way_back = launch_rules_way_back(claims);
	cx->note.back_in_frame = launch_rules_in_frame(claims);
	out->course = jread_text_or(jread_member(context, "title"),
	    jread_text_or(jread_member(context, "label"), SPAN("")));
	which = check_person(cx, out);
	return which ? which : read_settings(cx, out);
}

/* --- what there is ------------------------------------------------------- */

struct list {
	struct content_filter filter;
	struct content_list *rows;
};

static enum fault
list(struct db_session *session, struct cx *cx, void *arg)
{
	struct list *wish = arg;
	return content_list(session, cx, &wish->filter, wish->rows);
}

enum fault
picker_list(struct gateway *gateway, struct cx *cx, const struct picker *picker,
    struct span search, int64_t page, struct content_list *out)
{
	struct list wish = {
	    .filter = {.organization_id = picker->launch.row.organization_id,
		.search = search,
		.with_url = picker->as_link,
		.limit = PICKER_ROWS,
		.offset = page * PICKER_ROWS},
	    .rows = out,
	};
	return db_read(gateway->db, cx, list, &wish);
}

/* A course that leads nowhere is a heading. */
bool
picker_takes(const struct picker *picker, const struct content *content)
{
	if (picker->as_link)
		return content->url.length > 0;
	return !content->is_course || content->url.length ||
	       content->custom_parameters.length;
}

/* --- the answer ---------------------------------------------------------- */

static void
write_line_item(
    struct cx *cx, struct json_t *item, const struct content *content)
{
	const struct json_t *given;
	struct span label;

	if (!content->line_item.length ||
	    jread_parse(cx, content->line_item, &given))
		return;
	struct json_t *line_item = jwrite_copy(cx, given);
	if (!jread_text(jread_member(given, "label"), &label) || !label.length)
		jwrite_text(line_item, "label", content->title);
	jwrite_value(item, "lineItem", line_item);
}

static void
write_item(struct gateway *gateway, struct cx *cx, const struct picker *picker,
    const struct content *content, struct json_t *items)
{
	struct json_t *item = jwrite_push_object(items);

	jwrite_text(item, "type",
	    picker->as_link ? SPAN("link") : SPAN("ltiResourceLink"));
	jwrite_text(item, "title", content->title);
	jwrite_text_if(
	    item, "text", span_cut(content->description, DESCRIPTION_MAX));
	jwrite_text(item, "url",
	    picker->as_link ? content->url
			    : content_launch_url(gateway, cx, content));
	if (!picker->as_link)
		jwrite_value(
		    item, "custom", content_launch_variables(cx, content));
	if (picker->graded)
		write_line_item(cx, item, content);
}

struct choice {
	const struct picker *picker;
	const struct span *ids;
	size_t count, found;
	struct content *rows; /* that were found */
};

/* What was removed meanwhile is left out, as is another organisation's. */
static enum fault
choose(struct db_session *session, struct cx *cx, void *arg)
{
	struct choice *choice = arg;
	const struct picker *picker = choice->picker;
	struct content content;

	choice->found = 0;
	for (size_t i = 0; i < choice->count; i++) {
		enum fault which =
		    content_find(session, cx, choice->ids[i], &content);
		if (which && which != FAULT_NO_CONTENT)
			return which;
		if (which ||
		    !span_equal(content.organization_id,
			picker->launch.row.organization_id) ||
		    !picker_takes(picker, &content))
			continue;
		choice->rows[choice->found++] = content;
	}
	return FAULT_NONE;
}

enum fault
picker_answer(struct gateway *gateway, struct cx *cx,
    const struct picker *picker, const struct span *ids, size_t count,
    size_t *found, struct linking_answer *out)
{
	struct json_t *body = jwrite_object(cx);
	struct json_t *items = jwrite_inner_array(body, "contentItems");
	struct choice choice = {
	    .picker = picker,
	    .ids = ids,
	    .count = count,
	    .rows = arena_list(cx->arena, count, sizeof *choice.rows),
	};
	enum fault which =
	    count ? db_read(gateway->db, cx, choose, &choice) : FAULT_NONE;

	*found = choice.found;
	if (which || (count && !choice.found))
		return which;
	for (size_t i = 0; i < choice.found; i++)
		write_item(gateway, cx, picker, &choice.rows[i], items);
	return linking_answer(gateway, cx, &picker->launch, body, out);
}
