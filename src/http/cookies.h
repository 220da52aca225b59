/*
 * cookies.h - cookies that come and the one that goes
 *
 * Layer  http
 * Gives  the values of a family of cookies; a Set-Cookie for frames of
 *        others, and one for our own pages
 * Owns   nothing: values point into the request
 * Fails  never: what is malformed is not there
 * Spec   RFC 6265, 4.2.1 (Cookie), 4.1.1 (Set-Cookie); RFC 6265bis
 *        (SameSite, __Host-); CHIPS (Partitioned)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_COOKIES_H
#define HTTP_COOKIES_H

#include "http/response.h"

struct arena;

/* The values of all whose name is that of the family, followed by the value's
 * first letters or by nothing. A browser may send one name twice, of its
 * partition and without. Answers how many of at most max there are. */
size_t cookies_find(const struct request *request, const char *family,
    struct span *values, size_t max);

/* secure: SameSite=None, Secure and Partitioned, so that it comes back in a
 * frame on another site; name must begin with __Host-. Else a cookie for
 * plain http, which frames of other sites do not get. */
void cookies_set(struct arena *arena, struct response *response,
    const char *name, struct span value, int life, bool secure);

/* For our own pages alone: SameSite=Lax. An empty value with life 0 takes it
 * away. */
void cookies_set_own(struct arena *arena, struct response *response,
    const char *name, struct span value, int life, bool secure);

#endif
