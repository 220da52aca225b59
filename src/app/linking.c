/* linking.c - the tool answers a deep linking request
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/linking.h"

#include "app/gateway.h"
#include "app/journal.h"
#include "app/ltik.h"
#include "app/signer.h"
#include "base/cx.h"
#include "crypto/random.h"
#include "lti/deep_link.h"
#include "json/jread.h"

static void
note(struct gateway *gateway, struct cx *cx, const struct ltik_launch *launch,
    const struct deep_link *link)
{
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "deep-linking",
	    .message = "content returned",
	    .platform_id = launch->platform.id,
	    .organization_id = launch->row.organization_id.at
				   ? launch->row.organization_id
				   : SPAN(""),
	    .fields = {{"items", arena_printf(cx->arena, "%zu", link->sent)},
		{"dropped", arena_printf(
				cx->arena, "%zu", jread_count(link->dropped))}},
	};
	journal_note(gateway, cx, &entry);
}

enum fault
linking_answer(struct gateway *gateway, struct cx *cx,
    const struct ltik_launch *launch, const struct json_t *body,
    struct linking_answer *out)
{
	const struct deep_link_args args = {
	    .claims = launch->claims,
	    .body = body,
	    .issuer = launch->platform.issuer,
	    .client_id = launch->platform.client_id,
	    .launch_url = arena_printf(
		cx->arena, "%.*s/lti/launch", SPAN_ARGS(gateway->public_url)),
	    .nonce = random_id(cx),
	    .now = cx->now,
	};
	struct deep_link link;
	enum fault which = deep_link_write(cx, &args, &link);

	if (!which)
		which = signer_sign(
		    gateway, cx, launch->platform.id, link.message, &out->jwt);
	if (which)
		return which;
	out->return_url = link.return_url;
	out->dropped = link.dropped;
	note(gateway, cx, launch, &link);
	return FAULT_NONE;
}
