// SPDX-License-Identifier: Apache-2.0
// The claim of an LMS that has moved from LTI 1.1: whose it is counts only
// with the proof that the LMS knows the former key's secret.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, test } from 'node:test';
import { CLAIM, enrol } from '../support/enrolled.js';
import { startGateway } from '../support/gateway.js';

const gateway = await startGateway();
after(() => gateway.close());
const lms = await enrol(gateway);
const other = await enrol(gateway);
const KEY = '179248902';
const SECRET = 'my-lti11-secret';

const add = (body) => gateway.api('POST', '/admin/consumers', body);
const list = async () =>
  (await gateway.api('GET', '/admin/consumers')).body.consumers;
const { body: kept } = await add({ key: KEY, secret: SECRET, label: 'School' });

// As the migration guide says.
function proof(claims, { secret = SECRET, key = KEY, ...changes } = {}) {
  const signed = { ...claims, ...changes };
  const base = [key, signed[`${CLAIM}deployment_id`], signed.iss, signed.aud,
    signed.exp, signed.nonce].join('&');
  return createHmac('sha256', secret).update(base).digest('base64');
}

const former = { user_id: '34212', context_id: 'old-course',
  resource_link_id: 'old-link', tool_consumer_instance_guid: 'guid' };

// `make` gives what is added to the claim, from the claims as they are signed.
async function launched(make, { school = lms, claim = former } = {}) {
  const login = await school.login();
  const claims = school.claims(login);
  const { ltik, response } = await school.launch({ login, claims: { ...claims,
    [`${CLAIM}lti1p1`]: { ...claim, ...make(claims) } } });
  assert.equal(response.status, 303, response.text);
  const { body } = await school.ask(ltik);
  return body;
}

const eventOf = async () => (await gateway.api('GET',
  '/admin/events?kind=launch&limit=1')).body.events[0];

const good = (claims) => ({ oauth_consumer_key: KEY,
  oauth_consumer_key_sign: proof(claims) });

test('CO8 X33 the guide\'s own example is what we sign', () => {
  assert.equal(proof({ [`${CLAIM}deployment_id`]: '689302',
    iss: 'https://lmsvendor.com', aud: 'PM48OJSfGDTAzAo', exp: 1551290856,
    nonce: '172we8671fd8z' }), 'lWd54kFo5qU7xshAna6v8BwoBm6tmUjc6GTax6+12ps=');
});

test('CO8 X33 with the proof the former ids are verified', async () => {
  const { migration } = await launched(good);
  assert.deepEqual(migration, { verified: true, consumerKey: KEY,
    userId: '34212', contextId: 'old-course', resourceLinkId: 'old-link',
    platformGuid: 'guid' });
  assert.equal((await eventOf()).details.migration, 'verified');
});

const unverified = { verified: false, userId: '34212',
  contextId: 'old-course', resourceLinkId: 'old-link', platformGuid: 'guid' };
const wrong = /signature is wrong/;
const unknown = /not known/;

for (const [name, make, told] of [
  ['no key and no proof', () => ({})],
  ['a key without a proof', () => ({ oauth_consumer_key: KEY })],
  ['a proof without a key', (claims) =>
    ({ oauth_consumer_key_sign: proof(claims) })],
  ['a key that is not known', (claims) => ({ oauth_consumer_key: 'unknown',
    oauth_consumer_key_sign: proof(claims, { key: 'unknown' }) }), unknown],
  ['another secret', (claims) => ({ ...good(claims),
    oauth_consumer_key_sign: proof(claims, { secret: 'guess' }) }), wrong],
  ['an empty secret', (claims) => ({ ...good(claims),
    oauth_consumer_key_sign: proof(claims, { secret: '' }) }), wrong],
  ['another nonce', (claims) => ({ ...good(claims),
    oauth_consumer_key_sign: proof(claims, { nonce: 'n' }) }), wrong],
  ['another time', (claims) => ({ ...good(claims),
    oauth_consumer_key_sign: proof(claims, { exp: 1 }) }), wrong],
  ['another issuer', (claims) => ({ ...good(claims),
    oauth_consumer_key_sign: proof(claims, { iss: 'https://a' }) }), wrong],
  ['another client', (claims) => ({ ...good(claims),
    oauth_consumer_key_sign: proof(claims, { aud: 'c' }) }), wrong],
  ['another deployment', (claims) => ({ ...good(claims),
    oauth_consumer_key_sign: proof(claims, { [`${CLAIM}deployment_id`]: 'd' }),
  }), wrong],
  ['half a proof', (claims) => ({ ...good(claims),
    oauth_consumer_key_sign: proof(claims).slice(0, 20) }), wrong],
  ['a proof that is no text', (claims) => ({ ...good(claims),
    oauth_consumer_key_sign: [proof(claims)] })],
  ['a key that is no text', (claims) => ({ ...good(claims),
    oauth_consumer_key: { key: KEY } })],
]) {
  test(`CO8 X33 ${name} verifies nothing, and refuses nothing`, async () => {
    const { migration } = await launched(make);
    assert.deepEqual(migration, unverified);
    const { details, message } = await eventOf();
    assert.equal(message, 'launched');
    if (told) assert.match(details.migration, told);
    else assert.equal(details.migration, undefined);
  });
}

test('CO8 the proof of one LMS is none at another', async () => {
  let stolen;
  await launched((claims) => {
    stolen = good(claims);
    return stolen;
  });
  const { migration } = await launched(() => stolen, { school: other });
  assert.equal(migration.verified, false);
  assert.equal(migration.consumerKey, undefined);
});

test('X33 a claim of another form is none', async () => {
  for (const claim of [undefined, null, 'user', ['user'], 7]) {
    const { ltik } = await lms.launch({ claims: { [`${CLAIM}lti1p1`]: claim } });
    const { body } = await lms.ask(ltik);
    assert.equal(body.migration, undefined);
  }
  const { migration } = await launched(good, { claim: { user_id: 5,
    context_id: null, resource_link_id: ['x'] } });
  assert.deepEqual(migration, { verified: true, consumerKey: KEY, userId: '5' });
});

test('CO8 a removed key verifies nothing more', async () => {
  const key = 'removed';
  const { body: { id } } = await add({ key, secret: 'its own' });
  const make = (claims) => ({ oauth_consumer_key: key,
    oauth_consumer_key_sign: proof(claims, { key, secret: 'its own' }) });
  assert.equal((await launched(make)).migration.verified, true);
  const { status } = await gateway.api('DELETE', `/admin/consumers/${id}`);
  assert.equal(status, 204);
  assert.equal((await launched(make)).migration.verified, false);
  const again = await gateway.api('DELETE', `/admin/consumers/${id}`);
  assert.equal(again.status, 404);
  assert.equal(again.body.details.message, 'CONSUMER_NOT_FOUND');
});

test('CO8 the secret is never told again', async () => {
  assert.deepEqual(Object.keys(kept), ['id', 'key', 'label', 'createdAt']);
  const found = (await list()).find(({ key }) => key === KEY);
  assert.deepEqual(found, kept);
  const events = await gateway.api('GET', '/admin/events?limit=100');
  assert.equal(events.text.includes(SECRET), false);
});

test('CO8 a key twice, or none, is refused', async () => {
  const twice = await add({ key: KEY, secret: 'x' });
  assert.equal(twice.status, 409);
  assert.equal(twice.body.details.message, 'CONSUMER_ALREADY_REGISTERED');
  for (const body of [{}, { key: 'k' }, { secret: 's' }, { key: '', secret: 's' },
    { key: 'k', secret: '' }, { key: 'a\nb', secret: 's' },
    { key: 'k'.repeat(256), secret: 's' }, { key: 7, secret: 's' }]) {
    assert.equal((await add(body)).status, 400, JSON.stringify(body));
  }
});

test('A28 a rotated secret seals them anew', async (t) => {
  const alone = await startGateway({ fresh: true });
  t.after(() => alone.close());
  const school = await enrol(alone);
  await alone.api('POST', '/admin/consumers', { key: KEY, secret: SECRET });
  await alone.stop();
  const { code, stderr } = await alone.cli('secret', 'rotate');
  await alone.start();
  assert.equal(code, 0, stderr);
  assert.equal((await launched(good, { school })).migration.verified, true);
});

test('CLI consumer add, list and remove', async () => {
  const { stdout } = await gateway.cli('consumer', 'add', '--key', 'cli',
    '--secret', 'by-hand', '--label', 'L', '--json');
  const { id } = JSON.parse(stdout);
  const make = (claims) => ({ oauth_consumer_key: 'cli',
    oauth_consumer_key_sign: proof(claims, { key: 'cli', secret: 'by-hand' }) });
  assert.equal((await launched(make)).migration.verified, true);
  const shown = await gateway.cli('consumer', 'list');
  assert.match(shown.stdout, /cli/);
  assert.doesNotMatch(shown.stdout, /by-hand/);
  const { code } = await gateway.cli('consumer', 'remove', id);
  assert.equal(code, 0);
});
