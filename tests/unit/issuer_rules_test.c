/* issuer_rules_test.c - which host may speak for which issuer
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/cx.h"
#include "lti/issuer_rules.h"
#include "vectors.h"

#define CANVAS "https://canvas.instructure.com"

static const struct {
	const char *name;
	const char *issuer, *issuer_host, *configuration, *registration;
	bool token;
	const char *more; /* the operator's exceptions */
	enum fault expected;
} rows[] = {
    {"DR5 same host", "https://l.example", "l.example", "l.example",
	"l.example", true, "", FAULT_NONE},
    {"DR5 same host, other path", "https://l.example/moodle", "l.example",
	"l.example", "l.example", true, "", FAULT_NONE},
    {"D15 other host", "https://l.example", "l.example", "evil.example",
	"evil.example", false, "", FAULT_ISSUER_REFUSED},
    {"A11 port in one only", "https://l.example", "l.example", "l.example:8443",
	"l.example:8443", false, "", FAULT_ISSUER_REFUSED},
    {"A11 host as a suffix", "https://l.example", "l.example", "evil-l.example",
	"evil-l.example", false, "", FAULT_ISSUER_REFUSED},
    {"A11 host as a head", "https://l.example", "l.example",
	"l.example.evil.example", "l.example.evil.example", false, "",
	FAULT_ISSUER_REFUSED},
    {"issuer is no URL", "123456", "", "l.example", "l.example", false, "",
	FAULT_ISSUER_REFUSED},
    {"issuer is no URL, host empty", "123456", "", "", "", false, "",
	FAULT_ISSUER_REFUSED},
    {"A13 the shared issuer from elsewhere", CANVAS, "canvas.instructure.com",
	"evil.example", "evil.example", true, "", FAULT_ISSUER_REFUSED},
    {"R5 Canvas, a school's host", CANVAS, "canvas.instructure.com",
	"school.instructure.com", "school.instructure.com", true, "",
	FAULT_NONE},
    {"R6 Canvas as it is: its own host, the school's endpoint", CANVAS,
	"canvas.instructure.com", "canvas.instructure.com",
	"school.instructure.com", true, "", FAULT_NONE},
    {"R6 Canvas, the other way round", CANVAS, "canvas.instructure.com",
	"school.instructure.com", "canvas.instructure.com", true, "",
	FAULT_NONE},
    {"R6 Canvas, the sign-in host", CANVAS, "canvas.instructure.com",
	"sso.canvaslms.com", "school.instructure.com", true, "", FAULT_NONE},
    {"A20 Canvas, a vanity host takes the token", CANVAS,
	"canvas.instructure.com", "canvas.instructure.com",
	"canvas.univ.example", true, "", FAULT_ENDPOINT_REFUSED},
    {"R6 Canvas, a vanity host that is allowed", CANVAS,
	"canvas.instructure.com", "canvas.instructure.com",
	"canvas.univ.example", true, "canvas.univ.example=" CANVAS, FAULT_NONE},
    {"A11 Canvas, suffix trick", CANVAS, "canvas.instructure.com",
	"evilinstructure.com", "evilinstructure.com", true, "",
	FAULT_ISSUER_REFUSED},
    {"A11 Canvas, head trick", CANVAS, "canvas.instructure.com",
	"x.instructure.com.evil.example", "x.instructure.com.evil.example",
	true, "", FAULT_ISSUER_REFUSED},
    {"Canvas, the suffix itself", CANVAS, "canvas.instructure.com",
	"instructure.com", "instructure.com", true, "", FAULT_ISSUER_REFUSED},
    {"Canvas, issuer with a slash", CANVAS "/", "canvas.instructure.com",
	"school.instructure.com", "school.instructure.com", true, "",
	FAULT_ISSUER_REFUSED},
    {"Canvas beta", "https://canvas.beta.instructure.com",
	"canvas.beta.instructure.com", "school.beta.instructure.com",
	"school.beta.instructure.com", true, "", FAULT_NONE},
    {"Canvas beta, a host of production", "https://canvas.beta.instructure.com",
	"canvas.beta.instructure.com", "school.instructure.com",
	"school.instructure.com", true, "", FAULT_ISSUER_REFUSED},
    {"R5 Blackboard", "https://blackboard.com", "blackboard.com",
	"developer.blackboard.com", "developer.blackboard.com", false, "",
	FAULT_NONE},
    {"R5 Blackboard, Anthology's name", "https://blackboard.com",
	"blackboard.com", "developer.anthology.com", "developer.blackboard.com",
	false, "", FAULT_NONE},
    {"A13 Blackboard from a school", "https://blackboard.com", "blackboard.com",
	"learn.school.example", "learn.school.example", false, "",
	FAULT_ISSUER_REFUSED},
    {"R5 an exception of the operator", CANVAS, "canvas.instructure.com",
	"canvas.univ.example", "canvas.univ.example", true,
	" canvas.univ.example = " CANVAS " , ", FAULT_NONE},
    {"R5 it is for that host only", CANVAS, "canvas.instructure.com",
	"other.univ.example", "other.univ.example", true,
	"canvas.univ.example=" CANVAS, FAULT_ISSUER_REFUSED},
    {"R5 it is for that issuer only", "https://l.example", "l.example",
	"canvas.univ.example", "canvas.univ.example", true,
	"canvas.univ.example=" CANVAS, FAULT_ISSUER_REFUSED},
    {"an exception with any port", "https://l.example", "l.example",
	"c.example:8443", "c.example:8443", true, "c.example=https://l.example",
	FAULT_NONE},
    {"an exception with a port", "https://l.example", "l.example",
	"c.example:8443", "c.example:8443", true,
	"c.example:8444=https://l.example", FAULT_ISSUER_REFUSED},
    {"R6 an allowed pair, the issuer's host takes the token",
	"https://id.example", "id.example", "l.example", "id.example", true,
	"l.example=https://id.example", FAULT_NONE},
    {"D16 A20 token to another host", "https://l.example", "l.example",
	"l.example", "other.example", true, "", FAULT_ENDPOINT_REFUSED},
    {"A20 token to another port", "https://l.example", "l.example", "l.example",
	"l.example:8443", true, "", FAULT_ENDPOINT_REFUSED},
    {"A20 an allowed pair, a third host", CANVAS, "canvas.instructure.com",
	"canvas.univ.example", "evil.example", true,
	"canvas.univ.example=" CANVAS, FAULT_ENDPOINT_REFUSED},
    {"R6 no token, split hosts", "https://l.example", "l.example", "l.example",
	"other.example", false, "", FAULT_NONE},
};

static void
judges(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct issuer_exceptions exceptions;
		struct span bad;
		assert_true(issuer_rules_read(
		    cx.arena, span_of(rows[i].more), &exceptions, &bad));
		const struct issuer_facts facts = {
		    .issuer = span_of(rows[i].issuer),
		    .issuer_host = span_of(rows[i].issuer_host),
		    .configuration_host = span_of(rows[i].configuration),
		    .registration_host = span_of(rows[i].registration),
		    .with_token = rows[i].token,
		};
		enum fault got = issuer_rules_check(&cx, &exceptions, &facts);
		if (got != rows[i].expected)
			fail_msg("%s: %s: %s", rows[i].name,
			    fault_text(got)->name, cx.note.telling);
		if (got && !strstr(cx.note.telling, rows[i].configuration))
			fail_msg(
			    "%s: not told: %s", rows[i].name, cx.note.telling);
	}
	cx_release(&cx);
}

static void
pins_a_table(void **state)
{
	struct issuer_exceptions pinned = issuer_rules_pinned();

	(void)state;
	assert_true(pinned.count > 0);
	for (size_t i = 0; i < pinned.count; i++) {
		assert_true(span_starts(pinned.at[i].issuer, "https://"));
		assert_false(span_ends(pinned.at[i].issuer, "/"));
		assert_false(span_is(pinned.at[i].hosts, "*.com"));
	}
}

static void
reads_exceptions(void **state)
{
	static const struct {
		const char *name, *text;
		size_t more;
		const char *bad;
	} texts[] = {
	    {"empty", "", 0, 0},
	    {"blank", "  ", 0, 0},
	    {"one", "a=https://b", 1, 0},
	    {"two", "a=https://b,*.c=d", 2, 0},
	    {"empty parts", ",a=b,,", 1, 0},
	    {"issuer with =", "a=https://b/?x=y", 1, 0},
	    {"no =", "a=b,c", 0, "c"},
	    {"no host", "=b", 0, "=b"},
	    {"no issuer", "a=", 0, "a="},
	    {"blank issuer", "a= ", 0, "a= "},
	};
	struct cx cx;
	size_t pinned = issuer_rules_pinned().count;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct issuer_exceptions out = {0};
		struct span bad = SPAN_NONE;
		bool read = issuer_rules_read(
		    cx.arena, span_of(texts[i].text), &out, &bad);
		if (read != !texts[i].bad ||
		    (read && out.count != pinned + texts[i].more) ||
		    (!read && !span_is(bad, texts[i].bad)))
			fail_msg("%s: %d, %zu rows, bad \"%.*s\"",
			    texts[i].name, read, out.count, SPAN_ARGS(bad));
	}
	cx_release(&cx);
}

static void
matches_hosts(void **state)
{
	static const struct {
		const char *pattern, *host;
		bool matches;
	} hosts[] = {
	    {"a.example", "a.example", true},
	    {"A.Example", "a.example", true},
	    {"a.example", "b.example", false},
	    {"a.example", "x.a.example", false},
	    {"a.example", "a.example:8443", true},
	    {"a.example:8443", "a.example:8443", true},
	    {"a.example:8443", "a.example", false},
	    {"*.a.example", "x.a.example", true},
	    {"*.a.example", "y.x.A.EXAMPLE", true},
	    {"*.a.example", "x.a.example:81", true},
	    {"*.a.example:81", "x.a.example:81", true},
	    {"*.a.example:81", "x.a.example:82", false},
	    {"*.a.example", "a.example", false},
	    {"*.a.example", ".a.example", false},
	    {"*.a.example", "xa.example", false},
	    {"*.", "x.", true},
	    {"", "", true},
	    {"", "a", false},
	    {"[::1]", "[::1]", true},
	    {"[::1]", "[::1]:81", true},
	    {"[::1]:81", "[::1]:82", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
		if (issuer_rules_host_matches(span_of(hosts[i].pattern),
			span_of(hosts[i].host)) != hosts[i].matches)
			fail_msg(
			    "%s against %s", hosts[i].host, hosts[i].pattern);
}

/* R5: many customers behind one issuer. */
static void
knows_shared_issuers(void **state)
{
	static const struct {
		const char *name, *issuer, *more;
		bool shared;
	} issuers[] = {
	    {"Canvas's cloud", CANVAS, "", true},
	    {"Canvas, beta", "https://canvas.beta.instructure.com", "", true},
	    {"Canvas, test", "https://canvas.test.instructure.com", "", true},
	    {"Blackboard", "https://blackboard.com", "", true},
	    {"an LMS of its own", "https://l.example", "", false},
	    {"a slash more", CANVAS "/", "", false},
	    {"in capitals", "https://Canvas.instructure.com", "", false},
	    {"a school's host", "https://school.instructure.com", "", false},
	    {"a head of one", "https://blackboard.co", "", false},
	    {"one that begins alike", "https://blackboard.com.evil.example", "",
		false},
	    {"empty", "", "", false},
	    {"the operator's", "https://id.example",
		"a.example=https://id.example,b.example=https://x.example",
		true},
	    {"the operator's last", "https://x.example",
		"a.example=https://id.example,b.example=https://x.example",
		true},
	    {"not the operator's host", "a.example",
		"a.example=https://id.example", false},
	    {"not the operator's", "https://l.example",
		"a.example=https://id.example", false},
	    {"pinned besides the operator's", CANVAS,
		"a.example=https://id.example", true},
	};
	const struct issuer_exceptions none = {NULL, 0};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof issuers / sizeof *issuers; i++) {
		struct issuer_exceptions exceptions;
		struct span bad;
		assert_true(issuer_rules_read(
		    cx.arena, span_of(issuers[i].more), &exceptions, &bad));
		if (issuer_rules_is_shared(&exceptions,
			span_of(issuers[i].issuer)) != issuers[i].shared)
			fail_msg("%s", issuers[i].name);
	}
	assert_true(issuer_rules_is_shared(&none, SPAN(CANVAS)));
	assert_false(issuer_rules_is_shared(&none, SPAN("https://l.example")));
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(judges),
	    cmocka_unit_test(pins_a_table),
	    cmocka_unit_test(reads_exceptions),
	    cmocka_unit_test(matches_hosts),
	    cmocka_unit_test(knows_shared_issuers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
