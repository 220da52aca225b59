/* keypair.c - the tool's RSA key pairs
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "crypto/keypair.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/b64url.h"
#include "base/cx.h"
#include "crypto/digest.h"
#include "crypto/jws_key.h"
#include "json/jread.h"
#include "json/jwrite.h"

static void
release_key(void *key)
{
	EVP_PKEY_free(key);
}

static void
release_bio(void *bio)
{
	BIO_free_all(bio);
}

/* The number as JWK wants it: big-endian, no leading zero byte (Brightspace
 * refuses a key set that has one), base64url. */
static struct span
number_text(struct cx *cx, EVP_PKEY *key, const char *name)
{
	BIGNUM *number = NULL;

	if (EVP_PKEY_get_bn_param(key, name, &number) != 1)
		return SPAN_NONE;
	size_t size = (size_t)BN_num_bytes(number);
	unsigned char *bytes = arena_take(cx->arena, size + 1);
	BN_bn2bin(number, bytes);
	BN_free(number);
	return b64url_encode(cx->arena, span_from(bytes, size));
}

static struct span
pem_text(struct cx *cx, EVP_PKEY *key, bool private)
{
	BIO *bio = BIO_new(private ? BIO_s_secmem() : BIO_s_mem());
	char *bytes;

	if (!bio)
		return SPAN_NONE;
	arena_own(cx->arena, release_bio, bio);
	int done = private ? PEM_write_bio_PKCS8PrivateKey(
				 bio, key, NULL, NULL, 0, NULL, NULL)
			   : PEM_write_bio_PUBKEY(bio, key);
	long length = BIO_get_mem_data(bio, &bytes);
	return done == 1 ? span_from(bytes, (size_t)length) : SPAN_NONE;
}

/* RFC 7638, 3: the required members in lexical order, without blanks. */
static struct span
thumbprint(struct cx *cx, struct span n, struct span e)
{
	unsigned char hash[DIGEST_SIZE];
	struct span text = arena_printf(cx->arena,
	    "{\"e\":\"%.*s\",\"kty\":\"RSA\",\"n\":\"%.*s\"}", SPAN_ARGS(e),
	    SPAN_ARGS(n));

	digest_sha256(text, hash);
	return b64url_encode(cx->arena, span_from(hash, sizeof hash));
}

enum fault
keypair_make(struct cx *cx, struct keypair *out)
{
	EVP_PKEY *key = EVP_RSA_gen(KEYPAIR_BITS);
	struct keypair pair;

	if (!key)
		return fault(cx, FAULT_CRYPTO_FAILED, "no RSA key was made");
	arena_own(cx->arena, release_key, key);
	struct span n = number_text(cx, key, OSSL_PKEY_PARAM_RSA_N);
	struct span e = number_text(cx, key, OSSL_PKEY_PARAM_RSA_E);
	pair.private_pem = pem_text(cx, key, true);
	pair.public_pem = pem_text(cx, key, false);
	if (!n.at || !e.at || !pair.private_pem.at || !pair.public_pem.at)
		return fault(cx, FAULT_CRYPTO_FAILED, "a key was not written");
	pair.id = thumbprint(cx, n, e);
	struct json_t *jwk = jwrite_object(cx);
	jwrite_text(jwk, "kty", SPAN("RSA"));
	jwrite_text(jwk, "use", SPAN("sig"));
	jwrite_text(jwk, "alg", SPAN("RS256"));
	jwrite_text(jwk, "kid", pair.id);
	jwrite_text(jwk, "n", n);
	jwrite_text(jwk, "e", e);
	pair.public_jwk = jwrite_bytes(cx, jwk);
	*out = pair;
	return FAULT_NONE;
}

static enum fault
told(struct cx *cx, enum jws_key_flaw flaw, const char *what)
{
	if (!flaw)
		return FAULT_NONE;
	return fault_tell(
	    cx, FAULT_PARAMETER_REFUSED, "authConfig.key %s", what);
}

enum fault
public_key_check_pem(struct cx *cx, struct span pem)
{
	struct public_key key = {0};
	enum jws_key_flaw flaw = jws_key_read_pem(cx, pem, &key);
	const char *what = jws_key_flaw_texts[flaw];

	jws_key_release(&key);
	if (flaw == JWS_KEY_UNREADABLE)
		what = "must be a public key in PEM form "
		       "(-----BEGIN PUBLIC KEY-----)";
	if (flaw == JWS_KEY_TYPE)
		what = "must be an RSA key of 2048 to 8192 bits";
	return told(cx, flaw, what);
}

enum fault
public_key_check_jwk(struct cx *cx, struct span text)
{
	struct public_key key = {0};
	const struct json_t *object;

	if (jread_parse(cx, text, &object))
		return told(cx, JWS_KEY_UNREADABLE,
		    "must be a JWK, as a string of JSON");
	enum jws_key_flaw flaw = jws_key_read_jwk(cx, object, &key);
	jws_key_release(&key);
	return told(cx, flaw, jws_key_flaw_texts[flaw]);
}
