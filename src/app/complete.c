/* complete.c - sending a registration and keeping what comes of it
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/complete.h"

#include <string.h>

#include "app/gateway.h"
#include "app/journal.h"
#include "app/notice_sender.h"
#include "app/notify.h"
#include "app/platform_record.h"
#include "app/register.h"
#include "app/tool_keys.h"
#include "app/usage.h"
#include "base/cx.h"
#include "base/test_hooks.h"
#include "crypto/random.h"
#include "lti/refusal.h"
#include "lti/registration_reply.h"
#include "lti/tool_doc.h"
#include "lti/tool_settings.h"
#include "store/db.h"
#include "store/organizations.h"
#include "store/registration_links.h"
#include "json/jread.h"
#include "json/jwrite.h"

const struct jshape complete_shape[] = {
    {.name = "platformName", .type = JSHAPE_TEXT, .max = 255},
    {.name = "autoActivate", .type = JSHAPE_BOOL},
    {.name = "messages",
	.type = JSHAPE_OBJECTS,
	.max = 50,
	.members = tool_message_shape},
    {.name = "organizationId", .type = JSHAPE_TEXT, .max = 100},
    {.name = "metadata",
	.type = JSHAPE_OBJECT,
	.about = "Kept with the platform and given back with it"},
    {.name = "privacyLevel",
	.type = JSHAPE_CHOICE,
	.choices = tool_privacy_levels},
    {.name = "customParameters", .type = JSHAPE_TEXT_MAP},
    {.name = "scopes", .type = JSHAPE_TEXTS},
    {0},
};

/* A registration under way: what the steps hand on. */
struct sending {
	struct gateway *gateway;
	const struct complete_args *args;
	const struct registration *row;
	struct span key_set; /* name of a pair of its own, or empty */
	struct span key_id;
	struct tool_doc_args asked; /* of which doc is made */
	struct tool_doc doc;
	struct registration_reply reply;
	struct span organization_id;
	struct span close_url, close_hash;
	struct span fault_name; /* for the steps back */
	bool conflict;          /* the LMS's client id is a platform's here */
	struct platform_record_look look;
	struct platform_record record;
};

/* The request carries scopes as one text with blanks between them. */
static enum fault
check_scopes(struct cx *cx, const struct json_t *scopes)
{
	for (size_t i = 0; i < jread_count(scopes); i++) {
		struct span scope =
		    jread_text_or(jread_at(scopes, i), SPAN(""));
		if (scope.length == 0 || span_has_control(scope) ||
		    memchr(scope.at, ' ', scope.length))
			return fault_tell(cx, FAULT_PARAMETER_REFUSED,
			    "scopes[%zu] must be one scope, without a blank",
			    i);
	}
	return FAULT_NONE;
}

enum fault
complete_check(struct cx *cx, const struct json_t *body)
{
	const struct json_t *messages = jread_member(body, "messages");
	enum fault fault = jshape_check(cx, body, complete_shape);

	if (!fault)
		fault = check_scopes(cx, jread_member(body, "scopes"));
	if (!fault)
		fault = tool_settings_check_custom(cx,
		    jread_member(body, "customParameters"), "customParameters");
	for (size_t i = 0; !fault && i < jread_count(messages); i++)
		fault = tool_settings_check_custom(cx,
		    jread_member(jread_at(messages, i), "customParameters"),
		    "messages[].customParameters");
	return fault;
}

/* --- before anything is sent --------------------------------------------- */

static enum fault
write_document(struct cx *cx, struct sending *s)
{
	struct gateway *gateway = s->gateway;
	const struct complete_args *args = s->args;
	bool own = span_is(
	    jread_text_or(jread_member(args->settings, "keys"), SPAN("")),
	    "platform");

	if (own)
		s->key_set = random_id(cx);
	s->asked = (struct tool_doc_args){
	    .platform = &args->waiting->platform,
	    .settings = args->settings,
	    .overrides = args->overrides,
	    .privacy_level = s->row->privacy_level,
	    .public_url = gateway->public_url,
	    .domain = gateway->domain,
	    .key_set_url = arena_printf(cx->arena, "%.*s/lti/keys%s%.*s",
		SPAN_ARGS(gateway->public_url), own ? "/" : "",
		SPAN_ARGS(s->key_set)),
	};
	return tool_doc_write(cx, &s->asked, &s->doc);
}

static enum fault
mark_sent(struct db_session *session, struct cx *cx, void *arg)
{
	struct sending *s = arg;
	struct organization ignored;
	struct registration row = *s->row;
	enum fault which = FAULT_NONE;

	if (s->organization_id.length)
		which = organizations_find(
		    session, cx, s->organization_id, &ignored);
	if (!which && s->key_set.length)
		which = tool_keys_assign(session, cx, s->key_set, &s->key_id);
	if (!which && row.link_id.length)
		which = registration_links_use(session, cx, row.link_id);
	if (which)
		return which;
	if (s->args->waiting->stored)
		return registrations_send(session, cx, row.id_hash);
	row.state = SPAN("sent");
	row.replay = row.token_hash;
	row.sealed = SPAN("");
	row.expires_at = cx->now + REGISTRATION_TRACE;
	return registrations_add(session, cx, &row);
}

/* --- steps back ---------------------------------------------------------- */

static enum fault
give_back(struct db_session *session, struct cx *cx, void *arg)
{
	struct sending *s = arg;
	enum fault which = registrations_give_back(session, cx, s->row->id_hash,
	    s->fault_name, s->args->waiting->stored);

	if (!which && s->row->link_id.length)
		which = registration_links_unuse(session, cx, s->row->link_id);
	return which ? which : tool_keys_unassign(session, cx, s->key_id);
}

static enum fault
refuse(struct db_session *session, struct cx *cx, void *arg)
{
	struct sending *s = arg;
	enum fault which = registrations_refuse(
	    session, cx, s->row->id_hash, s->fault_name, s->reply.client_id);

	/* A link is used up only by a new tool that the LMS may have taken. */
	bool taken = s->reply.client_id.length && !s->conflict;
	if (!which && !taken && s->row->link_id.length)
		which = registration_links_unuse(session, cx, s->row->link_id);
	return which ? which : tool_keys_unassign(session, cx, s->key_id);
}

static enum fault
leave(struct db_session *session, struct cx *cx, void *arg)
{
	struct sending *s = arg;
	return registrations_leave(session, cx, s->row->id_hash, s->fault_name);
}

/* Writes down why it ended; the fault itself stays what is answered. */
static enum fault
ended(struct cx *cx, struct sending *s, enum fault why, db_work *step)
{
	struct fault_note note = cx->note;

	s->fault_name = span_of(fault_text(why)->message);
	if (db_write(s->gateway->db, cx, step, s))
		LOG_FOR(cx, LOG_ERROR,
		    "the end of a registration was not stored",
		    {"fault", s->fault_name});
	cx->note = note;
	return why;
}

/* --- the request --------------------------------------------------------- */

static enum fault
post(struct cx *cx, struct sending *s, struct fetch_answer *answer)
{
	const struct fetch_request request = {
	    .url = s->args->waiting->platform.registration_endpoint,
	    .method = "POST",
	    .bearer = s->args->waiting->token,
	    .accept = "application/json",
	    .content_type = "application/json",
	    .body = jwrite_bytes(cx, s->doc.document),
	    .deadline_ms = fetch_deadline(),
	    .kind = PERMIT_REGISTRATION,
	    .client = s->args->client,
	};
	enum fault which = fetch(s->gateway->net, cx, &request, answer);

	cx_wake(cx);
	return which;
}

static enum fault
refused_by_lms(
    struct cx *cx, struct span url, const struct fetch_answer *answer)
{
	struct span text = refusal_read(cx, answer->body);
	enum fault which;

	if (answer->status >= 300 && answer->status < 400)
		which = fault_tell(cx, FAULT_LMS_REFUSED,
		    "The LMS answered the registration with a redirect (HTTP "
		    "status %d), perhaps to a sign-in page; none was followed",
		    answer->status);
	else
		which = fault_tell(cx, FAULT_LMS_REFUSED,
		    "The LMS refused the registration with HTTP status %d%s"
		    "%.*s",
		    answer->status, text.length ? ": " : " and gave no reason",
		    SPAN_ARGS(text));
	fetch_note(cx, url, answer);
	cx->note.body_received = refusal_body(answer->body);
	return which;
}

static enum fault
send(struct cx *cx, struct sending *s)
{
	struct fetch_answer answer;
	enum fault which;

	test_point("before-post");
	which = post(cx, s, &answer);
	test_point("after-post");
	if (which == FAULT_LMS_NO_ANSWER)
		return ended(cx, s, which, leave);
	if (which)
		return ended(cx, s, which, give_back);
	if (answer.status < 200 || answer.status > 299)
		return ended(cx, s,
		    refused_by_lms(cx,
			s->args->waiting->platform.registration_endpoint,
			&answer),
		    refuse);
	which = registration_reply_read(cx, answer.body, &s->reply);
	if (which)
		return ended(cx, s, which, leave);
	which = registration_reply_check_redirects(
	    cx, s->doc.document, s->reply.granted);
	if (!which)
		return FAULT_NONE;
	fault_tell(cx, which, "%s (client id %.*s)",
	    fault_text(which)->description, SPAN_ARGS(s->reply.client_id));
	return ended(cx, s, which, refuse);
}

/* --- after the answer ---------------------------------------------------- */

static struct platform_record_args
record_args(const struct sending *s)
{
	return (struct platform_record_args){
	    .gateway = s->gateway,
	    .waiting = s->args->waiting,
	    .overrides = s->args->overrides,
	    .doc = &s->doc,
	    .asked = &s->asked,
	    .reply = &s->reply,
	    .organization_id = s->organization_id,
	    .key_id = s->key_id,
	    .activate = s->args->activate,
	    .look = s->look,
	};
}

static enum fault
look(struct db_session *session, struct cx *cx, void *arg)
{
	struct sending *s = arg;
	const struct platform_record_args args = record_args(s);

	return platform_record_look(session, cx, &args, &s->look);
}

static enum fault
commit(struct db_session *session, struct cx *cx, void *arg)
{
	struct sending *s = arg;
	const struct platform_record_args args = record_args(s);
	enum fault which = platform_record_keep(session, cx, &args, &s->record);

	if (which)
		return which;
	const struct platform *platform = &s->record.platform;
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "registration",
	    .message = s->record.updated ? "platform updated by registration"
					 : "platform registered",
	    .platform_id = platform->id,
	    .fields = {{"issuer", platform->issuer},
		{"clientId", platform->client_id}, {"family", platform->family},
		{"active", platform->active ? SPAN("true") : SPAN("false")}},
	};
	which = registrations_complete(session, cx, s->row->id_hash,
	    platform->id, platform->client_id, s->close_hash);
	/* Somebody must activate it. */
	if (!which && !platform->active && !s->record.updated)
		which =
		    notify_platform_waiting(s->gateway, session, cx, platform);
	return which ? which : journal_add(session, cx, &entry);
}

/* The same client id may come twice at once. */
static enum fault
keep(struct cx *cx, struct sending *s)
{
	struct db *db = s->gateway->db;
	enum fault which = FAULT_PLATFORM_EXISTS;

	for (int i = 0; i < 2 && which == FAULT_PLATFORM_EXISTS; i++) {
		which = db_read(db, cx, look, s);
		if (!which)
			which = db_write(db, cx, commit, s);
	}
	return which;
}

/* The LMS has the tool and we could not keep it: whoever reads this must
 * learn the client id, or nobody can tidy up. */
static enum fault
orphaned(struct cx *cx, struct sending *s, enum fault why)
{
	const char *text = arena_printf(cx->arena, "%s",
	    cx->note.telling[0] ? cx->note.telling
				: fault_text(why)->description)
			       .at;

	LOG_FOR(cx, LOG_ERROR, "the LMS holds a tool that was not stored here",
	    {"issuer", s->args->waiting->platform.issuer},
	    {"clientId", s->reply.client_id},
	    {"fault", span_of(fault_text(why)->name)});
	/* A client id that is known here is a tool that may be in use there:
	 * deleting it would break what people work with. */
	fault_tell(cx, why, "%s. The LMS's client id is %.*s; %s", text,
	    SPAN_ARGS(s->reply.client_id),
	    why == FAULT_PLATFORM_TAKEN
		? "do not delete it in the LMS, it may be in use"
		: "delete it in the LMS before you try again");
	s->conflict = why == FAULT_PLATFORM_TAKEN;
	return ended(cx, s, why, refuse);
}

static struct span
organization_of(const struct complete_args *args)
{
	struct span given = jread_text_or(
	    jread_member(args->overrides, "organizationId"), SPAN(""));

	return given.length ? given : args->waiting->row.organization_id;
}

enum fault
complete_run(struct gateway *gateway, struct cx *cx,
    const struct complete_args *args, struct complete_result *out)
{
	struct sending s = {
	    .gateway = gateway,
	    .args = args,
	    .row = &args->waiting->row,
	    .organization_id = organization_of(args),
	};
	enum fault which = write_document(cx, &s);

	test_point("before-sent");
	if (!which)
		which = db_write(gateway->db, cx, mark_sent, &s);
	test_point("after-sent");
	if (!which)
		which = send(cx, &s);
	if (which)
		return which;
	if (args->with_close_url)
		s.close_url = register_close_url(gateway, cx, &s.close_hash);
	test_point("before-commit");
	which = keep(cx, &s);
	test_point("after-commit");
	if (which)
		return orphaned(cx, &s, which);
	notice_sender_wake(gateway->notice_sender);
	usage_count_registration(
	    gateway, cx, s.record.platform.organization_id);
	*out = (struct complete_result){
	    .platform_id = s.record.platform.id,
	    .platform_name = s.record.platform.name,
	    .client_id = s.record.platform.client_id,
	    .close_url = s.close_url,
	    .dropped = s.doc.dropped,
	    .differences = s.record.differences,
	    .active = s.record.platform.active,
	    .updated = s.record.updated,
	};
	return FAULT_NONE;
}
