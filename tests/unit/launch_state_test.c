/* launch_state_test.c - what travels through the LMS between login and launch
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/b64url.h"
#include "crypto/digest.h"
#include "lti/launch_state.h"
#include "vectors.h"

#define CHANCE "abcdefghijklmnopqrstuv"
#define HASH "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
#define PLATFORM "3f1c2d4e-platform"

enum { NOW = 1800000000 };

static const struct secret secret = {{1, 2, 3}}, other = {{1, 2, 4}};

static const struct launch_state whole = {
    .issued_at = NOW,
    .chance = {CHANCE, sizeof CHANCE - 1},
    .platform_id = {PLATFORM, sizeof PLATFORM - 1},
    .browser_hash = {HASH, sizeof HASH - 1},
    .storage_target = {"_parent", 7},
};

static struct cx *
opened(struct cx *cx)
{
	cx_init(cx, vector_random);
	cx->now = NOW;
	return cx;
}

static void
expect(struct cx *cx, const char *row, struct span text, enum fault expected)
{
	struct launch_state out = {.issued_at = 77};
	enum fault got = launch_state_read(cx, &secret, text, &out);

	if (got != expected)
		fail_msg("%s: %s: %s: %.*s", row, fault_text(got)->name,
		    cx->note.detail, SPAN_ARGS(text));
	if (got && (out.issued_at != 77 || out.chance.at))
		fail_msg("%s: the result was touched", row);
}

/* Signed by us, whatever it says. */
static struct span
signed_text(struct cx *cx, const char *head)
{
	unsigned char mac[DIGEST_SIZE];

	digest_hmac(&secret, span_of(head), mac);
	return arena_printf(cx->arena, "%s.%.*s", head,
	    SPAN_ARGS(b64url_encode(cx->arena, span_from(mac, sizeof mac))));
}

static void
reads_what_was_written(void **state)
{
	static char longest[256];
	static const struct {
		const char *name;
		struct span target;
	} rows[] = {
	    {"none", {NULL, 0}},
	    {"empty", {"", 0}},
	    {"parent", {"_parent", 7}},
	    {"dots and blanks", {"a.b. c", 6}},
	    {"not ASCII", {"\xc3\xa4", 2}},
	    {"the longest", {longest, 255}},
	};
	struct cx cx;

	(void)state;
	opened(&cx);
	memset(longest, 't', sizeof longest);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct launch_state given = whole, got;
		given.storage_target = rows[i].target;
		struct span text = launch_state_write(&cx, &secret, &given);
		if (launch_state_read(&cx, &secret, text, &got) ||
		    got.issued_at != NOW ||
		    !span_equal(got.chance, given.chance) ||
		    !span_equal(got.platform_id, given.platform_id) ||
		    !span_equal(got.browser_hash, given.browser_hash) ||
		    !span_equal(got.storage_target, given.storage_target))
			fail_msg("%s: %s", rows[i].name, cx.note.detail);
		if (text.length > LAUNCH_STATE_MAX)
			fail_msg("%s: %zu bytes", rows[i].name, text.length);
		for (size_t k = 0; k < text.length; k++)
			if (!strchr("abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_.",
				text.at[k]))
				fail_msg("%s: %c", rows[i].name, text.at[k]);
	}
	cx_release(&cx);
}

/* A39: no byte may be another, be lacking, or be added. */
static void
holds_to_each_byte(void **state)
{
	static const char others[] = "1.Aa-_\0\n \xff";
	struct cx cx;

	(void)state;
	opened(&cx);
	struct span text = launch_state_write(&cx, &secret, &whole);
	char *bytes = arena_take(cx.arena, text.length + 1);
	for (size_t i = 0; i < text.length; i++) {
		struct span changed = span_from(bytes, text.length);
		memcpy(bytes, text.at, text.length);
		for (int bit = 0; bit < 8; bit++) {
			bytes[i] = (char)(text.at[i] ^ 1 << bit);
			expect(&cx, "a bit", changed, FAULT_STATE_REFUSED);
		}
		for (size_t k = 0; k < sizeof others - 1; k++) {
			bytes[i] = others[k];
			if (others[k] != text.at[i])
				expect(&cx, "a byte", changed,
				    FAULT_STATE_REFUSED);
		}
		/* Without it. */
		memcpy(bytes + i, text.at + i + 1, text.length - i - 1);
		expect(&cx, "one byte less", span_from(bytes, text.length - 1),
		    FAULT_STATE_REFUSED);
		expect(
		    &cx, "cut short", span_first(text, i), FAULT_STATE_REFUSED);
		expect(&cx, "cut at its head", span_from_offset(text, i + 1),
		    FAULT_STATE_REFUSED);
	}
	memcpy(bytes, text.at, text.length);
	for (size_t k = 0; k < sizeof others - 1; k++) {
		bytes[text.length] = others[k];
		expect(&cx, "one byte more", span_from(bytes, text.length + 1),
		    FAULT_STATE_REFUSED);
	}
	expect(&cx, "as it was", text, FAULT_NONE);
	cx_release(&cx);
}

/* The parts of one state in another. */
static void
holds_the_parts_together(void **state)
{
	struct launch_state another = {
	    .issued_at = NOW - 1,
	    .chance = SPAN("zyxwvutsrqponmlkjihgfe"),
	    .platform_id = SPAN("another-platform"),
	    .browser_hash = SPAN("rEMTJguCHaoeK1t8URWbuGJSstw-cME9Melhoa2OwvF"),
	    .storage_target = SPAN("frame"),
	};
	struct cx cx;

	(void)state;
	opened(&cx);
	struct span a = launch_state_write(&cx, &secret, &whole);
	struct span b = launch_state_write(&cx, &secret, &another);
	expect(&cx, "the first", a, FAULT_NONE);
	expect(&cx, "the second", b, FAULT_NONE);
	for (int swapped = 1; swapped < 7; swapped++) {
		struct span rest_a = a, rest_b = b, part_a, part_b;
		struct span mixed = SPAN("");
		for (int i = 0; i < 7; i++) {
			span_next(&rest_a, '.', &part_a);
			span_next(&rest_b, '.', &part_b);
			mixed = arena_printf(cx.arena, "%.*s%s%.*s",
			    SPAN_ARGS(mixed), i ? "." : "",
			    SPAN_ARGS(i == swapped ? part_b : part_a));
		}
		expect(&cx, "a part of another", mixed, FAULT_STATE_REFUSED);
	}
	expect(&cx, "of another secret",
	    launch_state_write(&cx, &other, &whole), FAULT_STATE_REFUSED);
	cx_release(&cx);
}

static void
refuses_what_is_malformed(void **state)
{
	/* Signed, so that nothing but the form is wrong. */
	static const struct {
		const char *name, *head;
		enum fault expected;
	} rows[] = {
	    {"sound", "1.1800000000.c.p.h.X3BhcmVudA", FAULT_NONE},
	    {"empty parts", "1.1800000000....", FAULT_NONE},
	    {"another version", "2.1800000000.c.p.h.", FAULT_STATE_REFUSED},
	    {"no version", ".1800000000.c.p.h.", FAULT_STATE_REFUSED},
	    {"a part less", "1.1800000000.c.p.h", FAULT_STATE_REFUSED},
	    {"a part more", "1.1800000000.c.p.h.x.", FAULT_STATE_REFUSED},
	    {"no time", "1..c.p.h.", FAULT_STATE_REFUSED},
	    {"a time with a sign", "1.-5.c.p.h.", FAULT_STATE_REFUSED},
	    {"a time in hexadecimal", "1.0x7f.c.p.h.", FAULT_STATE_REFUSED},
	    {"a time beyond", "1.9223372036854775808.c.p.h.",
		FAULT_STATE_REFUSED},
	    {"target with padding",
		"1.1800000000.c.p.h.QQ==", FAULT_STATE_REFUSED},
	    {"target with bits left", "1.1800000000.c.p.h.QR",
		FAULT_STATE_REFUSED},
	    {"target not of base64url", "1.1800000000.c.p.h.a+b",
		FAULT_STATE_REFUSED},
	};
	struct cx cx;

	(void)state;
	opened(&cx);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		expect(&cx, rows[i].name, signed_text(&cx, rows[i].head),
		    rows[i].expected);
	expect(&cx, "empty", SPAN(""), FAULT_STATE_REFUSED);
	expect(&cx, "nothing", SPAN_NONE, FAULT_STATE_REFUSED);
	expect(&cx, "dots", SPAN("1......"), FAULT_STATE_REFUSED);
	/* Too long, and signed all the same. */
	char *head = arena_take(cx.arena, 2000);
	for (size_t length = 979; length <= 981; length++) {
		memset(head, 'p', length);
		memcpy(head, "1.1800000000.", 13);
		memcpy(head + length - 3, ".h.", 4);
		head[14] = '.';
		struct span text = signed_text(&cx, head);
		expect(&cx, "long", text,
		    text.length > LAUNCH_STATE_MAX ? FAULT_STATE_REFUSED
						   : FAULT_NONE);
		if (length == 980)
			assert_int_equal(text.length, LAUNCH_STATE_MAX);
	}
	cx_release(&cx);
}

/* OI5: ten minutes to the second. */
static void
expires(void **state)
{
	static const struct {
		const char *name;
		int64_t later;
		enum fault expected;
	} rows[] = {
	    {"at once", 0, FAULT_NONE},
	    {"a second before", LAUNCH_STATE_LIFE - 1, FAULT_NONE},
	    {"ten minutes", LAUNCH_STATE_LIFE, FAULT_NONE},
	    {"a second after", LAUNCH_STATE_LIFE + 1, FAULT_STATE_EXPIRED},
	    {"a year", 365 * 86400, FAULT_STATE_EXPIRED},
	    {"a clock that was put back", -30, FAULT_NONE},
	};
	struct cx cx;

	(void)state;
	opened(&cx);
	struct span text = launch_state_write(&cx, &secret, &whole);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		cx.now = NOW + rows[i].later;
		expect(&cx, rows[i].name, text, rows[i].expected);
	}
	/* Whoever forges one does not learn whether it is too old. */
	cx.now = NOW + 365 * 86400;
	expect(&cx, "old and not ours", launch_state_write(&cx, &other, &whole),
	    FAULT_STATE_REFUSED);
	cx_release(&cx);
}

/* OI6. */
static void
has_a_nonce_of_its_own(void **state)
{
	struct launch_state another = whole;
	struct cx cx;

	(void)state;
	opened(&cx);
	another.chance = SPAN("abcdefghijklmnopqrstuw");
	struct span a = launch_state_write(&cx, &secret, &whole);
	struct span b = launch_state_write(&cx, &secret, &another);
	struct span nonce = launch_state_nonce(&cx, &other, a);
	assert_int_equal(nonce.length, 43);
	assert_true(span_equal(nonce, launch_state_nonce(&cx, &other, a)));
	assert_false(span_equal(nonce, launch_state_nonce(&cx, &other, b)));
	assert_false(span_equal(nonce, launch_state_nonce(&cx, &secret, a)));
	/* The nonce is seen by the LMS: it must not be the state's MAC. */
	struct span head = span_first(a, a.length - 44);
	assert_true(span_ends(a, launch_state_nonce(&cx, &secret, head).at));
	assert_false(span_ends(a, nonce.at));
	cx_release(&cx);
}

static void
knows_browser_secrets(void **state)
{
#define FORTY "aZ09-_aZ09-_aZ09-_aZ09-_aZ09-_aZ09-_aZ09"
	static const struct {
		const char *name;
		struct span text;
		bool is;
	} rows[] = {
	    {"43 of them", {FORTY "xyz", 43}, true},
	    {"42", {FORTY "xy", 42}, false},
	    {"44", {FORTY "wxyz", 44}, false},
	    {"none", {NULL, 0}, false},
	    {"plus", {FORTY "xy+", 43}, false},
	    {"slash", {FORTY "xy/", 43}, false},
	    {"equals", {FORTY "xy=", 43}, false},
	    {"dot", {FORTY "xy.", 43}, false},
	    {"blank", {FORTY "xy ", 43}, false},
	    {"NUL", {FORTY "xy\0", 43}, false},
	    {"before a", {FORTY "xy`", 43}, false},
	    {"after z", {FORTY "xy{", 43}, false},
	    {"before A", {FORTY "xy@", 43}, false},
	    {"after Z", {FORTY "xy[", 43}, false},
	    {"before 0, after dot", {FORTY "xy/", 43}, false},
	    {"after 9", {FORTY "xy:", 43}, false},
	    {"not ASCII", {FORTY "x\xc3\xa4", 43}, false},
	    {"at the beginning", {"+" FORTY "xy", 43}, false},
	};
#undef FORTY
	struct cx cx;

	(void)state;
	opened(&cx);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (launch_state_is_browser_secret(rows[i].text) != rows[i].is)
			fail_msg("%s", rows[i].name);
	/* RFC 7636, appendix B. */
	assert_true(span_is(
	    launch_state_hash(&cx, SPAN("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFW"
					"FOEjXk")),
	    HASH));
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_what_was_written),
	    cmocka_unit_test(holds_to_each_byte),
	    cmocka_unit_test(holds_the_parts_together),
	    cmocka_unit_test(refuses_what_is_malformed),
	    cmocka_unit_test(expires),
	    cmocka_unit_test(has_a_nonce_of_its_own),
	    cmocka_unit_test(knows_browser_secrets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
