/* log.c - lines for the operator, on standard error
 *
 * A line is written by one write, so that threads do not mix theirs.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/log.h"

#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/counters.h"
#include "base/text.h"

enum { LINE_MAX_BYTES = 4000 };

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

static void
add_quoted(struct text *line, struct span value)
{
	text_add_char(line, '"');
	for (size_t i = 0; i < value.length; i++) {
		unsigned char c = (unsigned char)value.at[i];
		unsigned unseen = unseen_at(value, i);
		if (unseen) {
			text_printf(line, "\\u%04x", unseen);
			i += unseen > 0xff ? 2 : 1;
			continue;
		}
		if (c == '"' || c == '\\')
			text_printf(line, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			text_printf(line, "\\u%04x", c);
		else
			text_add_char(line, (char)c);
	}
	text_add_char(line, '"');
}

static void
add_json(struct text *line, const char *when, enum log_level level,
    const char *message, const struct log_field *fields)
{
	text_printf(line,
	    "{\"time\":\"%s\",\"level\":\"%s\",\"message\":", when,
	    level_names[level]);
	add_quoted(line, span_of(message));
	for (; fields && fields->name; fields++) {
		text_printf(line, ",\"%s\":", fields->name);
		add_quoted(line, fields->value);
	}
	text_add_char(line, '}');
}

static void
add_plain(struct text *line, const char *when, enum log_level level,
    const char *message, const struct log_field *fields)
{
	text_printf(line, "%s %-5s %s", when, level_names[level], message);
	for (; fields && fields->name; fields++) {
		text_printf(line, " %s=", fields->name);
		add_quoted(line, fields->value);
	}
}

void
log_line(
    enum log_level level, const char *message, const struct log_field *fields)
{
	char when[CLOCK_TEXT_SIZE];

	if (level < log_state.least)
		return;
	counters_add(COUNTERS_AT(LOG_LINES, level), 1);
	struct arena *arena = arena_open();
	struct text line = text_begin(arena, LINE_MAX_BYTES);
	clock_write(clock_now(), when);
	if (log_state.json)
		add_json(&line, when, level, message, fields);
	else
		add_plain(&line, when, level, message, fields);
	line.max += 1;
	text_add_char(&line, '\n');
	/* Nobody is left to tell when standard error is gone. */
	ssize_t written = write(STDERR_FILENO, line.at, line.length);
	(void)written;
	arena_close(arena);
}
