// SPDX-License-Identifier: Apache-2.0
// LTI platform storage: what a tool keeps with the LMS where its cookies do
// not reach. Values are kept by the tool's origin, until the page is left.

const KEYS_MAX = 500;
const LENGTH_MAX = 4096;
const subjects = ['lti.capabilities', 'lti.put_data', 'lti.get_data'];

export const isStorageMessage = (data) => subjects.includes(data?.subject);

function checked({ key, message_id: id }, value) {
  if (typeof id !== 'string' || id === '') return 'message_id is missing';
  if (typeof key !== 'string' || key === '') return 'key is missing';
  return value !== undefined && value !== null && typeof value !== 'string'
    ? 'value is not text' : null;
}

const error = (code, message) => ({ error: { code, message } });

function put(mine, { key, value }) {
  const length = key.length + (value?.length ?? 0);
  if (length > LENGTH_MAX || (mine.size >= KEYS_MAX && !mine.has(key))) {
    return error('storage_exhausted', 'There is no room for this');
  }
  if (value === undefined || value === null) mine.delete(key);
  else mine.set(key, value);
  return { key, value };
}

const get = (mine, { key }) => ({ key, value: mine.get(key) ?? null });

function supported(frame) {
  const place = frame ? { frame } : {};
  return { supported_messages: [{ subject: 'lti.capabilities' },
    { subject: 'lti.put_data', ...place },
    { subject: 'lti.get_data', ...place }] };
}

// One store; answer(event) gives the reply, or null when there is none.
export function makeStorage(mode) {
  const origins = new Map();
  const content = (data, origin) => {
    if (!origins.has(origin)) origins.set(origin, new Map());
    const mine = origins.get(origin);
    const wrong = checked(data, data.value);
    if (wrong) return error('bad_request', wrong);
    if (mode === 'error') {
      return error('storage_exhausted', 'The testbed was told to say this');
    }
    return data.subject === 'lti.put_data' ? put(mine, data) : get(mine, data);
  };
  return {
    answer({ data, origin }) {
      if (mode === 'off' || mode === 'silent') return null;
      return { subject: `${data.subject}.response`,
        message_id: data.message_id, ...content(data, origin) };
    },
  };
}

export function capabilities({ data }, { mode, frame }) {
  return mode === 'off' ? null
    : { subject: 'lti.capabilities.response', message_id: data.message_id,
      ...supported(frame) };
}

// Which of this page's frames sent it: another frame may answer in its place.
export function frameNumber(host, source) {
  for (let i = 0; i < host.frames.length; i += 1) {
    if (host.frames[i] === source) return i;
  }
  return -1;
}
