// SPDX-License-Identifier: Apache-2.0
// What is posted to the launch, in forms that could be read in two ways.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { enrol } from '../support/enrolled.js';
import { startGateway } from '../support/gateway.js';
import { asJson, talk } from '../support/raw.js';

const gateway = await startGateway();
after(() => gateway.close());
const lms = await enrol(gateway);
const FORM = 'application/x-www-form-urlencoded';

// The body of a launch that would be let in, and its cookie.
async function ready() {
  const login = await lms.login();
  const fields = { id_token: await lms.sign(lms.claims(login)),
    state: login.state };
  return { body: String(new URLSearchParams(fields)), fields,
    cookie: login.cookie };
}
const post = (body, { cookie }, { type = FORM, path = '/lti/launch' } = {}) =>
  gateway.api('POST', path, body, { key: null,
    headers: { ...asJson, cookie, 'content-type': type } });
const codeOf = ({ status, body }) => status === 303 ? 'in'
  : `${status} ${body.details.message}`;

test('A40 the launch as it should be, also with fields nobody knows',
  async () => {
    for (const change of [(text) => text, (text) => `${text}&`,
      (text) => `&&${text}`, (text) => `${text}&x=1&x=2`,
      (text) => `${text}&session_state=%F0%9F%98%80`,
      (text) => text.replace('state=', 's%74ate='),
      (text) => text.split('&').toReversed().join('&'),
      (text) => text + '&x=1'.repeat(98),
      (text) => `${text}&x=${'y'.repeat(100_000)}`]) {
      const launch = await ready();
      assert.equal(codeOf(await post(change(launch.body), launch)), 'in');
    }
    const launch = await ready();
    assert.equal(codeOf(await post(launch.body, launch,
      { type: `${FORM.toUpperCase()} ; charset=utf-8` })), 'in');
  });

test('A40 a field that stands twice is refused', async () => {
  for (const name of ['id_token', 'state', 'error', 'error_description',
    'ltigate_browser']) {
    const launch = await ready();
    const value = launch.fields[name] ?? 'x';
    const again = `${name}=${encodeURIComponent(value)}`;
    const more = launch.fields[name] ? again : `${again}&${again}`;
    for (const body of [`${launch.body}&${more}`, `${more}&${launch.body}`,
      `${launch.body}&${more.replace('e', '%65')}`]) {
      const answer = await post(body, launch);
      assert.equal(codeOf(answer), '400 INVALID_FORM', name);
      assert.match(answer.body.details.description,
        new RegExp(`${name} stands twice`));
    }
    for (const body of [`${launch.body}&${name}=`, `${launch.body}&${name}`]) {
      if (!launch.fields[name]) continue;
      assert.equal(codeOf(await post(body, launch)), '400 INVALID_FORM');
    }
    assert.equal(codeOf(await post(launch.body, launch)), 'in', name);
  }
});

test('A40 a field in the query does not replace one that was posted',
  async () => {
    const launch = await ready();
    const other = await ready();
    assert.equal(codeOf(await post(launch.body, launch,
      { path: `/lti/launch?${other.body}` })), 'in');
    assert.equal(codeOf(await post('', other,
      { path: `/lti/launch?${other.body}` })), '400 MISSING_ID_TOKEN_OR_STATE');
  });

test('A40 more than a hundred fields are refused', async () => {
  const launch = await ready();
  for (const more of [99, 100, 10_000]) {
    assert.equal(codeOf(await post(launch.body + '&x=1'.repeat(more), launch)),
      '400 INVALID_FORM');
  }
  assert.equal(codeOf(await post(launch.body, launch)), 'in');
});

test('A40 a body of more than a megabyte is refused', async () => {
  const launch = await ready();
  for (const size of [1 << 20, 3 << 20]) {
    const answer = await post(`${launch.body}&x=${'y'.repeat(size)}`, launch);
    assert.equal(codeOf(answer), '413 BODY_TOO_LARGE');
  }
  assert.equal(codeOf(await post(launch.body, launch)), 'in');
});

test('A40 NUL, bad escapes and what is no UTF-8 are refused', async () => {
  const launch = await ready();
  for (const bad of ['%00', 'a%00b', '%', '%4', '%zz', '%u0041', '%ff',
    '%c0%80', '%ed%a0%80', '%f5%80%80%80']) {
    for (const body of [`${launch.body}&x=${bad}`, `${launch.body}&${bad}=x`,
      `${launch.body}${bad}`]) {
      assert.equal(codeOf(await post(body, launch)), '400 INVALID_FORM', bad);
    }
  }
  const raw = Buffer.concat([Buffer.from(`${launch.body}&x=`),
    Buffer.from([0, 255])]);
  assert.equal(codeOf(await post(raw, launch)), '400 INVALID_FORM');
  assert.equal(codeOf(await post(launch.body, launch)), 'in');
});

test('A40 a body of another type is refused', async () => {
  const launch = await ready();
  const multipart = Object.entries(launch.fields).map(([name, value]) =>
    `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('');
  for (const [type, body] of [
    ['multipart/form-data; boundary=b', `${multipart}--b--\r\n`],
    ['application/json', JSON.stringify(launch.fields)],
    ['text/plain', launch.body], ['application/jwt', launch.fields.id_token],
    [`${FORM}x`, launch.body], [`x${FORM}`, launch.body], ['', launch.body],
    [`text/plain; ${FORM}`, launch.body], [`text/plain, ${FORM}`,
      launch.body]]) {
    assert.equal(codeOf(await post(body, launch, { type })),
      '415 UNSUPPORTED_MEDIA_TYPE', type);
  }
  const lines = (...more) => `POST /lti/launch HTTP/1.1\r\nHost: localhost\r\n`
    + `Accept: application/json\r\nCookie: ${launch.cookie}\r\n${more.map(
      (line) => `${line}\r\n`).join('')}Content-Length: ${
      launch.body.length}\r\n\r\n${launch.body}`;
  for (const more of [[], ['Content-Type: text/plain'], ['Content-Type:']]) {
    const { answers } = await talk(gateway.port, [lines(...more)],
      { enough: 1 });
    assert.equal(answers[0].status, 415, more.join());
  }
  assert.equal(codeOf(await post(launch.body, launch)), 'in');
});

test('X01 a launch without a token or a state says so', async () => {
  const { fields, ...launch } = await ready();
  const write = (object) => String(new URLSearchParams(object));
  for (const body of ['', 'x=1', write({ id_token: fields.id_token }),
    write({ state: fields.state }), write({ ...fields, id_token: '' }),
    write({ ...fields, state: '' }), write({ ID_TOKEN: fields.id_token,
      State: fields.state }), write({ 'id_token ': fields.id_token,
      state: fields.state })]) {
    assert.equal(codeOf(await post(body, launch)),
      '400 MISSING_ID_TOKEN_OR_STATE', body.slice(0, 50));
  }
});
