/* public_keys.c - the keys that an LMS signs with
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "crypto/public_keys.h"

#include "base/arena.h"
#include "crypto/jws_key.h"
#include "json/jread.h"

struct public_keys {
	size_t count, left_out;
	bool any_kid; /* one key, and nobody gave it a name */
	struct public_key keys[];
};

static struct public_keys *
keys_for(size_t count)
{
	return memory_take(
	    sizeof(struct public_keys) + count * sizeof(struct public_key));
}

static const struct json_t *
parse(struct cx *cx, struct span json)
{
	const struct json_t *value = NULL;

	return jread_parse(cx, json, &value) ? NULL : value;
}

enum fault
public_keys_read(struct cx *cx, struct span json, struct public_keys **out)
{
	const struct json_t *list = jread_member(parse(cx, json), "keys");
	size_t given = jread_count(list);
	size_t looked_at = given < PUBLIC_KEYS_MAX ? given : PUBLIC_KEYS_MAX;
	enum jws_key_flaw last = JWS_KEY_SOUND;

	/* The parser's words would quote the text, in which somebody may
	 * have published a private key. */
	if (!jread_is_array(list))
		return fault(cx, FAULT_KEY_SET_MALFORMED,
		    "no JSON object with an array \"keys\"");
	struct public_keys *keys = keys_for(looked_at);
	for (size_t i = 0; i < looked_at; i++) {
		enum jws_key_flaw flaw = jws_key_read_jwk(
		    cx, jread_at(list, i), &keys->keys[keys->count]);
		if (flaw)
			last = flaw;
		else
			keys->count++;
	}
	keys->left_out = given - keys->count;
	if (!keys->count) {
		public_keys_close(keys);
		return fault(cx, FAULT_KEY_SET_MALFORMED,
		    "of %zu keys none can be used%s%s", given,
		    last ? ": the last one " : "", jws_key_flaw_texts[last]);
	}
	*out = keys;
	return FAULT_NONE;
}

static enum fault
set_of_one(struct cx *cx, enum jws_key_flaw flaw, const struct public_key *key,
    struct public_keys **out)
{
	if (flaw)
		return fault(cx, FAULT_KEY_SET_MALFORMED, "the key %s",
		    jws_key_flaw_texts[flaw]);
	struct public_keys *keys = keys_for(1);
	keys->count = 1;
	keys->any_kid = !key->kid_length;
	keys->keys[0] = *key;
	*out = keys;
	return FAULT_NONE;
}

enum fault
public_keys_read_jwk(struct cx *cx, struct span jwk, struct public_keys **out)
{
	struct public_key key;

	return set_of_one(
	    cx, jws_key_read_jwk(cx, parse(cx, jwk), &key), &key, out);
}

enum fault
public_keys_read_pem(struct cx *cx, struct span pem, struct public_keys **out)
{
	struct public_key key;

	return set_of_one(cx, jws_key_read_pem(cx, pem, &key), &key, out);
}

void
public_keys_close(struct public_keys *keys)
{
	if (!keys)
		return;
	for (size_t i = 0; i < keys->count; i++)
		jws_key_release(&keys->keys[i]);
	memory_give_back(keys);
}

size_t
public_keys_count(const struct public_keys *keys, size_t *left_out)
{
	*left_out = keys->left_out;
	return keys->count;
}

static bool
is_named(const struct public_keys *keys, const struct public_key *key,
    struct span kid)
{
	return keys->any_kid || span_equal(jws_key_kid(key), kid);
}

static enum fault
refuse(struct cx *cx, const struct public_keys *keys, struct span kid,
    size_t named, size_t fitting, const char *algorithm)
{
	if (fitting)
		return fault(cx, FAULT_KEY_UNKNOWN,
		    "%zu keys fit kid \"%.*s\" and %s", fitting, SPAN_ARGS(kid),
		    algorithm);
	if (named)
		return fault(cx, FAULT_KEY_UNKNOWN,
		    "kid \"%.*s\": no such key is for %s", SPAN_ARGS(kid),
		    algorithm);
	return fault(cx, FAULT_KEY_UNKNOWN,
	    "kid \"%.*s\": none of %zu keys (%zu more cannot be used)",
	    SPAN_ARGS(kid), keys->count, keys->left_out);
}

/* Where two fit, nobody can tell which one was meant; to try them in turn
 * would let a stranger choose how much work a token is. */
enum fault
public_keys_find(struct cx *cx, const struct public_keys *keys, struct span kid,
    enum jws_algorithm algorithm, const struct public_key **out)
{
	const struct public_key *found = NULL;
	size_t named = 0, fitting = 0;

	for (size_t i = 0; i < keys->count; i++) {
		const struct public_key *key = &keys->keys[i];
		if (!is_named(keys, key, kid))
			continue;
		named++;
		if (!jws_key_fits(key, algorithm))
			continue;
		fitting++;
		found = key;
	}
	if (fitting != 1)
		return refuse(cx, keys, kid, named, fitting,
		    jws_algorithm_names[algorithm]);
	*out = found;
	return FAULT_NONE;
}
