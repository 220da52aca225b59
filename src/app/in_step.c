/* in_step.c - which platforms hold what the settings say
 *
 * In what is compared the key set's URL is "/lti/keys", or "/lti/keys/" and a
 * star for a platform's own: whether it has one is a matter of the settings,
 * its name is not.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/in_step.h"

#include "app/gateway.h"
#include "app/tool.h"
#include "base/cx.h"
#include "crypto/digest.h"
#include "lti/registration_step.h"
#include "lti/tool_basis.h"
#include "lti/tool_doc.h"
#include "store/keys.h"
#include "store/platforms.h"
#include "store/registered.h"
#include "json/jread.h"
#include "json/jwrite.h"

enum { BATCH = 500 };

#define ANY_KEY_SET SPAN("*")

/* --- the request, made anew ---------------------------------------------- */

static bool
wants_own_keys(const struct json_t *settings)
{
	return span_is(jread_text_or(jread_member(settings, "keys"), SPAN("")),
	    "platform");
}

/* key_set: a name, or empty for the tool's own. */
static enum fault
make(struct cx *cx, struct gateway *gateway, const struct json_t *settings,
    struct span basis_document, struct span key_set, struct tool_doc *out)
{
	struct tool_basis basis;
	enum fault which = tool_basis_read(cx, basis_document, &basis);

	if (which)
		return which;
	const struct tool_doc_args args = {
	    .platform = &basis.platform,
	    .settings = settings,
	    .overrides = basis.overrides,
	    .privacy_level = basis.privacy_level,
	    .public_url = gateway->public_url,
	    .domain = gateway->domain,
	    .key_set_url = arena_printf(cx->arena, "%.*s/lti/keys%s%.*s",
		SPAN_ARGS(gateway->public_url), key_set.length ? "/" : "",
		SPAN_ARGS(key_set)),
	};
	return tool_doc_write(cx, &args, out);
}

/* The basis is in it: one LMS's request is never taken for another's. */
static struct span
digest_of(struct cx *cx, struct span basis, const struct json_t *document)
{
	return digest_text(
	    cx, arena_printf(cx->arena, "%.*s\n%.*s", SPAN_ARGS(basis),
		    SPAN_ARGS(jwrite_bytes(cx, document))));
}

/* Empty: with these settings there is no request that this LMS would take. */
static struct span
expected(struct cx *cx, struct gateway *gateway, const struct json_t *settings,
    const struct registered_basis *basis, bool own_keys)
{
	struct fault_note note = cx->note;
	struct tool_doc doc;

	if (!make(cx, gateway, settings, basis->document,
		own_keys ? ANY_KEY_SET : SPAN(""), &doc))
		return digest_of(cx, basis->id, doc.document);
	cx->note = note;
	return SPAN("");
}

/* --- a change of the settings -------------------------------------------- */

struct stale {
	const struct in_step *now;
	struct registered_basis_list list;
};

static enum fault
find_stale(struct db_session *session, struct cx *cx, void *arg)
{
	struct stale *stale = arg;
	return registered_list_stale(
	    session, cx, stale->now->mark, BATCH, &stale->list);
}

static enum fault
judge_stale(struct db_session *session, struct cx *cx, void *arg)
{
	const struct stale *stale = arg;
	const struct in_step *now = stale->now;
	enum fault which = registered_tidy(session, cx, now->mark);

	for (size_t i = 0; !which && i < stale->list.count; i++) {
		struct registered_basis basis = stale->list.at[i];
		basis.expected = expected(cx, now->gateway, now->settings,
		    &basis, wants_own_keys(now->settings));
		basis.mark = now->mark;
		which = registered_expect(session, cx, &basis);
	}
	return which;
}

/* Another program may make another request of the same settings. */
static struct span
mark_of(struct cx *cx, struct gateway *gateway, const struct json_t *settings)
{
	return digest_text(
	    cx, arena_printf(cx->arena, LTIGATE_VERSION "\n%.*s\n%.*s",
		    SPAN_ARGS(gateway->public_url),
		    SPAN_ARGS(jwrite_bytes(cx, settings))));
}

enum fault
in_step_begin(struct gateway *gateway, struct cx *cx, struct in_step *out)
{
	struct in_step now = {.gateway = gateway};
	struct stale stale = {.now = &now, .list = {.count = BATCH}};
	enum fault which = tool_find(gateway, cx, &now.settings);

	if (which)
		return which;
	now.mark = mark_of(cx, gateway, now.settings);
	while (!which && stale.list.count == BATCH) {
		which = db_read(gateway->db, cx, find_stale, &stale);
		if (!which && stale.list.count)
			which = db_write(gateway->db, cx, judge_stale, &stale);
	}
	if (!which)
		*out = now;
	return which;
}

/* --- how a platform stands ----------------------------------------------- */

static enum fault
asked_of(
    struct cx *cx, const struct platform *platform, const struct json_t **out)
{
	const struct json_t *report;
	enum fault which = jread_parse(cx, platform->report, &report);

	if (!which)
		*out = jread_member(report, "asked");
	return which;
}

/* As it is compared: without the name of a key set. */
static struct json_t *
without_name(
    struct cx *cx, const struct platform *platform, const struct json_t *asked)
{
	struct json_t *copy = jwrite_copy(cx, asked);
	struct span url =
	    jread_text_or(jread_member(asked, "jwks_uri"), SPAN(""));
	size_t length = url.length;

	while (length && url.at[length - 1] != '/')
		length--;
	if (platform->tool_key.length && length)
		jwrite_text(copy, "jwks_uri",
		    arena_printf(cx->arena, "%.*s*",
			SPAN_ARGS(span_first(url, length))));
	return copy;
}

/* Never none: it is called for what differs. */
static enum fault
words_of(struct db_session *session, struct cx *cx, const struct in_step *now,
    const struct platform *platform, struct json_t **out)
{
	struct registered registered;
	const struct json_t *asked;
	struct tool_doc doc;
	enum fault which =
	    registered_find(session, cx, platform->id, &registered);

	if (!which)
		which = asked_of(cx, platform, &asked);
	if (which)
		return which;
	if (make(cx, now->gateway, now->settings, registered.found.document,
		wants_own_keys(now->settings) ? ANY_KEY_SET : SPAN(""), &doc))
		*out = jwrite_array(cx);
	else
		*out = registration_step_words(
		    cx, without_name(cx, platform, asked), doc.document);
	if (!jread_count(*out))
		jwrite_push_text(*out, SPAN("messages"));
	return FAULT_NONE;
}

/* Which key set it is stays with an automatic update. */
static bool
is_keys_alone(const struct json_t *words)
{
	return jread_count(words) == 1 && jread_holds(words, SPAN("key set"));
}

static struct span
way_of(const struct platform *platform, const struct json_t *words)
{
	if (!platform->step.known)
		return SPAN("none");
	if (platform->step.managed && !is_keys_alone(words))
		return SPAN("automatic");
	return span_is(platform->family, "moodle") ? SPAN("by-administrator")
						   : SPAN("none");
}

enum fault
in_step_describe(struct db_session *session, struct cx *cx,
    const struct in_step *now, const struct platform *platform, bool words,
    struct json_t **out)
{
	const struct platform_step *step = &platform->step;
	struct json_t *object = jwrite_object(cx), *behind = jwrite_array(cx);
	enum fault which = FAULT_NONE;

	if (step->known && !step->in_step && words)
		which = words_of(session, cx, now, platform, &behind);
	if (which)
		return which;
	if (step->known)
		jwrite_bool(object, "inStep", step->in_step);
	else
		jwrite_null(object, "inStep");
	if (words)
		jwrite_value(object, "behind", behind);
	jwrite_text(object, "update", way_of(platform, behind));
	jwrite_text_if(object, "state", step->state);
	jwrite_text_if(object, "error", step->problem);
	*out = object;
	return FAULT_NONE;
}

/* --- what is sent, and what was ------------------------------------------ */

static enum fault
key_set_of(struct db_session *session, struct cx *cx,
    const struct platform *platform, struct span *out)
{
	struct tool_key key;
	enum fault which;

	*out = SPAN("");
	if (!platform->tool_key.length)
		return FAULT_NONE;
	which = keys_find(session, cx, platform->tool_key, &key);
	if (!which)
		*out = key.key_set;
	return which;
}

enum fault
in_step_document(struct db_session *session, struct cx *cx,
    const struct in_step *now, const struct platform *platform,
    const struct registered *registered, struct tool_doc *out,
    struct span *digest)
{
	const struct registered_basis *basis = &registered->found;
	struct span key_set;
	enum fault which = key_set_of(session, cx, platform, &key_set);

	if (!which)
		which = make(cx, now->gateway, now->settings, basis->document,
		    key_set, out);
	if (!which)
		*digest = expected(
		    cx, now->gateway, now->settings, basis, key_set.length > 0);
	return which;
}

struct json_t *
in_step_waiting(struct cx *cx, const struct tool_doc *doc, struct span digest)
{
	struct json_t *box = jwrite_object(cx);

	jwrite_value(box, "document", doc->document);
	jwrite_text(box, "sent", digest);
	jwrite_value(box, "dropped", doc->dropped);
	jwrite_value(box, "targets", doc->targets);
	return box;
}

enum fault
in_step_join_targets(struct cx *cx, struct span before,
    const struct json_t *targets, struct span *out)
{
	const struct json_t *old, *url;
	struct span key;
	void *place = NULL;
	enum fault which = jread_parse(cx, before, &old);

	if (which)
		return which;
	struct json_t *both = jwrite_copy(cx, old);
	while (jread_next(targets, &place, &key, &url))
		jwrite_named(both, key, url);
	*out = jwrite_bytes(cx, both);
	return FAULT_NONE;
}

/* What it held before stays what it holds, unless nothing is known of that. */
static enum fault
keep_waiting(struct db_session *session, struct cx *cx,
    const struct tool_doc *waiting, struct registered *registered)
{
	struct registered before;
	struct fault_note note = cx->note;
	enum fault which =
	    registered_find(session, cx, registered->platform_id, &before);

	if (which && which != FAULT_UPDATE_NOT_OFFERED)
		return which;
	cx->note = note;
	registered->state = SPAN("asked");
	registered->waiting =
	    jwrite_bytes(cx, in_step_waiting(cx, waiting, registered->sent));
	registered->sent = which ? SPAN("") : before.sent;
	return registered_keep(session, cx, registered);
}

enum fault
in_step_keep(struct db_session *session, struct cx *cx, struct gateway *gateway,
    const struct tool_doc_args *args, const struct platform *platform,
    const struct tool_doc *waiting)
{
	struct span document = tool_basis_write(cx, args);
	struct registered_basis basis = {
	    .id = digest_text(cx, document),
	    .document = document,
	    .mark = mark_of(cx, gateway, args->settings),
	};

	basis.expected = expected(cx, gateway, args->settings, &basis,
	    wants_own_keys(args->settings));
	enum fault which = registered_add_basis(session, cx, &basis);
	if (which)
		return which;
	struct registered registered = {
	    .platform_id = platform->id,
	    .basis = basis.id,
	    .sent = expected(cx, gateway, args->settings, &basis,
		platform->tool_key.length > 0),
	    .managed = platform->management_sealed.length > 0,
	    .state = SPAN("done"),
	    .problem = SPAN(""),
	    .waiting = SPAN(""),
	    .updated_at = cx->now,
	};
	return waiting ? keep_waiting(session, cx, waiting, &registered)
		       : registered_keep(session, cx, &registered);
}
