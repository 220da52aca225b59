/* digest.c - hashes and comparison in constant time
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "crypto/digest.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/cx.h"

void
digest_sha256(struct span bytes, unsigned char out[DIGEST_SIZE])
{
	if (!EVP_Digest(bytes.at ? bytes.at : "", bytes.length, out, NULL,
		EVP_sha256(), NULL))
		abort();
}

struct span
digest_text(struct cx *cx, struct span bytes)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char hash[DIGEST_SIZE];
	char *text = arena_take(cx->arena, (size_t)2 * DIGEST_SIZE + 1);

	digest_sha256(bytes, hash);
	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		text[2 * i] = digits[hash[i] >> 4];
		text[2 * i + 1] = digits[hash[i] & 15];
	}
	return span_from(text, (size_t)2 * DIGEST_SIZE);
}

/* What is fetched by name is fetched once: it takes longer than the hash. */
static EVP_MAC_CTX *hmac_template;
static EVP_KDF *hkdf;
static pthread_once_t fetched = PTHREAD_ONCE_INIT;

static void
fetch(void)
{
	char name[] = "SHA256";
	const OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
	    OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);

	hmac_template = EVP_MAC_CTX_new(mac);
	hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_MAC_free(mac);
	if (!hmac_template || !hkdf ||
	    EVP_MAC_CTX_set_params(hmac_template, params) != 1)
		abort();
}

void
digest_hmac_with(
    struct span key, struct span bytes, unsigned char out[DIGEST_SIZE])
{
	size_t length;

	pthread_once(&fetched, fetch);
	EVP_MAC_CTX *work = EVP_MAC_CTX_dup(hmac_template);
	if (!work ||
	    EVP_MAC_init(
		work, (const unsigned char *)key.at, key.length, NULL) != 1 ||
	    EVP_MAC_update(
		work, (const unsigned char *)bytes.at, bytes.length) != 1 ||
	    EVP_MAC_final(work, out, &length, DIGEST_SIZE) != 1)
		abort();
	EVP_MAC_CTX_free(work);
}

void
digest_hmac(const struct secret *secret, struct span bytes,
    unsigned char out[DIGEST_SIZE])
{
	digest_hmac_with(
	    span_from(secret->bytes, sizeof secret->bytes), bytes, out);
}

void
digest_derive(
    const struct secret *secret, const char *purpose, struct secret *out)
{
	struct secret key = *secret;
	size_t length = strlen(purpose);
	char *info = memory_take(length + 1);
	char name[] = "SHA256";
	memcpy(info, purpose, length + 1);
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, name, 0),
	    OSSL_PARAM_construct_octet_string(
		OSSL_KDF_PARAM_KEY, key.bytes, sizeof key.bytes),
	    OSSL_PARAM_construct_octet_string(
		OSSL_KDF_PARAM_INFO, info, length),
	    OSSL_PARAM_construct_end(),
	};
	pthread_once(&fetched, fetch);
	EVP_KDF_CTX *work = EVP_KDF_CTX_new(hkdf);
	if (!work ||
	    EVP_KDF_derive(work, out->bytes, sizeof out->bytes, params) != 1)
		abort();
	EVP_KDF_CTX_free(work);
	memory_give_back(info);
	OPENSSL_cleanse(&key, sizeof key);
}

bool
digest_equal(struct span a, struct span b)
{
	return a.length == b.length &&
	       (a.length == 0 || CRYPTO_memcmp(a.at, b.at, a.length) == 0);
}
