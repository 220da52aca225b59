/*
 * notice_text.h - a notice in words, for mail
 *
 * Layer  app
 * Gives  notice_text_write: subject and text of a notice
 * Owns   nothing: the texts are in the arena of cx
 * Fails  never: a type it does not know is told as it is
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_NOTICE_TEXT_H
#define APP_NOTICE_TEXT_H

#include "base/span.h"

struct cx;
struct json_t;

struct notice_text {
	struct span subject, text;
};

/* body: as the webhook has it; public_url: who sends this. */
void notice_text_write(struct cx *cx, const struct json_t *body,
    struct span public_url, struct notice_text *out);

#endif
