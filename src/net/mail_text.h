/*
 * mail_text.h - a message as it is sent by SMTP. Pure
 *
 * Layer  net
 * Gives  mail_text_write; mail_text_is_address
 * Owns   nothing: the text is in the arena of cx
 * Fails  never: what cannot stand in a header is replaced
 * Spec   RFC 5322 (message), RFC 2045 (MIME), RFC 2047 (encoded words)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NET_MAIL_TEXT_H
#define NET_MAIL_TEXT_H

#include "base/span.h"

struct cx;

struct mail {
	struct span from, to; /* mail_text_is_address */
	struct span subject;  /* any text */
	struct span text;     /* lines that end in \n */
	struct span id;       /* the same each time it is sent: no blanks */
	int64_t at;
};

/* name@host in plain letters: nothing that a header or an SMTP command could
 * read as more than an address. */
bool mail_text_is_address(struct span text);
/* What is behind the @. */
struct span mail_text_domain(struct span address);

struct span mail_text_write(struct cx *cx, const struct mail *mail);

#endif
