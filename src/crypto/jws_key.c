/* jws_key.c - one public key of an LMS: judged, and loaded once
 *
 * A key is judged as bytes, before OpenSSL computes with it: what a modulus
 * of 64 kbit costs, or an exponent of 1 lets pass, is then no question. PEM
 * is taken apart into the same numbers, so that there is one judgement.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "crypto/jws_key.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/b64url.h"
#include "base/cx.h"
#include "crypto/public_keys.h"
#include "json/jread.h"

enum {
	EXPONENT_BYTES_MAX = 8,
	/* The 1,366 characters of PUBLIC_KEY_BITS_MAX, and room for zeros
	 * in front. */
	NUMBER_TEXT_MAX = 2048,
	/* Longer than the longest RSA key of ours and some text before it. */
	PEM_MAX = 16 * 1024,
	COORDINATE_MAX = 66, /* P-521 */
};

const char *const jws_key_flaw_texts[JWS_KEY_FLAW_COUNT] = {
    [JWS_KEY_SOUND] = "",
    [JWS_KEY_UNREADABLE] = "is not a usable key",
    [JWS_KEY_SECRET] = "holds a private or secret key; give the public one",
    [JWS_KEY_PURPOSE] =
	"is not for verifying signatures (its use, key_ops or alg)",
    [JWS_KEY_TYPE] =
	"must be RSA of 2048 to 8192 bits or EC (P-256, P-384, P-521)",
    [JWS_KEY_EXPONENT] = "has an exponent that is not safe",
};
_Static_assert(PUBLIC_KEY_BITS_MIN == 2048 && PUBLIC_KEY_BITS_MAX == 8192,
    "the text above says so");

static const struct curve {
	const char *name;
	size_t size; /* bytes of a coordinate */
	enum jws_algorithm algorithm;
} curves[] = {
    {"P-256", 32, JWS_ES256},
    {"P-384", 48, JWS_ES384},
    {"P-521", COORDINATE_MAX, JWS_ES512},
};

enum { RSA_ALGORITHMS = 1U << JWS_RS256 | 1U << JWS_RS384 | 1U << JWS_RS512 };

/* --- numbers ------------------------------------------------------------- */

static struct span
without_zeros(struct span bytes)
{
	while (bytes.length && *bytes.at == 0)
		bytes = span_from_offset(bytes, 1);
	return bytes;
}

/* Of a number without zeros in front. */
static size_t
bits_of(struct span bytes)
{
	size_t bits = 0;

	if (!bytes.length)
		return 0;
	for (unsigned top = (unsigned char)*bytes.at; top; top >>= 1)
		bits++;
	return bits + (bytes.length - 1) * 8;
}

static bool
is_odd(struct span bytes)
{
	return bytes.length && bytes.at[bytes.length - 1] & 1;
}

/* A number of a JWK. Moodle's library pads, and old ones write the alphabet
 * of plain base64: no two readings can come of that. */
static bool
read_number(
    struct cx *cx, const struct json_t *jwk, const char *name, struct span *out)
{
	struct span text, bytes;

	if (!jread_text(jread_member(jwk, name), &text) ||
	    text.length > NUMBER_TEXT_MAX)
		return false;
	char *plain = arena_take(cx->arena, text.length + 1);
	for (size_t i = 0; i < text.length; i++) {
		char c = text.at[i];
		plain[i] = c == '+' ? '-' : c == '/' ? '_' : c;
	}
	while (text.length && plain[text.length - 1] == '=')
		text.length--;
	if (!b64url_decode(cx->arena, span_from(plain, text.length), &bytes))
		return false;
	*out = without_zeros(bytes);
	return out->length > 0;
}

/* --- loading ------------------------------------------------------------- */

/* Takes the parameters; NULL when OpenSSL finds no key in them. */
static EVP_PKEY *
load(const char *type, OSSL_PARAM *params)
{
	EVP_PKEY_CTX *work = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (!work || !params || EVP_PKEY_fromdata_init(work) != 1 ||
	    EVP_PKEY_fromdata(work, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
		ERR_clear_error(); /* others look into this thread's queue */
		key = NULL;
	}
	EVP_PKEY_CTX_free(work);
	OSSL_PARAM_free(params);
	return key;
}

static BIGNUM *
number_of(struct span bytes)
{
	return BN_bin2bn(
	    (const unsigned char *)bytes.at, (int)bytes.length, NULL);
}

static EVP_PKEY *
load_rsa(struct span modulus, struct span exponent)
{
	BIGNUM *n = number_of(modulus), *e = number_of(exponent);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;

	if (n && e && build &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1)
		params = OSSL_PARAM_BLD_to_param(build);
	OSSL_PARAM_BLD_free(build);
	BN_free(n);
	BN_free(e);
	return load("RSA", params);
}

static EVP_PKEY *
load_ec(const struct curve *curve, struct span x, struct span y)
{
	/* RFC 5480, 2.2: uncompressed. */
	unsigned char point[1 + 2 * COORDINATE_MAX] = {4};
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;

	memcpy(point + 1 + curve->size - x.length, x.at, x.length);
	memcpy(point + 1 + 2 * curve->size - y.length, y.at, y.length);
	if (build &&
	    OSSL_PARAM_BLD_push_utf8_string(
		build, OSSL_PKEY_PARAM_GROUP_NAME, curve->name, 0) == 1 &&
	    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY,
		point, 1 + 2 * curve->size) == 1)
		params = OSSL_PARAM_BLD_to_param(build);
	OSSL_PARAM_BLD_free(build);
	return load("EC", params);
}

/* On these curves every point but infinity has the group's order (cofactor
 * 1), so that the quick check is the whole one. It costs 5 us, not 600.
 * OpenSSL 3.0 refuses a point off the curve when it is loaded; that is not
 * promised anywhere. */
static bool
is_on_curve(EVP_PKEY *key)
{
	EVP_PKEY_CTX *work = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	bool sound = work && EVP_PKEY_public_check_quick(work) == 1;

	EVP_PKEY_CTX_free(work);
	if (!sound)
		ERR_clear_error();
	return sound;
}

/* --- judging ------------------------------------------------------------- */

/* With an exponent of 1 or an even one anybody signs; a long one only costs
 * time. */
static bool
is_sound_exponent(struct span bytes)
{
	return is_odd(bytes) && bytes.length <= EXPONENT_BYTES_MAX &&
	       !(bytes.length == 1 && *bytes.at == 1);
}

/* Both without zeros in front. */
static enum jws_key_flaw
read_rsa(struct span modulus, struct span exponent, struct public_key *key)
{
	size_t bits = bits_of(modulus);

	if (bits < PUBLIC_KEY_BITS_MIN || bits > PUBLIC_KEY_BITS_MAX)
		return JWS_KEY_TYPE;
	if (!is_sound_exponent(exponent))
		return JWS_KEY_EXPONENT;
	if (!is_odd(modulus))
		return JWS_KEY_UNREADABLE;
	key->handle = load_rsa(modulus, exponent);
	key->algorithms = RSA_ALGORITHMS;
	return key->handle ? JWS_KEY_SOUND : JWS_KEY_UNREADABLE;
}

static enum jws_key_flaw
read_rsa_jwk(struct cx *cx, const struct json_t *jwk, struct public_key *key)
{
	struct span n, e;
	struct span text = jread_text_or(jread_member(jwk, "n"), SPAN(""));

	if (text.length > NUMBER_TEXT_MAX)
		return JWS_KEY_TYPE;
	if (!read_number(cx, jwk, "n", &n))
		return JWS_KEY_UNREADABLE;
	if (!read_number(cx, jwk, "e", &e))
		return jread_member(jwk, "e") ? JWS_KEY_EXPONENT
					      : JWS_KEY_UNREADABLE;
	return read_rsa(n, e, key);
}

static enum jws_key_flaw
read_ec_jwk(struct cx *cx, const struct json_t *jwk, struct public_key *key)
{
	struct span name = jread_text_or(jread_member(jwk, "crv"), SPAN(""));
	const struct curve *curve = NULL;
	struct span x, y;

	for (size_t i = 0; i < sizeof curves / sizeof *curves; i++)
		if (span_is(name, curves[i].name))
			curve = &curves[i];
	if (!curve)
		return JWS_KEY_TYPE;
	/* RFC 7518, 6.2.1.2 wants all bytes of a coordinate; some libraries
	 * drop the zeros in front. */
	if (!read_number(cx, jwk, "x", &x) || !read_number(cx, jwk, "y", &y) ||
	    x.length > curve->size || y.length > curve->size)
		return JWS_KEY_UNREADABLE;
	EVP_PKEY *handle = load_ec(curve, x, y);
	if (!handle || !is_on_curve(handle)) {
		EVP_PKEY_free(handle);
		return JWS_KEY_UNREADABLE;
	}
	key->handle = handle;
	key->algorithms = 1U << curve->algorithm;
	return JWS_KEY_SOUND;
}

static bool
holds_secret(const struct json_t *jwk)
{
	static const char *const names[] = {
	    "d", "p", "q", "dp", "dq", "qi", "oth", "k"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (jread_member(jwk, names[i]))
			return true;
	return span_is(
	    jread_text_or(jread_member(jwk, "kty"), SPAN("")), "oct");
}

static bool
is_for_verifying(const struct json_t *jwk)
{
	const struct json_t *use = jread_member(jwk, "use");
	const struct json_t *operations = jread_member(jwk, "key_ops");

	if (use && !span_is(jread_text_or(use, SPAN("")), "sig"))
		return false;
	return !operations || jread_holds(operations, SPAN("verify"));
}

/* What the key's own alg leaves of its algorithms. */
static unsigned
narrowed(unsigned algorithms, const struct json_t *alg)
{
	struct span name = jread_text_or(alg, SPAN(""));

	if (!alg)
		return algorithms;
	for (unsigned i = 0; i < JWS_ALGORITHM_COUNT; i++)
		if (span_is(name, jws_algorithm_names[i]))
			return algorithms & 1U << i;
	return 0;
}

/* Only text of a length that a token may have is a kid. */
static bool
read_kid(const struct json_t *jwk, struct span *out)
{
	const struct json_t *kid = jread_member(jwk, "kid");

	*out = SPAN("");
	return !kid || (jread_text(kid, out) && out->length <= JWS_KID_MAX);
}

static enum jws_key_flaw
read_numbers(struct cx *cx, const struct json_t *jwk, struct public_key *key)
{
	struct span type = jread_text_or(jread_member(jwk, "kty"), SPAN(""));

	if (span_is(type, "RSA"))
		return read_rsa_jwk(cx, jwk, key);
	if (span_is(type, "EC"))
		return read_ec_jwk(cx, jwk, key);
	return type.length ? JWS_KEY_TYPE : JWS_KEY_UNREADABLE;
}

enum jws_key_flaw
jws_key_read_jwk(
    struct cx *cx, const struct json_t *jwk, struct public_key *out)
{
	struct public_key key = {0};
	struct span kid;

	if (!jread_is_object(jwk) || !read_kid(jwk, &kid))
		return JWS_KEY_UNREADABLE;
	if (holds_secret(jwk))
		return JWS_KEY_SECRET;
	if (!is_for_verifying(jwk))
		return JWS_KEY_PURPOSE;
	enum jws_key_flaw flaw = read_numbers(cx, jwk, &key);
	if (flaw)
		return flaw;
	key.algorithms = narrowed(key.algorithms, jread_member(jwk, "alg"));
	if (!key.algorithms) {
		jws_key_release(&key);
		return JWS_KEY_PURPOSE;
	}
	key.kid = memory_take(kid.length);
	key.kid_length = kid.length;
	memcpy(key.kid, kid.at, kid.length);
	*out = key;
	return JWS_KEY_SOUND;
}

/* --- PEM ----------------------------------------------------------------- */

/* OpenSSL would ask the terminal for it, and wait. */
static int
no_passphrase(char *text, int size, int writing, void *arg)
{
	(void)text, (void)size, (void)writing, (void)arg;
	return -1;
}

static bool
number_in(struct cx *cx, EVP_PKEY *key, const char *name, struct span *out)
{
	BIGNUM *number = NULL;

	if (EVP_PKEY_get_bn_param(key, name, &number) != 1)
		return false;
	size_t size = (size_t)BN_num_bytes(number);
	unsigned char *bytes = arena_take(cx->arena, size + 1);
	BN_bn2bin(number, bytes);
	BN_free(number);
	*out = span_from(bytes, size);
	return true;
}

static enum jws_key_flaw
read_parsed(struct cx *cx, EVP_PKEY *parsed, struct public_key *key)
{
	struct span n, e;

	if (!EVP_PKEY_is_a(parsed, "RSA"))
		return JWS_KEY_TYPE;
	if (!number_in(cx, parsed, OSSL_PKEY_PARAM_RSA_N, &n) ||
	    !number_in(cx, parsed, OSSL_PKEY_PARAM_RSA_E, &e))
		return JWS_KEY_UNREADABLE;
	return read_rsa(n, e, key);
}

enum jws_key_flaw
jws_key_read_pem(struct cx *cx, struct span pem, struct public_key *out)
{
	struct public_key key = {0};

	if (!pem.length || pem.length > PEM_MAX)
		return JWS_KEY_UNREADABLE;
	BIO *bio = BIO_new_mem_buf(pem.at, (int)pem.length);
	EVP_PKEY *parsed =
	    bio ? PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL) : NULL;
	BIO_free(bio);
	enum jws_key_flaw flaw =
	    parsed ? read_parsed(cx, parsed, &key) : JWS_KEY_UNREADABLE;
	EVP_PKEY_free(parsed);
	ERR_clear_error();
	if (!flaw)
		*out = key;
	return flaw;
}

/* --- questions ----------------------------------------------------------- */

void
jws_key_release(struct public_key *key)
{
	EVP_PKEY_free(key->handle);
	memory_give_back(key->kid);
	*key = (struct public_key){0};
}

bool
jws_key_fits(const struct public_key *key, enum jws_algorithm algorithm)
{
	return key->algorithms >> algorithm & 1;
}

struct span
jws_key_kid(const struct public_key *key)
{
	return span_from(key->kid, key->kid_length);
}
