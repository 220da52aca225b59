/*
 * notify.h - telling somebody outside that they must act
 *
 * Layer  app
 * Gives  the operator's configuration of it; putting a notice into the line,
 *        in the transaction of what it tells about; sending one of the line
 * Owns   the configuration, with the webhook's secret and the mail server's
 *        password, from notify_open to notify_close
 * Fails  notify_open: CONFIG_REFUSED, told without what is secret;
 *        notify_send: NOTICE_NOT_DELIVERED; else as db.h
 * Spec   Standard Webhooks 1.0 (docs/notifications.md)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_NOTIFY_H
#define APP_NOTIFY_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;
struct gateway;
struct json_t;
struct notification;
struct notify;
struct platform;
struct registration;

enum { NOTIFY_RECIPIENTS_MAX = 20 };

struct notify_options {
	struct span webhook_url, webhook_secret;
	struct span smtp_url, mail_from, mail_to;
};

enum fault notify_open(struct cx *cx, const struct notify_options *options,
    struct notify **out) MUST_USE;
void notify_close(struct notify *notify); /* NULL is fine */
bool notify_has_webhook(const struct notify *notify);
bool notify_has_mail(const struct notify *notify);

/* A platform that is registered and inactive; a registration that waits for
 * somebody of ours. After the commit: notice_sender_wake. */
enum fault notify_platform_waiting(struct gateway *gateway,
    struct db_session *session, struct cx *cx,
    const struct platform *platform) MUST_USE;
enum fault notify_registration_waiting(struct gateway *gateway,
    struct db_session *session, struct cx *cx,
    const struct registration *row) MUST_USE;

/* A platform notice came: by the webhook alone, to the tool. */
enum fault notify_platform_notice(struct gateway *gateway,
    struct db_session *session, struct cx *cx,
    const struct json_t *data) MUST_USE;

/* One notice of type "test" for each who would be told, not in the line. */
struct notification_list {
	const struct notification *at;
	size_t count;
};
void notify_make_test(
    struct gateway *gateway, struct cx *cx, struct notification_list *out);

/* One try. cx->note.retry_after: what the receiver asked for. */
enum fault notify_send(struct gateway *gateway, struct cx *cx,
    const struct notification *row) MUST_USE;

#endif
