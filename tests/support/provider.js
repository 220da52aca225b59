// SPDX-License-Identifier: Apache-2.0
// A real OpenID Connect provider (npm oidc-provider) beside the gateway, and
// a person's way through its pages.
//
//   const provider = await startProvider(gateway.url, { people });
//   provider.environment            for the gateway: LTIGATE_OIDC_...
//   await provider.visit(url, 'ann')   signs in there: the address it leads to
//   people: {ann: {email, email_verified}}
//   await provider.close()

import assert from 'node:assert/strict';
import http from 'node:http';
import { Provider } from 'oidc-provider';
import { unescaped } from './pages.js';

const client = { client_id: 'ltigate', client_secret: 'a secret/with+signs' };

// Its own cookies, its own redirects; what leaves for another host is given.
async function walk(issuer, start, login) {
  const jar = new Map();
  let request = { url: start };
  for (let steps = 0; steps < 20; steps += 1) {
    const { url, form } = request;
    if (!url.startsWith(issuer)) return url;
    const answer = await fetch(url, { redirect: 'manual',
      method: form ? 'POST' : 'GET', body: form,
      headers: { cookie: [...jar].map((pair) => pair.join('=')).join('; ') } });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]*)=([^;]*)/.exec(cookie);
      jar.set(name, value);
    }
    const to = answer.headers.get('location');
    if (to) {
      request = { url: String(new URL(to, url)) };
      continue;
    }
    const page = await answer.text();
    const [, action] = /<form[^>]* action="([^"]*)"/.exec(page) ?? [];
    assert.ok(action, page);
    const [, prompt] = /name="prompt" value="([^"]*)"/.exec(page);
    request = { url: String(new URL(unescaped(action), url)),
      form: new URLSearchParams({ prompt, login, password: 'any' }) };
  }
  throw new Error('the provider leads nowhere');
}

export async function startProvider(gatewayUrl, { people = {} } = {}) {
  const server = http.createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const issuer = `http://localhost:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ ...client,
      redirect_uris: [`${gatewayUrl}/portal/oidc/callback`] }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'],
      profile: ['name'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    cookies: { keys: ['of the cases'] },
    findAccount: (ctx, id) => ({ accountId: id,
      claims: () => ({ sub: id, ...people[id] }) }),
  });
  server.on('request', provider.callback());
  return {
    issuer, people,
    environment: {
      LTIGATE_OIDC_ISSUER: issuer,
      LTIGATE_OIDC_CLIENT_ID: client.client_id,
      LTIGATE_OIDC_CLIENT_SECRET: client.client_secret,
    },
    visit: (url, login) => walk(issuer, url, login),
    close: () => new Promise((done) => {
      server.close(done);
      server.closeAllConnections();
    }),
  };
}
