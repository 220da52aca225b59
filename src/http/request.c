/* request.c - a whole, bounded HTTP request, as the handlers see it
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/request.h"

const char *const http_method_names[HTTP_METHOD_COUNT] = {
    [HTTP_GET] = "GET",
    [HTTP_HEAD] = "HEAD",
    [HTTP_POST] = "POST",
    [HTTP_PUT] = "PUT",
    [HTTP_PATCH] = "PATCH",
    [HTTP_DELETE] = "DELETE",
    [HTTP_OPTIONS] = "OPTIONS",
};

struct span
request_header(const struct request *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++)
		if (span_equal_nocase(request->headers[i].name, span_of(name)))
			return request->headers[i].value;
	return SPAN_NONE;
}

/* "text/html; charset=utf-8": the part before the semicolon. */
static struct span
before_semicolon(struct span *value)
{
	struct span part = SPAN_NONE;

	if (!span_next(value, ';', &part))
		return SPAN_NONE;
	return span_trim(part);
}

/* Two of them could be read in two ways. */
static bool
says_one_type(const struct request *request)
{
	size_t count = 0;

	for (size_t i = 0; i < request->header_count; i++)
		count += span_equal_nocase(
		    request->headers[i].name, SPAN("Content-Type"));
	return count == 1;
}

bool
request_has_type(const struct request *request, const char *type)
{
	struct span value = request_header(request, "Content-Type");

	return says_one_type(request) &&
	       span_equal_nocase(before_semicolon(&value), span_of(type));
}

/* In thousandths; 1000 when nothing is said, 0 for what makes no sense. */
static int
read_weight(struct span parameters)
{
	struct span part;

	while (span_next(&parameters, ';', &part)) {
		part = span_trim(part);
		if (part.length < 2 || (part.at[0] | 0x20) != 'q' ||
		    part.at[1] != '=')
			continue;
		struct span digits = span_from_offset(part, 2);
		if (digits.length > 5 || digits.length == 0 ||
		    (digits.length > 1 && digits.at[1] != '.'))
			return 0;
		int weight = 0, place = 1000;
		for (size_t i = 0; i < digits.length; i++) {
			if (i == 1)
				continue;
			if (digits.at[i] < '0' || digits.at[i] > '9')
				return 0;
			weight += (digits.at[i] - '0') * place;
			place /= 10;
		}
		return weight > 1000 ? 1000 : weight;
	}
	return 1000;
}

/* How well a range of Accept fits one of our two types: the more exact the
 * range, the more it says (RFC 9110, 12.5.1). */
struct wish {
	const char *type, *family;
	int exactness, weight;
};

static void
consider(struct wish *wish, struct span range, int weight)
{
	int exactness = 0;

	if (span_equal_nocase(range, span_of(wish->type)))
		exactness = 3;
	else if (span_equal_nocase(range, span_of(wish->family)))
		exactness = 2;
	else if (span_is(range, "*/*"))
		exactness = 1;
	if (exactness <= wish->exactness)
		return;
	wish->exactness = exactness;
	wish->weight = weight;
}

bool
request_wants_json(const struct request *request)
{
	struct wish json = {"application/json", "application/*", 0, 0};
	struct wish html = {"text/html", "text/*", 0, 0};
	struct span part;

	for (size_t i = 0; i < request->header_count; i++) {
		if (!span_equal_nocase(
			request->headers[i].name, SPAN("Accept")))
			continue;
		struct span list = request->headers[i].value;
		while (span_next(&list, ',', &part)) {
			struct span range = before_semicolon(&part);
			int weight = read_weight(part);
			consider(&json, range, weight);
			consider(&html, range, weight);
		}
	}
	return json.weight > html.weight;
}

bool
request_names_type(const struct request *request, const char *type)
{
	struct span part;

	for (size_t i = 0; i < request->header_count; i++) {
		struct span list = request->headers[i].value;
		if (!span_equal_nocase(
			request->headers[i].name, SPAN("Accept")))
			continue;
		while (span_next(&list, ',', &part))
			if (span_equal_nocase(
				before_semicolon(&part), span_of(type)))
				return true;
	}
	return false;
}
