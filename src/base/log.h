/*
 * log.h - lines for the operator
 *
 * Layer  base (used by app and above only: what is below returns faults)
 * Gives  log_line with fields; text for people, JSON for machines
 * Owns   the level and the form, set once at start
 * Fails  never
 *
 * A field's value is escaped; bytes that are no UTF-8 become U+FFFD. What is
 * long is cut, and a line that had no room for a field says "cut". With JSON
 * each line is an object: time, level, message, reference, by, and the fields.
 * Secrets and personal data are never fields.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/span.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_field {
	const char *name;
	struct span value;
};

void log_open(enum log_level least, bool json);
/* Lines of this level are written. */
bool log_tells(enum log_level level);

/* Fields end with one whose name is NULL; fields may be NULL. */
void log_line(
    enum log_level level, const char *message, const struct log_field *fields);

/* What is done for this request, or this round of a thread: its reference and
 * who is at work stand in the line. */
struct cx;
void log_line_for(const struct cx *cx, enum log_level level,
    const char *message, const struct log_field *fields);

#define LOG_FOR(cx, level, message, ...)                                       \
	log_line_for(cx, level, message,                                       \
	    (const struct log_field[]){__VA_ARGS__, {0, SPAN_NONE}})

#define LOG(level, message, ...)                                               \
	log_line(level, message,                                               \
	    (const struct log_field[]){__VA_ARGS__, {0, SPAN_NONE}})

#endif
