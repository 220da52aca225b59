// SPDX-License-Identifier: Apache-2.0
// Reading the gateway's pages without a browser.

const entities = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': '\'' };

export const unescaped = (text) =>
  text.replace(/&(amp|lt|gt|quot|#39);/g, (whole, name) => entities[name]);

const inner = (text, pattern) => {
  const found = pattern.exec(text);
  return found ? unescaped(found[1]).replace(/\s+/g, ' ').trim() : null;
};

export const titleOf = (page) => inner(page.text, /<h1>([^]*?)<\/h1>/);
export const whatOf = (page) =>
  inner(page.text, /<\/h1>\s*<p>([^]*?)<\/p>/);
export const answerIn = (page) =>
  inner(page.text, /<blockquote[^>]*>([^]*?)<\/blockquote>/);
export const referenceIn = (page) =>
  inner(page.text, /Reference <code>([^]*?)<\/code>/);
// What a person reads: no tags, style or script.
export const wordsOf = (page) => unescaped(page.text
  .replace(/<(style|script)[^]*?<\/\1>/g, ' ').replace(/<[^>]*>/g, ' '))
  .replace(/\s+/g, ' ').trim();

const attributesOf = (tag) => Object.fromEntries(
  [...tag.matchAll(/([\w-]+)="([^"]*)"/g)]
    .map(([, name, value]) => [name, unescaped(value)]));

// The form of a page: its attributes, and its fields by name. null: none.
export function formIn(page) {
  const [tag] = /<form[^>]*>/.exec(page.text) ?? [];
  if (!tag) return null;
  const inputs = page.text.match(/<input[^>]*>/g) ?? [];
  return { ...attributesOf(tag), fields: Object.fromEntries(inputs
    .map(attributesOf).map(({ name, value }) => [name, value])) };
}
