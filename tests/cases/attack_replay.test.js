// SPDX-License-Identifier: Apache-2.0
// A launch opens the tool once: not again later, not twice at a time, not
// after a restart or a crash, not at another instance.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { enrol } from '../support/enrolled.js';
import { startGateway } from '../support/gateway.js';
import { asJson, faultOf, gatewayFor } from '../support/raw.js';

const COPIES = 20;
const REPLAYED = 'NONCE_ALREADY_RECEIVED';
const gateway = await startGateway();
after(() => gateway.close());

async function ready(lms) {
  const login = await lms.login();
  return { login, token: await lms.sign(lms.claims(login)) };
}
const send = (lms, { login, token }, path = '/lti/launch') =>
  lms.post(login, token, { headers: asJson, path });
const sendMany = (lms, launch, paths = ['/lti/launch']) =>
  Promise.all(Array.from({ length: COPIES }, (_, i) =>
    send(lms, launch, paths[i % paths.length])));

function onlyOne(answers) {
  const statuses = answers.map(({ status }) => status).toSorted();
  assert.deepEqual(statuses, [303, ...Array(answers.length - 1).fill(409)]);
  for (const answer of answers.filter(({ status }) => status === 409)) {
    assert.equal(faultOf(answer), REPLAYED);
    assert.equal(answer.location, null);
  }
  return new URL(answers.find(({ location }) => location).location)
    .searchParams.get('ltik');
}
function none(answers) {
  for (const answer of answers) {
    assert.equal(answer.status, 409, answer.text);
    assert.equal(faultOf(answer), REPLAYED);
  }
}
async function kept(at, lms) {
  const { id } = lms.platform;
  const { body } = await at.api('GET',
    `/admin/events?kind=launch&platformId=${id}`);
  return { rows: Number(await at.store.sql(
    `SELECT count(*) FROM launches WHERE platform_id = '${id}'`)),
  launched: body.events.filter(({ message }) => message === 'launched').length,
  refused: body.events.filter(({ message }) => message === REPLAYED).length };
}

test('A37 the same launch twice, one after the other', async () => {
  const lms = await enrol(gateway);
  const launch = await ready(lms);
  assert.equal((await send(lms, launch)).status, 303);
  none([await send(lms, launch), await send(lms, launch, '/')]);
  const page = await lms.post(launch.login, launch.token);
  assert.match(page.text, /This launch was used before/);
  assert.deepEqual(await kept(gateway, lms),
    { rows: 1, launched: 1, refused: 3 });
});

test('A37 the same state with a fresh token', async () => {
  const lms = await enrol(gateway);
  const { login, token } = await ready(lms);
  assert.equal((await send(lms, { login, token })).status, 303);
  for (const changes of [{}, { sub: 'somebody-else' }, { jti: 'fresh' }]) {
    const fresh = await lms.sign(lms.claims(login, changes));
    none([await send(lms, { login, token: fresh })]);
  }
});

test('A37 the same token in another login of the same browser', async () => {
  const lms = await enrol(gateway);
  const { login, token } = await ready(lms);
  assert.equal((await send(lms, { login, token })).status, 303);
  const again = await lms.login({ cookie: login.cookie });
  const answer = await send(lms, { login: { ...again, cookie: login.cookie },
    token });
  assert.equal(faultOf(answer), 'NONCE_DOES_NOT_MATCH');
});

test('A37 a launch that was refused spends nothing', async () => {
  const lms = await enrol(gateway);
  const { login, token } = await ready(lms);
  const bad = await lms.sign(lms.claims(login, { aud: 'somebody' }));
  for (const wrong of [bad, `${token.slice(0, -8)}AAAAAAAA`, 'x.y.z']) {
    assert.equal((await send(lms, { login, token: wrong })).status, 400);
  }
  assert.equal((await lms.post(login, token, { cookie: null })).status, 403);
  assert.equal((await send(lms, { login, token })).status, 303);
  none([await send(lms, { login, token })]);
});

for (const [name, paths] of [['on one path', ['/lti/launch']],
  ['on two aliases', ['/lti/launch', '/']]]) {
  test(`A37 ${COPIES} copies at once, ${name}: one is let in`, async () => {
    for (let round = 0; round < 3; round += 1) {
      const lms = await enrol(gateway);
      const launch = await ready(lms);
      const ltik = onlyOne(await sendMany(lms, launch, paths));
      assert.equal((await lms.ask(ltik)).status, 200);
      assert.deepEqual(await kept(gateway, lms),
        { rows: 1, launched: 1, refused: COPIES - 1 });
    }
  });
}

test(`A37 ${COPIES} copies after a restart: none is let in`, async (t) => {
  const own = await gatewayFor(t);
  const lms = await enrol(own);
  const launch = await ready(lms);
  const fresh = await ready(lms);
  const ltik = onlyOne(await sendMany(lms, launch));
  await own.restart();
  none(await sendMany(lms, launch, ['/lti/launch', '/']));
  assert.equal((await lms.ask(ltik)).status, 200);
  // What was begun before is finished after.
  onlyOne(await sendMany(lms, fresh));
  assert.deepEqual(await kept(own, lms),
    { rows: 2, launched: 2, refused: 3 * COPIES - 2 });
});

test('A37 killed as the launch was answered: it is spent', async (t) => {
  const own = await gatewayFor(t);
  const lms = await enrol(own);
  for (let round = 0; round < 3; round += 1) {
    const launch = await ready(lms);
    const answer = await send(lms, launch);
    await own.kill();
    await own.start();
    assert.equal(answer.status, 303);
    none(await sendMany(lms, launch));
    const ltik = new URL(answer.location).searchParams.get('ltik');
    assert.equal((await lms.ask(ltik)).status, 200);
  }
});

test('A37 two instances on one store: one of all copies is let in',
  async (t) => {
    const one = await gatewayFor(t);
    const two = await gatewayFor(t, { settings: null, store: one.store,
      environment: { LTIGATE_PUBLIC_URL: one.url } });
    const lms = await enrol(one);
    const elsewhere = { post: (login, token, { headers, path }) =>
      two.open(two.url + path, { form: { id_token: token,
        state: login.state }, headers: { ...headers,
        cookie: login.cookie } }) };
    for (let round = 0; round < 3; round += 1) {
      const launch = await ready(lms);
      const answers = (await Promise.all([sendMany(lms, launch),
        sendMany(elsewhere, launch)])).flat();
      const ltik = onlyOne(answers);
      assert.equal((await lms.ask(ltik)).status, 200);
    }
    assert.equal((await kept(one, lms)).rows, 3);
  });

test('A37 later a replay is refused for its age', async (t) => {
  const own = await gatewayFor(t);
  const lms = await enrol(own);
  const launch = await ready(lms);
  assert.equal((await send(lms, launch)).status, 303);
  for (const seconds of [601, 24 * 3600, 27 * 3600]) {
    await own.setClock(seconds);
    assert.equal(faultOf(await send(lms, launch)), 'LAUNCH_EXPIRED');
  }
});
