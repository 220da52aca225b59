/*
 * gate.h - judge the raw bytes of a connection before anything believes them
 *
 * Layer  http (pure)
 * Gives  a scanner that follows heads and bodies as they arrive and notices
 *        the first head that could be read in two ways
 * Owns   nothing
 * Fails  gate->refused, once and for good: nothing after it is looked at
 * Spec   RFC 9112, 2.2, 3, 5, 6, 11.2; stricter where the RFC is lenient
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_GATE_H
#define HTTP_GATE_H

#include "base/fault.h"
#include "base/span.h"

enum {
	/* openid_configuration may be 8 KiB, all of it percent-encoded, and
	 * registration_token 4 KiB: a request line of 16 KiB holds what
	 * browsers send of them. */
	GATE_LINE_MAX = 16 * 1024,
	GATE_HEAD_MAX = 48 * 1024,
	GATE_LINES_MAX = 100,
	GATE_WORD_MAX = 20,
};

struct gate {
	/* FAULT_NONE, or REQUEST_DOUBTFUL, METHOD_REFUSED, BODY_TOO_LARGE. */
	enum fault refused;
	const char *reason; /* for the log; a constant */
	uint64_t heads;     /* how many were whole and clear */
	/* Monotonic ms of the first byte of the message that is not all here
	 * yet; 0 between messages. */
	int64_t begun_at;

	/* The rest is the scanner's own. */
	int phase, field;
	uint64_t body_max, length, body_left;
	size_t head_length, line_length, word_length;
	unsigned lines, hosts, lengths;
	bool is_head_method;
	char word[GATE_WORD_MAX];
};

void gate_init(struct gate *gate, uint64_t body_max);

/* now_ms is never 0. */
void gate_feed(struct gate *gate, struct span bytes, int64_t now_ms);

#endif
