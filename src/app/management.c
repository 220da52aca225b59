/* management.c - where and with what a registration may be changed later
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/management.h"

#include "app/gateway.h"
#include "app/register.h"
#include "base/cx.h"
#include "lti/names.h"
#include "lti/registration_reply.h"
#include "lti/service_token.h"
#include "store/platforms.h"
#include "json/jread.h"
#include "json/jwrite.h"

/* In lower case and without the scheme's own port; empty: no URL to use. */
static struct span
authority_of(struct gateway *gateway, struct cx *cx, struct span text)
{
	struct url url;

	return url_read(cx, net_policy(gateway->net), text, &url)
		   ? SPAN("")
		   : url.authority;
}

static bool
may_hold_token(struct gateway *gateway, struct cx *cx,
    const struct register_waiting *waiting, struct span url)
{
	const struct platform_doc *doc = &waiting->platform;
	struct span host = authority_of(gateway, cx, url);
	const struct issuer_facts facts = {
	    .issuer = doc->issuer,
	    .issuer_host = authority_of(gateway, cx, doc->issuer),
	    .configuration_host = waiting->configuration_host,
	    .registration_host = host,
	    .with_token = true,
	};

	return host.length &&
	       (span_equal(host,
		    authority_of(gateway, cx, doc->registration_endpoint)) ||
		   !issuer_rules_check(cx, &gateway->exceptions, &facts));
}

struct management
management_of(struct gateway *gateway, struct cx *cx,
    const struct register_waiting *waiting,
    const struct registration_reply *reply)
{
	struct fault_note note = cx->note;
	struct management none = {SPAN(""), SPAN("")};
	struct span granted =
	    jread_text_or(jread_member(reply->granted, "scope"), SPAN(""));
	bool good = (reply->management_token.length ||
			service_token_has(granted, SPAN(SCOPE_REGISTRATION))) &&
		    may_hold_token(gateway, cx, waiting, reply->management_url);

	cx->note = note;
	return good ? (struct management){reply->management_url,
			  reply->management_token}
		    : none;
}

struct management
management_after(struct gateway *gateway, struct cx *cx,
    const struct management *before, const struct registration_reply *reply)
{
	struct fault_note note = cx->note;
	struct management after = *before;

	if (reply->management_url.length &&
	    span_equal(authority_of(gateway, cx, reply->management_url),
		authority_of(gateway, cx, before->url)))
		after.url = reply->management_url;
	if (reply->management_token.length)
		after.token = reply->management_token;
	cx->note = note;
	return after;
}

static const char *
purpose(struct cx *cx, struct span platform_id)
{
	return arena_printf(
	    cx->arena, "management of platform %.*s", SPAN_ARGS(platform_id))
	    .at;
}

enum fault
management_seal(struct gateway *gateway, struct cx *cx, struct span platform_id,
    const struct management *management, struct span *out)
{
	struct json_t *box = jwrite_object(cx);

	*out = SPAN("");
	if (!management->url.length)
		return FAULT_NONE;
	jwrite_text(box, "url", management->url);
	jwrite_text(box, "token", management->token);
	return secrets_seal(gateway->secrets, cx, purpose(cx, platform_id),
	    jwrite_bytes(cx, box), out);
}

enum fault
management_open(struct gateway *gateway, struct cx *cx,
    const struct platform *platform, struct management *out)
{
	const struct json_t *box;
	struct span opened;

	if (!platform->management_sealed.length)
		return fault(cx, FAULT_UPDATE_NOT_OFFERED,
		    "the LMS named no registration_client_uri that may be "
		    "used");
	enum fault which = secrets_unseal(gateway->secrets, cx,
	    purpose(cx, platform->id), platform->management_sealed, &opened);
	if (!which)
		which = jread_parse(cx, opened, &box);
	if (which)
		return which;
	*out = (struct management){
	    .url = jread_text_or(jread_member(box, "url"), SPAN("")),
	    .token = jread_text_or(jread_member(box, "token"), SPAN("")),
	};
	return FAULT_NONE;
}
