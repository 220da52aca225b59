/*
 * listening.h - the sockets that connections come from
 *
 * Layer  http
 * Gives  one socket per event loop for an address, all on the same port
 * Owns   nothing: the sockets are the caller's
 * Fails  CONFIG_REFUSED: an address that cannot be read or bound, told
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

#endif
