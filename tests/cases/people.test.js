// SPDX-License-Identifier: Apache-2.0
// People: the first owner, invitations, sessions, who decides about whom.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGateway } from '../support/gateway.js';
import { accept, changePassword, makeOrganization, makePerson, password,
  signIn, tokenOf } from '../support/people.js';

const gateway = await startGateway({ fresh: true });
after(() => gateway.close());

const DAY = 86_400;
const firstLink = () => [...gateway.log()
  .matchAll(/http\S+\/portal#\/invitation\/[\w-]+/g)].at(-1)?.[0];
const fault = (answer, status, message) => {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.body.details.message, message);
};
const portal = (method, path, body) =>
  gateway.api(method, path, body, { key: null });

let owner;

test('PEOPLE the first start prints the link that makes the owner', async () => {
  const url = firstLink();
  assert.ok(url, gateway.log());
  const look = await portal('POST', '/portal/invitation',
    { token: tokenOf(url) });
  assert.equal(look.body.first, true);
  assert.equal('email' in look.body, false);
  fault(await portal('POST', '/portal/invitation/accept',
    { token: tokenOf(url), password }), 400, 'INVALID_PARAMETERS');
  owner = await accept(gateway, url,
    { email: ' Olga@Tool.Example ', name: 'Olga' });
  assert.equal(owner.user.email, 'olga@tool.example');
  assert.equal(owner.user.role, 'owner');
  assert.ok(owner.user.rights.includes('tool'));
});

test('PEOPLE the owner\'s link works once, and no other is printed', async () => {
  const url = firstLink();
  fault(await portal('POST', '/portal/invitation', { token: tokenOf(url) }),
    404, 'INVITATION_NOT_FOUND');
  fault(await portal('POST', '/portal/invitation/accept',
    { token: tokenOf(url), password, email: 'eve@evil.example' }),
  404, 'INVITATION_NOT_FOUND');
  await gateway.restart();
  assert.equal(firstLink(), url);
});

test('PEOPLE a session is a cookie that scripts and other sites do not get',
  async () => {
    const { answer } = await signIn(gateway, 'OLGA@tool.example');
    const [cookie] = answer.headers['set-cookie'];
    assert.match(cookie, /^__Host-portal=[\w-]{43}; Path=\/; /);
    assert.match(cookie, /; HttpOnly; SameSite=Lax; Secure$/);
    assert.equal(answer.headers['cache-control'], 'no-store');
    const bytes = await gateway.store.bytes();
    assert.equal(bytes.includes(cookie.slice(14, 57)), false);
    assert.equal(bytes.includes(password), false);
    assert.ok(bytes.includes('$argon2id$v=19$m=19456,t=2,p=1$'));
  });

test('PEOPLE who is signed in is told, and that nobody is', async () => {
  const nobody = await portal('GET', '/portal/session');
  assert.deepEqual([nobody.status, nobody.body.signedIn], [200, false]);
  assert.equal(nobody.body.tool.name, 'Acme Courses');
  const me = await owner.call('GET', '/portal/session');
  assert.equal(me.body.user.name, 'Olga');
  assert.equal(me.body.csrfToken, owner.token);
});

test('PEOPLE a change needs the token of the session', async () => {
  const { cookie } = owner;
  const body = { name: 'Eve' };
  for (const headers of [{ cookie }, { cookie, 'x-csrf-token': '' },
    { cookie, 'x-csrf-token': owner.token.replace(/./, '_') }]) {
    fault(await owner.raw('POST', '/admin/organizations', { body, headers }),
      403, 'CSRF_REFUSED');
  }
});

test('PEOPLE an invitation is told once, works once and for a week', async () => {
  const made = await owner.call('POST', '/admin/users',
    { email: 'ada@tool.example', role: 'admin' });
  assert.equal(made.status, 201);
  assert.equal(made.body.state, 'invited');
  const old = made.body.invitation.url;
  const path = `/admin/users/${made.body.id}`;
  assert.equal('invitation' in (await owner.call('GET', path)).body, false);
  const again = await owner.call('POST', `${path}/invitation`);
  fault(await portal('POST', '/portal/invitation', { token: tokenOf(old) }),
    404, 'INVITATION_NOT_FOUND');
  await gateway.setClock(7 * DAY + 1);
  fault(await portal('POST', '/portal/invitation/accept',
    { token: tokenOf(again.body.url), password }), 404, 'INVITATION_NOT_FOUND');
  await gateway.setClock(0);
  const ada = await accept(gateway, again.body.url, { name: 'Ada' });
  assert.deepEqual([ada.user.state, ada.user.name], ['active', 'Ada']);
  fault(await portal('POST', '/portal/invitation/accept',
    { token: tokenOf(again.body.url), password }), 404, 'INVITATION_NOT_FOUND');
});

test('PEOPLE a password must be long, and not the address', async () => {
  const { body } = await gateway.api('POST', '/admin/users',
    { email: 'somebody@tool.example', role: 'viewer' });
  for (const secret of ['short', 'somebody@tool.example', 'aaaaaaaaaaaaaaaa',
    'x'.repeat(201)]) {
    const answer = await portal('POST', '/portal/invitation/accept',
      { token: tokenOf(body.invitation.url), password: secret });
    fault(answer, 400, 'INVALID_PARAMETERS');
    assert.equal(answer.body.details.member, 'password');
  }
});

test('PEOPLE sessions are listed, and ended one by one', async () => {
  const home = await signIn(gateway, owner.email);
  const { body: { sessions } } = await home.call('GET', '/portal/sessions');
  assert.equal(sessions.filter((one) => one.current).length, 1);
  const other = sessions.find((one) => one.current);
  assert.equal((await owner.call('DELETE',
    `/portal/sessions/${other.id}`)).status, 204);
  fault(await home.call('GET', '/portal/sessions'), 401, 'NOT_SIGNED_IN');
  fault(await owner.call('DELETE', `/portal/sessions/${other.id}`), 404,
    'SESSION_NOT_FOUND');
});

test('PEOPLE nobody ends another person\'s session by its id', async () => {
  const bob = await makePerson(gateway,
    { email: 'bob@tool.example', role: 'viewer' });
  const { body: { sessions } } = await owner.call('GET', '/portal/sessions');
  fault(await bob.call('DELETE', `/portal/sessions/${sessions[0].id}`), 404,
    'SESSION_NOT_FOUND');
});

test('PEOPLE a session ends after half a day unused, and after a week',
  async () => {
    const one = await signIn(gateway, owner.email);
    await gateway.setClock(12 * 3600 + 1);
    fault(await one.call('GET', '/portal/sessions'), 401, 'NOT_SIGNED_IN');
    await gateway.setClock(0);
    const two = await signIn(gateway, owner.email);
    for (let hours = 0; hours < 7 * 24; hours += 8) {
      await gateway.setClock(hours * 3600);
      assert.equal((await two.call('GET', '/portal/sessions')).status, 200);
    }
    await gateway.setClock(7 * DAY + 1);
    fault(await two.call('GET', '/portal/sessions'), 401, 'NOT_SIGNED_IN');
    await gateway.setClock(0);
    owner = await signIn(gateway, owner.email);
  });

test('PEOPLE signing out ends the session and takes the cookie away',
  async () => {
    const one = await signIn(gateway, owner.email);
    const answer = await one.call('DELETE', '/portal/session');
    assert.equal(answer.status, 204);
    assert.match(answer.headers['set-cookie'][0], /^__Host-portal=; .*Max-Age=0/);
    const session = await one.call('GET', '/portal/session');
    assert.equal(session.body.signedIn, false);
  });

test('PEOPLE another password needs the present one, and ends all sessions',
  async () => {
    const carl = await makePerson(gateway,
      { email: 'carl@tool.example', role: 'viewer' });
    const elsewhere = await signIn(gateway, carl.email);
    const next = 'a wholly different sentence';
    fault(await carl.call('PUT', '/portal/password',
      { current: 'not the present one', password: next }), 401,
    'SIGN_IN_REFUSED');
    const now = await changePassword(gateway, carl, password, next);
    for (const old of [elsewhere, carl]) {
      fault(await old.call('GET', '/portal/sessions'), 401, 'NOT_SIGNED_IN');
    }
    const { body } = await now.call('GET', '/portal/sessions');
    assert.equal(body.sessions.length, 1);
    await signIn(gateway, carl.email, next);
  });

test('PEOPLE the last owner stays; only owners decide about owners and admins',
  async () => {
    const self = `/admin/users/${owner.user.id}`;
    fault(await owner.call('PATCH', self, { role: 'admin' }), 409,
      'LAST_OWNER');
    fault(await owner.call('DELETE', self), 409, 'LAST_OWNER');
    const ada = await signIn(gateway, 'ada@tool.example');
    for (const [method, path, body] of [
      ['PATCH', self, { name: 'Gone' }], ['DELETE', self],
      ['POST', `${self}/invitation`], ['DELETE', `${self}/sessions`],
      ['POST', '/admin/users', { email: 'x@tool.example', role: 'owner' }],
      ['PATCH', `/admin/users/${ada.user.id}`, { role: 'owner' }],
    ]) fault(await ada.call(method, path, body), 403, 'NOT_ALLOWED');
    const second = await makePerson(gateway,
      { email: 'second@tool.example', role: 'owner' });
    assert.equal((await second.call('PATCH', self,
      { role: 'viewer' })).status, 200);
    assert.equal((await second.call('PATCH', self,
      { role: 'owner' })).status, 200);
  });

test('PEOPLE a role that changes holds for the session that is open',
  async () => {
    const dora = await makePerson(gateway,
      { email: 'dora@tool.example', role: 'admin' });
    assert.equal((await dora.call('POST', '/admin/organizations',
      { name: 'By Dora' })).status, 201);
    await owner.call('PATCH', `/admin/users/${dora.user.id}`,
      { role: 'viewer' });
    fault(await dora.call('POST', '/admin/organizations', { name: 'No' }), 403,
      'NOT_ALLOWED');
    await owner.call('DELETE', `/admin/users/${dora.user.id}`);
    fault(await dora.call('GET', '/admin/organizations'), 401,
      'NOT_SIGNED_IN');
  });

test('PEOPLE an organisation\'s admin decides about that organisation alone',
  async () => {
    const north = await makeOrganization(gateway, 'North');
    const south = await makeOrganization(gateway, 'South');
    const nina = await makePerson(gateway, { email: 'nina@north.example',
      organizations: [{ id: north.id, role: 'admin' }] });
    const both = await makePerson(gateway, { email: 'both@both.example',
      organizations: [{ id: north.id, role: 'viewer' },
        { id: south.id, role: 'admin' }] });
    const sam = await makePerson(gateway, { email: 'sam@south.example',
      organizations: [{ id: south.id, role: 'viewer' }] });

    const { body: { users } } = await nina.call('GET', '/admin/users');
    assert.deepEqual(users.map((one) => one.email),
      ['both@both.example', 'nina@north.example']);
    assert.deepEqual(users[0].organizations.map((one) => one.name), ['North']);
    fault(await nina.call('GET', `/admin/users/${sam.user.id}`), 404,
      'USER_NOT_FOUND');
    fault(await nina.call('PATCH', `/admin/users/${sam.user.id}`,
      { organizations: [] }), 404, 'USER_NOT_FOUND');

    const shared = `/admin/users/${both.user.id}`;
    for (const [method, path, body] of [['POST', `${shared}/invitation`],
      ['DELETE', shared], ['PATCH', shared, { name: 'Mine' }],
      ['DELETE', `${shared}/sessions`]]) {
      fault(await nina.call(method, path, body), 403, 'NOT_ALLOWED');
    }
    assert.equal((await nina.call('PATCH', shared, { organizations:
      [{ id: north.id, role: 'registrar' }] })).status, 200);
    const now = (await gateway.api('GET', shared)).body.organizations;
    assert.deepEqual(now.map((one) => [one.name, one.role]),
      [['North', 'registrar'], ['South', 'admin']]);
    fault(await nina.call('PATCH', shared, { organizations:
      [{ id: south.id, role: 'viewer' }] }), 404, 'ORGANIZATION_NOT_FOUND');
    fault(await nina.call('POST', '/admin/users', { email: 'n@n.example',
      organizations: [{ id: south.id, role: 'viewer' }] }), 404,
    'ORGANIZATION_NOT_FOUND');
    fault(await nina.call('POST', '/admin/users',
      { email: 'n@n.example', role: 'viewer' }), 403, 'NOT_ALLOWED');
  });

test('PEOPLE who is known joins without a link that opens their account',
  async () => {
    const north = (await gateway.api('GET', '/admin/organizations')).body
      .organizations.find((one) => one.name === 'North');
    const nina = await signIn(gateway, 'nina@north.example');
    const invited = await gateway.api('POST', '/admin/users',
      { email: 'not-yet@tool.example', role: 'admin' });
    const joined = await nina.call('POST', '/admin/users',
      { email: 'not-yet@tool.example',
        organizations: [{ id: north.id, role: 'viewer' }] });
    assert.equal(joined.status, 201);
    assert.equal('invitation' in joined.body, false);
    assert.equal('role' in joined.body, false);
    fault(await nina.call('POST',
      `/admin/users/${invited.body.id}/invitation`), 403, 'NOT_ALLOWED');
  });

test('PEOPLE a long list is read page by page, staff and members apart',
  async () => {
    const { id } = await makeOrganization(gateway, 'A big school');
    for (let i = 10; i < 17; i++) {
      await gateway.api('POST', '/admin/users',
        { email: `pupil-${i}@big.example`,
          ...(i === 10 ? { role: 'viewer' } : {}),
          ...(i === 11 ? {} : { organizations: [{ id, role: 'viewer' }] }),
          ...(i === 11 ? { role: 'viewer' } : {}) });
    }
    const ask = async (query) => {
      const { status, body, text } = await gateway.api('GET',
        `/admin/users?search=pupil&${new URLSearchParams(query)}`);
      assert.equal(status, 200, text);
      return [body.users.map(({ email }) => email.slice(6, 8)).join(' '),
        body.total];
    };
    assert.deepEqual(await ask({}), ['10 11 12 13 14 15 16', undefined]);
    assert.deepEqual(await ask({ limit: 3 }), ['10 11 12', 7]);
    assert.deepEqual(await ask({ limit: 3, offset: 6 }), ['16', 7]);
    assert.deepEqual(await ask({ limit: 3, offset: 9 }), ['', 7]);
    assert.deepEqual(await ask({ kind: 'staff', limit: 9 }), ['10 11', 2]);
    assert.deepEqual(await ask({ kind: 'members', limit: 2, offset: 1 }),
      ['12 13', 6]);
    assert.deepEqual(await ask({ kind: 'members', organizationId: id,
      limit: 1 }), ['10', 6]);
    for (const query of ['limit=0', 'limit=501', 'kind=others', 'offset=-1']) {
      assert.equal((await gateway.api('GET', `/admin/users?${query}`)).status,
        400, query);
    }
    const again = await gateway.api('POST', '/admin/users',
      { email: 'pupil-10@big.example', role: 'viewer' });
    assert.equal(again.status, 409, again.text);
    assert.deepEqual([again.body.details.message, again.body.details.member],
      ['USER_EXISTS', 'email']);
  });

test('PEOPLE the command line adds, lists and removes', async () => {
  const made = await gateway.cli('user', 'add', '--email', 'cli@tool.example',
    '--role', 'viewer', '--json');
  assert.equal(made.code, 0, made.stderr);
  const session = await accept(gateway, made.json().invitation.url);
  assert.equal(session.user.role, 'viewer');
  const list = await gateway.cli('user', 'list', '--json');
  assert.ok(list.json().users.some((one) => one.email === 'cli@tool.example'));
  assert.equal((await gateway.cli('user', 'remove', session.user.id)).code, 0);
  fault(await session.call('GET', '/portal/sessions'), 401, 'NOT_SIGNED_IN');
});

test('PEOPLE what was done, and by whom, is an event without an address',
  async () => {
    const { body: { events } } =
      await gateway.api('GET', '/admin/events?kind=person');
    assert.ok(events.some((one) => one.message === 'person changed'
      && one.details.by === `user ${owner.user.id}`));
    assert.doesNotMatch(JSON.stringify(events), /@/);
    assert.doesNotMatch(gateway.log(), new RegExp(password));
  });
