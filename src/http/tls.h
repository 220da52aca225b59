/*
 * tls.h - native TLS for the server
 *
 * Layer  http
 * Gives  a server context from PEM files, encrypted bufferevents
 * Owns   the context (tls_open, tls_close)
 * Fails  tls_open: CONFIG_REFUSED, told by setting and file
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
struct cx;
struct event_base;
struct tls;

enum fault tls_open(struct cx *cx, const char *certificate_file,
    const char *key_file, struct tls **out) MUST_USE;
void tls_close(struct tls *tls); /* NULL is fine */

/* NULL when OpenSSL cannot. */
struct bufferevent *tls_accept(struct tls *tls, struct event_base *base);

/* *alive becomes false when the bufferevent of tls_accept is freed; NULL ends
 * the watch. */
void tls_watch(struct tls *tls, struct bufferevent *bufferevent, bool *alive);

/* Sends close_notify; what was written before must be out. */
void tls_say_goodbye(struct bufferevent *bufferevent);

#endif
