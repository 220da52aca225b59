// SPDX-License-Identifier: Apache-2.0
// Where a tool's content comes back: the deep linking return address, which
// checks what an LMS checks and keeps what is good as activities, and the
// address that a launch leads back to.

import { compactVerify, createLocalJWKSet, decodeJwt, decodeProtectedHeader }
  from 'jose';
import { readKeySet } from './key_set_fetch.js';
import { coupleItem } from './service_claims.js';
import { backPage, refusalPage, returnedPage } from './launch_pages.js';
import { findProfile } from './profiles.js';
import { fillValues } from './templates.js';
import { addActivity } from './tools.js';

const LTI = 'https://purl.imsglobal.org/spec/lti/claim/';
const DL = 'https://purl.imsglobal.org/spec/lti-dl/claim/';
const SKEW = 60;

// The address holds something of the attempt, wherever this LMS puts it.
function findAttempt(lms, siteKey, request) {
  const { handles, attempts } = lms.book;
  const parts = [...request.query.values(), ...request.path.split('/')];
  const found = parts.map((part) => handles.get(`${siteKey} ${part}`))
    .find(Boolean);
  return found ?? [...attempts.values()].findLast((attempt) =>
    attempt.siteKey === siteKey
    && attempt.message === 'LtiDeepLinkingRequest') ?? null;
}

const settingsOf = (attempt) =>
  attempt.tokens.at(-1)?.claims[`${DL}deep_linking_settings`]
  ?? fillValues({ ...attempt.launch.deepLinking.settings,
    deep_link_return_url: attempt.launch.deepLinking.returnUrl },
  attempt.names);

function addressProblems(settings, record) {
  const wanted = new URL(settings.deep_link_return_url);
  const given = new URL(record.url);
  return wanted.href === given.href ? []
    : ['the return address is not the one that was given'];
}

async function signatureProblems(lms, attempt, jwt) {
  const header = decodeProtectedHeader(jwt);
  const problems = [
    ...(header.alg === 'RS256' ? [] : [`alg is ${header.alg}, not RS256`]),
    ...(header.kid ? [] : ['the header has no kid']),
  ];
  if (!attempt.tool.jwks_uri) return [...problems, 'the tool has no key set'];
  const { answer, problem } = await readKeySet(lms, attempt,
    attempt.tool.jwks_uri);
  if (problem) return [...problems, `the tool's key set ${problem}`];
  try {
    await compactVerify(jwt, createLocalJWKSet(JSON.parse(answer.text)));
    return problems;
  } catch (wrong) {
    return [...problems, `the signature does not hold (${wrong.message})`];
  }
}

const holds = (list, value) => [list].flat().includes(value);

function timeProblems({ iat, exp }, now) {
  return [
    ...(Number.isInteger(iat) && iat <= now + SKEW ? [] : ['iat is wrong']),
    ...(Number.isInteger(exp) && exp > now - SKEW ? [] : ['exp is past']),
  ];
}

function nonceProblems(lms, attempt, claims) {
  const nonce = claims.nonce ?? claims.jti;
  if (typeof nonce !== 'string' || nonce === '') {
    return ['there is no nonce'];
  }
  const key = `${attempt.siteKey} ${claims.iss} ${nonce}`;
  const used = lms.book.nonces.has(key);
  lms.book.nonces.add(key);
  return used ? ['the nonce was used before'] : [];
}

function claimProblems(attempt, settings, claims) {
  const { tool } = attempt;
  const sent = attempt.tokens.at(-1)?.claims[`${LTI}deployment_id`]
    ?? attempt.deployment;
  const rows = [
    [claims.iss === tool.client_id, 'iss is not the client id'],
    [holds(claims.aud, tool.issuer), 'aud is not the issuer'],
    [claims[`${LTI}message_type`] === 'LtiDeepLinkingResponse',
      'message_type is not LtiDeepLinkingResponse'],
    [claims[`${LTI}version`] === '1.3.0', 'version is not 1.3.0'],
    [claims[`${LTI}deployment_id`] === sent,
      'deployment_id is not the one that was sent'],
    [claims[`${DL}data`] === settings.data, settings.data === undefined
      ? 'data came back though none was sent'
      : 'data is not what was sent'],
  ];
  return rows.filter(([good]) => !good).map(([, text]) => text);
}

const urlNeeded = new Set(['link', 'image', 'file']);

function itemProblems(settings, item) {
  if (!item || typeof item !== 'object' || !item.type) {
    return ['an item has no type'];
  }
  const problems = [];
  if (!(settings.accept_types ?? []).includes(item.type)) {
    problems.push(`an item of type ${item.type} is not accepted`);
  }
  if (urlNeeded.has(item.type) && !item.url) {
    problems.push(`a ${item.type} has no url`);
  }
  if (item.type === 'html' && typeof item.html !== 'string') {
    problems.push('an html item has no html');
  }
  if (item.url !== undefined && !URL.canParse(item.url)) {
    problems.push(`the url of ${item.title ?? 'an item'} is none`);
  }
  if (item.lineItem && !(item.lineItem.scoreMaximum > 0)) {
    problems.push('a line item has no scoreMaximum above 0');
  }
  if (item.lineItem && settings.accept_lineitem === false) {
    problems.push('line items are not accepted');
  }
  return problems;
}

function listProblems(settings, items) {
  if (!Array.isArray(items)) return ['content_items is not a list'];
  const many = items.length > 1 && settings.accept_multiple === false;
  return [...(many ? ['only one item is accepted'] : []),
    ...items.flatMap((item) => itemProblems(settings, item))];
}

async function judge(lms, attempt, record, form) {
  const settings = settingsOf(attempt);
  const jwt = form.get('JWT');
  const address = addressProblems(settings, record);
  if (!jwt) return { problems: [...address, 'the field JWT is missing'] };
  let claims;
  let header;
  try {
    claims = decodeJwt(jwt);
    header = decodeProtectedHeader(jwt);
  } catch (problem) {
    return { problems: [...address, `JWT is none (${problem.message})`] };
  }
  const items = claims[`${DL}content_items`] ?? [];
  return { claims, header, items: [items].flat(), problems: [
    ...address,
    ...await signatureProblems(lms, attempt, jwt),
    ...claimProblems(attempt, settings, claims),
    ...timeProblems(claims, lms.clock() / 1000),
    ...nonceProblems(lms, attempt, claims),
    ...listProblems(settings, items),
  ] };
}

// Only links to the tool open it again; the page shows the rest as it is.
function keepItems(lms, attempt) {
  for (const item of attempt.returned.items) {
    if (item.type !== 'ltiResourceLink') continue;
    const activity = addActivity(lms, attempt.tool, { title: item.title,
      text: item.text, url: item.url, custom: item.custom,
      lineItem: item.lineItem, attempt: attempt.id });
    if (item.lineItem) coupleItem(lms, attempt, activity);
  }
}

const noAttempt = (siteKey) => refusalPage(
  findProfile(siteKey.split('@')[0]).launch.authorization.page,
  'No launch has begun here for this request');

export async function contentReturnAnswer(lms, siteKey, request, record) {
  const attempt = findAttempt(lms, siteKey, request);
  (attempt?.requests ?? lms.book.strays).push(record);
  if (!attempt) return noAttempt(siteKey);
  if (request.method !== 'POST') {
    return refusalPage({ status: 405, title: 'Error', text: 'Not allowed' },
      'Content comes back by POST');
  }
  const form = new URLSearchParams(request.body.toString('utf8'));
  const judged = await judge(lms, attempt, record, form);
  attempt.returned = { claims: null, header: null, items: [], ...judged,
    jwt: form.get('JWT') };
  attempt.state = 'returned';
  if (judged.problems.length === 0) keepItems(lms, attempt);
  return returnedPage(attempt);
}

export function launchReturnAnswer(lms, siteKey, request, record) {
  const attempt = findAttempt(lms, siteKey, request)
    ?? [...lms.book.attempts.values()].findLast((one) =>
      one.siteKey === siteKey);
  (attempt?.requests ?? lms.book.strays).push(record);
  if (!attempt) return noAttempt(siteKey);
  attempt.back = Object.fromEntries(request.query);
  return backPage(attempt, request.query);
}
