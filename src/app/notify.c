/* notify.c - telling somebody outside that they must act
 *
 * What a webhook gets, and what is kept in the line:
 *   {"id": <notice>, "type": "platform.waiting", "at": <ISO 8601>,
 *    "data": {ids and names of what it is about, "portalUrl"}}
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/notify.h"

#include <string.h>

#include "app/gateway.h"
#include "app/journal.h"
#include "app/notice_text.h"
#include "base/b64.h"
#include "base/clock.h"
#include "base/cx.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "net/mail.h"
#include "store/notifications.h"
#include "store/platforms.h"
#include "store/registrations.h"
#include "json/jread.h"
#include "json/jwrite.h"

/* Standard Webhooks, "Signature scheme": 24 to 64 bytes. */
enum { KEY_MIN = 24, KEY_MAX = 64 };
#define KEY_PREFIX "whsec_"

struct notify {
	struct arena *arena; /* of the texts */
	struct span webhook_url;
	unsigned char key[KEY_MAX];
	size_t key_length;
	bool mail;
	struct mail_server server;
	char password[256];
	struct span from, recipients[NOTIFY_RECIPIENTS_MAX];
	size_t recipient_count;
};

/* --- configuration ------------------------------------------------------- */

static enum fault
read_webhook(
    struct cx *cx, const struct notify_options *options, struct notify *notify)
{
	const struct network any[] = {{{{0}}, 0}};
	const struct url_policy anywhere = {{any, 1}};
	const size_t prefix = sizeof KEY_PREFIX - 1;
	struct span key;
	struct url url;

	if (!options->webhook_url.length)
		return FAULT_NONE;
	if (url_read(cx, &anywhere, options->webhook_url, &url))
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "webhook_url must be an http or https URL");
	if (!span_starts(options->webhook_secret, KEY_PREFIX) ||
	    !b64_decode(cx->arena,
		span_from_offset(options->webhook_secret, prefix), &key) ||
	    key.length < KEY_MIN || key.length > KEY_MAX)
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "webhook_secret must be " KEY_PREFIX " and the base64 of "
		    "%d to %d bytes: echo " KEY_PREFIX
		    "$(openssl rand -base64 32)",
		    KEY_MIN, KEY_MAX);
	notify->webhook_url = arena_copy(notify->arena, options->webhook_url);
	memcpy(notify->key, key.at, key.length);
	notify->key_length = key.length;
	return FAULT_NONE;
}

static enum fault
read_recipients(
    struct cx *cx, const struct notify_options *options, struct notify *notify)
{
	struct span rest = options->mail_to, part;

	while (span_next(&rest, ',', &part)) {
		part = span_trim(part);
		if (!part.length)
			continue;
		if (!mail_text_is_address(part) ||
		    notify->recipient_count == NOTIFY_RECIPIENTS_MAX)
			return fault_tell(cx, FAULT_CONFIG_REFUSED,
			    "mail_to must be at most %d addresses such as "
			    "admin@example.org, with commas between them",
			    NOTIFY_RECIPIENTS_MAX);
		notify->recipients[notify->recipient_count++] =
		    arena_copy(notify->arena, part);
	}
	return FAULT_NONE;
}

static enum fault
read_mail(
    struct cx *cx, const struct notify_options *options, struct notify *notify)
{
	struct mail_server server;

	if (!options->smtp_url.length)
		return FAULT_NONE;
	enum fault which = mail_server_read(cx, options->smtp_url, &server);
	if (which)
		return which;
	if (server.password.length >= sizeof notify->password)
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "the password in smtp_url is too long");
	if (!mail_text_is_address(options->mail_from))
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "mail_from must be an address such as ltigate@example.org");
	if (server.password.length)
		memcpy(notify->password, server.password.at,
		    server.password.length);
	server.password = span_from(notify->password, server.password.length);
	server.host = arena_copy(notify->arena, server.host);
	server.user = arena_copy(notify->arena, server.user);
	notify->server = server;
	notify->from = arena_copy(notify->arena, options->mail_from);
	notify->mail = true;
	return read_recipients(cx, options, notify);
}

enum fault
notify_open(
    struct cx *cx, const struct notify_options *options, struct notify **out)
{
	struct notify *notify = memory_take(sizeof *notify);

	notify->arena = arena_open();
	enum fault which = read_webhook(cx, options, notify);
	if (!which)
		which = read_mail(cx, options, notify);
	if (which)
		notify_close(notify);
	else
		*out = notify;
	return which;
}

void
notify_close(struct notify *notify)
{
	if (!notify)
		return;
	explicit_bzero(notify->key, sizeof notify->key);
	explicit_bzero(notify->password, sizeof notify->password);
	arena_close(notify->arena);
	memory_give_back(notify);
}

bool
notify_has_webhook(const struct notify *notify)
{
	return notify->webhook_url.length > 0;
}

bool
notify_has_mail(const struct notify *notify)
{
	return notify->mail && notify->recipient_count > 0;
}

/* --- into the line ------------------------------------------------------- */

/* One row for each who is told. */
static void
make(struct gateway *gateway, struct cx *cx, struct span type,
    const struct json_t *data, struct notification_list *out)
{
	const struct notify *notify = gateway->notify;
	struct notification *list =
	    arena_list(cx->arena, notify->recipient_count + 1, sizeof *list);
	struct json_t *body = jwrite_object(cx);
	struct span notice = random_id(cx);
	char at[CLOCK_TEXT_SIZE];
	size_t count = 0;

	clock_write(cx->now, at);
	jwrite_text(body, "id", notice);
	jwrite_text(body, "type", type);
	jwrite_text(body, "at", span_of(at));
	jwrite_value(body, "data", data);
	const struct notification row = {
	    .notice = notice, .type = type, .body = jwrite_bytes(cx, body)};
	if (notify_has_webhook(notify)) {
		list[count] = row;
		list[count].recipient = SPAN("");
		list[count++].channel = SPAN("webhook");
	}
	for (size_t i = 0; notify->mail && i < notify->recipient_count; i++) {
		list[count] = row;
		list[count].recipient = notify->recipients[i];
		list[count++].channel = SPAN("mail");
	}
	for (size_t i = 0; i < count; i++)
		list[i].id = random_sortable(cx);
	*out = (struct notification_list){list, count};
}

/* mail: by mail, too. */
static enum fault
add(struct gateway *gateway, struct db_session *session, struct cx *cx,
    struct span type, const struct json_t *data, bool mail)
{
	struct notification_list list;
	enum fault which = FAULT_NONE;
	bool full = false;

	make(gateway, cx, type, data, &list);
	for (size_t i = 0; !which && i < list.count; i++) {
		if (!mail && span_is(list.at[i].channel, "mail"))
			continue;
		const struct journal_entry lost = {
		    .level = LOG_WARN,
		    .kind = "notification",
		    .message = "too many notifications wait",
		    .organization_id = SPAN(""),
		    .fields = {{"channel", list.at[i].channel}, {"type", type}},
		};
		which = notifications_add(session, cx, &list.at[i], &full);
		/* What it tells about happens all the same. */
		if (!which && full)
			which = journal_add(session, cx, &lost);
	}
	return which;
}

static struct json_t *
begin_data(struct gateway *gateway, struct cx *cx, const char *page)
{
	struct json_t *data = jwrite_object(cx);

	jwrite_text(data, "portalUrl",
	    arena_printf(cx->arena, "%.*s/portal#/%s",
		SPAN_ARGS(gateway->public_url), page));
	return data;
}

enum fault
notify_platform_waiting(struct gateway *gateway, struct db_session *session,
    struct cx *cx, const struct platform *platform)
{
	struct json_t *data = begin_data(gateway, cx, "registrations");

	jwrite_text(data, "platformId", platform->id);
	jwrite_text(data, "name", platform->name);
	jwrite_text(data, "url", platform->issuer);
	jwrite_text(data, "clientId", platform->client_id);
	jwrite_text_if(data, "familyCode", platform->family);
	jwrite_text_if(data, "organizationId", platform->organization_id);
	jwrite_text_if(
	    data, "claimedOrganization", platform->claimed_organization);
	return add(gateway, session, cx, SPAN("platform.waiting"), data, true);
}

enum fault
notify_registration_waiting(struct gateway *gateway, struct db_session *session,
    struct cx *cx, const struct registration *row)
{
	struct json_t *data = begin_data(gateway, cx, "registrations");
	char until[CLOCK_TEXT_SIZE];

	clock_write(row->expires_at, until);
	jwrite_text(data, "handle", row->handle);
	jwrite_text(data, "url", row->issuer);
	jwrite_text_if(data, "familyCode", row->family);
	jwrite_text_if(data, "organizationId", row->organization_id);
	jwrite_text_if(data, "claimedOrganization", row->claimed_organization);
	jwrite_text(data, "expiresAt", span_of(until));
	return add(
	    gateway, session, cx, SPAN("registration.waiting"), data, true);
}

enum fault
notify_platform_notice(struct gateway *gateway, struct db_session *session,
    struct cx *cx, const struct json_t *data)
{
	return add(gateway, session, cx, SPAN("platform.notice"), data, false);
}

void
notify_make_test(
    struct gateway *gateway, struct cx *cx, struct notification_list *out)
{
	make(gateway, cx, SPAN("test"), begin_data(gateway, cx, ""), out);
}

/* --- out of the line ----------------------------------------------------- */

/* webhook-signature: "v1," and the base64 of the HMAC of id.timestamp.body. */
static struct span
sign(struct cx *cx, const struct notify *notify, struct span id,
    struct span time, struct span body)
{
	unsigned char mac[DIGEST_SIZE];
	struct span signed_text = arena_printf(cx->arena, "%.*s.%.*s.%.*s",
	    SPAN_ARGS(id), SPAN_ARGS(time), SPAN_ARGS(body));

	digest_hmac_with(
	    span_from(notify->key, notify->key_length), signed_text, mac);
	return arena_printf(cx->arena, "v1,%.*s",
	    SPAN_ARGS(b64_encode(cx->arena, span_from(mac, sizeof mac))));
}

static enum fault
send_webhook(
    struct gateway *gateway, struct cx *cx, const struct notification *row)
{
	const struct notify *notify = gateway->notify;
	struct span time = arena_printf(cx->arena, "%lld", (long long)cx->now);
	const struct fetch_request request = {
	    .url = notify->webhook_url,
	    .own = true,
	    .method = "POST",
	    .content_type = "application/json",
	    .body = row->body,
	    .headers = {{"webhook-id", row->notice},
		{"webhook-timestamp", time},
		{"webhook-signature",
		    sign(cx, notify, row->notice, time, row->body)}},
	    .deadline_ms = fetch_deadline(),
	    .kind = PERMIT_SERVICE,
	};
	struct fetch_answer answer;

	if (!notify_has_webhook(notify))
		return fault(cx, FAULT_NOTICE_NOT_DELIVERED,
		    "there is no webhook_url any more");
	if (fetch(gateway->net, cx, &request, &answer))
		return fault_as(cx, FAULT_NOTICE_NOT_DELIVERED);
	cx->note.retry_after = fetch_retry_after(cx, &answer);
	if (answer.status < 200 || answer.status > 299)
		return fault(cx, FAULT_NOTICE_NOT_DELIVERED,
		    "webhook_url answered with HTTP status %d", answer.status);
	return FAULT_NONE;
}

static enum fault
send_mail(
    struct gateway *gateway, struct cx *cx, const struct notification *row)
{
	const struct notify *notify = gateway->notify;
	const struct json_t *body;
	struct notice_text words;
	enum fault which = jread_parse(cx, row->body, &body);

	if (which)
		return which;
	if (!notify->mail)
		return fault(cx, FAULT_NOTICE_NOT_DELIVERED,
		    "there is no smtp_url any more");
	notice_text_write(cx, body, gateway->public_url, &words);
	const struct mail mail = {
	    .from = notify->from,
	    .to = row->recipient,
	    .subject = words.subject,
	    .text = words.text,
	    .id = row->id,
	    .at = cx->now,
	};
	return mail_send(gateway->net, cx, &notify->server, &mail);
}

enum fault
notify_send(
    struct gateway *gateway, struct cx *cx, const struct notification *row)
{
	cx->note.retry_after = 0;
	return span_is(row->channel, "mail") ? send_mail(gateway, cx, row)
					     : send_webhook(gateway, cx, row);
}
