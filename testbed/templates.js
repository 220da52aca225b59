// SPDX-License-Identifier: Apache-2.0
// Small tools over JSON values: fill in {{names}}, merge, merge-patch.

export const TOOL_CONFIGURATION =
  'https://purl.imsglobal.org/spec/lti-tool-configuration';
export const PLATFORM_CONFIGURATION =
  'https://purl.imsglobal.org/spec/lti-platform-configuration';

export const isObject = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function fill(value, names) {
  if (typeof value === 'string') return fillText(value, names);
  if (Array.isArray(value)) return value.map((item) => fill(item, names));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, fill(item, names)]));
}

function fillText(text, names) {
  return text.replace(/\{\{([\w:.-]+)\}\}/g, (whole, name) => {
    if (!(name in names)) throw new Error(`no value for ${whole}`);
    return names[name];
  });
}

// As fill, but a text that is one name only becomes that name's value,
// whatever its type, and a member whose value is absent is left out.
export function fillValues(value, names) {
  if (typeof value === 'string') {
    const whole = /^\{\{([\w:.-]+)\}\}$/.exec(value);
    return whole && whole[1] in names
      ? names[whole[1]] : fillText(value, names);
  }
  if (Array.isArray(value)) return value.map((item) => fillValues(item, names));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value)
    .map(([key, item]) => [key, fillValues(item, names)])
    .filter(([, item]) => item !== undefined));
}

// RFC 7396: objects are merged, null removes, anything else replaces.
export function mergePatch(target, patch) {
  if (!isObject(patch)) return patch;
  const result = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

// PHP's idea of empty, which Moodle and ILIAS use for required members.
export function isEmpty(value) {
  if (value === undefined || value === null || value === '') return true;
  if (value === false || value === 0 || value === '0') return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

// 'tool.domain' is a member of the LTI tool configuration inside the request.
export function pick(request, member) {
  if (member === 'tool') return request[TOOL_CONFIGURATION];
  if (!member.startsWith('tool.')) return request[member];
  const tool = request[TOOL_CONFIGURATION];
  return isObject(tool) ? tool[member.slice(5)] : undefined;
}

export function memberName(member) {
  if (member === 'tool') return TOOL_CONFIGURATION;
  return member.startsWith('tool.') ? member.slice(5) : member;
}

// PHP's json_encode without flags: slashes and non-ASCII letters escaped.
export function phpJson(value) {
  return JSON.stringify(value)
    .replaceAll('/', '\\/')
    .replace(/[\u0080-\uffff]/g, (letter) =>
      `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
