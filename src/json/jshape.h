/*
 * jshape.h - what a JSON object must look like, as a table
 *
 * Layer  json
 * Gives  struct jshape, and the check that names the member that is wrong;
 *        openapi.json is written from the same tables
 * Owns   nothing
 * Fails  PARAMETER_REFUSED, told: "messages[0].type must be a string"
 *
 * Members that the table does not know pass.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef JSON_JSHAPE_H
#define JSON_JSHAPE_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct json_t;

enum jshape_type {
	JSHAPE_TEXT,
	JSHAPE_URL,    /* absolute http or https URL, or empty */
	JSHAPE_CHOICE, /* one of choices */
	JSHAPE_BOOL,
	JSHAPE_INTEGER, /* not negative */
	JSHAPE_NUMBER,
	JSHAPE_OBJECT,    /* of shape members, or any when there are none */
	JSHAPE_TEXTS,     /* array of strings */
	JSHAPE_URLS,      /* array of URLs */
	JSHAPE_OBJECTS,   /* array of objects of shape members */
	JSHAPE_TEXT_MAP,  /* object whose values are strings */
	JSHAPE_TEXTS_MAP, /* object whose values are arrays of strings */
	JSHAPE_TEXTS_MAP_MAP,
};

struct jshape {
	const char *name; /* NULL ends the table */
	enum jshape_type type;
	bool required; /* and, for text, not empty */
	unsigned max;  /* bytes of a text, items of an array; 0: see below */
	const struct jshape *members;
	const char *const *choices; /* ended by NULL */
	const char *about;          /* for the API's documentation */
	bool or_null;               /* of what we answer: a bool, or unknown */
};

enum { JSHAPE_TEXT_MAX = 2000, JSHAPE_ITEMS_MAX = 200 };

enum fault jshape_check(struct cx *cx, const struct json_t *object,
    const struct jshape *shape) MUST_USE;

#endif
