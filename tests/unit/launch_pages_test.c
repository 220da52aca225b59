/* launch_pages_test.c - the pages of a launch
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "http/response.h"
#include "lti/login_request.h"
#include "pages/launch_pages.h"
#include "vectors.h"

#define EVIL "<script>alert(1)</script>\"'&{{nonce}}"
#define TAME "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;{{nonce}}"

static size_t
count(struct span whole, const char *part)
{
	size_t found = 0, length = strlen(part);

	for (size_t i = 0; i + length <= whole.length; i++)
		found += memcmp(whole.at + i, part, length) == 0;
	return found;
}

static struct span
policy_of(const struct response *response)
{
	for (size_t i = 0; i < response->header_count; i++)
		if (span_is(
			response->headers[i].name, "Content-Security-Policy"))
			return response->headers[i].value;
	return SPAN("");
}

/* --- a page parses ------------------------------------------------------- */

enum { DEPTH_MAX = 32 };

struct walk {
	const char *row;
	struct span rest, open[DEPTH_MAX];
	int depth;
};

/* Until the end of a tag, quotes minded; the tag without < and >. */
static struct span
take_tag(struct walk *walk)
{
	bool quoted = false;
	size_t end = 1;

	while (
	    end < walk->rest.length && (quoted || walk->rest.at[end] != '>')) {
		if (walk->rest.at[end] == '"')
			quoted = !quoted;
		if (walk->rest.at[end] == '<')
			fail_msg("%s: < in a tag: %.*s", walk->row,
			    SPAN_ARGS(span_first(walk->rest, 60)));
		end++;
	}
	if (end == walk->rest.length)
		fail_msg("%s: a tag is open", walk->row);
	struct span tag = span_from(walk->rest.at + 1, end - 1);
	walk->rest = span_from_offset(walk->rest, end + 1);
	return tag;
}

static struct span
name_of(struct span tag)
{
	size_t length = 0;

	while (length < tag.length && !strchr(" \n/", tag.at[length]))
		length++;
	return span_first(tag, length);
}

static void
meet_tag(struct walk *walk, struct span tag)
{
	static const char *const empty[] = {"meta", "input", "!doctype", NULL};

	if (span_starts(tag, "/")) {
		struct span name = span_from_offset(tag, 1);
		if (!walk->depth ||
		    !span_equal(name, walk->open[walk->depth - 1]))
			fail_msg("%s: </%.*s> closes nothing", walk->row,
			    SPAN_ARGS(name));
		walk->depth--;
		return;
	}
	for (const char *const *name = empty; *name; name++)
		if (span_is(name_of(tag), *name))
			return;
	if (span_ends(tag, "/"))
		return;
	assert_true(walk->depth < DEPTH_MAX);
	walk->open[walk->depth++] = name_of(tag);
}

static void
expect_parses(const char *row, struct span page)
{
	struct walk walk = {.row = row, .rest = page};

	while (walk.rest.length) {
		bool raw = walk.depth &&
			   (span_is(walk.open[walk.depth - 1], "script") ||
			       span_is(walk.open[walk.depth - 1], "style"));
		if (*walk.rest.at == '<' &&
		    (!raw || span_starts(walk.rest, "</s")))
			meet_tag(&walk, take_tag(&walk));
		else
			walk.rest = span_from_offset(walk.rest, 1);
	}
	if (walk.depth)
		fail_msg("%s: <%.*s> is open", row,
		    SPAN_ARGS(walk.open[walk.depth - 1]));
}

/* --- each page, with what is given --------------------------------------- */

enum which { STORE, WINDOW, FETCH, SHOWN, FAILED, PAGES };

static const struct {
	const char *name;
	bool forms;
	size_t holes;  /* filled by text of others */
	size_t absent; /* holes that are then gone with their words */
} pages[PAGES] = {
    [STORE] = {"storage at the login", true, 14, 3},
    [WINDOW] = {"a new window", true, 12, 3},
    [FETCH] = {"storage at the launch", true, 6, 0},
    [SHOWN] = {"what arrived", false, 5, 3},
    [FAILED] = {"a failure", false, 1, 0},
};

static void
write_page(struct cx *cx, enum which which, struct span text, bool http,
    struct response *response)
{
	const struct login_request request = {
	    text, text, text, text, text, text, text};
	const struct login_page login = {&request, text, text, http};
	const struct storage_frame frame = {text, text, text, text};
	const struct posted_launch posted = {text, text, text, http};
	const struct shown_launch shown = {text, text, text, text, text, http};

	*response = (struct response){.status = 0};
	switch (which) {
	case STORE:
		launch_page_store(cx, &login, &frame, text, response);
		break;
	case WINDOW:
		launch_page_window(cx, &login, response);
		break;
	case FETCH:
		launch_page_fetch(cx, &posted, &frame, response);
		break;
	case SHOWN:
		launch_page_shown(cx, &shown, response);
		break;
	case FAILED:
	case PAGES:
		snprintf(cx->note.telling, sizeof cx->note.telling, "%.*s",
		    SPAN_ARGS(text));
		launch_page_failed(cx, FAULT_STATE_REFUSED, http, response);
		break;
	}
}

/* A24. */
static void
escapes_every_hole(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (enum which i = 0; i < PAGES; i++) {
		struct response response;
		write_page(&cx, i, SPAN(EVIL), false, &response);
		size_t tame = count(response.body, TAME);
		if (count(response.body, "alert(1)") != tame)
			fail_msg("%s: not escaped", pages[i].name);
		if (tame != pages[i].holes)
			fail_msg("%s: %zu holes", pages[i].name, tame);
		expect_parses(pages[i].name, response.body);
		cx_reset(&cx);
	}
	cx_release(&cx);
}

static void
says_who_it_is(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (enum which i = 0; i < PAGES; i++) {
		struct response response;
		write_page(&cx, i, SPAN("plain"), false, &response);
		const char *name = pages[i].name;
		if (response.status != (i == FAILED ? 400 : 200) ||
		    strcmp(response.content_type, "text/html; charset=utf-8") !=
			0)
			fail_msg("%s: status %d", name, response.status);
		expect_parses(name, response.body);
		if (count(response.body, "<title></title>") ||
		    count(response.body, "<title>") != 1 ||
		    count(response.body, "<h1>") != 1 ||
		    count(response.body, "{{") ||
		    !span_starts(response.body, "<!doctype html>") ||
		    !span_ends(response.body, "</html>\n"))
			fail_msg("%s: %.*s", name, SPAN_ARGS(response.body));
		/* What is absent takes its words along. */
		struct response without;
		write_page(&cx, i, SPAN(""), false, &without);
		expect_parses(name, without.body);
		size_t inputs = count(response.body, "<input") +
				count(response.body, "<dt>");
		size_t fewer =
		    count(without.body, "<input") + count(without.body, "<dt>");
		if (inputs - fewer != pages[i].absent)
			fail_msg("%s: %zu of %zu", name, fewer, inputs);
		cx_reset(&cx);
	}
	cx_release(&cx);
}

static void
allows_what_it_needs(void **state)
{
	static const char *const ours = "form-action 'self' https:;";
	static const char *const any = "form-action 'self' https: http:;";
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (enum which i = 0; i < PAGES; i++) {
		struct response one, two;
		write_page(&cx, i, SPAN("x"), false, &one);
		write_page(&cx, i, SPAN("x"), true, &two);
		struct span strict = policy_of(&one), lax = policy_of(&two);
		const char *none = "form-action 'none';";
		if (count(strict, pages[i].forms ? ours : none) != 1 ||
		    count(lax, pages[i].forms ? any : none) != 1 ||
		    count(strict, "http:") ||
		    count(lax, "frame-ancestors https: http:") != 1 ||
		    count(strict, "unsafe") ||
		    count(strict, "default-src 'none'") != 1)
			fail_msg("%s: %.*s, %.*s", pages[i].name,
			    SPAN_ARGS(strict), SPAN_ARGS(lax));
		if ((count(one.body, "<form") == 1) != pages[i].forms)
			fail_msg("%s: forms", pages[i].name);
		/* Scripts are of the page alone. */
		if (count(one.body, "<script") !=
			count(one.body, "<script nonce=\"") ||
		    count(one.body, " onclick") || count(one.body, " onload") ||
		    count(one.body, "src="))
			fail_msg("%s: scripts", pages[i].name);
		cx_reset(&cx);
	}
	cx_release(&cx);
}

/* --- without JavaScript -------------------------------------------------- */

static const struct login_request request = {
    .issuer = {"https://l.example", 17},
    .client_id = {"c1", 2},
    .login_hint = {"h1", 2},
    .message_hint = {"m1", 2},
    .target = {"https://g.example/lti/launch", 28},
    .deployment_id = {"d1", 2},
    .storage_target = {"_parent", 7},
};

#define INPUT(name, value)                                                     \
	"<input type=\"hidden\" name=\"" name "\" value=\"" value "\">"

static void
expect_parts(
    const char *row, struct span page, const char *const *parts, size_t times)
{
	for (; *parts; parts++)
		if (count(page, *parts) != times)
			fail_msg("%s: %s: %.*s", row, *parts, SPAN_ARGS(page));
}

static void
begins_again_by_a_form(void **state)
{
	static const char *const login[] = {
	    "method=\"post\" action=\"https://g.example/lti/login\"",
	    INPUT("iss", "https://l.example"), INPUT("login_hint", "h1"),
	    INPUT("target_link_uri", "https://g.example/lti/launch"), NULL};
	static const char *const optional[] = {INPUT("client_id", "c1"),
	    INPUT("lti_message_hint", "m1"), INPUT("lti_deployment_id", "d1"),
	    NULL};
	static const char *const store[] = {INPUT("ltigate_cookie_tried", "1"),
	    "<noscript><button>Continue</button></noscript>",
	    "data-target=\"_parent\"", "data-origin=\"https://l.example\"",
	    "data-key=\"k1\"", "data-secret=\"s1\"",
	    "data-url=\"https://l.example/auth?a&amp;b\"", NULL};
	static const char *const window[] = {INPUT("ltigate_new_window", "1"),
	    "target=\"_blank\"", "<button>Open Tool</button>", NULL};
	/* Else it would go round for ever. */
	static const char *const never[] = {
	    "lti_storage_target", "<noscript></noscript>", NULL};
	const struct storage_frame frame = {
	    SPAN("_parent"), SPAN("https://l.example"), SPAN("k1"), SPAN("s1")};
	struct login_request least = request;
	struct login_page page = {
	    &request, SPAN("Tool"), SPAN("https://g.example/lti/login"), false};
	struct response response;
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (int i = 0; i < 2; i++) {
		response = (struct response){0};
		launch_page_store(&cx, &page, &frame,
		    SPAN("https://l.example/auth?a&b"), &response);
		expect_parts("storage", response.body, login, 1);
		expect_parts("storage", response.body, store, 1);
		expect_parts("storage", response.body, optional, i == 0);
		expect_parts("storage", response.body, never, 0);
		response = (struct response){0};
		launch_page_window(&cx, &page, &response);
		expect_parts("window", response.body, login, 1);
		expect_parts("window", response.body, window, 1);
		expect_parts("window", response.body, optional, i == 0);
		expect_parts("window", response.body, never, 0);
		least.client_id = least.message_hint = least.deployment_id =
		    SPAN_NONE;
		page.request = &least;
	}
	cx_release(&cx);
}

static void
posts_the_launch_again_by_a_form(void **state)
{
	static const char *const parts[] = {
	    "method=\"post\" action=\"https://g.example/lti/launch\"",
	    INPUT("id_token", "a.b.c"), INPUT("state", "1.2.3"),
	    /* Present and empty: it was tried. */
	    INPUT("ltigate_browser", ""),
	    "<noscript><button>Continue</button></noscript>",
	    "data-target=\"frame\"", "data-origin=\"https://l.example\"",
	    "data-key=\"k1\"", NULL};
	const struct posted_launch posted = {
	    SPAN("https://g.example/lti/launch"), SPAN("a.b.c"), SPAN("1.2.3"),
	    false};
	const struct storage_frame frame = {
	    SPAN("frame"), SPAN("https://l.example"), SPAN("k1"), SPAN_NONE};
	struct response response = {0};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	launch_page_fetch(&cx, &posted, &frame, &response);
	expect_parts("launch", response.body, parts, 1);
	/* PS1: no message goes to just anybody, none is taken from anybody. */
	assert_int_equal(count(response.body, "'*'"),
	    count(response.body, "org.imsglobal.lti.close'}, '*'"));
	assert_true(count(response.body, "event.origin !== data.origin") == 1);
	assert_true(count(response.body, "message.message_id !== id") == 1);
	cx_release(&cx);
}

static void
shows_what_arrived(void **state)
{
	const struct shown_launch all = {.platform = SPAN("School"),
	    .message = SPAN("LtiX"),
	    .person = SPAN("Tina"),
	    .context = SPAN("Biology"),
	    .link = SPAN("Cells")};
	static const char *const parts[] = {"<dt>LMS</dt><dd>School</dd>",
	    "<dt>Message</dt><dd>LtiX</dd>", "<dt>Person</dt><dd>Tina</dd>",
	    "<dt>Course</dt><dd>Biology</dd>", "<dt>Link</dt><dd>Cells</dd>",
	    NULL};
	struct response response = {0};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	launch_page_shown(&cx, &all, &response);
	expect_parts("shown", response.body, parts, 1);
	assert_int_equal(count(response.body, cx.reference), 1);
	cx_release(&cx);
}

/* --- a launch that failed ------------------------------------------------ */

static void
has_words_for_every_fault(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (enum fault i = FAULT_NONE + 1; i < FAULT_COUNT; i++) {
		const struct fault_text *text = fault_text(i);
		struct response response = {0};
		launch_page_failed(&cx, i, false, &response);
		if (response.status != text->status)
			fail_msg("%s: status %d", text->name, response.status);
		expect_parses(text->name, response.body);
		if (count(response.body, "<title></title>") ||
		    count(response.body, "<h1></h1>") ||
		    count(response.body, "<p></p>") ||
		    count(response.body, "<p>.") ||
		    count(response.body, cx.reference) != 1 ||
		    count(response.body, "Back to the LMS"))
			fail_msg(
			    "%s: %.*s", text->name, SPAN_ARGS(response.body));
		cx_reset(&cx);
	}
	cx_release(&cx);
}

static void
tells_what_to_do(void **state)
{
	static const struct {
		const char *name;
		enum fault fault;
		const char *telling, *part;
	} rows[] = {
	    {"title", FAULT_BROWSER_NOT_BOUND, "",
		"<h1>Your browser keeps no cookies for this tool</h1>"},
	    {"another title", FAULT_PLATFORM_INACTIVE, "",
		"<title>Registered, waiting for approval</title>"},
	    {"the title of all others", FAULT_SIGNATURE_WRONG, "",
		"<h1>The tool could not be opened</h1>"},
	    {"the last of its own", FAULT_STORE_BUSY, "",
		"<h1>The gateway is busy</h1>"},
	    {"what it is", FAULT_SIGNATURE_WRONG, "",
		"<p>The token&#39;s signature is not the LMS&#39;s.</p>"},
	    {"what was told", FAULT_SIGNATURE_WRONG, "A told thing",
		"<p>A told thing.</p>"},
	    {"a full stop is enough", FAULT_SIGNATURE_WRONG, "A told thing.",
		"<p>A told thing.</p>"},
	    {"advice", FAULT_STATE_EXPIRED, "",
		"<h2>What you can do</h2>\n<p>A launch has to be finished "
		"within ten minutes."},
	    {"advice for all others", FAULT_SIGNATURE_WRONG, "",
		"<h2>What you can do</h2>\n<p>Go back to the LMS"},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct response response = {0};
		strcpy(cx.note.telling, rows[i].telling);
		launch_page_failed(&cx, rows[i].fault, false, &response);
		if (count(response.body, rows[i].part) != 1)
			fail_msg(
			    "%s: %.*s", rows[i].name, SPAN_ARGS(response.body));
		cx_reset(&cx);
	}
	/* Where there is nothing to do, no words. */
	struct response response = {0};
	launch_page_failed(&cx, FAULT_MESSAGE_NOT_OFFERED, false, &response);
	assert_int_equal(count(response.body, "What you can do"), 0);
	cx_release(&cx);
}

/* CO6. */
static void
leads_back_to_the_lms(void **state)
{
#define BACK_A "lti_errormsg=A%20%22told%22%20%26%20thing%C3%A4."
#define REFERENCE "%20%28reference%20"
#define BACK_B "%29&amp;lti_errorlog=INVALID_SIGNATURE%2C%20reference%20"
	static const struct {
		const char *name, *url, *head, *tail;
	} rows[] = {
	    {"no query", "https://l.example/back",
		"href=\"https://l.example/back?" BACK_A REFERENCE,
		"\" target=\"_top\">Back to the LMS</a>"},
	    {"a query", "https://l.example/back?a=b&c",
		"href=\"https://l.example/back?a=b&amp;c&amp;" BACK_A REFERENCE,
		"\" target=\"_top\">"},
	    {"a fragment", "https://l.example/back#top",
		"href=\"https://l.example/back?" BACK_A REFERENCE,
		"#top\" target=\"_top\">"},
	    {"A24 markup", "https://l.example/'x",
		"href=\"https://l.example/&#39;x?" BACK_A REFERENCE,
		"\" target=\"_top\">"},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct response response = {0};
		strcpy(cx.note.telling, "A \"told\" & thing\xc3\xa4");
		cx.note.way_back = span_of(rows[i].url);
		launch_page_failed(
		    &cx, FAULT_SIGNATURE_WRONG, false, &response);
		struct span link = arena_printf(cx.arena,
		    "%s%s"
		    "%s%s%s",
		    rows[i].head, cx.reference, BACK_B, cx.reference,
		    rows[i].tail);
		if (count(response.body, link.at) != 1)
			fail_msg(
			    "%s: %.*s", rows[i].name, SPAN_ARGS(response.body));
		cx_reset(&cx);
	}
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(escapes_every_hole),
	    cmocka_unit_test(says_who_it_is),
	    cmocka_unit_test(allows_what_it_needs),
	    cmocka_unit_test(begins_again_by_a_form),
	    cmocka_unit_test(posts_the_launch_again_by_a_form),
	    cmocka_unit_test(shows_what_arrived),
	    cmocka_unit_test(has_words_for_every_fault),
	    cmocka_unit_test(tells_what_to_do),
	    cmocka_unit_test(leads_back_to_the_lms),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
