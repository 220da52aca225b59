/* id_token_test.c - the processed and the raw form, for each LMS
 *
 * UPDATE_GOLDEN=1 in the environment rewrites tests/vectors/golden; look at
 * the difference with the eyes of a tool before you keep it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lti/id_token.h"
#include "lti/names.h"
#include "vectors.h"
#include "json/jwrite.h"

static const char *const vectors[] = {"moodle-4.5", "moodle-4.5-deep-linking",
    "canvas-cloud", "canvas-cloud-deep-linking", "brightspace", "blackboard",
    "blackboard-deep-linking"};

enum { VECTORS_COUNT = sizeof vectors / sizeof *vectors, PARTS = 8 };

enum off { NOTHING = 0, DEEP_LINKING = 1, ROSTER = 2, GRADES = 4, OWNER = 8 };

static struct json_t *
process(struct cx *cx, const struct json_t *claims, unsigned off)
{
	const struct id_token_facts facts = {
	    .claims = claims,
	    .platform_id = SPAN("p-1"),
	    .issuer = SPAN("https://lms.example"),
	    .client_id = SPAN("client-1"),
	    .name = SPAN("Our school"),
	    .organization_id = off & OWNER ? SPAN_NONE : SPAN("org-1"),
	    .deep_linking = !(off & DEEP_LINKING),
	    .names_and_roles = !(off & ROSTER),
	    .assignment_and_grades = !(off & GRADES),
	};

	return id_token_processed(cx, &facts);
}

static void
compare_golden(struct cx *cx, const char *name, const struct json_t *form)
{
	const char *file =
	    arena_printf(cx->arena, "golden/idtoken-%s.json", name).at;
	struct span text = jwrite_pretty(cx, form);

	if (getenv("UPDATE_GOLDEN")) {
		FILE *out = fopen(vector_path(cx, file).at, "wb");
		assert_non_null(out);
		fprintf(out, "%.*s\n", SPAN_ARGS(text));
		fclose(out);
	}
	struct span golden = jwrite_pretty(cx, vector_json(cx, file));
	if (!span_equal(golden, text))
		fail_msg("%s: no longer what is written:\n%.*s", name,
		    SPAN_ARGS(text));
}

static void
writes_golden(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < VECTORS_COUNT; i++)
		compare_golden(&cx, vectors[i],
		    process(&cx,
			vector_json(&cx,
			    arena_printf(cx.arena, "claims/%s.json", vectors[i])
				.at),
			NOTHING));
	cx_release(&cx);
}

/* Nothing that an LMS signed is lost in the raw form. */
static void
raw_is_as_signed(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < VECTORS_COUNT; i++) {
		const struct json_t *claims = vector_json(&cx,
		    arena_printf(cx.arena, "claims/%s.json", vectors[i]).at);
		struct json_t *raw = id_token_raw(&cx, claims);
		assert_true(span_is(
		    jread_text_or(jread_member(raw, "ltiVersion"), SPAN("")),
		    "1.3.0"));
		assert_null(jread_member(claims, "ltiVersion"));
		jwrite_remove(raw, "ltiVersion");
		assert_true(span_equal(
		    jwrite_bytes(&cx, raw), jwrite_bytes(&cx, claims)));
	}
	struct json_t *raw = id_token_raw(
	    &cx, vector_parse(&cx, "{\"ltiVersion\":\"9\",\"a\":null}"));
	assert_string_equal(
	    jwrite_bytes(&cx, raw).at, "{\"ltiVersion\":\"1.3.0\",\"a\":null}");
	cx_release(&cx);
}

#define TYPE(message) "\"" CLAIM_MESSAGE "\":\"" message "\","
#define NO_SERVICES                                                            \
	"\"services\":{\"outcomes\":{\"available\":false},"                    \
	"\"deepLinking\":{\"available\":false},"                               \
	"\"namesAndRoles\":{\"available\":false},"                             \
	"\"assignmentAndGrades\":{\"available\":false}}"
#define SETTINGS "\"" CLAIM_DL_SETTINGS "\":"
#define ENDPOINT "\"" CLAIM_GRADES "\":"
#define MEMBERS "\"" CLAIM_ROSTER "\":"

#define HISTORY(course, link)                                                  \
	"{\"" CLAIM_CONTEXT "\":{\"id\":\"c\"},\"" CLAIM_RESOURCE_LINK         \
	"\":{\"id\":\"l\"},\"" CLAIM_CUSTOM                                    \
	"\":{\"context_id_history\":\"" course                                 \
	"\",\"resource_link_id_history\":\"" link "\"}}"

static const struct {
	const char *name, *claims;
	unsigned off;
	const char *parts[PARTS]; /* '!' in front: not there */
} rows[] = {
    {"nothing at all", "{}", OWNER,
	{"{\"ltiVersion\":\"1.3.0\",\"user\":{\"id\":\"\",\"roles\":[]},"
	 "\"platform\":{\"id\":\"p-1\",\"url\":\"https://lms.example\","
	 "\"clientId\":\"client-1\",\"deploymentId\":\"\","
	 "\"name\":\"Our school\"},"
	 "\"launch\":{\"type\":\"\",\"target\":\"\",\"custom\":{}}," NO_SERVICES
	 ",\"extensions\":{}}"}},
    {"no object", "[1]", NOTHING, {NO_SERVICES, "\"extensions\":{}"}},
    {"a subject that is a number", "{\"sub\":5}", NOTHING, {"\"id\":\"5\""}},
    {"a subject of another type", "{\"sub\":[\"5\"]}", NOTHING,
	{"\"user\":{\"id\":\"\""}},
    {"what is told of a person",
	"{\"sub\":\"s\",\"email\":\"e\",\"name\":\"n\",\"given_name\":\"g\","
	"\"family_name\":\"f\",\"middle_name\":\"m\",\"picture\":\"p\","
	"\"locale\":\"de\",\"" CLAIM_MENTOR "\":[\"a\",1,\"b\"]}",
	NOTHING,
	{"\"user\":{\"id\":\"s\",\"roles\":[],\"email\":\"e\",\"name\":\"n\","
	 "\"givenName\":\"g\",\"familyName\":\"f\",\"middleName\":\"m\","
	 "\"picture\":\"p\",\"locale\":\"de\","
	 "\"roleScopeMentor\":[\"a\",\"b\"]}",
	    "\"extensions\":{}"}},
    {"Brightspace: empty is absent",
	"{\"email\":\"\",\"name\":null,\"given_name\":5,\"family_name\":[],"
	"\"" CLAIM_MENTOR "\":\"a\"}",
	NOTHING, {"\"user\":{\"id\":\"\",\"roles\":[]}", "\"extensions\":{}"}},
    {"roles that are none", "{\"" CLAIM_ROLES "\":[\"r\",null,{},\"\",\"s\"]}",
	NOTHING, {"\"roles\":[\"r\",\"\",\"s\"]"}},
    {"roles that are no list", "{\"" CLAIM_ROLES "\":\"r\"}", NOTHING,
	{"\"roles\":[]"}},
    {"the platform",
	"{\"" CLAIM_DEPLOYMENT "\":\"d\",\"" CLAIM_TOOL_PLATFORM
	"\":{\"guid\":\"g\",\"product_family_code\":\"c\",\"version\":7,"
	"\"description\":\"\",\"contact_email\":\"m\",\"name\":\"n\","
	"\"url\":\"u\"},\"" CLAIM_LIS "\":{\"a\":null,\"b\":\"\"}}",
	NOTHING,
	{"\"deploymentId\":\"d\",\"name\":\"Our school\","
	 "\"organizationId\":\"org-1\",\"guid\":\"g\","
	 "\"productFamilyCode\":\"c\",\"version\":\"7\",\"description\":\"\","
	 "\"contactEmail\":\"m\",\"lis\":{\"a\":null,\"b\":\"\"}}",
	    "\"extensions\":{\"" CLAIM_TOOL_PLATFORM
	    "\":{\"name\":\"n\",\"url\":\"u\"}}"}},
    {"platform claims of another type",
	"{\"" CLAIM_DEPLOYMENT "\":4,\"" CLAIM_TOOL_PLATFORM
	"\":\"x\",\"" CLAIM_LIS "\":[]}",
	NOTHING,
	{"\"deploymentId\":\"\"", "\"organizationId\":\"org-1\"}",
	    "\"extensions\":{}"}},
    {"the type as signed, whatever it is",
	"{" TYPE("LtiSubmissionReviewRequest") "\"" CLAIM_TARGET
					       "\":\"https://a/"
					       "?b\",\"" CLAIM_FOR_USER
					       "\":{\"user_id\":\"u\"}}",
	NOTHING,
	{"\"type\":\"LtiSubmissionReviewRequest\"",
	    "\"target\":\"https://a/?b\"",
	    "\"extensions\":{\"" CLAIM_FOR_USER "\":{\"user_id\":\"u\"}}"}},
    {"whose submission is reviewed",
	"{\"" CLAIM_FOR_USER
	"\":{\"user_id\":\"u\",\"name\":\"n\",\"given_name\":\"g\","
	"\"family_name\":\"f\",\"email\":\"\",\"person_sourcedid\":\"p\","
	"\"roles\":[\"r\",1]}}",
	NOTHING,
	{"\"forUser\":{\"id\":\"u\",\"name\":\"n\",\"givenName\":\"g\","
	 "\"familyName\":\"f\",\"sourcedId\":\"p\",\"roles\":[\"r\"]}"}},
    {"nobody's", "{\"" CLAIM_FOR_USER "\":{\"name\":\"n\"}}", NOTHING,
	{"!forUser"}},
    {"EX1 what was copied, the latest first",
	HISTORY(",%20b%2Cc, a,,b%2Cc ,truncated", "r1"), NOTHING,
	{"\"context\":{\"id\":\"c\",\"history\":[\" b,c\",\"a\",\"b,c\"]}",
	    "\"resourceLink\":{\"id\":\"l\",\"history\":[\"r1\"]}"}},
    {"EX1 what is no escape stays as it is", HISTORY("100%,a", "a,a,b"),
	NOTHING, {"\"history\":[\"100%\",\"a\"]", "\"history\":[\"a\",\"b\"]"}},
    {"EX1 no history: empty, and not expanded",
	HISTORY("", "$ResourceLink.id.history"), NOTHING, {"!\"history\""}},
    {"EX1 no history: not expanded", HISTORY("$Context.id.history", " , "),
	NOTHING, {"!\"history\""}},
    {"EX1 a parameter named like the variable",
	"{\"" CLAIM_CONTEXT "\":{\"id\":\"c\"},\"" CLAIM_CUSTOM
	"\":{\"context_id_history\":5,\"Context.id.history\":\"a\"}}",
	NOTHING, {"\"context\":{\"id\":\"c\",\"history\":[\"a\"]}"}},
    {"a context and a link keep what nobody knows",
	"{\"" CLAIM_CONTEXT
	"\":{\"x\":1,\"id\":\"c\",\"label\":null,\"title\":\"t\","
	"\"type\":[\"y\",2],\"z\":{\"q\":[]}},\"" CLAIM_RESOURCE_LINK
	"\":{\"id\":9,\"title\":\"\",\"description\":null,\"w\":null}}",
	NOTHING,
	{"\"context\":{\"id\":\"c\",\"title\":\"t\",\"type\":[\"y\"],\"x\":1,"
	 "\"z\":{\"q\":[]}}",
	    "\"resourceLink\":{\"id\":\"9\",\"title\":\"\",\"w\":null}"}},
    {"without an id they are none",
	"{\"" CLAIM_CONTEXT "\":{\"title\":\"t\"},\"" CLAIM_RESOURCE_LINK
	"\":{\"id\":null}}",
	NOTHING, {"!context", "!resourceLink", "\"extensions\":{}"}},
    {"presentation: sizes as texts, like the SDK's",
	"{\"" CLAIM_PRESENTATION
	"\":{\"document_target\":\"iframe\",\"locale\":\"en\","
	"\"return_url\":\"https://r\",\"width\":800,\"height\":\"60%\","
	"\"documentTarget\":\"x\",\"css_url\":\"https://c\"}}",
	NOTHING,
	{"\"presentation\":{\"documentTarget\":\"iframe\",\"locale\":\"en\","
	 "\"returnUrl\":\"https://r\",\"width\":\"800\",\"height\":\"60%\","
	 "\"css_url\":\"https://c\"}"}},
    {"presentation that is none",
	"{\"" CLAIM_PRESENTATION "\":[],\"" CLAIM_CUSTOM "\":[]}", NOTHING,
	{"!presentation", "\"custom\":{}"}},
    {"custom is whole",
	"{\"" CLAIM_CUSTOM "\":{\"b\":1,\"a\":[null,{\"c\":true}]}}", NOTHING,
	{"\"custom\":{\"b\":1,\"a\":[null,{\"c\":true}]}"}},
    {"extensions: not what belongs to the token",
	"{\"iss\":1,\"aud\":1,\"azp\":1,\"exp\":1,\"iat\":1,\"nbf\":1,"
	"\"jti\":1,\"nonce\":1,\"at_hash\":1,\"sub\":{},\"" CLAIM_VERSION
	"\":1,\"" CLAIM_DL_SETTINGS "\":{},\"" CLAIM_GRADES "\":{},"
	"\"" CLAIM_ROSTER "\":{},\"" CLAIM_OUTCOMES
	"\":0,\"lti11_legacy_user_id\":\"5\",\"errors\":null,"
	"\"http://www.brightspace.com\":{\"user_id\":1}}",
	NOTHING,
	{NO_SERVICES, "\"extensions\":{\"lti11_legacy_user_id\":\"5\","
		      "\"errors\":null,"
		      "\"http://www.brightspace.com\":{\"user_id\":1}}"}},
    {"basic outcomes", "{\"" CLAIM_OUTCOMES "\":{}}", NOTHING,
	{"\"outcomes\":{\"available\":true}"}},
    {"deep linking",
	"{" TYPE(MESSAGE_DEEP_LINKING) SETTINGS
	"{\"accept_types\":[\"link\",3],"
	"\"accept_presentation_document_targets\":[\"iframe\"],"
	"\"accept_media_types\":\"image/*, ,text/html\","
	"\"accept_multiple\":false,\"accept_lineitem\":true,"
	"\"auto_create\":\"no\",\"title\":\"T\",\"text\":\"\","
	"\"data\":\"secret\"}}",
	NOTHING,
	{"\"deepLinking\":{\"available\":true,\"acceptTypes\":[\"link\"],"
	 "\"acceptPresentationDocumentTargets\":[\"iframe\"],"
	 "\"acceptMediaTypes\":[\"image/*\",\"text/html\"],"
	 "\"acceptMultiple\":false,\"acceptLineItem\":true,\"title\":\"T\","
	 "\"text\":\"\"}",
	    "!autoCreate", "!secret"}},
    {"media types as a list, types as text",
	"{" TYPE(MESSAGE_DEEP_LINKING) SETTINGS
	"{\"accept_types\":\"link\",\"accept_media_types\":[\"a/b,c/d\"],"
	"\"auto_create\":true}}",
	NOTHING,
	{"\"deepLinking\":{\"available\":true,"
	 "\"acceptMediaTypes\":[\"a/b,c/d\"],\"autoCreate\":true}"}},
    {"media types of another type",
	"{" TYPE(MESSAGE_DEEP_LINKING) SETTINGS "{\"accept_media_types\":5}}",
	NOTHING, {"\"deepLinking\":{\"available\":true}"}},
    {"deep linking that is switched off",
	"{" TYPE(MESSAGE_DEEP_LINKING) SETTINGS "{\"title\":\"T\"}}",
	DEEP_LINKING, {NO_SERVICES}},
    {"deep linking in another message",
	"{" TYPE(MESSAGE_RESOURCE_LINK) SETTINGS "{\"title\":\"T\"}}", NOTHING,
	{NO_SERVICES}},
    {"deep linking without settings",
	"{" TYPE(MESSAGE_DEEP_LINKING) SETTINGS "\"x\"}", NOTHING,
	{NO_SERVICES}},
    {"the roster", "{" MEMBERS "{\"context_memberships_url\":\"https://m\"}}",
	NOTHING, {"\"namesAndRoles\":{\"available\":true}"}},
    {"the roster switched off",
	"{" MEMBERS "{\"context_memberships_url\":\"https://m\"}}", ROSTER,
	{NO_SERVICES}},
    {"a roster without a URL",
	"{" MEMBERS "{\"context_memberships_url\":\"\"}}", NOTHING,
	{NO_SERVICES}},
    {"grades of one item",
	"{" ENDPOINT "{\"scope\":[\"s\",1],\"lineitem\":\"https://i\"}}",
	NOTHING,
	{"\"assignmentAndGrades\":{\"available\":true,\"scopes\":[\"s\"],"
	 "\"lineItemId\":\"https://i\"}"}},
    {"grades of no item yet",
	"{" ENDPOINT "{\"scope\":[],\"lineitems\":\"https://l\"}}", NOTHING,
	{"\"assignmentAndGrades\":{\"available\":true,\"scopes\":[]}"}},
    {"grades switched off",
	"{" ENDPOINT "{\"scope\":[\"s\"],\"lineitem\":\"https://i\"}}", GRADES,
	{NO_SERVICES}},
    {"grades without scopes",
	"{" ENDPOINT "{\"scope\":\"s\",\"lineitem\":\"https://i\"}}", NOTHING,
	{NO_SERVICES}},
    {"grades without URLs", "{" ENDPOINT "{\"scope\":[\"s\"],\"lineitem\":5}}",
	NOTHING, {NO_SERVICES}},
};

static void
follows_rules(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *text = jwrite_bytes(
		    &cx, process(&cx, vector_parse(&cx, rows[i].claims),
			     rows[i].off))
				       .at;
		for (size_t k = 0; k < PARTS && rows[i].parts[k]; k++) {
			const char *part = rows[i].parts[k];
			bool wanted = part[0] != '!';
			part += !wanted;
			if ((strstr(text, part) != NULL) != wanted)
				fail_msg("%s: %s in %s", rows[i].name,
				    rows[i].parts[k], text);
		}
	}
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_golden),
	    cmocka_unit_test(raw_is_as_signed),
	    cmocka_unit_test(follows_rules),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
