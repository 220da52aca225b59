// SPDX-License-Identifier: Apache-2.0
// A small tool with pages, for the tests of the course pages in a browser. It
// keeps its state in the LMS's storage when the login names a place for it,
// and selects one item when it is asked for content.

import http from 'node:http';
import { randomUUID } from 'node:crypto';
import { decodeJwt, exportJWK, SignJWT } from 'jose';
import { cheapKeyPair } from './raw_rsa.js';

const LTI = 'https://purl.imsglobal.org/spec/lti/claim/';
const DL = 'https://purl.imsglobal.org/spec/lti-dl/claim/';

const html = (main, script = '') => `<!DOCTYPE html><html lang="en">
<head><meta charset="utf-8"><title>Tool</title></head>
<body><main>${main}</main><script>${script}</script></body></html>`;

const inline = (value) => JSON.stringify(value).replaceAll('<', '\\u003c');

// Says one thing to the LMS's storage and waits a second for the reply. To
// ask another site's page for a frame that is not there throws.
const ask = `
const target = (place) => {
  const host = window.opener || window.parent;
  try {
    return place === '_parent' ? host : host.frames[place];
  } catch {
    return null;
  }
};
const ask = (place, origin, message) => new Promise((resolve) => {
  const message_id = String(Math.random());
  const stop = setTimeout(() => resolve({ error: 'no answer' }), 1000);
  addEventListener('message', (event) => {
    if (event.data?.message_id !== message_id) return;
    clearTimeout(stop);
    resolve(event.origin === origin ? event.data : { error: 'origin' });
  });
  target(place)?.postMessage({ message_id, ...message }, origin);
});`;

const put = ({ place, origin, state, next }) => `${ask}
(async () => {
  const reply = await ask(${inline(place)}, ${inline(origin)},
    { subject: 'lti.put_data', key: 'state', value: ${inline(state)} });
  if (reply.value === ${inline(state)}) location = ${inline(next)};
  else document.querySelector('main').append('storage: '
    + JSON.stringify(reply.error));
})()`;

const get = ({ place, origin, state }) => `${ask}
(async () => {
  const reply = await ask(${inline(place)}, ${inline(origin)},
    { subject: 'lti.get_data', key: 'state' });
  document.querySelector('#storage').textContent = 'storage: '
    + (reply.value === ${inline(state)} ? 'kept' : JSON.stringify(reply));
})()`;

function nextOf(tool, fields, state) {
  const next = new URL(tool.endpoints.authorization_endpoint);
  const asked = { scope: 'openid', response_type: 'id_token',
    response_mode: 'form_post', prompt: 'none', client_id: tool.client_id,
    redirect_uri: tool.redirect_uris[0], state, nonce: randomUUID(),
    login_hint: fields.get('login_hint') };
  for (const [name, value] of Object.entries(asked)) {
    next.searchParams.set(name, value);
  }
  const hint = fields.get('lti_message_hint');
  if (hint) next.searchParams.set('lti_message_hint', hint);
  return next.href;
}

async function content(key, tool, claims) {
  const settings = claims[`${DL}deep_linking_settings`];
  const now = Math.floor(Date.now() / 1000);
  const jwt = await new SignJWT({
    iss: tool.client_id, aud: claims.iss, nonce: randomUUID(), iat: now,
    exp: now + 60,
    [`${LTI}deployment_id`]: claims[`${LTI}deployment_id`],
    [`${LTI}message_type`]: 'LtiDeepLinkingResponse',
    [`${LTI}version`]: '1.3.0',
    ...(settings.data ? { [`${DL}data`]: settings.data } : {}),
    [`${DL}content_items`]: [{ type: 'ltiResourceLink', title: 'Chapter 3',
      url: `${tool.target_link_uri}?chapter=3`, custom: { chapter: '3' } }],
  }).setProtectedHeader({ alg: 'RS256', kid: 't1' }).sign(key);
  const action = settings.deep_link_return_url.replaceAll('&', '&amp;');
  return html(`<h1>Choose</h1><form method="post" action="${action}">
<input type="hidden" name="JWT" value="${jwt}">
<button>Chapter 3</button></form>`);
}

const launched = (claims, stored) => html(`<h1>Launched</h1>
<p id="who">${claims.name ?? 'nobody'}</p>
<p id="target">${claims[`${LTI}target_link_uri`]}</p>
<p id="storage"></p>`, stored.place ? get(stored) : '');

async function readForm(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return new URLSearchParams(Buffer.concat(parts).toString());
}

// bind(tool) tells it which tool of the LMS it is.
export async function startTestTool() {
  const { publicKey, privateKey } = cheapKeyPair();
  const jwk = { ...await exportJWK(publicKey), kid: 't1', alg: 'RS256',
    use: 'sig' };
  const places = new Map();
  let tool = null;

  const login = (fields) => {
    const state = randomUUID();
    const next = nextOf(tool, fields, state);
    const place = fields.get('lti_storage_target');
    const { origin } = new URL(next);
    places.set(state, { place, origin, state });
    return place ? html('', put({ place, origin, state, next }))
      : html('', `location = ${inline(next)}`);
  };
  const launch = (form) => {
    if (form.get('error')) return html(`<h1>${form.get('error')}</h1>`);
    const claims = decodeJwt(form.get('id_token'));
    return claims[`${DL}deep_linking_settings`]
      ? content(privateKey, tool, claims)
      : launched(claims, places.get(form.get('state')) ?? {});
  };
  const answer = async (request) => {
    const url = new URL(request.url, 'http://tool.invalid');
    const form = request.method === 'POST'
      ? await readForm(request) : url.searchParams;
    if (url.pathname === '/keys') return JSON.stringify({ keys: [jwk] });
    return url.pathname === '/login' ? login(form) : launch(form);
  };
  const server = http.createServer(async (request, response) => {
    response.setHeader('content-type', request.url === '/keys'
      ? 'application/json' : 'text/html; charset=utf-8');
    response.end(await answer(request).catch((problem) =>
      String(problem.stack)));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://tool.localhost:${server.address().port}`;
  return {
    url,
    registration: { name: 'Test tool', initiate_login_uri: `${url}/login`,
      redirect_uris: [`${url}/launch`], target_link_uri: `${url}/launch`,
      jwks_uri: `${url}/keys`,
      messages: [{ type: 'LtiResourceLinkRequest' },
        { type: 'LtiDeepLinkingRequest' }] },
    bind(own) {
      tool = own;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
