/* launch_target_test.c - where a launch goes
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lti/launch_target.h"
#include "lti/names.h"
#include "lti/tool_doc.h"
#include "vectors.h"

#define T "https://t.example"
#define G "https://g.example"
#define LAUNCH T "/launch"

/* LtiBare has no URL of its own; LtiOdd has one of a wrong type. */
#define MORE                                                                   \
	"\"allowedUrls\":[\"https://more.example/app\",7,\"\"],"               \
	"\"messages\":[{\"type\":\"LtiBare\"},{\"type\":\"LtiOdd\","           \
	"\"targetLinkUri\":7},{\"type\":\"LtiOther\",\"targetLinkUri\":"       \
	"\"https://o.example/other?x=1\"}]"
#define WHOLE                                                                  \
	"{\"launchUrl\":\"" LAUNCH "\",\"deepLinkingUrl\":\"" T                \
	"/pick\"," MORE "}"
#define NO_PICK                                                                \
	"{\"launchUrl\":\"" LAUNCH "\",\"deepLinkingUrl\":\"\"," MORE "}"
#define NO_LAUNCH                                                              \
	"{\"launchUrl\":\"\",\"deepLinkingUrl\":\"" T "/pick\"," MORE "}"
#define REVIEWS                                                                \
	"{\"launchUrl\":\"" LAUNCH "\",\"submissionReviewUrl\":\"" T           \
	"/review\"}"
#define SPA "{\"launchUrl\":\"" T "/app?a=1#/home\",\"deepLinkingUrl\":\"\"}"

#define TARGETS                                                                \
	"{\"kept\":\"" LAUNCH "/kept\",\"gone\":\"https://gone.example/\","    \
	"\"odd\":7,\"\":\"" LAUNCH "/empty\"}"

#define LINK MESSAGE_RESOURCE_LINK
#define DEEP MESSAGE_DEEP_LINKING

struct row {
	const char *name, *settings, *own, *message, *target;
	const char *url; /* NULL: NO_LAUNCH_URL */
	bool fell_back;
};

static const struct row rows[] = {
    /* Nothing in particular is wished. */
    {"our own address", WHOLE, "", LINK, G "/lti/launch", LAUNCH, false},
    {"the link's query goes along", WHOLE, "", LINK,
	G "/lti/launch?item=7&a=%20+", LAUNCH "?item=7&a=%20+", false},
    {"deep linking", WHOLE, "", DEEP, G "/lti/launch", T "/pick", false},
    {"deep linking without a target", WHOLE, "", DEEP, "", T "/pick", false},
    {"deep linking without a URL", NO_PICK, "", DEEP, G "/lti/launch", LAUNCH,
	false},
    {"a submission review", REVIEWS, "", MESSAGE_SUBMISSION_REVIEW,
	G "/lti/launch", T "/review", false},
    {"a submission review without a URL", WHOLE, "", MESSAGE_SUBMISSION_REVIEW,
	G "/lti/launch", LAUNCH, false},
    {"OI15 the URL of reviews", REVIEWS, "", LINK, T "/review/7", T "/review/7",
	false},
    {"another message without a target", WHOLE, "", MESSAGE_DATA_PRIVACY, "",
	LAUNCH, false},
    {"a query at the launch URL", SPA, "", LINK, G "/lti/launch?b=2",
	T "/app?a=1&b=2#/home", false},

    /* The link's target. */
    {"OI15 the launch URL", WHOLE, "", LINK, LAUNCH, LAUNCH, false},
    {"OI15 below it", WHOLE, "", LINK, LAUNCH "/x?a=b", LAUNCH "/x?a=b", false},
    {"OI15 with a fragment", WHOLE, "", LINK, LAUNCH "?a#/b?c",
	LAUNCH "?a#/b?c", false},
    {"OI15 the deep linking URL", WHOLE, "", LINK, T "/pick/1", T "/pick/1",
	false},
    {"OI15 an allowed URL", WHOLE, "", LINK, "https://more.example/app/1",
	"https://more.example/app/1", false},
    {"OI15 the URL of a message", WHOLE, "", LINK, "https://o.example/other/1",
	"https://o.example/other/1", false},
    {"OI15 though the platform has its own", WHOLE, LAUNCH "/own", LINK,
	LAUNCH "/x", LAUNCH "/x", false},
    {"OI15 though the message has its own", WHOLE, "", "LtiOther", LAUNCH "/x",
	LAUNCH "/x", false},
    {"to is the tool's own there", WHOLE, "", LINK, LAUNCH "?to=kept",
	LAUNCH "?to=kept", false},
    {"host in capitals", WHOLE, "", LINK, "https://T.example/launch/x",
	"https://T.example/launch/x", false},

    /* What is not allowed goes to the launch URL. */
    {"A26 another host", WHOLE, "", LINK, "https://evil.example/launch", LAUNCH,
	true},
    {"A26 a host that begins alike", WHOLE, "", LINK,
	"https://t.example.evil.example/launch", LAUNCH, true},
    {"A26 user information", WHOLE, "", LINK,
	"https://t.example@evil.example/launch", LAUNCH, true},
    {"A26 a path that begins alike", WHOLE, "", LINK,
	"https://more.example/apple", LAUNCH, true},
    {"A26 above", WHOLE, "", LINK, T "/", LAUNCH, true},
    {"A26 climbs", WHOLE, "", LINK, LAUNCH "/../admin", LAUNCH, true},
    {"A26 climbs, encoded", WHOLE, "", LINK, LAUNCH "/%2e%2E/admin", LAUNCH,
	true},
    {"A26 another scheme", WHOLE, "", LINK, "http://t.example/launch", LAUNCH,
	true},
    {"A26 another port", WHOLE, "", LINK, "https://t.example:8443/launch",
	LAUNCH, true},
    {"A26 deep linking elsewhere", WHOLE, "", DEEP, "https://evil.example/",
	T "/pick", true},
    {"A26 a key on another host", WHOLE, "", LINK,
	"https://evil.example/lti/launch?to=kept", LAUNCH, true},
    {"A26 a host that begins like ours", WHOLE, "", LINK,
	"https://g.example.evil.example/lti/launch?to=kept", LAUNCH, true},

    /* By key. */
    {"the platform's key", WHOLE, "", LINK, G "/lti/launch?to=kept",
	LAUNCH "/kept", false},
    {"the key goes, the rest stays", WHOLE, "", LINK,
	G "/lti/launch?a=b&to=kept&c", LAUNCH "/kept?a=b&c", false},
    {"a key before the platform's own", WHOLE, LAUNCH "/own", LINK,
	G "/lti/launch?to=kept", LAUNCH "/kept", false},
    {"a key before the message's own", WHOLE, "", "LtiOther",
	G "/lti/launch?to=kept", LAUNCH "/kept", false},
    {"an unknown key", WHOLE, "", LINK, G "/lti/launch?to=new", LAUNCH, false},
    {"an unknown key, the platform's own", WHOLE, LAUNCH "/own", LINK,
	G "/lti/launch?to=new", LAUNCH "/own", false},
    {"an unknown key, the message's own", WHOLE, "", "LtiOther",
	G "/lti/launch?to=new", "https://o.example/other?x=1", false},
    {"an empty key", WHOLE, "", LINK, G "/lti/launch?to=", LAUNCH, false},
    {"a key that leads nowhere", WHOLE, "", LINK, G "/lti/launch?to=odd",
	LAUNCH, false},
    {"A26 a key whose URL is allowed no more", WHOLE, "", LINK,
	G "/lti/launch?to=gone", LAUNCH, true},
    {"A26 the same in deep linking", WHOLE, "", DEEP, G "/lti/launch?to=gone",
	T "/pick", true},

    /* The platform's own, then the message's. */
    {"the platform's own", WHOLE, LAUNCH "/own", LINK, G "/lti/launch?a=b",
	LAUNCH "/own?a=b", false},
    {"it takes deep linking too", WHOLE, LAUNCH "/own", DEEP, "", LAUNCH "/own",
	false},
    {"it goes before the message's", WHOLE, LAUNCH "/own", "LtiOther",
	G "/lti/launch", LAUNCH "/own", false},
    {"A26 it is not allowed", WHOLE, "https://evil.example/", LINK,
	G "/lti/launch", LAUNCH, true},
    {"its fragment stays last", WHOLE, LAUNCH "#/own", LINK,
	G "/lti/launch?a=b", LAUNCH "?a=b#/own", false},
    {"the message's own", WHOLE, "", "LtiOther", G "/lti/launch",
	"https://o.example/other?x=1", false},
    {"queries are joined", WHOLE, "", "LtiOther", G "/lti/launch?a=b",
	"https://o.example/other?x=1&a=b", false},
    {"a message without one", WHOLE, "", "LtiBare", G "/lti/launch", LAUNCH,
	false},
    {"a message with an odd one", WHOLE, "", "LtiOdd", G "/lti/launch", LAUNCH,
	false},

    /* A token that somebody left in a link. */
    {"ltik in a link to us", WHOLE, "", LINK, G "/lti/launch?ltik=x&a",
	LAUNCH "?a", false},
    {"ltik in a link to the tool", WHOLE, "", LINK, LAUNCH "?a&ltik=x&b#c",
	LAUNCH "?a&b#c", false},
    {"ltik alone in a link to the tool", WHOLE, "", LINK, LAUNCH "?ltik=x",
	LAUNCH, false},
    {"ltik in a link elsewhere", WHOLE, "", LINK, "https://e.example/?ltik=x&a",
	LAUNCH "?a", true},

    /* Nothing is set. */
    {"no launch URL", NO_LAUNCH, "", LINK, G "/lti/launch", NULL, false},
    {"no launch URL, elsewhere", NO_LAUNCH, "", LINK, "https://e.example/",
	NULL, false},
    {"no launch URL, deep linking", NO_LAUNCH, "", DEEP, G "/lti/launch",
	T "/pick", false},
    {"no launch URL, an allowed target", NO_LAUNCH, "", LINK, T "/pick/1",
	T "/pick/1", false},
    {"no launch URL, the platform's own", NO_LAUNCH, T "/pick/own", LINK, "",
	T "/pick/own", false},
    {"no settings", "{}", "", LINK, G "/lti/launch", NULL, false},
    {"settings of other types",
	"{\"launchUrl\":7,\"allowedUrls\":{},\"messages\":\"x\"}", "", LINK,
	G "/lti/launch", NULL, false},
};

static enum fault
find(struct cx *cx, const struct row *row, struct launch_target *out)
{
	const struct launch_target_args args = {
	    .settings = vector_parse(cx, row->settings),
	    .public_url = SPAN(G),
	    .targets = vector_parse(cx, TARGETS),
	    .own = span_of(row->own),
	    .message = span_of(row->message),
	    .target = span_of(row->target),
	};

	return launch_target_find(cx, &args, out);
}

static void
finds(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct launch_target out = {SPAN("untouched"), true};
		enum fault got = find(&cx, &rows[i], &out);
		if (got != (rows[i].url ? FAULT_NONE : FAULT_NO_LAUNCH_URL) ||
		    !span_is(out.url, got ? "untouched" : rows[i].url))
			fail_msg("%s: %s: %.*s", rows[i].name,
			    fault_text(got)->name, SPAN_ARGS(out.url));
		cx_reset(&cx);
	}
	cx_release(&cx);
}

/* The event of the launch says so. */
static void
tells_what_was_not_allowed(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct launch_target out = {.fell_back = false};
		if (!find(&cx, &rows[i], &out) &&
		    out.fell_back != rows[i].fell_back)
			fail_msg(
			    "%s: fell back: %d", rows[i].name, out.fell_back);
		cx_reset(&cx);
	}
	cx_release(&cx);
}

/* Canvas's JSON and links made by hand have keys of today's settings. */
static void
finds_keys_of_the_settings(void **state)
{
	struct cx cx;
	struct launch_target out;

	(void)state;
	cx_init(&cx, vector_random);
	struct span key =
	    tool_doc_target_key(&cx, SPAN("https://o.example/other?x=1"));
	struct launch_target_args args = {
	    .settings = vector_parse(&cx, WHOLE),
	    .public_url = SPAN(G "/gateway"),
	    .own = SPAN(LAUNCH "/own"),
	    .message = SPAN(LINK),
	    .target = arena_printf(
		cx.arena, G "/gateway/lti/launch?to=%.*s&a", SPAN_ARGS(key)),
	};
	assert_int_equal(launch_target_find(&cx, &args, &out), FAULT_NONE);
	assert_true(span_is(out.url, "https://o.example/other?x=1&a"));
	assert_false(out.fell_back);
	/* The platform's keys come first. */
	args.targets =
	    vector_parse(&cx, arena_printf(cx.arena, "{\"%.*s\":\"%s\"}",
				  SPAN_ARGS(key), LAUNCH "/kept")
				  .at);
	assert_int_equal(launch_target_find(&cx, &args, &out), FAULT_NONE);
	assert_true(span_is(out.url, LAUNCH "/kept?a"));
	/* Beside our path nothing is ours. */
	args.target =
	    arena_printf(cx.arena, G "/lti/launch?to=%.*s", SPAN_ARGS(key));
	assert_int_equal(launch_target_find(&cx, &args, &out), FAULT_NONE);
	assert_true(span_is(out.url, LAUNCH "/own"));
	cx_release(&cx);
}

static void
allows(void **state)
{
	static const struct {
		const char *name, *settings, *url;
		bool allowed;
	} urls[] = {
	    {"launch URL", WHOLE, LAUNCH, true},
	    {"deep linking URL", WHOLE, T "/pick?a", true},
	    {"an allowed one", WHOLE, "https://more.example/app", true},
	    {"a message's", WHOLE, "https://o.example/other", true},
	    {"ours is not among them", WHOLE, G "/lti/launch", false},
	    {"above all of them", WHOLE, T, false},
	    {"another", WHOLE, "https://e.example/", false},
	    {"no URL", WHOLE, "launch", false},
	    {"empty", WHOLE, "", false},
	    {"nothing set", "{}", LAUNCH, false},
	    {"empty ones allow nothing",
		"{\"launchUrl\":\"\",\"deepLinkingUrl\":\"\","
		"\"allowedUrls\":[\"\"],\"messages\":[{\"targetLinkUri\":"
		"\"\"}]}",
		LAUNCH, false},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
		if (launch_target_is_allowed(
			vector_parse(&cx, urls[i].settings),
			span_of(urls[i].url)) != urls[i].allowed)
			fail_msg("%s", urls[i].name);
	assert_false(launch_target_is_allowed(NULL, SPAN(LAUNCH)));
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds),
	    cmocka_unit_test(tells_what_was_not_allowed),
	    cmocka_unit_test(finds_keys_of_the_settings),
	    cmocka_unit_test(allows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
