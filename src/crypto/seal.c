/* seal.c - keeping secrets in the store
 *
 * base64url of:  1 byte version (1) | 12 bytes nonce | ciphertext | 16 bytes
 * tag
 *
 * The key is derived from the secret once for each purpose; the nonce is
 * random: a purpose is sealed a few times at most, far below 2^32.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "crypto/seal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/b64url.h"
#include "base/cx.h"
#include "crypto/digest.h"

enum { VERSION = 1, NONCE = 12, TAG = 16, OVERHEAD = 1 + NONCE + TAG };

static void
release(void *work)
{
	EVP_CIPHER_CTX_free(work);
}

static EVP_CIPHER_CTX *
begin(struct cx *cx, const struct secret *secret, const char *purpose,
    const unsigned char *nonce, int encrypt)
{
	EVP_CIPHER_CTX *work = EVP_CIPHER_CTX_new();
	struct secret key;

	if (!work)
		return NULL;
	arena_own(cx->arena, release, work);
	digest_derive(secret, purpose, &key);
	int done = EVP_CipherInit_ex(
	    work, EVP_aes_256_gcm(), NULL, key.bytes, nonce, encrypt);
	OPENSSL_cleanse(&key, sizeof key);
	return done == 1 ? work : NULL;
}

enum fault
seal_write(struct cx *cx, const struct secret *secret, const char *purpose,
    struct span bytes, struct span *out)
{
	unsigned char *box = arena_take(cx->arena, OVERHEAD + bytes.length);
	unsigned char *body = box + 1 + NONCE;
	int length = 0, rest = 0;

	box[0] = VERSION;
	cx->random(box + 1, NONCE);
	EVP_CIPHER_CTX *work = begin(cx, secret, purpose, box + 1, 1);
	if (!work ||
	    EVP_CipherUpdate(work, body, &length,
		(const unsigned char *)bytes.at, (int)bytes.length) != 1 ||
	    EVP_CipherFinal_ex(work, body + length, &rest) != 1 ||
	    EVP_CIPHER_CTX_ctrl(
		work, EVP_CTRL_GCM_GET_TAG, TAG, body + bytes.length) != 1)
		return fault(cx, FAULT_CRYPTO_FAILED, "sealing failed");
	*out =
	    b64url_encode(cx->arena, span_from(box, OVERHEAD + bytes.length));
	return FAULT_NONE;
}

enum fault
seal_read(struct cx *cx, const struct secret *secret, const char *purpose,
    struct span sealed, struct span *out)
{
	struct span box;
	int length = 0, rest = 0;

	if (!b64url_decode(cx->arena, sealed, &box) || box.length < OVERHEAD ||
	    box.at[0] != VERSION)
		return fault(cx, FAULT_SECRET_WRONG, "not a sealed text");
	const unsigned char *at = (const unsigned char *)box.at;
	size_t size = box.length - OVERHEAD;
	unsigned char tag[TAG];
	memcpy(tag, at + box.length - TAG, TAG);
	unsigned char *bytes = arena_take(cx->arena, size + 1);
	EVP_CIPHER_CTX *work = begin(cx, secret, purpose, at + 1, 0);
	if (!work ||
	    EVP_CipherUpdate(work, bytes, &length, at + 1 + NONCE, (int)size) !=
		1 ||
	    EVP_CIPHER_CTX_ctrl(work, EVP_CTRL_GCM_SET_TAG, TAG, tag) != 1 ||
	    EVP_CipherFinal_ex(work, bytes + length, &rest) != 1)
		return fault(
		    cx, FAULT_SECRET_WRONG, "%s does not open", purpose);
	*out = span_from(bytes, size);
	return FAULT_NONE;
}
