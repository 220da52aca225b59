// SPDX-License-Identifier: Apache-2.0
// Where organisations meet: people of two, roles that end, one platform with
// deployments of both, and what an answer may not give away in passing.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CLAIM, enrol } from '../support/enrolled.js';
import { startGateway, until } from '../support/gateway.js';
import { startLms } from '../support/lms.js';
import { makePerson } from '../support/people.js';
import { makersFor, makeSchool } from '../support/schools.js';

const lms = await startLms();
const gateway = await startGateway({ settings: { registration: {
  mode: 'pre-approval', preApprovalUrl: 'https://tool.example/approve' } } });
after(async () => {
  await lms.close();
  await gateway.close();
});

const north = await makeSchool(gateway, lms, 'North');
const south = await makeSchool(gateway, lms, 'South');
const fine = (answer) => {
  assert.ok(answer.status < 300, answer.text);
  return answer.body;
};
const refused = (answer, status, message) => {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.body.details.message, message);
};
const has = (text, school) => school.marks.some((mark) => text.includes(mark));
const roles = (...pairs) => ({ organizations: pairs.map(([school, role]) =>
  ({ id: school.ids.organization, role })) });
const lists = ['/admin/platforms', '/admin/registration-links',
  '/api/registrations', '/admin/content', '/admin/organizations',
  '/admin/events'];

// --- people ------------------------------------------------------------------

test('ISOLATION a person of two organisations sees both, and each apart',
  async () => {
    const both = await makePerson(gateway, { email: 'both@both.example',
      ...roles([north, 'viewer'], [south, 'admin']) });
    for (const path of lists) {
      const { text } = await both.call('GET', path);
      assert.ok(has(text, north) && has(text, south), path);
    }
    for (const path of ['/admin/platforms', '/admin/content',
      '/admin/events']) {
      const { text } = await both.call('GET',
        `${path}?organizationId=${south.ids.organization}`);
      assert.ok(has(text, south) && !has(text, north), `${path}: ${text}`);
    }
    // People are seen where one is their admin.
    const { text, body } = await both.call('GET', '/admin/users');
    assert.equal(text.includes('@north.example'), false);
    assert.deepEqual(body.users.find((one) => one.id === both.user.id)
      .organizations.map((one) => one.name), ['South College']);
    // With neither named, nothing is guessed.
    refused(await both.call('POST', '/admin/content',
      { kind: 'course', title: 'T' }), 400, 'INVALID_PARAMETERS');
    refused(await both.call('GET', '/admin/content/export'), 400,
      'INVALID_PARAMETERS');
    fine(await gateway.api('DELETE', `/admin/users/${both.user.id}`));
  });

test('ISOLATION an admin of both moves between them, who rules one does not',
  async () => {
    const both = await makePerson(gateway, { email: 'both@both.example',
      ...roles([north, 'registrar'], [south, 'registrar']) });
    const platform = await makersFor(gateway, lms,
      south.ids.organization).platform();
    const path = `/admin/platforms/${platform.id}`;
    const move = (person, to) => person.call('PATCH', path,
      { organizationId: to.ids.organization });
    fine(await move(both, north));
    refused(await south.people.admin.call('GET', path), 404,
      'PLATFORM_NOT_FOUND');
    fine(await north.people.viewer.call('GET', path));
    fine(await gateway.api('PATCH', `/admin/users/${both.user.id}`,
      roles([north, 'registrar'], [south, 'viewer'])));
    refused(await move(both, south), 403, 'NOT_ALLOWED');
    fine(await gateway.api('DELETE', path));
    fine(await gateway.api('DELETE', `/admin/users/${both.user.id}`));
  });

test('ISOLATION who is in another organisation too is not told by a filter',
  async () => {
    const both = await makePerson(gateway, { email: 'both@both.example',
      name: 'Bo Both', ...roles([north, 'viewer'], [south, 'viewer']) });
    const { call } = south.people.admin;
    for (const id of [north.ids.organization, 'none']) {
      const { users } = fine(await call('GET',
        `/admin/users?organizationId=${id}`));
      assert.deepEqual(users, []);
    }
    for (const path of ['/admin/users?search=Both',
      `/admin/users/${both.user.id}`]) {
      const { text } = await call('GET', path);
      assert.equal(text.includes('Bo Both'), true);
      assert.equal(has(text, north), false, text);
    }
    fine(await gateway.api('DELETE', `/admin/users/${both.user.id}`));
  });

test('ISOLATION a role that is taken away ends what one sees, at once',
  async () => {
    const person = await makePerson(gateway, { email: 'gone@both.example',
      ...roles([north, 'admin'], [south, 'viewer']) });
    fine(await person.call('GET', `/admin/platforms/${north.ids.platform}`));
    // North's own admin lets them go.
    fine(await north.people.admin.call('PATCH',
      `/admin/users/${person.user.id}`, { organizations: [] }));
    for (const path of [`/admin/platforms/${north.ids.platform}`,
      `/admin/content/${north.ids.course}`,
      `/admin/organizations/${north.ids.organization}`,
      `/api/registrations/${north.ids.registration}`]) {
      assert.equal((await person.call('GET', path)).status, 404, path);
    }
    for (const path of lists) {
      assert.equal(has((await person.call('GET', path)).text, north), false);
    }
    refused(await person.call('DELETE',
      `/admin/registration-links/${north.ids.link}`), 403, 'NOT_ALLOWED');
    const me = await person.call('GET', '/portal/session');
    assert.equal(has(me.text, north), false);
    assert.equal(me.body.user.organizations.length, 1);
    fine(await gateway.api('DELETE', `/admin/users/${person.user.id}`));
  });

test('ISOLATION an organisation that is removed takes no people along',
  async () => {
    const { id } = fine(await gateway.api('POST', '/admin/organizations',
      { name: 'Short' }));
    const person = await makePerson(gateway, { email: 'short@both.example',
      organizations: [{ id, role: 'admin' },
        ...roles([south, 'viewer']).organizations] });
    fine(await gateway.api('DELETE', `/admin/organizations/${id}`));
    refused(await person.call('GET', `/admin/organizations/${id}`), 404,
      'ORGANIZATION_NOT_FOUND');
    refused(await person.call('POST', '/admin/registration-links',
      { organizationId: id }), 403, 'NOT_ALLOWED');
    fine(await person.call('GET', '/admin/platforms'));
    fine(await gateway.api('DELETE', `/admin/users/${person.user.id}`));
  });

// --- one platform, deployments of both ---------------------------------------

const shared = await enrol(gateway, { issuer: 'https://blackboard.com',
  clientId: 'the-tool', name: 'Blackboard', metadata: { secret: 'of staff' },
  targetLinkUri: 'https://tool.example/blackboard', unknownMember: 'kept' });
const at = `/admin/platforms/${shared.platform.id}`;
const claim = ({ people }, deploymentId, school) => people.registrar.call('POST',
  `${at}/deployments`, { deploymentId,
    organizationId: school.ids.organization });

test('ISOLATION a platform of nobody\'s is there once one has a deployment',
  async () => {
    for (const { people } of [north, south]) {
      refused(await people.admin.call('GET', at), 404, 'PLATFORM_NOT_FOUND');
      const card = fine(await people.admin.call('GET', '/admin/tool'));
      assert.deepEqual(card.shared.map((one) => one.platformId),
        [shared.platform.id]);
    }
    for (const school of [north, south]) {
      const made = await claim(school, `of-${school.name}`, school);
      assert.equal(made.status, 201, made.text);
    }
    for (const { people } of [north, south]) {
      fine(await people.viewer.call('GET', at));
    }
  });

test('ISOLATION another\'s deployment can neither be claimed nor changed',
  async () => {
    refused(await claim(south, 'of-North', south), 409, 'DEPLOYMENT_TAKEN');
    refused(await claim(south, 'mine', north), 404, 'ORGANIZATION_NOT_FOUND');
    const { call } = south.people.admin;
    for (const id of ['of-North', 'no-such']) {
      refused(await call('PATCH', `${at}/deployments/${id}`,
        { allowed: false }), 404, 'DEPLOYMENT_NOT_FOUND');
    }
    refused(await call('PATCH', `${at}/deployments/of-South`,
      { organizationId: north.ids.organization }), 404,
    'ORGANIZATION_NOT_FOUND');
    for (const [method, path, body] of [['PATCH', at, { name: 'Mine' }],
      ['DELETE', at], ['POST', `${at}/deactivate`],
      ['POST', `${at}/activate`]]) {
      refused(await call(method, path, body), 403, 'NOT_ALLOWED');
    }
    const { deployments } = fine(await gateway.api('GET', `${at}/deployments`));
    assert.deepEqual(deployments.map((one) =>
      [one.deploymentId, one.organizationId, one.allowed]), [
      ['of-North', north.ids.organization, true],
      ['of-South', south.ids.organization, true]]);
  });

test('ISOLATION launches belong to the deployment\'s organisation', async () => {
  const counted = async ({ people }) => fine(await people.viewer
    .call('GET', '/admin/usage?range=1d')).totals.launches;
  for (const [id, times] of [['of-North', 2], ['of-South', 1]]) {
    for (let i = 0; i < times; i++) {
      const { ltik } = await shared.launch({ claims:
        { [`${CLAIM}deployment_id`]: id } });
      assert.ok(ltik);
    }
  }
  // Refused, each for its own deployment.
  for (const school of [north, south]) {
    const path = `${at}/deployments/of-${school.name}`;
    fine(await school.people.admin.call('PATCH', path, { allowed: false }));
    assert.notEqual(await shared.outcome({ claims:
      { [`${CLAIM}deployment_id`]: `of-${school.name}` } }), 'in');
    fine(await school.people.admin.call('PATCH', path, { allowed: true }));
  }
  for (const [mine, theirs] of [[north, south], [south, north]]) {
    const { call } = mine.people.viewer;
    for (const query of [`?platformId=${shared.platform.id}`, '?kind=launch',
      '?search=of-', '?level=error', '']) {
      const { text } = await call('GET', `/admin/events${query}`);
      assert.equal(has(text, theirs), false, text);
    }
    const { text } = await call('GET',
      `/admin/events?platformId=${shared.platform.id}`);
    assert.ok(text.includes(`of-${mine.name}`), text);
  }
  // Two each were there before, of platforms of their own.
  await until(async () => await counted(north) === 4
    && await counted(south) === 3, 'launches counted apart');
});

const shown = (body) => Object.keys(body).sort();
const OPEN = ['accesstokenEndpoint', 'active', 'authConfig',
  'authenticationEndpoint', 'changedAt', 'clientId', 'createdAt', 'familyCode',
  'id', 'name', 'origin', 'publicKey', 'url', 'version'];

for (const owner of [null, north]) {
  test('ISOLATION of a shared platform one sees one\'s own deployment alone, '
    + (owner ? 'and not whose it is' : 'and nothing that staff keep with it'),
  async () => {
    fine(await gateway.api('PATCH', at,
      { organizationId: owner?.ids.organization ?? '' }));
    const { call } = south.people.admin;
    assert.deepEqual(shown(fine(await call('GET', at))), OPEN);
    const { platforms } = fine(await call('GET', '/admin/platforms'));
    const listed = platforms.find((one) => one.id === shared.platform.id);
    assert.deepEqual(shown(listed), OPEN);
    const report = fine(await call('GET', `${at}/report`));
    assert.deepEqual(shown(report), ['deployments', 'events', 'platformId']);
    const { deployments } = fine(await call('GET', `${at}/deployments`));
    for (const list of [deployments, report.deployments]) {
      assert.deepEqual(list.map((one) => one.deploymentId), ['of-South']);
    }
    for (const path of [at, `${at}/report`, `${at}/deployments`,
      '/admin/platforms', '/api/platforms', '/admin/platforms?search=black',
      '/admin/platforms?limit=10']) {
      const { text } = await call('GET', path);
      assert.equal(has(text, north), false, `${path}: ${text}`);
      assert.doesNotMatch(text, /of staff|unknownMember|blackboard"/, path);
    }
    refused(await call('GET',
      `/admin/platforms?organizationId=${north.ids.organization}`), 404,
    'ORGANIZATION_NOT_FOUND');
    // Whose it is sees it whole.
    if (owner) {
      const whole = fine(await north.people.viewer.call('GET', at));
      assert.equal(whole.organizationId, north.ids.organization);
      assert.equal((await north.people.viewer.call('GET', `${at}/deployments`))
        .text.includes('of-South'), false);
    }
    fine(await gateway.api('PATCH', at, { organizationId: '' }));
  });
}

test('ISOLATION who gives a deployment up does not see the platform any more',
  async () => {
    const made = await claim(south, 'second', south);
    assert.equal(made.status, 201, made.text);
    for (const id of ['second', 'of-South']) {
      fine(await gateway.api('PATCH', `${at}/deployments/${id}`,
        { organizationId: north.ids.organization }));
    }
    refused(await south.people.admin.call('GET', at), 404,
      'PLATFORM_NOT_FOUND');
    refused(await south.people.admin.call('PATCH',
      `${at}/deployments/of-South`, { allowed: false }), 404,
    'PLATFORM_NOT_FOUND');
    const { platforms } =
      fine(await south.people.admin.call('GET', '/admin/platforms'));
    assert.equal(platforms.some((one) => one.id === shared.platform.id), false);
  });

// --- in passing ------------------------------------------------------------

test('ISOLATION that an LMS is registered elsewhere is said without a word of it',
  async () => {
    const { id, createdAt, changedAt, publicKey, metadata, organizationId,
      ...body } = fine(await gateway.api('GET',
      `/admin/platforms/${north.ids.platform}`));
    const answer = await south.people.admin.call('POST', '/admin/platforms',
      { ...body, name: 'Mine' });
    assert.equal(answer.status, 409, answer.text);
    assert.equal(has(answer.text, north), false, answer.text);
    assert.equal(answer.text.includes(id), false);
  });

test('ISOLATION a link of one\'s own registers for nobody else', async () => {
  const { url } = fine(await south.people.registrar.call('POST',
    '/admin/registration-links',
    { organizationId: south.ids.organization }));
  const waiting = await lms.wait(gateway, 'moodle-4.5', { toolUrl: url,
    query: `organization=${north.ids.organization}` });
  const list = await north.people.admin.call('GET', '/api/registrations');
  const { registrations } = fine(list);
  assert.equal(registrations.length, 1);
  assert.equal((await north.people.admin.call('GET', waiting.path)).status,
    404);
  fine(await south.people.registrar.call('GET', waiting.path));
});

test('ISOLATION a claim in the URL alone puts nothing among North\'s',
  async () => {
    const waiting = await lms.wait(gateway, 'moodle-4.5',
      { query: `organization=${north.ids.organization}` });
    for (const { people } of [north, south]) {
      for (const person of Object.values(people)) {
        assert.equal((await person.call('GET', waiting.path)).status, 404);
        assert.notEqual((await person.call('POST',
          `${waiting.path}/complete`)).status, 200);
      }
    }
  });
