/*
 * linking.h - the tool answers a deep linking request
 *
 * Layer  app
 * Gives  linking_answer: the signed message, where it goes, and the form that
 *        takes it there
 * Owns   nothing
 * Fails  as lti/deep_link.h and signer.h
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_LINKING_H
#define APP_LINKING_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct gateway;
struct json_t;
struct ltik_launch;

struct linking_answer {
	struct span jwt, return_url;
	const struct json_t *dropped; /* items the LMS does not take */
};

enum fault linking_answer(struct gateway *gateway, struct cx *cx,
    const struct ltik_launch *launch, const struct json_t *body,
    struct linking_answer *out) MUST_USE;

#endif
