// SPDX-License-Identifier: Apache-2.0
// Which deployments of an LMS may launch, whose they are, and what happens to
// launches of an LMS that is switched off.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CLAIM, enrol } from '../support/enrolled.js';
import { startGateway } from '../support/gateway.js';
import { referenceIn, titleOf } from '../support/pages.js';
import { asJson, faultOf, gatewayFor } from '../support/raw.js';

const gateway = await startGateway();
after(() => gateway.close());

const into = (id, more = {}) =>
  ({ claims: { [`${CLAIM}deployment_id`]: id, ...more } });
const pathOf = (lms, id) => `/admin/platforms/${lms.platform.id}/deployments${
  id === undefined ? '' : `/${encodeURIComponent(id)}`}`;
const patch = async (lms, id, body) => {
  const answer = await gateway.api('PATCH', pathOf(lms, id), body);
  assert.equal(answer.status, 200, answer.text);
};
const known = async (lms) => Object.fromEntries(
  (await gateway.api('GET', pathOf(lms))).body.deployments
    .map(({ deploymentId, allowed }) => [deploymentId, allowed]));
const organization = async (name) => (await gateway.api('POST',
  '/admin/organizations', { name })).body.id;
const switchTo = async (lms, action) => assert.equal((await gateway.api('POST',
  `/admin/platforms/${lms.platform.id}/${action}`)).status, 200);
const REFUSED = 'DEPLOYMENT_NOT_ALLOWED';
const INACTIVE = 'UNREGISTERED_OR_INACTIVE_PLATFORM';

// --- the policy ------------------------------------------------------------

test('CO5 X35 learn: a new deployment is kept and let in', async () => {
  const lms = await enrol(gateway);
  for (const id of ['d', 'D', 'a/b c?&%', 'd']) {
    assert.equal(await lms.outcome(into(id)), 'in');
  }
  assert.deepEqual(await known(lms), { d: true, D: true, 'a/b c?&%': true });
  await patch(lms, 'a/b c?&%', { allowed: false });
  assert.equal(await lms.outcome(into('a/b c?&%')), REFUSED);
  assert.equal(await lms.outcome(into('a/b c?&')), 'in');
});

test('CO5 X35 any: a new deployment is let in and not kept', async (t) => {
  t.after(() => gateway.settings());
  const lms = await enrol(gateway);
  assert.equal(await lms.outcome(into('seen')), 'in');
  await gateway.settings({ deployments: 'any' });
  assert.equal(await lms.outcome(into('new')), 'in');
  assert.deepEqual(await known(lms), { seen: true });
  await patch(lms, 'seen', { allowed: false });
  assert.equal(await lms.outcome(into('seen')), REFUSED);
});

test('CO5 X35 listed: a new deployment is kept and refused until allowed',
  async (t) => {
    t.after(() => gateway.settings());
    const lms = await enrol(gateway);
    assert.equal(await lms.outcome(into('old')), 'in');
    await gateway.settings({ deployments: 'listed' });
    assert.equal(await lms.outcome(into('old')), 'in');
    const refused = await lms.launch(into('new'));
    assert.equal(refused.response.status, 403);
    assert.equal(titleOf(refused.response),
      'The tool is not allowed in this place');
    assert.deepEqual(await known(lms), { old: true, new: false });
    await patch(lms, 'new', { allowed: true });
    // What was refused has not used its login up.
    const again = await lms.post(refused.login, refused.token);
    assert.equal(again.status, 303);
    assert.equal(await lms.outcome(into('new')), 'in');
  });

test('CO5 a deployment that is refused is told, with the way back',
  async () => {
    const lms = await enrol(gateway);
    await lms.launch(into('d'));
    await patch(lms, 'd', { allowed: false });
    const { response } = await lms.launch(into('d', {
      [`${CLAIM}launch_presentation`]: { return_url: `${lms.issuer}/b` } }));
    assert.match(response.text, /href="https:\/\/[^"]*\/b\?lti_errormsg=/);
    const { body } = await gateway.api('GET',
      `/admin/events?reference=${referenceIn(response)}`);
    assert.equal(body.events[0].message, REFUSED);
    assert.match(body.events[0].details.detail, /"d"/);
    await patch(lms, 'd', { allowed: true });
    assert.equal(await lms.outcome(into('d')), 'in');
  });

test('CO5 A16 a deployment of one LMS says nothing about another\'s',
  async () => {
    const [one, two] = [await enrol(gateway), await enrol(gateway)];
    await one.launch(into('same'));
    await two.launch(into('same'));
    await patch(one, 'same', { allowed: false });
    assert.equal(await one.outcome(into('same')), REFUSED);
    assert.equal(await two.outcome(into('same')), 'in');
  });

// --- whose it is -----------------------------------------------------------

const ownerOf = async (lms, id) => {
  const { ltik, response } = await lms.launch(into(id));
  assert.equal(response.status, 303, response.text);
  return (await lms.ask(ltik)).body.platform.organizationId;
};

test('A16 on an issuer of its own a deployment is the platform\'s',
  async () => {
    const [school, college] =
      [await organization('School'), await organization('College')];
    const lms = await enrol(gateway, { organizationId: school });
    assert.equal(await ownerOf(lms, 'one'), school);
    assert.equal(await ownerOf(lms, 'two'), school);
    await patch(lms, 'two', { organizationId: college });
    assert.equal(await ownerOf(lms, 'two'), college);
    assert.equal(await ownerOf(lms, 'one'), school);
    await patch(lms, 'two', { organizationId: '' });
    assert.equal(await ownerOf(lms, 'two'), school);
    const nobody = await enrol(gateway);
    assert.equal(await ownerOf(nobody, 'one'), undefined);
  });

for (const [name, pause, issuer] of [['', 2, 'https://blackboard.com'],
  [', also of one second', 0, 'https://canvas.instructure.com']]) {
  test(`A16 on a shared issuer only the first deployment is${name}`,
    async (t) => {
      t.after(() => gateway.setClock(0));
      const [first, second] = [await organization(`First${name}`),
        await organization(`Second${name}`)];
      const lms = await enrol(gateway, { issuer, organizationId: first });
      assert.equal(await ownerOf(lms, 'one'), first);
      await gateway.setClock(pause);
      for (const id of ['two', 'three', 'two']) {
        assert.equal(await ownerOf(lms, id), undefined);
      }
      await patch(lms, 'two', { organizationId: second });
      assert.equal(await ownerOf(lms, 'two'), second);
      assert.equal(await ownerOf(lms, 'three'), undefined);
      assert.equal(await ownerOf(lms, 'one'), first);
    });
}

test('A16 on a shared issuer of which deployments are not kept none is',
  async (t) => {
    t.after(() => gateway.settings());
    await gateway.settings({ deployments: 'any' });
    const owner = await organization('Owner');
    const lms = await enrol(gateway,
      { issuer: 'https://canvas.instructure.com', organizationId: owner });
    await ownerOf(lms, 'one');
    assert.equal(await ownerOf(lms, 'two'), undefined);
  });

test('A16 the operator names other shared issuers', async (t) => {
  const own = await gatewayFor(t, { environment: {
    LTIGATE_ISSUER_EXCEPTIONS: '*.lms.example=https://shared.example' } });
  const { body } =
    await own.api('POST', '/admin/organizations', { name: 'Owner' });
  const lms = await enrol(own,
    { issuer: 'https://shared.example', organizationId: body.id });
  assert.equal(await ownerOf(lms, 'one'), body.id);
  assert.equal(await ownerOf(lms, 'two'), undefined);
});

test('CO7 a person of one subject is told with issuer and deployment',
  async () => {
    const [one, two] = [await enrol(gateway), await enrol(gateway)];
    const keys = [];
    for (const [lms, id] of [[one, 'a'], [one, 'b'], [two, 'a']]) {
      const { ltik } = await lms.launch(into(id));
      const { user, platform } = (await lms.ask(ltik)).body;
      assert.equal(user.id, 'person-7');
      keys.push(`${platform.url} ${platform.deploymentId}`);
    }
    assert.deepEqual(keys, [`${one.issuer} a`, `${one.issuer} b`,
      `${two.issuer} a`]);
  });

// --- an LMS that is switched off -------------------------------------------

test('X36 an LMS that is switched off between login and launch is refused',
  async () => {
    const lms = await enrol(gateway);
    const login = await lms.login();
    await switchTo(lms, 'deactivate');
    const token = await lms.sign(lms.claims(login));
    const page = await lms.post(login, token);
    assert.equal(page.status, 400);
    assert.equal(titleOf(page), 'Registered, waiting for approval');
    assert.equal(faultOf(await lms.post(login, token, { headers: asJson })),
      INACTIVE);
    await switchTo(lms, 'activate');
    assert.equal((await lms.post(login, token)).status, 303);
  });

test('X36 a living ltik dies with its LMS\'s switch, and wakes with it',
  async () => {
    const lms = await enrol(gateway);
    const { ltik } = await lms.launch();
    assert.equal((await lms.ask(ltik)).status, 200);
    await switchTo(lms, 'deactivate');
    const { status, body } = await lms.ask(ltik);
    assert.equal(status, 401);
    assert.equal(body.details.message,
      'INVALID_LTIK_AUTH_AUTHORIZATION_HEADER');
    await switchTo(lms, 'activate');
    assert.equal((await lms.ask(ltik)).status, 200);
  });

test('X36 an LMS that was removed is not known, and neither are its ltiks',
  async () => {
    const lms = await enrol(gateway);
    const { ltik } = await lms.launch();
    const login = await lms.login();
    const { status } = await gateway.api('DELETE',
      `/admin/platforms/${lms.platform.id}`);
    assert.equal(status, 204);
    assert.equal((await lms.ask(ltik)).status, 401);
    assert.equal(await lms.outcome({ login }), INACTIVE);
    const { response } = await lms.login();
    assert.equal(titleOf(response), 'The tool does not know this LMS');
    // The same pair, entered again, is another platform.
    const again = await enrol(gateway,
      { issuer: lms.issuer, clientId: lms.clientId });
    assert.equal(await again.outcome({ login }), INACTIVE);
    assert.equal((await lms.ask(ltik)).status, 401);
    assert.equal(await again.outcome(), 'in');
  });
