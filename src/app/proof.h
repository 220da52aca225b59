/*
 * proof.h - does public_url lead here?
 *
 * Layer  app
 * Gives  a URL that only a gateway with our secret answers as we expect
 * Owns   nothing
 * Fails  NO_ROUTE: the question was not asked by one who has the secret
 *
 * What is asked and what is answered are HMACs of a random text, each with a
 * word of its own; ltigate check asks, whatever instance is met answers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_PROOF_H
#define APP_PROOF_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct gateway;

#define PROOF_PATH "/healthz/self"

struct span proof_url(
    struct gateway *gateway, struct cx *cx, struct span nonce);
enum fault proof_check(struct gateway *gateway, struct cx *cx,
    struct span nonce, struct span asked, struct span *answer) MUST_USE;
/* As it is expected from who was asked proof_url. */
struct span proof_answer(
    struct gateway *gateway, struct cx *cx, struct span nonce);

#endif
