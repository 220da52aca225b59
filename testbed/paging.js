// SPDX-License-Identifier: Apache-2.0
// Cuts a list into pages as an LMS does, and writes the Link header in its
// form or in one that a switch asks for.

const HUGE = 90_000;
const UNBOUNDED = 1_000_000;

const number = (text) => /^\d+$/.test(text ?? '') ? Number(text) : null;

// Which entries a request asks for: {from, to, size, place}.
function cut(count, query, rule, wish) {
  const asked = number(query.get(rule.limit));
  const forced = wish.paging === 'profile' ? 0 : wish.pageSize;
  const size = Math.min(asked || Infinity,
    forced || (asked ? rule.max ?? Infinity : rule.size || Infinity));
  const place = number(query.get(rule.place)) ?? (rule.by === 'page' ? 1 : 0);
  if (!Number.isFinite(size)) return { from: 0, to: count, size: 0, place };
  const from = rule.by === 'page' ? (Math.max(place, 1) - 1) * size : place;
  const start = wish.paging === 'endless' ? from % Math.max(count, 1) : from;
  return { from: start, to: Math.min(start + size, count), size, place };
}

const stepOf = (rule, size) => rule.by === 'page' ? 1 : size;

function placesOf(count, { place, size }, rule, wish) {
  const first = rule.by === 'page' ? 1 : 0;
  const step = stepOf(rule, size);
  const last = rule.by === 'page' ? Math.max(1, Math.ceil(count / size))
    : Math.max(0, count - size + 1);
  const end = wish.paging === 'endless' ? UNBOUNDED : count;
  const more = rule.by === 'page' ? place * size < end : place + size < end;
  return { first, canonical: place, current: place, last,
    ...(place > first ? { prev: Math.max(first, place - step) } : {}),
    ...(more ? { next: place + step } : {}) };
}

// Some LMSs forget what else was asked for when they name the next page.
function addressOf(call, rule, size, place) {
  const address = new URL(call.record.url);
  const kept = [...address.searchParams].filter(([name]) =>
    rule.keeps === 'all' || rule.keeps.includes(name));
  address.search = '';
  for (const [name, value] of [...kept.filter(([name]) =>
    name !== rule.limit && name !== rule.place),
  [rule.limit, size], [rule.place, place]]) {
    address.searchParams.append(name, value);
  }
  return address;
}

const odd = {
  loop: (address, call) => new URL(call.record.url),
  foreign: (address, call) => new URL(address.pathname + address.search,
    call.names.elsewhere),
  'other-path': (address) => {
    const other = new URL(address);
    other.pathname = '/somewhere/else';
    return other;
  },
};

const always = new Set(['loop', 'foreign', 'other-path']);

function linksOf(call, rule, page, places) {
  const { paging } = call.wish;
  const links = Object.fromEntries(Object.entries(places).map(
    ([relation, place]) => [relation, addressOf(call, rule, page.size,
      place)]));
  if (always.has(paging)) {
    links.next = odd[paging](links.next ?? links.canonical, call);
  }
  return links;
}

const plain = (relation, href) => `<${href}>; rel="${relation}"`;

const forms = {
  straight: plain,
  curly: (relation, href) => `<${href}>; rel=\u201c${relation}\u201d`,
  // Moodle's line items: its URLs are written for HTML.
  'curly-escaped': (relation, href) =>
    `<${String(href).replaceAll('&', '&amp;')}>; rel=\u201c${relation}\u201d`,
  unquoted: (relation, href) => `<${href}>; rel=${relation}`,
  'single-quoted': (relation, href) => `<${href}>; rel='${relation}'`,
  'upper-case': (relation, href) =>
    `<${href}>; REL="${relation.toUpperCase()}"`,
  'several-in-one': plain,
  'several-headers': plain,
  'relation-list': (relation, href) =>
    `<${href}>; rel="http://example.org/rel/page ${relation} section"`,
  relative: (relation, { pathname, search }) =>
    plain(relation, pathname + search),
  'extra-parameters': (relation, href) =>
    `<${href}>; title="a, b; rel=\\"prev\\""; type="application/json"; `
    + `rel="${relation}"; hreflang=en`,
};

const several = new Set(['several-in-one', 'several-headers']);
const many = ['first', 'prev', 'canonical', 'next', 'last', 'differences'];

// A header holds bytes: curly quotes go as their UTF-8.
const asBytes = (text) => Buffer.from(text, 'utf8').toString('latin1');

function headerOf({ wish }, rule, links) {
  const form = wish.linkForm === 'profile' ? rule.form : wish.linkForm;
  if (form === 'none') return {};
  const wanted = several.has(form) ? many : [...rule.relations, 'differences'];
  const texts = wanted.filter((relation) => links[relation])
    .map((relation) => forms[form](relation, links[relation]));
  if (wish.paging === 'huge-header') {
    texts.push(plain('section', `http://example.org/${'x'.repeat(HUGE)}`));
  }
  if (texts.length === 0) return {};
  return { link: form === 'several-headers' ? texts.map(asBytes)
    : asBytes(texts.join(', ')) };
}

function differencesOf(call) {
  const address = new URL(call.record.url);
  address.search = '';
  address.searchParams.set('since', String(call.lms.clock()));
  return address;
}

// Gives {from, to, headers}. Without a page size there is no header at all.
export function pageOf(call, count, rule) {
  const page = cut(count, call.request.query, rule, call.wish);
  const places = page.size ? placesOf(count, page, rule, call.wish) : {};
  const links = page.size ? linksOf(call, rule, page, places) : {};
  if (call.wish.differences && call.kind === 'memberships' && !links.next) {
    links.differences = differencesOf(call);
  }
  return { ...page, headers: headerOf(call, rule, links) };
}
