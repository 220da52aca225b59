// SPDX-License-Identifier: Apache-2.0
// The hidden frame that some LMSs answer storage messages from, on the origin
// of their authorization endpoint. In the mode "other" it only says what the
// LMS's page tells it to, from an origin that is not the LMS's.

import { frameNumber, isStorageMessage, makeStorage } from './storage.js';

const mode = new URLSearchParams(location.search).get('mode') ?? 'normal';
const storage = makeStorage(mode);

// The page shows what was said; it holds nothing but what a tool stored.
function tell(event, reply) {
  parent.postMessage({ testbed: 'storage', origin: event.origin,
    said: event.data, reply }, '*');
}

function reply(event, message) {
  if (mode !== 'wrong-origin') {
    event.source.postMessage(message, event.origin);
    return;
  }
  parent.frames.storage_other?.postMessage({ testbed: 'reply', message,
    to: frameNumber(parent, event.source), origin: event.origin }, '*');
}

addEventListener('message', (event) => {
  if (mode === 'other') {
    const { testbed, to, message, origin } = event.data ?? {};
    if (testbed === 'reply') parent.frames[to]?.postMessage(message, origin);
    return;
  }
  if (!isStorageMessage(event.data)) return;
  const message = storage.answer(event);
  tell(event, message);
  if (message) reply(event, message);
});
