// SPDX-License-Identifier: Apache-2.0
// The frame of a registration in mode "confirm", form by form, as a browser
// without scripts and without cookies sends them.
//
//   const frame = await openFrame(lms, gateway, 'moodle-4.5', { toolUrl });
//   frame.page                       the page it shows
//   await frame.send('sign-in', { email, password })
//   await frame.send('choose', { organization })
//   await frame.send('confirm', { answer: 'yes' })
//   frame.ticket('ask')              the hidden field of that form

import assert from 'node:assert/strict';
import { unescaped } from './pages.js';

const attribute = (tag, name) => {
  const found = new RegExp(`${name}="([^"]*)"`).exec(tag);
  return found ? unescaped(found[1]) : null;
};

export function formOf(page, name) {
  const forms = page.text.match(/<form[^]*?<\/form>/g) ?? [];
  const form = forms.find((one) =>
    attribute(one, 'action')?.endsWith(`/lti/register/${name}`));
  return form ? { action: attribute(form, 'action'),
    ticket: attribute(/<input type="hidden"[^>]*>/.exec(form)[0], 'value') }
    : null;
}

export async function openFrame(lms, gateway, profile, options) {
  const frame = { exchange: null, page: null };
  Object.assign(frame, await lms.add(gateway, profile, options));
  frame.ticket = (name) => formOf(frame.page, name).ticket;
  frame.send = async (name, fields, { ticket } = {}) => {
    const form = formOf(frame.page, name);
    assert.ok(form, `the page has the form ${name}: ${frame.page.text}`);
    frame.page = await gateway.open(form.action,
      { form: { ticket: ticket ?? form.ticket, ...fields } });
    return frame.page;
  };
  return frame;
}

// The address that the waiting page asks.
export const watchOf = (page) =>
  unescaped(/data-watch="([^"]*)"/.exec(page.text)?.[1] ?? '');
