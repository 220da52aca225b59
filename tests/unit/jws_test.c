/* jws_test.c - reading, checking and signing tokens
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/hmac.h>
#include <pthread.h>

#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/jws.h"
#include "crypto/keypair.h"
#include "crypto/public_keys.h"
#include "crypto/random.h"
#include "lms_keys.h"
#include "vectors.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

/* What all tests share: making a pair takes a while. */
static struct {
	struct cx cx;
	EVP_PKEY *keys[JWS_ALGORITHM_COUNT];
	struct public_keys *sets[JWS_ALGORITHM_COUNT];
	const struct public_key *publics[JWS_ALGORITHM_COUNT];
	struct keypair ours;
	struct signing_key *signing;
} lms;

static int
setup(void **state)
{
	(void)state;
	cx_init(&lms.cx, random_bytes);
	for (unsigned i = 0; i < JWS_ALGORITHM_COUNT; i++) {
		struct span jwk;
		lms.keys[i] = i == JWS_RS384 || i == JWS_RS512
				  ? lms.keys[JWS_RS256]
				  : lms_key_for(&lms.cx, i);
		jwk = jwrite_bytes(&lms.cx, lms_key_jwk(&lms.cx, lms.keys[i]));
		if (public_keys_read_jwk(&lms.cx, jwk, &lms.sets[i]) ||
		    public_keys_find(
			&lms.cx, lms.sets[i], SPAN(""), i, &lms.publics[i]))
			return -1;
	}
	if (keypair_make(&lms.cx, &lms.ours))
		return -1;
	return signing_key_open(&lms.cx, lms.ours.private_pem, &lms.signing)
		   ? -1
		   : 0;
}

static int
teardown(void **state)
{
	(void)state;
	signing_key_close(lms.signing);
	for (unsigned i = 0; i < JWS_ALGORITHM_COUNT; i++)
		public_keys_close(lms.sets[i]);
	cx_release(&lms.cx);
	return 0;
}

static void
expect(const char *name, enum fault got, enum fault wanted, struct cx *cx)
{
	if (got != wanted)
		fail_msg("%s: %s, not %s: %s", name, fault_text(got)->name,
		    fault_text(wanted)->name, got ? cx->note.detail : "");
}

/* Read and checked in one. */
static enum fault
judge(struct cx *cx, struct span token, const struct public_key *key)
{
	struct jws jws;
	enum fault which = jws_read(cx, token, &jws);

	return which ? which : jws_check(cx, &jws, key);
}

static struct span
good_token(struct cx *cx, enum jws_algorithm algorithm)
{
	struct span header = arena_printf(cx->arena,
	    "{\"alg\":\"%s\",\"kid\":\"one\",\"typ\":\"JWT\"}",
	    jws_algorithm_names[algorithm]);

	return lms_key_sign(cx, lms.keys[algorithm], algorithm, header,
	    SPAN("{\"iss\":\"https://lms.example\"}"));
}

/* --- what is right ------------------------------------------------------- */

#define CLAIMS                                                                 \
	"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"     \
	"cGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

static const struct {
	const char *name;
	enum jws_algorithm algorithm;
	const char *jwk, *token, *payload;
} vectors[] = {
    {"RFC 7515, A.2", JWS_RS256,
	"{\"kty\":\"RSA\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbj"
	"i9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pC"
	"gNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5"
	"z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qC"
	"o5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91"
	"kzk2PAcDTW9gb54h4FRWyuXpoQ\",\"e\":\"AQAB\"}",
	"eyJhbGciOiJSUzI1NiJ9." CLAIMS
	".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AA"
	"uHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRF"
	"diuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_e"
	"SN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeY"
	"I2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe"
	"77Rw",
	"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n "
	"\"http://example.com/is_root\":true}"},
    {"RFC 7515, A.3", JWS_ES256,
	"{\"kty\":\"EC\",\"crv\":\"P-256\","
	"\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
	"\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
	"eyJhbGciOiJFUzI1NiJ9." CLAIMS
	".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApm"
	"WQxfKTUJqPP3-Kg6NU1Q",
	"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n "
	"\"http://example.com/is_root\":true}"},
    {"RFC 7515, A.4", JWS_ES512,
	"{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"AekpBQ8ST8a8VcfVOTNl353vSrDC"
	"LLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk\","
	"\"y\":\"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79aj"
	"L4Kkd0AZMaZmh9ubmf63e3kyMj2\"}",
	"eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA."
	"AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2"
	"SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqO"
	"gzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
	"Payload"},
};

static void
checks_the_specification_s_tokens(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, random_bytes);
	for (size_t i = 0; i < COUNT(vectors); i++) {
		struct public_keys *keys;
		const struct public_key *key;
		struct jws jws;
		const char *name = vectors[i].name;
		expect(name,
		    public_keys_read_jwk(&cx, span_of(vectors[i].jwk), &keys),
		    FAULT_NONE, &cx);
		expect(name, jws_read(&cx, span_of(vectors[i].token), &jws),
		    FAULT_NONE, &cx);
		assert_int_equal(jws.algorithm, vectors[i].algorithm);
		assert_true(span_is(jws.payload, vectors[i].payload));
		assert_int_equal(jws.kid.length, 0);
		expect(name,
		    public_keys_find(&cx, keys, jws.kid, jws.algorithm, &key),
		    FAULT_NONE, &cx);
		expect(name, jws_check(&cx, &jws, key), FAULT_NONE, &cx);
		public_keys_close(keys);
	}
	cx_release(&cx);
}

static void
checks_all_algorithms(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, random_bytes);
	for (unsigned i = 0; i < JWS_ALGORITHM_COUNT; i++) {
		const char *name = jws_algorithm_names[i];
		struct span token = good_token(&cx, i);
		struct jws jws;
		expect(name, jws_read(&cx, token, &jws), FAULT_NONE, &cx);
		assert_int_equal(jws.algorithm, i);
		assert_true(span_is(jws.kid, "one"));
		assert_true(
		    span_is(jws.payload, "{\"iss\":\"https://lms.example\"}"));
		assert_ptr_equal(jws.signed_part.at, token.at);
		assert_int_equal(token.at[jws.signed_part.length], '.');
		expect(name, jws_check(&cx, &jws, lms.publics[i]), FAULT_NONE,
		    &cx);
	}
	cx_release(&cx);
}

static void
ignores_keys_that_a_token_brings(void **state)
{
	static const char *const headers[] = {
	    "{\"alg\":\"RS256\"}",
	    "{\"alg\":\"RS256\",\"kid\":\"\"}",
	    "{\"alg\":\"RS256\",\"typ\":7}",
	    "{\"alg\":\"RS256\",\"jku\":\"https://evil.example/keys\"}",
	    "{\"alg\":\"RS256\",\"x5u\":\"https://evil.example/cert\"}",
	    "{\"alg\":\"RS256\",\"x5c\":[\"AAAA\"],\"x5t\":\"AAAA\"}",
	    "{\"alg\":\"RS256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"}}",
	    " {\"alg\" : \"RS256\"} ",
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, random_bytes);
	for (size_t i = 0; i < COUNT(headers); i++) {
		struct span token = lms_key_sign(&cx, lms.keys[JWS_RS256],
		    JWS_RS256, span_of(headers[i]), SPAN("{}"));
		expect(headers[i], judge(&cx, token, lms.publics[JWS_RS256]),
		    FAULT_NONE, &cx);
	}
	cx_release(&cx);
}

/* --- what is refused while reading --------------------------------------- */

static const struct {
	const char *header;
	enum fault wanted;
} headers[] = {
    {"{\"alg\":\"none\"}", FAULT_ALGORITHM_REFUSED},
    {"{\"alg\":\"None\"}", FAULT_ALGORITHM_REFUSED},
    {"{\"alg\":\"nOnE\"}", FAULT_ALGORITHM_REFUSED},
    {"{\"alg\":\"HS256\"}", FAULT_ALGORITHM_REFUSED},
    {"{\"alg\":\"HS512\"}", FAULT_ALGORITHM_REFUSED},
    {"{\"alg\":\"PS256\"}", FAULT_ALGORITHM_REFUSED},
    {"{\"alg\":\"EdDSA\"}", FAULT_ALGORITHM_REFUSED},
    {"{\"alg\":\"ES256K\"}", FAULT_ALGORITHM_REFUSED},
    {"{\"alg\":\"rs256\"}", FAULT_ALGORITHM_REFUSED},
    {"{\"alg\":\"RS256 \"}", FAULT_ALGORITHM_REFUSED},
    {"{\"alg\":\"RS2567\"}", FAULT_ALGORITHM_REFUSED},
    {"{\"alg\":\"RS25\"}", FAULT_ALGORITHM_REFUSED},
    {"{\"alg\":\"\"}", FAULT_ALGORITHM_REFUSED},
    {"{\"alg\":\"RSA-OAEP\"}", FAULT_ALGORITHM_REFUSED},
    {"{\"alg\":null}", FAULT_ALGORITHM_REFUSED},
    {"{\"alg\":256}", FAULT_ALGORITHM_REFUSED},
    {"{\"alg\":[\"RS256\"]}", FAULT_ALGORITHM_REFUSED},
    {"{\"ALG\":\"RS256\"}", FAULT_ALGORITHM_REFUSED},
    {"{}", FAULT_ALGORITHM_REFUSED},
    {"{\"alg\":\"RS256\",\"crit\":[\"exp\"],\"exp\":1}", FAULT_JWT_MALFORMED},
    {"{\"alg\":\"RS256\",\"crit\":[]}", FAULT_JWT_MALFORMED},
    {"{\"alg\":\"RS256\",\"crit\":null}", FAULT_JWT_MALFORMED},
    {"{\"alg\":\"RS256\",\"b64\":false}", FAULT_JWT_MALFORMED},
    {"{\"alg\":\"RS256\",\"b64\":true}", FAULT_JWT_MALFORMED},
    {"{\"alg\":\"RS256\",\"enc\":\"A128GCM\"}", FAULT_JWT_MALFORMED},
    {"{\"alg\":\"dir\",\"enc\":\"A128GCM\"}", FAULT_JWT_MALFORMED},
    {"{\"alg\":\"RS256\",\"zip\":\"DEF\"}", FAULT_JWT_MALFORMED},
    {"{\"alg\":\"RS256\",\"kid\":null}", FAULT_JWT_MALFORMED},
    {"{\"alg\":\"RS256\",\"kid\":1}", FAULT_JWT_MALFORMED},
    {"{\"alg\":\"RS256\",\"kid\":{}}", FAULT_JWT_MALFORMED},
    {"{\"alg\":\"RS256\",\"kid\":\"a\\u0000b\"}", FAULT_JWT_MALFORMED},
    {"{\"alg\":\"RS256\",\"alg\":\"RS256\"}", FAULT_JWT_MALFORMED},
    {"{\"alg\":\"none\",\"alg\":\"RS256\"}", FAULT_JWT_MALFORMED},
    {"{\"alg\":\"RS256\"}x", FAULT_JWT_MALFORMED},
    {"{\"alg\":\"RS256\"", FAULT_JWT_MALFORMED},
    {"\xef\xbb\xbf{\"alg\":\"RS256\"}", FAULT_JWT_MALFORMED},
    {"{\"alg\":\"RS256\",\"kid\":\"\xff\"}", FAULT_JWT_MALFORMED},
    {"[\"RS256\"]", FAULT_JWT_MALFORMED},
    {"\"RS256\"", FAULT_JWT_MALFORMED},
    {"null", FAULT_JWT_MALFORMED},
    {" ", FAULT_JWT_MALFORMED},
    {"", FAULT_JWT_MALFORMED},
};

static void
refuses_headers(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, random_bytes);
	for (size_t i = 0; i < COUNT(headers); i++) {
		struct jws jws = {.kid = SPAN("untouched")};
		/* Soundly signed: nothing but the header is wrong. */
		struct span token = lms_key_sign(&cx, lms.keys[JWS_RS256],
		    JWS_RS256, span_of(headers[i].header), SPAN("{}"));
		expect(headers[i].header, jws_read(&cx, token, &jws),
		    headers[i].wanted, &cx);
		assert_true(span_is(jws.kid, "untouched"));
		assert_int_equal(cx.note.telling[0], '\0');
	}
	/* Unsigned: the algorithm is what is named. */
	struct jws jws;
	expect("RFC 7515, A.5",
	    jws_read(&cx, SPAN("eyJhbGciOiJub25lIn0." CLAIMS "."), &jws),
	    FAULT_ALGORITHM_REFUSED, &cx);
	expect("RFC 7515, A.1",
	    jws_read(&cx,
		SPAN("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." CLAIMS
		     ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
		&jws),
	    FAULT_ALGORITHM_REFUSED, &cx);
	cx_release(&cx);
}

static void
bounds_sizes(void **state)
{
	struct cx cx;
	struct jws jws;

	(void)state;
	cx_init(&cx, random_bytes);
	for (int length = JWS_KID_MAX; length <= JWS_KID_MAX + 1; length++) {
		struct span header = arena_printf(cx.arena,
		    "{\"alg\":\"RS256\",\"kid\":\"%0*d\"}", length, 7);
		expect("kid",
		    jws_read(&cx,
			lms_key_joined(&cx,
			    lms_key_body(&cx, header, SPAN("{}")), SPAN("s")),
			&jws),
		    length > JWS_KID_MAX ? FAULT_JWT_MALFORMED : FAULT_NONE,
		    &cx);
	}
	/* {"alg":"RS256"} and a payload that fills it up. */
	for (int over = 0; over <= 4; over += 4) {
		struct span token = arena_printf(cx.arena,
		    "eyJhbGciOiJSUzI1NiJ9.%0*d.AAA", JWS_MAX - 25 + over, 0);
		assert_int_equal(token.length, JWS_MAX + over);
		expect("token", jws_read(&cx, token, &jws),
		    over ? FAULT_JWT_MALFORMED : FAULT_NONE, &cx);
	}
	struct text deep = text_begin(cx.arena, 1000);
	text_add_cstr(&deep, "{\"alg\":\"RS256\",\"a\":");
	for (int i = 0; i < JREAD_DEPTH_MAX; i++)
		text_add_char(&deep, '[');
	for (int i = 0; i < JREAD_DEPTH_MAX; i++)
		text_add_char(&deep, ']');
	text_add_char(&deep, '}');
	expect("depth",
	    jws_read(&cx,
		lms_key_joined(&cx,
		    lms_key_body(&cx, text_span(&deep), SPAN("{}")), SPAN("s")),
		&jws),
	    FAULT_JWT_MALFORMED, &cx);
	cx_release(&cx);
}

/* H, P, S stand for the parts of a sound token. */
static const char *const forms[] = {
    "",
    "H",
    "H.P",
    "HPS",
    ".",
    "..",
    ".P.S",
    "H.P.S.",
    ".H.P.S",
    "H..P.S",
    "H.P.S.S",
    "H.P.S.S.S",
    "H.P.S ",
    " H.P.S",
    "H.P.S\n",
    "H.P\n.S",
    "H. P.S",
    "\"H.P.S\"",
    "H=.P.S",
    "H==.P.S",
    "H.P=.S",
    "H.P==.S",
    "H.P.S=",
    "H.P.S==",
    "H.P.+S",
    "H.P./S",
    "H.P+.S",
    "H.P.S\xc3\xa9",
    "H.P.A",
    "H.P.AB",
    "H.P.AAB",
    "H.A.S",
    "H.AB.S",
    "H.AAB.S",
    "HA.P.S",
    "H,P,S",
    "Bearer H.P.S",
};

static struct span
formed(struct cx *cx, const char *form, struct span token)
{
	struct text text = text_begin(cx->arena, 10000);
	struct span parts[3] = {0};

	for (size_t i = 0; i < 3; i++)
		span_next(&token, '.', &parts[i]);
	for (; *form; form++)
		if (*form == 'H' || *form == 'P' || *form == 'S')
			text_add(&text, parts[*form == 'H'   ? 0
					      : *form == 'P' ? 1
							     : 2]);
		else
			text_add_char(&text, *form);
	return text_span(&text);
}

static void
refuses_forms(void **state)
{
	struct cx cx;
	struct jws jws;
	struct span nul = {"\0", 1};

	(void)state;
	cx_init(&cx, random_bytes);
	struct span token = good_token(&cx, JWS_RS256);
	expect("the token itself",
	    judge(&cx, formed(&cx, "H.P.S", token), lms.publics[JWS_RS256]),
	    FAULT_NONE, &cx);
	for (size_t i = 0; i < COUNT(forms); i++)
		expect(forms[i],
		    jws_read(&cx, formed(&cx, forms[i], token), &jws),
		    FAULT_JWT_MALFORMED, &cx);
	expect("NUL at the end",
	    jws_read(&cx,
		arena_printf(cx.arena, "%.*s%c", SPAN_ARGS(token), *nul.at),
		&jws),
	    FAULT_JWT_MALFORMED, &cx);
	expect("nothing", jws_read(&cx, SPAN_NONE, &jws), FAULT_JWT_MALFORMED,
	    &cx);
	/* An empty payload is one (RFC 7515, 5.1); an empty signature is
	 * never right. */
	expect("no payload",
	    judge(&cx,
		lms_key_sign(&cx, lms.keys[JWS_RS256], JWS_RS256,
		    SPAN("{\"alg\":\"RS256\"}"), SPAN("")),
		lms.publics[JWS_RS256]),
	    FAULT_NONE, &cx);
	for (unsigned i = 0; i < JWS_ALGORITHM_COUNT; i++)
		expect("no signature",
		    judge(&cx, formed(&cx, "H.P.", good_token(&cx, i)),
			lms.publics[i]),
		    FAULT_SIGNATURE_WRONG, &cx);
	cx_release(&cx);
}

/* --- what is refused while checking -------------------------------------- */

/* Every character counts: one bit of it changed, and cut there. */
static void
refuses_what_was_changed(void **state)
{
	static const enum jws_algorithm tried[] = {JWS_RS256, JWS_ES256};
	struct cx cx;

	(void)state;
	cx_init(&cx, random_bytes);
	for (size_t k = 0; k < COUNT(tried); k++) {
		struct span token = good_token(&lms.cx, tried[k]);
		for (size_t i = 0; i < token.length; i++) {
			char *changed = arena_take(cx.arena, token.length + 1);
			memcpy(changed, token.at, token.length);
			changed[i] = changed[i] == 'A' ? 'B' : 'A';
			if (!judge(&cx, span_from(changed, token.length),
				lms.publics[tried[k]]))
				fail_msg("character %zu changed", i);
			if (!judge(&cx, span_first(token, i),
				lms.publics[tried[k]]))
				fail_msg("cut to %zu", i);
			cx_reset(&cx);
		}
	}
	cx_release(&cx);
}

static void
swaps_nothing(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, random_bytes);
	struct span first = good_token(&cx, JWS_ES256);
	struct span second = lms_key_sign(&cx, lms.keys[JWS_ES256], JWS_ES256,
	    SPAN("{\"alg\":\"ES256\"}"), SPAN("{\"iss\":\"another\"}"));
	struct jws one, two;
	expect("one", jws_read(&cx, first, &one), FAULT_NONE, &cx);
	expect("two", jws_read(&cx, second, &two), FAULT_NONE, &cx);
	one.signature = two.signature;
	expect("the other's signature",
	    jws_check(&cx, &one, lms.publics[JWS_ES256]), FAULT_SIGNATURE_WRONG,
	    &cx);
	cx_release(&cx);
}

/* Bytes behind, before and between r and s, DER, and numbers that hold for
 * any text where a library forgets to look (CVE-2022-21449). */
static void
refuses_signatures_of_curves(void **state)
{
	static const size_t halves[] = {32, 48, 66};
	struct cx cx;

	(void)state;
	cx_init(&cx, random_bytes);
	for (size_t k = 0; k < COUNT(halves); k++) {
		enum jws_algorithm algorithm = JWS_ES256 + k;
		size_t half = halves[k];
		struct jws jws;
		expect("read", jws_read(&cx, good_token(&cx, algorithm), &jws),
		    FAULT_NONE, &cx);
		struct span right = jws.signature;
		assert_int_equal(right.length, 2 * half);
		char *room = arena_take(cx.arena, 400);
		memcpy(room + 100, right.at, right.length);
		char *zero = arena_take(cx.arena, 200);
		char *ones = arena_take(cx.arena, 200);
		memset(ones, 0xff, 200);
		char *mirrored = arena_take(cx.arena, 200);
		memcpy(mirrored, right.at + half, half);
		memcpy(mirrored + half, right.at, half);
		struct span der =
		    lms_key_raw_signature(&cx, lms.keys[algorithm],
			k == 0   ? "SHA256"
			: k == 1 ? "SHA384"
				 : "SHA512",
			jws.signed_part, false);
		const struct {
			const char *name;
			struct span signature;
		} rows[] = {
		    {"a byte less", {room + 100, 2 * half - 1}},
		    {"without the first", {room + 101, 2 * half - 1}},
		    {"a byte more", {room + 100, 2 * half + 1}},
		    {"a zero before", {room + 99, 2 * half + 1}},
		    {"two bytes more", {room + 100, 2 * half + 2}},
		    {"r alone", {room + 100, half}},
		    {"twice", {ones, 4 * half > 200 ? 200 : 4 * half}},
		    {"zeros", {zero, 2 * half}},
		    {"ones", {ones, 2 * half}},
		    {"s and r", {mirrored, 2 * half}},
		    {"DER", der},
		    {"nothing", {"", 0}},
		};
		for (size_t i = 0; i < COUNT(rows); i++) {
			jws.signature = rows[i].signature;
			expect(rows[i].name,
			    jws_check(&cx, &jws, lms.publics[algorithm]),
			    FAULT_SIGNATURE_WRONG, &cx);
		}
		jws.signature = right;
		expect("the right one",
		    jws_check(&cx, &jws, lms.publics[algorithm]), FAULT_NONE,
		    &cx);
	}
	cx_release(&cx);
}

static void
refuses_signatures_of_rsa(void **state)
{
	struct cx cx;
	struct jws jws;

	(void)state;
	cx_init(&cx, random_bytes);
	expect("read", jws_read(&cx, good_token(&cx, JWS_RS256), &jws),
	    FAULT_NONE, &cx);
	struct span right = jws.signature;
	char *room = arena_take(cx.arena, 1000);
	memcpy(room + 300, right.at, 256);
	char *ones = arena_take(cx.arena, 256);
	memset(ones, 0xff, 256);
	const struct {
		const char *name;
		struct span signature;
	} rows[] = {
	    {"a byte less", {room + 300, 255}},
	    {"a byte more", {room + 300, 257}},
	    {"a zero before", {room + 299, 257}},
	    {"zeros", {room, 256}},
	    {"more than the modulus", {ones, 256}},
	    {"PSS", lms_key_raw_signature(&cx, lms.keys[JWS_RS256], "SHA256",
			jws.signed_part, true)},
	    {"of another hash", lms_key_raw_signature(&cx, lms.keys[JWS_RS256],
				    "SHA512", jws.signed_part, false)},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		jws.signature = rows[i].signature;
		expect(rows[i].name,
		    jws_check(&cx, &jws, lms.publics[JWS_RS256]),
		    FAULT_SIGNATURE_WRONG, &cx);
	}
	cx_release(&cx);
}

static void
confuses_no_keys(void **state)
{
	struct cx cx;
	struct jws jws;
	unsigned char mac[32];

	(void)state;
	cx_init(&cx, random_bytes);
	/* The public key's text as the secret of an HMAC. */
	struct span pem = lms_key_pem(&cx, lms.keys[JWS_RS256], false);
	struct span body =
	    lms_key_body(&cx, SPAN("{\"alg\":\"HS256\"}"), SPAN("{}"));
	HMAC(EVP_sha256(), pem.at, (int)pem.length,
	    (const unsigned char *)body.at, body.length, mac, NULL);
	expect("HS256 with the public key",
	    judge(&cx, lms_key_joined(&cx, body, span_from(mac, sizeof mac)),
		lms.publics[JWS_RS256]),
	    FAULT_ALGORITHM_REFUSED, &cx);
	/* The same MAC, said to be RS256. */
	body = lms_key_body(&cx, SPAN("{\"alg\":\"RS256\"}"), SPAN("{}"));
	HMAC(EVP_sha256(), pem.at, (int)pem.length,
	    (const unsigned char *)body.at, body.length, mac, NULL);
	expect("a MAC said to be RS256",
	    judge(&cx, lms_key_joined(&cx, body, span_from(mac, sizeof mac)),
		lms.publics[JWS_RS256]),
	    FAULT_SIGNATURE_WRONG, &cx);
	/* Each algorithm with each key: its own alone, and RSA's three. */
	for (unsigned i = 0; i < JWS_ALGORITHM_COUNT; i++)
		for (unsigned k = 0; k < JWS_ALGORITHM_COUNT; k++) {
			bool rsa = i <= JWS_RS512 && k <= JWS_RS512;
			expect(jws_algorithm_names[i],
			    jws_read(&cx, good_token(&cx, i), &jws), FAULT_NONE,
			    &cx);
			expect(jws_algorithm_names[k],
			    jws_check(&cx, &jws, lms.publics[k]),
			    i == k || rsa ? FAULT_NONE
					  : FAULT_ALGORITHM_REFUSED,
			    &cx);
			if (i == k || !rsa)
				continue;
			jws.algorithm = k;
			expect("another hash than it was signed with",
			    jws_check(&cx, &jws, lms.publics[k]),
			    FAULT_SIGNATURE_WRONG, &cx);
		}
	/* The right algorithm, another key. */
	struct public_keys *ours;
	const struct public_key *key;
	expect("ours", public_keys_read_jwk(&cx, lms.ours.public_jwk, &ours),
	    FAULT_NONE, &cx);
	expect("ours",
	    public_keys_find(&cx, ours, lms.ours.id, JWS_RS256, &key),
	    FAULT_NONE, &cx);
	expect("another key", judge(&cx, good_token(&cx, JWS_RS256), key),
	    FAULT_SIGNATURE_WRONG, &cx);
	public_keys_close(ours);
	cx_release(&cx);
}

/* --- signing ------------------------------------------------------------- */

static void
signs(void **state)
{
	struct cx cx;
	struct span token, header, part;
	struct public_keys *keys;
	const struct public_key *key;
	struct jws jws;

	(void)state;
	cx_init(&cx, random_bytes);
	expect("sign",
	    jws_sign(&cx, lms.signing, SPAN("a\"b"), SPAN("{\"x\":1}"), &token),
	    FAULT_NONE, &cx);
	part = token;
	assert_true(span_next(&part, '.', &header));
	assert_true(b64url_decode(cx.arena, header, &header));
	assert_true(span_is(
	    header, "{\"alg\":\"RS256\",\"kid\":\"a\\\"b\",\"typ\":\"JWT\"}"));
	expect("read", jws_read(&cx, token, &jws), FAULT_NONE, &cx);
	assert_true(span_is(jws.kid, "a\"b"));
	assert_true(span_is(jws.payload, "{\"x\":1}"));
	expect("ours", public_keys_read_pem(&cx, lms.ours.public_pem, &keys),
	    FAULT_NONE, &cx);
	expect("ours", public_keys_find(&cx, keys, jws.kid, JWS_RS256, &key),
	    FAULT_NONE, &cx);
	expect("check", jws_check(&cx, &jws, key), FAULT_NONE, &cx);
	public_keys_close(keys);
	signing_key_close(NULL);
	cx_release(&cx);
}

static struct span
locked_pem(struct cx *cx)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *bytes;

	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, lms.keys[JWS_RS256],
			     EVP_aes_128_cbc(), "secret", 6, NULL, NULL),
	    1);
	long length = BIO_get_mem_data(bio, &bytes);
	struct span pem =
	    arena_copy(cx->arena, span_from(bytes, (size_t)length));
	BIO_free(bio);
	return pem;
}

static void
opens_rsa_keys_only(void **state)
{
	struct cx cx;
	struct signing_key *key = NULL;

	(void)state;
	cx_init(&cx, random_bytes);
	struct span pem = lms_key_pem(&cx, lms.keys[JWS_RS256], true);
	const struct {
		const char *name;
		struct span pem;
	} rows[] = {
	    {"nothing", SPAN_NONE},
	    {"no PEM", SPAN("key")},
	    {"cut short", span_first(pem, pem.length / 2)},
	    {"public", lms_key_pem(&cx, lms.keys[JWS_RS256], false)},
	    {"EC", lms_key_pem(&cx, lms.keys[JWS_ES256], true)},
	    {"locked", locked_pem(&cx)},
	    {"huge", arena_printf(cx.arena, "%0*d", 20000, 0)},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		expect(rows[i].name, signing_key_open(&cx, rows[i].pem, &key),
		    FAULT_CRYPTO_FAILED, &cx);
		assert_null(key);
		assert_null(strstr(cx.note.detail, "MII"));
	}
	expect("it", signing_key_open(&cx, pem, &key), FAULT_NONE, &cx);
	signing_key_close(key);
	cx_release(&cx);
}

static void *
works(void *arg)
{
	struct cx cx;
	size_t *wrong = arg;

	cx_init(&cx, random_bytes);
	for (int i = 0; i < 40; i++) {
		struct span token;
		struct jws jws;
		enum jws_algorithm algorithm = i % JWS_ALGORITHM_COUNT;
		if (jws_sign(&cx, lms.signing, SPAN("k"), SPAN("{}"), &token) ||
		    jws_read(&cx, token, &jws) ||
		    jws_check(&cx, &jws, lms.publics[JWS_RS256]) !=
			FAULT_SIGNATURE_WRONG ||
		    judge(&cx, good_token(&cx, algorithm),
			lms.publics[algorithm]))
			++*wrong;
		cx_reset(&cx);
	}
	cx_release(&cx);
	return NULL;
}

static void
is_used_by_several_threads(void **state)
{
	pthread_t threads[4];
	size_t wrong[4] = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, works, &wrong[i]), 0);
	for (size_t i = 0; i < COUNT(threads); i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(wrong[i], 0);
	}
}

/* --- our own tokens ------------------------------------------------------ */

/* With a MAC that OpenSSL makes here. */
static struct span
own_like(struct cx *cx, const struct secret *secret, struct span header,
    struct span payload)
{
	unsigned char mac[32];
	struct span body = lms_key_body(cx, header, payload);

	HMAC(EVP_sha256(), secret->bytes, sizeof secret->bytes,
	    (const unsigned char *)body.at, body.length, mac, NULL);
	return lms_key_joined(cx, body, span_from(mac, sizeof mac));
}

#define OWN "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"

static void
writes_own(void **state)
{
	static const struct span payloads[] = {
	    {"{\"a\":1}", 7}, {"", 0}, {"\0\xff", 2}};
	const struct secret secret = {{1, 2, 3}};
	struct cx cx;
	struct span back;

	(void)state;
	cx_init(&cx, random_bytes);
	for (size_t i = 0; i < COUNT(payloads); i++) {
		struct span token = jws_write_own(&cx, &secret, payloads[i]);
		assert_true(span_equal(
		    token, own_like(&cx, &secret, SPAN(OWN), payloads[i])));
		expect("own", jws_read_own(&cx, &secret, token, &back),
		    FAULT_NONE, &cx);
		assert_true(span_equal(back, payloads[i]));
	}
	cx_release(&cx);
}

static void
reads_own_alone(void **state)
{
	const struct secret secret = {{1}}, another = {{2}};
	struct cx cx;
	struct span back = SPAN("untouched");

	(void)state;
	cx_init(&cx, random_bytes);
	struct span token = jws_write_own(&cx, &secret, SPAN("{\"a\":1}"));
	expect("another secret", jws_read_own(&cx, &another, token, &back),
	    FAULT_SIGNATURE_WRONG, &cx);
	/* Soundly signed, by another header. */
	static const char *const others[] = {
	    "{\"alg\":\"none\"}",
	    "{\"alg\":\"HS256\"}",
	    "{\"typ\":\"JWT\",\"alg\":\"HS256\"}",
	    "{\"alg\": \"HS256\",\"typ\":\"JWT\"}",
	    "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"\"}",
	    "{\"alg\":\"HS512\",\"typ\":\"JWT\"}",
	    OWN " ",
	    "",
	};
	for (size_t i = 0; i < COUNT(others); i++)
		expect(others[i],
		    jws_read_own(&cx, &secret,
			own_like(&cx, &secret, span_of(others[i]), SPAN("{}")),
			&back),
		    FAULT_JWT_MALFORMED, &cx);
	for (size_t i = 0; i < COUNT(forms); i++)
		if (!jws_read_own(
			&cx, &secret, formed(&cx, forms[i], token), &back))
			fail_msg("%s is read", forms[i]);
	for (size_t i = 0; i < token.length; i++) {
		char *changed = arena_take(cx.arena, token.length + 1);
		memcpy(changed, token.at, token.length);
		changed[i] = changed[i] == 'A' ? 'B' : 'A';
		if (!jws_read_own(
			&cx, &secret, span_from(changed, token.length), &back))
			fail_msg("character %zu changed", i);
		if (!jws_read_own(&cx, &secret, span_first(token, i), &back))
			fail_msg("cut to %zu", i);
	}
	/* The last character of 32 bytes has two bits that say nothing. */
	char *bits = arena_take(cx.arena, token.length);
	memcpy(bits, token.at, token.length);
	bits[token.length - 1]++;
	expect("bits left over",
	    jws_read_own(&cx, &secret, span_from(bits, token.length), &back),
	    FAULT_SIGNATURE_WRONG, &cx);
	struct span large =
	    span_from(arena_take(cx.arena, JWS_MAX), JWS_MAX * 3 / 4);
	expect("too long",
	    jws_read_own(
		&cx, &secret, jws_write_own(&cx, &secret, large), &back),
	    FAULT_JWT_MALFORMED, &cx);
	assert_true(span_is(back, "untouched"));
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(checks_the_specification_s_tokens),
	    cmocka_unit_test(checks_all_algorithms),
	    cmocka_unit_test(ignores_keys_that_a_token_brings),
	    cmocka_unit_test(refuses_headers),
	    cmocka_unit_test(bounds_sizes),
	    cmocka_unit_test(refuses_forms),
	    cmocka_unit_test(refuses_what_was_changed),
	    cmocka_unit_test(swaps_nothing),
	    cmocka_unit_test(refuses_signatures_of_curves),
	    cmocka_unit_test(refuses_signatures_of_rsa),
	    cmocka_unit_test(confuses_no_keys),
	    cmocka_unit_test(signs),
	    cmocka_unit_test(opens_rsa_keys_only),
	    cmocka_unit_test(is_used_by_several_threads),
	    cmocka_unit_test(writes_own),
	    cmocka_unit_test(reads_own_alone),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
