/* page_test.c - what a person sees in the LMS's frame
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/embedded.h"
#include "http/response.h"
#include "pages/page.h"
#include "vectors.h"

#define EVIL "<script>alert(1)</script>\"'&{{nonce}}"
#define TAME "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;{{nonce}}"

static const char *const names[] = {"title", "what", "answer", "advice", "tool",
    "issuer", "client", "base", "reference"};

static size_t
count(struct span whole, const char *part)
{
	size_t found = 0, length = strlen(part);

	for (size_t i = 0; i + length <= whole.length; i++)
		found += memcmp(whole.at + i, part, length) == 0;
	return found;
}

/* A24: each hole of each page, by what others wrote. */
static void
escapes_every_hole(void **state)
{
	struct cx cx;
	size_t holes = 0;

	(void)state;
	cx_init(&cx, vector_random);
	for (const struct embedded *file = page_templates; file->name; file++)
		for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
			const struct page_field fields[] = {
			    {names[i], SPAN(EVIL)}, {0}};
			struct span page =
			    page_render(&cx, file->name, fields, NULL);
			if (count(page, "alert(1)") != count(page, TAME))
				fail_msg("%s, %s: %.*s", file->name, names[i],
				    SPAN_ARGS(page));
			holes += count(page, TAME);
		}
	assert_true(holes >= 10);
	cx_release(&cx);
}

/* Holes stand in text, in attributes between double quotes and in the nonce:
 * nowhere else is escaping enough. */
static void
has_holes_where_escaping_suffices(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (const struct embedded *file = page_templates; file->name; file++) {
		struct span text = span_from(file->bytes, file->length);
		bool tag = false, quoted = false, raw = false;
		for (size_t i = 0; i + 1 < text.length; i++) {
			struct span rest = span_from_offset(text, i);
			if (span_starts(rest, "<script") ||
			    span_starts(rest, "<style"))
				raw = true;
			if (span_starts(rest, "</script") ||
			    span_starts(rest, "</style"))
				raw = false;
			if (*rest.at == '<')
				tag = true;
			if (*rest.at == '"' && tag)
				quoted = !quoted;
			if (*rest.at == '>' && !quoted)
				tag = false;
			/* A section writes nothing of its own. */
			if (!span_starts(rest, "{{") ||
			    span_starts(rest, "{{#") ||
			    span_starts(rest, "{{^") ||
			    span_starts(rest, "{{/"))
				continue;
			if ((tag && !quoted) ||
			    (raw && !span_starts(rest, "{{nonce}}")) ||
			    (raw && !tag))
				fail_msg("%s: %.*s", file->name,
				    SPAN_ARGS(span_first(rest, 20)));
		}
	}
	cx_release(&cx);
}

static void
shows_sections(void **state)
{
	const struct page_field none[] = {{0}};
	const struct page_field answer[] = {
	    {"answer", SPAN("what it said")}, {"what", SPAN("W")}, {0}};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	struct span page = page_render(&cx, "failure.html", none, NULL);
	assert_int_equal(count(page, "What the LMS answered"), 0);
	assert_int_equal(count(page, "{{"), 0);
	assert_int_equal(count(page, "Reference"), 1);
	page = page_render(&cx, "failure.html", answer, NULL);
	assert_int_equal(count(page, "What the LMS answered"), 1);
	assert_int_equal(count(page, "what it said"), 1);
	assert_int_equal(count(page, "What you can do"), 0);
	assert_int_equal(count(page, "<p>W</p>"), 1);
	page = page_render(&cx, "failure.html", NULL, NULL);
	assert_true(page.length > 0);
	assert_int_equal(
	    page_render(&cx, "nothing.html", none, NULL).length, 0);
	/* Both sides of a section that is turned round. */
	const struct page_field waits[] = {{"waits", SPAN("1")}, {0}};
	struct span without = page_render(&cx, "registered.html", none, NULL);
	struct span with = page_render(&cx, "registered.html", waits, NULL);
	assert_int_equal(count(without, "approves new registrations"), 0);
	assert_int_equal(count(with, "approves new registrations"), 1);
	/* What is not text at all, and a NUL. */
	const struct page_field odd[] = {
	    {"what", span_from("a\0b\xff", 4)}, {0}};
	page = page_render(&cx, "failure.html", odd, NULL);
	assert_int_equal(count(page, "<p>ab\xff</p>"), 1);
	cx_release(&cx);
}

/* Once for each row, whose own fields stand before those outside. */
static void
repeats_rows(void **state)
{
	const struct page_field one[] = {
	    {"id", SPAN("1")}, {"name", SPAN("North<")}, {0}};
	const struct page_field two[] = {{"id", SPAN("2")},
	    {"name", SPAN("South")}, {"chosen", SPAN("1")}, {0}};
	const struct page_field *const rows[] = {one, two};
	const struct page_rows lists[] = {
	    {"organizations", rows, 2}, {NULL, NULL, 0}};
	const struct page_field fields[] = {
	    {"name", SPAN("outside")}, {"lms", SPAN("an LMS")}, {0}};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	struct span page =
	    page_render(&cx, "register_choose.html", fields, lists);
	assert_int_equal(count(page, "type=\"radio\""), 2);
	assert_int_equal(count(page, "value=\"1\" required> North&lt;</"), 1);
	assert_int_equal(count(page, "value=\"2\" checked required> South"), 1);
	assert_int_equal(count(page, "outside"), 0);
	page = page_render(&cx, "register_choose.html", fields, NULL);
	assert_int_equal(count(page, "type=\"radio\""), 0);
	assert_int_equal(count(page, "{{"), 0);
	cx_release(&cx);
}

static struct span
header(const struct response *response, const char *name)
{
	for (size_t i = 0; i < response->header_count; i++)
		if (span_is(response->headers[i].name, name))
			return response->headers[i].value;
	return SPAN("");
}

static void
allows_little(void **state)
{
	const struct page_field fields[] = {{"title", SPAN(EVIL)}, {0}};
	struct response one = {0}, two = {0};
	struct page page = {
	    .name = "failure.html", .status = 502, .fields = fields};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	page_write(&cx, &page, &one);
	page.http_ancestors = true;
	page_write(&cx, &page, &two);
	assert_int_equal(one.status, 502);
	assert_string_equal(one.content_type, "text/html; charset=utf-8");
	struct span policy = header(&one, "Content-Security-Policy");
	assert_int_equal(count(policy, "default-src 'none'"), 1);
	assert_int_equal(count(policy, "base-uri 'none'"), 1);
	assert_int_equal(count(policy, "unsafe"), 0);
	/* R17: any LMS may frame it, by https unless the operator says so. */
	assert_int_equal(count(policy, "frame-ancestors https:"), 1);
	assert_int_equal(count(policy, "http:"), 0);
	assert_true(count(header(&two, "Content-Security-Policy"),
			"frame-ancestors https: http:") == 1);
	assert_int_equal(header(&one, "X-Frame-Options").length, 0);
	/* The nonce is the response's own, and stands in it. */
	struct span other = header(&two, "Content-Security-Policy");
	struct span nonce = span_first(
	    span_from_offset(
		policy, (size_t)(strstr(policy.at, "'nonce-") - policy.at) + 7),
	    22);
	assert_int_equal(count(policy, arena_cstr(cx.arena, nonce)), 2);
	assert_int_equal(count(other, arena_cstr(cx.arena, nonce)), 0);
	struct span script =
	    arena_printf(cx.arena, "<script nonce=\"%.*s\">", SPAN_ARGS(nonce));
	assert_int_equal(count(one.body, script.at), 1);
	assert_int_equal(count(one.body, "<script"), 1);
	assert_int_equal(count(one.body, cx.reference), 1);
	assert_true(span_starts(one.body, "<!doctype html>"));
	assert_true(span_ends(one.body, "</html>\n"));
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(escapes_every_hole),
	    cmocka_unit_test(has_holes_where_escaping_suffices),
	    cmocka_unit_test(shows_sections),
	    cmocka_unit_test(repeats_rows),
	    cmocka_unit_test(allows_little),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
