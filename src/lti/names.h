/*
 * names.h - the long names of the LTI specifications, once
 *
 * Layer  lti (pure)
 * Gives  claim and scope names as constants
 * Owns   nothing
 * Fails  -
 * Spec   LTI Dynamic Registration 1.0; Assignment and Grade Services 2.0;
 *        Names and Role Provisioning Services 2.0
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_NAMES_H
#define LTI_NAMES_H

#define PLATFORM_CONFIGURATION                                                 \
	"https://purl.imsglobal.org/spec/lti-platform-configuration"
#define TOOL_CONFIGURATION                                                     \
	"https://purl.imsglobal.org/spec/lti-tool-configuration"

#define SCOPE_LINE_ITEM "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"
#define SCOPE_LINE_ITEM_READ SCOPE_LINE_ITEM ".readonly"
#define SCOPE_RESULT_READ                                                      \
	"https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
#define SCOPE_SCORE "https://purl.imsglobal.org/spec/lti-ags/scope/score"
#define SCOPE_MEMBERSHIP                                                       \
	"https://purl.imsglobal.org/spec/lti-nrps/scope/"                      \
	"contextmembership.readonly"

#define MESSAGE_RESOURCE_LINK "LtiResourceLinkRequest"
#define MESSAGE_DEEP_LINKING "LtiDeepLinkingRequest"

/* Canvas's own members and placements all begin so. */
#define CANVAS_NAME "https://canvas.instructure.com/lti/"

#endif
