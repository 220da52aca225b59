/*
 * answer.h - an HTTP answer as it comes in, piece by piece and bounded
 *
 * Layer  net (pure)
 * Gives  answer_begin, answer_add_header, answer_add_body, answer_end
 * Owns   nothing: what is kept lives in the arena of cx
 * Fails  answer_add_* answer false when a bound is reached; `stopped` tells
 *        which
 * Spec   RFC 9110, 5 and 8.3.1; RFC 9112, 7.1.2 (trailers are not headers)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NET_ANSWER_H
#define NET_ANSWER_H

#include "base/text.h"
#include "net/fetch.h"

struct answer {
	struct cx *cx;
	struct fetch_answer taken;
	struct text body;
	size_t header_bytes, header_lines;
	bool headers_over;   /* what follows are trailers */
	const char *stopped; /* the bound that was reached, or NULL */
};

/* body_max 0: 1 MiB */
struct answer answer_begin(struct cx *cx, size_t body_max);

/* One line of the head, with its line end; the status line and the empty line
 * too, and those of every 1xx before the answer. */
bool answer_add_header(struct answer *answer, struct span line) MUST_USE;
bool answer_add_body(struct answer *answer, struct span piece) MUST_USE;

struct fetch_answer answer_end(struct answer *answer, int status);

#endif
