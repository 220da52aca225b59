/* provider.c - signing in by an OpenID Connect provider
 *
 * The state is sealed, so that it may hold what the provider must not see:
 *   {"b": <hash of the browser's secret>, "n": <nonce>, "v": <code verifier>,
 *    "r": <registrationId>?, "until": <seconds>}
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/provider.h"

#include <pthread.h>

#include "app/gateway.h"
#include "app/journal.h"
#include "app/sign_in.h"
#include "base/b64.h"
#include "base/b64url.h"
#include "base/cx.h"
#include "base/percent.h"
#include "crypto/jws.h"
#include "crypto/random.h"
#include "lti/provider_doc.h"
#include "lti/web_url.h"
#include "net/key_sets.h"
#include "store/db.h"
#include "json/jread.h"
#include "json/jwrite.h"

enum { DOC_KEPT = 3600, ANSWER_MAX = 64 * 1024 };

static const char state_purpose[] = "provider state";

struct provider {
	struct arena *arena; /* of the texts below */
	struct span issuer, client_id, client_secret, name;
	pthread_mutex_t lock;
	struct arena *doc_arena; /* of the body; NULL: nothing yet */
	struct span body;
	int64_t read_at;
};

/* --- configuration ------------------------------------------------------- */

enum fault
provider_open(struct cx *cx, const struct provider_options *options,
    struct provider **out)
{
	struct span issuer = options->issuer;

	*out = NULL;
	if (!issuer.length)
		return FAULT_NONE;
	if (!web_url_is(issuer) || !options->client_id.length ||
	    !options->client_secret.length)
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "oidc_issuer must be a URL, and oidc_client_id and "
		    "oidc_client_secret must be given with it");
	struct provider *provider = memory_take(sizeof *provider);
	struct arena *arena = arena_open();
	provider->arena = arena;
	provider->issuer = arena_copy(arena, issuer);
	provider->client_id = arena_copy(arena, options->client_id);
	provider->client_secret = arena_copy(arena, options->client_secret);
	struct span origin = web_url_origin(provider->issuer);
	struct span scheme;
	span_next(&origin, ':', &scheme);
	provider->name = span_from_offset(origin, 2);
	pthread_mutex_init(&provider->lock, NULL);
	*out = provider;
	return FAULT_NONE;
}

void
provider_close(struct provider *provider)
{
	if (!provider)
		return;
	arena_close(provider->doc_arena);
	arena_close(provider->arena);
	pthread_mutex_destroy(&provider->lock);
	memory_give_back(provider);
}

struct span
provider_name(const struct provider *provider)
{
	return provider ? provider->name : SPAN("");
}

/* --- what the provider says of itself ------------------------------------ */

static bool
recall(struct provider *provider, struct cx *cx, struct span *body)
{
	bool known = false;

	pthread_mutex_lock(&provider->lock);
	if (provider->doc_arena && provider->read_at + DOC_KEPT > cx->now &&
	    provider->read_at <= cx->now) {
		*body = arena_copy(cx->arena, provider->body);
		known = true;
	}
	pthread_mutex_unlock(&provider->lock);
	return known;
}

static void
remember(struct provider *provider, struct cx *cx, struct span body)
{
	struct arena *fresh = arena_open();
	struct span copy = arena_copy(fresh, body);

	pthread_mutex_lock(&provider->lock);
	struct arena *old = provider->doc_arena;
	provider->doc_arena = fresh;
	provider->body = copy;
	provider->read_at = cx->now;
	pthread_mutex_unlock(&provider->lock);
	arena_close(old);
}

static enum fault
fetch_from(struct gateway *gateway, struct cx *cx,
    const struct fetch_request *request, struct span *body)
{
	struct fetch_answer answer;
	enum fault which = fetch(gateway->net, cx, request, &answer);

	cx_wake(cx);
	if (which)
		return fault_tell(cx, FAULT_PROVIDER_FAILED,
		    "The sign-in provider could not be reached");
	if (answer.status != 200)
		return fault_tell(cx, FAULT_PROVIDER_FAILED,
		    "The sign-in provider answered with HTTP status %d",
		    answer.status);
	*body = answer.body;
	return FAULT_NONE;
}

static enum fault
find_doc(struct gateway *gateway, struct cx *cx, struct span client,
    struct provider_doc *out)
{
	struct provider *provider = gateway->provider;
	struct span issuer = provider->issuer, body;

	if (recall(provider, cx, &body))
		return provider_doc_read(cx, body, issuer, out);
	if (span_ends(issuer, "/"))
		issuer.length--;
	const struct fetch_request request = {
	    .url = arena_printf(cx->arena,
		"%.*s/.well-known/openid-configuration", SPAN_ARGS(issuer)),
	    .method = "GET",
	    .accept = "application/json",
	    .answer_max = ANSWER_MAX,
	    .deadline_ms = fetch_deadline(),
	    .kind = PERMIT_SERVICE,
	    .client = client,
	};
	enum fault which = fetch_from(gateway, cx, &request, &body);
	if (!which)
		which = provider_doc_read(cx, body, provider->issuer, out);
	if (!which)
		remember(provider, cx, body);
	return which;
}

/* --- to the provider ----------------------------------------------------- */

struct state {
	struct span browser_hash, nonce, verifier, registration;
};

static enum fault
write_state(struct gateway *gateway, struct cx *cx, const struct state *state,
    struct span *out)
{
	struct json_t *box = jwrite_object(cx);

	jwrite_text(box, "b", state->browser_hash);
	jwrite_text(box, "n", state->nonce);
	jwrite_text(box, "v", state->verifier);
	jwrite_text_if(box, "r", state->registration);
	jwrite_integer(box, "until", cx->now + PROVIDER_STATE_LIFE);
	return secrets_seal(
	    gateway->secrets, cx, state_purpose, jwrite_bytes(cx, box), out);
}

static enum fault
read_state(struct gateway *gateway, struct cx *cx,
    const struct provider_return *back, struct state *out)
{
	const struct json_t *box;
	struct span opened;
	int64_t until = 0;

	if (secrets_unseal(
		gateway->secrets, cx, state_purpose, back->state, &opened) ||
	    jread_parse(cx, opened, &box))
		return fault(cx, FAULT_PROVIDER_STATE, "not a state of ours");
	(void)jread_integer(jread_member(box, "until"), &until);
	*out = (struct state){
	    .browser_hash = jread_text_or(jread_member(box, "b"), SPAN("")),
	    .nonce = jread_text_or(jread_member(box, "n"), SPAN("")),
	    .verifier = jread_text_or(jread_member(box, "v"), SPAN("")),
	    .registration = jread_text_or(jread_member(box, "r"), SPAN("")),
	};
	if (until <= cx->now)
		return fault(cx, FAULT_PROVIDER_STATE, "expired");
	if (!back->browser.length ||
	    !digest_equal(digest_text(cx, back->browser), out->browser_hash))
		return fault(cx, FAULT_PROVIDER_STATE, "another browser's");
	return FAULT_NONE;
}

static struct span
redirect_uri(struct gateway *gateway, struct cx *cx)
{
	return arena_printf(cx->arena, "%.*s/portal/oidc/callback",
	    SPAN_ARGS(gateway->public_url));
}

static struct span
challenge(struct cx *cx, struct span verifier)
{
	unsigned char hash[DIGEST_SIZE];

	digest_sha256(verifier, hash);
	return b64url_encode(cx->arena, span_from(hash, sizeof hash));
}

enum fault
provider_begin(
    struct gateway *gateway, struct cx *cx, struct provider_trip *trip)
{
	struct provider_doc doc;
	struct span text;

	if (!gateway->provider)
		return fault(cx, FAULT_PROVIDER_OFF, "none is configured");
	enum fault which = find_doc(gateway, cx, SPAN(""), &doc);
	if (which)
		return which;
	trip->browser = random_secret(cx);
	const struct state state = {
	    .browser_hash = digest_text(cx, trip->browser),
	    .nonce = random_secret(cx),
	    .verifier = random_secret(cx),
	    .registration = trip->registration,
	};
	which = write_state(gateway, cx, &state, &text);
	if (which)
		return which;
	struct arena *arena = cx->arena;
	trip->url = web_url_add(cx, doc.authorization_endpoint,
	    arena_printf(arena,
		"response_type=code&scope=openid%%20email%%20profile"
		"&client_id=%.*s&redirect_uri=%.*s&state=%.*s&nonce=%.*s"
		"&code_challenge=%.*s&code_challenge_method=S256",
		SPAN_ARGS(percent_encode(arena, gateway->provider->client_id)),
		SPAN_ARGS(percent_encode(arena, redirect_uri(gateway, cx))),
		SPAN_ARGS(text), SPAN_ARGS(state.nonce),
		SPAN_ARGS(challenge(cx, state.verifier))));
	return FAULT_NONE;
}

/* --- and back ------------------------------------------------------------ */

/* RFC 6749, 2.3.1: both are form-encoded before they are joined. */
static struct span
basic(struct cx *cx, const struct provider *provider)
{
	struct arena *arena = cx->arena;
	struct span pair = arena_printf(arena, "%.*s:%.*s",
	    SPAN_ARGS(percent_encode(arena, provider->client_id)),
	    SPAN_ARGS(percent_encode(arena, provider->client_secret)));

	return arena_printf(
	    arena, "Basic %.*s", SPAN_ARGS(b64_encode(arena, pair)));
}

static struct span
token_form(struct gateway *gateway, struct cx *cx,
    const struct provider_doc *doc, struct span code, struct span verifier)
{
	const struct provider *provider = gateway->provider;
	struct arena *arena = cx->arena;
	struct span form = arena_printf(arena,
	    "grant_type=authorization_code&code=%.*s&redirect_uri=%.*s"
	    "&code_verifier=%.*s&client_id=%.*s",
	    SPAN_ARGS(percent_encode(arena, code)),
	    SPAN_ARGS(percent_encode(arena, redirect_uri(gateway, cx))),
	    SPAN_ARGS(verifier),
	    SPAN_ARGS(percent_encode(arena, provider->client_id)));

	return doc->secret_in_form
		   ? arena_printf(arena, "%.*s&client_secret=%.*s",
			 SPAN_ARGS(form),
			 SPAN_ARGS(
			     percent_encode(arena, provider->client_secret)))
		   : form;
}

static enum fault
ask_token(struct gateway *gateway, struct cx *cx,
    const struct provider_doc *doc, const struct provider_return *back,
    struct span verifier, struct span *id_token)
{
	const struct json_t *answer;
	struct span body;
	struct fetch_request request = {
	    .url = doc->token_endpoint,
	    .method = "POST",
	    .accept = "application/json",
	    .content_type = "application/x-www-form-urlencoded",
	    .body = token_form(gateway, cx, doc, back->code, verifier),
	    .answer_max = ANSWER_MAX,
	    .deadline_ms = fetch_deadline(),
	    .kind = PERMIT_SERVICE,
	    .client = back->client,
	};

	if (!doc->secret_in_form)
		request.headers[0] = (struct fetch_header){
		    "Authorization", basic(cx, gateway->provider)};
	enum fault which = fetch_from(gateway, cx, &request, &body);
	if (which)
		return which;
	if (jread_parse(cx, body, &answer) ||
	    !jread_text(jread_member(answer, "id_token"), id_token))
		return fault_tell(cx, FAULT_PROVIDER_FAILED,
		    "The sign-in provider's answer has no ID token");
	return FAULT_NONE;
}

static enum fault
check_token(struct gateway *gateway, struct cx *cx,
    const struct provider_doc *doc, struct span id_token, struct span nonce,
    struct provider_person *out)
{
	const struct provider_expectation expected = {
	    .issuer = gateway->provider->issuer,
	    .client_id = gateway->provider->client_id,
	    .nonce = nonce,
	    .clock_skew = gateway->clock_skew,
	};
	const struct key_source source = {
	    .method = SPAN("JWK_SET"), .value = doc->jwks_uri};
	const struct json_t *claims;
	struct jws jws;
	bool fetched;

	if (jws_read(cx, id_token, &jws) ||
	    key_sets_check(gateway->key_sets, cx, &source, &jws, &fetched) ||
	    jread_parse(cx, jws.payload, &claims))
		return fault_tell(cx, FAULT_PROVIDER_FAILED,
		    "The sign-in provider's token is not signed by one of its "
		    "keys");
	return provider_doc_check_claims(cx, claims, &expected, out);
}

struct match {
	struct span subject; /* "issuer subject" */
	const struct provider_person *person;
	struct user user;
};

/* The address is asked only once: who has the subject keeps the account,
 * whatever address comes later. */
static enum fault
match_person(struct db_session *session, struct cx *cx, void *arg)
{
	struct match *match = arg;
	struct span email;
	enum fault which =
	    users_find_subject(session, cx, match->subject, &match->user);

	if (which != FAULT_NO_USER)
		return which;
	if (!match->person->email.length ||
	    sign_in_read_email(cx, match->person->email, &email))
		return fault(cx, FAULT_PROVIDER_STRANGER, "no address");
	which = users_find_email(session, cx, email, &match->user);
	if (which == FAULT_NO_USER || (!which && match->user.subject.length))
		return fault(cx, FAULT_PROVIDER_STRANGER, "nobody's address");
	match->user.subject = match->subject;
	match->user.changed_at = cx->now;
	return which ? which : users_change(session, cx, &match->user);
}

enum fault
provider_finish(struct gateway *gateway, struct cx *cx,
    const struct provider_return *back, struct user *out,
    struct span *registration)
{
	struct provider_doc doc;
	struct provider_person person;
	struct state state = {0};
	struct span id_token;

	if (!gateway->provider)
		return fault(cx, FAULT_PROVIDER_OFF, "none is configured");
	enum fault which = read_state(gateway, cx, back, &state);
	if (!which && back->error.length)
		which = fault(cx, FAULT_PROVIDER_REFUSED, "%.*s",
		    SPAN_ARGS(span_first(back->error, 100)));
	if (!which)
		which = find_doc(gateway, cx, back->client, &doc);
	if (!which)
		which = ask_token(
		    gateway, cx, &doc, back, state.verifier, &id_token);
	if (!which)
		which = check_token(
		    gateway, cx, &doc, id_token, state.nonce, &person);
	if (which)
		return which;
	struct match match = {
	    .subject = arena_printf(cx->arena, "%.*s %.*s",
		SPAN_ARGS(doc.issuer), SPAN_ARGS(person.subject)),
	    .person = &person,
	};
	which = db_write(gateway->db, cx, match_person, &match);
	if (which)
		return which;
	*out = match.user;
	*registration = state.registration;
	return FAULT_NONE;
}
