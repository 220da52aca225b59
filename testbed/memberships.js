// SPDX-License-Identifier: Apache-2.0
// The members of a course, in the form of this LMS.

import { json } from './line_items.js';
import { namesOfPerson } from './id_token.js';
import { pageOf } from './paging.js';
import { rolesOf, rosterOf, subjectOf } from './roster.js';
import { refuse } from './service_refusals.js';
import { fillValues, mergePatch } from './templates.js';

const MEMBERSHIP = 'http://purl.imsglobal.org/vocab/lis/v2/membership#';
const LTI = 'https://purl.imsglobal.org/spec/lti/claim/';
const nameMembers = ['name', 'given_name', 'family_name', 'middle_name'];

const whole = (role) => /^https?:/.test(role) ? role : MEMBERSHIP + role;

const short = (roles) => roles.filter((role) => role.startsWith(MEMBERSHIP))
  .map((role) => role.slice(MEMBERSHIP.length));

// The same rule as for ID tokens: what the tool did not ask for stays here.
function hidden({ tool, services }, name) {
  if (services.profile.launch.privacy !== 'claims'
    || !Array.isArray(tool.claims)) return false;
  const asks = (names) => names.some((one) => tool.claims.includes(one));
  return (nameMembers.includes(name) && !asks(nameMembers))
    || (name === 'email' && !asks(['email']));
}

function memberView(call, person, link) {
  const { services: { profile, membership }, names } = call;
  const roles = rolesOf(profile, person);
  const member = fillValues(membership.member, { ...names,
    ...namesOfPerson(person), 'user.sub': subjectOf(profile, person),
    'member.status': person.status ?? 'Active',
    'member.roles': membership.roles === 'short' && !person.roles
      ? short(roles) : roles });
  const shown = Object.fromEntries(Object.entries(member).filter(([name]) =>
    !hidden(call, name)));
  if (person.middle_name) shown.middle_name = person.middle_name;
  if (person.picture) shown.picture = person.picture;
  if (link) shown.message = [messageOf(link)];
  return person.member ? mergePatch(shown, person.member) : shown;
}

const messageOf = ({ custom }) => ({
  [`${LTI}message_type`]: 'LtiResourceLinkRequest',
  ...(Object.keys(custom).length > 0 ? { [`${LTI}custom`]: custom } : {}),
});

function linkOf({ lms, tool, book }, id) {
  const activity = [...lms.book.activities.values()].find((one) =>
    one.toolId === tool.id && one.linkId === id);
  if (activity) {
    return { custom: { ...tool.custom_parameters, ...activity.custom } };
  }
  return book.links.has(id) ? { custom: {} } : null;
}

// Who has the role asked for, counted through once; all of them otherwise.
function selected({ services: { profile }, request: { query }, book }) {
  const { count, person } = rosterOf(book);
  const role = query.get('role');
  const since = Number(query.get('since') ?? 0);
  if (since > book.rosterAt) return { count: 0, person };
  if (!role) return { count, person };
  const list = [];
  for (let index = 0; index < count; index += 1) {
    const one = person(index);
    if (rolesOf(profile, one).map(whole).includes(whole(role))) list.push(one);
  }
  return { count: list.length, person: (index) => list[index] };
}

export function membershipsAnswer(call) {
  const { services: { membership, paging }, names, record, request } = call;
  const id = request.query.get('rlid');
  const link = id === null ? null : linkOf(call, id);
  if (id !== null && !link) {
    return refuse(call, 'link', 'The resource link is not known here');
  }
  const { count, person } = selected(call);
  const page = pageOf(call, count, paging.memberships);
  const members = [];
  for (let index = page.from; index < page.to; index += 1) {
    members.push(memberView(call, person(index), link));
  }
  return json(200, membership.contentType, {
    id: membership.id === 'request' ? record.url : record.url.split('?')[0],
    context: fillValues(membership.context, names), members,
  }, page.headers);
}
