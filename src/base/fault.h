/*
 * fault.h - everything that can go wrong, by name
 *
 * Layer  base
 * Gives  enum fault (from faults.def), its public texts, and the way to
 *        record one with its detail
 * Owns   nothing
 * Fails  -
 *
 * FAULT_NONE is zero. A fault's description is public; its detail is for the
 * log: it may quote the other side, bounded, and never holds a secret.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#define MUST_USE __attribute__((warn_unused_result))

enum fault {
	FAULT_NONE = 0,
#define FAULT(name, status, error, message, description) FAULT_##name,
#include "base/faults.def"
#undef FAULT
	FAULT_COUNT
};

struct fault_text {
	const char *name; /* NO_REGISTRATION */
	int status;       /* HTTP */
	const char *error;
	const char *message;
	const char *description;
};

const struct fault_text *fault_text(enum fault fault);

struct cx;

/* Records the detail for the log and gives the fault back. */
enum fault fault(struct cx *cx, enum fault which, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, and the text is the public description too: for what the caller
 * must know to mend it ("messages[0].type must be a string"). */
enum fault fault_tell(struct cx *cx, enum fault which, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The fault that was met last under another name: its detail stays, what was
 * told does not. */
enum fault fault_as(struct cx *cx, enum fault which);

#endif
