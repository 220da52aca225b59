/* password.c - passwords, kept so that nobody can read them back
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "crypto/password.h"

#include <argon2.h>
#include <assert.h>
#include <pthread.h>

#include "base/cx.h"

enum {
	MEMORY_KIB = 19456,
	PASSES = 2,
	LANES = 1,
	SALT_SIZE = 16,
	HASH_SIZE = 32,
	TEXT_SIZE = 200,
	AT_ONCE = 2
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t free_again = PTHREAD_COND_INITIALIZER;
static int running;

static void
enter(void)
{
	pthread_mutex_lock(&lock);
	while (running == AT_ONCE)
		pthread_cond_wait(&free_again, &lock);
	running++;
	pthread_mutex_unlock(&lock);
}

static void
leave(void)
{
	pthread_mutex_lock(&lock);
	running--;
	pthread_cond_signal(&free_again);
	pthread_mutex_unlock(&lock);
}

struct span
password_hash(struct cx *cx, struct span password)
{
	char *out = arena_take(cx->arena, TEXT_SIZE);
	unsigned char salt[SALT_SIZE];

	cx->random(salt, sizeof salt);
	enter();
	int failed =
	    argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password.at,
		password.length, salt, sizeof salt, HASH_SIZE, out, TEXT_SIZE);
	leave();
	/* Its parameters are constants; memory is the one thing it can lack,
	 * and that ends the process as everywhere. */
	assert(!failed);
	return failed ? SPAN("") : span_of(out);
}

bool
password_matches(struct cx *cx, struct span password, struct span hash)
{
	bool real = span_starts(hash, "$argon2id$");

	if (!real) {
		(void)password_hash(cx, password);
		return false;
	}
	const char *text = arena_printf(cx->arena, "%.*s", SPAN_ARGS(hash)).at;
	enter();
	int which = argon2id_verify(text, password.at, password.length);
	leave();
	return which == ARGON2_OK;
}
