/* mail_text.c - a message as it is sent by SMTP. Pure
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "net/mail_text.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#include "base/b64.h"
#include "base/cx.h"
#include "base/text.h"

enum {
	ADDRESS_MAX = 254,
	SUBJECT_MAX = 200,
	/* 45 bytes are 60 letters: an encoded word has 75 at most. */
	WORD_BYTES = 45,
	LINE_BYTES = 57, /* 76 letters of base64 */
	LINE_MAX = 900,  /* 998 are allowed */
	TEXT_MAX = 65536,
};

/* --- addresses ----------------------------------------------------------- */

static bool
has_only(struct span text, const char *more)
{
	for (size_t i = 0; i < text.length; i++) {
		unsigned char c = (unsigned char)text.at[i];
		if (c >= 0x80 || (!isalnum(c) && (!c || !strchr(more, c))))
			return false;
	}
	return text.length > 0;
}

struct span
mail_text_domain(struct span address)
{
	const char *at =
	    address.length ? memchr(address.at, '@', address.length) : NULL;

	return at ? span_from_offset(address, (size_t)(at - address.at) + 1)
		  : SPAN("");
}

bool
mail_text_is_address(struct span text)
{
	struct span domain = mail_text_domain(text);

	if (text.length > ADDRESS_MAX || !domain.length)
		return false;
	struct span name = span_first(text, text.length - domain.length - 1);
	return has_only(name, ".!#$%&'*+-/=?^_`{|}~") && has_only(domain, ".-");
}

/* --- headers ------------------------------------------------------------- */

static bool
is_ascii(struct span text)
{
	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.at[i] >= 0x80)
			return false;
	return true;
}

/* One line, whatever it was. */
static struct span
flatten(struct cx *cx, struct span text)
{
	char *copy = arena_take(cx->arena, text.length + 1);

	for (size_t i = 0; i < text.length; i++) {
		unsigned char c = (unsigned char)text.at[i];
		copy[i] = c < 0x20 || c == 0x7f ? ' ' : text.at[i];
	}
	return span_from(copy, text.length);
}

static void
add_subject(struct cx *cx, struct text *out, struct span subject)
{
	struct span rest = span_cut(flatten(cx, subject), SUBJECT_MAX);

	text_add_cstr(out, "Subject:");
	/* What looks like an encoded word would be read as one. */
	if (is_ascii(rest) && !strstr(arena_cstr(cx->arena, rest), "=?")) {
		text_printf(out, " %.*s\r\n", SPAN_ARGS(rest));
		return;
	}
	while (rest.length) {
		struct span word = span_cut(rest, WORD_BYTES);
		if (!word.length) /* not UTF-8 */
			word = span_first(rest, WORD_BYTES);
		text_printf(out, " =?UTF-8?B?%.*s?=\r\n",
		    SPAN_ARGS(b64_encode(cx->arena, word)));
		rest = span_from_offset(rest, word.length);
	}
}

static void
add_date(struct text *out, int64_t at)
{
	char date[64];
	time_t when = (time_t)at;
	struct tm parts;

	if (gmtime_r(&when, &parts) &&
	    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", &parts))
		text_printf(out, "Date: %s\r\n", date);
}

/* --- the body ------------------------------------------------------------ */

static bool
is_plain(struct span text)
{
	size_t line = 0;

	for (size_t i = 0; i < text.length; i++) {
		line = text.at[i] == '\n' ? 0 : line + 1;
		if (line > LINE_MAX || text.at[i] == '\r' || !text.at[i])
			return false;
	}
	return is_ascii(text);
}

static void
add_body(struct cx *cx, struct text *out, struct span text)
{
	if (!is_plain(text)) {
		text_add_cstr(out, "Content-Transfer-Encoding: base64\r\n\r\n");
		for (; text.length; text = span_from_offset(text,
					span_first(text, LINE_BYTES).length))
			text_printf(out, "%.*s\r\n",
			    SPAN_ARGS(b64_encode(
				cx->arena, span_first(text, LINE_BYTES))));
		return;
	}
	text_add_cstr(out, "Content-Transfer-Encoding: 7bit\r\n\r\n");
	for (size_t i = 0; i < text.length; i++)
		if (text.at[i] == '\n')
			text_add_cstr(out, "\r\n");
		else
			text_add_char(out, text.at[i]);
}

struct span
mail_text_write(struct cx *cx, const struct mail *mail)
{
	struct text out = text_begin(cx->arena, TEXT_MAX);

	add_date(&out, mail->at);
	text_printf(&out, "From: <%.*s>\r\nTo: <%.*s>\r\n",
	    SPAN_ARGS(mail->from), SPAN_ARGS(mail->to));
	add_subject(cx, &out, mail->subject);
	/* Auto-Submitted (RFC 3834): no answering machine answers. */
	text_printf(&out,
	    "Message-ID: <%.*s@%.*s>\r\n"
	    "Auto-Submitted: auto-generated\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n",
	    SPAN_ARGS(mail->id), SPAN_ARGS(mail_text_domain(mail->from)));
	add_body(cx, &out, mail->text);
	return text_span(&out);
}
