/*
 * launch_target.h - where a launch goes
 *
 * Layer  lti (pure)
 * Gives  the tool's URL for a launch, and the judgement which URLs may be one
 * Owns   nothing
 * Fails  NO_LAUNCH_URL: the operator has set none
 * Spec   LTI Core 1.3, 5.3.4 (target_link_uri); docs/api.md (settings)
 *
 * The signed target_link_uri decides; it leads only where the settings allow:
 * launchUrl, deepLinkingUrl, submissionReviewUrl, the messages'
 * targetLinkUri, allowedUrls, and what is below one of these. What is not
 * allowed falls back to the launch URL.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_LAUNCH_TARGET_H
#define LTI_LAUNCH_TARGET_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct json_t;

struct launch_target_args {
	const struct json_t *settings; /* tool_settings_whole */
	struct span public_url;        /* ours */
	/* Of the platform: {"<key>": "<URL>"} for /lti/launch?to=<key>, and
	 * where all its launches go; empty: as the settings say. */
	const struct json_t *targets;
	struct span own;
	struct span message, target; /* of the launch */
	struct span item; /* URL of the content that target names; or empty */
};

struct launch_target {
	struct span url; /* with the link's own query, without ltik */
	bool fell_back;  /* the wish was not allowed */
};

/* A link of the picker is LAUNCH_TARGET_CONTENT and the content's id behind
 * /lti/launch?to=. The id, or empty. */
#define LAUNCH_TARGET_CONTENT "content-"
struct span launch_target_content(struct span public_url, struct span target);

enum fault launch_target_find(struct cx *cx,
    const struct launch_target_args *args, struct launch_target *out) MUST_USE;

bool launch_target_is_allowed(const struct json_t *settings, struct span url);

#endif
