/* service_claims_test.c - the services that a launch offers the tool
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "lti/names.h"
#include "lti/service_claims.h"
#include "vectors.h"
#include "json/jwrite.h"

#define GRADES(inner) "{\"" CLAIM_GRADES "\":" inner "}"
#define ROSTER(inner) "{\"" CLAIM_ROSTER "\":" inner "}"
#define PLACE(inner) "{\"" CLAIM_CONTEXT "\":" inner "}"
#define LINK(inner) "{\"" CLAIM_RESOURCE_LINK "\":" inner "}"
#define URLS(scope)                                                            \
	"{\"lineitems\":\"https://l/i\",\"lineitem\":\"https://l/i/1\","       \
	"\"scope\":" scope "}"

static void
offers_grades(void **state)
{
	static const struct {
		const char *name, *claims;
		bool grades;
		const char *line_items, *line_item, *scopes;
	} rows[] = {
	    {"all of them",
		GRADES(URLS("[\"" SCOPE_SCORE "\",\"" SCOPE_LINE_ITEM
			    "\",\"" SCOPE_RESULT_READ
			    "\",\"" SCOPE_LINE_ITEM_READ "\"]")),
		true, "https://l/i", "https://l/i/1",
		SCOPE_LINE_ITEM " " SCOPE_LINE_ITEM_READ " " SCOPE_RESULT_READ
				" " SCOPE_SCORE},
	    {"one scope", GRADES(URLS("[\"" SCOPE_SCORE "\"]")), true,
		"https://l/i", "https://l/i/1", SCOPE_SCORE},
	    {"a scope twice",
		GRADES(URLS("[\"" SCOPE_SCORE "\",\"" SCOPE_SCORE "\"]")), true,
		"https://l/i", "https://l/i/1", SCOPE_SCORE},
	    {"scopes that nobody knows",
		GRADES(URLS("[\"x\",\"" SCOPE_SCORE "x\",\"" SCOPE_MEMBERSHIP
			    "\",\"\"]")),
		true, "https://l/i", "https://l/i/1", ""},
	    {"no scope at all", GRADES(URLS("[]")), true, "https://l/i",
		"https://l/i/1", ""},
	    {"scopes of the wrong type",
		GRADES(URLS("[1,null,{},[\"" SCOPE_SCORE "\"],true]")), true,
		"https://l/i", "https://l/i/1", ""},
	    {"scope is a text", GRADES(URLS("\"" SCOPE_SCORE "\"")), false,
		"https://l/i", "https://l/i/1", ""},
	    {"scope is null", GRADES(URLS("null")), false, "https://l/i",
		"https://l/i/1", ""},
	    {"scope is an object", GRADES(URLS("{\"0\":\"" SCOPE_SCORE "\"}")),
		false, "https://l/i", "https://l/i/1", ""},
	    {"no scope member", GRADES("{\"lineitems\":\"https://l/i\"}"),
		false, "https://l/i", "", ""},
	    {"only the container",
		GRADES("{\"scope\":[],\"lineitems\":\"https://l/i\"}"), true,
		"https://l/i", "", ""},
	    {"only the item",
		GRADES("{\"scope\":[],\"lineitem\":\"https://l/i/1\"}"), true,
		"", "https://l/i/1", ""},
	    {"no address", GRADES("{\"scope\":[\"" SCOPE_SCORE "\"]}"), false,
		"", "", SCOPE_SCORE},
	    {"empty addresses",
		GRADES("{\"scope\":[],\"lineitem\":\"\",\"lineitems\":\"\"}"),
		false, "", "", ""},
	    {"addresses of the wrong type",
		GRADES("{\"scope\":[],\"lineitem\":{},\"lineitems\":[\"h\"]}"),
		false, "", "", ""},
	    {"addresses that are numbers",
		GRADES("{\"scope\":[],\"lineitem\":1,\"lineitems\":null}"),
		false, "", "", ""},
	    {"a text", GRADES("\"https://l/i\""), false, "", "", ""},
	    {"a list", GRADES("[]"), false, "", "", ""},
	    {"null", GRADES("null"), false, "", "", ""},
	    {"true", GRADES("true"), false, "", "", ""},
	    {"nothing", "{}", false, "", "", ""},
	    {"claims that are a list", "[]", false, "", "", ""},
	    {"claims that are a text", "\"\"", false, "", "", ""},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct service_claims got =
		    service_claims_read(&cx, vector_parse(&cx, rows[i].claims));
		if (got.grades != rows[i].grades || got.roster ||
		    !span_is(got.line_items, rows[i].line_items) ||
		    !span_is(got.line_item, rows[i].line_item) ||
		    !span_is(got.scopes, rows[i].scopes))
			fail_msg("%s: %d \"%.*s\"", rows[i].name, got.grades,
			    SPAN_ARGS(got.scopes));
	}
	const struct service_claims none = service_claims_read(&cx, NULL);
	assert_false(none.grades || none.roster);
	cx_release(&cx);
}

static void
offers_the_roster(void **state)
{
	static const struct {
		const char *name, *claims, *memberships; /* empty: not */
	} rows[] = {
	    {"as it should",
		ROSTER("{\"context_memberships_url\":\"https://l/m\","
		       "\"service_versions\":[\"2.0\"]}"),
		"https://l/m"},
	    {"without versions",
		ROSTER("{\"context_memberships_url\":\"https://l/m\"}"),
		"https://l/m"},
	    {"empty", ROSTER("{\"context_memberships_url\":\"\"}"), ""},
	    {"null", ROSTER("{\"context_memberships_url\":null}"), ""},
	    {"a list", ROSTER("{\"context_memberships_url\":[\"https://l\"]}"),
		""},
	    {"an object", ROSTER("{\"context_memberships_url\":{}}"), ""},
	    {"a number", ROSTER("{\"context_memberships_url\":5}"), ""},
	    {"absent", ROSTER("{}"), ""},
	    {"itself a list", ROSTER("[\"https://l/m\"]"), ""},
	    {"itself a text", ROSTER("\"https://l/m\""), ""},
	    {"itself null", ROSTER("null"), ""},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct service_claims got =
		    service_claims_read(&cx, vector_parse(&cx, rows[i].claims));
		if (!span_is(got.memberships, rows[i].memberships) ||
		    got.roster != (rows[i].memberships[0] != '\0') ||
		    got.grades)
			fail_msg("%s", rows[i].name);
	}
	cx_release(&cx);
}

static void
knows_the_place(void **state)
{
	static const struct {
		const char *name, *thing, *id, *title;
	} rows[] = {
	    {"both", "{\"id\":\"c 1\",\"title\":\"T\"}", "c 1", "T"},
	    {"a number, as an older Moodle", "{\"id\":12,\"title\":\"T\"}",
		"12", "T"},
	    {"no title", "{\"id\":\"c\"}", "c", ""},
	    {"a title of the wrong type", "{\"id\":\"c\",\"title\":5}", "c",
		""},
	    {"an id of the wrong type", "{\"id\":{},\"title\":\"T\"}", "", "T"},
	    {"an id that is a list", "{\"id\":[\"c\"]}", "", ""},
	    {"an id that is null", "{\"id\":null}", "", ""},
	    {"an id that is true", "{\"id\":true}", "", ""},
	    {"empty", "{}", "", ""},
	    {"a list", "[]", "", ""},
	    {"a text", "\"c\"", "", ""},
	    {"null", "null", "", ""},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *text = arena_printf(cx.arena,
		    "{\"" CLAIM_CONTEXT "\":%s,\"" CLAIM_RESOURCE_LINK "\":%s}",
		    rows[i].thing, rows[i].thing)
				       .at;
		const struct service_claims got =
		    service_claims_read(&cx, vector_parse(&cx, text));
		if (!span_is(got.context_id, rows[i].id) ||
		    !span_is(got.resource_link_id, rows[i].id) ||
		    !span_is(got.context_title, rows[i].title) ||
		    !span_is(got.resource_link_title, rows[i].title))
			fail_msg("%s: \"%.*s\"", rows[i].name,
			    SPAN_ARGS(got.context_id));
		/* Given for digests and columns: never NULL. */
		if (!got.context_id.at || !got.resource_link_id.at ||
		    !got.line_items.at || !got.memberships.at)
			fail_msg("%s: NULL", rows[i].name);
	}
	cx_release(&cx);
}

/* A key lives long: it keeps nothing of a person. */
static void
keeps_nothing_of_a_person(void **state)
{
	static const struct {
		const char *name, *claims, *kept;
	} rows[] = {
	    {"a launch",
		"{\"iss\":\"https://l\",\"sub\":\"4\",\"name\":\"Ada\","
		"\"email\":\"a@b\",\"nonce\":\"n\",\"" CLAIM_ROLES
		"\":[\"x\"],\"" CLAIM_GRADES "\":{\"scope\":[\"" SCOPE_SCORE
		"\"],\"lineitems\":\"https://l/i\",\"x\":1},\"" CLAIM_ROSTER
		"\":{\"context_memberships_url\":\"https://l/m\","
		"\"service_versions\":[\"2.0\"]},\"" CLAIM_CONTEXT
		"\":{\"id\":\"c\",\"title\":\"T\",\"label\":\"L\","
		"\"type\":[]},\"" CLAIM_RESOURCE_LINK
		"\":{\"id\":\"r\",\"description\":\"of Ada\"}}",
		"{\"" CLAIM_GRADES "\":{\"scope\":[\"" SCOPE_SCORE
		"\"],\"lineitems\":\"https://l/i\"},\"" CLAIM_ROSTER
		"\":{\"context_memberships_url\":\"https://l/"
		"m\"},\"" CLAIM_CONTEXT
		"\":{\"id\":\"c\",\"title\":\"T\"},\"" CLAIM_RESOURCE_LINK
		"\":{\"id\":\"r\"}}"},
	    {"nothing", "{}", "{}"},
	    {"the wrong types",
		"{\"" CLAIM_GRADES "\":[],\"" CLAIM_ROSTER
		"\":\"x\",\"" CLAIM_CONTEXT "\":null}",
		"{}"},
	    {"members of the wrong types",
		GRADES("{\"scope\":5,\"lineitem\":null}"),
		GRADES("{\"scope\":5,\"lineitem\":null}")},
	    {"empty ones", GRADES("{}"), GRADES("{}")},
	    {"a list", "[]", "{}"},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct json_t *claims = vector_parse(&cx, rows[i].claims);
		struct span kept =
		    jwrite_bytes(&cx, service_claims_keep(&cx, claims));
		if (!span_is(kept, rows[i].kept))
			fail_msg("%s: %.*s", rows[i].name, SPAN_ARGS(kept));
		/* What is kept is read as the launch was. */
		const struct service_claims one =
		    service_claims_read(&cx, claims);
		const struct service_claims two = service_claims_read(
		    &cx, vector_parse(&cx, arena_cstr(cx.arena, kept)));
		if (one.grades != two.grades || one.roster != two.roster ||
		    !span_equal(one.scopes, two.scopes) ||
		    !span_equal(one.line_items, two.line_items) ||
		    !span_equal(one.memberships, two.memberships) ||
		    !span_equal(one.context_id, two.context_id) ||
		    !span_equal(one.context_title, two.context_title) ||
		    !span_equal(one.resource_link_id, two.resource_link_id))
			fail_msg("%s: read otherwise", rows[i].name);
	}
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(offers_grades),
	    cmocka_unit_test(offers_the_roster),
	    cmocka_unit_test(knows_the_place),
	    cmocka_unit_test(keeps_nothing_of_a_person),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
