// SPDX-License-Identifier: Apache-2.0
// The finer rules of who may do what, beyond role and route (roles.test.js).

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGateway } from '../support/gateway.js';
import { startLms } from '../support/lms.js';
import { makeOrganization, makePerson, signIn } from '../support/people.js';
import { makeCallers, makersFor, newEmail } from '../support/schools.js';

const lms = await startLms();
const gateway = await startGateway({ settings: { registration: {
  mode: 'pre-approval', preApprovalUrl: 'https://tool.example/approve' } } });
after(async () => {
  await lms.close();
  await gateway.close();
});

const school = await makeOrganization(gateway, 'School');
const other = await makeOrganization(gateway, 'Other');
const callers = await makeCallers(gateway, school);
const has = makersFor(gateway, lms, school.id);
const { owner, admin } = callers;
const head = callers['organisation admin'];
const registrar = callers['organisation registrar'];
const HEADS = ['owner', 'admin', 'organisation admin'];

const refused = (answer, status, message, member) => {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.body.details.message, message);
  if (member) assert.equal(answer.body.details.member, member);
};
const forbidden = (answer, member) =>
  refused(answer, 403, 'NOT_ALLOWED', member);
const fine = (answer) => {
  assert.ok(answer.status < 300, answer.text);
  return answer.body;
};
const pathOf = (user) => `/admin/users/${user.id}`;
const read = async (path) => (await gateway.api('GET', path)).body;
const staff = (role) => makePerson(gateway, { email: newEmail(role), role });

// --- staff -----------------------------------------------------------------

for (const role of ['owner', 'admin']) {
  test(`ROLES an admin of the tool neither makes nor touches an ${role}`,
    async () => {
      const { user } = await staff(role);
      const before = await read(pathOf(user));
      const path = pathOf(user);
      for (const [method, at, body] of [
        ['POST', '/admin/users', { email: newEmail('new'), role }],
        ['PATCH', path, { name: 'x' }], ['PATCH', path, { role: 'viewer' }],
        ['PATCH', path, { role: '' }], ['DELETE', path],
        ['POST', `${path}/invitation`], ['DELETE', `${path}/sessions`],
      ]) forbidden(await admin.call(method, at, body));
      assert.deepEqual(await read(path), before);
      const viewer = await staff('viewer');
      forbidden(await admin.call('PATCH', pathOf(viewer.user), { role }));
      assert.equal((await read(pathOf(viewer.user))).role, 'viewer');
      // Who would raise themselves, or somebody who is to come.
      forbidden(await admin.call('PATCH', pathOf(admin.user),
        { role: 'owner' }));
      const invited = fine(await admin.call('POST', '/admin/users',
        { email: newEmail('new'), role: 'viewer' }));
      forbidden(await admin.call('PATCH', pathOf(invited), { role }));
    });

  test(`ROLES an owner makes, changes and removes an ${role}`, async () => {
    const made = fine(await owner.call('POST', '/admin/users',
      { email: newEmail('new'), role }));
    fine(await owner.call('PATCH', pathOf(made), { name: 'Another' }));
    fine(await owner.call('POST', `${pathOf(made)}/invitation`));
    fine(await owner.call('DELETE', `${pathOf(made)}/sessions`));
    fine(await owner.call('PATCH', pathOf(made), { role: 'viewer' }));
    fine(await owner.call('PATCH', pathOf(made), { role }));
    fine(await owner.call('DELETE', pathOf(made)));
  });
}

test('ROLES an admin of the tool decides about viewers and about everybody else',
  async () => {
    const made = fine(await admin.call('POST', '/admin/users',
      { email: newEmail('new'), role: 'viewer' }));
    fine(await admin.call('PATCH', pathOf(made), { name: 'n', role: '',
      organizations: [{ id: other.id, role: 'admin' }] }));
    fine(await admin.call('POST', `${pathOf(made)}/invitation`));
    fine(await admin.call('DELETE', pathOf(made)));
  });

test('ROLES the last owner stays, whoever asks and in whatever way', async () => {
  const lonely = await startGateway();
  try {
    const made = (await lonely.api('POST', '/admin/users',
      { email: 'one@tool.example', role: 'owner' })).body;
    for (const [method, body] of [['DELETE'], ['PATCH', { role: 'admin' }],
      ['PATCH', { role: '' }], ['PATCH', { role: 'viewer', name: 'x' }]]) {
      refused(await lonely.api(method, pathOf(made), body), 409, 'LAST_OWNER');
    }
    assert.notEqual((await lonely.cli('user', 'remove', made.id)).code, 0);
    const two = (await lonely.api('POST', '/admin/users',
      { email: 'two@tool.example', role: 'owner' })).body;
    // Both at once, each taking the other for the one that stays.
    const ends = await Promise.all([made, two].map((one) =>
      lonely.api('DELETE', pathOf(one))));
    assert.deepEqual(ends.map((one) => one.status).sort(), [204, 409]);
    assert.equal((await lonely.api('GET', '/admin/users')).body.users.length, 1);
  } finally {
    await lonely.close();
  }
});

test('ROLES a role is one of those there are', async () => {
  for (const role of ['Owner', 'root', 'registrar', ' owner', 'owner\u0000']) {
    for (const [caller, wish] of [[owner, { role }], [head, {
      organizations: [{ id: school.id, role: `${role}x` }] }]]) {
      const answer = await caller.call('POST', '/admin/users',
        { email: newEmail('new'), ...wish });
      assert.equal(answer.status, 400, answer.text);
    }
  }
  refused(await head.call('POST', '/admin/users', { email: newEmail('new'),
    organizations: [{ id: school.id, role: 'owner' }] }), 400,
  'INVALID_PARAMETERS');
});

// --- an organisation's admin -------------------------------------------------

test('ROLES an organisation\'s admin gives no role in the tool', async () => {
  const member = await has.user();
  for (const role of ['owner', 'admin', 'viewer']) {
    forbidden(await head.call('POST', '/admin/users', { role,
      email: newEmail('new'),
      organizations: [{ id: school.id, role: 'viewer' }] }));
    forbidden(await head.call('PATCH', pathOf(member), { role }));
    forbidden(await head.call('PATCH', pathOf(head.user), { role }));
  }
  assert.equal('role' in await read(pathOf(member)), false);
  assert.equal('role' in await read(pathOf(head.user)), false);
});

test('ROLES an organisation\'s admin takes no account that is also another\'s',
  async () => {
    const both = await makePerson(gateway, { email: newEmail('both'),
      organizations: [{ id: school.id, role: 'viewer' },
        { id: other.id, role: 'viewer' }] });
    const helper = await makePerson(gateway, { email: newEmail('helper'),
      role: 'viewer', organizations: [{ id: school.id, role: 'viewer' }] });
    for (const { user } of [both, helper]) {
      const path = pathOf(user);
      const before = await read(path);
      for (const [method, at, body] of [['POST', `${path}/invitation`],
        ['DELETE', path], ['DELETE', `${path}/sessions`],
        ['PATCH', path, { name: 'Mine' }], ['PATCH', path, { role: '' }]]) {
        forbidden(await head.call(method, at, body));
      }
      assert.deepEqual(await read(path), before);
      // That it has a role in the tool is not said.
      assert.equal('role' in fine(await head.call('GET', path)), false);
    }
    // Leaving the organisation leaves the rest.
    fine(await head.call('PATCH', pathOf(both.user), { organizations: [] }));
    const now = await read(pathOf(both.user));
    assert.deepEqual(now.organizations.map((one) => one.id), [other.id]);
    refused(await head.call('GET', pathOf(both.user)), 404, 'USER_NOT_FOUND');
  });

test('ROLES adding somebody who is known changes nothing of their account',
  async () => {
    const known = await makePerson(gateway, { email: newEmail('known'),
      name: 'Known', role: 'admin' });
    const joined = fine(await head.call('POST', '/admin/users', {
      email: known.email, name: 'Renamed',
      organizations: [{ id: school.id, role: 'admin' }] }));
    assert.equal('invitation' in joined, false);
    const now = await read(pathOf(known.user));
    assert.deepEqual([now.name, now.role], ['Known', 'admin']);
    assert.equal((await known.call('GET', '/portal/session')).body.signedIn,
      true);
    await signIn(gateway, known.email);
  });

// --- platforms and registrations ---------------------------------------------

const members = { targetLinkUri: 'https://evil.example/launch',
  metadata: { plan: 'gold' }, customParameters: { a: 'b' },
  messages: [{ type: 'LtiResourceLinkRequest' }] };

for (const caller of [head, registrar]) {
  const who = caller === head ? 'admin' : 'registrar';
  for (const [member, value] of Object.entries(members)) {
    test(`ROLES an organisation's ${who} does not decide about ${member}`,
      async () => {
        const platform = await has.platform();
        const path = `/admin/platforms/${platform.id}`;
        const { id, createdAt, changedAt, publicKey, metadata, ...body } =
          platform;
        forbidden(await caller.call('PATCH', path, { [member]: value }), member);
        forbidden(await caller.call('PUT', path, { ...body, [member]: value }),
          member);
        forbidden(await caller.call('POST', '/admin/platforms',
          { ...body, clientId: 'new', [member]: value }), member);
        assert.deepEqual(await read(path), platform);
        const waiting = await has.registration();
        const complete = `/api/registrations/${waiting.id}/complete`;
        forbidden(await caller.call('POST', complete, { [member]: value }),
          member);
        fine(await caller.call('POST', complete, { platformName: 'Ours' }));
      });
  }

  test(`ROLES what staff decided stays when the ${who} replaces a platform`,
    async () => {
      const { id, createdAt, changedAt, publicKey, metadata, ...body } =
        await has.platform();
      const path = `/admin/platforms/${id}`;
      fine(await admin.call('PATCH', path, { metadata: { plan: 'silver' },
        targetLinkUri: 'https://tool.example/special' }));
      fine(await caller.call('PUT', path, { ...body, name: 'New name' }));
      const now = await read(path);
      assert.deepEqual([now.name, now.targetLinkUri, now.metadata.plan,
        now.organizationId], ['New name', 'https://tool.example/special',
        'silver', school.id]);
    });

  test(`ROLES the ${who} gives a platform, a link, a deployment to nobody`,
    async () => {
      const { id, platformId } = await has.deployment();
      const { id: own, createdAt, changedAt, publicKey, metadata, ...body } =
        await has.platform();
      for (const [method, path, wish] of [
        ['PATCH', `/admin/platforms/${own}`, {}],
        ['PUT', `/admin/platforms/${own}`, body],
        ['PATCH', `/admin/platforms/${platformId}/deployments/${id}`, {}],
        ['POST', '/admin/registration-links', {}],
      ]) {
        refused(await caller.call(method, path, { ...wish,
          organizationId: '' }), 400, 'INVALID_PARAMETERS', 'organizationId');
      }
    });
}

test('ROLES what a registration says raw, token and all, is for programs alone',
  async () => {
    const { id, secret } = await has.registration();
    for (const name of [...HEADS, 'viewer', 'organisation registrar',
      'organisation viewer']) {
      for (const path of [id, secret].flatMap((one) => ['?raw', '?raw=true',
        '?raw=1', '?raw=yes', '?raw=', '?raw=TRUE'].map((query) =>
        `/api/registrations/${one}${query}`))) {
        const answer = await callers[name].call('GET', path);
        forbidden(answer);
        assert.doesNotMatch(answer.text, /registrationToken|openIdConf/);
      }
      for (const query of ['', '?raw=false', '?raw=0']) {
        const plain = await callers[name].call('GET',
          `/api/registrations/${id}${query}`);
        assert.doesNotMatch(plain.text, /registrationToken|openIdConf/);
      }
    }
    const raw = await gateway.api('GET', `/api/registrations/${id}?raw=true`);
    assert.match(raw.body.registrationToken, /./);
  });

test('ROLES the secret id of a registration is told to nobody', async () => {
  const { secret } = await has.registration();
  for (const caller of Object.values(callers)) {
    const list = await caller.call('GET', '/api/registrations');
    assert.equal(list.text.includes(secret), false);
  }
});

test('ROLES people are not told what keys are, nor the hashes of anything',
  async () => {
    await has.serviceKey();
    for (const path of ['/admin/api-keys', '/admin/service-keys',
      '/admin/keys', '/admin/users', '/admin/registration-links']) {
      const answer = await owner.call('GET', path);
      fine(answer);
      const { text } = answer;
      assert.doesNotMatch(text,
        /ltigate_|PRIVATE KEY|\$argon2|[Hh]ash"|"token"|"secret"/);
    }
  });

// --- roles that change while somebody is signed in -----------------------------

test('ROLES who has roles here and there has each in its own place', async () => {
  const person = await makePerson(gateway, { email: newEmail('mixed'),
    organizations: [{ id: school.id, role: 'viewer' },
      { id: other.id, role: 'admin' }] });
  const course = (organizationId) => person.call('POST', '/admin/content',
    { kind: 'course', title: 'C', organizationId });
  forbidden(await course(school.id));
  fine(await course(other.id));
  forbidden(await person.call('POST', '/admin/registration-links',
    { organizationId: school.id }));
  fine(await person.call('POST', '/admin/registration-links',
    { organizationId: other.id }));
  const { id } = await has.user();
  refused(await person.call('GET', `/admin/users/${id}`), 404,
    'USER_NOT_FOUND');
  const { users } = fine(await person.call('GET', '/admin/users'));
  assert.ok(users.every((one) =>
    one.organizations.some((of) => of.id === other.id)));
});

test('ROLES staff who only look may do more where an organisation says so',
  async () => {
    const person = await makePerson(gateway, { email: newEmail('two-hats'),
      role: 'viewer', organizations: [{ id: school.id, role: 'registrar' }] });
    const [mine, theirs] = [await has.platform(),
      await makersFor(gateway, lms, other.id).platform()];
    const rename = ({ id }) =>
      person.call('PATCH', `/admin/platforms/${id}`, { name: 'x' });
    fine(await rename(mine));
    forbidden(await rename(theirs));
    fine(await person.call('GET', `/admin/platforms/${theirs.id}`));
    forbidden(await person.call('POST', '/admin/content',
      { kind: 'course', title: 'C', organizationId: school.id }));
  });

test('ROLES a role in the tool that is taken away is gone at once', async () => {
  const person = await staff('owner');
  fine(await person.call('GET', '/admin/api-keys'));
  fine(await owner.call('PATCH', pathOf(person.user), { role: '' }));
  for (const [method, path] of [['GET', '/admin/api-keys'],
    ['GET', '/admin/platforms'], ['GET', '/admin/tool'],
    ['POST', '/admin/keys/rotate']]) forbidden(await person.call(method, path));
  // The account is still one's own: to look at it, and to leave.
  fine(await person.call('GET', '/portal/sessions'));
  fine(await person.call('DELETE', '/portal/session'));
  assert.equal((await person.call('GET', '/portal/sessions')).status, 401);
});
