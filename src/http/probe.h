/*
 * probe.h - does a server of ours answer at an address?
 *
 * Layer  http
 * Gives  one GET, by HTTP or TLS, and whether 200 came back
 * Owns   nothing
 * Fails  answers false; never waits for more than PROBE_SECONDS
 *
 * For a health check from the same machine: the certificate, which is for
 * another name, is not looked at, and nothing secret is sent.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_PROBE_H
#define HTTP_PROBE_H

#include <stdbool.h>

struct cx;

enum { PROBE_SECONDS = 5 };

/* address as in server_options.listen; one that stands for all of the machine
 * is asked by its own. */
bool probe_ask(
    struct cx *cx, const char *address, bool by_tls, const char *path);

#endif
