/* first_launch.c - does the LMS do what it granted?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/first_launch.h"

#include "base/cx.h"
#include "lti/launch_rules.h"
#include "lti/names.h"
#include "json/jread.h"
#include "json/jwrite.h"

struct comparison {
	const struct json_t *granted, *claims;
	struct json_t *differences;
};

static void
add(struct comparison *c, const char *member, struct span granted,
    struct span launched, const char *message)
{
	struct json_t *row = jwrite_push_object(c->differences);

	jwrite_text(row, "member", span_of(member));
	jwrite_text(row, "granted", granted);
	jwrite_text(row, "launched", launched);
	jwrite_text(row, "message", span_of(message));
}

static bool
was_granted(const struct comparison *c, struct span scope)
{
	struct span rest =
	    jread_text_or(jread_member(c->granted, "scope"), SPAN(""));
	struct span part;

	while (span_next(&rest, ' ', &part))
		if (span_equal(part, scope))
			return true;
	return false;
}

static void
compare_grades(struct comparison *c)
{
	static const char *const scopes[] = {SCOPE_LINE_ITEM,
	    SCOPE_LINE_ITEM_READ, SCOPE_RESULT_READ, SCOPE_SCORE};
	const struct json_t *launched =
	    jread_member(jread_member(c->claims, CLAIM_GRADES), "scope");

	for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++) {
		struct span scope = span_of(scopes[i]);
		if (was_granted(c, scope) && !jread_holds(launched, scope))
			add(c, "scope", scope, SPAN(""),
			    "The LMS granted this scope, but the launch does "
			    "not offer it. In many LMSs the link has to be "
			    "allowed to take grades");
	}
}

static void
compare_roster(struct comparison *c)
{
	if (was_granted(c, SPAN(SCOPE_MEMBERSHIP)) &&
	    !jread_is_object(jread_member(c->claims, CLAIM_ROSTER)))
		add(c, "scope", SPAN(SCOPE_MEMBERSHIP), SPAN(""),
		    "The LMS granted the roster, but the launch does not "
		    "offer it");
}

static void
compare_claims(struct comparison *c)
{
	static const char *const person[] = {
	    "name", "given_name", "family_name", "email"};
	const struct json_t *granted = jread_member(
	    jread_member(c->granted, TOOL_CONFIGURATION), "claims");

	for (size_t i = 0; i < sizeof person / sizeof *person; i++) {
		struct span name = span_of(person[i]), value = SPAN("");
		jread_text(jread_member(c->claims, person[i]), &value);
		if (jread_holds(granted, name) && value.length == 0)
			add(c, "claims", name, SPAN(""),
			    "The LMS granted this claim, but the launch does "
			    "not have it: its privacy settings may hold it "
			    "back");
	}
}

static void
compare_deployment(struct comparison *c, const struct launch *launch)
{
	const struct json_t *inner = jread_member(
	    jread_member(c->granted, TOOL_CONFIGURATION), "deployment_id");
	struct span granted = jread_text_or(inner,
	    jread_text_or(jread_member(c->granted, "deployment_id"), SPAN("")));

	if (granted.length && !span_equal(granted, launch->deployment_id))
		add(c, "deployment_id", granted, launch->deployment_id,
		    "The launch came from another deployment");
}

struct json_t *
first_launch_write(struct cx *cx, const struct json_t *granted,
    const struct launch *launch, const struct json_t *claims)
{
	struct json_t *document = jwrite_object(cx);
	struct comparison c = {granted, claims, NULL};

	jwrite_integer(document, "at", cx->now);
	jwrite_text(document, "reference", span_of(cx->reference));
	jwrite_text(document, "message", launch->message);
	jwrite_text(document, "deploymentId", launch->deployment_id);
	c.differences = jwrite_inner_array(document, "differences");
	compare_grades(&c);
	compare_roster(&c);
	compare_claims(&c);
	compare_deployment(&c, launch);
	return document;
}
