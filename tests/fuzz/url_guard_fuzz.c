/*
 * url_guard_fuzz.c - any bytes as a URL
 *
 * What is taken must be harmless: its parts hold no byte that somebody reads
 * in two ways, and it is read the same a second time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cx.h"
#include "net/url_guard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
no_random(void *bytes, size_t length)
{
	memset(bytes, 0, length);
}

static void
must(bool condition)
{
	if (!condition)
		abort();
}

static void
look_at(struct cx *cx, const struct url_policy *policy, const struct url *url)
{
	struct url again;

	must(url->port > 0 && url->port <= 65535);
	must(url->host.length > 0 && span_starts(url->path, "/"));
	for (size_t i = 0; i < url->host.length; i++)
		must(!strchr("/\\@?#%[] \t\r\n", url->host.at[i]));
	must(!span_has_control(url->text));
	must(!memchr(url->text.at, '#', url->text.length));
	must(url_read(cx, policy, url->text, &again) == FAULT_NONE);
	must(span_equal(url->text, again.text));
	must(span_equal(url->host, again.host) && url->port == again.port);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct network any = {{{0}}, 0};
	const struct url_policy strict = {{NULL, 0}}, lax = {{&any, 1}};
	struct url url;
	struct cx cx;

	cx_init(&cx, no_random);
	if (url_read(&cx, &strict, span_from(data, size), &url) == FAULT_NONE) {
		must(url.https);
		look_at(&cx, &strict, &url);
	}
	if (url_read(&cx, &lax, span_from(data, size), &url) == FAULT_NONE)
		look_at(&cx, &lax, &url);
	cx_release(&cx);
	return 0;
}
