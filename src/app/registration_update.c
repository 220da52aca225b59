/* registration_update.c - a registration that the tool changes by itself
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/registration_update.h"

#include "app/access_tokens.h"
#include "app/directory.h"
#include "app/gateway.h"
#include "app/in_step.h"
#include "app/journal.h"
#include "app/management.h"
#include "app/ownership.h"
#include "base/cx.h"
#include "lti/names.h"
#include "lti/refusal.h"
#include "lti/registration_reply.h"
#include "lti/registration_step.h"
#include "lti/service_token.h"
#include "lti/tool_doc.h"
#include "store/platforms.h"
#include "store/registered.h"
#include "json/jread.h"
#include "json/jwrite.h"

enum { PROBLEM_MAX = 600 };

/* What the steps hand on. */
struct update {
	struct gateway *gateway;
	const struct registration_update_args *args;
	struct in_step now;
	struct platform platform;
	struct registered registered;
	struct management management;
	const struct json_t *report, *asked; /* of before */
	const struct json_t *waiting;        /* as in_step_waiting, or NULL */
	struct tool_doc doc;
	struct span digest; /* of doc */
	struct registration_reply held;
	/* What the LMS holds now, likewise; NULL: nothing new. */
	const struct json_t *taken;
	const char *message; /* of the event; NULL: nothing was changed */
	const struct json_t *before, *after;
};

/* --- before the LMS is asked --------------------------------------------- */

static enum fault
read_kept(struct cx *cx, struct update *u)
{
	enum fault which = jread_parse(cx, u->platform.report, &u->report);

	u->asked = jread_member(u->report, "asked");
	if (!which && u->registered.waiting.length)
		which = jread_parse(cx, u->registered.waiting, &u->waiting);
	return which;
}

static enum fault
begin(struct db_session *session, struct cx *cx, void *arg)
{
	struct update *u = arg;
	struct span id = u->args->platform_id;
	enum fault which = platforms_find(session, cx, id, &u->platform);

	if (!which)
		which = ownership_check_platform(
		    session, cx, u->args->caller, RIGHT_REGISTER, &u->platform);
	if (!which)
		which = registered_find(session, cx, id, &u->registered);
	if (!which)
		which = management_open(
		    u->gateway, cx, &u->platform, &u->management);
	if (!which)
		which = read_kept(cx, u);
	if (!which && !u->args->look_only)
		which = in_step_document(session, cx, &u->now, &u->platform,
		    &u->registered, &u->doc, &u->digest);
	return which ? which : registered_claim(session, cx, id);
}

/* --- one call ------------------------------------------------------------ */

/* Those of its own registration that the LMS granted; empty: none. */
static struct span
own_scopes(const struct update *u)
{
	struct span asked =
	    jread_text_or(jread_member(u->asked, "scope"), SPAN(""));
	struct span granted = jread_text_or(
	    jread_member(jread_member(u->report, "granted"), "scope"), asked);

	if (!service_token_has(granted, SPAN(SCOPE_REGISTRATION)))
		return SPAN("");
	if (!service_token_has(granted, SPAN(SCOPE_REGISTRATION_READ)))
		return SPAN(SCOPE_REGISTRATION);
	return SPAN(SCOPE_REGISTRATION " " SCOPE_REGISTRATION_READ);
}

static enum fault
call_with(struct cx *cx, struct update *u, const char *method,
    struct span bearer, struct fetch_answer *answer)
{
	bool sends = span_is(span_of(method), "PUT");
	struct span body = SPAN("");

	if (sends) {
		struct json_t *document = jwrite_copy(cx, u->doc.document);
		jwrite_text(document, "client_id", u->platform.client_id);
		body = jwrite_bytes(cx, document);
	}
	const struct fetch_request request = {
	    .url = u->management.url,
	    .method = method,
	    .bearer = bearer,
	    .accept = "application/json",
	    .content_type = sends ? "application/json" : NULL,
	    .body = body,
	    .deadline_ms = fetch_deadline(),
	    .kind = PERMIT_SERVICE,
	};
	enum fault which = fetch(u->gateway->net, cx, &request, answer);

	cx_wake(cx);
	return which == FAULT_LMS_NO_ANSWER
		   ? fault_as(cx, FAULT_SERVICE_NO_ANSWER)
		   : which;
}

/* With a token of the LMS's own service, and a new one where the LMS does not
 * know that any more; else with the one that came with the registration. */
static enum fault
call(struct cx *cx, struct update *u, const char *method,
    struct fetch_answer *answer)
{
	struct directory_platform platform;
	const struct access_token_args args = {
	    .platform = &platform,
	    .scopes = own_scopes(u),
	    .deadline_ms = fetch_deadline(),
	};
	struct span token;
	enum fault which;

	if (!args.scopes.length)
		return call_with(cx, u, method, u->management.token, answer);
	which = directory_find(u->gateway, cx, u->platform.id, &platform);
	for (int i = 0; !which && i < 2; i++) {
		which = access_tokens_take(u->gateway, cx, &args, &token);
		if (!which)
			which = call_with(cx, u, method, token, answer);
		if (which || answer->status != 401)
			break;
		access_tokens_drop(u->gateway, cx, &args, token, 0);
	}
	return which;
}

static enum fault
judge(struct cx *cx, const struct update *u, const char *doing,
    const struct fetch_answer *answer)
{
	struct span text = refusal_read(cx, answer->body);
	enum fault which;

	if (answer->status >= 200 && answer->status <= 299)
		return FAULT_NONE;
	if (answer->status == 404 || answer->status == 410)
		which = fault(cx, FAULT_TOOL_GONE, "%s: HTTP status %d", doing,
		    answer->status);
	else if (answer->status >= 300 && answer->status < 400)
		which = fault_tell(cx, FAULT_LMS_REFUSED,
		    "The LMS answered with a redirect (HTTP status %d) as it "
		    "was to %s the registration; none was followed",
		    answer->status, doing);
	else
		which = fault_tell(cx, FAULT_LMS_REFUSED,
		    "The LMS refused to %s the registration, with HTTP status "
		    "%d%s%.*s",
		    doing, answer->status,
		    text.length ? ": " : " and gave no reason",
		    SPAN_ARGS(text));
	fetch_note(cx, u->management.url, answer);
	cx->note.body_received = refusal_body(answer->body);
	return which;
}

static enum fault
ask(struct cx *cx, struct update *u, const char *method, const char *doing)
{
	struct fetch_answer answer;
	enum fault which = call(cx, u, method, &answer);

	if (!which)
		which = judge(cx, u, doing, &answer);
	if (!which)
		which = registration_reply_read(cx, answer.body, &u->held);
	if (which)
		return which;
	u->management =
	    management_after(u->gateway, cx, &u->management, &u->held);
	if (!span_equal(u->held.client_id, u->platform.client_id))
		return fault_tell(cx, FAULT_REPLY_MALFORMED,
		    "The LMS answered about another tool: client id %.*s",
		    SPAN_ARGS(u->held.client_id));
	return FAULT_NONE;
}

/* --- what came of it ----------------------------------------------------- */

static void
take(struct update *u, const struct json_t *box)
{
	u->taken = box;
	u->before = u->asked;
	u->after = u->asked = jread_member(box, "document");
	u->message = "registration updated";
	u->registered.sent = jread_text_or(jread_member(box, "sent"), SPAN(""));
	u->registered.state = SPAN("done");
	u->registered.problem = u->registered.waiting = SPAN("");
	u->waiting = NULL;
}

static void
wait_for_acceptance(struct cx *cx, struct update *u, const struct json_t *box)
{
	u->before = u->asked;
	u->after = jread_member(box, "document");
	u->message = "registration update waits in the LMS";
	u->registered.state = SPAN("asked");
	u->registered.problem = SPAN("");
	u->registered.waiting = jwrite_bytes(cx, box);
	u->waiting = box;
}

/* An administrator of the LMS may have accepted what waited. */
static void
look_for_acceptance(struct cx *cx, struct update *u)
{
	const struct json_t *document = jread_member(u->waiting, "document");

	if (document &&
	    !registration_step_waits(cx, u->asked, document, u->held.granted))
		take(u, u->waiting);
}

static bool
is_sent(const struct update *u)
{
	struct span waiting =
	    jread_text_or(jread_member(u->waiting, "sent"), SPAN(""));

	return span_equal(u->digest, u->waiting ? waiting : u->registered.sent);
}

static enum fault
send(struct cx *cx, struct update *u)
{
	enum fault which = ask(cx, u, "PUT", "change");

	if (!which)
		which = registration_reply_check_redirects(
		    cx, u->doc.document, u->held.granted);
	if (which)
		return which;
	const struct json_t *box = in_step_waiting(cx, &u->doc, u->digest);
	if (registration_step_waits(
		cx, u->asked, u->doc.document, u->held.granted))
		wait_for_acceptance(cx, u, box);
	else
		take(u, box);
	return FAULT_NONE;
}

static enum fault
steps(struct cx *cx, struct update *u)
{
	enum fault which = ask(cx, u, "GET", "show");

	if (which)
		return which;
	look_for_acceptance(cx, u);
	if (!u->args->look_only && !is_sent(u))
		return send(cx, u);
	/* What failed before has been made good, if there is nothing to send.
	 */
	if (!u->args->look_only && !u->waiting) {
		u->registered.state = SPAN("done");
		u->registered.problem = SPAN("");
	}
	return FAULT_NONE;
}

/* --- keeping it ---------------------------------------------------------- */

static struct span
write_report(struct cx *cx, const struct update *u)
{
	struct json_t *report = jwrite_copy(cx, u->report);

	jwrite_integer(report, "updatedAt", cx->now);
	jwrite_text(report, "reference", span_of(cx->reference));
	jwrite_value(report, "asked", u->asked);
	jwrite_value(report, "granted", u->held.granted);
	jwrite_value(report, "differences",
	    registration_reply_differences(cx, u->asked, u->held.granted));
	jwrite_value(report, "dropped", jread_member(u->taken, "dropped"));
	return jwrite_bytes(cx, report);
}

static enum fault
write_targets(struct cx *cx, const struct update *u, struct platform *platform)
{
	if (u->waiting)
		return in_step_join_targets(cx, platform->targets,
		    jread_member(u->waiting, "targets"), &platform->targets);
	if (u->taken)
		platform->targets =
		    jwrite_bytes(cx, jread_member(u->taken, "targets"));
	return FAULT_NONE;
}

/* For the event: without the long name of its inner part. */
static const struct json_t *
audit_of(struct cx *cx, const struct json_t *document)
{
	struct json_t *copy = jwrite_copy(cx, document);

	jwrite_value(copy, "tool", jread_member(document, TOOL_CONFIGURATION));
	jwrite_remove(copy, TOOL_CONFIGURATION);
	return copy;
}

static enum fault
note(struct db_session *session, struct cx *cx, const struct update *u)
{
	const char *message = u->message ? u->message : "registration checked";
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "registration",
	    .message = message,
	    .platform_id = u->platform.id,
	    .organization_id = u->platform.organization_id,
	    .fields = {{"issuer", u->platform.issuer},
		{"clientId", u->platform.client_id}},
	    .before = u->message ? audit_of(cx, u->before) : NULL,
	    .after = u->message ? audit_of(cx, u->after) : NULL,
	};
	return journal_add(session, cx, &entry);
}

static enum fault
keep(struct db_session *session, struct cx *cx, void *arg)
{
	struct update *u = arg;
	struct platform platform;
	enum fault which =
	    platforms_find(session, cx, u->platform.id, &platform);

	if (!which)
		which = write_targets(cx, u, &platform);
	if (!which)
		which = management_seal(u->gateway, cx, platform.id,
		    &u->management, &platform.management_sealed);
	if (which)
		return which;
	if (u->taken) {
		platform.report = write_report(cx, u);
		platform.changed_at = cx->now;
	}
	u->registered.updated_at = cx->now;
	which = platforms_change(session, cx, &platform);
	if (!which)
		which = registered_keep(session, cx, &u->registered);
	return which ? which : note(session, cx, u);
}

static enum fault
keep_failure(struct db_session *session, struct cx *cx, void *arg)
{
	struct update *u = arg;
	return registered_keep(session, cx, &u->registered);
}

/* The fault stays what is answered. What waits in the LMS waits on. */
static enum fault
failed(struct cx *cx, struct update *u, enum fault why)
{
	struct fault_note note = cx->note;
	const char *text =
	    note.telling[0] ? note.telling : fault_text(why)->description;
	const struct journal_subject subject = {
	    .kind = "registration",
	    .platform_id = u->platform.id,
	    .organization_id = u->platform.organization_id,
	};

	u->registered.state = SPAN("failed");
	u->registered.problem =
	    span_cut(arena_copy(cx->arena, span_of(text)), PROBLEM_MAX);
	u->registered.updated_at = cx->now;
	journal_fault(u->gateway, cx, &subject, why);
	if (db_write(u->gateway->db, cx, keep_failure, u))
		LOG_FOR(cx, LOG_ERROR,
		    "the end of a registration's update was not stored",
		    {"platform", u->platform.id});
	cx->note = note;
	return why;
}

enum fault
registration_update_run(struct gateway *gateway, struct cx *cx,
    const struct registration_update_args *args)
{
	struct update u = {.gateway = gateway, .args = args};
	enum fault which = in_step_begin(gateway, cx, &u.now);

	if (!which)
		which = db_write(gateway->db, cx, begin, &u);
	if (which)
		return which;
	which = steps(cx, &u);
	if (!which)
		which = db_write(gateway->db, cx, keep, &u);
	return which ? failed(cx, &u, which) : FAULT_NONE;
}
