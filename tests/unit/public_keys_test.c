/* public_keys_test.c - the keys that an LMS signs with
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/public_keys.h"
#include "crypto/random.h"
#include "lms_keys.h"
#include "vectors.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static struct {
	struct cx cx;
	EVP_PKEY *keys[JWS_ALGORITHM_COUNT];
	struct json_t *jwks[JWS_ALGORITHM_COUNT];
} lms;

static int
setup(void **state)
{
	(void)state;
	cx_init(&lms.cx, random_bytes);
	for (unsigned i = 0; i < JWS_ALGORITHM_COUNT; i++) {
		lms.keys[i] = i == JWS_RS384 || i == JWS_RS512
				  ? lms.keys[JWS_RS256]
				  : lms_key_for(&lms.cx, i);
		lms.jwks[i] = lms_key_jwk(&lms.cx, lms.keys[i]);
	}
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	cx_release(&lms.cx);
	return 0;
}

/* A key with some members changed: NULL takes one away. */
static struct json_t *
patched(struct cx *cx, const struct json_t *jwk, const char *patch)
{
	struct json_t *copy = jwrite_copy(cx, jwk);
	const struct json_t *changes = vector_parse(cx, patch);
	const struct json_t *value;
	struct span name;
	void *place = NULL;

	while (jread_next(changes, &place, &name, &value))
		if (strcmp(jread_type(value), "null") == 0)
			jwrite_remove(copy, arena_cstr(cx->arena, name));
		else
			jwrite_named(copy, name, value);
	return copy;
}

static struct span
set_of(struct cx *cx, const struct json_t *const *jwks, size_t count)
{
	struct json_t *set = jwrite_object(cx);
	struct json_t *list = jwrite_inner_array(set, "keys");

	for (size_t i = 0; i < count; i++)
		jwrite_push(list, jwks[i]);
	return jwrite_bytes(cx, set);
}

static bool
finds(struct cx *cx, const struct public_keys *keys, struct span kid,
    enum jws_algorithm algorithm)
{
	const struct public_key *key = NULL;
	enum fault which = public_keys_find(cx, keys, kid, algorithm, &key);

	if (which && (which != FAULT_KEY_UNKNOWN || key))
		fail_msg("%s", fault_text(which)->name);
	return !which;
}

/* Which algorithms a key alone fits; 0: it was left out. Behind a sound key
 * of a set it must be judged alike. */
static unsigned
fits(struct cx *cx, const char *name, const struct json_t *jwk)
{
	struct public_keys *keys = NULL;
	unsigned found = 0;
	size_t left_out;
	struct json_t *sound =
	    patched(cx, lms.jwks[JWS_RS256], "{\"kid\":\"the sound one\"}");
	const struct json_t *both[] = {sound, jwk};
	struct span kid = jread_text_or(jread_member(jwk, "kid"), SPAN(""));
	enum fault which =
	    public_keys_read_jwk(cx, jwrite_bytes(cx, jwk), &keys);

	if (which && (which != FAULT_KEY_SET_MALFORMED || keys))
		fail_msg("%s: %s", name, fault_text(which)->name);
	for (unsigned i = 0; !which && i < JWS_ALGORITHM_COUNT; i++)
		if (finds(cx, keys, kid, i))
			found |= 1U << i;
	public_keys_close(keys);
	assert_int_equal(
	    public_keys_read(cx, set_of(cx, both, 2), &keys), FAULT_NONE);
	if (public_keys_count(keys, &left_out) != (which ? 1 : 2) ||
	    left_out != (which ? 1 : 0) ||
	    !finds(cx, keys, SPAN("the sound one"), JWS_RS256))
		fail_msg("%s: otherwise in a set", name);
	public_keys_close(keys);
	return found;
}

enum { RS = 7, ES256 = 8, ES384 = 16, ES512 = 32 };

static const struct {
	const char *name;
	enum jws_algorithm of;
	const char *patch;
	unsigned fits;
} members[] = {
    {"RSA", JWS_RS256, "{}", RS},
    {"P-256", JWS_ES256, "{}", ES256},
    {"P-384", JWS_ES384, "{}", ES384},
    {"P-521", JWS_ES512, "{}", ES512},
    {"alg RS256", JWS_RS256, "{\"alg\":\"RS256\"}", 1},
    {"alg RS512", JWS_RS256, "{\"alg\":\"RS512\"}", 4},
    {"alg ES256", JWS_ES256, "{\"alg\":\"ES256\"}", ES256},
    {"alg of another type", JWS_RS256, "{\"alg\":\"ES256\"}", 0},
    {"alg of another curve", JWS_ES256, "{\"alg\":\"ES384\"}", 0},
    {"alg of a type, EC", JWS_ES256, "{\"alg\":\"RS256\"}", 0},
    {"alg PS256", JWS_RS256, "{\"alg\":\"PS256\"}", 0},
    {"alg HS256", JWS_RS256, "{\"alg\":\"HS256\"}", 0},
    {"alg none", JWS_RS256, "{\"alg\":\"none\"}", 0},
    {"alg RSA-OAEP", JWS_RS256, "{\"alg\":\"RSA-OAEP\"}", 0},
    {"alg no text", JWS_RS256, "{\"alg\":256}", 0},
    {"alg empty", JWS_RS256, "{\"alg\":\"\"}", 0},
    {"use sig", JWS_RS256, "{\"use\":\"sig\"}", RS},
    {"use enc", JWS_RS256, "{\"use\":\"enc\"}", 0},
    {"use SIG", JWS_RS256, "{\"use\":\"SIG\"}", 0},
    {"use no text", JWS_RS256, "{\"use\":1}", 0},
    {"key_ops", JWS_RS256, "{\"key_ops\":[\"verify\"]}", RS},
    {"key_ops, two", JWS_RS256, "{\"key_ops\":[\"x\",\"verify\"]}", RS},
    {"key_ops sign", JWS_RS256, "{\"key_ops\":[\"sign\"]}", 0},
    {"key_ops none", JWS_RS256, "{\"key_ops\":[]}", 0},
    {"key_ops no list", JWS_RS256, "{\"key_ops\":\"verify\"}", 0},
    {"what nobody reads", JWS_RS256,
	"{\"x5c\":[\"AAAA\"],\"x5u\":\"https://evil.example/\",\"ext\":true}",
	RS},
    {"kid", JWS_ES256, "{\"kid\":\"one\"}", ES256},
    {"kid empty", JWS_ES256, "{\"kid\":\"\"}", ES256},
    {"kid no text", JWS_ES256, "{\"kid\":1}", 0},
    {"A32 private", JWS_RS256, "{\"d\":\"AQAB\"}", 0},
    {"A32 private, p", JWS_RS256, "{\"p\":\"AQAB\"}", 0},
    {"A32 private, q", JWS_RS256, "{\"q\":\"AQAB\"}", 0},
    {"A32 private, dp", JWS_RS256, "{\"dp\":\"AQAB\"}", 0},
    {"A32 private, dq", JWS_RS256, "{\"dq\":\"AQAB\"}", 0},
    {"A32 private, qi", JWS_RS256, "{\"qi\":\"AQAB\"}", 0},
    {"A32 private, oth", JWS_RS256, "{\"oth\":[]}", 0},
    {"A32 private, EC", JWS_ES256, "{\"d\":\"AQAB\"}", 0},
    {"A32 secret beside", JWS_RS256, "{\"k\":\"AQAB\"}", 0},
    {"A32 symmetric", JWS_RS256, "{\"kty\":\"oct\",\"k\":\"AAAA\"}", 0},
    {"A32 symmetric, empty", JWS_RS256, "{\"kty\":\"oct\"}", 0},
    {"A32 OKP", JWS_ES256, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}", 0},
    {"kty rsa", JWS_RS256, "{\"kty\":\"rsa\"}", 0},
    {"kty missing", JWS_RS256, "{\"kty\":null}", 0},
    {"kty no text", JWS_RS256, "{\"kty\":[\"RSA\"]}", 0},
    {"kty of the other", JWS_RS256, "{\"kty\":\"EC\"}", 0},
    {"kty of the other, EC", JWS_ES256, "{\"kty\":\"RSA\"}", 0},
    {"n missing", JWS_RS256, "{\"n\":null}", 0},
    {"n empty", JWS_RS256, "{\"n\":\"\"}", 0},
    {"n no text", JWS_RS256, "{\"n\":65537}", 0},
    {"e missing", JWS_RS256, "{\"e\":null}", 0},
    {"e empty", JWS_RS256, "{\"e\":\"\"}", 0},
    {"e no text", JWS_RS256, "{\"e\":65537}", 0},
    {"A32 e of 0", JWS_RS256, "{\"e\":\"AA\"}", 0},
    {"A32 e of 1", JWS_RS256, "{\"e\":\"AQ\"}", 0},
    {"A32 e of 1 behind zeros", JWS_RS256, "{\"e\":\"AAAB\"}", 0},
    {"A32 e of 2", JWS_RS256, "{\"e\":\"Ag\"}", 0},
    {"A32 e of 65536", JWS_RS256, "{\"e\":\"AQAA\"}", 0},
    {"e of 3", JWS_RS256, "{\"e\":\"Aw\"}", RS},
    {"e padded", JWS_RS256, "{\"e\":\"Aw==\"}", RS},
    {"e behind zeros", JWS_RS256, "{\"e\":\"AAAAAAAAAAAAAQAB\"}", RS},
    {"e of 64 bits", JWS_RS256, "{\"e\":\"gAAAAAAAAAE\"}", RS},
    {"A32 e of 65 bits", JWS_RS256, "{\"e\":\"AQAAAAAAAAAB\"}", 0},
    {"e with a blank", JWS_RS256, "{\"e\":\"AQ AB\"}", 0},
    {"e with bits left over", JWS_RS256, "{\"e\":\"Ax\"}", 0},
    {"crv missing", JWS_ES256, "{\"crv\":null}", 0},
    {"crv of another", JWS_ES256, "{\"crv\":\"P-384\"}", 0},
    {"crv of a smaller one", JWS_ES384, "{\"crv\":\"P-256\"}", 0},
    {"A32 crv secp256k1", JWS_ES256, "{\"crv\":\"secp256k1\"}", 0},
    {"crv p-256", JWS_ES256, "{\"crv\":\"p-256\"}", 0},
    {"crv by OpenSSL's name", JWS_ES256, "{\"crv\":\"prime256v1\"}", 0},
    {"x missing", JWS_ES256, "{\"x\":null}", 0},
    {"y missing", JWS_ES256, "{\"y\":null}", 0},
    {"A32 off the curve", JWS_ES256, "{\"x\":\"AQAB\"}", 0},
    {"A32 off the curve, 0", JWS_ES256, "{\"x\":\"AA\",\"y\":\"AA\"}", 0},
    {"A32 off the curve, 384", JWS_ES384, "{\"y\":\"AQAB\"}", 0},
    {"A32 off the curve, 521", JWS_ES512, "{\"y\":\"AQAB\"}", 0},
    {"A32 x above the field", JWS_ES256,
	"{\"x\":\"__________________________________________8\"}", 0},
};

static void
judges_members(void **state)
{
	struct cx cx;
	size_t wrong = 0;

	(void)state;
	cx_init(&cx, random_bytes);
	for (size_t i = 0; i < COUNT(members); i++) {
		unsigned got = fits(&cx, members[i].name,
		    patched(&cx, lms.jwks[members[i].of], members[i].patch));
		if (got == members[i].fits)
			continue;
		print_error("%s: fits %u\n", members[i].name, got);
		wrong++;
	}
	assert_int_equal(wrong, 0);
	cx_release(&cx);
}

/* An odd number of so many bits. */
static struct span
number(struct cx *cx, size_t bits)
{
	size_t size = (bits + 7) / 8;
	unsigned char *bytes = arena_take(cx->arena, size);

	memset(bytes, 0xa5, size);
	bytes[0] = (unsigned char)(1U << (bits + 7) % 8);
	return span_from(bytes, size);
}

static void
judges_sizes(void **state)
{
	static const struct {
		size_t bits;
		bool sound;
	} rows[] = {
	    {512, false},
	    {1024, false},
	    {2040, false},
	    {2047, false},
	    {2048, true},
	    {2049, true},
	    {3072, true},
	    {4096, true},
	    {8192, true},
	    {8193, false},
	    {16384, false},
	    {65536, false},
	};
	struct cx cx;
	const struct span e = SPAN("\1\0\1");

	(void)state;
	cx_init(&cx, random_bytes);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct span n = number(&cx, rows[i].bits);
		EVP_PKEY *key = lms_key_of(&cx, n, e);
		struct public_keys *keys = NULL;
		assert_int_equal(EVP_PKEY_get_bits(key), rows[i].bits);
		unsigned got = fits(&cx, "size", lms_key_jwk(&cx, key));
		enum fault pem = public_keys_read_pem(
		    &cx, lms_key_pem(&cx, key, false), &keys);
		public_keys_close(keys);
		if (got != (rows[i].sound ? RS : 0) ||
		    pem !=
			(rows[i].sound ? FAULT_NONE : FAULT_KEY_SET_MALFORMED))
			fail_msg("%zu bits", rows[i].bits);
		cx_reset(&cx);
	}
	/* Even: nobody's modulus. */
	struct span even = arena_copy(cx.arena, number(&cx, 2048));
	EVP_PKEY *key = lms_key_of(
	    &cx, arena_printf(cx.arena, "%.*s%c", 255, even.at, 0x42), e);
	assert_int_equal(EVP_PKEY_get_bits(key), 2048);
	assert_int_equal(fits(&cx, "even", lms_key_jwk(&cx, key)), 0);
	cx_release(&cx);
}

/* How others write the same numbers. */

static struct span
zeros_before(struct cx *cx, struct span bytes, size_t count)
{
	char *longer = arena_take(cx->arena, bytes.length + count);

	memcpy(longer + count, bytes.at, bytes.length);
	return span_from(longer, bytes.length + count);
}

static struct span
as_plain_base64(struct cx *cx, struct span text)
{
	struct span copy = arena_copy(cx->arena, text);
	char *at = arena_take(cx->arena, text.length + 4);

	for (size_t i = 0; i < copy.length; i++)
		at[i] = copy.at[i] == '-'   ? '+'
			: copy.at[i] == '_' ? '/'
					    : copy.at[i];
	for (; copy.length % 4; copy.length++)
		at[copy.length] = '=';
	return span_from(at, copy.length);
}

enum way {
	WAY_PADDED,
	WAY_PLAIN,
	WAY_ZERO,
	WAY_ZEROS,
	WAY_MANY_ZEROS,
	WAY_BLANK,
	WAY_LINES,
	WAY_COUNT
};

static struct span
written(struct cx *cx, struct span text, enum way way)
{
	struct span bytes;

	assert_true(b64url_decode(cx->arena, text, &bytes));
	switch (way) {
	case WAY_PADDED:
		return arena_printf(cx->arena, "%.*s%s", SPAN_ARGS(text),
		    text.length % 4 == 2   ? "=="
		    : text.length % 4 == 3 ? "="
					   : "");
	case WAY_PLAIN:
		return as_plain_base64(cx, text);
	case WAY_ZERO:
		return b64url_encode(cx->arena, zeros_before(cx, bytes, 1));
	case WAY_ZEROS:
		return b64url_encode(cx->arena, zeros_before(cx, bytes, 100));
	case WAY_MANY_ZEROS:
		return b64url_encode(cx->arena, zeros_before(cx, bytes, 5000));
	case WAY_BLANK:
		return arena_printf(cx->arena, "%.*s ", SPAN_ARGS(text));
	case WAY_LINES:
		return arena_printf(cx->arena, "%.*s\n%.*s", 4, text.at,
		    (int)text.length - 4, text.at + 4);
	case WAY_COUNT:
		break;
	}
	return text;
}

static void
reads_what_old_ones_write(void **state)
{
	static const char *const names[] = {"n", "e", "x", "y"};
	struct cx cx;

	(void)state;
	cx_init(&cx, random_bytes);
	for (unsigned of = 0; of < JWS_ALGORITHM_COUNT; of++)
		for (unsigned way = 0; way < WAY_COUNT; way++) {
			struct json_t *jwk = patched(&cx, lms.jwks[of], "{}");
			struct span text;
			for (size_t i = 0; i < COUNT(names); i++)
				if (jread_text(
					jread_member(jwk, names[i]), &text))
					jwrite_text(jwk, names[i],
					    written(&cx, text, way));
			unsigned got = fits(&cx, "written", jwk);
			if (!got != (way > WAY_ZEROS))
				fail_msg("%s, way %u: %u",
				    jws_algorithm_names[of], way, got);
		}
	cx_release(&cx);
}

/* A coordinate that begins with a zero byte, whole and without it: both are
 * the same key, and it verifies. */
static void
reads_short_coordinates(void **state)
{
	struct cx cx;
	struct span x = SPAN_NONE;
	EVP_PKEY *key = NULL;

	(void)state;
	cx_init(&cx, random_bytes);
	for (int i = 0; i < 20000 && (i == 0 || *x.at != 0); i++) {
		cx_reset(&cx);
		key = lms_key_owned(&cx, EVP_EC_gen("P-256"));
		x = lms_key_number(&cx, key, OSSL_PKEY_PARAM_EC_PUB_X, 32);
	}
	assert_int_equal(*x.at, 0);
	struct span token = lms_key_sign(
	    &cx, key, JWS_ES256, SPAN("{\"alg\":\"ES256\"}"), SPAN("{}"));
	for (size_t cut = 0; cut < 2; cut++) {
		struct json_t *jwk = lms_key_jwk(&cx, key);
		struct public_keys *keys;
		const struct public_key *found;
		struct jws jws;
		lms_key_write_number(&cx, jwk, "x", span_from_offset(x, cut));
		assert_int_equal(
		    public_keys_read_jwk(&cx, jwrite_bytes(&cx, jwk), &keys),
		    FAULT_NONE);
		assert_int_equal(jws_read(&cx, token, &jws), FAULT_NONE);
		assert_int_equal(
		    public_keys_find(&cx, keys, SPAN("any"), JWS_ES256, &found),
		    FAULT_NONE);
		assert_int_equal(jws_check(&cx, &jws, found), FAULT_NONE);
		public_keys_close(keys);
	}
	cx_release(&cx);
}

/* --- sets ---------------------------------------------------------------- */

static void
refuses_sets(void **state)
{
	static const char *const rows[] = {"", "x", "null", "[]", "{}",
	    "\"keys\"", "{\"keys\":null}", "{\"keys\":{}}", "{\"keys\":\"\"}",
	    "{\"keys\":[]}", "{\"keys\":[null]}", "{\"keys\":[[]]}",
	    "{\"keys\":[{}]}", "{\"keys\":[1,\"x\",{\"kty\":\"oct\"}]}",
	    "{\"Keys\":[]}", "{\"keys\":[],\"keys\":[]}",
	    "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}",
	    "<html>moved</html>"};
	struct cx cx;
	struct public_keys *keys = NULL;

	(void)state;
	cx_init(&cx, random_bytes);
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (public_keys_read(&cx, span_of(rows[i]), &keys) !=
			FAULT_KEY_SET_MALFORMED ||
		    public_keys_read_jwk(&cx, span_of(rows[i]), &keys) !=
			FAULT_KEY_SET_MALFORMED ||
		    public_keys_read_pem(&cx, span_of(rows[i]), &keys) !=
			FAULT_KEY_SET_MALFORMED)
			fail_msg("%s is read", rows[i]);
		assert_true(cx.note.detail[0] && !cx.note.telling[0]);
	}
	/* Behind the end of a sound one. */
	const struct json_t *one = lms.jwks[JWS_RS256];
	assert_int_equal(public_keys_read(&cx,
			     arena_printf(cx.arena, "%.*s{}",
				 SPAN_ARGS(set_of(&cx, &one, 1))),
			     &keys),
	    FAULT_KEY_SET_MALFORMED);
	/* A single key is no set, nor a set a single key. */
	assert_int_equal(public_keys_read(&cx, jwrite_bytes(&cx, one), &keys),
	    FAULT_KEY_SET_MALFORMED);
	assert_int_equal(public_keys_read_jwk(&cx, set_of(&cx, &one, 1), &keys),
	    FAULT_KEY_SET_MALFORMED);
	assert_null(keys);
	public_keys_close(NULL);
	cx_release(&cx);
}

/* RFC 7517, A.1: the EC key is for encryption. The RSA key is the one whose
 * thumbprint is RFC 7638's example. */
static void
reads_the_specification_s_set(void **state)
{
	struct cx cx;
	struct public_keys *keys;
	size_t left_out;

	(void)state;
	cx_init(&cx, random_bytes);
	struct span json = SPAN(
	    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\","
	    "\"x\":\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\","
	    "\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\","
	    "\"use\":\"enc\",\"kid\":\"1\"},{\"kty\":\"RSA\","
	    "\"n\":\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfA"
	    "AtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ"
	    "_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY3"
	    "68QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qN"
	    "Lyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1j"
	    "F44-csFCur-kEgU8awapJzKnqDKgw\",\"e\":\"AQAB\","
	    "\"alg\":\"RS256\",\"kid\":\"2011-04-29\"}]}");
	assert_int_equal(public_keys_read(&cx, json, &keys), FAULT_NONE);
	assert_int_equal(public_keys_count(keys, &left_out), 1);
	assert_int_equal(left_out, 1);
	assert_true(finds(&cx, keys, SPAN("2011-04-29"), JWS_RS256));
	assert_false(finds(&cx, keys, SPAN(""), JWS_RS256));
	assert_false(finds(&cx, keys, SPAN("2011-04-29"), JWS_RS384));
	assert_false(finds(&cx, keys, SPAN("1"), JWS_ES256));
	public_keys_close(keys);
	cx_release(&cx);
}

static void
bounds_sets(void **state)
{
	struct cx cx;
	struct public_keys *keys;
	const struct json_t *jwks[PUBLIC_KEYS_MAX + 5];
	size_t left_out;

	(void)state;
	cx_init(&cx, random_bytes);
	for (int i = 0; i < PUBLIC_KEYS_MAX + 5; i++)
		jwks[i] = patched(&cx, lms.jwks[i % JWS_ALGORITHM_COUNT],
		    arena_printf(cx.arena, "{\"kid\":\"%d\"}", i).at);
	assert_int_equal(public_keys_read(&cx,
			     set_of(&cx, jwks, PUBLIC_KEYS_MAX + 5), &keys),
	    FAULT_NONE);
	assert_int_equal(public_keys_count(keys, &left_out), PUBLIC_KEYS_MAX);
	assert_int_equal(left_out, 5);
	for (unsigned i = 0; i < PUBLIC_KEYS_MAX + 5; i++)
		assert_int_equal(
		    finds(&cx, keys, arena_printf(cx.arena, "%u", i),
			i % JWS_ALGORITHM_COUNT),
		    i < PUBLIC_KEYS_MAX);
	public_keys_close(keys);
	for (int length = JWS_KID_MAX; length <= JWS_KID_MAX + 1; length++)
		assert_int_equal(fits(&cx, "kid",
				     patched(&cx, lms.jwks[JWS_RS256],
					 arena_printf(cx.arena,
					     "{\"kid\":\"%0*d\"}", length, 7)
					     .at)),
		    length > JWS_KID_MAX ? 0 : RS);
	cx_release(&cx);
}

/* --- finding ------------------------------------------------------------- */

static void
finds_the_one(void **state)
{
	static const struct {
		enum jws_algorithm of;
		const char *patch;
	} given[] = {
	    {JWS_RS256, "{\"kid\":\"a\"}"},
	    {JWS_ES256, "{\"kid\":\"a\"}"},
	    {JWS_ES384, "{\"kid\":\"b\"}"},
	    {JWS_RS256, "{\"kid\":\"c\",\"alg\":\"RS512\"}"},
	    {JWS_RS256, "{\"kid\":\"c\",\"alg\":\"RS256\"}"},
	    {JWS_ES512, "{\"kid\":\"d\"}"},
	    {JWS_ES512, "{\"kid\":\"d\"}"},
	    {JWS_RS256, "{}"},
	};
	static const struct {
		const char *kid;
		enum jws_algorithm algorithm;
		bool found;
		const char *detail;
	} rows[] = {
	    {"a", JWS_RS256, true, ""},
	    {"a", JWS_RS384, true, ""},
	    {"a", JWS_ES256, true, ""},
	    {"a", JWS_ES384, false, "no such key is for ES384"},
	    {"b", JWS_ES384, true, ""},
	    {"b", JWS_RS256, false, "no such key is for RS256"},
	    {"c", JWS_RS256, true, ""},
	    {"c", JWS_RS512, true, ""},
	    {"c", JWS_RS384, false, "no such key is for RS384"},
	    {"d", JWS_ES512, false, "2 keys fit kid \"d\" and ES512"},
	    {"e", JWS_RS256, false, "kid \"e\": none of 8 keys"},
	    {"A", JWS_RS256, false, "none of 8"},
	    {"aa", JWS_RS256, false, "none of 8"},
	    {"", JWS_ES256, false, "no such key is for ES256"},
	    {"", JWS_ES512, false, "no such key is for ES512"},
	    {"", JWS_RS256, true, ""},
	    {"", JWS_RS384, true, ""},
	};
	const struct json_t *jwks[COUNT(given)];
	struct public_keys *keys;
	struct cx cx;

	(void)state;
	cx_init(&cx, random_bytes);
	for (size_t i = 0; i < COUNT(given); i++)
		jwks[i] = patched(&cx, lms.jwks[given[i].of], given[i].patch);
	assert_int_equal(
	    public_keys_read(&cx, set_of(&cx, jwks, COUNT(given)), &keys),
	    FAULT_NONE);
	for (size_t i = 0; i < COUNT(rows); i++) {
		cx.note.detail[0] = '\0';
		if (finds(&cx, keys, span_of(rows[i].kid), rows[i].algorithm) !=
			rows[i].found ||
		    !strstr(cx.note.detail, rows[i].detail))
			fail_msg("\"%s\", %s: %s", rows[i].kid,
			    jws_algorithm_names[rows[i].algorithm],
			    cx.note.detail);
	}
	public_keys_close(keys);
	cx_release(&cx);
}

/* A kid that nobody gave cannot be wrong; one that was given can. */
static void
takes_any_kid_where_none_was_given(void **state)
{
	struct cx cx;
	struct public_keys *keys;
	const struct json_t *bare = lms.jwks[JWS_RS256];

	(void)state;
	cx_init(&cx, random_bytes);
	struct span named =
	    jwrite_bytes(&cx, patched(&cx, bare, "{\"kid\":\"one\"}"));
	assert_int_equal(
	    public_keys_read_jwk(&cx, jwrite_bytes(&cx, bare), &keys), 0);
	assert_true(finds(&cx, keys, SPAN("any"), JWS_RS256));
	assert_true(finds(&cx, keys, SPAN(""), JWS_RS256));
	assert_false(finds(&cx, keys, SPAN("any"), JWS_ES256));
	public_keys_close(keys);
	assert_int_equal(public_keys_read_jwk(&cx, named, &keys), 0);
	assert_true(finds(&cx, keys, SPAN("one"), JWS_RS256));
	assert_false(finds(&cx, keys, SPAN(""), JWS_RS256));
	assert_false(finds(&cx, keys, SPAN("two"), JWS_RS256));
	public_keys_close(keys);
	assert_int_equal(
	    public_keys_read(&cx, set_of(&cx, &bare, 1), &keys), 0);
	assert_true(finds(&cx, keys, SPAN(""), JWS_RS256));
	assert_false(finds(&cx, keys, SPAN("any"), JWS_RS256));
	public_keys_close(keys);
	struct span pem = lms_key_pem(&cx, lms.keys[JWS_RS256], false);
	assert_int_equal(public_keys_read_pem(&cx, pem, &keys), 0);
	assert_true(finds(&cx, keys, SPAN("any"), JWS_RS512));
	assert_true(finds(&cx, keys, SPAN(""), JWS_RS256));
	assert_false(finds(&cx, keys, SPAN(""), JWS_ES256));
	public_keys_close(keys);
	cx_release(&cx);
}

/* --- PEM ----------------------------------------------------------------- */

static EVP_PKEY *
pss_key(struct cx *cx)
{
	EVP_PKEY_CTX *work = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
	EVP_PKEY *key = NULL;

	assert_int_equal(EVP_PKEY_keygen_init(work), 1);
	assert_int_equal(EVP_PKEY_generate(work, &key), 1);
	EVP_PKEY_CTX_free(work);
	return lms_key_owned(cx, key);
}

static void
reads_pem(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, random_bytes);
	EVP_PKEY *rsa = lms.keys[JWS_RS256];
	struct span pem = lms_key_pem(&cx, rsa, false);
	struct span n = number(&cx, 2048);
	const struct {
		const char *name;
		struct span pem;
		bool sound;
	} rows[] = {
	    {"RSA", pem, true},
	    {"lines of Windows", SPAN_NONE, true},
	    {"text around it",
		arena_printf(cx.arena, "a key\n%.*sends", SPAN_ARGS(pem)),
		true},
	    {"without the last line's end", span_first(pem, pem.length - 1),
		true},
	    {"nothing", SPAN(""), false},
	    {"cut", span_first(pem, pem.length / 2), false},
	    {"private", lms_key_pem(&cx, rsa, true), false},
	    {"EC", lms_key_pem(&cx, lms.keys[JWS_ES256], false), false},
	    {"RSA for PSS alone", lms_key_pem(&cx, pss_key(&cx), false), false},
	    {"A32 e of 1",
		lms_key_pem(&cx, lms_key_of(&cx, n, SPAN("\1")), false), false},
	    {"A32 e even",
		lms_key_pem(&cx, lms_key_of(&cx, n, SPAN("\4")), false), false},
	    {"A32 e of 65 bits",
		lms_key_pem(
		    &cx, lms_key_of(&cx, n, SPAN("\1\0\0\0\0\0\0\0\1")), false),
		false},
	    {"e of 3", lms_key_pem(&cx, lms_key_of(&cx, n, SPAN("\3")), false),
		true},
	    {"too long",
		arena_printf(cx.arena, "%020000d\n%.*s", 0, SPAN_ARGS(pem)),
		false},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct public_keys *keys = NULL;
		struct span text = rows[i].pem;
		struct text windows = text_begin(cx.arena, 10000);
		for (size_t k = 0; !text.at && k < pem.length; k++) {
			if (pem.at[k] == '\n')
				text_add_char(&windows, '\r');
			text_add_char(&windows, pem.at[k]);
		}
		if (!text.at)
			text = text_span(&windows);
		enum fault got = public_keys_read_pem(&cx, text, &keys);
		if (got !=
		    (rows[i].sound ? FAULT_NONE : FAULT_KEY_SET_MALFORMED))
			fail_msg("%s: %s", rows[i].name, cx.note.detail);
		public_keys_close(keys);
	}
	cx_release(&cx);
}

/* What a careless LMS publishes, or what is typed into a wrong field, stays
 * out of the log. */
static void
tells_no_secrets(void **state)
{
	struct cx cx;
	struct public_keys *keys;

	(void)state;
	cx_init(&cx, random_bytes);
	struct span rows[] = {
	    SPAN("{\"keys\":[{\"kty\":\"RSA\",\"d\":\"SECRET\"}]}"),
	    SPAN("{\"keys\":[{\"kty\":\"oct\",\"k\":\"SECRET\"}]}"),
	    SPAN("{\"keys\":[{\"kty\":\"RSA\",\"d\":\"SECRET\" \"SECRET\""),
	    SPAN("{\"kty\":\"RSA\",\"d\":\"SECRET\"}"),
	    SPAN("{\"kty\":\"RSA\",\"d\":SECRET"),
	    SPAN("-----BEGIN PRIVATE KEY-----\nSECRET\n"
		 "-----END PRIVATE KEY-----\n"),
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_not_equal(
		    public_keys_read(&cx, rows[i], &keys), FAULT_NONE);
		assert_null(strstr(cx.note.detail, "SECRET"));
		assert_int_not_equal(
		    public_keys_read_jwk(&cx, rows[i], &keys), FAULT_NONE);
		assert_null(strstr(cx.note.detail, "SECRET"));
		assert_int_not_equal(
		    public_keys_read_pem(&cx, rows[i], &keys), FAULT_NONE);
		assert_null(strstr(cx.note.detail, "SECRET"));
		assert_int_equal(cx.note.telling[0], '\0');
	}
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(judges_members),
	    cmocka_unit_test(judges_sizes),
	    cmocka_unit_test(reads_what_old_ones_write),
	    cmocka_unit_test(reads_short_coordinates),
	    cmocka_unit_test(refuses_sets),
	    cmocka_unit_test(reads_the_specification_s_set),
	    cmocka_unit_test(bounds_sets),
	    cmocka_unit_test(finds_the_one),
	    cmocka_unit_test(takes_any_kid_where_none_was_given),
	    cmocka_unit_test(reads_pem),
	    cmocka_unit_test(tells_no_secrets),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
