/* launch_rules_test.c - is this signed token a launch we may let in?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lti/launch_rules.h"
#include "lti/names.h"
#include "vectors.h"
#include "json/jwrite.h"

#define TEN(x) x x x x x x x x x x
#define ID_250 TEN(TEN("i") TEN("d") "vwxyz")
#define ID_255 ID_250 "54321"

enum { NOW = 1800000000 };

static const struct launch_facts facts = {
    .issuer = {"https://l.example", 17},
    .client_id = {"c", 1},
    .nonce = {"n", 1},
    .skew = 60,
    .messages = {"LtiOther  LtiMore", 17},
    .deep_linking = true,
};

#define TOKEN                                                                  \
	"\"iss\":\"https://l.example\",\"aud\":\"c\",\"nonce\":\"n\","         \
	"\"iat\":1799999990,\"exp\":1800000050,"                               \
	"\"" CLAIM_VERSION "\":\"1.3.0\",\"" CLAIM_DEPLOYMENT "\":\"d\""

enum base { LINK, DEEP, REVIEW, PRIVACY, OTHER };

static const char *const bases[] = {
    [LINK] = "{" TOKEN ",\"sub\":\"s\",\"" CLAIM_MESSAGE
	     "\":\"" MESSAGE_RESOURCE_LINK "\",\"" CLAIM_ROLES
	     "\":[],\"" CLAIM_TARGET "\":\"https://t.example/\","
	     "\"" CLAIM_RESOURCE_LINK "\":{\"id\":\"r\"}}",
    [DEEP] = "{" TOKEN ",\"" CLAIM_MESSAGE "\":\"" MESSAGE_DEEP_LINKING
	     "\",\"" CLAIM_DL_SETTINGS "\":{\"deep_link_return_url\":"
	     "\"https://l.example/back\",\"accept_types\":[\"link\"],"
	     "\"accept_presentation_document_targets\":[\"iframe\"]}}",
    [REVIEW] = "{" TOKEN ",\"" CLAIM_MESSAGE "\":\"" MESSAGE_SUBMISSION_REVIEW
	       "\",\"" CLAIM_FOR_USER "\":{\"user_id\":\"u\"},\"" CLAIM_GRADES
	       "\":{\"lineitem\":\"https://l.example/1\"},"
	       "\"" CLAIM_RESOURCE_LINK "\":{\"id\":\"r\"}}",
    [PRIVACY] =
	"{" TOKEN ",\"" CLAIM_MESSAGE "\":\"" MESSAGE_DATA_PRIVACY "\"}",
    [OTHER] = "{" TOKEN ",\"" CLAIM_MESSAGE "\":\"LtiMore\"}",
};

struct row {
	const char *name;
	enum base base;
	const char *claim, *value; /* NULL: it is taken away */
	enum fault expected;
	const char *rule; /* that does not hold */
};

static struct json_t *
claims_of(struct cx *cx, const struct row *row)
{
	struct json_t *claims =
	    jwrite_copy(cx, vector_parse(cx, bases[row->base]));

	if (!row->value)
		jwrite_remove(claims, row->claim);
	else
		jwrite_value(claims, row->claim, vector_parse(cx, row->value));
	return claims;
}

static void
expect_rules(struct cx *cx, const char *row, enum fault got, unsigned passed,
    const char *rule)
{
	struct span all = launch_rules_names(cx, 99);
	struct span held = launch_rules_names(cx, passed);

	if (!got && !span_equal(held, all))
		fail_msg("%s: only these held: %.*s", row, SPAN_ARGS(held));
	if (got && !span_ends(launch_rules_names(cx, passed + 1), rule))
		fail_msg("%s: these held: %.*s", row, SPAN_ARGS(held));
}

static void
judge(struct cx *cx, const struct launch_facts *given, const struct row *row)
{
	struct launch launch = {.passed = 99};
	enum fault got =
	    launch_rules_check(cx, given, claims_of(cx, row), &launch);

	if (got != row->expected)
		fail_msg("%s: %s: %s", row->name, fault_text(got)->name,
		    cx->note.detail);
	expect_rules(cx, row->name, got, launch.passed, row->rule);
}

static void
judge_all(const struct row *rows, size_t count)
{
	struct cx cx;

	cx_init(&cx, vector_random);
	for (size_t i = 0; i < count; i++) {
		cx.now = NOW;
		judge(&cx, &facts, &rows[i]);
		cx_reset(&cx);
	}
	cx_release(&cx);
}

/* --- the token ----------------------------------------------------------- */

#define REFUSED(name, base, claim, value, fault, rule)                         \
	{                                                                      \
		name, base, claim, value, FAULT_##fault, rule                  \
	}
#define TAKEN(name, base, claim, value)                                        \
	{                                                                      \
		name, base, claim, value, FAULT_NONE, ""                       \
	}

static const struct row token_rows[] = {
    TAKEN("a resource link", LINK, "x", "1"),
    TAKEN("deep linking", DEEP, "x", "1"),
    TAKEN("a submission review", REVIEW, "x", "1"),
    TAKEN("data privacy", PRIVACY, "x", "1"),
    TAKEN("another message", OTHER, "x", "1"),

#define ISS(name, value)                                                       \
	REFUSED(name, LINK, "iss", value, ISSUER_CLAIM_WRONG, "issuer")
    ISS("A34 no issuer", NULL),
    ISS("A34 another issuer", "\"https://m.example\""),
    ISS("OI9 a slash more", "\"https://l.example/\""),
    ISS("OI9 in capitals", "\"https://L.example\""),
    ISS("issuer empty", "\"\""),
    ISS("issuer null", "null"),
    ISS("issuer in a list", "[\"https://l.example\"]"),
    ISS("issuer very long", "\"" TEN(ID_250) "\""),

#define AUD(name, value)                                                       \
	REFUSED(name, LINK, "aud", value, AUDIENCE_CLAIM_WRONG, "audience")
    TAKEN("OI10 a list of us", LINK, "aud", "[\"c\"]"),
    TAKEN("OI10 us twice", LINK, "aud", "[\"c\",\"c\"]"),
    AUD("no audience", NULL),
    AUD("A34 another client", "\"d\""),
    AUD("A35 audience empty", "\"\""),
    AUD("A35 our head", "\"cc\""),
    AUD("A35 in capitals", "\"C\""),
    AUD("A35 no one in the list", "[]"),
    AUD("A35 another besides us", "[\"c\",\"d\"]"),
    AUD("A35 another before us", "[\"d\",\"c\"]"),
    AUD("A35 others alone", "[\"d\",\"e\"]"),
    AUD("A35 a number besides us", "[\"c\",1]"),
    AUD("A35 null besides us", "[\"c\",null]"),
    AUD("A35 a list in the list", "[[\"c\"]]"),
    AUD("A35 a number", "1"),
    AUD("A35 an object", "{\"c\":\"c\"}"),
    AUD("A35 null", "null"),

#define AZP(name, value)                                                       \
	REFUSED(name, LINK, "azp", value, AZP_CLAIM_WRONG, "party")
    TAKEN("OI10 azp is us", LINK, "azp", "\"c\""),
    AZP("A35 azp is another", "\"d\""),
    AZP("A35 azp empty", "\"\""),
    AZP("A35 azp null", "null"),
    AZP("A35 azp a list", "[\"c\"]"),

#define TIMES(name, claim, value)                                              \
	REFUSED(name, LINK, claim, value, TOKEN_TIMES_WRONG, "times")
    TIMES("A36 no iat", "iat", NULL),
    TIMES("A36 no exp", "exp", NULL),
    TIMES("A36 iat as text", "iat", "\"1799999990\""),
    TIMES("A36 exp as text", "exp", "\"1800000050\""),
    TIMES("A36 iat with a fraction", "iat", "1799999990.0"),
    TIMES("A36 exp with a fraction", "exp", "1800000050.5"),
    TIMES("A36 exp 1e30", "exp", "1e30"),
    TIMES("A36 exp null", "exp", "null"),
    TIMES("A36 exp true", "exp", "true"),
    TIMES("A36 exp in a list", "exp", "[1800000050]"),
    TIMES("A36 iat 0", "iat", "0"),
    TIMES("A36 iat negative", "iat", "-5"),
    TIMES("A36 exp negative", "exp", "-5"),
    TIMES("A36 the greatest exp", "exp", "9223372036854775807"),
    TIMES("A36 the least exp", "exp", "-9223372036854775808"),
    TIMES("A36 the greatest iat", "iat", "9223372036854775807"),
    TIMES("A36 nbf as text", "nbf", "\"1\""),
    TIMES("A36 nbf null", "nbf", "null"),
    TIMES("A36 nbf with a fraction", "nbf", "1.5"),
    TAKEN("nbf 0", LINK, "nbf", "0"),
    TAKEN("the least nbf", LINK, "nbf", "-9223372036854775808"),
    REFUSED("A36 the greatest nbf", LINK, "nbf", "9223372036854775807",
	TOKEN_FROM_FUTURE, "times"),

#define NONCE(name, value)                                                     \
	REFUSED(name, LINK, "nonce", value, NONCE_CLAIM_WRONG, "nonce")
    NONCE("OI12 no nonce", NULL),
    NONCE("A37 of another login", "\"m\""),
    NONCE("OI12 empty", "\"\""),
    NONCE("OI12 longer", "\"nn\""),
    NONCE("OI12 null", "null"),
    NONCE("OI12 a list", "[\"n\"]"),

#define VERSION(name, value)                                                   \
	REFUSED(                                                               \
	    name, LINK, CLAIM_VERSION, value, VERSION_CLAIM_WRONG, "version")
    VERSION("CO1 no version", NULL),
    VERSION("CO1 1.3", "\"1.3\""),
    VERSION("CO1 1.3.1", "\"1.3.1\""),
    VERSION("CO1 LTI-1p0", "\"LTI-1p0\""),
    VERSION("CO1 empty", "\"\""),
    VERSION("CO1 a number", "1.3"),
    VERSION("CO1 null", "null"),
};

static void
judges_the_token(void **state)
{
	(void)state;
	judge_all(token_rows, sizeof token_rows / sizeof *token_rows);
}

/* --- every message ------------------------------------------------------- */

/* LTI Core 1.3: 1 to 255 printable characters of ASCII. */
static const struct {
	const char *name, *value;
	bool is;
} ids[] = {
    {"one letter", "\"i\"", true},
    {"255 letters", "\"" ID_255 "\"", true},
    {"blank, the first that is printable", "\" \"", true},
    {"tilde, the last that is printable", "\"~\"", true},
    {"none", NULL, false},
    {"empty", "\"\"", false},
    {"256 letters", "\"" ID_255 "6\"", false},
    {"not ASCII", "\"\xc3\xa4\"", false},
    {"DEL", "\"a\x7f\"", false},
    {"line end", "\"a\\n\"", false},
    {"control", "\"\\u001f\"", false},
    {"null", "null", false},
    {"a number", "7", false},
    {"a list", "[\"i\"]", false},
};

static void
judges_every_id(void **state)
{
	static const struct {
		enum base base;
		const char *claim, *member; /* member NULL: the claim itself */
		enum fault fault;
		const char *rule;
	} places[] = {
	    {LINK, CLAIM_DEPLOYMENT, NULL, FAULT_DEPLOYMENT_CLAIM_WRONG,
		"deployment"},
	    {LINK, "sub", NULL, FAULT_SUBJECT_CLAIM_WRONG, "subject"},
	    {LINK, CLAIM_RESOURCE_LINK, "id", FAULT_RESOURCE_LINK_CLAIM_WRONG,
		"resource-link"},
	    {REVIEW, CLAIM_RESOURCE_LINK, "id", FAULT_REVIEW_CLAIM_WRONG,
		"review"},
	    {REVIEW, CLAIM_FOR_USER, "user_id", FAULT_REVIEW_CLAIM_WRONG,
		"review"},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		for (size_t k = 0; k < sizeof ids / sizeof *ids; k++) {
			const char *value = ids[k].value;
			bool taken = ids[k].is;
			/* CO3: without a subject it is anonymous. */
			if (!value && strcmp(places[i].claim, "sub") == 0)
				taken = true;
			if (places[i].member)
				value = value ? arena_printf(cx.arena,
						    "{\"%s\":%s}",
						    places[i].member, value)
						    .at
					      : "{}";
			const struct row row = {
			    arena_printf(cx.arena, "%s: %s", places[i].claim,
				ids[k].name)
				.at,
			    places[i].base, places[i].claim, value,
			    taken ? FAULT_NONE : places[i].fault,
			    places[i].rule};
			cx.now = NOW;
			judge(&cx, &facts, &row);
			cx_reset(&cx);
		}
	cx_release(&cx);
}

static const struct row message_rows[] = {
#define MESSAGE(name, value)                                                   \
	REFUSED(                                                               \
	    name, OTHER, CLAIM_MESSAGE, value, MESSAGE_CLAIM_WRONG, "message")
    TAKEN("the first that is registered", OTHER, CLAIM_MESSAGE, "\"LtiOther\""),
    TAKEN("the last that is registered", OTHER, CLAIM_MESSAGE, "\"LtiMore\""),
    TAKEN("one that is built in", OTHER, CLAIM_MESSAGE,
	"\"" MESSAGE_DATA_PRIVACY "\""),
    MESSAGE("CO1 no message type", NULL),
    MESSAGE("CO1 empty", "\"\""),
    MESSAGE("CO1 not registered", "\"LtiNew\""),
    MESSAGE("CO1 a head of one", "\"LtiOthe\""),
    MESSAGE("CO1 two that are", "\"LtiOther  LtiMore\""),
    MESSAGE("CO1 one with a blank", "\"LtiOther \""),
    MESSAGE("CO1 a blank", "\" \""),
    MESSAGE("CO1 in capitals", "\"LTIOTHER\""),
    MESSAGE("A34 our own answer", "\"" MESSAGE_DEEP_LINKING_REPLY "\""),
    MESSAGE("A34 a notice", "\"LtiHelloWorldNotice\""),
    MESSAGE("CO1 null", "null"),
    MESSAGE("CO1 a list", "[\"LtiOther\"]"),
    MESSAGE("CO1 not ASCII", "\"Lti\xc3\xa4\""),
    MESSAGE("CO1 256 letters", "\"" ID_255 "6\""),

#define ROLES(name, base, value)                                               \
	REFUSED(name, base, CLAIM_ROLES, value, ROLES_CLAIM_WRONG, "roles")
    TAKEN("CO4 unknown roles", LINK, CLAIM_ROLES, "[\"x\",7,null]"),
    TAKEN("roles in deep linking", DEEP, CLAIM_ROLES, "[\"x\"]"),
    TAKEN("CO2 no roles in deep linking", DEEP, CLAIM_ROLES, NULL),
    ROLES("CO2 no roles", LINK, NULL),
    ROLES("CO2 roles as text", LINK, "\"x\""),
    ROLES("CO2 roles null", LINK, "null"),
    ROLES("CO2 roles an object", LINK, "{}"),
    ROLES("CO2 roles as text in deep linking", DEEP, "\"x\""),
    ROLES("CO2 roles null in another message", OTHER, "null"),

#define TARGET(name, base, value)                                              \
	REFUSED(name, base, CLAIM_TARGET, value, TARGET_CLAIM_WRONG, "target")
    TAKEN("http", LINK, CLAIM_TARGET, "\"http://t.example/?a=b#c\""),
    TAKEN("no target in deep linking", DEEP, CLAIM_TARGET, NULL),
    TAKEN("no target in a review", REVIEW, CLAIM_TARGET, NULL),
    TAKEN("no target in another message", OTHER, CLAIM_TARGET, NULL),
    TAKEN("a target in deep linking", DEEP, CLAIM_TARGET,
	"\"https://t.example/\""),
    TARGET("CO2 no target", LINK, NULL),
    TARGET("CO2 target empty", LINK, "\"\""),
    TARGET("A26 javascript", LINK, "\"javascript:alert(1)\""),
    TARGET("A26 a path", LINK, "\"/x\""),
    TARGET("A26 javascript in deep linking", DEEP, "\"javascript:alert(1)\""),
    TARGET("A27 line end", LINK, "\"https://t.example/\\r\\nx\""),
    TARGET("target null", LINK, "null"),
    TARGET("target null in another message", OTHER, "null"),
    TARGET("target a list", LINK, "[\"https://t.example/\"]"),
};

static void
judges_every_message(void **state)
{
	(void)state;
	judge_all(message_rows, sizeof message_rows / sizeof *message_rows);
}

/* --- one kind of message ------------------------------------------------- */

static const struct row kind_rows[] = {
#define LINKED(name, value)                                                    \
	REFUSED(name, LINK, CLAIM_RESOURCE_LINK, value,                        \
	    RESOURCE_LINK_CLAIM_WRONG, "resource-link")
    TAKEN("no resource link in deep linking", DEEP, CLAIM_RESOURCE_LINK, NULL),
    TAKEN("an odd one in deep linking", DEEP, CLAIM_RESOURCE_LINK, "7"),
    LINKED("CO2 no resource link", NULL),
    LINKED("CO2 resource link as text", "\"r\""),
    LINKED("CO2 resource link null", "null"),
    LINKED("CO2 resource link a list", "[{\"id\":\"r\"}]"),

#define DL(name, url, types, targets)                                          \
	REFUSED(name, DEEP, CLAIM_DL_SETTINGS,                                 \
	    "{\"deep_link_return_url\":" url ",\"accept_types\":" types        \
	    ",\"accept_presentation_document_targets\":" targets "}",          \
	    DEEP_LINKING_CLAIM_WRONG, "deep-linking")
#define URL "\"https://l.example/back\""
#define LIST "[\"a\"]"
    TAKEN("DL1 two of each", DEEP, CLAIM_DL_SETTINGS,
	"{\"deep_link_return_url\":\"http://l/?a#b\",\"accept_types\":"
	"[\"a\",\"b\"],\"accept_presentation_document_targets\":"
	"[\"a\",\"b\"],\"data\":7}"),
    TAKEN("no settings in a resource link", LINK, CLAIM_DL_SETTINGS, "{}"),
    REFUSED("DL1 no settings", DEEP, CLAIM_DL_SETTINGS, NULL,
	DEEP_LINKING_CLAIM_WRONG, "deep-linking"),
    REFUSED("DL1 settings empty", DEEP, CLAIM_DL_SETTINGS, "{}",
	DEEP_LINKING_CLAIM_WRONG, "deep-linking"),
    REFUSED("DL1 settings a list", DEEP, CLAIM_DL_SETTINGS, "[]",
	DEEP_LINKING_CLAIM_WRONG, "deep-linking"),
    DL("A26 javascript", "\"javascript:x\"", LIST, LIST),
    DL("DL1 return URL empty", "\"\"", LIST, LIST),
    DL("DL1 return URL null", "null", LIST, LIST),
    DL("DL1 types empty", URL, "[]", LIST),
    DL("DL1 types as text", URL, "\"a\"", LIST),
    DL("DL1 types null", URL, "null", LIST),
    DL("DL1 types of numbers", URL, "[\"a\",1]", LIST),
    DL("DL1 targets empty", URL, LIST, "[]"),
    DL("DL1 targets as text", URL, LIST, "\"a\""),
    DL("DL1 targets of nothing", URL, LIST, "[null]"),

#define REVIEWED(name, claim, value)                                           \
	REFUSED(name, REVIEW, claim, value, REVIEW_CLAIM_WRONG, "review")
    REVIEWED("no user to review", CLAIM_FOR_USER, NULL),
    REVIEWED("user as text", CLAIM_FOR_USER, "\"u\""),
    REVIEWED("no grades", CLAIM_GRADES, NULL),
    REVIEWED(
	"no line item", CLAIM_GRADES, "{\"lineitems\":\"https://l.example/\"}"),
    REVIEWED("line item no URL", CLAIM_GRADES, "{\"lineitem\":\"/1\"}"),
    REVIEWED("line item a number", CLAIM_GRADES, "{\"lineitem\":1}"),
    REVIEWED("no resource link to review", CLAIM_RESOURCE_LINK, NULL),
};

static void
judges_each_kind(void **state)
{
	(void)state;
	judge_all(kind_rows, sizeof kind_rows / sizeof *kind_rows);
}

static void
tells_what_is_lacking(void **state)
{
	static const struct {
		struct row row;
		const char *telling;
	} rows[] = {
	    {DL("return URL", "1", LIST, LIST), "lack deep_link_return_url,"},
	    {DL("types", URL, "1", LIST), "lack accept_types,"},
	    {DL("targets", URL, LIST, "1"),
		"lack accept_presentation_document_targets,"},
	    {REVIEWED("user", CLAIM_FOR_USER, "1"), "for_user.user_id"},
	    {REVIEWED("line item", CLAIM_GRADES, "1"), "the line item"},
	    {REVIEWED("link", CLAIM_RESOURCE_LINK, "1"), "resource_link.id"},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	cx.now = NOW;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		judge(&cx, &facts, &rows[i].row);
		if (!strstr(cx.note.telling, rows[i].telling))
			fail_msg("%s: %s", rows[i].row.name, cx.note.telling);
	}
	cx_release(&cx);
}

static void
depends_on_the_tool(void **state)
{
	static const struct row off = REFUSED("deep linking is off", DEEP, "x",
	    "1", MESSAGE_NOT_OFFERED, "message");
	static const struct row on = TAKEN("others go on", LINK, "x", "1");
	static const struct row none = REFUSED("no message is registered",
	    OTHER, "x", "1", MESSAGE_CLAIM_WRONG, "message");
	struct launch_facts given = facts;
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	cx.now = NOW;
	given.deep_linking = false;
	judge(&cx, &given, &off);
	assert_non_null(strstr(cx.note.telling, "deep linking is off"));
	judge(&cx, &given, &on);
	given.messages = SPAN("");
	judge(&cx, &given, &none);
	given.messages = SPAN_NONE;
	judge(&cx, &given, &none);
	given.messages = SPAN("  ");
	judge(&cx, &given, &none);
	cx_release(&cx);
}

/* --- times, to the second ------------------------------------------------ */

/* Seconds from now, and how often the skew is added. */
struct moment {
	int64_t seconds;
	int skews;
};

static const struct {
	const char *name;
	struct moment issued, expires, from;
	enum fault expected;
} moments[] = {
    {"OI11 a minute", {0, 0}, {60, 0}, {0, 0}, FAULT_NONE},
    {"from the future, just", {0, 1}, {60, 1}, {0, 0}, FAULT_NONE},
    {"from the future", {1, 1}, {60, 1}, {0, 0}, FAULT_TOKEN_FROM_FUTURE},
    {"not yet, just", {0, 0}, {60, 0}, {0, 1}, FAULT_NONE},
    {"not yet", {0, 0}, {60, 0}, {1, 1}, FAULT_TOKEN_FROM_FUTURE},
    {"the last second", {-60, -1}, {1, -1}, {0, 0}, FAULT_NONE},
    {"expired", {-60, -1}, {0, -1}, {0, 0}, FAULT_TOKEN_EXPIRED},
    {"ten minutes old", {-LAUNCH_TOKEN_AGE_MAX, -1}, {3000, 0}, {0, 0},
	FAULT_NONE},
    {"older", {-LAUNCH_TOKEN_AGE_MAX - 1, -1}, {3000, 0}, {0, 0},
	FAULT_TOKEN_EXPIRED},
    {"A36 a day", {0, 0}, {LAUNCH_TOKEN_LIFE_MAX, 0}, {0, 0}, FAULT_NONE},
    {"A36 longer than a day", {0, 0}, {LAUNCH_TOKEN_LIFE_MAX + 1, 0}, {0, 0},
	FAULT_TOKEN_TIMES_WRONG},
    {"A36 a second", {0, 0}, {1, 0}, {0, 0}, FAULT_NONE},
    {"A36 no time at all", {0, 0}, {0, 0}, {0, 0}, FAULT_TOKEN_TIMES_WRONG},
    {"A36 ends before it begins", {0, 0}, {-1, 0}, {0, 0},
	FAULT_TOKEN_TIMES_WRONG},
    {"A36 years old", {-100000000, 0}, {-99999000, 0}, {0, 0},
	FAULT_TOKEN_EXPIRED},
    {"A36 of years to come", {100000000, 0}, {100003600, 0}, {0, 0},
	FAULT_TOKEN_FROM_FUTURE},
};

static int64_t
at(struct moment moment, int64_t skew)
{
	return NOW + moment.seconds + moment.skews * skew;
}

static void
knows_the_time_to_the_second(void **state)
{
	static const int64_t skews[] = {0, 60, 300};
	static const struct row whole = TAKEN("", LINK, "x", "1");
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	cx.now = NOW;
	for (size_t i = 0; i < sizeof moments / sizeof *moments; i++)
		for (size_t k = 0; k < 3; k++) {
			struct json_t *claims = claims_of(&cx, &whole);
			struct launch_facts given = facts;
			struct launch launch;
			given.skew = skews[k];
			jwrite_integer(
			    claims, "iat", at(moments[i].issued, skews[k]));
			jwrite_integer(
			    claims, "exp", at(moments[i].expires, skews[k]));
			jwrite_integer(
			    claims, "nbf", at(moments[i].from, skews[k]));
			enum fault got =
			    launch_rules_check(&cx, &given, claims, &launch);
			if (got != moments[i].expected)
				fail_msg("%s, skew %lld: %s: %s",
				    moments[i].name, (long long)skews[k],
				    fault_text(got)->name, cx.note.detail);
			expect_rules(
			    &cx, moments[i].name, got, launch.passed, "times");
		}
	cx_release(&cx);
}

/* How far the clocks differ, for who has to set one. */
static void
tells_how_far_clocks_differ(void **state)
{
	static const struct {
		const char *name, *claim, *value, *telling;
	} rows[] = {
	    {"iat", "iat", "1800000061", "is 61 seconds from the future"},
	    {"nbf", "nbf", "1800000500", "is 500 seconds from the future"},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	cx.now = NOW;
	for (size_t i = 0; i < 2; i++) {
		struct launch launch;
		const struct row row = {.base = LINK,
		    .claim = rows[i].claim,
		    .value = rows[i].value};
		struct json_t *claims = claims_of(&cx, &row);
		jwrite_integer(claims, "exp", NOW + 1000);
		assert_int_equal(
		    launch_rules_check(&cx, &facts, claims, &launch),
		    FAULT_TOKEN_FROM_FUTURE);
		if (!strstr(cx.note.telling, rows[i].telling))
			fail_msg("%s: %s", rows[i].name, cx.note.telling);
	}
	cx_release(&cx);
}

/* --- what comes out ------------------------------------------------------ */

static void
gives_what_was_launched(void **state)
{
	static const struct row whole = TAKEN("", LINK, "x", "1");
	static const struct row least = TAKEN("", OTHER, "x", "1");
	static const struct row late = REFUSED(
	    "", LINK, CLAIM_RESOURCE_LINK, NULL, RESOURCE_LINK_CLAIM_WRONG, "");
	struct launch launch;
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	cx.now = NOW;
	assert_int_equal(
	    launch_rules_check(&cx, &facts, claims_of(&cx, &whole), &launch),
	    FAULT_NONE);
	assert_true(span_is(launch.message, MESSAGE_RESOURCE_LINK));
	assert_true(span_is(launch.deployment_id, "d"));
	assert_true(span_is(launch.subject, "s"));
	assert_true(span_is(launch.target, "https://t.example/"));
	assert_int_equal(
	    launch_rules_check(&cx, &facts, claims_of(&cx, &least), &launch),
	    FAULT_NONE);
	assert_true(span_is(launch.message, "LtiMore"));
	assert_int_equal(launch.subject.length, 0);
	assert_int_equal(launch.target.length, 0);
	assert_true(launch.subject.at && launch.target.at);
	/* What was found until then, for the event. */
	assert_int_equal(
	    launch_rules_check(&cx, &facts, claims_of(&cx, &late), &launch),
	    FAULT_RESOURCE_LINK_CLAIM_WRONG);
	assert_true(span_is(launch.message, MESSAGE_RESOURCE_LINK));
	assert_true(span_is(launch.deployment_id, "d"));
	/* Nothing at all, and what is no object. */
	assert_int_equal(launch_rules_check(&cx, &facts, NULL, &launch),
	    FAULT_ISSUER_CLAIM_WRONG);
	assert_int_equal(launch.passed, 0);
	assert_int_equal(
	    launch_rules_check(&cx, &facts, vector_parse(&cx, "[]"), &launch),
	    FAULT_ISSUER_CLAIM_WRONG);
	cx_release(&cx);
}

static void
names_its_rules(void **state)
{
	static const struct {
		unsigned passed;
		const char *names;
	} rows[] = {
	    {0, ""},
	    {1, "issuer"},
	    {2, "issuer audience"},
	    {5, "issuer audience party times nonce"},
	    {14, "issuer audience party times nonce version message deployment "
		 "subject roles target resource-link deep-linking review"},
	    {15, "issuer audience party times nonce version message deployment "
		 "subject roles target resource-link deep-linking review"},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_string_equal(
		    launch_rules_names(&cx, rows[i].passed).at, rows[i].names);
	cx_release(&cx);
}

static void
finds_the_way_back(void **state)
{
	static const struct {
		const char *name, *value, *url;
	} rows[] = {
	    {"https", "{\"return_url\":\"https://l.example/?a=b\"}",
		"https://l.example/?a=b"},
	    {"http", "{\"return_url\":\"http://l.example\"}",
		"http://l.example"},
	    {"CO6 none", "{}", ""},
	    {"CO6 empty", "{\"return_url\":\"\"}", ""},
	    {"A26 javascript", "{\"return_url\":\"javascript:alert(1)\"}", ""},
	    {"A26 a path", "{\"return_url\":\"/x\"}", ""},
	    {"A24 markup", "{\"return_url\":\"https://l.example/\\\"x\"}", ""},
	    {"a number", "{\"return_url\":7}", ""},
	    {"null", "{\"return_url\":null}", ""},
	    {"presentation as text", "\"https://l.example\"", ""},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row row = {.base = LINK,
		    .claim = CLAIM_PRESENTATION,
		    .value = rows[i].value};
		struct span got = launch_rules_way_back(claims_of(&cx, &row));
		if (!span_is(got, rows[i].url))
			fail_msg("%s: %.*s", rows[i].name, SPAN_ARGS(got));
	}
	assert_int_equal(launch_rules_way_back(NULL).length, 0);
	cx_release(&cx);
}

/* --- real launches ------------------------------------------------------- */

static void
takes_real_ones(void **state)
{
	static const char *const files[] = {"blackboard",
	    "blackboard-deep-linking", "brightspace", "canvas-cloud",
	    "canvas-cloud-deep-linking", "moodle-4.5",
	    "moodle-4.5-deep-linking"};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		const struct json_t *claims = vector_json(
		    &cx, arena_printf(cx.arena, "claims/%s.json", files[i]).at);
		const struct json_t *aud = jread_member(claims, "aud");
		struct launch_facts given = {.skew = 60, .deep_linking = true};
		struct launch launch;
		if (!jread_text(jread_member(claims, "iss"), &given.issuer) ||
		    !jread_text(jread_member(claims, "nonce"), &given.nonce) ||
		    !jread_integer(jread_member(claims, "iat"), &cx.now))
			fail_msg("%s", files[i]);
		if (!jread_text(aud, &given.client_id))
			given.client_id =
			    jread_text_or(jread_at(aud, 0), SPAN(""));
		enum fault got =
		    launch_rules_check(&cx, &given, claims, &launch);
		if (got)
			fail_msg("%s: %s: %s", files[i], fault_text(got)->name,
			    cx.note.detail);
	}
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(judges_the_token),
	    cmocka_unit_test(judges_every_id),
	    cmocka_unit_test(judges_every_message),
	    cmocka_unit_test(judges_each_kind),
	    cmocka_unit_test(tells_what_is_lacking),
	    cmocka_unit_test(depends_on_the_tool),
	    cmocka_unit_test(knows_the_time_to_the_second),
	    cmocka_unit_test(tells_how_far_clocks_differ),
	    cmocka_unit_test(gives_what_was_launched),
	    cmocka_unit_test(names_its_rules),
	    cmocka_unit_test(finds_the_way_back),
	    cmocka_unit_test(takes_real_ones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
