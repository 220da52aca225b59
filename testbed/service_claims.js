// SPDX-License-Identifier: Apache-2.0
// What a launch says of the services, and what the services learn of the
// launch: its course, its link, who came.

import { addOwnItem, itemOfLink } from './line_items.js';
import { addCourse, bookOf } from './service_book.js';
import { serviceProfile } from './service_profile.js';
import { fillValues } from './templates.js';

const NOTICES = 'https://purl.imsglobal.org/spec/lti/scope/noticehandlers';
const PNS =
  'https://purl.imsglobal.org/spec/lti/claim/platformnotificationservice';
const AGS = 'https://purl.imsglobal.org/spec/lti-ags/';
const NRPS = 'https://purl.imsglobal.org/spec/lti-nrps/';

export const noticeTypes = ['LtiHelloWorldNotice',
  'LtiAssetProcessorSubmissionNotice', 'LtiContextCopyNotice'];

export function enrol(lms, { tool, launch, link, user, names, message }) {
  const book = bookOf(lms, tool);
  addCourse(book, launch.context);
  if (message !== 'LtiDeepLinkingRequest') book.links.add(link.id);
  const subject = names['user.sub'];
  if (typeof subject === 'string') book.visitors.set(subject, user);
}

// The item of this launch's link. A review is always about one.
function itemOf(lms, { tool, launch, link, message, profileData }, review) {
  if (message === 'LtiDeepLinkingRequest') return null;
  const found = itemOfLink(lms, { tool }, launch.context.id, link.id);
  if (found || !review) return found;
  return addOwnItem(lms, tool, serviceProfile(profileData), launch.context,
    { label: link.title, scoreMaximum: 100, resourceLinkId: link.id });
}

// A deep-linked activity that came with a line item has it from then on.
export function coupleItem(lms, { tool, launch, profileData }, activity) {
  addOwnItem(lms, tool, serviceProfile(profileData), launch.context, {
    label: activity.title, ...activity.lineItem,
    resourceLinkId: activity.linkId });
}

export function serviceClaims(lms, attempt) {
  const { launch: { services }, tool: { scopes } } = attempt;
  const grades = scopes.filter((scope) => scope.startsWith(`${AGS}scope/`));
  const review = attempt.message === 'LtiSubmissionReviewRequest';
  const members = scopes.some((scope) => scope.startsWith(NRPS));
  const item = itemOf(lms, attempt, review);
  const url = (text) => fillValues(text, { ...attempt.names,
    'item.id': item?.id ?? '' });
  return {
    ...(services.lineitems && (grades.length > 0 || review)
      ? { [`${AGS}claim/endpoint`]: { scope: grades,
        lineitems: url(services.lineitems),
        ...(item ? { lineitem: url(services.linkItem ?? services.lineitem) }
          : {}) } } : {}),
    ...(services.memberships && members
      ? { [`${NRPS}claim/namesroleservice`]: {
        context_memberships_url: url(services.memberships),
        service_versions: services.versions } } : {}),
    ...(services.notices && scopes.includes(NOTICES)
      ? { [PNS]: { service_versions: ['1.0'], scope: [NOTICES],
        platform_notification_service_url: url(services.notices),
        notice_types_supported: noticeTypes } } : {}),
  };
}
