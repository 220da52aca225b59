// SPDX-License-Identifier: Apache-2.0
// ltigate platform import: lists of LTIAAS, of ltijs and of our own.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { cheapKeyPair } from '../../testbed/raw_rsa.js';
import { startGateway } from '../support/gateway.js';

const gateway = await startGateway();
after(() => gateway.close());

const pem = () => cheapKeyPair().publicKey
  .export({ type: 'spki', format: 'pem' });
const moodle = (host, changes = {}) => ({
  url: `https://${host}`, clientId: 'Xy12abCD34efGh5', name: `School ${host}`,
  authenticationEndpoint: `https://${host}/mod/lti/auth.php`,
  accesstokenEndpoint: `https://${host}/mod/lti/token.php`,
  authConfig: { method: 'JWK_SET', key: `https://${host}/mod/lti/certs.php` },
  ...changes });

// {code, stdout, stderr, json()} and the platforms of those hosts.
async function imported(list, ...options) {
  const file = join(gateway.directory, 'platforms.json');
  await writeFile(file,
    typeof list === 'string' ? list : JSON.stringify(list));
  return gateway.cli('platform', 'import', file, ...options);
}
const found = async (host) => (await gateway.api('GET',
  `/admin/platforms?url=https://${host}`)).body.platforms;

test('IM1 what LTIAAS lists is added, with its state and former id',
  async () => {
    const done = await imported({ platforms: [
      moodle('one.example', { id: 'fdb4f1f4', publicKey: pem(), active: true }),
      moodle('two.example', { id: '0c3b', publicKey: pem(), active: false })] },
    '--json');
    assert.equal(done.code, 0, done.stderr);
    const { added, existing, refused, platforms } = done.json();
    assert.deepEqual({ added, existing, refused },
      { added: 2, existing: 0, refused: 0 });
    const [one] = await found('one.example');
    assert.equal(one.id, platforms[0].id);
    assert.equal(platforms[0].formerId, 'fdb4f1f4');
    assert.deepEqual(one.metadata, { formerId: 'fdb4f1f4' });
    assert.notEqual(one.id, 'fdb4f1f4');
    assert.equal(one.active, true);
    assert.deepEqual(one.authConfig, moodle('one.example').authConfig);
    assert.equal((await found('two.example'))[0].active, false);
  });

test('IM2 what ltijs\'s platformJSON() gives is added', async () => {
  const own = pem();
  const done = await imported([
    // It names the token endpoint where there is no other audience.
    moodle('three.example', { id: 'kid-3', active: true, publicKey: pem(),
      authorizationServer: 'https://three.example/mod/lti/token.php' }),
    moodle('four.example', { authorizationServer: 'sso.canvaslms.com' }),
    moodle('five.example', {
      authorizationServer: 'https://api.brightspace.com/auth/token',
      authConfig: { method: 'RSA_KEY', key: own } })]);
  assert.equal(done.code, 0, done.stdout);
  assert.match(done.stdout, /^3 added, 0 there already, 0 refused$/m);
  assert.equal((await found('three.example'))[0].authorizationServer,
    undefined);
  assert.equal((await found('four.example'))[0].authorizationServer,
    undefined);
  const [five] = await found('five.example');
  assert.equal(five.authorizationServer,
    'https://api.brightspace.com/auth/token');
  assert.equal(five.authConfig.key, own);
});

test('IM3 rows of ltijs\'s database are added', async () => {
  const { url, name, authenticationEndpoint, ...rest } =
    moodle('six.example');
  const done = await imported([{ ...rest, platformUrl: url, platformName: name,
    authEndpoint: authenticationEndpoint, kid: 'kid-6', _id: 6, __v: 0 }]);
  assert.equal(done.code, 0, done.stdout);
  const [six] = await found('six.example');
  assert.equal(six.name, name);
  assert.equal(six.metadata.formerId, 'kid-6');
  assert.equal(six.__v, undefined);
});

test('IM4 our own list comes back: all there already', async () => {
  const { body } = await gateway.api('GET', '/admin/platforms');
  const done = await imported(body, '--json');
  assert.equal(done.code, 0);
  assert.equal(done.json().existing, body.platforms.length);
  assert.deepEqual(done.json().platforms.map(({ id }) => id).sort(),
    body.platforms.map(({ id }) => id).sort());
  assert.deepEqual((await gateway.api('GET', '/admin/platforms')).body, body);
});

test('IM5 each that is refused is told, and the others are added', async () => {
  const done = await imported([
    moodle('seven.example', { clientId: '' }), {}, 'text', null,
    moodle('eight.example', { accesstokenEndpoint: 'no address' }),
    moodle('nine.example', { authConfig: { method: 'RSA_KEY', key: 'x' } }),
    moodle('ten.example'), moodle('ten.example')]);
  assert.equal(done.code, 1);
  assert.match(done.stdout, /^refused +https:\/\/seven.+clientId/m);
  assert.match(done.stdout, /^refused +https:\/\/eight.+accesstokenEndpoint/m);
  assert.match(done.stdout, /^refused +https:\/\/nine.+: ./m);
  assert.match(done.stdout, /^added +https:\/\/ten/m);
  assert.match(done.stdout, /^there already +https:\/\/ten/m);
  assert.match(done.stdout, /^1 added, 1 there already, 6 refused$/m);
});

test('IM6 a dry run tells the same and changes nothing', async () => {
  const list = [moodle('eleven.example'), moodle('eleven.example'),
    moodle('ten.example'), moodle('twelve.example', { name: '' })];
  const before = (await gateway.api('GET', '/admin/platforms')).text;
  const dry = (await imported(list, '--dry-run', '--json')).json();
  assert.equal((await gateway.api('GET', '/admin/platforms')).text, before);
  assert.equal(dry.dryRun, true);
  const real = (await imported(list, '--json')).json();
  const results = ({ platforms }) => platforms.map(({ result }) => result);
  assert.deepEqual(results(dry), ['added', 'existing', 'existing', 'refused']);
  assert.deepEqual(results(real), results(dry));
  assert.match((await imported(list, '--dry-run')).stdout,
    /^0 would be added, 3 there already, 1 refused$/m);
});

test('IM7 --organization says whose they are', async () => {
  const { body: { id } } = await gateway.api('POST', '/admin/organizations',
    { name: 'Imported' });
  await imported([moodle('owned.example')], '--organization', id);
  assert.equal((await found('owned.example'))[0].organizationId, id);
  const done = await imported([moodle('unowned.example')], '--organization',
    'nobody');
  assert.equal(done.code, 1);
  assert.match(done.stdout, /No organisation has this id/);
});

test('IM8 a file that holds no platforms is an error', async () => {
  for (const [text, words] of [['nonsense', /is not JSON/],
    ['[]', /holds no platforms/], ['7', /holds no platforms/],
    ['{"platforms": []}', /holds no platforms/]]) {
    const done = await imported(text);
    assert.equal(done.code, 1, text);
    assert.match(done.stderr, words);
  }
  const absent = await gateway.cli('platform', 'import', 'absent.json');
  assert.equal(absent.code, 1);
  assert.match(absent.stderr, /absent\.json cannot be read: No such file/);
  for (const args of [[], ['a', 'b'], ['a', '--what'], ['--organization']]) {
    const wrong = await gateway.cli('platform', 'import', ...args);
    assert.equal(wrong.code, 2, args.join(' '));
    assert.match(wrong.stderr, /usage: ltigate platform import/);
  }
});

test('IM9 a thousand platforms are added in one go', async () => {
  const done = await imported(Array.from({ length: 1000 },
    (_, at) => moodle(`many-${at}.example`)), '--json');
  assert.equal(done.json().added, 1000);
});
