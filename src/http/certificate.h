/*
 * certificate.h - a certificate and its key, from PEM files
 *
 * Layer  http
 * Gives  both loaded into an SSL_CTX, once they are seen to belong together;
 *        whose the certificate is and how long it lasts
 * Owns   nothing
 * Fails  CONFIG_REFUSED, told: by setting and file, with what to do
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_CERTIFICATE_H
#define HTTP_CERTIFICATE_H

#include <stdint.h>

#include "base/fault.h"

struct cx;

struct certificate_files {
	const char *certificate; /* and what leads to its authority */
	const char *key;
};

struct certificate {
	char subject[160]; /* or the first of its names, where that is empty */
	char serial[48];   /* hexadecimal */
	int64_t begins_at, ends_at;
};

/* context is an SSL_CTX that nobody uses yet; after a failure it is of no use.
 * An end that is past is no failure here. */
enum fault certificate_load(struct cx *cx,
    const struct certificate_files *files, void *context,
    struct certificate *out) MUST_USE;

/* The same for who only wants to know. */
enum fault certificate_look(struct cx *cx,
    const struct certificate_files *files, struct certificate *out) MUST_USE;

/* Is it good at cx->now? */
enum fault certificate_check_time(struct cx *cx,
    const struct certificate_files *files,
    const struct certificate *certificate) MUST_USE;

#endif
