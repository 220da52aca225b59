/* json_test.c - jread, jshape, jwrite
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>

#include "crypto/random.h"
#include "vectors.h"
#include "json/jshape.h"
#include "json/jwrite.h"

/* --- jread --------------------------------------------------------------- */

#define TEN(x) x x x x x x x x x x
#define THIRTY(x) TEN(x) TEN(x) TEN(x)

/* SPAN is no constant to ISO C. */
#define S(literal)                                                             \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}

static const struct {
	const char *name;
	struct span text;
	bool read;
} texts[] = {
    {"object", S("{}"), true},
    {"array", S("[]"), true},
    {"a value alone", S("\"x\""), true},
    {"blanks around", S(" \r\n\t{} \n"), true},
    {"empty", S(""), false},
    {"nothing", {NULL, 0}, false},
    {"blank", S(" "), false},
    {"A8 trailing garbage", S("{}x"), false},
    {"A8 two values", S("{}{}"), false},
    {"A8 BOM", S("\xef\xbb\xbf{}"), false},
    {"A8 a member twice", S("{\"a\":1,\"b\":2,\"a\":3}"), false},
    {"A8 a member twice, escaped", S("{\"a\":1,\"\\u0061\":3}"), false},
    {"A8 a member twice, inside", S("[{\"a\":{\"b\":1,\"b\":1}}]"), false},
    {"A8 invalid UTF-8", S("\"\xff\""), false},
    {"A8 overlong UTF-8", S("\"\xc0\xaf\""), false},
    {"A8 UTF-8 of a surrogate", S("\"\xed\xa0\x80\""), false},
    {"A8 lone surrogate", S("\"\\ud800\""), false},
    {"A8 lone low surrogate", S("\"\\udc00\""), false},
    {"A8 pair of surrogates", S("\"\\ud83d\\ude00\""), true},
    {"A8 NUL escaped", S("\"a\\u0000b\""), false},
    {"A8 NUL in a name", S("{\"a\\u0000\":1}"), false},
    {"A8 NUL as a byte", S("\"a\0b\""), false},
    {"A8 NUL behind", S("{}\0"), false},
    {"A8 1e99999", S("[1e99999]"), false},
    {"A8 a long integer", S("[12345678901234567890]"), false},
    {"A8 the longest integer", S("[9223372036854775807]"), true},
    {"A8 leading zero", S("[01]"), false},
    {"A8 NaN", S("[NaN]"), false},
    {"A8 comment", S("{/* */}"), false},
    {"A8 single quotes", S("{'a':1}"), false},
    {"A8 comma at the end", S("[1,]"), false},
    {"A8 control character", S("\"a\nb\""), false},
    {"A8 cut short", S("{\"a\":"), false},
    {"A8 open string", S("\"abc"), false},
    {"A8 lone closing bracket", S("]"), false},
    {"A8 depth 32", S(THIRTY("[") "[[]]" THIRTY("]")), true},
    {"A8 depth 33", S(THIRTY("[") "[[[]]]" THIRTY("]")), false},
    {"A8 depth 33, objects",
	S(THIRTY("{\"a\":") "{\"a\":{\"a\":{}}}" THIRTY("}")), false},
    {"brackets in a string are no depth",
	S("\"\\\"" THIRTY("[") THIRTY("{") "\""), true},
    {"depth does not add up", S("[" THIRTY("[],") THIRTY("{},") "1]"), true},
};

static void
parses_within_limits(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		const struct json_t *value = NULL;
		enum fault got = jread_parse(&cx, texts[i].text, &value);
		if (got !=
			(texts[i].read ? FAULT_NONE : FAULT_JSON_MALFORMED) ||
		    (value != NULL) != texts[i].read)
			fail_msg("%s: %s: %s", texts[i].name,
			    fault_text(got)->name, cx.note.detail);
	}
	cx_release(&cx);
}

static void
counts_values(void **state)
{
	struct cx cx;
	const struct json_t *value;
	static char text[2 * JREAD_VALUES_MAX + 10];

	(void)state;
	cx_init(&cx, vector_random);
	for (int more = 0; more < 2; more++) {
		char *end = text;
		*end++ = '[';
		for (int i = 0; i < JREAD_VALUES_MAX - 1 + more; i++) {
			*end++ = '1';
			*end++ = ',';
		}
		*end++ = '1';
		*end++ = ']';
		assert_int_equal(
		    jread_parse(
			&cx, span_from(text, (size_t)(end - text)), &value),
		    more ? FAULT_JSON_MALFORMED : FAULT_NONE);
	}
	cx_release(&cx);
}

static void
asks_anything(void **state)
{
	struct cx cx;
	struct span text = SPAN("untouched"), name;
	const struct json_t *inner;
	void *place = NULL;
	int64_t number = 77;
	bool truth = true;

	(void)state;
	cx_init(&cx, vector_random);
	/* Of nothing, the answer is no. */
	assert_null(jread_member(NULL, "a"));
	assert_null(jread_at(NULL, 0));
	assert_int_equal(jread_count(NULL), 0);
	assert_false(jread_text(NULL, &text) || jread_integer(NULL, &number) ||
		     jread_bool(NULL, &truth) || jread_is_array(NULL) ||
		     jread_is_object(NULL) || jread_holds(NULL, SPAN("")) ||
		     jread_next(NULL, &place, &name, &inner));
	assert_true(span_is(text, "untouched") && number == 77);
	assert_string_equal(jread_type(NULL), "nothing");
	const struct json_t *all = vector_parse(&cx,
	    "{\"o\":{},\"a\":[\"x\",1,\"y\"],\"s\":\"t\",\"i\":-5,\"r\":1.0,"
	    "\"t\":true,\"f\":false,\"n\":null}");
	static const struct {
		const char *name, *type;
	} types[] = {{"o", "an object"}, {"a", "an array"}, {"s", "a string"},
	    {"i", "a number"}, {"r", "a number"}, {"t", "a boolean"},
	    {"f", "a boolean"}, {"n", "null"}};
	for (size_t i = 0; i < 8; i++) {
		assert_true(jread_next(all, &place, &name, &inner));
		assert_true(span_is(name, types[i].name));
		assert_string_equal(jread_type(inner), types[i].type);
		assert_ptr_equal(inner, jread_member(all, types[i].name));
		assert_int_equal(jread_text(inner, &text), i == 2);
		assert_int_equal(jread_integer(inner, &number), i == 3);
		assert_int_equal(jread_bool(inner, &truth), i == 5 || i == 6);
	}
	assert_false(jread_next(all, &place, &name, &inner));
	assert_true(number == -5 && !truth && span_is(text, "t"));
	const struct json_t *array = jread_member(all, "a");
	assert_int_equal(jread_count(array), 3);
	assert_null(jread_at(array, 3));
	assert_true(jread_holds(array, SPAN("y")));
	assert_false(jread_holds(array, SPAN("z")));
	assert_false(jread_holds(jread_member(all, "s"), SPAN("t")));
	assert_true(jread_bool_or(jread_member(all, "s"), true));
	assert_false(jread_bool_or(jread_member(all, "f"), true));
	assert_true(span_is(
	    jread_text_or(jread_member(all, "i"), SPAN("else")), "else"));
	cx_release(&cx);
}

/* --- values that outlive a request --------------------------------------- */

static bool
is_whole(const struct json_t *value)
{
	struct span text;

	return jread_text(jread_at(jread_member(value, "a"), 1), &text) &&
	       span_is(text, "text of its own");
}

/* What a sanitizer sees if a value goes too early, or never. */
static void
keeps_and_lends(void **state)
{
	struct cx first, second;

	(void)state;
	jread_drop(NULL);
	cx_init(&first, vector_random);
	cx_init(&second, vector_random);
	const struct json_t *value =
	    vector_parse(&first, "{\"a\":[1,\"text of its own\"]}");
	assert_ptr_equal(jread_keep(value), value);
	cx_release(&first);
	assert_true(is_whole(value));
	/* Lent twice, and each time until the arena is emptied. */
	cx_init(&first, vector_random);
	jread_borrow(&first, value);
	jread_borrow(&second, value);
	jread_borrow(&second, value);
	jread_drop(value);
	assert_true(is_whole(value));
	cx_reset(&second);
	assert_true(is_whole(value));
	/* A part keeps itself alone. */
	const struct json_t *part = jread_keep(jread_member(value, "a"));
	cx_release(&first);
	assert_int_equal(jread_count(part), 2);
	jread_drop(part);
	cx_release(&second);
}

enum { BORROWERS = 8, LOANS = 500 };

struct borrower {
	const struct json_t *value;
	bool whole;
	pthread_t thread;
};

static void *
borrow_often(void *arg)
{
	struct borrower *borrower = arg;
	struct cx cx;

	cx_init(&cx, random_bytes);
	borrower->whole = true;
	for (int i = 0; i < LOANS; i++) {
		jread_borrow(&cx, borrower->value);
		if (!is_whole(borrower->value))
			borrower->whole = false;
		if (i % 10 == 0)
			cx_reset(&cx);
	}
	cx_release(&cx);
	return NULL;
}

static void
lends_to_many_threads(void **state)
{
	struct borrower borrowers[BORROWERS];
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	const struct json_t *value =
	    vector_parse(&cx, "{\"a\":[1,\"text of its own\"]}");
	for (size_t i = 0; i < BORROWERS; i++) {
		borrowers[i].value = jread_keep(value);
		if (pthread_create(&borrowers[i].thread, NULL, borrow_often,
			&borrowers[i]) != 0)
			fail_msg("no thread");
	}
	for (size_t i = 0; i < BORROWERS; i++) {
		pthread_join(borrowers[i].thread, NULL);
		assert_true(borrowers[i].whole);
		jread_drop(value);
	}
	assert_true(is_whole(value));
	cx_release(&cx);
}

/* --- jshape -------------------------------------------------------------- */

static const char *const choices[] = {"red", "green", NULL};
static const struct jshape inner[] = {
    {.name = "must", .type = JSHAPE_TEXT, .required = true},
    {.name = "may", .type = JSHAPE_INTEGER},
    {0},
};
static const struct jshape shape[] = {
    {.name = "text", .type = JSHAPE_TEXT, .max = 5},
    {.name = "url", .type = JSHAPE_URL},
    {.name = "choice", .type = JSHAPE_CHOICE, .choices = choices},
    {.name = "truth", .type = JSHAPE_BOOL},
    {.name = "number", .type = JSHAPE_INTEGER},
    {.name = "any", .type = JSHAPE_OBJECT},
    {.name = "object", .type = JSHAPE_OBJECT, .members = inner},
    {.name = "texts", .type = JSHAPE_TEXTS, .max = 5},
    {.name = "urls", .type = JSHAPE_URLS},
    {.name = "objects", .type = JSHAPE_OBJECTS, .max = 2, .members = inner},
    {.name = "map", .type = JSHAPE_TEXT_MAP},
    {.name = "lists", .type = JSHAPE_TEXTS_MAP},
    {.name = "tree", .type = JSHAPE_TEXTS_MAP_MAP},
    {0},
};

static const struct {
	const char *name, *json;
	const char *telling; /* NULL: it passes */
} shapes[] = {
    {"nothing", "{}", 0},
    {"unknown", "{\"x\":[{}]}", 0},
    {"no object", "null", "The body must be an object, not null"},
    {"text", "{\"text\":\"12345\"}", 0},
    {"text too long", "{\"text\":\"123456\"}", "text is longer than 5 bytes"},
    {"text null", "{\"text\":null}", "text must be a string, not null"},
    {"url", "{\"url\":\"https://a.example:81/x?y#z\"}", 0},
    {"url http", "{\"url\":\"http://a\"}", 0},
    {"url empty", "{\"url\":\"\"}", 0},
    {"url relative", "{\"url\":\"/x\"}", "url must be an absolute http"},
    {"A26 url javascript", "{\"url\":\"javascript:x\"}", "url must be"},
    {"url scheme alone", "{\"url\":\"https://\"}", "url must be"},
    {"url no host", "{\"url\":\"https:///x\"}", "url must be"},
    {"url port alone", "{\"url\":\"https://:80\"}", "url must be"},
    {"url query alone", "{\"url\":\"https://?x\"}", "url must be"},
    {"url fragment alone", "{\"url\":\"http://#x\"}", "url must be"},
    {"A11 url blank", "{\"url\":\"https://a b\"}", "url must be"},
    {"A11 url tab", "{\"url\":\"https://a\\tb\"}", "url must be"},
    {"A11 url DEL", "{\"url\":\"https://a\\u007fb\"}", "url must be"},
    {"A11 url backslash", "{\"url\":\"https://a\\\\b\"}", "url must be"},
    {"A24 url quote", "{\"url\":\"https://a\\\"b\"}", "url must be"},
    {"A24 url markup", "{\"url\":\"https://a<b\"}", "url must be"},
    {"A24 url markup, end", "{\"url\":\"https://a>b\"}", "url must be"},
    {"choice", "{\"choice\":\"green\"}", 0},
    {"choice other", "{\"choice\":\"Green\"}",
	"choice must be one of \"red\", \"green\""},
    {"choice number", "{\"choice\":1}", "choice must be a string"},
    {"truth", "{\"truth\":false}", 0},
    {"truth number", "{\"truth\":0}", "truth must be true or false"},
    {"number", "{\"number\":0}", 0},
    {"number negative", "{\"number\":-1}", "number must be a whole number"},
    {"number fraction", "{\"number\":1.0}", "number must be a whole number"},
    {"any", "{\"any\":{\"x\":1}}", 0},
    {"any array", "{\"any\":[]}", "any must be an object, not an array"},
    {"object", "{\"object\":{\"must\":\"x\"}}", 0},
    {"object lacks", "{\"object\":{}}", "object.must is missing"},
    {"object empty", "{\"object\":{\"must\":\"\"}}",
	"object.must must not be empty"},
    {"object deeper", "{\"object\":{\"must\":\"x\",\"may\":\"y\"}}",
	"object.may must be a whole number"},
    {"texts", "{\"texts\":[\"a\",\"\"]}", 0},
    {"texts item", "{\"texts\":[\"a\",1]}", "texts[1] must be a string"},
    {"texts item too long", "{\"texts\":[\"123456\"]}", "texts[0] is longer"},
    {"texts no array", "{\"texts\":{}}", "texts must be an array"},
    {"urls", "{\"urls\":[\"https://a\"]}", 0},
    {"urls empty one", "{\"urls\":[\"\"]}", "urls[0] must not be empty"},
    {"objects", "{\"objects\":[{\"must\":\"x\"},{\"must\":\"y\"}]}", 0},
    {"objects too many",
	"{\"objects\":[{\"must\":\"x\"},{\"must\":\"y\"},{\"must\":\"z\"}]}",
	"objects has too many items"},
    {"objects item", "{\"objects\":[{\"must\":\"x\"},{\"must\":2}]}",
	"objects[1].must must be a string, not a number"},
    {"map", "{\"map\":{\"a\":\"b\"}}", 0},
    {"map item", "{\"map\":{\"a\":{}}}", "map.a must be a string"},
    {"map array, as PHP writes it", "{\"map\":[]}", "map must be an object"},
    {"lists", "{\"lists\":{\"a\":[\"b\"]}}", 0},
    {"lists item", "{\"lists\":{\"a\":[1]}}", "lists.a[0] must be a string"},
    {"lists text", "{\"lists\":{\"a\":\"b\"}}", "lists.a must be an array"},
    {"tree", "{\"tree\":{\"a\":{\"b\":[\"c\"]}}}", 0},
    {"tree item", "{\"tree\":{\"a\":{\"b\":[null]}}}",
	"tree.a.b[0] must be a string, not null"},
    {"tree list", "{\"tree\":{\"a\":[]}}", "tree.a must be an object"},
};

static void
checks_shapes(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		enum fault got =
		    jshape_check(&cx, vector_parse(&cx, shapes[i].json), shape);
		if (got != (shapes[i].telling ? FAULT_PARAMETER_REFUSED
					      : FAULT_NONE) ||
		    (got && !strstr(cx.note.telling, shapes[i].telling)))
			fail_msg("%s: %s: %s", shapes[i].name,
			    fault_text(got)->name, cx.note.telling);
	}
	assert_int_equal(
	    jshape_check(&cx, NULL, shape), FAULT_PARAMETER_REFUSED);
	cx_release(&cx);
}

static void
bounds_shapes(void **state)
{
	static const struct {
		const char *name, *member;
		int items;
		bool map, passes;
	} rows[] = {
	    {"texts 200", "texts", 200, false, true},
	    {"texts 201", "texts", 201, false, false},
	    {"map 200", "map", 200, true, true},
	    {"map 201", "map", 201, true, false},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct json_t *body = jwrite_object(&cx);
		struct json_t *in =
		    rows[i].map ? jwrite_inner_object(body, rows[i].member)
				: jwrite_inner_array(body, rows[i].member);
		for (int k = 0; k < rows[i].items; k++)
			if (rows[i].map)
				jwrite_text(in,
				    arena_printf(cx.arena, "k%d", k).at,
				    SPAN(""));
			else
				jwrite_push_text(in, SPAN(""));
		if ((jshape_check(&cx, body, shape) == FAULT_NONE) !=
		    rows[i].passes)
			fail_msg("%s: %s", rows[i].name, cx.note.telling);
	}
	cx_release(&cx);
}

/* --- jwrite -------------------------------------------------------------- */

static void
writes(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	struct json_t *object = jwrite_object(&cx);
	jwrite_text(object, "t", SPAN("a\"\\\n</script>\xe2\x80\xa8"));
	jwrite_text(object, "none", SPAN_NONE);
	jwrite_text_if(object, "empty", SPAN(""));
	jwrite_text_if(object, "if", SPAN("x"));
	jwrite_text(object, "bad", SPAN("a\xff\xc3"));
	jwrite_bool(object, "yes", true);
	jwrite_bool(object, "no", false);
	jwrite_integer(object, "n", INT64_MIN);
	jwrite_null(object, "null");
	jwrite_value(object, "absent", NULL);
	jwrite_named(object, SPAN("own name"), jread_member(object, "if"));
	jwrite_named(object, SPAN("absent"), NULL);
	jwrite_inner_object(object, "o");
	jwrite_text(jwrite_member_object(object, "o"), "in", SPAN("1"));
	jwrite_text(jwrite_member_object(object, "o2"), "in", SPAN("2"));
	struct json_t *array = jwrite_inner_array(object, "a");
	jwrite_push_text(array, SPAN("p"));
	jwrite_push(array, jread_member(object, "n"));
	jwrite_push(array, NULL);
	jwrite_push_object(array);
	jwrite_text(object, "if", SPAN("replaced"));
	jwrite_text(object, "gone", SPAN(""));
	jwrite_remove(object, "gone");
	jwrite_remove(object, "never there");
	assert_string_equal(jwrite_bytes(&cx, object).at,
	    "{\"t\":\"a\\\"\\\\\\n</script>\xe2\x80\xa8\",\"none\":\"\","
	    "\"if\":\"replaced\",\"bad\":\"a??\",\"yes\":true,\"no\":false,"
	    "\"n\":-9223372036854775808,\"null\":null,\"own name\":\"x\","
	    "\"o\":{\"in\":\"1\"},\"o2\":{\"in\":\"2\"},"
	    "\"a\":[\"p\",-9223372036854775808,{}]}");
	cx_release(&cx);
}

static void
copies_deeply(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	const struct json_t *from = vector_parse(&cx, "{\"a\":{\"b\":[1]}}");
	struct json_t *copy = jwrite_copy(&cx, from);
	jwrite_remove(jwrite_member_object(copy, "a"), "b");
	assert_string_equal(jwrite_bytes(&cx, copy).at, "{\"a\":{}}");
	assert_string_equal(jwrite_bytes(&cx, from).at, "{\"a\":{\"b\":[1]}}");
	assert_string_equal(jwrite_pretty(&cx, from).at,
	    "{\n  \"a\": {\n    \"b\": [\n      1\n    ]\n  }\n}");
	assert_string_equal(
	    jwrite_bytes(&cx, jread_member(from, "a")).at, "{\"b\":[1]}");
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parses_within_limits),
	    cmocka_unit_test(counts_values),
	    cmocka_unit_test(asks_anything),
	    cmocka_unit_test(keeps_and_lends),
	    cmocka_unit_test(lends_to_many_threads),
	    cmocka_unit_test(checks_shapes),
	    cmocka_unit_test(bounds_shapes),
	    cmocka_unit_test(writes),
	    cmocka_unit_test(copies_deeply),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
