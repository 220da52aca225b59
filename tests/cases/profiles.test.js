// SPDX-License-Identifier: Apache-2.0
// Every LMS, as it really behaves: what it is asked, what is kept of its
// answer, and a second registration of the same tool.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { issuerExceptions } from '../../testbed/testbed.js';
import { startGateway } from '../support/gateway.js';
import {
  AGS, CANVAS, documentOf, messageIn, NRPS, readsOf, registrationsOf,
  requestTo, startLms, toolIn,
} from '../support/lms.js';
import { referenceIn, titleOf, wordsOf } from '../support/pages.js';

const services = [`${AGS}lineitem`, `${AGS}lineitem.readonly`,
  `${AGS}result.readonly`, `${AGS}score`, NRPS];
const person = ['name', 'given_name', 'family_name', 'email'];

// What differs between them; the common part is in the cases.
const expected = {
  'moodle-4.5': { bearer: true, family: 'moodle', placements: ['ContentArea'],
    claims: person, deployment: true, name: /^Moodle at .*moodle-45/ },
  'canvas-cloud': { bearer: true, family: 'canvas',
    claims: [...person, 'picture', 'locale'], deployment: true,
    placements: [`${CANVAS}assignment_selection`, `${CANVAS}link_selection`],
    canvas: true, name: /^Testbed School/ },
  brightspace: { bearer: false, family: 'desire2learn',
    placements: ['ContentArea'], claims: person, deployment: false,
    name: /^Brightspace at / },
  blackboard: { bearer: false, family: 'BlackboardLearn', placements: undefined,
    claims: person, deployment: false, name: /^Blackboard at / },
  sakai: { bearer: true, family: 'sakailms.org', placements: undefined,
    claims: [...person, 'picture', 'locale'], deployment: true,
    name: /^Sakai at / },
  ilias: { bearer: true, family: 'ilias', placements: undefined,
    claims: person, deployment: true, name: /^ILIAS at / },
};

const lms = await startLms();
const gateway = await startGateway();
after(async () => {
  await lms.close();
  await gateway.close();
});

// Canvas lets a tool change its registration.
const REG = 'https://purl.imsglobal.org/spec/lti-reg/scope/registration';

const platformOf = async (exchange) => {
  const query = new URLSearchParams({ clientId: exchange.registration.client_id,
    url: exchange.issuer });
  const { body } = await gateway.api('GET', `/admin/platforms?${query}`);
  assert.equal(body.platforms.length, 1);
  return body.platforms[0];
};
const platformCount = async () =>
  (await gateway.api('GET', '/admin/platforms')).body.platforms.length;
const deploymentsOf = async (platform) => {
  const { body } =
    await gateway.api('GET', `/admin/platforms/${platform.id}/report`);
  return body.deployments.map((row) => row.deploymentId);
};

function checkRequest(exchange, wish) {
  const request = requestTo(exchange);
  const tool = toolIn(request);
  const base = gateway.url;
  assert.equal(request.application_type, 'web');
  assert.deepEqual(request.grant_types, ['implicit', 'client_credentials']);
  assert.deepEqual(request.response_types, ['id_token']);
  assert.equal(request.token_endpoint_auth_method, 'private_key_jwt');
  assert.equal(request.client_name, 'Acme Courses');
  assert.equal(request.initiate_login_uri, `${base}/lti/login`);
  assert.deepEqual(request.redirect_uris, [`${base}/lti/launch`]);
  assert.equal(request.jwks_uri, `${base}/lti/keys`);
  assert.deepEqual(request.scope.split(' '),
    wish.canvas ? [...services, REG, `${REG}.readonly`] : services);
  assert.equal(tool.domain, `localhost:${gateway.port}`);
  assert.equal(tool.target_link_uri, `${base}/lti/launch`);
  assert.deepEqual(tool.claims.toSorted(),
    ['iss', 'sub', ...wish.claims].toSorted());
  assert.deepEqual(tool.messages.map((message) => message.type),
    ['LtiResourceLinkRequest', 'LtiDeepLinkingRequest']);
  assert.deepEqual(messageIn(request, 'LtiDeepLinkingRequest').placements,
    wish.placements);
  assert.equal(messageIn(request, 'LtiResourceLinkRequest').placements,
    undefined);
  assert.deepEqual(Object.keys(tool).filter((name) => name.startsWith(CANVAS)),
    wish.canvas ? [`${CANVAS}privacy_level`, `${CANVAS}tool_id`,
      `${CANVAS}vendor`] : []);
}

for (const [name, wish] of Object.entries(expected)) {
  test(`D01 ${name} registers the tool`, async () => {
    const { exchange, page } = await lms.add(gateway, name);
    assert.equal(page.status, 200, page.text);
    assert.equal(exchange.state, 'registered');
    assert.match(page.text, /org\.imsglobal\.lti\.close/);
    assert.equal(titleOf(page), 'Acme Courses is registered');
    assert.ok(wordsOf(page).includes(exchange.registration.client_id));
    assert.equal(readsOf(exchange).length, 1);
    assert.equal(registrationsOf(exchange).length, 1);

    const post = registrationsOf(exchange)[0];
    assert.equal(post.headers.authorization,
      wish.bearer ? `Bearer ${exchange.token.text}` : undefined);
    assert.equal(readsOf(exchange)[0].headers.authorization, undefined);
    checkRequest(exchange, wish);

    const platform = await platformOf(exchange);
    const document = documentOf(exchange);
    assert.equal(platform.url, document.issuer);
    assert.equal(platform.authenticationEndpoint,
      document.authorization_endpoint);
    assert.equal(platform.accesstokenEndpoint, document.token_endpoint);
    assert.deepEqual(platform.authConfig,
      { method: 'JWK_SET', key: document.jwks_uri });
    assert.equal(platform.authorizationServer,
      /^http/.test(document.authorization_server)
        ? document.authorization_server : document.token_endpoint);
    assert.equal(platform.familyCode, wish.family);
    assert.match(platform.name, wish.name);
    assert.equal(platform.active, false);
    assert.equal(platform.origin, 'dynamic');
    assert.deepEqual(await deploymentsOf(platform), wish.deployment
      ? [exchange.registration.deployment_id] : []);
  });

  test(`D01 ${name} registers by POST`, async () => {
    const { exchange, page } = await lms.add(gateway, name,
      { switches: { launchMethod: 'POST' } });
    assert.equal(page.status, 200, page.text);
    assert.equal(exchange.state, 'registered');
  });
}

test('D01 autoActivate makes a platform active at once', async () => {
  await gateway.settings({ registration: { autoActivate: true } });
  const { exchange, page } = await lms.add(gateway, 'moodle-4.5');
  await gateway.settings({});
  assert.equal((await platformOf(exchange)).active, true);
  assert.doesNotMatch(wordsOf(page), /approves new registrations/);
});

test('D03 activation by API persists over a restart', async () => {
  const { exchange } = await lms.add(gateway, 'moodle-4.5');
  const { id } = await platformOf(exchange);
  const active = async () =>
    (await gateway.api('GET', `/admin/platforms/${id}`)).body.active;
  assert.equal(await active(), false);
  await gateway.api('POST', `/admin/platforms/${id}/activate`);
  assert.equal(await active(), true);
  await gateway.restart();
  assert.equal(await active(), true);
  await gateway.api('POST', `/admin/platforms/${id}/deactivate`);
  assert.equal(await active(), false);
});

test('DR6 Moodle 3.10 is refused with the member that it lacks', async () => {
  const before = await platformCount();
  const { exchange, page } = await lms.add(gateway, 'moodle-3.10');
  assert.equal(page.status, 502);
  assert.match(wordsOf(page), /no member "authorization_endpoint"/);
  assert.equal(registrationsOf(exchange).length, 0);
  assert.equal(await platformCount(), before);
});

test('A13 a self-hosted Canvas needs somebody who vouches for it', async () => {
  const { exchange, page } = await lms.add(gateway, 'canvas-selfhosted');
  assert.equal(page.status, 400);
  assert.match(wordsOf(page), /canvas-selfhosted\.localhost:\d+ but names the issuer https:\/\/canvas\.instructure\.com/);
  assert.equal(registrationsOf(exchange).length, 0);
  await gateway.restart({ LTIGATE_ISSUER_EXCEPTIONS: '*.canvas-selfhosted.'
    + `localhost=https://canvas.instructure.com,${issuerExceptions}` });
  const again = await lms.add(gateway, 'canvas-selfhosted');
  assert.equal(again.exchange.state, 'registered', again.page.text);
});

test('D01 an older ILIAS joins its parameters with &', async () => {
  const { exchange, page } = await lms.add(gateway, 'ilias',
    { switches: { launchJoin: 'ampersand' } });
  assert.match(exchange.launchUrl, /\/lti\/register&openid_configuration=/);
  assert.equal(page.status, 200, page.text);
  assert.equal(exchange.state, 'registered');
});

test('D01 two sites of one LMS are two platforms', async () => {
  const one = await lms.add(gateway, 'moodle-4.5', { site: 'north' });
  const two = await lms.add(gateway, 'moodle-4.5', { site: 'south' });
  assert.notEqual((await platformOf(one.exchange)).id,
    (await platformOf(two.exchange)).id);
});

test('D67 a second platform of the same name is told apart by its client id', async () => {
  const first = await lms.add(gateway, 'moodle-4.5', { site: 'twice' });
  const second = await lms.add(gateway, 'moodle-4.5', { site: 'twice' });
  const { name } = await platformOf(first.exchange);
  const other = await platformOf(second.exchange);
  assert.equal(other.name, `${name} (${other.clientId})`);
});

for (const name of ['moodle-4.5', 'canvas-cloud']) {
  test(`D65 ${name} updates the tool that it knows`, async () => {
    const site = 'update';
    const first = await lms.add(gateway, name, { site });
    const platform = await platformOf(first.exchange);
    await gateway.api('POST', `/admin/platforms/${platform.id}/activate`);
    const again = await lms.add(gateway, name, { site, update: true,
      headers: { accept: 'application/json' } });
    assert.equal(again.page.status, 200, again.page.text);
    assert.equal(again.exchange.state, 'updated');
    const answer = again.page.json();
    assert.equal(answer.updated, true);
    assert.equal(answer.platformId, platform.id);
    assert.equal((await platformOf(again.exchange)).active, true);
    assert.equal((await platformOf(again.exchange)).name, platform.name);
  });
}

test('D65 an update is told as one to the person', async () => {
  const site = 'told';
  await lms.add(gateway, 'moodle-4.5', { site });
  const { page } = await lms.add(gateway, 'moodle-4.5', { site, update: true });
  assert.equal(titleOf(page), 'Acme Courses was updated');
});

test('A14 the same pair with other endpoints is a conflict', async () => {
  const site = 'conflict';
  const first = await lms.add(gateway, 'moodle-4.5', { site });
  const platform = await platformOf(first.exchange);
  const before = await platformCount();
  const { exchange, page } = await lms.add(gateway, 'moodle-4.5', { site,
    switches: { clientId: 'existing', patchConfiguration: {
      token_endpoint: '{{config}}/mod/lti/other.php' } } });
  assert.equal(exchange.registration.client_id,
    first.exchange.registration.client_id);
  assert.equal(page.status, 409);
  assert.equal(titleOf(page), 'This LMS is registered already');
  assert.ok(wordsOf(page).includes(platform.clientId));
  assert.ok(referenceIn(page));
  assert.deepEqual(await platformOf(first.exchange), platform);
  assert.equal(await platformCount(), before);
});

test('A15 another organisation cannot take a platform', async () => {
  const site = 'taken';
  const links = [];
  for (const name of ['North', 'South']) {
    const { body } = await gateway.api('POST', '/admin/organizations',
      { name });
    links.push((await gateway.api('POST', '/admin/registration-links',
      { organizationId: body.id })).body.url);
  }
  const first = await lms.add(gateway, 'moodle-4.5',
    { site, toolUrl: links[0] });
  const platform = await platformOf(first.exchange);
  const { page } = await lms.add(gateway, 'moodle-4.5', { site,
    toolUrl: links[1], switches: { clientId: 'existing' } });
  assert.equal(page.status, 409);
  assert.deepEqual(await platformOf(first.exchange), platform);
});
