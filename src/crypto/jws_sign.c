/* jws_sign.c - compact signed tokens: signing, and tokens of our own
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/b64url.h"
#include "base/cx.h"
#include "crypto/digest.h"
#include "crypto/jws.h"
#include "json/jwrite.h"

/* {"alg":"HS256","typ":"JWT"}: compared as bytes, so that nothing of a
 * foreign header is ever read. */
#define OWN_HEADER "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"

enum { PEM_MAX = 16 * 1024 };

struct signing_key {
	EVP_PKEY *handle; /* never changed: threads share it */
};

static struct span
joined(struct cx *cx, struct span a, struct span b)
{
	char *text = arena_take(cx->arena, a.length + 1 + b.length);

	memcpy(text, a.at, a.length);
	text[a.length] = '.';
	memcpy(text + a.length + 1, b.at, b.length);
	return span_from(text, a.length + 1 + b.length);
}

/* --- with our key pairs -------------------------------------------------- */

/* OpenSSL would ask the terminal for it, and wait. */
static int
no_passphrase(char *text, int size, int writing, void *arg)
{
	(void)text, (void)size, (void)writing, (void)arg;
	return -1;
}

enum fault
signing_key_open(struct cx *cx, struct span pem, struct signing_key **out)
{
	if (!pem.length || pem.length > PEM_MAX)
		return fault(
		    cx, FAULT_CRYPTO_FAILED, "a private key is no PEM");
	BIO *bio = BIO_new_mem_buf(pem.at, (int)pem.length);
	EVP_PKEY *key =
	    bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL)
		: NULL;
	BIO_free(bio);
	ERR_clear_error(); /* others look into this thread's queue */
	if (!key || !EVP_PKEY_is_a(key, "RSA")) {
		EVP_PKEY_free(key);
		return fault(cx, FAULT_CRYPTO_FAILED,
		    "a private key is no RSA key in PEM form");
	}
	*out = memory_take(sizeof **out);
	(*out)->handle = key;
	return FAULT_NONE;
}

void
signing_key_close(struct signing_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->handle); /* overwrites the numbers */
	memory_give_back(key);
}

static struct span
header_text(struct cx *cx, struct span kid)
{
	struct json_t *header = jwrite_object(cx);

	jwrite_text(header, "alg", SPAN("RS256"));
	jwrite_text(header, "kid", kid);
	jwrite_text(header, "typ", SPAN("JWT"));
	return b64url_encode(cx->arena, jwrite_bytes(cx, header));
}

enum fault
jws_sign(struct cx *cx, struct signing_key *key, struct span kid,
    struct span payload, struct span *out)
{
	struct span body =
	    joined(cx, header_text(cx, kid), b64url_encode(cx->arena, payload));
	size_t size = (size_t)EVP_PKEY_get_size(key->handle);
	unsigned char *signature = arena_take(cx->arena, size);
	EVP_MD_CTX *work = EVP_MD_CTX_new();
	bool done = work &&
		    EVP_DigestSignInit(
			work, NULL, EVP_sha256(), NULL, key->handle) == 1 &&
		    EVP_DigestSign(work, signature, &size,
			(const unsigned char *)body.at, body.length) == 1;

	EVP_MD_CTX_free(work);
	if (!done) {
		ERR_clear_error();
		return fault(cx, FAULT_CRYPTO_FAILED, "a token was not signed");
	}
	*out = joined(
	    cx, body, b64url_encode(cx->arena, span_from(signature, size)));
	return FAULT_NONE;
}

/* --- that only we read --------------------------------------------------- */

static struct span
mac_text(struct cx *cx, const struct secret *secret, struct span body)
{
	unsigned char mac[DIGEST_SIZE];

	digest_hmac(secret, body, mac);
	return b64url_encode(cx->arena, span_from(mac, sizeof mac));
}

struct span
jws_write_own(struct cx *cx, const struct secret *secret, struct span payload)
{
	struct span body =
	    joined(cx, SPAN(OWN_HEADER), b64url_encode(cx->arena, payload));

	return joined(cx, body, mac_text(cx, secret, body));
}

enum fault
jws_read_own(struct cx *cx, const struct secret *secret, struct span compact,
    struct span *payload)
{
	struct span rest, middle, mac;

	if (compact.length > JWS_MAX || !span_starts(compact, OWN_HEADER "."))
		return fault(cx, FAULT_JWT_MALFORMED, "not a token of our own");
	rest = span_from_offset(compact, sizeof OWN_HEADER);
	if (!span_next(&rest, '.', &middle) || !span_next(&rest, '.', &mac) ||
	    rest.at)
		return fault(cx, FAULT_JWT_MALFORMED,
		    "the token has not exactly three parts");
	struct span body =
	    span_first(compact, sizeof OWN_HEADER + middle.length);
	/* As texts, so that no second text of the same MAC passes. */
	if (!digest_equal(mac, mac_text(cx, secret, body)))
		return fault(
		    cx, FAULT_SIGNATURE_WRONG, "the token's MAC does not hold");
	struct span bytes;
	if (!b64url_decode(cx->arena, middle, &bytes))
		return fault(
		    cx, FAULT_JWT_MALFORMED, "the payload is no base64url");
	*payload = bytes;
	return FAULT_NONE;
}
