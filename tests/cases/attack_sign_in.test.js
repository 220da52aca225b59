// SPDX-License-Identifier: Apache-2.0
// Attacks on signing in: guessing, telling accounts apart, fixed sessions,
// invitations, odd input, and secrets where they do not belong.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { apiKey, startGateway } from '../support/gateway.js';
import { accept, changePassword, makePerson, password, signIn, tokenOf }
  from '../support/people.js';

const gateway = await startGateway();
// One that counts tries, behind a proxy that tells who asks.
const strict = await startGateway({ environment: {
  LTIGATE_RATE_LIMITS: 'registrations=0,refusals=0,sign-ins=5',
  LTIGATE_TRUSTED_PROXIES: '127.0.0.1' } });
after(async () => {
  await gateway.close();
  await strict.close();
});

const refused = (answer, status, message) => {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.body.details.message, message);
};
const open = (at, method, path, body, headers) =>
  at.api(method, path, body, { key: null, headers });
const tryIn = (email, secret, headers, at = gateway) =>
  open(at, 'POST', '/portal/session', { email, password: secret }, headers);
const invite = async (at, email, role = 'viewer') => {
  const { body } = await at.api('POST', '/admin/users', { email, role });
  return body;
};
const take = (token, headers, at = gateway, wish = {}) => open(at, 'POST',
  '/portal/invitation/accept', { token, password, ...wish }, headers);
const cookieIn = (answer) => (answer.headers['set-cookie'] ?? [])
  .map((one) => one.split(';')[0])
  .find((one) => /portal=[\w-]{43}$/.test(one)) ?? null;
const works = async (cookie, at = gateway) =>
  (await open(at, 'GET', '/portal/sessions', undefined, { cookie })).status
    === 200;
const wrong = 'not the right sentence';

const ann = await makePerson(gateway,
  { email: 'ann@tool.example', role: 'admin' });
const bob = await makePerson(gateway,
  { email: 'bob@tool.example', role: 'viewer' });
const invited = await invite(gateway, 'invited@tool.example');

// --- guessing ----------------------------------------------------------------

let addresses = 0;
// Set up while nothing is counted yet: an address of one's own each time.
const newAddress = () => {
  addresses += 1;
  return { 'x-forwarded-for': `198.51.100.${addresses}` };
};
async function strictPerson(email) {
  const { invitation } = await invite(strict, email);
  const answer = await take(tokenOf(invitation.url), newAddress(), strict);
  assert.equal(answer.status, 200, answer.text);
  return email;
}
const isTooMany = (answer) => {
  refused(answer, 429, 'TOO_MANY_REQUESTS');
  assert.match(answer.headers['retry-after'], /^[1-9]\d*$/);
};

test('A18 one person is not guessed at from many addresses, right or wrong',
  async () => {
    const email = await strictPerson('target@tool.example');
    const other = await strictPerson('other@tool.example');
    for (let i = 0; i < 5; i++) {
      refused(await tryIn(email, wrong, newAddress(), strict), 401,
        'SIGN_IN_REFUSED');
    }
    isTooMany(await tryIn(email, wrong, newAddress(), strict));
    // Neither does the right one tell itself, nor another spelling.
    isTooMany(await tryIn(email, password, newAddress(), strict));
    isTooMany(await tryIn(' TARGET@tool.example ', password, newAddress(),
      strict));
    const fine = await tryIn(other, password, newAddress(), strict);
    assert.equal(fine.status, 200, fine.text);
  });

// Of many people from one address: five times as many, and what comes back
// while this runs.
const ADDRESS = { count: 25, againMs: 60_000 / 25 };
async function exhaust(ask) {
  const begun = Date.now();
  for (let i = 0; ; i++) {
    const answer = await ask(i);
    if (answer.status === 429) {
      isTooMany(answer);
      assert.ok(i >= ADDRESS.count, `after ${i}`);
      return;
    }
    const back = (Date.now() - begun) / ADDRESS.againMs;
    assert.ok(i <= ADDRESS.count + back + 1, 'nobody counts');
  }
}

test('A18 one address does not guess at many people, nor at nobody', async () => {
  const here = newAddress();
  const other = await strictPerson('else@tool.example');
  await exhaust((i) => tryIn(`nobody-${i}@tool.example`, wrong, here, strict));
  // Neither does the right one get in, but for what comes back meanwhile.
  const begun = Date.now();
  const answers = await Promise.all(Array.from({ length: 4 },
    () => tryIn(other, password, here, strict)));
  const back = (Date.now() - begun) / ADDRESS.againMs;
  const late = answers.filter(({ status }) => status !== 200);
  late.forEach(isTooMany);
  assert.ok(late.length >= 3 - back, `${late.length} refused`);
  assert.equal((await tryIn(other, password, newAddress(), strict)).status,
    200);
});

test('A18 an address that only a browser tells is not believed', async () => {
  await strict.restart({ LTIGATE_TRUSTED_PROXIES: undefined });
  try {
    await exhaust((i) => tryIn(`someone-${i}@tool.example`, wrong,
      newAddress(), strict));
  } finally {
    await strict.restart({ LTIGATE_TRUSTED_PROXIES: '127.0.0.1' });
  }
});

test('A18 what the browser puts before the proxy\'s address changes nothing',
  () => exhaust((i) => tryIn(`anyone-${i}@tool.example`, wrong,
    { 'x-forwarded-for': `203.0.113.${i}, 192.0.2.77` }, strict)));

test('A18 many tries at once are counted like one after the other', async () => {
  const email = await strictPerson('burst@tool.example');
  const begun = Date.now();
  const answers = await Promise.all(Array.from({ length: 20 }, () =>
    tryIn(email, wrong, newAddress(), strict)));
  const statuses = answers.map(({ status }) => status).sort().join(' ');
  const looked = answers.filter((one) => one.status === 401).length;
  // Those that come back within the time that this takes.
  const most = 5 + 1 + (Date.now() - begun) / (60_000 / 5);
  assert.match(statuses, /^401( 401| 429)*$/);
  assert.ok(looked >= 5 && looked <= most, statuses);
});

test('A18 the present password is not guessed at by who holds a session',
  async () => {
    const email = await strictPerson('held@tool.example');
    const { headers, body } = await tryIn(email, password, newAddress(), strict);
    const session = { cookie: headers['set-cookie'][0].split(';')[0],
      'x-csrf-token': body.csrfToken };
    const guess = () => open(strict, 'PUT', '/portal/password',
      { current: wrong, password: 'a wholly new sentence' },
      { ...session, ...newAddress() });
    let last;
    for (let i = 0; i < 6; i++) last = await guess();
    isTooMany(last);
  });

test('A18 links of people are not guessed at, neither by looking nor by using',
  async () => {
    for (const path of ['/portal/invitation', '/portal/invitation/accept']) {
      const here = newAddress();
      await exhaust((i) => open(strict, 'POST', path,
        { token: `guess-${i}`, password }, here));
    }
  });

// --- one account looks like another, and like none -----------------------------

const accounts = { nobody: 'nobody@tool.example', 'wrong password': bob.email,
  'not yet accepted': 'invited@tool.example' };

test('A18 unknown, wrong and invited are answered with the same words',
  async () => {
    for (const secret of [wrong, '', 'x'.repeat(399), 'x'.repeat(5000)]) {
      const answers = [];
      for (const email of Object.values(accounts)) {
        const answer = await tryIn(email, secret);
        assert.equal(answer.headers['set-cookie'], undefined);
        const { reference, ...details } = answer.body.details;
        answers.push(JSON.stringify([answer.status, details,
          Object.keys(answer.headers).sort()]));
      }
      assert.equal(new Set(answers).size, 1, answers.join('\n'));
    }
  });

const medianOf = (list) => list.sort((a, b) => a - b)[list.length >> 1];

async function medians() {
  const times = Object.fromEntries(Object.keys(accounts)
    .map((name) => [name, []]));
  // In turn, so that a slow moment of the machine meets all alike.
  for (let i = 0; i < 15; i++) {
    for (const [name, email] of Object.entries(accounts)) {
      const begin = process.hrtime.bigint();
      await tryIn(email, wrong);
      times[name].push(Number(process.hrtime.bigint() - begin) / 1e6);
    }
  }
  return Object.values(times).map(medianOf);
}

test('A18 unknown, wrong and invited take as long as each other', async (t) => {
  let ratio;
  for (let tries = 0; tries < 2; tries++) {
    const found = await medians();
    ratio = Math.max(...found) / Math.min(...found);
    t.diagnostic(`medians ${found.map((one) => one.toFixed(1)).join(', ')} ms`);
    if (ratio < 1.5) return;
  }
  assert.fail(`one takes ${ratio} times as long as another`);
});

// --- sessions ----------------------------------------------------------------

test('A18 a cookie that was there before is not adopted', async () => {
  const planted = `__Host-portal=${'A'.repeat(43)}`;
  for (const cookie of [planted, ann.cookie, '__Host-portal=', 'portal=x']) {
    const answer = await tryIn(bob.email, password, { cookie });
    assert.equal(answer.status, 200, answer.text);
    const made = cookieIn(answer);
    assert.ok(made && made !== cookie, made);
    assert.equal(await works(planted), false);
  }
  // Whoever's browser it was is still who they were.
  const me = await ann.call('GET', '/portal/session');
  assert.equal(me.body.user.email, ann.email);
});

test('A18 each sign-in and each accepted link has a cookie and token of its own',
  async () => {
    const seen = new Set();
    for (let i = 0; i < 5; i++) {
      const session = await signIn(gateway, bob.email);
      seen.add(session.cookie).add(session.token);
    }
    const { body } = await gateway.api('POST',
      `/admin/users/${bob.user.id}/invitation`);
    const again = await accept(gateway, body.url);
    seen.add(again.cookie).add(again.token);
    assert.equal(seen.size, 12);
  });

test('A18 a link that was accepted ends every older session', async () => {
  const old = await signIn(gateway, bob.email);
  const { body } = await gateway.api('POST',
    `/admin/users/${bob.user.id}/invitation`);
  assert.equal(await works(old.cookie), true);
  await accept(gateway, body.url);
  assert.equal(await works(old.cookie), false);
});

test('A18 a new password ends what others hold, and the old one opens nothing',
  async () => {
    const eve = await signIn(gateway, bob.email);
    const mine = await signIn(gateway, bob.email);
    const next = 'another sentence altogether';
    const changed = await changePassword(gateway, mine, password, next);
    assert.equal(await works(eve.cookie), false);
    // Nor does a copy of the cookie with which it was changed.
    assert.equal(await works(mine.cookie), false);
    assert.notEqual(changed.token, mine.token);
    assert.equal(await works(changed.cookie), true);
    refused(await tryIn(bob.email, password), 401, 'SIGN_IN_REFUSED');
    const now = await signIn(gateway, bob.email, next);
    await now.call('PUT', '/portal/password',
      { current: next, password });
  });

test('A18 who is removed, or signed out everywhere, is out at once', async () => {
  const cara = await makePerson(gateway,
    { email: 'cara@tool.example', role: 'viewer' });
  await gateway.api('DELETE', `/admin/users/${cara.user.id}/sessions`);
  assert.equal(await works(cara.cookie), false);
  const again = await signIn(gateway, cara.email);
  await gateway.api('DELETE', `/admin/users/${cara.user.id}`);
  assert.equal(await works(again.cookie), false);
  refused(await again.call('PATCH', '/portal/profile', { name: 'x' }), 401,
    'NOT_SIGNED_IN');
  refused(await tryIn(cara.email, password), 401, 'SIGN_IN_REFUSED');
  // An address that comes again is another person.
  const { invitation } = await invite(gateway, cara.email);
  assert.equal(await works(again.cookie), false);
  await accept(gateway, invitation.url);
  assert.equal(await works(again.cookie), false);
});

test('A18 a cookie is only what it was made as', async () => {
  const [name, value] = ann.cookie.split('=');
  const flipped = value.replace(/^./, (one) => one === 'A' ? 'B' : 'A');
  for (const cookie of [`${name}=${flipped}`, `${name}=${value}A`,
    `${name}=${value.slice(0, -1)}`, `${name}="${value}"`,
    `portal=${value}`, `__Secure-portal=${value}`,
    `${name.toLowerCase()}=${value}`, `${name}=${value.toUpperCase()}`,
    `${name}=%${value}`, `${name}=${'x'.repeat(4000)}`,
    `${name}=' OR 1=1 --`]) {
    assert.equal(await works(cookie), false, cookie);
  }
});

// --- links of people -----------------------------------------------------------

test('A18 a link is 256 bits of chance behind the #', async () => {
  const { url } = invited.invitation;
  assert.match(new URL(url).hash, /^#\/invitation\/[\w-]{43}$/);
  assert.equal(new URL(url).search, '');
});

test('A18 a link works once, also when two use it at once', async () => {
  const { invitation, id } = await invite(gateway, 'twice@tool.example');
  const token = tokenOf(invitation.url);
  const answers = await Promise.all(['one', 'two', 'three', 'four'].map((name) =>
    take(token, {}, gateway, { name, password: `the sentence of ${name}` })));
  const won = answers.filter((one) => one.status === 200);
  assert.equal(won.length, 1);
  for (const one of answers) {
    if (one !== won[0]) refused(one, 404, 'INVITATION_NOT_FOUND');
  }
  const { name } = (await gateway.api('GET', `/admin/users/${id}`)).body;
  await signIn(gateway, 'twice@tool.example', `the sentence of ${name}`);
  refused(await take(token), 404, 'INVITATION_NOT_FOUND');
});

test('A18 a newer link ends the older; a removed person\'s is no link', async () => {
  const { invitation, id } = await invite(gateway, 'newer@tool.example');
  const { body } = await gateway.api('POST', `/admin/users/${id}/invitation`);
  refused(await take(tokenOf(invitation.url)), 404, 'INVITATION_NOT_FOUND');
  await gateway.api('DELETE', `/admin/users/${id}`);
  refused(await take(tokenOf(body.url)), 404, 'INVITATION_NOT_FOUND');
});

test('A18 unknown, used, replaced and expired links look alike', async () => {
  const late = await invite(gateway, 'late@tool.example');
  const used = await invite(gateway, 'used@tool.example');
  await accept(gateway, used.invitation.url);
  await gateway.setClock(7 * 86_400 + 60);
  const seen = new Set();
  for (const token of ['A'.repeat(43), tokenOf(used.invitation.url),
    tokenOf(late.invitation.url), '', 'x'.repeat(100_000), '\u0000', 'ü',
    '../../x']) {
    for (const path of ['/portal/invitation', '/portal/invitation/accept']) {
      const answer = await open(gateway, 'POST', path, { token, password });
      if (answer.status === 400) continue; // a control character
      const { reference, ...details } = answer.body.details;
      seen.add(JSON.stringify([answer.status, details]));
    }
  }
  await gateway.setClock(0);
  assert.equal(seen.size, 1, [...seen].join('\n'));
});

test('A18 a link says nothing of who made it, and changes no address', async () => {
  const { invitation } = await invite(gateway, 'kept@tool.example');
  const answer = await take(tokenOf(invitation.url), {}, gateway,
    { email: 'eve@evil.example', role: 'owner' });
  assert.equal(answer.body.user.email, 'kept@tool.example');
  assert.equal(answer.body.user.role, 'viewer');
});

// --- secrets where they do not belong --------------------------------------------

test('A28 no password, cookie, token or link is in the store or in the log',
  async () => {
    const email = 'secret@tool.example';
    const { invitation } = await invite(gateway, email);
    const person = await accept(gateway, invitation.url);
    await tryIn(email, 'a wrong sentence to find');
    const next = 'the next sentence to find';
    const later = await changePassword(gateway, person, password, next);
    await open(gateway, 'POST', '/portal/session',
      '{"email":"secret@tool.example","password":"a broken sentence');
    const bytes = await gateway.store.bytes();
    for (const secret of [password, 'a wrong sentence to find',
      next, 'a broken sentence', person.token, later.token, apiKey,
      ...[person, later].map(({ cookie }) => cookie.split('=')[1]),
      tokenOf(invitation.url)]) {
      assert.equal(bytes.includes(secret), false, `${secret} in the store`);
      assert.equal(gateway.log().includes(secret), false,
        `${secret} in the log`);
    }
    assert.ok(bytes.includes(email));
    assert.equal(gateway.log().includes(email), false);
  });
