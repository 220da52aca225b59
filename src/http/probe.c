/* probe.c - does a server of ours answer at an address?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/probe.h"

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/cx.h"

enum { FIRST_LINE = 12 }; /* "HTTP/1.1 200" */

/* False: the time is over, or there is nothing to wait for. */
static bool
wait_for(BIO *bio, int64_t until)
{
	struct pollfd wish = {.events = POLLIN};
	int64_t left = until - clock_monotonic_ms();
	int handle = -1;

	if (!BIO_should_retry(bio) || left <= 0 || BIO_get_fd(bio, &handle) < 0)
		return false;
	wish.fd = handle;
	if (BIO_should_write(bio) || BIO_should_io_special(bio))
		wish.events = POLLOUT;
	return poll(&wish, 1, (int)left) > 0;
}

static bool
send_all(BIO *bio, struct span text, int64_t until)
{
	while (text.length) {
		int sent = BIO_write(bio, text.at, (int)text.length);
		if (sent > 0)
			text = span_from_offset(text, (size_t)sent);
		else if (!wait_for(bio, until))
			return false;
	}
	return true;
}

static bool
read_status(BIO *bio, int64_t until)
{
	char line[FIRST_LINE];
	int length = 0;

	while (length < FIRST_LINE) {
		int got = BIO_read(bio, line + length, FIRST_LINE - length);
		if (got > 0)
			length += got;
		else if (!wait_for(bio, until))
			return false;
	}
	return memcmp(line, "HTTP/1.1 200", FIRST_LINE) == 0;
}

static BIO *
open_bio(SSL_CTX *tls, const char *address)
{
	/* OpenSSL's macro takes no const. */
	char place[256];
	BIO *bio = tls ? BIO_new_ssl_connect(tls) : BIO_new(BIO_s_connect());

	if (!bio)
		return NULL;
	snprintf(place, sizeof place, "%s", address);
	BIO_set_conn_hostname(bio, place);
	BIO_set_nbio(bio, 1);
	return bio;
}

bool
probe_ask(struct cx *cx, const char *address, bool by_tls, const char *path)
{
	int64_t until = clock_monotonic_ms() + PROBE_SECONDS * 1000;
	struct span request = arena_printf(cx->arena,
	    "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", path,
	    address);
	SSL_CTX *tls = by_tls ? SSL_CTX_new(TLS_client_method()) : NULL;
	BIO *bio = open_bio(tls, address);

	bool good =
	    bio && send_all(bio, request, until) && read_status(bio, until);
	BIO_free_all(bio);
	SSL_CTX_free(tls);
	return good;
}
