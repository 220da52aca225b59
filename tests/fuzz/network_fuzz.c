/*
 * network_fuzz.c - any bytes as a list of networks
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "net/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_open();
	struct network_list list;
	struct span bad = SPAN_NONE;

	if (!network_list_read(arena, span_from(data, size), &list, &bad)) {
		if (bad.length > size)
			abort();
		list.count = 0;
	}
	for (size_t i = 0; i < list.count; i++) {
		const struct address *base = &list.at[i].base;
		char text[ADDRESS_TEXT_SIZE];
		struct address again;
		/* Each network holds its own base, which reads as written. */
		if (!network_list_holds(list, base))
			abort();
		address_write(base, text);
		if (!address_read(span_of(text), &again) ||
		    !network_holds(&list.at[i], &again))
			abort();
	}
	arena_close(arena);
	return 0;
}
