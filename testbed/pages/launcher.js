// SPDX-License-Identifier: Apache-2.0
// Opens a tool as this LMS does: the login by GET or POST, in a frame of the
// page, in a dialog or in a window, with the storage this LMS has for it.

import { el } from './common.js';
import {
  capabilities, frameNumber, isStorageMessage, makeStorage,
} from './storage.js';

const WINDOW = 'tool-window';
const stage = { storage: null, store: null, heard: () => {} };

// A form with GET would lose what the address already asks.
function go({ method, url, form }, target, opened) {
  if (method === 'GET') {
    opened(url);
    return;
  }
  const inputs = Object.entries(form).map(([name, value]) =>
    el('input', { type: 'hidden', name, value }));
  const sent = el('form', { method: 'post', action: url, target,
    hidden: true }, ...inputs);
  document.body.append(sent);
  sent.submit();
  sent.remove();
}

export function openInFrame(login, holder, name, title) {
  const frame = el('iframe', { name, title });
  holder.replaceChildren(frame);
  go(login, name, (url) => {
    frame.src = url;
  });
}

// Windows are opened at the click: later, a browser takes them for an
// advertisement.
export const emptyWindow = () =>
  window.open('about:blank', WINDOW, 'popup,width=900,height=700');

export function openInWindow(login, opened) {
  if (!opened) return false;
  go(login, WINDOW, (url) => {
    opened.location = url;
  });
  return true;
}

function loadedFrame(name, src) {
  const frame = el('iframe', { name, src, title: 'Storage of the LMS' });
  const loaded = new Promise((resolve) => {
    frame.addEventListener('load', resolve, { once: true });
  });
  document.getElementById('storage-frames').append(frame);
  return loaded;
}

// Before the tool is opened, so that it never asks too early.
export async function setStorage(storage, tell) {
  Object.assign(stage, { storage, heard: tell,
    store: makeStorage(storage.mode) });
  document.getElementById('storage-frames').replaceChildren();
  const frames = [];
  if (storage.mode === 'wrong-origin') {
    frames.push(loadedFrame('storage_other', storage.otherUrl));
  }
  if (storage.place === 'frame' && storage.mode !== 'off') {
    frames.push(loadedFrame(storage.frame, storage.frameUrl));
  }
  await Promise.all(frames);
}

function reply(event, message) {
  const { mode } = stage.storage;
  if (mode !== 'wrong-origin') {
    event.source.postMessage(message, event.origin);
    return;
  }
  window.frames.storage_other?.postMessage({ testbed: 'reply', message,
    to: frameNumber(window, event.source), origin: event.origin }, '*');
}

function ownAnswer(event) {
  const { storage, store } = stage;
  if (event.data.subject === 'lti.capabilities') {
    return storage.place === 'none' ? null : capabilities(event, storage);
  }
  return storage.place === 'parent' ? store.answer(event) : null;
}

const heard = (origin, said, message) => stage.heard({
  at: new Date().toISOString(), origin, said, reply: message });

function answerTool(event) {
  const message = ownAnswer(event);
  heard(event.origin, event.data, message);
  if (message) reply(event, message);
}

export function listen() {
  window.addEventListener('message', (event) => {
    if (!stage.storage) return;
    if (event.data?.testbed === 'storage') {
      const { origin, said, reply: message } = event.data;
      heard(origin, said, message);
    } else if (isStorageMessage(event.data)) answerTool(event);
  });
}
