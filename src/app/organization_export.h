/*
 * organization_export.h - what lists of the API do not have of an organisation
 *
 * Layer  app
 * Gives  its deployments, on platforms of others too, and its scores, page by
 *        page; the event that says that it was exported
 * Owns   nothing
 * Fails  as db.h, and as the visit
 *
 * Its launches: kept_launches.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_ORGANIZATION_EXPORT_H
#define APP_ORGANIZATION_EXPORT_H

#include <stdbool.h>

#include "base/fault.h"
#include "store/deployments.h"
#include "store/scores.h"

struct cx;
struct gateway;
struct json_t;

typedef enum fault organization_export_deployment(
    struct cx *cx, const struct deployment *row, void *arg);
enum fault organization_export_deployments(struct gateway *gateway,
    struct cx *cx, struct span id, organization_export_deployment *visit,
    void *arg) MUST_USE;

/* body: as the tool sent it; NULL once the score is over, and where it
 * cannot be opened. */
typedef enum fault organization_export_score(struct cx *cx,
    const struct score_row *row, const struct json_t *body, void *arg);
enum fault organization_export_scores(struct gateway *gateway, struct cx *cx,
    struct span id, organization_export_score *visit, void *arg) MUST_USE;

struct organization_exported {
	struct span id;
	int64_t lines;
	bool people; /* with launches and scores */
	bool whole;  /* or it was cut off */
};
enum fault organization_export_note(struct gateway *gateway, struct cx *cx,
    const struct organization_exported *exported) MUST_USE;

#endif
