/*
 * canvas_config.h - the JSON that Canvas's "Enter URL" method reads
 *
 * Layer  lti (pure)
 * Gives  the configuration, from the same settings as a registration
 * Owns   nothing
 * Fails  REGISTRATION_NOT_READY: no name is set
 * Spec   Canvas LMS, "Configuring LTI 1.3 tools": JSON configuration of a
 *        developer key
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_CANVAS_CONFIG_H
#define LTI_CANVAS_CONFIG_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct json_t;

struct canvas_config_args {
	const struct json_t *settings; /* tool_settings_whole */
	struct span public_url, domain, key_set_url;
	struct span privacy_level; /* of the URL, or empty */
};

enum fault canvas_config_write(struct cx *cx,
    const struct canvas_config_args *args, struct json_t **out) MUST_USE;

#endif
