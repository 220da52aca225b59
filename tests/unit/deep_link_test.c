/* deep_link_test.c - the answer to a deep linking request, and its form
 *
 * UPDATE_GOLDEN=1 in the environment rewrites tests/vectors/golden; look at
 * the difference with the eyes of the LMS before you keep it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lti/content_item.h"
#include "lti/deep_link.h"
#include "lti/names.h"
#include "vectors.h"
#include "json/jwrite.h"

#define LAUNCH "https://lti.tool.example/lti/launch"
#define RETURN "https://lms.example/return?course=2&id=3"

enum { NOW = 1795228183, PARTS = 6 };

static enum fault
write(struct cx *cx, const struct json_t *claims, const struct json_t *body,
    struct deep_link *out)
{
	const struct deep_link_args args = {
	    .claims = claims,
	    .body = body,
	    .issuer = SPAN("https://lms.example"),
	    .client_id = SPAN("client-1"),
	    .launch_url = SPAN(LAUNCH),
	    .nonce = SPAN("fresh"),
	    .now = NOW,
	};

	return deep_link_write(cx, &args, out);
}

static const struct json_t *
request(struct cx *cx, const char *settings)
{
	return vector_parse(
	    cx, arena_printf(cx->arena,
		    "{\"%s\":\"%s\",\"%s\":\"dep\",\"%s\":"
		    "{\"deep_link_return_url\":\"%s\"%s%s}}",
		    CLAIM_MESSAGE, MESSAGE_DEEP_LINKING, CLAIM_DEPLOYMENT,
		    CLAIM_DL_SETTINGS, RETURN, settings[0] ? "," : "", settings)
		    .at);
}

/* --- for each LMS -------------------------------------------------------- */

static const char body_of_all[] =
    "{\"contentItems\":["
    "{\"type\":\"ltiResourceLink\",\"url\":\"" LAUNCH "?item=1\","
    "\"title\":\"Loops\",\"text\":\"Text\",\"custom\":{\"item\":\"1\"},"
    "\"iframe\":{\"width\":800,\"height\":600},"
    "\"lineItem\":{\"scoreMaximum\":37.5,\"label\":\"Loops\","
    "\"resourceId\":\"r\",\"tag\":\"t\",\"gradesReleased\":true},"
    "\"submission\":{\"endDateTime\":\"2026-12-01T00:00:00Z\"}},"
    "{\"type\":\"link\",\"url\":\"https://tool.example/a\","
    "\"embed\":{\"html\":\"<b>\"}},"
    "{\"type\":\"ltiResourceLink\",\"title\":\"Second\"}],"
    "\"options\":{\"message\":\"picked\",\"log\":\"3 picked\"},"
    "\"https://canvas.instructure.com/lti/module_name\":\"Week 1\"}";

static const char *const vectors[] = {"moodle-4.5-deep-linking",
    "canvas-cloud-deep-linking", "blackboard-deep-linking"};

static void
writes_golden(void **state)
{
	struct cx cx;
	struct deep_link link;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		const char *claims =
		    arena_printf(cx.arena, "claims/%s.json", vectors[i]).at;
		const char *file =
		    arena_printf(cx.arena, "golden/answer-%s.json", vectors[i])
			.at;
		if (write(&cx, vector_json(&cx, claims),
			vector_parse(&cx, body_of_all), &link))
			fail_msg("%s: %s", vectors[i], cx.note.telling);
		struct json_t *both = jwrite_object(&cx);
		jwrite_value(both, "message", link.message);
		jwrite_text(both, "return_url", link.return_url);
		jwrite_value(both, "dropped", link.dropped);
		struct span text = jwrite_pretty(&cx, both);
		if (getenv("UPDATE_GOLDEN")) {
			FILE *out = fopen(vector_path(&cx, file).at, "wb");
			assert_non_null(out);
			fprintf(out, "%.*s\n", SPAN_ARGS(text));
			fclose(out);
		}
		if (!span_equal(
			jwrite_pretty(&cx, vector_json(&cx, file)), text))
			fail_msg("%s: no longer what is written:\n%.*s",
			    vectors[i], SPAN_ARGS(text));
	}
	cx_release(&cx);
}

/* --- what is sent and what is dropped ------------------------------------ */

#define TAKES_LINKS "\"accept_types\":[\"ltiResourceLink\",\"link\"]"
#define TAKES_ALL                                                              \
	"\"accept_types\":[\"ltiResourceLink\",\"link\",\"file\",\"html\","    \
	"\"image\",\"x\"],\"accept_multiple\":true"
#define ITEMS(items) "{\"contentItems\":[" items "]}"
#define LINK(more) "{\"type\":\"ltiResourceLink\"" more "}"
#define GRADED LINK(",\"lineItem\":{\"scoreMaximum\":1}")
#define SENT(items) "\"" CLAIM_DL_ITEMS "\":[" items "]"

static const struct {
	const char *name, *settings, *body;
	int sent;
	const char *dropped;
	const char *parts[PARTS]; /* of the message; '!': not there */
} rows[] = {
    {"DL2 the claims", TAKES_LINKS, ITEMS(""), 0, "[]",
	{"{\"iss\":\"client-1\",\"aud\":\"https://lms.example\","
	 "\"iat\":1795228183,\"exp\":1795228783,\"nonce\":\"fresh\","
	 "\"" CLAIM_DEPLOYMENT "\":\"dep\","
	 "\"" CLAIM_MESSAGE "\":\"LtiDeepLinkingResponse\","
	 "\"" CLAIM_VERSION "\":\"1.3.0\"," SENT("") "}"}},
    {"DL3 data comes back", "\"data\":\"a::b \\u00fc\"", ITEMS(""), 0, "[]",
	{"\"" CLAIM_DL_DATA "\":\"a::b \xc3\xbc\""}},
    {"DL3 empty data comes back", "\"data\":\"\"", ITEMS(""), 0, "[]",
	{"\"" CLAIM_DL_DATA "\":\"\""}},
    {"DL3 no data, though the tool has some", "\"data\":null",
	"{\"contentItems\":[],\"" CLAIM_DL_DATA "\":\"mine\",\"data\":\"m\"}",
	0, "[]", {"!lti-dl/claim/data", "\"data\":\"m\""}},
    {"DL5 a type that is not taken", TAKES_LINKS ",\"accept_multiple\":true",
	ITEMS("{\"type\":\"file\",\"url\":\"https://f\"}," LINK("")), 1,
	"[{\"index\":0,\"type\":\"file\","
	"\"reason\":\"The LMS does not take this type here\"}]",
	{SENT(LINK(""))}},
    {"DL5 no types said", "\"accept_types\":\"link\"", ITEMS(LINK("")), 0,
	"[{\"index\":0,\"type\":\"ltiResourceLink\","
	"\"reason\":\"The LMS does not take this type here\"}]",
	{SENT("")}},
    {"DL5 one alone: the first that is taken",
	TAKES_LINKS ",\"accept_multiple\":false",
	ITEMS("{\"type\":\"x\"}," LINK(",\"n\":1") "," LINK("")), 1,
	"[{\"index\":0,\"type\":\"x\","
	"\"reason\":\"The LMS does not take this type here\"},"
	"{\"index\":2,\"type\":\"ltiResourceLink\","
	"\"reason\":\"The LMS takes one item alone here\"}]",
	{SENT(LINK(",\"n\":1"))}},
    {"DL5 one alone when nothing is said", TAKES_LINKS,
	ITEMS(LINK("") "," LINK("")), 1,
	"[{\"index\":1,\"type\":\"ltiResourceLink\","
	"\"reason\":\"The LMS takes one item alone here\"}]",
	{0}},
    {"DL5 more than one", TAKES_LINKS ",\"accept_multiple\":true",
	ITEMS(LINK("") "," LINK("")), 2, "[]", {SENT(LINK("") "," LINK(""))}},
    {"DL5 more than one, said as text",
	TAKES_LINKS ",\"accept_multiple\":\"true\"",
	ITEMS(LINK("") "," LINK("")), 2, "[]", {0}},
    {"DL5 no line item", TAKES_LINKS ",\"accept_lineitem\":false",
	ITEMS(GRADED), 1,
	"[{\"index\":0,\"type\":\"ltiResourceLink\",\"member\":"
	"\"lineItem\","
	"\"reason\":\"The LMS takes no line item here\"}]",
	{SENT(LINK(""))}},
    {"DL5 no line item, said as text",
	TAKES_LINKS ",\"accept_lineitem\":\"false\"", ITEMS(GRADED), 1,
	"[{\"index\":0,\"type\":\"ltiResourceLink\",\"member\":"
	"\"lineItem\","
	"\"reason\":\"The LMS takes no line item here\"}]",
	{SENT(LINK(""))}},
    {"DL5 a line item", TAKES_LINKS ",\"accept_lineitem\":true", ITEMS(GRADED),
	1, "[]", {SENT(GRADED)}},
    {"DL5 a line item when nothing is said", TAKES_LINKS, ITEMS(GRADED), 1,
	"[]", {SENT(GRADED)}},
    {"ways to open that are not taken",
	TAKES_LINKS ",\"accept_presentation_document_targets\":[\"window\"]",
	ITEMS(LINK(",\"iframe\":{},\"window\":{},\"embed\":{}")), 1,
	"[{\"index\":0,\"type\":\"ltiResourceLink\",\"member\":"
	"\"iframe\","
	"\"reason\":\"The LMS does not open content in this way "
	"here\"},"
	"{\"index\":0,\"type\":\"ltiResourceLink\",\"member\":"
	"\"embed\","
	"\"reason\":\"The LMS does not open content in this way "
	"here\"}]",
	{SENT(LINK(",\"window\":{}"))}},
    {"an empty list of ways says nothing",
	TAKES_LINKS ",\"accept_presentation_document_targets\":[]",
	ITEMS(LINK(",\"iframe\":{}")), 1, "[]", {SENT(LINK(",\"iframe\":{}"))}},
    {"unknown members and types pass whole",
	TAKES_ALL ",\"accept_lineitem\":false,"
		  "\"accept_presentation_document_targets\":[\"window\"]",
	ITEMS("{\"type\":\"x\",\"url\":5,\"iframe\":1,\"lineItem\":"
	      "\"l\"},"
	      "{\"type\":\"html\",\"html\":\"<p>\",\"y\":[null]}"),
	2, "[]",
	{SENT("{\"type\":\"x\",\"url\":5,\"iframe\":1,\"lineItem\":"
	      "\"l\"},"
	      "{\"type\":\"html\",\"html\":\"<p>\",\"y\":[null]}")}},
    {"every type with all it may have", TAKES_ALL,
	ITEMS("{\"type\":\"link\",\"url\":\"https://l/?ltik=k\","
	      "\"icon\":{\"url\":\"https://i\",\"width\":1,\"height\":2},"
	      "\"thumbnail\":{\"url\":\"http://"
	      "t\"},\"embed\":{\"html\":\"h\"},"
	      "\"window\":{\"targetName\":\"n\",\"width\":1,\"height\":2,"
	      "\"windowFeatures\":\"f\"},\"iframe\":{\"src\":\"https://"
	      "s\","
	      "\"width\":1,\"height\":2}},"
	      "{\"type\":\"file\",\"url\":\"https://"
	      "f\",\"expiresAt\":\"e\"},"
	      "{\"type\":\"image\",\"url\":\"https://i\",\"width\":1,"
	      "\"height\":2},"
	      "{\"type\":\"html\",\"html\":\"<p>\",\"title\":\"t\"}"),
	4, "[]", {"\"url\":\"https://l/?ltik=k\""}},
    {"the smallest maximum", TAKES_LINKS,
	ITEMS(LINK(",\"lineItem\":{\"scoreMaximum\":1e-9}")), 1, "[]", {0}},
    {"a maximum that is not whole", TAKES_LINKS,
	ITEMS(LINK(",\"lineItem\":{\"scoreMaximum\":0.05}")), 1, "[]", {0}},
    {"DL6 message and log", TAKES_LINKS,
	"{\"contentItems\":[" LINK("") "],\"options\":{\"message\":\"m\","
				       "\"log\":\"l\",\"other\":1}}",
	1, "[]",
	{"\"" CLAIM_DL_MESSAGE "\":\"m\",\"" CLAIM_DL_LOG "\":\"l\"",
	    "!other"}},
    {"DL6 an error is sent without items", TAKES_LINKS,
	"{\"contentItems\":[" LINK("") "],\"options\":{\"errMessage\":\"m\","
				       "\"errLog\":\"l\"}}",
	0,
	"[{\"index\":0,\"type\":\"ltiResourceLink\","
	"\"reason\":\"An error is answered instead\"}]",
	{SENT("") ",\"" CLAIM_DL_ERROR_MESSAGE "\":\"m\","
		  "\"" CLAIM_DL_ERROR_LOG "\":\"l\""}},
    {"DL6 an error for the log alone", TAKES_LINKS,
	"{\"contentItems\":[],\"options\":{\"errLog\":\"l\"}}", 0, "[]",
	{"\"" CLAIM_DL_ERROR_LOG "\":\"l\"", "!errormsg"}},
    {"DL6 an error of no words is none", TAKES_LINKS,
	"{\"contentItems\":[" LINK("") "],\"options\":{\"errMessage\":\"\"}}",
	1, "[]", {"!errormsg"}},
    {"extra members are copied", TAKES_LINKS,
	"{\"contentItems\":[],\"https://canvas.instructure.com/lti/"
	"module_name\":\"W\",\"x\":{\"y\":null}}",
	0, "[]",
	{"\"https://canvas.instructure.com/lti/module_name\":\"W\"",
	    "\"x\":{\"y\":null}", "!contentItems", "!options"}},
    {"but not over what is ours", TAKES_LINKS,
	"{\"contentItems\":[],\"options\":{},\"iss\":\"evil\",\"sub\":"
	"\"evil\","
	"\"aud\":\"evil\",\"exp\":9,\"nbf\":\"evil\",\"iat\":9,"
	"\"jti\":\"evil\",\"nonce\":\"evil\",\"azp\":\"evil\","
	"\"" CLAIM_DEPLOYMENT "\":\"evil\",\"" CLAIM_DL_ITEMS "\":[\"evil\"],"
	"\"" CLAIM_DL_MESSAGE "\":\"evil\"}",
	0, "[]", {"!evil", "\"exp\":1795228783", "!options"}},
    {"a ltik is taken out of a link", TAKES_ALL,
	ITEMS(LINK(",\"url\":\"" LAUNCH "?ltik=x\"") "," LINK(
	    ",\"url\":\"" LAUNCH
	    "?ltik=x#f\"") "," LINK(",\"url\":\"" LAUNCH "?a=%20+&ltik=x&b=?/"
				    "#f?ltik=y\"") "," LINK(",\"url"
							    "\":"
							    "\"" LAUNCH "?a&"
							    "ltik"
							    "\"")),
	4, "[]",
	{"\"url\":\"" LAUNCH "\"}", "\"url\":\"" LAUNCH "#f\"}",
	    "\"url\":\"" LAUNCH "?a=%20+&b=?/#f?ltik=y\"}",
	    "\"url\":\"" LAUNCH "?a\"}", "!ltik=x"}},
    {"another parameter is not", TAKES_LINKS,
	ITEMS(LINK(",\"url\":\"" LAUNCH "?ltikx=1&&xltik=2#ltik=3\"")), 1, "[]",
	{"\"url\":\"" LAUNCH "?ltikx=1&&xltik=2#ltik=3\"}"}},
};

static void
check_parts(const char *name, const char *text, const char *const *parts)
{
	for (size_t k = 0; k < PARTS && parts[k]; k++) {
		bool wanted = parts[k][0] != '!';
		if ((strstr(text, parts[k] + !wanted) != NULL) != wanted)
			fail_msg("%s: %s in %s", name, parts[k], text);
	}
}

static void
follows_rules(void **state)
{
	struct cx cx;
	struct deep_link link;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *name = rows[i].name;
		const struct json_t *body = vector_parse(&cx, rows[i].body);
		struct span before = jwrite_bytes(&cx, body);
		if (write(&cx, request(&cx, rows[i].settings), body, &link))
			fail_msg("%s: %s", name, cx.note.telling);
		const char *dropped = jwrite_bytes(&cx, link.dropped).at;
		if (strcmp(dropped, rows[i].dropped) != 0)
			fail_msg("%s: dropped %s", name, dropped);
		if (link.sent != (size_t)rows[i].sent ||
		    jread_count(jread_member(link.message, CLAIM_DL_ITEMS)) !=
			link.sent)
			fail_msg("%s: %zu sent", name, link.sent);
		check_parts(
		    name, jwrite_bytes(&cx, link.message).at, rows[i].parts);
		assert_true(span_is(link.return_url, RETURN));
		assert_true(span_equal(before, jwrite_bytes(&cx, body)));
	}
	cx_release(&cx);
}

/* --- what is refused ----------------------------------------------------- */

#define FIRST "contentItems[0]"
#define TEXT_OF(member) "{\"type\":\"image\",\"url\":\"https://i\"," member "}"

static const struct {
	const char *body;
	enum fault fault;
	const char *telling;
} refusals[] = {
    {"[]", FAULT_PARAMETER_REFUSED, "The body must be an object, not an array"},
    {"{}", FAULT_CONTENT_ITEM_REFUSED,
	"contentItems must be an array, not nothing"},
    {"{\"contentItems\":{\"type\":\"link\"}}", FAULT_CONTENT_ITEM_REFUSED,
	"contentItems must be an array, not an object"},
    {"{\"contentItems\":[],\"options\":\"o\"}", FAULT_PARAMETER_REFUSED,
	"options must be an object, not a string"},
    {"{\"contentItems\":[],\"options\":{\"message\":1}}",
	FAULT_PARAMETER_REFUSED,
	"options.message must be a string, not a number"},
    {"{\"contentItems\":[],\"options\":{\"log\":[]}}", FAULT_PARAMETER_REFUSED,
	"options.log must be a string, not an array"},
    {"{\"contentItems\":[],\"options\":{\"errMessage\":null}}",
	FAULT_PARAMETER_REFUSED,
	"options.errMessage must be a string, not null"},
    {"{\"contentItems\":[],\"options\":{\"errLog\":true}}",
	FAULT_PARAMETER_REFUSED,
	"options.errLog must be a string, not a boolean"},
    {"{\"contentItems\":[],\"options\":{\"log\":\"\",\"errLog\":\"\"}}",
	FAULT_PARAMETER_REFUSED,
	"options cannot have message or log together with errMessage or "
	"errLog"},
    {ITEMS("\"link\""), FAULT_CONTENT_ITEM_REFUSED,
	FIRST " must be an object, not a string"},
    {ITEMS(LINK("") ",{\"title\":\"t\"}"), FAULT_CONTENT_ITEM_REFUSED,
	"contentItems[1].type is missing"},
    {ITEMS("{\"type\":\"\"}"), FAULT_CONTENT_ITEM_REFUSED,
	FIRST ".type must not be empty"},
    {ITEMS("{\"type\":7}"), FAULT_CONTENT_ITEM_REFUSED,
	FIRST ".type must be a string, not a number"},
    {ITEMS("{\"type\":\"link\"}"), FAULT_CONTENT_ITEM_REFUSED,
	FIRST ".url is missing"},
    {ITEMS("{\"type\":\"link\"},7"), FAULT_CONTENT_ITEM_REFUSED,
	FIRST ".url is missing"},
    {ITEMS("{\"type\":\"file\"}"), FAULT_CONTENT_ITEM_REFUSED,
	FIRST ".url is missing"},
    {ITEMS("{\"type\":\"image\",\"url\":\"\"}"), FAULT_CONTENT_ITEM_REFUSED,
	FIRST ".url is missing"},
    {ITEMS("{\"type\":\"html\",\"url\":\"https://h\"}"),
	FAULT_CONTENT_ITEM_REFUSED, FIRST ".html is missing"},
    {ITEMS("{\"type\":\"html\",\"html\":{}}"), FAULT_CONTENT_ITEM_REFUSED,
	FIRST ".html must be a string, not an object"},
    {ITEMS("{\"type\":\"link\",\"url\":5}"), FAULT_CONTENT_ITEM_REFUSED,
	FIRST ".url must be a string, not a number"},
    {ITEMS("{\"type\":\"link\",\"url\":\"javascript:alert(1)\"}"),
	FAULT_CONTENT_ITEM_REFUSED,
	FIRST ".url must be an absolute http or https URL"},
    {ITEMS("{\"type\":\"file\",\"url\":\"/f\"}"), FAULT_CONTENT_ITEM_REFUSED,
	FIRST ".url must be an absolute http or https URL"},
    {ITEMS(LINK(",\"url\":\"\"")), FAULT_CONTENT_ITEM_REFUSED,
	FIRST ".url must not be empty"},
    {ITEMS(LINK(",\"url\":\"https://evil.example/lti/launch\"")),
	FAULT_CONTENT_ITEM_REFUSED, FIRST ".url must begin with " LAUNCH},
    {ITEMS(LINK(",\"url\":\"" LAUNCH "er\"")), FAULT_CONTENT_ITEM_REFUSED,
	FIRST ".url must begin with " LAUNCH},
    {ITEMS(TEXT_OF("\"title\":1")), FAULT_CONTENT_ITEM_REFUSED,
	FIRST ".title must be a string, not a number"},
    {ITEMS(TEXT_OF("\"icon\":\"https://i\"")), FAULT_CONTENT_ITEM_REFUSED,
	FIRST ".icon must be an object, not a string"},
    {ITEMS(TEXT_OF("\"icon\":{\"width\":1}")), FAULT_CONTENT_ITEM_REFUSED,
	FIRST ".icon.url is missing"},
    {ITEMS(TEXT_OF("\"thumbnail\":{\"url\":\"t\"}")),
	FAULT_CONTENT_ITEM_REFUSED,
	FIRST ".thumbnail.url must be an absolute http or https URL"},
    {ITEMS(TEXT_OF("\"width\":\"800\"")), FAULT_CONTENT_ITEM_REFUSED,
	FIRST ".width must be a whole number, not negative, not a string"},
    {ITEMS(TEXT_OF("\"iframe\":{\"height\":-1}")), FAULT_CONTENT_ITEM_REFUSED,
	FIRST ".iframe.height must be a whole number, not negative, not a "
	      "number"},
    {ITEMS(TEXT_OF("\"window\":{\"targetName\":1}")),
	FAULT_CONTENT_ITEM_REFUSED,
	FIRST ".window.targetName must be a string, not a number"},
    {ITEMS(TEXT_OF("\"embed\":{\"html\":1}")), FAULT_CONTENT_ITEM_REFUSED,
	FIRST ".embed.html must be a string, not a number"},
    {ITEMS(TEXT_OF("\"available\":{\"startDateTime\":1}")),
	FAULT_CONTENT_ITEM_REFUSED,
	FIRST ".available.startDateTime must be a string, not a number"},
    {ITEMS(LINK(",\"custom\":[\"a\"]")), FAULT_CONTENT_ITEM_REFUSED,
	FIRST ".custom must be an object, not an array"},
    {ITEMS(LINK(",\"custom\":{\"a\":1}")), FAULT_CONTENT_ITEM_REFUSED,
	FIRST ".custom.a must be a string, not a number"},
    {ITEMS(LINK(",\"lineItem\":1")), FAULT_CONTENT_ITEM_REFUSED,
	FIRST ".lineItem must be an object, not a number"},
    {ITEMS(LINK(",\"lineItem\":{\"scoreMaximum\":1,\"gradesReleased\":1}")),
	FAULT_CONTENT_ITEM_REFUSED,
	FIRST ".lineItem.gradesReleased must be true or false, not a number"},
};

#define SCORE FIRST ".lineItem.scoreMaximum must be a number above 0"

static const char *const bad_scores[] = {"{\"label\":\"l\"}",
    "{\"scoreMaximum\":0}", "{\"scoreMaximum\":0.0}", "{\"scoreMaximum\":-0.0}",
    "{\"scoreMaximum\":0e5}", "{\"scoreMaximum\":-1}",
    "{\"scoreMaximum\":-0.5}", "{\"scoreMaximum\":\"100\"}",
    "{\"scoreMaximum\":null}", "{\"scoreMaximum\":[1]}"};

static void
refuse(struct cx *cx, const char *body, enum fault fault, const char *telling)
{
	struct deep_link link = {.sent = 99};

	if (write(cx, request(cx, TAKES_ALL), vector_parse(cx, body), &link) !=
	    fault)
		fail_msg("%s: another fault", body);
	if (strcmp(cx->note.telling, telling) != 0)
		fail_msg("%s: %s", body, cx->note.telling);
	assert_true(link.sent == 99 && !link.message);
}

static void
refuses(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
		refuse(&cx, refusals[i].body, refusals[i].fault,
		    refusals[i].telling);
	for (size_t i = 0; i < sizeof bad_scores / sizeof *bad_scores; i++)
		refuse(&cx,
		    arena_printf(cx.arena,
			"{\"contentItems\":[{\"type\":\"ltiResourceLink\","
			"\"lineItem\":%s}]}",
			bad_scores[i])
			.at,
		    FAULT_CONTENT_ITEM_REFUSED, SCORE);
	cx_release(&cx);
}

/* Nothing that a request lacks is made up. */
static const char *const no_requests[] = {
    "{}",
    "{\"" CLAIM_MESSAGE "\":\"" MESSAGE_RESOURCE_LINK "\","
    "\"" CLAIM_DL_SETTINGS "\":{\"deep_link_return_url\":\"" RETURN "\"}}",
    "{\"" CLAIM_DL_SETTINGS "\":{\"deep_link_return_url\":\"" RETURN "\"}}",
    "{\"" CLAIM_MESSAGE "\":\"" MESSAGE_DEEP_LINKING "\"}",
    "{\"" CLAIM_MESSAGE "\":\"" MESSAGE_DEEP_LINKING "\","
    "\"" CLAIM_DL_SETTINGS "\":[]}",
    "{\"" CLAIM_MESSAGE "\":\"" MESSAGE_DEEP_LINKING "\","
    "\"" CLAIM_DL_SETTINGS "\":{\"deep_link_return_url\":5}}",
    "{\"" CLAIM_MESSAGE "\":\"" MESSAGE_DEEP_LINKING "\","
    "\"" CLAIM_DL_SETTINGS "\":{\"deep_link_return_url\":"
    "\"javascript:alert(1)//https://\"}}",
};

static void
wants_a_request(void **state)
{
	struct cx cx;
	struct deep_link link = {0};

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof no_requests / sizeof *no_requests; i++)
		if (write(&cx, vector_parse(&cx, no_requests[i]),
			vector_parse(&cx, ITEMS("")),
			&link) != FAULT_SERVICE_NOT_IN_CONTEXT)
			fail_msg("%s: taken", no_requests[i]);
	assert_null(link.message);
	cx_release(&cx);
}

static void
may_lead_anywhere(void **state)
{
	struct cx cx;
	struct deep_link link;

	(void)state;
	cx_init(&cx, vector_random);
	const struct deep_link_args args = {
	    .claims = request(&cx, TAKES_LINKS),
	    .body = vector_parse(
		&cx, ITEMS(LINK(",\"url\":\"https://other.example/\""))),
	};
	assert_int_equal(deep_link_write(&cx, &args, &link), FAULT_NONE);
	assert_int_equal(link.sent, 1);
	cx_release(&cx);
}

/* --- the form ------------------------------------------------------------ */

static void
writes_form(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	assert_string_equal(deep_link_form(&cx, SPAN(RETURN), SPAN("a.b.c")).at,
	    "<form id=\"ltiaas_dl\" action=\"https://lms.example/return?"
	    "course=2&amp;id=3\" method=\"POST\"><input type=\"hidden\" "
	    "name=\"JWT\" value=\"a.b.c\"><noscript><button type=\"submit\">"
	    "Continue</button></noscript></form><script>document."
	    "getElementById(\"ltiaas_dl\").submit()</script>");
	cx_release(&cx);
}

/* A24: whatever comes in, it stays inside its attribute, and is whole. */
static void
escapes_form(void **state)
{
	enum { LENGTH = 5000 };
	static const char marks[] = "\"'<>&\"";
	struct cx cx;
	char long_text[LENGTH];

	(void)state;
	cx_init(&cx, vector_random);
	const char *form =
	    deep_link_form(&cx, SPAN("x\"'<>&y"), SPAN("\"<")).at;
	assert_non_null(
	    strstr(form, "action=\"x&quot;&#39;&lt;&gt;&amp;y\" method"));
	assert_non_null(strstr(form, "value=\"&quot;&lt;\"><noscript>"));
	for (size_t i = 0; i < LENGTH; i++)
		long_text[i] = marks[i % (sizeof marks - 1)];
	struct span whole = deep_link_form(
	    &cx, span_from(long_text, LENGTH), span_from(long_text, LENGTH));
	assert_true(span_ends(whole, ".submit()</script>"));
	memset(long_text, '"', LENGTH);
	whole = deep_link_form(
	    &cx, span_from(long_text, LENGTH), span_from(long_text, LENGTH));
	assert_true(span_ends(whole, ".submit()</script>"));
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_golden),
	    cmocka_unit_test(follows_rules),
	    cmocka_unit_test(refuses),
	    cmocka_unit_test(wants_a_request),
	    cmocka_unit_test(may_lead_anywhere),
	    cmocka_unit_test(writes_form),
	    cmocka_unit_test(escapes_form),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
