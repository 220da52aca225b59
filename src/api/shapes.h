/*
 * shapes.h - the bodies that the API takes and gives, as tables
 *
 * Layer  api
 * Gives  shapes for checking requests and for openapi.json
 * Owns   nothing
 * Fails  -
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef API_SHAPES_H
#define API_SHAPES_H

#include "json/jshape.h"

/* Bodies taken. */
extern const struct jshape shape_platform_create[];
extern const struct jshape shape_platform_patch[];
extern const struct jshape shape_organization[];
extern const struct jshape shape_link[];
extern const struct jshape shape_api_key[];
extern const struct jshape shape_consumer[];
extern const struct jshape shape_notices[];
extern const struct jshape shape_rotate[];
extern const struct jshape shape_deployment_patch[];

/* Bodies given. */
extern const struct jshape shape_registration[];
extern const struct jshape shape_registrations[];
extern const struct jshape shape_completed[];
extern const struct jshape shape_rejected[];
extern const struct jshape shape_platform[];
extern const struct jshape shape_platforms[];
extern const struct jshape shape_report[];
extern const struct jshape shape_deployments[];
extern const struct jshape shape_deployment_given[];
extern const struct jshape shape_id_token[];
extern const struct jshape shape_deep_linking[];
extern const struct jshape shape_deep_linking_form[];
extern const struct jshape shape_line_items[];
extern const struct jshape shape_results[];
extern const struct jshape shape_memberships[];
extern const struct jshape shape_queued_score[];
extern const struct jshape shape_service_keys[];
extern const struct jshape shape_revoked[];
extern const struct jshape shape_person[];
extern const struct jshape shape_forgotten[];
extern const struct jshape shape_user[];
extern const struct jshape shape_user_patch[];
extern const struct jshape shape_user_given[];
extern const struct jshape shape_user_invited[];
extern const struct jshape shape_users[];
extern const struct jshape shape_invitation[];
extern const struct jshape shape_ended[];
extern const struct jshape shape_session[];
extern const struct jshape shape_sign_in[];
extern const struct jshape shape_sessions[];
extern const struct jshape shape_invitation_token[];
extern const struct jshape shape_invitation_facts[];
extern const struct jshape shape_acceptance[];
extern const struct jshape shape_password_change[];
extern const struct jshape shape_profile[];
extern const struct jshape shape_provider_url[];
extern const struct jshape shape_deployment_add[];
extern const struct jshape shape_tool_card[];
extern const struct jshape shape_organizations[];
extern const struct jshape shape_organization_given[];
extern const struct jshape shape_links[];
extern const struct jshape shape_link_given[];
extern const struct jshape shape_content[];
extern const struct jshape shape_contents[];
extern const struct jshape shape_imported[];
extern const struct jshape shape_api_keys[];
extern const struct jshape shape_consumers[];
extern const struct jshape shape_notices_taken[];
extern const struct jshape shape_consumer_given[];
extern const struct jshape shape_api_key_given[];
extern const struct jshape shape_keys[];
extern const struct jshape shape_key_set[];
extern const struct jshape shape_events[];
extern const struct jshape shape_usage[];
extern const struct jshape shape_status[];
extern const struct jshape shape_any[];

#endif
