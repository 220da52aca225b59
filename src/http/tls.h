/*
 * tls.h - native TLS for the server
 *
 * Layer  http
 * Gives  a server context from PEM files, another when they were renewed;
 *        encrypted bufferevents
 * Owns   the context (tls_open, tls_close)
 * Fails  tls_open, tls_renew: CONFIG_REFUSED, told as certificate.h does
 *
 * TLS 1.2 or later; ciphers are OpenSSL's defaults.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_TLS_H
#define HTTP_TLS_H

#include <stdbool.h>

#include "base/fault.h"

struct bufferevent;
struct certificate;
struct certificate_files;
struct cx;
struct event_base;
struct tls;

/* The names of the files must live as long. */
enum fault tls_open(struct cx *cx, const struct certificate_files *files,
    struct tls **out) MUST_USE;
void tls_close(struct tls *tls); /* NULL is fine */

/* Reads the files again, for connections from now on; from any thread. After a
 * failure, also when the certificate is not good now, all is as before. */
enum fault tls_renew(struct cx *cx, struct tls *tls) MUST_USE;

/* The one that is shown now. */
void tls_tell(struct tls *tls, struct certificate *out);

/* NULL when OpenSSL cannot. */
struct bufferevent *tls_accept(struct tls *tls, struct event_base *base);

/* *alive becomes false when the bufferevent of tls_accept is freed; NULL ends
 * the watch. */
void tls_watch(struct tls *tls, struct bufferevent *bufferevent, bool *alive);

/* Sends close_notify; what was written before must be out. */
void tls_say_goodbye(struct bufferevent *bufferevent);

#endif
