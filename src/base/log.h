/*
 * log.h - lines for the operator
 *
 * Layer  base (used by app and above only: what is below returns faults)
 * Gives  log_line with fields; text for people, JSON for machines
 * Owns   the level and the form, set once at start
 * Fails  never
 *
 * A field's value is escaped. Secrets and personal data are never fields.
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

/* Fields end with one whose name is NULL; fields may be NULL. */
void log_line(
    enum log_level level, const char *message, const struct log_field *fields);

#define LOG(level, message, ...)                                               \
	log_line(level, message,                                               \
	    (const struct log_field[]){__VA_ARGS__, {0, SPAN_NONE}})

#endif
