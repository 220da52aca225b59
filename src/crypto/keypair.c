/* keypair.c - the tool's RSA key pairs
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "crypto/keypair.h"

#include <cjose/cjose.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/b64url.h"
#include "base/cx.h"
#include "crypto/digest.h"
#include "json/jread.h"
#include "json/jwrite.h"

enum { EXPONENT_BYTES_MAX = 8 };

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

/* With an exponent of 1 or an even one anybody signs; a long one only costs
 * time. */
static bool
is_sound_exponent(struct span bytes)
{
	while (bytes.length && *bytes.at == 0)
		bytes = span_from_offset(bytes, 1);
	return bytes.length && bytes.length <= EXPONENT_BYTES_MAX &&
	       bytes.at[bytes.length - 1] & 1 &&
	       !(bytes.length == 1 && *bytes.at == 1);
}

static enum fault
refuse_exponent(struct cx *cx)
{
	return fault_tell(cx, FAULT_PARAMETER_REFUSED,
	    "authConfig.key has an exponent that is not safe");
}

static bool
has_sound_exponent(struct cx *cx, EVP_PKEY *key)
{
	struct span text = number_text(cx, key, OSSL_PKEY_PARAM_RSA_E);
	struct span bytes;

	return b64url_decode(cx->arena, text, &bytes) &&
	       is_sound_exponent(bytes);
}

/* OpenSSL would ask the terminal for it, and wait. */
static int
no_passphrase(char *text, int size, int writing, void *arg)
{
	(void)text, (void)size, (void)writing, (void)arg;
	return -1;
}

enum fault
public_key_check_pem(struct cx *cx, struct span pem)
{
	BIO *bio = BIO_new_mem_buf(pem.at, (int)pem.length);
	EVP_PKEY *key =
	    bio ? PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL) : NULL;

	BIO_free(bio);
	if (!key)
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "authConfig.key must be a public key in PEM form "
		    "(-----BEGIN PUBLIC KEY-----)");
	arena_own(cx->arena, release_key, key);
	if (!EVP_PKEY_is_a(key, "RSA") ||
	    EVP_PKEY_get_bits(key) < PUBLIC_KEY_BITS_MIN)
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "authConfig.key must be an RSA key of at least %d bits",
		    PUBLIC_KEY_BITS_MIN);
	return has_sound_exponent(cx, key) ? FAULT_NONE : refuse_exponent(cx);
}

static void
release_jwk(void *jwk)
{
	cjose_jwk_release(jwk);
}

enum fault
public_key_check_jwk(struct cx *cx, struct span text)
{
	const struct json_t *object;
	cjose_err error;
	enum fault fault = jread_parse(cx, text, &object);

	if (fault)
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "authConfig.key must be a JWK, as a string of JSON");
	if (jread_member(object, "d") || jread_member(object, "k"))
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "authConfig.key holds a private or secret key; give the "
		    "public one");
	cjose_jwk_t *jwk = cjose_jwk_import(text.at, text.length, &error);
	if (!jwk)
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "authConfig.key is not a usable JWK");
	arena_own(cx->arena, release_jwk, jwk);
	cjose_jwk_kty_t type = cjose_jwk_get_kty(jwk, &error);
	if (type != CJOSE_JWK_KTY_EC &&
	    (type != CJOSE_JWK_KTY_RSA ||
		cjose_jwk_get_keysize(jwk, &error) < PUBLIC_KEY_BITS_MIN))
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "authConfig.key must be an EC key or an RSA key of at "
		    "least %d bits",
		    PUBLIC_KEY_BITS_MIN);
	struct span exponent =
	    jread_text_or(jread_member(object, "e"), SPAN(""));
	while (span_ends(exponent, "="))
		exponent.length--; /* padded, as some LMSs write it */
	if (type == CJOSE_JWK_KTY_RSA &&
	    (!b64url_decode(cx->arena, exponent, &exponent) ||
		!is_sound_exponent(exponent)))
		return refuse_exponent(cx);
	return FAULT_NONE;
}
