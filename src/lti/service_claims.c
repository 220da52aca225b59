/* service_claims.c - the services that a launch offers the tool
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/service_claims.h"

#include "base/cx.h"
#include "base/text.h"
#include "lti/claim_places.h"
#include "lti/names.h"
#include "json/jread.h"
#include "json/jwrite.h"

static const char *const known_scopes[] = {SCOPE_LINE_ITEM,
    SCOPE_LINE_ITEM_READ, SCOPE_RESULT_READ, SCOPE_SCORE, NULL};

enum { SCOPES_MAX = 512 };

static struct span
text_of(const struct json_t *claim, const char *name)
{
	return jread_text_or(jread_member(claim, name), SPAN(""));
}

/* In an order of ours, so that one LMS's tokens are kept under one name. */
static struct span
scopes_of(struct cx *cx, const struct json_t *list)
{
	struct text scopes = text_begin(cx->arena, SCOPES_MAX);

	for (const char *const *scope = known_scopes; *scope; scope++) {
		if (!jread_holds(list, span_of(*scope)))
			continue;
		if (scopes.length)
			text_add_char(&scopes, ' ');
		text_add_cstr(&scopes, *scope);
	}
	return text_span(&scopes);
}

static struct span
id_of(struct cx *cx, const struct json_t *claim)
{
	struct span id = claim_places_scalar(cx, jread_member(claim, "id"));

	return id.at ? id : SPAN("");
}

struct service_claims
service_claims_read(struct cx *cx, const struct json_t *claims)
{
	const struct json_t *grades = jread_member(claims, CLAIM_GRADES);
	const struct json_t *roster = jread_member(claims, CLAIM_ROSTER);
	const struct json_t *context = jread_member(claims, CLAIM_CONTEXT);
	const struct json_t *link = jread_member(claims, CLAIM_RESOURCE_LINK);
	struct service_claims out = {
	    .line_items = text_of(grades, "lineitems"),
	    .line_item = text_of(grades, "lineitem"),
	    .memberships = text_of(roster, "context_memberships_url"),
	    .scopes = scopes_of(cx, jread_member(grades, "scope")),
	    .context_id = id_of(cx, context),
	    .context_title = text_of(context, "title"),
	    .resource_link_id = id_of(cx, link),
	    .resource_link_title = text_of(link, "title"),
	};

	out.grades = jread_is_array(jread_member(grades, "scope")) &&
		     (out.line_items.length || out.line_item.length);
	out.roster = out.memberships.length > 0;
	return out;
}

static void
keep_members(struct json_t *kept, const struct json_t *claims,
    const char *claim, const char *const *names)
{
	const struct json_t *from = jread_member(claims, claim);

	if (!jread_is_object(from))
		return;
	struct json_t *to = jwrite_inner_object(kept, claim);
	for (; *names; names++)
		jwrite_value(to, *names, jread_member(from, *names));
}

const struct json_t *
service_claims_keep(struct cx *cx, const struct json_t *claims)
{
	static const char *const grades[] = {
	    "scope", "lineitems", "lineitem", NULL};
	static const char *const roster[] = {"context_memberships_url", NULL};
	static const char *const thing[] = {"id", "title", NULL};
	struct json_t *kept = jwrite_object(cx);

	keep_members(kept, claims, CLAIM_GRADES, grades);
	keep_members(kept, claims, CLAIM_ROSTER, roster);
	keep_members(kept, claims, CLAIM_CONTEXT, thing);
	keep_members(kept, claims, CLAIM_RESOURCE_LINK, thing);
	return kept;
}
