/*
 * embedded.h - files that are part of the program
 *
 * Layer  base
 * Gives  the rows that tools/embed.c writes at build time
 * Owns   nothing: the bytes are constants
 * Fails  never
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_EMBEDDED_H
#define BASE_EMBEDDED_H

#include <stddef.h>

struct embedded {
	const char *name; /* the file's name; NULL ends the table */
	const char *bytes;
	size_t length;
};

extern const struct embedded page_templates[]; /* src/pages/templates/ */
extern const struct embedded migrations[];     /* migrations/, in order */
extern const struct embedded portal_assets[];  /* what portal/build.js made */

#endif
