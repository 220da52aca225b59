/*
 * web_url.h - URLs that a browser may be sent to
 *
 * Layer  lti (pure)
 * Gives  is it an absolute http or https URL; its path and query; adding to it
 * Owns   nothing
 * Fails  -
 * Spec   RFC 3986, 3
 *
 * Not for what is fetched: net/url_guard.h judges that.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_WEB_URL_H
#define LTI_WEB_URL_H

#include "base/span.h"

struct cx;

/* http or https, a host, nothing that could leave an attribute or a header. */
bool web_url_is(struct span text);

/* "https://host:port" as written. */
struct span web_url_origin(struct span url);

/* From the first slash behind the host to '?' or '#'; "/" when there is
 * nothing. */
struct span web_url_path(struct span url);

/* What stands between '?' and '#', without either. */
struct span web_url_query(struct span url);

/* The value of a parameter as it stands in a query, still encoded; SPAN_NONE
 * when it is not there. */
struct span web_url_parameter(struct span query, const char *name);

/* url with more parameters ("a=1&b=2") before its fragment. */
struct span web_url_add(struct cx *cx, struct span url, struct span more);

/* A query without the parameters that are named (ended by NULL), the rest
 * byte for byte. */
struct span web_url_without(
    struct cx *cx, struct span query, const char *const *names);
/* The same for the query of a whole URL. */
struct span web_url_drop(
    struct cx *cx, struct span url, const char *const *names);

/* url is prefix, or something below it: the same origin, and prefix's path
 * ends where a part of url's path does. */
bool web_url_is_below(struct span url, struct span prefix);

#endif
