/*
 * line_item.h - line items and results between the tool and an LMS
 *
 * Layer  lti (pure)
 * Gives  the check of a line item that the tool sends, what LMSs answer
 *        brought into LTIAAS's form
 * Owns   nothing: what the readers give shares values with what was read
 * Fails  line_item_check: PARAMETER_REFUSED, naming the member;
 *        the readers: SERVICE_REPLY_MALFORMED
 * Spec   Assignment and Grade Services 2.0, 3.2 and 3.3; docs/api.md
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_LINE_ITEM_H
#define LTI_LINE_ITEM_H

#include "base/fault.h"
#include "base/span.h"
#include "json/jshape.h"

struct cx;
struct json_t;

#define LINE_ITEM_TYPE "application/vnd.ims.lis.v2.lineitem+json"
#define LINE_ITEMS_TYPE "application/vnd.ims.lis.v2.lineitemcontainer+json"
#define RESULTS_TYPE "application/vnd.ims.lis.v2.resultcontainer+json"

/* Results of a whole class come at once where the LMS has no pages. */
enum { LINE_ITEMS_VALUES_MAX = 200000 };

extern const struct jshape line_item_shape[];

/* label: not blank; scoreMaximum: above 0; what else is known has its type
 * (resourceLinkId, resourceId, tag, startDateTime, endDateTime: texts;
 * gradesReleased: a boolean), or is null, which is left out. Unknown members
 * go through. *out is the body
 * for the LMS: with "id" when id is not empty, without it otherwise. */
enum fault line_item_check(struct cx *cx, const struct json_t *body,
    struct span id, struct json_t **out) MUST_USE;

/* One line item of an LMS, as it came. One without an id has the id that was
 * asked about; of a new one (id empty) that is a fault. An empty body is what
 * was sent. */
enum fault line_item_read(struct cx *cx, struct span body,
    const struct json_t *sent, struct span id,
    const struct json_t **out) MUST_USE;

/* A container: a list, or (some LMSs) an object with the list as
 * "lineItems", "lineitems" or "results". Its entries are pushed to items as
 * they are; what is no object is left out. An empty body is none. */
enum fault line_items_read(
    struct cx *cx, struct span body, struct json_t *items) MUST_USE;

#endif
