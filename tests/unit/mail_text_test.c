/* mail_text_test.c - a message as it is sent by SMTP, and its base64
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/b64.h"
#include "base/cx.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "net/mail_text.h"

static void
test_addresses(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
	    {"a@b", true},
	    {"first.last+tag@mail.example.org", true},
	    {"o'neil@x-y.example", true},
	    {"", false},
	    {"@", false},
	    {"a@", false},
	    {"@b", false},
	    {"a@b@c", false},
	    {"a b@c", false},
	    {"a@b\r\nRCPT TO:<c@d>", false},
	    {"<a@b>", false},
	    {"a@b>", false},
	    {"a,b@c", false},
	    {"\"a\"@b", false},
	    {"a@[127.0.0.1]", false},
	    {"\xc3\xa4@b", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (mail_text_is_address(span_of(rows[i].text)) != rows[i].good)
			fail_msg("%s", rows[i].text);
	assert_false(mail_text_is_address(span_from("a@b\0c", 5)));
}

static const char *
write_with(struct cx *cx, const char *subject, const char *text)
{
	const struct mail mail = {
	    .from = SPAN("a@x.example"),
	    .to = SPAN("b@y.example"),
	    .subject = span_of(subject),
	    .text = span_of(text),
	    .id = SPAN("id1"),
	    .at = 1795232765,
	};
	return arena_cstr(cx->arena, mail_text_write(cx, &mail));
}

static void
test_plain(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, random_bytes);
	assert_string_equal(write_with(&cx, "Hello: you", "one\n.\ntwo\n"),
	    "Date: Sat, 21 Nov 2026 03:46:05 +0000\r\n"
	    "From: <a@x.example>\r\nTo: <b@y.example>\r\n"
	    "Subject: Hello: you\r\n"
	    "Message-ID: <id1@x.example>\r\n"
	    "Auto-Submitted: auto-generated\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: 7bit\r\n\r\n"
	    "one\r\n.\r\ntwo\r\n");
	cx_release(&cx);
}

static void
test_what_would_break_out(void **state)
{
	static const struct {
		const char *subject, *line;
	} rows[] = {
	    {"a\r\nBcc: b@c", "Subject: a  Bcc: b@c\r\n"},
	    {"a\nb\x7f", "Subject: a b \r\n"},
	    {"=?UTF-8?B?eA==?=",
		"Subject: =?UTF-8?B?PT9VVEYtOD9CP2VBPT0/PQ==?=\r\n"},
	    {"\xc3\xa4\r\nX: y", "Subject: =?UTF-8?B?w6QgIFg6IHk=?=\r\n"},
	    /* Split between characters, each word of 75 letters at most. */
	    {"1234567890123456789012345678901234567890abcd\xc3\xa4z",
		"Subject: "
		"=?UTF-8?B?MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
		"NDU2Nzg5MGFiY2Q=?=\r\n =?UTF-8?B?w6R6?=\r\n"},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, random_bytes);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *whole = write_with(&cx, rows[i].subject, "x\n");
		if (!strstr(whole, rows[i].line))
			fail_msg("row %zu:\n%s", i, whole);
	}
	/* What is not plain ASCII in short lines is base64. */
	assert_non_null(strstr(write_with(&cx, "s", "\xc3\xa4\r\n.\r\nQUIT"),
	    "base64\r\n\r\nw6QNCi4NClFVSVQ=\r\n"));
	char *wide = arena_take(cx.arena, 1001);
	memset(wide, 'x', 1000);
	assert_non_null(
	    strstr(write_with(&cx, "s", wide), "base64\r\n\r\neHh4"));
	cx_release(&cx);
}

static void
test_base64(void **state)
{
	static const struct {
		const char *plain, *text;
	} rows[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"},
	    {"\xfb\xff\xfe", "+//+"}};
	static const char *const bad[] = {"Zg=", "Z", "-__-", "Zm9v!", "Zh=="};
	struct span out;
	struct cx cx;

	(void)state;
	cx_init(&cx, random_bytes);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct span text = b64_encode(cx.arena, span_of(rows[i].plain));
		assert_true(span_is(text, rows[i].text));
		assert_true(b64_decode(cx.arena, text, &out));
		assert_true(span_is(out, rows[i].plain));
	}
	assert_true(b64_decode(cx.arena, SPAN("Zg"), &out));
	/* One sign of padding for two is as good as none. */
	for (size_t i = 1; i < sizeof bad / sizeof *bad; i++)
		if (b64_decode(cx.arena, span_of(bad[i]), &out))
			fail_msg("%s", bad[i]);
	cx_release(&cx);
}

/* RFC 4231, test cases 2 and 6: a short key, and one longer than a block. */
static void
test_keys_of_any_length(void **state)
{
	static const unsigned char two[] = {0x5b, 0xdc, 0xc1, 0x46};
	static const unsigned char six[] = {0x60, 0xe4, 0x31, 0x59};
	unsigned char mac[DIGEST_SIZE], key[131];

	(void)state;
	digest_hmac_with(
	    SPAN("Jefe"), SPAN("what do ya want for nothing?"), mac);
	assert_memory_equal(mac, two, sizeof two);
	memset(key, 0xaa, sizeof key);
	digest_hmac_with(span_from(key, sizeof key),
	    SPAN("Test Using Larger Than Block-Size Key - Hash Key First"),
	    mac);
	assert_memory_equal(mac, six, sizeof six);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_addresses),
	    cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_what_would_break_out),
	    cmocka_unit_test(test_base64),
	    cmocka_unit_test(test_keys_of_any_length),
	};

	return cmocka_run_group_tests_name("mail text", tests, NULL, NULL);
}
