/* secrets.c - the secrets in memory: one seals and signs, two may open
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/secrets.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <string.h>

#include "base/b64url.h"
#include "base/cx.h"
#include "crypto/seal.h"

struct ring {
	struct secret_keys own, other;
	bool has_other;
	int64_t accepted_until, counted_until;
};

struct secrets {
	pthread_rwlock_t lock;
	struct ring ring;
};

struct secrets *
secrets_open(void)
{
	struct secrets *secrets = memory_take(sizeof *secrets);

	pthread_rwlock_init(&secrets->lock, NULL);
	return secrets;
}

void
secrets_clear(void *place, size_t size)
{
	OPENSSL_cleanse(place, size);
}

void
secrets_close(struct secrets *secrets)
{
	if (!secrets)
		return;
	secrets_clear(&secrets->ring, sizeof secrets->ring);
	pthread_rwlock_destroy(&secrets->lock);
	memory_give_back(secrets);
}

/* An HMAC of a fixed text. */
void
secrets_check(const struct secret *secret, char out[SECRET_CHECK_LENGTH + 1])
{
	struct arena *arena = arena_open();
	unsigned char mac[DIGEST_SIZE];
	struct secret key;

	digest_derive(secret, "store check value", &key);
	digest_hmac(&key, SPAN("ltigate"), mac);
	secrets_clear(&key, sizeof key);
	struct span text = b64url_encode(arena, span_from(mac, sizeof mac));
	memcpy(out, text.at, SECRET_CHECK_LENGTH);
	out[SECRET_CHECK_LENGTH] = '\0';
	arena_close(arena);
}

struct span
secrets_check_text(struct cx *cx, const struct secret *secret)
{
	char check[SECRET_CHECK_LENGTH + 1];

	secrets_check(secret, check);
	return arena_copy(cx->arena, span_of(check));
}

static void
derive(const struct secret *secret, struct secret_keys *out)
{
	out->whole = *secret;
	digest_derive(secret, "launch state", &out->state);
	digest_derive(secret, "launch nonce", &out->nonce);
	digest_derive(secret, "ltik", &out->ltik);
	digest_derive(secret, "portal", &out->portal);
	digest_derive(secret, "usage person", &out->usage);
	digest_derive(secret, "picker", &out->picker);
	digest_derive(secret, "self check", &out->proof);
	secrets_check(secret, out->check);
}

void
secrets_replace(struct secrets *secrets, const struct secret_pair *pair)
{
	struct ring ring = {
	    .has_other = pair->has_other,
	    .accepted_until = pair->accepted_until,
	    .counted_until = pair->counted_until,
	};

	derive(&pair->own, &ring.own);
	if (pair->has_other)
		derive(&pair->other, &ring.other);
	pthread_rwlock_wrlock(&secrets->lock);
	secrets->ring = ring;
	pthread_rwlock_unlock(&secrets->lock);
	secrets_clear(&ring, sizeof ring);
}

void
secrets_copy(struct secrets *secrets, struct secret_pair *out)
{
	pthread_rwlock_rdlock(&secrets->lock);
	*out = (struct secret_pair){
	    .own = secrets->ring.own.whole,
	    .other = secrets->ring.other.whole,
	    .has_other = secrets->ring.has_other,
	    .accepted_until = secrets->ring.accepted_until,
	    .counted_until = secrets->ring.counted_until,
	};
	pthread_rwlock_unlock(&secrets->lock);
}

struct span
secrets_known(struct secrets *secrets, struct cx *cx)
{
	pthread_rwlock_rdlock(&secrets->lock);
	const struct ring *ring = &secrets->ring;
	struct span text = arena_printf(cx->arena, "%s%s%s", ring->own.check,
	    ring->has_other ? " " : "", ring->other.check);
	pthread_rwlock_unlock(&secrets->lock);
	return text;
}

/* --- use ----------------------------------------------------------------- */

const struct secret_keys *
secrets_hold(struct secrets *secrets)
{
	pthread_rwlock_rdlock(&secrets->lock);
	return &secrets->ring.own;
}

void
secrets_let_go(struct secrets *secrets)
{
	pthread_rwlock_unlock(&secrets->lock);
}

enum fault
secrets_try(struct secrets *secrets, struct cx *cx, secrets_work *work,
    void *arg, enum fault not_theirs)
{
	const struct ring *ring = &secrets->ring;

	pthread_rwlock_rdlock(&secrets->lock);
	enum fault which = work(cx, &ring->own, arg);
	if (which == not_theirs && ring->has_other &&
	    cx->now < ring->accepted_until)
		which = work(cx, &ring->other, arg);
	pthread_rwlock_unlock(&secrets->lock);
	return which;
}

enum fault
secrets_seal(struct secrets *secrets, struct cx *cx, const char *purpose,
    struct span bytes, struct span *out)
{
	const struct secret_keys *keys = secrets_hold(secrets);
	enum fault which = seal_write(cx, &keys->whole, purpose, bytes, out);

	secrets_let_go(secrets);
	return which;
}

struct opening {
	const char *purpose;
	struct span sealed, opened;
};

static enum fault
unseal(struct cx *cx, const struct secret_keys *keys, void *arg)
{
	struct opening *opening = arg;
	return seal_read(cx, &keys->whole, opening->purpose, opening->sealed,
	    &opening->opened);
}

enum fault
secrets_unseal(struct secrets *secrets, struct cx *cx, const char *purpose,
    struct span sealed, struct span *out)
{
	struct opening opening = {.purpose = purpose, .sealed = sealed};
	enum fault which =
	    secrets_try(secrets, cx, unseal, &opening, FAULT_SECRET_WRONG);

	if (!which)
		*out = opening.opened;
	return which;
}

void
secrets_count_person(struct secrets *secrets, struct cx *cx, struct span person,
    unsigned char out[DIGEST_SIZE])
{
	const struct ring *ring = &secrets->ring;

	pthread_rwlock_rdlock(&secrets->lock);
	bool before = ring->has_other && cx->now < ring->counted_until;
	digest_hmac(
	    before ? &ring->other.usage : &ring->own.usage, person, out);
	pthread_rwlock_unlock(&secrets->lock);
}
