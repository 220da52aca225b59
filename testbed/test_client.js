// SPDX-License-Identifier: Apache-2.0
// A minimal tool for the testbed's own tests: it calls by Host header, so no
// name is ever resolved.

import http from 'node:http';
import { exportJWK } from 'jose';
import { cheapKeyPair } from './raw_rsa.js';
import { TOOL_CONFIGURATION } from './templates.js';

export const TOOL_URL = 'http://tool.localhost:8080/lti/register';

export function call(address, { port, method = 'GET', headers = {}, body,
  timeout = 3000 } = {}) {
  const url = new URL(address);
  return new Promise((resolve, reject) => {
    const request = http.request({
      host: '127.0.0.1', port: port ?? url.port, method, agent: false,
      path: url.pathname + url.search, timeout,
      headers: { host: url.host, ...headers },
    }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(parts);
        resolve({ status: response.statusCode, headers: response.headers,
          bytes, text: bytes.toString('utf8'),
          json: () => JSON.parse(bytes.toString('utf8')) });
      });
    });
    request.on('timeout', () => request.destroy(new Error('timeout')));
    request.on('error', reject);
    request.end(body);
  });
}

export function launchParameters(exchange) {
  return exchange.method === 'POST'
    ? new Map(Object.entries(exchange.form))
    : new URL(exchange.launchUrl).searchParams;
}

export const readConfiguration = (exchange) =>
  call(launchParameters(exchange).get('openid_configuration'));

// What every profile accepts. Changes are laid over it; undefined removes.
export function goodRequest(changes = {}, toolChanges = {}) {
  const request = {
    application_type: 'web',
    grant_types: ['implicit', 'client_credentials'],
    response_types: ['id_token'],
    initiate_login_uri: 'http://tool.localhost:8080/lti/login',
    redirect_uris: ['http://tool.localhost:8080/lti/launch'],
    client_name: 'A tool',
    jwks_uri: 'http://tool.localhost:8080/lti/keys',
    token_endpoint_auth_method: 'private_key_jwt',
    scope: 'https://purl.imsglobal.org/spec/lti-ags/scope/score',
    ...changes,
  };
  const tool = {
    domain: 'tool.localhost:8080',
    target_link_uri: 'http://tool.localhost:8080/lti/launch',
    claims: ['iss', 'sub', 'name'],
    messages: [{ type: 'LtiResourceLinkRequest' },
      { type: 'LtiDeepLinkingRequest' }],
    custom_parameters: { user: '$User.id' },
    ...toolChanges,
  };
  return TOOL_CONFIGURATION in changes
    ? request : { ...request, [TOOL_CONFIGURATION]: tool };
}

// Registers as a tool does: reads the document, posts where it says.
export async function register(exchange, request = goodRequest(),
  { token, body } = {}) {
  const configuration = (await readConfiguration(exchange)).json();
  const given = token === undefined
    ? launchParameters(exchange).get('registration_token') : token;
  return post(configuration.registration_endpoint, given,
    body ?? JSON.stringify(request));
}

export function post(endpoint, token, body) {
  return call(endpoint, { method: 'POST', body,
    headers: { 'content-type': 'application/json',
      ...(token ? { authorization: `Bearer ${token}` } : {}) } });
}

// A key set served on this machine, for the LMS that reads it.
export async function serveKeySet(change = (keySet) => keySet) {
  const { publicKey } = cheapKeyPair();
  const keySet = change({ keys: [{ ...await exportJWK(publicKey),
    kid: 'k1', alg: 'RS256', use: 'sig' }] });
  let reads = 0;
  const server = http.createServer((request, response) => {
    reads += 1;
    response.end(JSON.stringify(keySet));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/keys`,
    reads: () => reads,
    close: () => { server.closeAllConnections(); server.close(); },
  };
}
