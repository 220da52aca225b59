/* access_tokens.c - what an LMS gives the tool to call its services with
 *
 * An entry's name holds all that the token depends on: a platform that was
 * changed asks for a new one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/access_tokens.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "app/directory.h"
#include "app/gateway.h"
#include "app/signer.h"
#include "base/cx.h"
#include "lti/refusal.h"
#include "lti/service_token.h"
#include "lti/web_url.h"
#include "net/rests.h"

/* As in net/permits.c; the names are those of registered platforms. */
#define HASH_FUNCTION(key, length, hash) HASH_SAX(key, length, hash)
#define uthash_malloc(size) memory_take(size)
#define uthash_free(block, size) memory_give_back(block)
#include <uthash.h>

enum {
	ANSWER_MAX = 64 * 1024,
	MARGIN_MAX = 60, /* seconds before the end, or a quarter of the life */
};

struct entry {
	struct arena *arena; /* of the name */
	struct span name;
	char *token; /* NULL: none */
	size_t token_length;
	int64_t made_at, good_until; /* on cx->now */
	bool asking;
	unsigned waiting;  /* threads that look at it */
	unsigned asked;    /* how often, good or bad */
	enum fault failed; /* why the last time brought nothing */
	struct fault_note note;
	UT_hash_handle hh;
};

struct access_tokens {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct entry *entries; /* the least recently added first */
};

struct access_tokens *
access_tokens_open(void)
{
	struct access_tokens *tokens = memory_take(sizeof *tokens);
	pthread_condattr_t monotonic;

	pthread_mutex_init(&tokens->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&tokens->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return tokens;
}

static void
forget(struct entry *entry)
{
	if (entry->token)
		explicit_bzero(entry->token, entry->token_length);
	memory_give_back(entry->token);
	entry->token = NULL;
}

static void
drop(struct access_tokens *tokens, struct entry *entry)
{
	HASH_DEL(tokens->entries, entry);
	forget(entry);
	arena_close(entry->arena);
	memory_give_back(entry);
}

void
access_tokens_close(struct access_tokens *tokens)
{
	struct entry *entry, *next;

	if (!tokens)
		return;
	HASH_ITER(hh, tokens->entries, entry, next)
	{
		drop(tokens, entry);
	}
	pthread_cond_destroy(&tokens->changed);
	pthread_mutex_destroy(&tokens->lock);
	memory_give_back(tokens);
}

/* --- entries, under the lock --------------------------------------------- */

static struct span
name_of(struct cx *cx, const struct access_token_args *args)
{
	const struct directory_platform *platform = args->platform;

	return arena_printf(cx->arena, "%.*s\n%.*s\n%.*s\n%.*s\n%.*s",
	    SPAN_ARGS(platform->id), SPAN_ARGS(platform->client_id),
	    SPAN_ARGS(platform->token_endpoint), SPAN_ARGS(platform->audience),
	    SPAN_ARGS(args->scopes));
}

static void
make_room(struct access_tokens *tokens)
{
	struct entry *entry, *next;

	HASH_ITER(hh, tokens->entries, entry, next)
	{
		if (HASH_COUNT(tokens->entries) < ACCESS_TOKENS_MAX)
			return;
		if (!entry->waiting)
			drop(tokens, entry);
	}
}

static struct entry *
find(struct access_tokens *tokens, struct span name)
{
	struct entry *entry;

	HASH_FIND(hh, tokens->entries, name.at, name.length, entry);
	if (entry)
		return entry;
	make_room(tokens);
	entry = memory_take(sizeof *entry);
	entry->arena = arena_open();
	entry->name = arena_copy(entry->arena, name);
	HASH_ADD_KEYPTR(
	    hh, tokens->entries, entry->name.at, entry->name.length, entry);
	return entry;
}

/* A clock that was put back makes it due, too. */
static bool
is_good(const struct entry *entry, int64_t now)
{
	return entry->token && now < entry->good_until &&
	       now >= entry->made_at - MARGIN_MAX;
}

static void
keep(struct entry *entry, struct cx *cx, const struct service_token *token)
{
	int64_t margin = (token->expires_at - cx->now) / 4;

	forget(entry);
	entry->token = memory_take(token->text.length + 1);
	memcpy(entry->token, token->text.at, token->text.length);
	entry->token_length = token->text.length;
	entry->failed = FAULT_NONE;
	entry->made_at = cx->now;
	entry->good_until =
	    token->expires_at - (margin < MARGIN_MAX ? margin : MARGIN_MAX);
}

/* The note's spans belong to the cx that met the fault: texts alone are
 * handed on to those who waited. */
static void
keep_failure(struct entry *entry, const struct cx *cx, enum fault which)
{
	entry->failed = which;
	entry->note = cx->note;
	entry->note.body_received = SPAN_NONE;
	entry->note.external_url = SPAN_NONE;
	entry->note.way_back = SPAN_NONE;
}

/* --- asking -------------------------------------------------------------- */

/* An LMS says why in JSON (RFC 6749, 5.2); its words go to details. */
static enum fault
judge(struct gateway *gateway, struct cx *cx,
    const struct access_token_args *args, const struct fetch_answer *answer,
    struct service_token *out)
{
	fetch_note(cx, args->platform->token_endpoint, answer);
	cx->note.body_received = refusal_body(answer->body);
	if (answer->status == 429 || answer->status == 503) {
		cx->note.retry_after = fetch_retry_after(cx, answer);
		rests_keep(gateway->rests,
		    web_url_origin(args->platform->token_endpoint),
		    cx->note.retry_after * 1000);
		return fault(cx, FAULT_SERVICE_THROTTLED,
		    "token endpoint: HTTP status %d", answer->status);
	}
	if (answer->status != 200 && answer->status != 201)
		return fault_tell(cx, FAULT_SERVICE_TOKEN_REFUSED,
		    "The LMS answered the request for an access token with "
		    "HTTP status %d%s",
		    answer->status,
		    answer->status == 400 || answer->status == 401
			? "; its own words are in bodyReceived"
			: "");
	enum fault which = service_token_read(cx, answer->body, out);
	/* It may hold a token after all. */
	cx->note.body_received = SPAN_NONE;
	return which;
}

/* The host asked to be left alone (Canvas's is that of all its schools). */
static enum fault
let_rest(struct gateway *gateway, struct cx *cx, struct span endpoint)
{
	int64_t left = rests_left(gateway->rests, web_url_origin(endpoint));

	if (left == 0)
		return FAULT_NONE;
	cx->note.retry_after = left / 1000 + 1;
	return fault(cx, FAULT_SERVICE_THROTTLED,
	    "the token endpoint's host asked to be left alone");
}

static enum fault
ask(struct gateway *gateway, struct cx *cx,
    const struct access_token_args *args, struct service_token *out)
{
	const struct directory_platform *platform = args->platform;
	struct fetch_answer answer;
	struct span assertion;

	if (!platform->token_endpoint.length)
		return fault_tell(cx, FAULT_SERVICE_TOKEN_REFUSED,
		    "The platform has no access token URL; set its "
		    "accesstokenEndpoint");
	enum fault which = let_rest(gateway, cx, platform->token_endpoint);
	if (which)
		return which;
	which = signer_sign(gateway, cx, platform->id,
	    service_token_claims(cx, platform->client_id, platform->audience),
	    &assertion);
	if (which)
		return which;
	const struct fetch_request request = {
	    .url = platform->token_endpoint,
	    .method = "POST",
	    .accept = "application/json",
	    .content_type = "application/x-www-form-urlencoded",
	    .body = service_token_form(cx, assertion, args->scopes),
	    .answer_max = ANSWER_MAX,
	    .deadline_ms = args->deadline_ms,
	    .kind = PERMIT_SERVICE,
	};
	which = fetch(gateway->net, cx, &request, &answer);
	cx_wake(cx);
	if (which == FAULT_LMS_NO_ANSWER)
		return fault_as(cx, FAULT_SERVICE_NO_ANSWER);
	return which ? which : judge(gateway, cx, args, &answer, out);
}

/* Without the lock while the LMS is asked. */
static enum fault
ask_for_all(struct gateway *gateway, struct cx *cx,
    const struct access_token_args *args, struct entry *entry)
{
	struct access_tokens *tokens = gateway->tokens;
	struct service_token token;

	entry->asking = true;
	pthread_mutex_unlock(&tokens->lock);
	enum fault which = ask(gateway, cx, args, &token);
	pthread_mutex_lock(&tokens->lock);
	entry->asking = false;
	entry->asked++;
	if (which)
		keep_failure(entry, cx, which);
	else
		keep(entry, cx, &token);
	pthread_cond_broadcast(&tokens->changed);
	return which;
}

/* Until who asks is done, or our own time is up. */
static enum fault
wait_for_it(struct access_tokens *tokens, struct cx *cx,
    const struct access_token_args *args, struct entry *entry)
{
	const struct timespec until = {.tv_sec = args->deadline_ms / 1000,
	    .tv_nsec = args->deadline_ms % 1000 * 1000000};
	unsigned asked = entry->asked;
	int code = 0;

	while (entry->asking && entry->asked == asked && code != ETIMEDOUT)
		code = pthread_cond_timedwait(
		    &tokens->changed, &tokens->lock, &until);
	cx_wake(cx);
	if (entry->asked == asked)
		return fault(cx, FAULT_SERVICE_NO_ANSWER,
		    "no access token before the deadline");
	if (is_good(entry, cx->now) || !entry->failed)
		return FAULT_NONE;
	cx->note = entry->note;
	return entry->failed;
}

enum fault
access_tokens_take(struct gateway *gateway, struct cx *cx,
    const struct access_token_args *args, struct span *token)
{
	struct access_tokens *tokens = gateway->tokens;
	enum fault which = FAULT_NONE;

	pthread_mutex_lock(&tokens->lock);
	struct entry *entry = find(tokens, name_of(cx, args));
	entry->waiting++;
	while (!which && !is_good(entry, cx->now))
		which = entry->asking ? wait_for_it(tokens, cx, args, entry)
				      : ask_for_all(gateway, cx, args, entry);
	if (!which)
		*token = arena_copy(
		    cx->arena, span_from(entry->token, entry->token_length));
	entry->waiting--;
	pthread_mutex_unlock(&tokens->lock);
	return which;
}

void
access_tokens_drop(struct gateway *gateway, struct cx *cx,
    const struct access_token_args *args, struct span token, int64_t min_age)
{
	struct access_tokens *tokens = gateway->tokens;
	struct span name = name_of(cx, args);
	struct entry *entry;

	pthread_mutex_lock(&tokens->lock);
	HASH_FIND(hh, tokens->entries, name.at, name.length, entry);
	if (entry && entry->token && cx->now - entry->made_at >= min_age &&
	    span_equal(span_from(entry->token, entry->token_length), token))
		forget(entry);
	pthread_mutex_unlock(&tokens->lock);
}
