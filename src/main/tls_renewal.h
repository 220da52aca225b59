/*
 * tls_renewal.h - a renewed certificate is taken while we serve
 *
 * Layer  main
 * Gives  a look at tls_cert and tls_key every second, and when asked
 * Owns   its thread
 * Fails  never: without a thread the certificate stays as it is, and the log
 *        says so; so it does for files that cannot be used
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MAIN_TLS_RENEWAL_H
#define MAIN_TLS_RENEWAL_H

struct server;
struct server_options;
struct tls_renewal;

/* Both must live until tls_renewal_stop. */
struct tls_renewal *tls_renewal_start(
    struct server *server, const struct server_options *options);

/* Reads the files at once; from a signal handler. */
void tls_renewal_ask(struct tls_renewal *renewal);

void tls_renewal_stop(struct tls_renewal *renewal);

#endif
