/* take_notice.c - a platform notice arrives
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/take_notice.h"

#include <string.h>

#include "app/directory.h"
#include "app/gateway.h"
#include "app/journal.h"
#include "app/notice_sender.h"
#include "app/notify.h"
#include "base/cx.h"
#include "crypto/jws.h"
#include "lti/launch_rules.h"
#include "lti/names.h"
#include "lti/notice_claims.h"
#include "net/key_sets.h"
#include "store/deployments.h"
#include "store/notice_subscriptions.h"
#include "json/jread.h"
#include "json/jwrite.h"

struct arrival {
	struct gateway *gateway;
	struct directory_platform platform;
	struct jws jws;
	const struct json_t *claims;
	struct launch notice; /* its type and its nonce */
	struct deployment deployment;
};

/* --- whose --------------------------------------------------------------- */

/* Nothing of it is believed yet: it says by whose keys it is to be checked. */
static enum fault
find_platform(struct arrival *arrival, struct cx *cx)
{
	const struct json_t *aud = jread_member(arrival->claims, "aud");
	struct span issuer =
	    jread_text_or(jread_member(arrival->claims, "iss"), SPAN(""));
	struct span client = jread_text_or(
	    jread_is_array(aud) ? jread_at(aud, 0) : aud, SPAN(""));

	if (!issuer.length || !client.length)
		return fault(
		    cx, FAULT_NOTICE_CLAIM_WRONG, "iss or aud is missing");
	enum fault which = directory_find_pair(
	    arrival->gateway, cx, issuer, client, &arrival->platform);
	return which ? which : directory_check_active(cx, &arrival->platform);
}

static enum fault
read_token(struct arrival *arrival, struct cx *cx, struct span jwt)
{
	if (jwt.length > TAKE_NOTICE_JWT_MAX)
		return fault(cx, FAULT_JWT_MALFORMED, "the notice is too long");
	enum fault which = jws_read(cx, jwt, &arrival->jws);

	if (!which &&
	    (jread_parse(cx, arrival->jws.payload, &arrival->claims) ||
		!jread_is_object(arrival->claims)))
		which = fault(cx, FAULT_JWT_MALFORMED,
		    "the notice's payload is no JSON object");
	return which;
}

static enum fault
check_token(struct arrival *arrival, struct cx *cx, struct span client)
{
	const struct key_source source = {
	    .method = arrival->platform.key_method,
	    .value = arrival->platform.key_value,
	    .client = client,
	};
	const struct launch_facts facts = {
	    .issuer = arrival->platform.issuer,
	    .client_id = arrival->platform.client_id,
	    .skew = arrival->gateway->clock_skew,
	};
	bool fetched;
	enum fault which = key_sets_check(
	    arrival->gateway->key_sets, cx, &source, &arrival->jws, &fetched);

	if (which)
		return which;
	memset(&cx->note, 0, sizeof cx->note);
	return launch_rules_check_notice(
	    cx, &facts, arrival->claims, &arrival->notice);
}

/* --- taking it ----------------------------------------------------------- */

static enum fault
check_deployment(
    struct db_session *session, struct cx *cx, struct arrival *arrival)
{
	enum fault which = deployments_find(session, cx, arrival->platform.id,
	    arrival->notice.deployment_id, &arrival->deployment);

	if (which == FAULT_NO_DEPLOYMENT ||
	    (!which && !arrival->deployment.allowed))
		return fault(cx, FAULT_DEPLOYMENT_REFUSED,
		    "the notice's deployment is not known or not allowed");
	return which;
}

static struct span
organization_of(const struct arrival *arrival)
{
	const struct deployment *deployment = &arrival->deployment;

	if (deployment->organization_id.length || !deployment->inherits)
		return deployment->organization_id;
	return arrival->platform.organization_id;
}

static enum fault
tell(struct db_session *session, struct cx *cx, struct arrival *arrival)
{
	struct json_t *data = jwrite_object(cx);

	jwrite_text(data, "platformId", arrival->platform.id);
	jwrite_text(data, "url", arrival->platform.issuer);
	jwrite_text(data, "clientId", arrival->platform.client_id);
	jwrite_text_if(data, "organizationId", organization_of(arrival));
	notice_claims_write(cx, arrival->claims, data);
	return notify_platform_notice(arrival->gateway, session, cx, data);
}

static enum fault
take(struct db_session *session, struct cx *cx, void *arg)
{
	struct arrival *arrival = arg;
	int64_t expires = 0;
	bool fresh = false;
	enum fault which = check_deployment(session, cx, arrival);

	(void)jread_integer(jread_member(arrival->claims, "exp"), &expires);
	if (!which)
		which = notices_spend(session, cx, arrival->platform.id,
		    arrival->notice.subject,
		    expires + arrival->gateway->clock_skew, &fresh);
	if (!which && !fresh)
		which = fault(cx, FAULT_NOTICE_REPLAYED, "the nonce is spent");
	if (!which)
		which = tell(session, cx, arrival);
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "platform notice",
	    .message = "platform notice taken",
	    .platform_id = arrival->platform.id,
	    .deployment_id = arrival->notice.deployment_id,
	    .fields = {{"type", arrival->notice.message}},
	};
	return which ? which : journal_add(session, cx, &entry);
}

enum fault
take_notice(struct gateway *gateway, struct cx *cx, struct span jwt,
    struct span client, struct span *platform_id, bool *ignored)
{
	struct arrival arrival = {.gateway = gateway};
	const struct json_t *settings;
	enum fault which = directory_settings(gateway, cx, &settings);

	*platform_id = SPAN("");
	*ignored = false;
	const struct json_t *wished = jread_member(settings, "notices");
	if (!which && !jread_count(wished))
		return fault(cx, FAULT_NOTICES_OFF, "none are asked for");
	if (!which)
		which = read_token(&arrival, cx, jwt);
	if (!which)
		which = find_platform(&arrival, cx);
	if (which)
		return which;
	*platform_id = arrival.platform.id;
	which = check_token(&arrival, cx, client);
	if (which)
		return which;
	*ignored = !jread_holds(wished, arrival.notice.message);
	if (*ignored)
		return FAULT_NONE;
	which = db_write(gateway->db, cx, take, &arrival);
	if (!which)
		notice_sender_wake(gateway->notice_sender);
	return which;
}
