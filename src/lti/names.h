/*
 * names.h - the long names of the LTI specifications, once
 *
 * Layer  lti (pure)
 * Gives  claim and scope names as constants
 * Owns   nothing
 * Fails  -
 * Spec   LTI Core 1.3; LTI Deep Linking 2.0; LTI Submission Review 1.0; LTI
 *        1.3 Migration Guide; LTI Dynamic Registration 1.0; Assignment and
 * Grade Services 2.0; Names and Role Provisioning Services 2.0
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

/* To read and change the tool's own registration. */
#define SCOPE_REGISTRATION                                                     \
	"https://purl.imsglobal.org/spec/lti-reg/scope/registration"
#define SCOPE_REGISTRATION_READ SCOPE_REGISTRATION ".readonly"

#define SCOPE_NOTICE_HANDLERS                                                  \
	"https://purl.imsglobal.org/spec/lti/scope/noticehandlers"

#define NOTICE_HELLO_WORLD "LtiHelloWorldNotice"
#define NOTICE_CONTEXT_COPY "LtiContextCopyNotice"

#define MESSAGE_RESOURCE_LINK "LtiResourceLinkRequest"
#define MESSAGE_DEEP_LINKING "LtiDeepLinkingRequest"
#define MESSAGE_DEEP_LINKING_REPLY "LtiDeepLinkingResponse"
#define MESSAGE_SUBMISSION_REVIEW "LtiSubmissionReviewRequest"
#define MESSAGE_DATA_PRIVACY "DataPrivacyLaunchRequest"

/* All that the LTI specifications name begins so. */
#define CLAIM_FAMILY "https://purl.imsglobal.org/spec/lti"

#define CLAIM "https://purl.imsglobal.org/spec/lti/claim/"
#define CLAIM_MESSAGE CLAIM "message_type"
#define CLAIM_VERSION CLAIM "version"
#define CLAIM_DEPLOYMENT CLAIM "deployment_id"
#define CLAIM_TARGET CLAIM "target_link_uri"
#define CLAIM_RESOURCE_LINK CLAIM "resource_link"
#define CLAIM_ROLES CLAIM "roles"
#define CLAIM_MENTOR CLAIM "role_scope_mentor"
#define CLAIM_CONTEXT CLAIM "context"
#define CLAIM_CUSTOM CLAIM "custom"
#define CLAIM_LIS CLAIM "lis"
#define CLAIM_PRESENTATION CLAIM "launch_presentation"
#define CLAIM_TOOL_PLATFORM CLAIM "tool_platform"
#define CLAIM_FOR_USER CLAIM "for_user"
#define CLAIM_NOTICES CLAIM "platformnotificationservice"
#define CLAIM_NOTICE CLAIM "notice"
#define CLAIM_ORIGIN_CONTEXTS CLAIM "origin_contexts"
#define CLAIM_MIGRATION CLAIM "lti1p1"

#define CLAIM_DEEP_LINKING "https://purl.imsglobal.org/spec/lti-dl/claim/"
#define CLAIM_DL_SETTINGS CLAIM_DEEP_LINKING "deep_linking_settings"
#define CLAIM_DL_ITEMS CLAIM_DEEP_LINKING "content_items"
#define CLAIM_DL_DATA CLAIM_DEEP_LINKING "data"
#define CLAIM_DL_MESSAGE CLAIM_DEEP_LINKING "msg"
#define CLAIM_DL_LOG CLAIM_DEEP_LINKING "log"
#define CLAIM_DL_ERROR_MESSAGE CLAIM_DEEP_LINKING "errormsg"
#define CLAIM_DL_ERROR_LOG CLAIM_DEEP_LINKING "errorlog"

#define CLAIM_GRADES "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
#define CLAIM_ROSTER                                                           \
	"https://purl.imsglobal.org/spec/lti-nrps/claim/"                      \
	"namesroleservice"
#define CLAIM_OUTCOMES                                                         \
	"https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome"

#define LTI_VERSION "1.3.0"

/* Canvas's own members and placements all begin so. */
#define CANVAS_NAME "https://canvas.instructure.com/lti/"

#endif
