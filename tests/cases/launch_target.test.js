// SPDX-License-Identifier: Apache-2.0
// Where a launch goes: the signed target_link_uri, as far as the settings
// allow it, with the link's own query and one ltik.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CLAIM, enrol } from '../support/enrolled.js';
import { startGateway } from '../support/gateway.js';
import { titleOf, wordsOf } from '../support/pages.js';
import { gatewayFor, startScripted } from '../support/raw.js';

const gateway = await startGateway({ settings: {
  allowedUrls: ['https://more.example/a', 'https://dir.example/b/',
    'https://port.example:8443'] } });
after(() => gateway.close());
const lms = await enrol(gateway);
const ours = `${gateway.url}/lti/launch`;
const HOME = 'https://tool.example/launch';

// Where a launch of this link goes, without its ltik, which must be there
// once. The tool learns from the token which link it was.
async function follow(target, { place = lms, claims = {} } = {}) {
  const { response } = await place.launch({ claims: {
    [`${CLAIM}target_link_uri`]: target, ...claims } });
  assert.equal(response.status, 303, response.text);
  const [, before, ltik, behind] =
    /^(.*)[?&]ltik=([\w.-]+)(#.*)?$/.exec(response.location);
  assert.equal((await place.ask(ltik)).body.launch.target, target);
  return before + (behind ?? '');
}
const eventsOf = async (place) => (await gateway.api('GET',
  `/admin/events?kind=launch&platformId=${place.platform.id}`)).body.events;

// Rows: [name, the link, where it goes].
function table(id, rows) {
  for (const [name, target, url] of rows) {
    test(`${id} ${name}`, async () => assert.equal(await follow(target), url));
  }
}

table('OI15', [
  ['the gateway\'s own address means the launch URL', ours, HOME],
  ['its query is carried', `${ours}?a=1&b=x%20y+z&a=2`,
    `${HOME}?a=1&b=x%20y+z&a=2`],
  ['a key that nobody knows means the launch URL', `${ours}?to=x&a=1`,
    `${HOME}?a=1`],
  ['another address of the gateway means it too', `${gateway.url}/?a=1`,
    `${HOME}?a=1`],
  ['the launch URL itself', HOME, HOME],
  ['and with a query', `${HOME}?a=1&a=%2F&b`, `${HOME}?a=1&a=%2F&b`],
  ['what is below it', `${HOME}/unit/7?p=1`, `${HOME}/unit/7?p=1`],
  ['a fragment stays behind the query', `${HOME}/7?p=1#part?x=1`,
    `${HOME}/7?p=1#part?x=1`],
  ['its host in capitals is the same', 'https://TOOL.example/launch/7',
    'https://TOOL.example/launch/7'],
]);

table('OI15 allowedUrls:', [
  ['one exactly', 'https://more.example/a', 'https://more.example/a'],
  ['what is below', 'https://more.example/a/b/', 'https://more.example/a/b/'],
  ['with a query', 'https://more.example/a?x=1', 'https://more.example/a?x=1'],
  ['below one that ends with a slash', 'https://dir.example/b/c',
    'https://dir.example/b/c'],
  ['a whole origin', 'https://port.example:8443/any/where',
    'https://port.example:8443/any/where'],
]);

const foreign = ['https://evil.example/launch', 'http://tool.example/launch',
  'https://tool.example/', 'https://tool.example/launcher',
  'https://tool.example/Launch', 'https://tool.example.evil.example/launch',
  'https://eviltool.example/launch', 'https://tool.example@evil.example/launch',
  'https://evil.example/?https://tool.example/launch',
  'https://evil.example/#https://tool.example/launch',
  'https://tool.example:444/launch', 'https://tool.example./launch',
  'https://more.example/ab', 'https://more.example/', 'https://dir.example/b',
  'https://port.example/any', 'https://port.example:84430/',
  'https://tool.example/launch/../admin', 'https://tool.example/launch/..',
  'https://tool.example/launch/%2e%2E/admin', `${HOME}/.%2e/admin`,
  'https://tool.example/launch/./x', `${gateway.url}.evil.example/lti/launch`];
for (const target of foreign) {
  test(`OI15 A26 not allowed: ${target}`, async () => {
    const url = await follow(target);
    const [query = ''] = /\?.*$/.exec(target.split('#')[0]) ?? [];
    assert.equal(url, HOME + query);
  });
}

test('OI15 an event says that the link\'s target was not allowed', async () => {
  const own = await enrol(gateway);
  await follow('https://evil.example/launch', { place: own });
  const [event] = await eventsOf(own);
  assert.equal(event.message, 'launched');
  assert.match(event.details.target ?? '', /not allowed by the settings/);
  const good = await enrol(gateway);
  await follow(`${HOME}/7`, { place: good });
  await follow(ours, { place: good });
  for (const { details } of await eventsOf(good)) {
    assert.equal(details.target, undefined);
  }
});

table('X40 A42 an ltik in a link is dropped', [
  ['from the gateway\'s address', `${ours}?ltik=stolen&a=1&ltik=x`,
    `${HOME}?a=1`],
  ['from the launch URL', `${HOME}?ltik=stolen`, HOME],
  ['and nothing that looks like it', `${HOME}?a=1&ltik=x&xltik=2&ltikx=3`,
    `${HOME}?a=1&xltik=2&ltikx=3`],
  ['without a value', `${HOME}?ltik&a`, `${HOME}?a`],
]);

test('X40 A42 an ltik that a link hides is dropped too', async () => {
  for (const name of ['%6ctik', 'lti%6B', '%6C%74%69%6B']) {
    for (const start of [HOME, ours]) {
      const { response } = await lms.launch({ claims: {
        [`${CLAIM}target_link_uri`]: `${start}?${name}=stolen` } });
      const { searchParams } = new URL(response.location);
      assert.equal(searchParams.getAll('ltik').length, 1, response.location);
    }
  }
});

test('X40 the ltik is of this launch alone, for a day', async (t) => {
  t.after(() => gateway.setClock(0));
  const [one, two] = [await lms.launch(),
    await lms.launch({ claims: { sub: 'another' } })];
  assert.notEqual(one.ltik, two.ltik);
  const { body } = await lms.ask(one.ltik);
  assert.equal(body.user.id, 'person-7');
  assert.equal(body.platform.id, lms.platform.id);
  assert.equal((await lms.ask(two.ltik)).body.user.id, 'another');
  for (const wrong of [`${one.ltik}x`, one.ltik.slice(1), 'x', one.token,
    `${two.ltik.split('.')[0]}.${one.ltik.split('.')[1]}.${
      two.ltik.split('.')[2]}`]) {
    const answer = await lms.ask(wrong);
    assert.equal(answer.status, 401);
    assert.equal(answer.body.details.description, 'Invalid or expired ltik.');
  }
  await gateway.setClock(86_400 - 60);
  assert.equal((await lms.ask(one.ltik)).status, 200);
  await gateway.setClock(86_400 + 1);
  assert.equal((await lms.ask(one.ltik)).status, 401);
});

// --- other places ----------------------------------------------------------

const DEEP = 'https://tool.example/pick?mode=1';
const OWN = 'https://own.example/r';
const placements = ['course_navigation'];

test('X31 deep linking goes to its own URL', async (t) => {
  t.after(() => gateway.settings());
  const claims = lms.deepLinking();
  await gateway.settings();
  assert.equal(await follow(ours, { claims }), HOME);
  await gateway.settings({ deepLinkingUrl: DEEP });
  assert.equal(await follow(ours, { claims }), DEEP);
  assert.equal(await follow(`${ours}?a=1`, { claims }), `${DEEP}&a=1`);
  assert.equal(await follow(ours), HOME);
  assert.equal(await follow('https://evil.example/', { claims }), DEEP);
  assert.equal(await follow('https://tool.example/pick/one'),
    'https://tool.example/pick/one');
  const { response } = await lms.launch({ claims:
    { ...claims, [`${CLAIM}target_link_uri`]: undefined } });
  assert.ok(response.location.startsWith(`${DEEP}&ltik=`));
});

test('OI15 a message has its own URL, by its key and by its type',
  async (t) => {
    t.after(() => gateway.settings());
    const messages = [{ type: 'LtiResourceLinkRequest' },
      { type: 'LtiDeepLinkingRequest', targetLinkUri: OWN, placements }];
    await gateway.settings({ messages, deepLinkingUrl: DEEP });
    const deep = { claims: lms.deepLinking() };
    assert.equal(await follow(ours), HOME);
    assert.equal(await follow(ours, deep), OWN);
    assert.equal(await follow(`${OWN}/7`), `${OWN}/7`);
    const to = await keyGiven();
    assert.equal(await follow(`${ours}?to=${to}&a=1`), `${OWN}?a=1`);
    assert.equal(await follow(`https://evil.example/?to=${to}`), HOME);
  });

// The key as the gateway itself gives it to Canvas.
async function keyGiven() {
  const { text } = await gateway.open(`${gateway.url}/lti/register/canvas`);
  return /lti\/launch\?to=([\w-]+)/.exec(text)[1];
}

test('OI15 a key outlives the setting, while its URL is allowed', async (t) => {
  t.after(() => gateway.settings());
  const messages = [{ type: 'LtiResourceLinkRequest', targetLinkUri: OWN,
    placements }];
  await gateway.settings({ messages, registration: { autoActivate: true } });
  const to = await keyGiven();
  const scripted = await startScripted();
  await scripted.enter(gateway, 'keys');
  await scripted.close();
  const { body } = await gateway.api('GET', '/admin/platforms?url='
    + encodeURIComponent(scripted.origin('keys')));
  const own = await enrol(gateway, { platform: body.platforms[0] });
  assert.equal(await follow(`${ours}?to=${to}`, { place: own }), OWN);
  await gateway.settings({ allowedUrls: [OWN] });
  assert.equal(await follow(`${ours}?to=${to}`, { place: own }), OWN);
  assert.equal(await follow(`${ours}?to=${to}`), HOME);
  await gateway.settings();
  assert.equal(await follow(`${ours}?to=${to}`, { place: own }), HOME);
  assert.ok((await eventsOf(own)).some(({ details }) =>
    /not allowed by the settings/.test(details.target)));
});

test('OI15 all launches of a platform go where it says', async (t) => {
  t.after(() => gateway.settings());
  await gateway.settings({ allowedUrls: ['https://own.example/'] });
  const own = await enrol(gateway);
  const change = (targetLinkUri) => gateway.api('PATCH',
    `/admin/platforms/${own.platform.id}`, { targetLinkUri });
  const place = { place: own };
  await change('https://own.example/x?s=1');
  assert.equal(await follow(ours, place), 'https://own.example/x?s=1');
  assert.equal(await follow(`${ours}?a=1`, place),
    'https://own.example/x?s=1&a=1');
  assert.equal(await follow(ours, { ...place, claims: own.deepLinking() }),
    'https://own.example/x?s=1');
  assert.equal(await follow(`${HOME}/7`, place), `${HOME}/7`);
  await change('https://own.example.evil.example/');
  assert.equal(await follow(ours, place), HOME);
  assert.ok((await eventsOf(own)).some(({ details }) =>
    /not allowed by the settings/.test(details.target)));
  await change('');
  assert.equal(await follow(ours, place), HOME);
});

// --- no place yet ----------------------------------------------------------

test('X40 without a launch URL the launch is shown, and kept', async (t) => {
  const bare = await gatewayFor(t, { settings: { launchUrl: '' } });
  const own = await enrol(bare);
  const { response, login, token } = await own.launch({
    claims: { name: '<b>Tess</b> "T"' } });
  assert.equal(response.status, 200);
  assert.equal(response.location, null);
  assert.equal(titleOf(response), 'The launch arrived');
  for (const words of [own.platform.name, 'LtiResourceLinkRequest',
    '<b>Tess</b> "T"', 'A course', 'A link', 'settings set launchUrl']) {
    assert.ok(wordsOf(response).includes(words), words);
  }
  assert.equal(response.text.includes('<b>Tess'), false);
  assert.equal(response.text.includes('ltik'), false);
  assert.equal((await own.post(login, token)).status, 409);
  assert.equal(await own.outcome({ claims: { nonce: 'x' } }),
    'NONCE_DOES_NOT_MATCH');
  const { body } = await bare.api('GET',
    `/admin/events?platformId=${own.platform.id}`);
  assert.ok(body.events.some(({ message }) => message === 'launched'));
  await bare.settings();
  assert.equal(await own.outcome(), 'in');
});
