/* log.c - lines for the operator, on standard error
 *
 * A line is written by one write, so that threads do not mix theirs.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/log.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/counters.h"
#include "base/cx.h"
#include "base/text.h"
#include "base/utf8.h"

/* A line is below PIPE_BUF, so that it stays whole in a pipe; its end has room
 * for the word that something was cut. */
enum {
	LINE_MAX_BYTES = 4000,
	END_MAX_BYTES = 20,
	VALUE_MAX_BYTES = 1000,
};

static struct {
	enum log_level least;
	bool json;
} log_state = {LOG_INFO, false};

static const char *const level_names[] = {"debug", "info", "warn", "error"};

void
log_open(enum log_level least, bool json)
{
	log_state.least = least;
	log_state.json = json;
}

bool
log_tells(enum log_level level)
{
	return level >= log_state.least;
}

/* Characters beyond ASCII that move a terminal's cursor or end a line for
 * some readers: U+0080 to U+009F, U+2028 to U+202E. Their code, or 0. */
static unsigned
unseen_at(struct span value, size_t i)
{
	const unsigned char *at = (const unsigned char *)value.at + i;
	size_t left = value.length - i;

	if (left >= 2 && at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f)
		return at[1];
	if (left >= 3 && at[0] == 0xe2 && at[1] == 0x80 && at[2] >= 0xa8 &&
	    at[2] <= 0xae)
		return 0x2000U + at[2] - 0x80;
	return 0;
}

/* One character; gives how many bytes it took. */
static size_t
add_quoted_char(struct text *line, struct span rest)
{
	size_t size = utf8_first(rest);
	unsigned unseen = size > 1 ? unseen_at(rest, 0) : 0;
	unsigned char c = (unsigned char)rest.at[0];

	if (unseen)
		text_printf(line, "\\u%04x", unseen);
	else if (c == '"' || c == '\\')
		text_printf(line, "\\%c", c);
	else if (c < 0x20 || c == 0x7f)
		text_printf(line, "\\u%04x", c);
	else if (size)
		text_add(line, span_first(rest, size));
	else
		text_add_cstr(line, "\\ufffd");
	return size ? size : 1;
}

static void
add_quoted(struct text *line, struct span value)
{
	struct span rest = span_cut(value, VALUE_MAX_BYTES);

	text_add_char(line, '"');
	while (rest.length)
		rest = span_from_offset(rest, add_quoted_char(line, rest));
	text_add_char(line, '"');
}

static void
add_head(struct text *line, enum log_level level, const char *message)
{
	char when[CLOCK_TEXT_SIZE];

	clock_write(clock_now(), when);
	if (!log_state.json) {
		text_printf(
		    line, "%s %-5s %s", when, level_names[level], message);
		return;
	}
	text_printf(line,
	    "{\"time\":\"%s\",\"level\":\"%s\",\"message\":", when,
	    level_names[level]);
	add_quoted(line, span_of(message));
}

/* All of it, or nothing. */
static bool
add_field(struct text *line, const char *name, struct span value)
{
	size_t before = line->length;

	text_printf(line, log_state.json ? ",\"%s\":" : " %s=", name);
	add_quoted(line, value);
	if (!line->cut)
		return true;
	line->length = before;
	line->cut = false;
	return false;
}

static void
add_fields(
    struct text *line, const struct cx *cx, const struct log_field *fields)
{
	bool whole = true;

	if (cx)
		add_field(line, "reference", span_of(cx->reference));
	if (cx && cx->actor.length)
		whole = add_field(line, "by", cx->actor);
	for (; fields && fields->name; fields++)
		whole = add_field(line, fields->name, fields->value) && whole;
	line->max = LINE_MAX_BYTES;
	if (!whole)
		add_field(line, "cut", SPAN("true"));
}

void
log_line_for(const struct cx *cx, enum log_level level, const char *message,
    const struct log_field *fields)
{
	if (!log_tells(level))
		return;
	counters_add(COUNTERS_AT(LOG_LINES, level), 1);
	struct arena *arena = arena_open();
	struct text line = text_begin(arena, LINE_MAX_BYTES - END_MAX_BYTES);
	add_head(&line, level, message);
	add_fields(&line, cx, fields);
	text_add_cstr(&line, log_state.json ? "}\n" : "\n");
	/* Nobody is left to tell when standard error is gone. */
	ssize_t written = write(STDERR_FILENO, line.at, line.length);
	(void)written;
	arena_close(arena);
}

void
log_line(
    enum log_level level, const char *message, const struct log_field *fields)
{
	log_line_for(NULL, level, message, fields);
}
