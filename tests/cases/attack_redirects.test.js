// SPDX-License-Identifier: Apache-2.0
// Where a launch sends the browser: never where a stranger says, and with
// nothing of a stranger's in the headers.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CLAIM, enrol } from '../support/enrolled.js';
import { startGateway } from '../support/gateway.js';
import { asJson } from '../support/raw.js';

const TOOL = 'https://tool.example/launch';
const gateway = await startGateway({ settings: { launchUrl: TOOL,
  deepLinkingUrl: 'https://tool.example/pick',
  allowedUrls: ['https://more.example/app?fixed=1', 'https://top.example'] } });
after(() => gateway.close());
const lms = await enrol(gateway);
const own = `${gateway.url}/lti/launch`;

const to = (target) => ({ [`${CLAIM}target_link_uri`]: target });
const go = async (target, more = {}) =>
  (await lms.launch({ claims: { ...to(target), ...more } })).response;

// --- A26, where to ---------------------------------------------------------

const evil = ['https://evil.example/', 'https://evil.example/launch',
  'https://tool.example.evil.example/launch', 'https://evil-tool.example/',
  'https://tool.example@evil.example/launch',
  'https://tool.example:pw@evil.example/launch',
  'https://tool.example:443@evil.example/launch', 'http://tool.example/launch',
  'https://tool.example:8443/launch', 'https://tool.example./launch',
  'https://tool.exampl\u0435/launch', 'https://tool.example%2eevil.example/',
  'https://evil.example/https://tool.example/launch',
  'https://evil.example/?x=https://tool.example/launch',
  'https://evil.example#https://tool.example/launch',
  'https://tool.example#@evil.example/', 'https://tool.example?@evil.example/',
  'https://tool.example/launchevil', 'https://tool.example/',
  'https://tool.example/launch/../evil', 'https://tool.example/launch/%2e%2e/x',
  'https://tool.example/launch/.%2E/x', 'https://more.example/',
  'https://more.example/ap', 'https://more.example/app/..//x',
  'https://top.example.evil.example/', 'https://top.example@evil.example/',
  `${own}@evil.example/`, `${gateway.url}.evil.example/lti/launch`,
  `${own}/../../portal`, `${own}?to=https://evil.example/`,
  `${own}?to=evil&next=https://evil.example`];

test('A26 a link that is not allowed leads to the launch URL', async () => {
  for (const target of evil) {
    const answer = await go(target);
    assert.equal(answer.status, 303, `${target}: ${answer.text}`);
    const url = new URL(answer.location);
    assert.equal(url.origin + url.pathname, TOOL, target);
    assert.ok(url.searchParams.get('ltik'), target);
  }
});

test('A26 a link that is no web URL is refused', async () => {
  for (const target of ['javascript:alert(1)', 'JavaScript:alert(1)',
    'data:text/html,x', 'vbscript:x', 'file:///etc/passwd', 'ftp://x.example',
    '//evil.example/', '/launch', 'launch', '', ' ', 'https:', 'https://',
    'https:///evil.example', 'https:evil.example', 'https:/\\evil.example',
    'https:\\\\evil.example', ' https://tool.example/launch', 'http://',
    '\thttps://tool.example/launch', 'https://tool.example\\@evil.example/',
    'https://tool.example/launch\r\nX-Evil: 1', 'https://tool.example/\n',
    'https://tool.example/launch?a=b c', 'https://tool.example/"',
    'https://tool.example/<script>', 'https://tool.example/\u007f', null, 7,
    ['https://tool.example/launch'], {}]) {
    assert.equal(await lms.outcome({ claims: to(target) }),
      'NO_TARGET_LINK_URI_CLAIM', JSON.stringify(target));
  }
});

test('A26 what is allowed is reached, with its own query', async () => {
  for (const [target, expected] of [
    [TOOL, `${TOOL}?`], [`${TOOL}/deep?a=1`, `${TOOL}/deep?a=1&`],
    [`${TOOL}?a=1#part`, `${TOOL}?a=1&`],
    [`${own}?a=1&b=2`, `${TOOL}?a=1&b=2&`],
    ['https://more.example/app/x', 'https://more.example/app/x?'],
    ['https://top.example/any?z', 'https://top.example/any?z&']]) {
    const { location } = await go(target);
    assert.ok(location.startsWith(`${expected}ltik=`), location);
  }
});

test('A26 target_link_uri of the login decides nothing', async () => {
  for (const target of ['https://evil.example/', `${own}?a=evil`,
    'https://tool.example@evil.example/']) {
    const login = await lms.login({ fields: { target_link_uri: target } });
    assert.equal(login.response.status, 302);
    assert.equal(login.location.origin, lms.issuer);
    assert.equal(login.location.searchParams.get('redirect_uri'), own);
    assert.ok(!login.response.location.includes('evil'));
    const { url } = await lms.launch({ login, claims: to(own) });
    assert.equal(url.origin + url.pathname, TOOL);
    assert.ok(!url.href.includes('evil'));
  }
});

test('A42 a ltik that is in a link already does not reach the tool',
  async () => {
    const stale = (await lms.launch()).ltik;
    for (const query of [`ltik=${stale}`, `a=1&ltik=${stale}&b=2`,
      `ltik=${stale}&ltik=${stale}`, `%6ctik=${stale}`, `l%74i%6b=${stale}`,
      `%6C%74%69%6B=${stale}`, 'ltik', 'ltik=']) {
      for (const target of [own, TOOL, 'https://evil.example/']) {
        const { location, text } = await go(`${target}?${query}`);
        const found = new URL(location).searchParams.getAll('ltik');
        assert.equal(found.length, 1, `${query}: ${text}${location}`);
        assert.notEqual(found[0], stale);
        assert.equal((await lms.ask(found[0])).status, 200);
      }
    }
  });

test('A26 no endpoint but a web address can be entered', async () => {
  const { platform: { id, authConfig } } = await enrol(gateway);
  for (const bad of ['javascript:alert(1)', 'data:text/html,x', '//x.example',
    'file:///x', 'ftp://x.example', 'x', '', 'https://',
    'https://a.example/\r\nX-Evil: 1', 'https://a.example/ b', 7, null]) {
    for (const name of ['authenticationEndpoint', 'accesstokenEndpoint']) {
      const { status, text } = await gateway.api('PATCH',
        `/admin/platforms/${id}`, { [name]: bad });
      assert.equal(status, 400, `${name} ${bad}: ${text}`);
      assert.ok(text.includes(name), text);
      const created = await gateway.api('POST', '/admin/platforms', {
        url: 'https://new.example', clientId: 'x', name: 'New', authConfig,
        authenticationEndpoint: 'https://new.example/auth',
        accesstokenEndpoint: 'https://new.example/token', [name]: bad });
      assert.equal(created.status, 400, `${name} ${bad}: ${created.text}`);
    }
  }
  const { body } = await gateway.api('GET', `/admin/platforms/${id}`);
  assert.equal(body.authenticationEndpoint, `${body.url}/auth`);
});

// --- A26, the way back -----------------------------------------------------

const failing = async (return_url) => {
  const { response } = await lms.launch({ claims: {
    [`${CLAIM}version`]: '9', [`${CLAIM}launch_presentation`]: {
      return_url } } });
  assert.equal(response.status, 400);
  return response;
};

test('A26 the page\'s way back is a web address or not there', async () => {
  for (const url of ['javascript:alert(1)', 'JAVASCRIPT:alert(1)',
    ' javascript:alert(1)', 'java\tscript:alert(1)', 'data:text/html,<b>',
    'vbscript:x', '//evil.example', '/back', '', 'https://', 7, null, [],
    'https://lms.example/"onclick="alert(1)', 'https://lms.example/<b>',
    'https://lms.example/\r\nX: 1']) {
    const page = await failing(url);
    assert.doesNotMatch(page.text, /<a /, JSON.stringify(url));
    assert.doesNotMatch(page.text, /script:|onclick/i);
  }
  const page = await failing('https://lms.example/back?a=1&b=\'2\'#top');
  const [, href] = /<a class="button" href="([^"]*)"/.exec(page.text);
  assert.ok(href.startsWith('https://lms.example/back?a=1&amp;b='), href);
  const url = new URL(href.replaceAll('&amp;', '&').replaceAll('&#39;', '\''));
  assert.deepEqual([...url.searchParams.keys()].slice(0, 2), ['a', 'b']);
  assert.match(url.searchParams.get('lti_errormsg'), /version/);
  assert.match(url.searchParams.get('lti_errorlog'), /WRONG_LTI_VERSION/);
  assert.equal(url.hash, '#top');
});

test('A26 content is not answered to what is no web address', async () => {
  for (const url of ['javascript:alert(1)', 'data:text/html,x', '//x.example',
    '/return', '', null, undefined, 7, 'https://', 'file:///x',
    'https://lms.example/ x', 'https://lms.example/"><script>']) {
    assert.equal(await lms.outcome({
      claims: lms.deepLinking({ deep_link_return_url: url }) }),
    'MISSING_DEEP_LINK_SETTINGS', JSON.stringify(url));
  }
});

// --- A41, headers ----------------------------------------------------------

test('A41 what is in a link\'s query stays in one header', async () => {
  const plain = Object.keys((await go(own)).headers).toSorted();
  for (const query of ['a=%0d%0aX-Evil:%201', 'a=%0aSet-Cookie:%20x=y',
    '%0d%0aX-Evil:%201=1', 'a=%E5%98%8A%E5%98%8DX-Evil:1', 'a=\u560a\u560dX',
    'a=%00', 'a=\u0085X-Evil:1', 'a=\u2028X-Evil:1', `a=${'x'.repeat(7000)}`]) {
    for (const target of [own, TOOL]) {
      const { response } = await lms.launch(
        { claims: to(`${target}?${query}`), post: { headers: asJson } });
      if (response.status !== 303) {
        assert.match(response.text, /NO_TARGET_LINK_URI_CLAIM/);
        continue;
      }
      assert.deepEqual(Object.keys(response.headers).toSorted(), plain, query);
      assert.doesNotMatch(response.location, /[\0-\x20\x7f]/);
      const url = new URL(response.location);
      assert.equal(url.origin + url.pathname, TOOL);
      assert.ok(url.searchParams.get('ltik'));
    }
  }
});
