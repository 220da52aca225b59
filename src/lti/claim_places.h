/*
 * claim_places.h - claims, each moved to its place in a form of ours
 *
 * Layer  lti (pure)
 * Gives  writing by a table: name in the claims, name in the form, kind of
 *        value; and what the table does not know
 * Owns   nothing: what is not converted is shared with the claims
 * Fails  never: a value of another kind is left out
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_CLAIM_PLACES_H
#define LTI_CLAIM_PLACES_H

#include "base/span.h"

struct cx;
struct json_t;

enum claim_kind {
	PLACE_FULL,   /* text that is not empty */
	PLACE_TEXT,   /* text */
	PLACE_SCALAR, /* text, or a number as text */
	PLACE_TRUTH,  /* boolean */
	PLACE_TEXTS,  /* the texts of an array */
	PLACE_COMMAS, /* texts between commas, or those of an array */
};

struct claim_place {
	const char *claim; /* NULL ends the table */
	const char *name;
	enum claim_kind kind;
};

/* Of a course, in a launch and in a notice. */
extern const struct claim_place claim_places_context[];

void claim_places_write(struct cx *cx, const struct json_t *from,
    const struct claim_place *places, struct json_t *to);
bool claim_places_has(const struct claim_place *places, struct span claim);

/* Members that the table does not know, as they are; none replaces one that
 * is there. */
void claim_places_rest(struct cx *cx, const struct json_t *from,
    const struct claim_place *places, struct json_t *to);

/* A text, or a number as text; SPAN_NONE when it is neither. */
struct span claim_places_scalar(struct cx *cx, const struct json_t *value);

/* The texts of an array; what else is in it is skipped. */
void claim_places_texts(const struct json_t *from, struct json_t *list);

#endif
