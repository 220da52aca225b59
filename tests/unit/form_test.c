/* form_test.c - queries and forms, percent-encoding
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/cx.h"
#include "http/form.h"

static void
no_random(void *bytes, size_t length)
{
	memset(bytes, 0, length);
}

static const struct {
	const char *name, *text;
	size_t count;
	const char *expected; /* name=value| ... */
} good_rows[] = {
    {"nothing", "", 0, ""},
    {"one", "a=b", 1, "a=b|"},
    {"two", "a=b&c=d", 2, "a=b|c=d|"},
    {"empty value", "a=", 1, "a=|"},
    {"no equals sign", "a", 1, "a=|"},
    {"empty name", "=b", 1, "=b|"},
    {"equals signs in a value", "a=b=c==", 1, "a=b=c==|"},
    {"empty parts", "&&a=b&&", 1, "a=b|"},
    {"plus and percent", "a+b=%20c%2B%26%3d", 1, "a b= c+&=|"},
    {"lower and upper case", "%6a=%6A", 1, "j=j|"},
    {"decoded once", "a=%2541", 1, "a=%41|"},
    {"UTF-8", "a=%C3%A9%E2%82%AC%F0%9F%98%80", 1,
	"a=\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80|"},
    {"raw UTF-8", "a=\xc3\xa9", 1, "a=\xc3\xa9|"},
    {"controls", "a=%0D%0A%7F", 1, "a=\r\n\x7f|"},
    {"edges of UTF-8",
	"a=%C2%80%DF%BF%E0%A0%80%ED%9F%BF%EE%80%80%F0%90%80%80%F4%8F%BF%BF", 1,
	"a=\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80"
	"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf|"},
    {"the same name twice", "a=1&a=2", 2, "a=1|a=2|"},
};

static void
reads(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, no_random);
	for (size_t i = 0; i < sizeof good_rows / sizeof *good_rows; i++) {
		struct form form;
		struct span all = SPAN("");
		if (form_read(&cx, span_of(good_rows[i].text), &form))
			fail_msg("%s: refused", good_rows[i].name);
		for (size_t k = 0; k < form.count; k++)
			all = arena_printf(cx.arena, "%.*s%.*s=%.*s|",
			    SPAN_ARGS(all), SPAN_ARGS(form.fields[k].name),
			    SPAN_ARGS(form.fields[k].value));
		if (form.count != good_rows[i].count ||
		    !span_is(all, good_rows[i].expected))
			fail_msg("%s: %.*s", good_rows[i].name, SPAN_ARGS(all));
	}
	cx_release(&cx);
}

static const struct {
	const char *name, *text;
} bad_rows[] = {
    {"half an escape", "a=%4"},
    {"a percent sign", "a=%"},
    {"no digit", "a=%4g"},
    {"sign for a digit", "a=%+1"},
    {"in a name", "%zz=1"},
    {"NUL", "a=%00"},
    {"NUL in a name", "a%00b=1"},
    {"lone continuation", "a=%80"},
    {"cut short", "a=%C3"},
    {"cut short before another", "a=%C3&b=%A9"},
    {"not continued", "a=%C3A"},
    {"overlong slash", "a=%C0%AF"},
    {"overlong NUL", "a=%C0%80"},
    {"overlong, three", "a=%E0%80%AF"},
    {"overlong, four", "a=%F0%80%80%AF"},
    {"surrogate", "a=%ED%A0%80"},
    {"beyond Unicode", "a=%F4%90%80%80"},
    {"five bytes", "a=%F8%88%80%80%80"},
    {"latin-1", "a=\xe9"},
};

static void
refuses(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, no_random);
	for (size_t i = 0; i < sizeof bad_rows / sizeof *bad_rows; i++) {
		struct form form = {NULL, 77};
		if (form_read(&cx, span_of(bad_rows[i].text), &form) !=
			FAULT_FORM_MALFORMED ||
		    form.count != 77)
			fail_msg("%s: taken", bad_rows[i].name);
	}
	cx_release(&cx);
}

static void
bounds_the_fields(void **state)
{
	struct cx cx;
	struct form form;
	char text[2 * (FORM_FIELDS_MAX + 1)];

	(void)state;
	cx_init(&cx, no_random);
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = i % 2 ? '&' : 'a';
	assert_int_equal(
	    form_read(&cx, span_from(text, sizeof text - 2), &form),
	    FAULT_NONE);
	assert_int_equal(form.count, FORM_FIELDS_MAX);
	assert_int_equal(form_read(&cx, span_from(text, sizeof text), &form),
	    FAULT_FORM_MALFORMED);
	cx_release(&cx);
}

static void
finds(void **state)
{
	struct cx cx;
	struct form form;
	struct span value = SPAN("as it was");

	(void)state;
	cx_init(&cx, no_random);
	assert_int_equal(
	    form_read(&cx, SPAN("a=1&b=2&a=3&c"), &form), FAULT_NONE);
	assert_int_equal(
	    form_find(&cx, &form, "a", &value), FAULT_FORM_MALFORMED);
	assert_string_equal(cx.note.telling, "a stands twice");
	assert_true(span_is(value, "as it was"));
	assert_int_equal(form_find(&cx, &form, "b", &value), FAULT_NONE);
	assert_true(span_is(value, "2"));
	assert_int_equal(form_find(&cx, &form, "c", &value), FAULT_NONE);
	assert_true(value.at && value.length == 0);
	assert_int_equal(form_find(&cx, &form, "d", &value), FAULT_NONE);
	assert_null(value.at);
	cx_release(&cx);
}

/* Every byte but NUL goes there and back. */
static void
encodes(void **state)
{
	struct cx cx;
	struct form form;

	(void)state;
	cx_init(&cx, no_random);
	struct span encoded =
	    form_encode(cx.arena, SPAN("aZ09-._~ +/?&=%\"\n"));
	assert_true(span_is(encoded, "aZ09-._~%20%2B%2F%3F%26%3D%25%22%0A"));
	encoded = form_encode(cx.arena, SPAN("\xc3\xa9"));
	assert_true(span_is(encoded, "%C3%A9"));
	for (int c = 1; c < 128; c++) {
		char byte = (char)c;
		encoded = form_encode(cx.arena, span_from(&byte, 1));
		assert_int_equal(
		    form_read(&cx,
			arena_printf(cx.arena, "%.*s=", SPAN_ARGS(encoded)),
			&form),
		    FAULT_NONE);
		assert_true(
		    span_equal(form.fields[0].name, span_from(&byte, 1)));
	}
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads),
	    cmocka_unit_test(refuses),
	    cmocka_unit_test(bounds_the_fields),
	    cmocka_unit_test(finds),
	    cmocka_unit_test(encodes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
