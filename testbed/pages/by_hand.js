// SPDX-License-Identifier: Apache-2.0
// Adding a tool without Dynamic Registration: the administrator types in the
// tool's addresses, and the tool's administrator what is shown here.

import { api, el } from './common.js';

const fields = [
  ['name', 'Name', 'text', () => 'A tool'],
  ['initiate_login_uri', 'Login URL', 'url', (at) => `${at}/lti/login`],
  ['redirect_uri', 'Redirect URI', 'url', (at) => `${at}/lti/launch`],
  ['target_link_uri', 'Target link URI', 'url', (at) => `${at}/lti/launch`],
  ['jwks_uri', 'Key set URL', 'url', (at) => `${at}/lti/keys`],
];

function row([name, text, type, usual], origin) {
  const id = `hand-${name}`;
  return el('div', { class: 'switch' }, el('label', { for: id }, text),
    el('input', { id, name, type, required: true, value: usual(origin),
      autocomplete: 'off', spellcheck: 'false' }));
}

function facts(tool) {
  const rows = { 'Client id': tool.client_id,
    'Deployment id': tool.deployment_id, Issuer: tool.endpoints.issuer,
    'Authorization endpoint': tool.endpoints.authorization_endpoint,
    'Token endpoint': tool.endpoints.token_endpoint,
    'Key set': tool.endpoints.jwks_uri };
  return [el('h3', {}, 'Type this into the tool'),
    el('dl', { class: 'facts' }, ...Object.entries(rows).flatMap(
      ([name, value]) => [el('dt', {}, name),
        el('dd', {}, el('code', {}, value))]))];
}

const messages = [{ type: 'LtiResourceLinkRequest' },
  { type: 'LtiDeepLinkingRequest' }];

export function byHand(holder, profile, origin, added) {
  const result = el('div', { role: 'status' });
  const form = el('form', {}, ...fields.map((field) => row(field, origin)),
    el('div', { class: 'actions' }, el('button', {}, 'Add by hand')), result);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const { redirect_uri: redirect, ...rest } =
      Object.fromEntries(new FormData(form));
    try {
      const tool = await api('/platforms', { method: 'POST',
        body: JSON.stringify({ profile: profile.name, messages,
          redirect_uris: [redirect], ...rest }) });
      result.replaceChildren(...facts(tool));
      await added();
    } catch (problem) {
      result.textContent = problem.message;
    }
  });
  holder.replaceChildren(form);
}
