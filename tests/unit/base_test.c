/* base_test.c - span, text, arena, b64url, clock, fault
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/b64url.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/text.h"
#include "vectors.h"

/* --- span ---------------------------------------------------------------- */

static void
spans_answer(void **state)
{
	const struct span none = SPAN_NONE, abc = SPAN("abc");

	(void)state;
	assert_null(span_of(NULL).at);
	assert_true(span_is(abc, "abc"));
	assert_false(span_is(abc, "ab"));
	assert_true(span_is(none, ""));
	assert_true(span_equal(none, SPAN("")));
	assert_false(span_equal(abc, SPAN("abd")));
	assert_true(span_equal(SPAN("a\0b"), SPAN("a\0b")));
	assert_false(span_equal(SPAN("a\0b"), SPAN("a\0c")));
	assert_true(span_equal_nocase(SPAN("aBc"), SPAN("AbC")));
	assert_false(span_equal_nocase(SPAN("aBc"), SPAN("AbCd")));
	assert_true(span_equal_nocase(none, none));
	assert_true(span_starts(abc, "ab") && span_starts(abc, ""));
	assert_true(span_starts(abc, "abc") && !span_starts(abc, "abcd"));
	assert_false(span_starts(none, "a"));
	assert_true(span_ends(abc, "bc") && span_ends(abc, "abc"));
	assert_false(span_ends(abc, "xabc") || span_ends(none, "a"));
	assert_true(span_is(span_from_offset(abc, 1), "bc"));
	assert_true(span_is(span_from_offset(abc, 3), ""));
	assert_true(span_is(span_from_offset(abc, 9), ""));
	assert_true(span_is(span_first(abc, 2), "ab"));
	assert_true(span_is(span_first(abc, 9), "abc"));
	assert_true(span_is(span_trim(SPAN(" \t a b\t ")), "a b"));
	assert_true(span_is(span_trim(SPAN(" \t ")), ""));
	assert_true(span_is(span_trim(SPAN("\na")), "\na"));
}

static void
finds_control_characters(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char text[] = {'a', (char)c, 'b'};
		if (span_has_control(span_from(text, sizeof text)) !=
		    (c < 0x20 || c == 0x7f))
			fail_msg("%02x", (unsigned)c);
	}
	assert_false(span_has_control(SPAN_NONE));
}

static void
splits(void **state)
{
	static const struct {
		const char *text, *parts;
	} rows[] = {
	    {"a,b", "[a][b]"},
	    {"a", "[a]"},
	    {"", "[]"},
	    {",", "[][]"},
	    {"a,,b,", "[a][][b][]"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct span rest = span_of(rows[i].text), part;
		char parts[64];
		size_t length = 0;
		while (span_next(&rest, ',', &part))
			length += (size_t)snprintf(parts + length,
			    sizeof parts - length, "[%.*s]", SPAN_ARGS(part));
		if (strcmp(parts, rows[i].parts) != 0)
			fail_msg("%s: %s", rows[i].text, parts);
	}
	struct span rest = SPAN_NONE, part;
	assert_false(span_next(&rest, ',', &part));
}

static void
reads_numbers(void **state)
{
	static const struct {
		const char *text;
		int64_t max;
		bool read;
		int64_t value;
	} rows[] = {
	    {"0", 10, true, 0},
	    {"10", 10, true, 10},
	    {"11", 10, false, 0},
	    {"007", 10, true, 7},
	    {"", 10, false, 0},
	    {"-1", 10, false, 0},
	    {"+1", 10, false, 0},
	    {" 1", 10, false, 0},
	    {"1 ", 10, false, 0},
	    {"1x", 10, false, 0},
	    {"0x1", 10, false, 0},
	    {"9", 8, false, 0},
	    {"9223372036854775807", INT64_MAX, true, INT64_MAX},
	    {"9223372036854775808", INT64_MAX, false, 0},
	    {"99999999999999999999999", INT64_MAX, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t value = 0;
		bool read =
		    span_number(span_of(rows[i].text), rows[i].max, &value);
		if (read != rows[i].read || value != rows[i].value)
			fail_msg("%s", rows[i].text);
	}
}

/* --- text ---------------------------------------------------------------- */

static void
text_grows_to_its_maximum(void **state)
{
	struct arena *arena = arena_open();

	(void)state;
	struct text text = text_begin(arena, 1000);
	assert_true(span_is(text_span(&text), ""));
	text_add(&text, SPAN_NONE);
	text_add_cstr(&text, "ab");
	text_add_char(&text, 'c');
	text_printf(&text, "%d%s", 7, "");
	text_printf(&text, "%s", "");
	assert_true(span_is(text_span(&text), "abc7"));
	assert_string_equal(text.at, "abc7");
	for (int i = 0; i < 996; i++)
		text_add_char(&text, 'x');
	assert_int_equal(text.length, 1000);
	assert_false(text.cut);
	text_add(&text, SPAN(""));
	assert_false(text.cut);
	text_add_char(&text, 'y');
	assert_true(text.cut);
	assert_int_equal(text.length, 1000);
	assert_int_equal(text.at[1000], '\0');
	/* What does not fit is dropped whole. */
	struct text small = text_begin(arena, 3);
	text_add_cstr(&small, "abcd");
	text_printf(&small, "%d", 12345);
	text_add_cstr(&small, "ab");
	assert_true(small.cut && span_is(text_span(&small), "ab"));
	arena_close(arena);
}

/* --- arena --------------------------------------------------------------- */

static int released[4], release_count;

static void
note_release(void *handle)
{
	released[release_count++] = *(int *)handle;
}

static void
arena_releases_youngest_first(void **state)
{
	struct arena *arena = arena_open();
	int one = 1, two = 2, three = 3;

	(void)state;
	release_count = 0;
	arena_own(arena, note_release, &one);
	arena_own(arena, note_release, &two);
	arena_reset(arena);
	assert_int_equal(release_count, 2);
	assert_int_equal(released[0], 2);
	assert_int_equal(released[1], 1);
	arena_own(arena, note_release, &three);
	arena_close(arena);
	assert_int_equal(release_count, 3);
	arena_close(NULL);
}

static void
arena_gives_zeroed_aligned_memory(void **state)
{
	static const size_t sizes[] = {0, 1, 7, 16, 1000, 16384, 16385, 300000};
	struct arena *arena = arena_open();

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
			unsigned char *bytes = arena_take(arena, sizes[i]);
			assert_int_equal(
			    (uintptr_t)bytes % _Alignof(max_align_t), 0);
			for (size_t k = 0; k < sizes[i]; k++)
				assert_int_equal(bytes[k], 0);
			memset(bytes, 0xee, sizes[i]);
		}
		arena_reset(arena);
	}
	int *list = arena_list(arena, 10, sizeof *list);
	list[9] = 1;
	assert_non_null(arena_list(arena, 0, sizeof *list));
	assert_string_equal(arena_cstr(arena, SPAN_NONE), "");
	assert_string_equal(arena_cstr(arena, span_from("abc", 2)), "ab");
	assert_true(span_is(arena_printf(arena, "%s-%d", "a", 1), "a-1"));
	struct span copy = arena_copy(arena, SPAN("xy"));
	assert_string_equal(copy.at, "xy");
	arena_close(arena);
	char *block = memory_take(0);
	block = memory_grow(block, 10);
	memory_give_back(memory_grow(block, 0));
}

/* --- b64url -------------------------------------------------------------- */

static void
encodes_rfc_4648(void **state)
{
	static const struct {
		const char *bytes, *text;
	} rows[] = {
	    {"", ""},
	    {"f", "Zg"},
	    {"fo", "Zm8"},
	    {"foo", "Zm9v"},
	    {"foob", "Zm9vYg"},
	    {"fooba", "Zm9vYmE"},
	    {"foobar", "Zm9vYmFy"},
	    {"\xff\xef\xbf\xbe", "_--_vg"},
	};
	struct arena *arena = arena_open();

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct span text = b64url_encode(arena, span_of(rows[i].bytes));
		struct span bytes;
		if (!span_is(text, rows[i].text) ||
		    !b64url_decode(arena, text, &bytes) ||
		    !span_is(bytes, rows[i].bytes))
			fail_msg("%s: %.*s", rows[i].text, SPAN_ARGS(text));
	}
	arena_close(arena);
}

static void
decodes_strictly(void **state)
{
	static const char *const wrong[] = {"A", "AAAAA",
	    "Zg==", "Zg=", "Zm8=", "Zh", "Zm9", "Z+8A", "Z/8A", "Zm8 ", " Zm8",
	    "Zm\n9v", "Zm9v\n", "Zm9\x80"};
	struct arena *arena = arena_open();

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct span out = SPAN("untouched");
		if (b64url_decode(arena, span_of(wrong[i]), &out) ||
		    !span_is(out, "untouched"))
			fail_msg("A31 %s", wrong[i]);
	}
	struct span out;
	assert_false(b64url_decode(arena, SPAN("AA\0A"), &out));
	arena_close(arena);
}

/* --- clock --------------------------------------------------------------- */

static void
tells_the_time(void **state)
{
	char text[CLOCK_TEXT_SIZE];

	(void)state;
	clock_write(1795232765, text);
	assert_string_equal(text, "2026-11-21T03:46:05Z");
	clock_write(0, text);
	assert_string_equal(text, "1970-01-01T00:00:00Z");
	clock_write(INT64_MAX, text);
	assert_string_equal(text, "");
	assert_true(llabs(clock_now() - (long long)time(NULL)) <= 1);
	int64_t before = clock_monotonic_ms();
	assert_true(clock_monotonic_ms() >= before);
}

#ifdef LTIGATE_TEST_HOOKS
static void
moves_by_the_test_clock(void **state)
{
	char path[] = "/tmp/ltigate-clock-XXXXXX";
	int file = mkstemp(path);

	(void)state;
	assert_true(file >= 0);
	assert_int_equal(write(file, "3600\n", 5), 5);
	setenv("LTIGATE_TEST_CLOCK", path, 1);
	assert_true(llabs(clock_now() - 3600 - (long long)time(NULL)) <= 1);
	assert_int_equal(ftruncate(file, 0), 0);
	assert_true(llabs(clock_now() - (long long)time(NULL)) <= 1);
	close(file);
	unlink(path);
	assert_true(llabs(clock_now() - (long long)time(NULL)) <= 1);
	unsetenv("LTIGATE_TEST_CLOCK");
}
#endif

/* --- fault, cx ----------------------------------------------------------- */

static void
names_faults(void **state)
{
	(void)state;
	for (int i = 1; i < FAULT_COUNT; i++) {
		const struct fault_text *text = fault_text((enum fault)i);
		if (text->status < 400 || text->status > 599 ||
		    !text->error[0] || !text->message[0] ||
		    strlen(text->description) < 10 ||
		    text->description[strlen(text->description) - 1] == '.')
			fail_msg("%s", text->name);
		for (int k = 1; k < i; k++)
			/* LTIAAS has one code for the two. */
			if (i != FAULT_PLATFORM_INACTIVE &&
			    strcmp(text->message,
				fault_text((enum fault)k)->message) == 0)
				fail_msg("%s has another's code", text->name);
	}
	/* The seed's letters: an SDK may compare them. */
	const struct fault_text *first = fault_text(FAULT_NOT_AUTHORIZED);
	assert_int_equal(first->status, 401);
	assert_string_equal(
	    first->message, "INVALID_LTIK_AUTH_AUTHORIZATION_HEADER");
}

static void
notes_details(void **state)
{
	struct cx cx;
	static char longer[2 * CX_DETAIL_MAX];

	(void)state;
	cx_init(&cx, vector_random);
	assert_int_equal(
	    fault_tell(&cx, FAULT_NO_LINK, "a %d", 1), FAULT_NO_LINK);
	assert_string_equal(cx.note.telling, "a 1");
	assert_string_equal(cx.note.detail, "a 1");
	/* A28: what is for the log alone takes the public text back. */
	assert_int_equal(
	    fault(&cx, FAULT_NO_LINK, "b\r\nlevel=\x7f"), FAULT_NO_LINK);
	assert_string_equal(cx.note.telling, "");
	assert_string_equal(cx.note.detail, "b  level= ");
	memset(longer, 'x', sizeof longer - 1);
	(void)fault_tell(&cx, FAULT_NO_LINK, "%s", longer);
	assert_int_equal(strlen(cx.note.telling), CX_DETAIL_MAX - 1);
	assert_int_equal(strlen(cx.reference), CX_REFERENCE_LENGTH);
	char reference[CX_REFERENCE_LENGTH + 1];
	memcpy(reference, cx.reference, sizeof reference);
	cx_reset(&cx);
	assert_string_not_equal(reference, cx.reference);
	assert_string_equal(cx.note.detail, "");
	cx.now = 0;
	cx_wake(&cx);
	assert_true(cx.now > 0);
	cx_release(&cx);
	assert_null(cx.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(spans_answer),
	    cmocka_unit_test(finds_control_characters),
	    cmocka_unit_test(splits),
	    cmocka_unit_test(reads_numbers),
	    cmocka_unit_test(text_grows_to_its_maximum),
	    cmocka_unit_test(arena_releases_youngest_first),
	    cmocka_unit_test(arena_gives_zeroed_aligned_memory),
	    cmocka_unit_test(encodes_rfc_4648),
	    cmocka_unit_test(decodes_strictly),
	    cmocka_unit_test(tells_the_time),
#ifdef LTIGATE_TEST_HOOKS
	    cmocka_unit_test(moves_by_the_test_clock),
#endif
	    cmocka_unit_test(names_faults),
	    cmocka_unit_test(notes_details),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
