// SPDX-License-Identifier: Apache-2.0
// What is written down of launches: which rules held, under the reference that
// the person was shown; and nothing of the person.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CLAIM, enrol } from '../support/enrolled.js';
import { startGateway } from '../support/gateway.js';
import { referenceIn } from '../support/pages.js';

const gateway = await startGateway();
after(() => gateway.close());
const lms = await enrol(gateway);

const before = 'state platform browser signature';
const rules = 'issuer audience party times nonce version message deployment '
  + 'subject roles target resource-link deep-linking review';
const until = (name) => `${before} ${rules.slice(0, rules.indexOf(name))}`
  .trim();
const eventsBy = async (query) =>
  (await gateway.api('GET', `/admin/events?${query}`)).body.events;

test('X42 a launch that was let in is one event, with all its rules',
  async () => {
    const at = await enrol(gateway);
    const { response } = await at.launch();
    assert.equal(response.status, 303);
    const events = await eventsBy(`kind=launch&platformId=${at.platform.id}`);
    assert.equal(events.length, 1);
    const [{ level, message, details, reference }] = events;
    assert.equal(level, 'info');
    assert.equal(message, 'launched');
    assert.deepEqual(details, { type: 'LtiResourceLinkRequest',
      deployment: 'deployment-1', rules: `${before} ${rules}` });
    assert.ok(reference);
    const { body } = await gateway.api('GET',
      `/admin/platforms/${at.platform.id}/report`);
    assert.ok(body.events.some((event) => event.reference === reference));
  });

test('X42 a refused launch tells the rules that held, by its reference',
  async () => {
    const dl = lms.deepLinking;
    const rows = [
      ['INVALID_STATE', '', { post: { form: { state: 'x' } } }],
      ['BROWSER_NOT_RECOGNISED', 'state platform', { post: { cookie: null } }],
      ['KID_NOT_FOUND', 'state platform browser', { header: { kid: 'x' } }],
      ['ISS_CLAIM_DOES_NOT_MATCH', until('issuer'), { claims: { iss: 'x' } }],
      ['AUD_CLAIM_DOES_NOT_MATCH', until('audience'), { claims: { aud: 'x' } }],
      ['AZP_CLAIM_DOES_NOT_MATCH', until('party'), { claims: { azp: 'x' } }],
      ['INVALID_TOKEN_TIMES', until('times'), { claims: { exp: 'x' } }],
      ['NONCE_DOES_NOT_MATCH', until('nonce'), { claims: { nonce: 'x' } }],
      ['WRONG_LTI_VERSION_CLAIM', until('version'),
        { claims: { [`${CLAIM}version`]: 'x' } }],
      ['NO_MESSAGE_TYPE_CLAIM', until('message'),
        { claims: { [`${CLAIM}message_type`]: 'x' } }],
      ['NO_DEPLOYMENT_ID_CLAIM', until('deployment'),
        { claims: { [`${CLAIM}deployment_id`]: '' } }],
      ['INVALID_SUB_CLAIM', until('subject'), { claims: { sub: '' } }],
      ['NO_ROLES_CLAIM', until('roles'),
        { claims: { [`${CLAIM}roles`]: undefined } }],
      ['NO_TARGET_LINK_URI_CLAIM', until('target'),
        { claims: { [`${CLAIM}target_link_uri`]: undefined } }],
      ['NO_RESOURCE_LINK_ID_CLAIM', until('resource-link'),
        { claims: { [`${CLAIM}resource_link`]: undefined } }],
      ['MISSING_DEEP_LINK_SETTINGS', until('deep-linking'),
        { claims: dl({ accept_types: undefined }) }],
      ['MISSING_FOR_USER_CLAIM', until('review'), { claims: {
        [`${CLAIM}message_type`]: 'LtiSubmissionReviewRequest' } }],
    ];
    for (const [code, held, options] of rows) {
      const { response } = await lms.launch(options);
      const reference = referenceIn(response);
      assert.ok(reference, response.text);
      const events = await eventsBy(`reference=${reference}`);
      assert.equal(events.length, 1, code);
      assert.equal(events[0].message, code);
      assert.equal(events[0].level, 'warn');
      assert.equal(events[0].kind, 'launch');
      assert.equal((events[0].details.rules ?? '').trim(), held, code);
      assert.equal(events[0].platformId,
        held ? lms.platform.id : undefined, code);
    }
  });

test('X42 a replay, and a deployment that is not allowed, held all rules',
  async (t) => {
    t.after(() => gateway.settings({}));
    const { login, token } = await lms.launch();
    const again = await lms.post(login, token);
    await gateway.settings({ deployments: 'listed' });
    const { response } = await lms.launch({ claims: {
      [`${CLAIM}deployment_id`]: 'another' } });
    for (const [page, code] of [[again, 'NONCE_ALREADY_RECEIVED'],
      [response, 'DEPLOYMENT_NOT_ALLOWED']]) {
      const [event] = await eventsBy(`reference=${referenceIn(page)}`);
      assert.equal(event.message, code);
      assert.equal(event.details.rules, `${before} ${rules}`);
    }
  });

test('X42 a launch that was refused leaves no launch and no deployment',
  async () => {
    const at = await enrol(gateway);
    await at.launch({ claims: { [`${CLAIM}version`]: 'x' } });
    await at.launch({ claims: { nonce: 'x' } });
    for (const table of ['launches', 'deployments']) {
      assert.equal(await gateway.store.sql(`SELECT count(*) FROM ${table}
        WHERE platform_id = '${at.platform.id}'`), '0', table);
    }
  });

// --- A28 -------------------------------------------------------------------

const person = { sub: 'subject-quagga-foal', name: 'Zebulonian Okapistein',
  given_name: 'Zebulonian', family_name: 'Okapistein',
  email: 'okapistein@school.example', middle_name: 'Ocelotovich',
  picture: 'https://lms.example/zebulonian.png' };
// Long ones: what is sealed looks like chance, and holds any four characters.
const words = ['quagga-foal', 'Zebulonian', 'zebulonian', 'Okapistein',
  'okapistein', 'Ocelotovich', 'opaque-data'];

// As it is, as a dump writes bytes, and the characters of its base64 that
// nothing beside it changes, wherever in the encoded text it begins.
const writingsOf = (text) => [text, Buffer.from(text).toString('hex'),
  ...[0, 1, 2].map((at) =>
    Buffer.from(' '.repeat(at) + text).toString('base64')
      .slice(Math.ceil(at * 4 / 3), Math.floor((at + text.length) * 4 / 3)))];

test('A28 nothing of a person or a secret is in logs, events, pages or URLs',
  async () => {
    const at = await enrol(gateway);
    const secrets = [...words];
    const shown = [];
    const changes = [{}, at.deepLinking(), { iss: 'x' }, { aud: person.email },
      { azp: [person.email] }, { exp: person.name }, { nonce: person.name },
      { [`${CLAIM}roles`]: person.name }, { sub: { id: person.sub } },
      { [`${CLAIM}resource_link`]: person }, at.deepLinking(person),
      { [`${CLAIM}context`]: person.name }, { [`${CLAIM}custom`]: person },
      at.deepLinking({ deep_link_return_url: person.name })];
    for (const change of changes) {
      const launch = await at.launch({ claims: { ...person, ...change } });
      const { login, token, ltik, response } = launch;
      secrets.push(token, token.split('.')[1], token.split('.')[2],
        login.cookie.split('=')[1], ...(ltik ? ltik.split('.').slice(1) : []));
      shown.push(response.text, (response.location ?? '').replace(ltik, ''),
        login.response.location, JSON.stringify(response.headers)
          .replace(ltik, ''));
      if (!ltik) continue;
      assert.equal((await at.ask(ltik)).status, 200);
      assert.equal((await at.ask(ltik, '/api/idtoken?raw=true')).status, 200);
      await at.ask(`${ltik}x`);
      await at.ask(ltik, '/api/deeplinking', { method: 'POST',
        body: { contentItems: [{ type: 'link', title: 'Okapistein' }] } });
      await at.ask(ltik, '/api/deeplinking', { method: 'POST',
        body: { contentItems: [] } });
    }
    const { text: events } = await gateway.api('GET', '/admin/events');
    const { text: report } = await gateway.api('GET',
      `/admin/platforms/${at.platform.id}/report`);
    const places = { log: gateway.log(), events, report,
      'pages and URLs': shown.join('\n') };
    for (const [name, text] of Object.entries(places)) {
      for (const secret of secrets) {
        const place = text.indexOf(secret);
        assert.equal(place, -1,
          `${name}: ${text.slice(Math.max(0, place - 250), place + 80)}`);
      }
    }
  });

test('A28 claims are sealed at rest; ltik, secret and token are not kept',
  async () => {
    const at = await enrol(gateway);
    const launch = await at.launch({ claims: person });
    const { body } = await at.ask(launch.ltik);
    assert.equal(body.user.name, person.name);
    const bytes = await gateway.store.bytes();
    assert.ok(bytes.includes(at.platform.id));
    for (const secret of [...words, launch.token, launch.ltik,
      launch.token.split('.')[1], launch.ltik.split('.')[2],
      launch.login.state, launch.login.cookie.split('=')[1]]) {
      for (const writing of writingsOf(secret)) {
        assert.ok(!bytes.includes(writing), `${secret} as ${writing}`);
      }
    }
  });

test('A28 sealed claims of one launch are not another\'s', async () => {
  const at = await enrol(gateway);
  const [one, two] = [await at.launch(), await at.launch({ claims: person })];
  await gateway.store.sql(`UPDATE launches SET claims_sealed =
    (SELECT claims_sealed FROM launches WHERE platform_id =
      '${at.platform.id}' ORDER BY length(claims_sealed) DESC LIMIT 1)
    WHERE platform_id = '${at.platform.id}'`);
  assert.equal((await at.ask(two.ltik)).body.user.name, person.name);
  const answer = await at.ask(one.ltik);
  assert.equal(answer.status, 500);
  assert.ok(!answer.text.includes('Zebulonian'));
});
