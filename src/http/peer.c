/* peer.c - whose request this is, behind proxies or not
 *
 * Each proxy appends the address it was called from, so the list is read
 * from the right, and only as long as who wrote the entry is trusted. What
 * stands further left the client may have made up.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/peer.h"

static bool
is_forwarded_for(const struct http_header *header)
{
	return span_equal_nocase(header->name, SPAN("X-Forwarded-For"));
}

/* Takes what stands after the last comma off the end of the list. */
static struct span
take_last(struct span *list)
{
	size_t at = list->length;

	while (at && list->at[at - 1] != ',')
		at--;
	struct span last = span_from_offset(*list, at);
	list->length = at ? at - 1 : 0;
	return span_trim(last);
}

/* False: the walk is over. */
static bool
walk(struct span list, struct network_list trusted, struct address *peer)
{
	while (list.length) {
		struct address next;
		if (!network_list_holds(trusted, peer) ||
		    !address_read(take_last(&list), &next))
			return false;
		*peer = next;
	}
	return true;
}

struct address
peer_find(const struct request *request, struct address nearest,
    struct network_list trusted)
{
	struct address peer = nearest;

	for (size_t i = request->header_count; i > 0; i--) {
		const struct http_header *header = &request->headers[i - 1];
		if (is_forwarded_for(header) &&
		    !walk(header->value, trusted, &peer))
			break;
	}
	return peer;
}
