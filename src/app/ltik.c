/* ltik.c - the token of one launch
 *
 * A JWT with {"launch": "<hour>.<nonce>", "iat": ..., "exp": ...}.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/ltik.h"

#include <stdio.h>

#include "app/gateway.h"
#include "base/cx.h"
#include "crypto/jws.h"
#include "store/db.h"
#include "json/jread.h"

struct span
ltik_write(struct gateway *gateway, struct cx *cx, struct launch_key key)
{
	struct span payload = arena_printf(cx->arena,
	    "{\"launch\":\"%lld.%.*s\",\"iat\":%lld,\"exp\":%lld}",
	    (long long)key.hour, SPAN_ARGS(key.nonce), (long long)cx->now,
	    (long long)(cx->now + gateway->keep_launches));

	const struct secret_keys *keys = secrets_hold(gateway->secrets);
	struct span ltik = jws_write_own(cx, &keys->ltik, payload);

	secrets_let_go(gateway->secrets);
	return ltik;
}

struct reading {
	struct span ltik, payload;
};

static enum fault
read_own(struct cx *cx, const struct secret_keys *keys, void *arg)
{
	struct reading *reading = arg;

	return jws_read_own(cx, &keys->ltik, reading->ltik, &reading->payload)
		   ? FAULT_NOT_AUTHORIZED
		   : FAULT_NONE;
}

static enum fault
refuse(struct cx *cx, const char *why)
{
	fault_tell(cx, FAULT_NOT_AUTHORIZED, "Invalid or expired ltik.");
	snprintf(cx->note.detail, sizeof cx->note.detail, "ltik: %s", why);
	return FAULT_NOT_AUTHORIZED;
}

enum fault
ltik_read(struct gateway *gateway, struct cx *cx, struct span ltik,
    struct launch_key *out)
{
	const struct json_t *payload;
	struct reading reading = {.ltik = ltik};
	struct span name, hour;
	int64_t expires_at = 0;

	if (secrets_try(gateway->secrets, cx, read_own, &reading,
		FAULT_NOT_AUTHORIZED) ||
	    jread_parse(cx, reading.payload, &payload) ||
	    !jread_text(jread_member(payload, "launch"), &name) ||
	    !jread_integer(jread_member(payload, "exp"), &expires_at))
		return refuse(cx, "not one of ours");
	if (expires_at <= cx->now)
		return refuse(cx, "expired");
	if (!span_next(&name, '.', &hour) ||
	    !span_number(hour, INT64_MAX, &out->hour))
		return refuse(cx, "malformed");
	out->nonce = name;
	return FAULT_NONE;
}

const char *
ltik_seal_purpose(struct cx *cx, struct launch_key key)
{
	return arena_printf(cx->arena, "launch %.*s", SPAN_ARGS(key.nonce)).at;
}

struct find {
	struct launch_key key;
	int64_t since;
	struct launch_row row;
};

static enum fault
find_row(struct db_session *session, struct cx *cx, void *arg)
{
	struct find *find = arg;
	return launches_find(session, cx, find->key, find->since, &find->row);
}

enum fault
ltik_find_platform(struct gateway *gateway, struct cx *cx,
    struct span platform_id, struct directory_platform *out)
{
	enum fault which = directory_find_active(gateway, cx, platform_id, out);

	if (which == FAULT_PLATFORM_UNKNOWN || which == FAULT_PLATFORM_INACTIVE)
		return refuse(cx, "its platform is gone or not active");
	return which;
}

enum fault
ltik_find_launch(struct gateway *gateway, struct cx *cx, struct launch_key key,
    struct ltik_launch *out)
{
	struct find find = {
	    .key = key, .since = cx->now - gateway->keep_launches};
	struct span claims;
	enum fault which = db_read(gateway->db, cx, find_row, &find);

	if (which)
		return which;
	which = ltik_find_platform(
	    gateway, cx, find.row.platform_id, &out->platform);
	if (!which)
		which = secrets_unseal(gateway->secrets, cx,
		    ltik_seal_purpose(cx, find.key), find.row.claims_sealed,
		    &claims);
	if (!which)
		which = jread_parse(cx, claims, &out->claims);
	if (!which)
		out->row = find.row;
	return which;
}

enum fault
ltik_find(struct gateway *gateway, struct cx *cx, struct span ltik,
    struct ltik_launch *out)
{
	struct launch_key key;
	enum fault which = ltik_read(gateway, cx, ltik, &key);

	return which ? which : ltik_find_launch(gateway, cx, key, out);
}
