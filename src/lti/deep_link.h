/*
 * deep_link.h - the answer to a deep linking request
 *
 * Layer  lti (pure)
 * Gives  the claims of the LtiDeepLinkingResponse, made of the tool's items
 *        and cut down to what the LMS accepts; the form that carries it
 * Owns   nothing: what is written shares values with the body and the claims
 * Fails  SERVICE_NOT_IN_CONTEXT: the launch was no deep linking request;
 *        CONTENT_ITEM_REFUSED, told: "contentItems[0].url ...";
 *        PARAMETER_REFUSED, told: the body or its options
 * Spec   LTI Deep Linking 2.0, 4.4 (settings) and 4.5 (response)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_DEEP_LINK_H
#define LTI_DEEP_LINK_H

#include "base/fault.h"
#include "base/span.h"
#include "json/jshape.h"

struct cx;
struct json_t;

/* The body, for the API's documentation. deep_link_write checks it itself:
 * items of a type that the specification does not know pass as they are. */
extern const struct jshape deep_link_shape[];

enum { DEEP_LINK_LIFE = 600 }; /* seconds the signed answer is good for */

struct deep_link_args {
	const struct json_t *claims; /* of the request, as signed */
	const struct json_t *body;   /* contentItems, options, extra members */
	struct span issuer, client_id;
	struct span launch_url; /* ours: where links must lead, or below it;
				 * empty: they may lead anywhere */
	struct span nonce;      /* fresh */
	int64_t now;
};

struct deep_link {
	struct json_t *message; /* claims, to be signed; what the body has
				 * besides is in it, under its own names */
	struct span return_url; /* where the browser takes them */
	struct json_t *dropped; /* [{"index", "type", "member"?, "reason"}] */
	size_t sent;            /* items */
};

/* With an error (errMessage, errLog) no items are sent. */
enum fault deep_link_write(struct cx *cx, const struct deep_link_args *args,
    struct deep_link *out) MUST_USE;

/* <form id="ltiaas_dl" ...>...<script>...submit()</script>: posts itself, and
 * by its button where scripts do not run. return_url and jwt are escaped. */
struct span deep_link_form(
    struct cx *cx, struct span return_url, struct span jwt);

#endif
