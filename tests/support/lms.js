// SPDX-License-Identifier: Apache-2.0
// The testbed LMS on the other side of a gateway: one a file, closed at its
// end.
//
//   const lms = await startLms();
//   const { exchange, page } = await lms.add(gateway, 'moodle-4.5', {
//     switches: { answer: 'errors-422' }, query: 'privacyLevel=anonymous' });
//   page.status, page.text          what the LMS's frame shows
//   requestTo(exchange)             the registration request, as an object
//   toolIn(requestTo(exchange))     the tool configuration in it
//
// add() begins an exchange and opens its launch URL as the LMS's frame would;
// `site` is a fresh one each time unless given, so that exchanges do not meet.
// `toolUrl` replaces the registration URL, `query` is added to it, `headers`
// go with the opening. begin() begins only; enter(gateway, exchange) opens.
// wait() is add() in mode pre-approval, and gives the registrationId too.

import assert from 'node:assert/strict';
import { startTestbed } from '../../testbed/testbed.js';

export const TOOL = 'https://purl.imsglobal.org/spec/lti-tool-configuration';
export const PLATFORM =
  'https://purl.imsglobal.org/spec/lti-platform-configuration';
export const CANVAS = 'https://canvas.instructure.com/lti/';
export const AGS = 'https://purl.imsglobal.org/spec/lti-ags/scope/';
export const NRPS =
  'https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly';

export const profileNames = ['moodle-3.10', 'moodle-4.5', 'canvas-cloud',
  'canvas-selfhosted', 'brightspace', 'blackboard', 'sakai', 'ilias'];

export const registrationsOf = (exchange) =>
  exchange.requests.filter((request) => request.kind === 'registration');
export const readsOf = (exchange) =>
  exchange.requests.filter((request) => request.kind === 'configuration');
export const requestTo = (exchange) =>
  JSON.parse(registrationsOf(exchange).at(-1).body);
export const toolIn = (request) => request[TOOL];
export const messageIn = (request, type) =>
  toolIn(request).messages.find((message) => message.type === type);
export const documentOf = (exchange) =>
  JSON.parse(readsOf(exchange).at(-1).answerBody);

export const enter = (gateway, exchange, headers = {}) =>
  gateway.open(exchange.launchUrl, { headers,
    form: exchange.method === 'POST' ? exchange.form : undefined });

export async function startLms(options) {
  const testbed = await startTestbed(options);
  let sites = 0;

  const begin = (gateway, profile, { query, toolUrl, site, ...rest } = {}) => {
    const url = toolUrl ?? gateway.registerUrl;
    const joint = url.includes('?') ? '&' : '?';
    sites += 1;
    return testbed.begin(profile, {
      toolUrl: query ? url + joint + query : url,
      site: site ?? `s${sites}`,
      ...rest,
    });
  };
  const add = async (gateway, profile, { headers, ...options } = {}) => {
    const exchange = await begin(gateway, profile, options);
    return { exchange, page: await enter(gateway, exchange, headers) };
  };
  const wait = async (gateway, profile, options) => {
    const { exchange, page } = await add(gateway, profile, options);
    assert.equal(page.status, 302, page.text);
    const id = new URL(page.location).searchParams.get('registrationId');
    return { exchange, page, id, path: `/api/registrations/${id}` };
  };
  return { ...testbed, begin, enter, add, wait };
}
