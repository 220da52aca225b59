/*
 * secrets.h - the secrets in memory: one seals and signs, two may open
 *
 * Layer  app
 * Gives  sealing and opening, keys to sign with, trying those that may have
 *        signed
 * Owns   struct secrets: both, and what is derived from them
 * Fails  secrets_unseal: SECRET_WRONG; secrets_try: what the work fails with
 *
 * While a rotation is under way two secrets are known (secret_file.h). Threads
 * use them under a lock for reading, so that one that is over is gone from
 * memory when secrets_replace returns.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_SECRETS_H
#define APP_SECRETS_H

#include <stdint.h>

#include "base/fault.h"
#include "crypto/digest.h"

struct cx;
struct secrets;

enum { SECRET_CHECK_LENGTH = 43 };

/* One secret and what is derived from it. */
struct secret_keys {
	struct secret whole;
	struct secret state, nonce, ltik, portal, usage, picker, proof;
	char check[SECRET_CHECK_LENGTH + 1]; /* tells it apart; may be seen */
};

/* What is known of the two, by value. */
struct secret_pair {
	struct secret own, other; /* own seals */
	bool has_other;
	int64_t accepted_until; /* the other opens and verifies before then */
	int64_t counted_until;  /* the other counts people before then */
};

struct secrets *secrets_open(void);
void secrets_close(struct secrets *secrets);
void secrets_replace(struct secrets *secrets, const struct secret_pair *pair);
/* To be cleared with secrets_clear. */
void secrets_copy(struct secrets *secrets, struct secret_pair *out);
void secrets_clear(void *place, size_t size); /* for good */

/* The value by which a secret is known in the store. */
void secrets_check(
    const struct secret *secret, char out[SECRET_CHECK_LENGTH + 1]);
struct span secrets_check_text(struct cx *cx, const struct secret *secret);
/* Check values of those that are known, the one that seals first, with a
 * space between. */
struct span secrets_known(struct secrets *secrets, struct cx *cx);

/* As seal_write and seal_read. */
enum fault secrets_seal(struct secrets *secrets, struct cx *cx,
    const char *purpose, struct span bytes, struct span *out) MUST_USE;
enum fault secrets_unseal(struct secrets *secrets, struct cx *cx,
    const char *purpose, struct span sealed, struct span *out) MUST_USE;

/* The keys to sign with, until secrets_let_go, which comes soon: nobody waits
 * for anything in between. */
const struct secret_keys *secrets_hold(struct secrets *secrets);
void secrets_let_go(struct secrets *secrets);

/* Verifies with the keys of one secret; as short as between hold and let_go. */
typedef enum fault secrets_work(
    struct cx *cx, const struct secret_keys *keys, void *arg);
/* With the other's, too, when the first fault says that it is not theirs. */
enum fault secrets_try(struct secrets *secrets, struct cx *cx,
    secrets_work *work, void *arg, enum fault not_theirs) MUST_USE;

/* The digest under which a person is counted: the same one for all of a day,
 * whichever secret seals. */
void secrets_count_person(struct secrets *secrets, struct cx *cx,
    struct span person, unsigned char out[DIGEST_SIZE]);

#endif
