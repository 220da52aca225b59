/*
 * consumer_keys.h - LTI 1.1 keys, and what a launch proves with them
 *
 * Layer  app
 * Gives  keeping, listing and removing keys; the proof in a launch
 * Owns   nothing
 * Fails  PARAMETER_REFUSED, CONSUMER_EXISTS, NO_CONSUMER; as db.h. A proof
 *        never fails: what cannot be looked up is not proved
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_CONSUMER_KEYS_H
#define APP_CONSUMER_KEYS_H

#include "base/fault.h"
#include "store/consumers.h"

struct cx;
struct gateway;
struct json_t;

enum consumer_proof {
	CONSUMER_NOT_CLAIMED, /* no key, or no proof of it */
	CONSUMER_UNKNOWN,
	CONSUMER_WRONG,
	CONSUMER_PROVED,
};

enum fault consumer_keys_add(struct gateway *gateway, struct cx *cx,
    struct consumer *consumer, struct span secret) MUST_USE;
enum fault consumer_keys_list(
    struct gateway *gateway, struct cx *cx, struct consumer_list *out) MUST_USE;
enum fault consumer_keys_remove(
    struct gateway *gateway, struct cx *cx, struct span id) MUST_USE;

/* Of a launch whose token was checked. Asks the store only where a key is
 * claimed with a proof. */
enum consumer_proof consumer_keys_prove(struct gateway *gateway, struct cx *cx,
    const struct json_t *claims, struct span client_id);

#endif
