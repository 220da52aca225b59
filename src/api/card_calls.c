/* card_calls.c - what an LMS's administrator is given to paste
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/browser_call.h"
#include "api/routes.h"
#include "app/gateway.h"
#include "app/tool.h"
#include "app/tool_keys.h"
#include "base/cx.h"
#include "store/db.h"
#include "store/platforms.h"
#include "json/jread.h"
#include "json/jwrite.h"

struct card {
	struct span public_key;
	struct platform_list shared;
};

static enum fault
read_card(struct db_session *session, struct cx *cx, void *arg)
{
	struct card *card = arg;
	enum fault which =
	    tool_keys_public_pem(session, cx, SPAN(""), &card->public_key);

	return which ? which
		     : platforms_list_shared(session, cx, &card->shared);
}

static void
write_shared(struct json_t *answer, const struct platform_list *shared)
{
	struct json_t *list = jwrite_inner_array(answer, "shared");

	for (size_t i = 0; i < shared->count; i++) {
		const struct platform *row = &shared->at[i];
		struct json_t *item = jwrite_push_object(list);
		jwrite_text(item, "platformId", row->id);
		jwrite_text(item, "name", row->name);
		jwrite_text(item, "url", row->issuer);
		jwrite_text(item, "clientId", row->client_id);
		jwrite_text(item, "family", row->family);
	}
}

static void
write_settings(struct json_t *answer, const struct json_t *settings)
{
	static const char *const members[] = {
	    "name", "description", "logoUrl", "deepLinking"};

	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		jwrite_text_if(answer, members[i],
		    jread_text_or(
			jread_member(settings, members[i]), SPAN("")));
	const struct json_t *registration =
	    jread_member(settings, "registration");
	jwrite_text(answer, "registrationMode",
	    jread_text_or(jread_member(registration, "mode"), SPAN("")));
	jwrite_bool(answer, "autoActivate",
	    jread_bool_or(jread_member(registration, "autoActivate"), false));
}

/* With an organisation the URL names it: a claim, which the person who
 * confirms, or staff who approve, make true. */
static void
write_urls(struct call *call, struct json_t *answer, struct span organization)
{
	struct span launch = browser_call_url(call, "/lti/launch");
	struct span url = browser_call_url(call, "/lti/register");

	if (organization.length)
		url = arena_printf(call->cx->arena, "%.*s?organization=%.*s",
		    SPAN_ARGS(url),
		    SPAN_ARGS(form_encode(call->cx->arena, organization)));
	jwrite_text(answer, "domain", call->gateway->domain);
	jwrite_text(answer, "loginUrl", browser_call_url(call, "/lti/login"));
	jwrite_text(answer, "redirectUrl", launch);
	jwrite_text(answer, "launchUrl", launch);
	jwrite_text(answer, "keySetUrl", browser_call_url(call, "/lti/keys"));
	jwrite_text(answer, "registrationUrl", url);
	jwrite_text(answer, "canvasUrl",
	    browser_call_url(call, "/lti/register/canvas"));
}

enum fault
tool_card_call(struct call *call)
{
	const struct json_t *settings;
	struct card card = {0};
	struct span organization;
	enum fault which = call_query(call, "organizationId", &organization);

	if (!which && organization.length)
		which = rights_check_in(call->cx, &call->caller, RIGHT_SEE,
		    organization, FAULT_NO_ORGANIZATION);
	if (!which)
		which = tool_find(call->gateway, call->cx, &settings);
	if (!which)
		which = db_read(call->gateway->db, call->cx, read_card, &card);
	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	write_settings(answer, settings);
	write_urls(call, answer, organization);
	jwrite_text(answer, "publicKey", card.public_key);
	write_shared(answer, &card.shared);
	call_answer(call, 200, answer);
	return FAULT_NONE;
}
