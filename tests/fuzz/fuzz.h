/*
 * fuzz.h - what every fuzz target has: the entry, chance that is none, and a
 * way to say that something must hold
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static inline void
no_random(void *bytes, size_t length)
{
	memset(bytes, 0, length);
}

static inline void
must(bool condition)
{
	if (!condition)
		abort();
}

#endif
