/* roster_test.c - the people of a context
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lti/roster.h"
#include "vectors.h"
#include "json/jwrite.h"

static void
expect(struct cx *cx, const char *row, const struct json_t *got,
    const char *expected)
{
	struct span text = got ? jwrite_bytes(cx, got) : SPAN("none");

	if (!span_is(text, expected))
		fail_msg("%s: %.*s, not %s", row, SPAN_ARGS(text), expected);
}

/* A member of an LMS, and what becomes of it; NULL: it is left out. */
static const struct {
	const char *name, *member, *person;
} rows[] = {
    {"NR3 Moodle",
	"{\"status\":\"Active\",\"roles\":[\"Learner\"],\"user_id\":\"4\","
	"\"lis_person_sourcedid\":\"\",\"name\":\"Stu Dent\","
	"\"given_name\":\"Stu\",\"family_name\":\"Dent\","
	"\"email\":\"student@example.com\",\"ext_user_username\":\"student\"}",
	"{\"userId\":\"4\",\"roles\":[\"Learner\"],\"status\":\"Active\","
	"\"email\":\"student@example.com\",\"name\":\"Stu Dent\","
	"\"givenName\":\"Stu\",\"familyName\":\"Dent\","
	"\"ext_user_username\":\"student\"}"},
    {"NR3 everything that is known",
	"{\"user_id\":\"4\",\"roles\":[\"a\",\"b\"],\"status\":\"Inactive\","
	"\"email\":\"e\",\"name\":\"n\",\"given_name\":\"g\","
	"\"family_name\":\"f\",\"middle_name\":\"m\",\"picture\":\"p\","
	"\"lis_person_sourcedid\":\"s\",\"lti11_legacy_user_id\":\"l\"}",
	"{\"userId\":\"4\",\"roles\":[\"a\",\"b\"],\"status\":\"Inactive\","
	"\"email\":\"e\",\"name\":\"n\",\"givenName\":\"g\","
	"\"familyName\":\"f\",\"middleName\":\"m\",\"picture\":\"p\","
	"\"lisPersonSourcedId\":\"s\",\"lti11LegacyUserId\":\"l\"}"},
    {"NR3 the least", "{\"user_id\":\"4\",\"roles\":[]}",
	"{\"userId\":\"4\",\"roles\":[],\"status\":\"Active\"}"},
    {"NR3 no roles", "{\"user_id\":\"4\"}",
	"{\"userId\":\"4\",\"roles\":[],\"status\":\"Active\"}"},
    {"NR3 roles are null", "{\"user_id\":\"4\",\"roles\":null}",
	"{\"userId\":\"4\",\"roles\":[],\"status\":\"Active\"}"},
    {"NR3 roles that are none", "{\"user_id\":\"4\",\"roles\":[1,\"a\",{}]}",
	"{\"userId\":\"4\",\"roles\":[\"a\"],\"status\":\"Active\"}"},
    {"NR3 roles in one text", "{\"user_id\":\"4\",\"roles\":\"a, b\"}",
	"{\"userId\":\"4\",\"roles\":[\"a\",\"b\"],\"status\":\"Active\"}"},
    {"NR3 Deleted", "{\"user_id\":\"4\",\"status\":\"Deleted\"}",
	"{\"userId\":\"4\",\"roles\":[],\"status\":\"Deleted\"}"},
    {"NR3 status is empty", "{\"user_id\":\"4\",\"status\":\"\"}",
	"{\"userId\":\"4\",\"roles\":[],\"status\":\"Active\"}"},
    {"NR3 status is null", "{\"user_id\":\"4\",\"status\":null}",
	"{\"userId\":\"4\",\"roles\":[],\"status\":\"Active\"}"},
    {"NR3 texts that are none",
	"{\"user_id\":\"4\",\"name\":null,\"email\":1,\"picture\":\"\"}",
	"{\"userId\":\"4\",\"roles\":[],\"status\":\"Active\"}"},
    {"NR3 a number", "{\"user_id\":4}",
	"{\"userId\":\"4\",\"roles\":[],\"status\":\"Active\"}"},
    {"NR6 messages",
	"{\"message\":[{\"https://p/custom\":{\"a\":null}},1],"
	"\"user_id\":\"4\"}",
	"{\"userId\":\"4\",\"roles\":[],\"status\":\"Active\","
	"\"message\":[{\"https://p/custom\":{\"a\":null}},1]}"},
    {"another member of our name",
	"{\"user_id\":\"4\",\"userId\":\"5\",\"givenName\":\"x\","
	"\"given_name\":\"g\",\"familyName\":null,"
	"\"lisPersonSourcedId\":[]}",
	"{\"userId\":\"4\",\"roles\":[],\"status\":\"Active\","
	"\"givenName\":\"g\"}"},
    {"NR3 no user", "{\"name\":\"n\",\"userId\":\"4\"}", NULL},
    {"NR3 user is empty", "{\"user_id\":\"\"}", NULL},
    {"NR3 user is null", "{\"user_id\":null}", NULL},
    {"NR3 user is true", "{\"user_id\":true}", NULL},
    {"no object", "\"4\"", NULL},
    {"null", "null", NULL},
    {"a list", "[{\"user_id\":\"4\"}]", NULL},
};

static void
reads_members(void **state)
{
	struct cx cx;
	struct roster_page page;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct json_t *members =
		    jwrite_copy(&cx, vector_parse(&cx, "[0]"));
		if (roster_read(&cx,
			arena_printf(cx.arena,
			    "{\"members\":[%s,{\"user_id\":\"last\"}]}",
			    rows[i].member),
			members, &page))
			fail_msg("%s: %s", rows[i].name, cx.note.telling);
		if (jread_count(members) != (rows[i].person ? 3 : 2))
			fail_msg("%s: %zu", rows[i].name, jread_count(members));
		if (rows[i].person)
			expect(&cx, rows[i].name, jread_at(members, 1),
			    rows[i].person);
	}
	cx_release(&cx);
}

static const struct {
	const char *name, *body;
	const char *id; /* NULL: malformed */
	const char *context;
	size_t count;
} pages[] = {
    {"NR2 Moodle",
	"{\"id\":\"https://lms/m\",\"context\":{\"id\":\"2\","
	"\"label\":\"LTI101\"},\"members\":[{\"user_id\":\"4\"},"
	"{\"user_id\":\"3\"}]}",
	"https://lms/m", "{\"id\":\"2\",\"label\":\"LTI101\"}", 2},
    {"nobody", "{\"id\":\"i\",\"context\":{},\"members\":[]}", "i", "{}", 0},
    {"no id, no context", "{\"members\":[{\"user_id\":\"4\"}]}", "", "none", 1},
    {"an id and a context that are none",
	"{\"id\":7,\"context\":[],\"members\":[]}", "", "none", 0},
    {"a list", "[{\"user_id\":\"4\"}]", "", "none", 1},
    {"AG9 empty", "", "", "none", 0},
    {"AG9 blank", " \r\n", "", "none", 0},
    {"no members", "{\"id\":\"i\",\"context\":{}}", NULL, "", 0},
    {"members are none", "{\"members\":{\"user_id\":\"4\"}}", NULL, "", 0},
    {"an error", "{\"error\":\"secret\"}", NULL, "", 0},
    {"a text", "\"secret\"", NULL, "", 0},
    {"a page", "<html>secret", NULL, "", 0},
    {"half of it", "{\"members\":[{\"user_id\":\"secret\"}", NULL, "", 0},
};

static void
reads_pages(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		struct roster_page page = {SPAN("before"), NULL};
		struct json_t *members = jwrite_array(&cx);
		enum fault fault =
		    roster_read(&cx, span_of(pages[i].body), members, &page);
		if (fault !=
		    (pages[i].id ? FAULT_NONE : FAULT_SERVICE_REPLY_MALFORMED))
			fail_msg(
			    "%s: %s", pages[i].name, fault_text(fault)->name);
		if (jread_count(members) != pages[i].count)
			fail_msg(
			    "%s: %zu", pages[i].name, jread_count(members));
		if (fault && (!span_is(page.id, "before") ||
				 !strstr(cx.note.telling, "members") ||
				 strstr(cx.note.detail, "secret")))
			fail_msg("%s: %s", pages[i].name, cx.note.telling);
		if (fault)
			continue;
		if (!span_is(page.id, pages[i].id) || !page.id.at)
			fail_msg("%s: %.*s", pages[i].name, SPAN_ARGS(page.id));
		expect(&cx, pages[i].name, page.context, pages[i].context);
	}
	cx_release(&cx);
}

/* A45: a whole course at once, but not more. */
static void
is_bounded(void **state)
{
	static char body[2 * ROSTER_VALUES_MAX + 8];
	struct cx cx;
	struct roster_page page;

	(void)state;
	cx_init(&cx, vector_random);
	struct json_t *members = jwrite_array(&cx);
	char *end = body;
	*end++ = '[';
	for (size_t i = 0; i < ROSTER_VALUES_MAX - 1; i++) {
		*end++ = '0';
		*end++ = ',';
	}
	memcpy(end, "0]", 2);
	struct span text = span_from(body, (size_t)(end - body) + 2);
	assert_int_equal(roster_read(&cx, text, members, &page), FAULT_NONE);
	memcpy(end, "0,0]", 4);
	text.length += 2;
	assert_int_equal(roster_read(&cx, text, members, &page),
	    FAULT_SERVICE_REPLY_MALFORMED);
	assert_non_null(strstr(cx.note.telling, "more than 400000 values"));
	assert_int_equal(jread_count(members), 0);
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_members),
	    cmocka_unit_test(reads_pages),
	    cmocka_unit_test(is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
