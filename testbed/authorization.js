// SPDX-License-Identifier: Apache-2.0
// The authorization endpoint: whether the tool's request is one this LMS
// takes, and the form with which it answers. Until the redirect_uri is known
// to be the tool's own, a refusal is a page; after it, some LMSs send it back.

import { mintIdToken } from './launch.js';
import { formPost, refusalPage } from './launch_pages.js';
import { findProfile } from './profiles.js';

const codes = {
  missing: 'invalid_request', scope: 'invalid_scope',
  response_type: 'unsupported_response_type',
  response_mode: 'invalid_request', prompt: 'invalid_request',
  login_hint: 'access_denied', hint: 'invalid_request',
};

// A parameter given twice is none an LMS could read.
export function parametersOf(search) {
  const found = {};
  for (const [name, value] of new URLSearchParams(search)) {
    found[name] = name in found ? [found[name], value].flat() : value;
  }
  return found;
}

function findAttempt(lms, siteKey, { lti_message_hint: hint, login_hint: login,
  client_id: client }) {
  const { handles, attempts } = lms.book;
  const own = [...attempts.values()].filter((attempt) =>
    attempt.siteKey === siteKey && attempt.tool.client_id === client);
  return handles.get(`${siteKey} ${hint}`) ?? handles.get(`${siteKey} ${login}`)
    ?? own.findLast((attempt) => attempt.state === 'begun') ?? own.at(-1)
    ?? null;
}

const sameBut = (one, other) => {
  const bare = (text) => String(text).split(/[?#]/)[0];
  return bare(one) === bare(other);
};

function redirectKnown({ tool, launch }, given) {
  const known = tool.redirect_uris ?? [];
  return launch.authorization.redirectUri === 'exact'
    ? known.includes(given)
    : known.some((uri) => sameBut(uri, given));
}

const problem = (kind, text) => ({ kind, text });

function hintProblem(attempt, given) {
  const { hint: rule } = attempt.launch.authorization;
  if (attempt.hint === null || rule === 'none') return null;
  if (given !== attempt.hint) {
    return problem('hint', 'lti_message_hint is not what was sent');
  }
  return rule === 'once' && attempt.hintUses > 0
    ? problem('hint', 'lti_message_hint was used already') : null;
}

function loginProblem(attempt, given) {
  const sent = attempt.login.fields.login_hint;
  return sent !== undefined && given !== sent
    ? problem('login_hint', 'login_hint is not what was sent') : null;
}

// What is wrong after client and redirect_uri are known; null when nothing.
function requestProblem(attempt, parameters) {
  const { required, fixed } = attempt.launch.authorization;
  const missing = required.find((name) => !parameters[name]
    || Array.isArray(parameters[name]));
  if (missing) return problem('missing', `${missing} is missing`);
  const wrong = Object.keys(fixed).find((name) =>
    parameters[name] !== undefined && parameters[name] !== fixed[name]);
  if (wrong) return problem(wrong, `${wrong} must be ${fixed[wrong]}`);
  return loginProblem(attempt, parameters.login_hint)
    ?? hintProblem(attempt, parameters.lti_message_hint);
}

function earlyProblem(attempt, parameters) {
  if (parameters.client_id !== attempt.tool.client_id) {
    return problem('client', 'client_id is not known here');
  }
  return redirectKnown(attempt, parameters.redirect_uri) ? null
    : problem('redirect', 'redirect_uri is not one that was registered');
}

function stateFor({ switches: { authorizationState: form } }, state) {
  if (form === 'absent' || state === undefined) return {};
  return { state: form === 'changed' ? `${state}x` : state };
}

function errorAnswer(attempt, parameters, error, description) {
  return { action: parameters.redirect_uri, fields: { error,
    error_description: description,
    ...stateFor(attempt, parameters.state) } };
}

function refused(attempt, { kind, text }, parameters, late) {
  const { problems, page, codes: own = {} } = attempt.launch.authorization;
  attempt.state = 'refused';
  attempt.problem = text;
  return late && problems === 'form'
    ? errorAnswer(attempt, parameters, own[kind] ?? codes[kind], text)
    : { page, why: text };
}

async function tokenAnswer(lms, attempt, parameters) {
  const token = await mintIdToken(lms, attempt, parameters.nonce);
  return { action: parameters.redirect_uri, fields: {
    id_token: token.text, ...stateFor(attempt, parameters.state) } };
}

// Gives {action, fields}, or {page, why} for a refusal that stays here.
async function judge(lms, attempt, parameters) {
  const { switches } = attempt;
  attempt.authorization = parameters;
  if (switches.authorizationRules === 'enforced') {
    const early = earlyProblem(attempt, parameters);
    if (early) return refused(attempt, early, parameters, false);
    const late = requestProblem(attempt, parameters);
    if (late) return refused(attempt, late, parameters, true);
  }
  attempt.hintUses += 1;
  if (switches.error !== 'none') {
    attempt.state = 'error';
    return errorAnswer(attempt, parameters, switches.error,
      'The testbed was told to answer with an error');
  }
  const answer = await tokenAnswer(lms, attempt, parameters);
  attempt.state = 'answered';
  return answer;
}

async function judged(lms, attempt, parameters) {
  const result = await judge(lms, attempt, parameters);
  if (result.fields) attempt.answers.push(result);
  return result;
}

function given(request) {
  return request.method === 'POST'
    ? parametersOf(request.body.toString('utf8'))
    : parametersOf(request.query);
}

export async function authorizationAnswer(lms, siteKey, request, record) {
  const parameters = given(request);
  const attempt = findAttempt(lms, siteKey, parameters);
  (attempt?.requests ?? lms.book.strays).push(record);
  if (!attempt) {
    const profile = findProfile(siteKey.split('@')[0]);
    return refusalPage(profile.launch.authorization.page,
      'No launch has begun here for this request');
  }
  const result = await judged(lms, attempt, parameters);
  return result.page ? refusalPage(result.page, result.why)
    : formPost(result.action, result.fields);
}

// The same without HTTP. Takes the address the tool redirects to, or
// {url, form}, or the parameters themselves.
function parametersFrom(request) {
  if (typeof request === 'string' || request instanceof URL) {
    return parametersOf(new URL(request).search);
  }
  if (request.form) return { ...request.form };
  return request.url ? parametersOf(new URL(request.url).search) : request;
}

export async function answerDirectly(lms, attempt, request) {
  const result = await judged(lms, attempt, parametersFrom(request));
  if (result.fields) return result;
  throw Object.assign(new Error(`the LMS refuses: ${result.why}`),
    { status: result.page.status, problem: result.why });
}
