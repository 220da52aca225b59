/*
 * key_sets.h - the keys of LMSs, fetched and kept
 *
 * Layer  net
 * Gives  key_sets_check: is this token signed by a key of that LMS?
 * Owns   the sets, by their URL; at most KEY_SETS_MAX of them
 * Fails  KEY_UNKNOWN, SIGNATURE_WRONG, KEY_SET_UNREACHABLE,
 *        KEY_SET_MALFORMED; as fetch.h for OUTBOUND_BUSY
 * Spec   RFC 9111, 5.2.2.1 (max-age); OpenID Connect Core 1.0, 10.1.1
 * (rotation)
 *
 * A set is kept as long as its Cache-Control says, within KEY_SET_KEPT_MIN and
 * _MAX. A key id that is not in it causes a fetch, at most one a minute for a
 * set, whatever is sent to us. One thread fetches while the others go on with
 * what is there; they wait only when nothing is. Keys that were good are kept
 * when a fetch fails.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NET_KEY_SETS_H
#define NET_KEY_SETS_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct jws;
struct key_sets;
struct net;

enum {
	KEY_SETS_MAX = 50000,     /* some 5 KB each, where so many are used */
	KEY_SET_KEPT_MIN = 300,   /* seconds; also for max-age=0 */
	KEY_SET_KEPT_MAX = 86400, /* Canvas says 10 days */
	KEY_SET_KEPT = 3600,      /* when nothing is said */
	KEY_SET_RETRY = 60,       /* between two fetches of one set */
	KEY_SET_BYTES_MAX = 256 * 1024,
};

struct key_sets *key_sets_open(struct net *net, size_t max);
void key_sets_close(struct key_sets *sets); /* NULL is fine */

/* As a platform has it: JWK_SET and a URL, JWK_KEY and a JWK, RSA_KEY and a
 * PEM. */
struct key_source {
	struct span method, value;
	struct span client; /* who caused it, for the permits */
};

/* Waits only when the keys have to be fetched. *fetched tells whether they
 * were, for the event. */
enum fault key_sets_check(struct key_sets *sets, struct cx *cx,
    const struct key_source *source, const struct jws *jws,
    bool *fetched) MUST_USE;

#endif
