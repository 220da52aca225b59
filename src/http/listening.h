/*
 * listening.h - the sockets that connections come from
 *
 * Layer  http
 * Gives  one socket per event loop for an address, all on the same port; the
 *        same from a socket that listens already
 * Owns   nothing: the sockets are the caller's
 * Fails  CONFIG_REFUSED, told: an address that cannot be read or bound, a
 *        descriptor that is no listening TCP socket
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_LISTENING_H
#define HTTP_LISTENING_H

#include <stddef.h>

#include "base/fault.h"

struct cx;

/* "127.0.0.1:8080", "[::1]:8080"; numbers only. */
enum fault listening_open(struct cx *cx, const char *address, int *sockets,
    size_t count, unsigned *port) MUST_USE;

/* The first of the sockets is the one that was handed over. */
enum fault listening_take(struct cx *cx, int handed, int *sockets, size_t count,
    unsigned *port) MUST_USE;

/* Where a socket that was handed over listens: as listening_open takes it. */
enum fault listening_name(
    struct cx *cx, int handed, const char **address) MUST_USE;

#endif
