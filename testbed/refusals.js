// SPDX-License-Identifier: Apache-2.0
// How each LMS says no. A refusal is {kind, problems}: kind is one of
// token-missing, token-invalid, token-expired, token-used, body-malformed,
// body-too-large, method, rules.

const answer = (status, type, body, headers = {}) => ({
  status,
  headers: { ...(type ? { 'content-type': type } : {}), ...headers },
  body,
});
const json = (status, value, headers) =>
  answer(status, 'application/json; charset=utf-8', JSON.stringify(value),
    headers);
const page = (status, title, text) =>
  answer(status, 'text/html; charset=utf-8',
    `<!DOCTYPE html><html lang="en"><head><title>${title}</title></head>`
    + `<body><h1>${title}</h1><p>${text}</p></body></html>`);

// Moodle sets no content type for its one-word errors, so that PHP's default
// text/html goes with them although the body is plain text.
const moodleText = (status, text) =>
  answer(status, 'text/html; charset=utf-8', text);

function moodle({ kind, problems }) {
  if (kind === 'token-missing') {
    return moodleText(401, 'missing_registration_token');
  }
  if (kind === 'token-used') return moodleText(401, 'token_already_used');
  if (kind === 'rules') {
    return moodleText(400, problems[0].code ?? problems[0].text);
  }
  const why = { 'token-expired': 'Expired token' }[kind]
    ?? 'Signature verification failed';
  return page(404, 'Error', why);
}

function canvas({ kind, problems }) {
  if (kind === 'rules') {
    return json(422, { errors: problems.map((entry) => entry.text) });
  }
  if (kind === 'body-malformed') {
    return json(422, { errors: ['The request body is not a JSON object'] });
  }
  const text = {
    'token-missing': 'No registration token was given',
    'token-expired': 'Registration token has expired',
    'token-used': 'Registration token has already been used',
  }[kind] ?? 'Registration token is not valid';
  return json(401, { errorMessage: text });
}

function rfc7591({ kind, problems = [] }) {
  const token = kind.startsWith('token-');
  return json(kind === 'method' ? 405 : token ? 401 : 400, {
    error: token ? 'invalid_token' : 'invalid_client_metadata',
    error_description: problems[0]?.text ?? kind.replaceAll('-', ' '),
  }, token ? { 'www-authenticate': 'Bearer error="invalid_token"' } : {});
}

function blackboard({ kind, problems = [] }) {
  const status = kind.startsWith('token-') ? 401 : 400;
  const message = problems[0]?.text ?? kind.replaceAll('-', ' ');
  return json(status, { status, message });
}

function sakai({ kind, problems = [] }) {
  const plain = (text) => answer(400, 'text/plain;charset=utf-8', text,
    { 'x-sakai-lti13-error-detail': text });
  if (kind === 'token-missing') return plain('invalid_authorization');
  if (kind.startsWith('token-')) return answer(403, null, '');
  if (kind === 'rules') return plain(problems[0].text);
  return plain(kind.replaceAll('-', ' '));
}

const forms = { moodle, canvas, rfc7591, blackboard, sakai };

export function refuse(exchange, refusal) {
  return forms[exchange.profileData.refusals.form](refusal);
}

// The refusals a switch asks for, whatever the LMS.
export const forcedRefusals = {
  'rfc-400': () => json(400, { error: 'invalid_client_metadata',
    error_description: 'The testbed was told to refuse this registration' }),
  'errors-422': () => json(422, { errors: [
    'The testbed was told to refuse this registration',
    'and to give two reasons'] }),
  'error-message-401': () => json(401, {
    errorMessage: 'The testbed was told to refuse this registration' }),
  'plain-400': () => answer(400, 'text/plain; charset=utf-8',
    'refused_by_the_testbed'),
  'html-500': () => page(500, 'Something went wrong',
    'HTML that must not be shown as it is: <script>alert(1)</script>'),
  'forbidden-empty': () => answer(403, null, ''),
  'redirect-302': (names) => answer(302, 'text/html', '',
    { location: `${names.elsewhere}/login?exchange=${names.exchange}` }),
  'secret-500': () => json(500, { error: 'server_error',
    database: { password: 'hunter2-must-not-leak' } }),
};

// Answers of a success status that hold no registration.
export const spoiltAnswers = {
  'not-json': '{"client_id": "abc", ',
  'html-200': '<!DOCTYPE html><title>Sign in</title><form></form>',
  empty: '',
  array: '[{"client_id":"abc"}]',
  deep: `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`,
};

export const configurationRefusals = {
  canvas: () => json(401, { errorMessage:
    'Registration token is not valid' }),
  plain: (text) => answer(400, 'text/plain;charset=utf-8', text),
  rfc7591: () => json(401, { error: 'invalid_token' }),
};
