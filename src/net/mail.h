/*
 * mail.h - the one door through which mail leaves
 *
 * Layer  net
 * Gives  mail_server_read, mail_send
 * Owns   nothing between calls
 * Fails  CONFIG_REFUSED (the URL of the server); NOTICE_NOT_DELIVERED: it
 *        was not reached, refused, or may have taken it and did not say so
 * Spec   RFC 5321; RFC 3207 (STARTTLS); RFC 8314 (smtps)
 *
 * The server is the operator's own word, so it may be anywhere, a private
 * network too; but no address is connected to that its name does not have.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NET_MAIL_H
#define NET_MAIL_H

#include "base/fault.h"
#include "net/mail_text.h"

struct cx;
struct net;

struct mail_server {
	bool tls; /* from the first byte; else by STARTTLS where it can */
	struct span host;
	unsigned port;
	struct span user, password; /* empty: nobody signs in */
};

/* smtp://user:password@host:port or smtps://; 587 and 465 by default. The
 * text is not told on failure: it holds a password. */
enum fault mail_server_read(
    struct cx *cx, struct span text, struct mail_server *out) MUST_USE;

/* A password goes over TLS, or to this machine. */
enum fault mail_send(struct net *net, struct cx *cx,
    const struct mail_server *server, const struct mail *mail) MUST_USE;

#endif
