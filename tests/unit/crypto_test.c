/* crypto_test.c - digest, seal, random, keypair
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/b64url.h"
#include "crypto/digest.h"
#include "crypto/keypair.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "vectors.h"
#include "json/jwrite.h"

static void
expect_hex(
    const char *name, const unsigned char bytes[DIGEST_SIZE], const char *hex)
{
	char text[2 * DIGEST_SIZE + 1];

	for (size_t i = 0; i < DIGEST_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	if (strcmp(text, hex) != 0)
		fail_msg("%s: %s", name, text);
}

static void
digests(void **state)
{
	unsigned char out[DIGEST_SIZE];
	struct secret secret = {{0}}, derived, other;
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	digest_sha256(SPAN_NONE, out);
	expect_hex("FIPS 180-4, empty", out,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_true(span_is(digest_text(&cx, SPAN("abc")),
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015"
	    "ad"));
	/* A shorter key is the same as one with zeros behind. */
	memset(secret.bytes, 0x0b, 20);
	digest_hmac(&secret, SPAN("Hi There"), out);
	expect_hex("RFC 4231, 4.2", out,
	    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	secret = (struct secret){"Jefe"};
	digest_hmac(&secret, SPAN("what do ya want for nothing?"), out);
	expect_hex("RFC 4231, 4.3", out,
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	/* By Node's crypto.hkdfSync, without salt. */
	memset(secret.bytes, 0x0b, sizeof secret.bytes);
	digest_derive(&secret, "tool key 1", &derived);
	expect_hex("RFC 5869", derived.bytes,
	    "e2082afdbe0a0567bb0efa7c31ff46a718f8a632868010ee1ac2f99b41f9d478");
	digest_derive(&secret, "tool key 2", &other);
	assert_memory_not_equal(&derived, &other, sizeof derived);
	cx_release(&cx);
}

static void
compares(void **state)
{
	(void)state;
	assert_true(digest_equal(SPAN("abc"), SPAN("abc")));
	assert_false(digest_equal(SPAN("abc"), SPAN("abd")));
	assert_false(digest_equal(SPAN("xbc"), SPAN("abc")));
	assert_false(digest_equal(SPAN("abc"), SPAN("abcd")));
	assert_true(digest_equal(SPAN_NONE, SPAN("")));
}

/* --- seal ---------------------------------------------------------------- */

static void
seals(void **state)
{
	static const struct {
		const char *name;
		struct span bytes;
	} rows[] = {
	    {"empty", {"", 0}},
	    {"short", {"x", 1}},
	    {"NUL inside", {"a\0b", 3}},
	};
	struct secret secret = {{1}};
	struct cx cx;

	(void)state;
	cx_init(&cx, random_bytes);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct span one, two, opened;
		assert_int_equal(
		    seal_write(&cx, &secret, "p", rows[i].bytes, &one), 0);
		assert_int_equal(
		    seal_write(&cx, &secret, "p", rows[i].bytes, &two), 0);
		if (span_equal(one, two))
			fail_msg("%s: twice the same", rows[i].name);
		assert_int_equal(seal_read(&cx, &secret, "p", one, &opened), 0);
		if (!span_equal(opened, rows[i].bytes))
			fail_msg("%s: %.*s", rows[i].name, SPAN_ARGS(opened));
	}
	cx_release(&cx);
}

static void
opens_nothing_else(void **state)
{
	const struct secret secret = {{1}}, another = {{2}};
	struct span sealed, box, opened = SPAN("untouched");
	struct cx cx;

	(void)state;
	cx_init(&cx, random_bytes);
	assert_int_equal(
	    seal_write(&cx, &secret, "key 1", SPAN("private"), &sealed), 0);
	assert_int_equal(seal_read(&cx, &another, "key 1", sealed, &opened),
	    FAULT_SECRET_WRONG);
	assert_int_equal(seal_read(&cx, &secret, "key 2", sealed, &opened),
	    FAULT_SECRET_WRONG);
	static const char *const wrong[] = {"", "AQ", "x", "A31 no base64!"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(seal_read(&cx, &secret, "key 1",
				     span_of(wrong[i]), &opened),
		    FAULT_SECRET_WRONG);
	assert_true(b64url_decode(cx.arena, sealed, &box));
	/* Every byte counts, and none may be missing or too many. */
	for (size_t i = 0; i < box.length; i++) {
		char *changed = arena_take(cx.arena, box.length);
		memcpy(changed, box.at, box.length);
		changed[i] ^= 1;
		if (seal_read(&cx, &secret, "key 1",
			b64url_encode(cx.arena, span_from(changed, box.length)),
			&opened) != FAULT_SECRET_WRONG)
			fail_msg("byte %zu changed", i);
		if (seal_read(&cx, &secret, "key 1",
			b64url_encode(cx.arena, span_first(box, i)),
			&opened) != FAULT_SECRET_WRONG)
			fail_msg("cut to %zu", i);
	}
	assert_true(span_is(opened, "untouched"));
	cx_release(&cx);
}

/* --- random -------------------------------------------------------------- */

static void
draws_ids(void **state)
{
	struct cx cx;
	struct span seen[200];

	(void)state;
	cx_init(&cx, random_bytes);
	for (size_t i = 0; i < 200; i++) {
		seen[i] = random_id(&cx);
		assert_int_equal(seen[i].length, 22); /* A18: 128 bits */
		assert_int_equal(random_secret(&cx).length, 43);
		for (size_t k = 0; k < i; k++)
			assert_false(span_equal(seen[i], seen[k]));
	}
	struct span earlier = random_sortable(&cx);
	assert_int_equal(earlier.length, 22);
	cx.now++;
	struct span later = random_sortable(&cx);
	assert_true(memcmp(earlier.at, later.at, 10) < 0);
	cx.now = 0x0123456789;
	assert_true(span_starts(random_sortable(&cx), "0123456789"));
	cx_release(&cx);
}

/* --- keypair ------------------------------------------------------------- */

static struct span
member(const struct json_t *object, const char *name)
{
	return jread_text_or(jread_member(object, name), SPAN(""));
}

static void
makes_pairs(void **state)
{
	struct cx cx;
	struct keypair pair;
	const struct json_t *jwk;
	struct span modulus;
	unsigned char hash[DIGEST_SIZE];
	size_t members = 0;
	void *place = NULL;
	struct span name;
	const struct json_t *value;

	(void)state;
	cx_init(&cx, random_bytes);
	assert_int_equal(keypair_make(&cx, &pair), FAULT_NONE);
	assert_int_equal(jread_parse(&cx, pair.public_jwk, &jwk), FAULT_NONE);
	assert_true(span_is(member(jwk, "kty"), "RSA"));
	assert_true(span_is(member(jwk, "use"), "sig"));
	assert_true(span_is(member(jwk, "alg"), "RS256"));
	assert_true(span_equal(member(jwk, "kid"), pair.id));
	assert_true(span_is(member(jwk, "e"), "AQAB"));
	/* SF5, D68: public members only; n without a leading zero byte. */
	while (jread_next(jwk, &place, &name, &value))
		members++;
	assert_int_equal(members, 6);
	assert_true(b64url_decode(cx.arena, member(jwk, "n"), &modulus));
	assert_int_equal(modulus.length, KEYPAIR_BITS / 8);
	assert_true((unsigned char)modulus.at[0] >= 0x80);
	/* RFC 7638, 3. */
	digest_sha256(arena_printf(cx.arena,
			  "{\"e\":\"AQAB\",\"kty\":\"RSA\",\"n\":\"%.*s\"}",
			  SPAN_ARGS(member(jwk, "n"))),
	    hash);
	assert_true(span_equal(
	    pair.id, b64url_encode(cx.arena, span_from(hash, sizeof hash))));
	assert_true(
	    span_starts(pair.private_pem, "-----BEGIN PRIVATE KEY-----"));
	assert_int_equal(
	    public_key_check_jwk(&cx, pair.public_jwk), FAULT_NONE);
	assert_int_equal(
	    public_key_check_pem(&cx, pair.public_pem), FAULT_NONE);
	/* A32: who gives a private key is told so. */
	assert_int_equal(public_key_check_pem(&cx, pair.private_pem),
	    FAULT_PARAMETER_REFUSED);
	struct json_t *private = jwrite_copy(&cx, jwk);
	jwrite_text(private, "d", SPAN("AQAB"));
	assert_int_equal(public_key_check_jwk(&cx, jwrite_bytes(&cx, private)),
	    FAULT_PARAMETER_REFUSED);
	assert_non_null(strstr(cx.note.telling, "private"));
	cx_release(&cx);
}

static void
judges_keys_of_platforms(void **state)
{
	struct cx cx;
	unsigned wrong = 0;

	(void)state;
	cx_init(&cx, random_bytes);
	const struct json_t *rows = vector_json(&cx, "keys.json");
	assert_true(jread_count(rows) > 20);
	for (size_t i = 0; i < jread_count(rows); i++) {
		const struct json_t *row = jread_at(rows, i);
		struct span key = member(row, "key");
		bool pem = span_is(member(row, "form"), "pem");
		bool passes = jread_bool_or(jread_member(row, "passes"), false);
		enum fault got = pem ? public_key_check_pem(&cx, key)
				     : public_key_check_jwk(&cx, key);
		if (got == (passes ? FAULT_NONE : FAULT_PARAMETER_REFUSED) &&
		    (passes || strstr(cx.note.telling, "authConfig.key")))
			continue;
		print_error("%.*s, %.*s: %s: %s\n",
		    SPAN_ARGS(member(row, "form")),
		    SPAN_ARGS(member(row, "name")), fault_text(got)->name,
		    cx.note.telling);
		wrong++;
	}
	assert_int_equal(wrong, 0);
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(digests),
	    cmocka_unit_test(compares),
	    cmocka_unit_test(seals),
	    cmocka_unit_test(opens_nothing_else),
	    cmocka_unit_test(draws_ids),
	    cmocka_unit_test(makes_pairs),
	    cmocka_unit_test(judges_keys_of_platforms),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
