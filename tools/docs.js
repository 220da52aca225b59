// docs.js - writes the tables of docs/ that follow from the sources.
//
// Usage: node tools/docs.js [--check]
// Between <!-- table:NAME --> and <!-- end --> of a document stands what the
// source says: faults (src/base/faults.def), routes (src/api/routes.def),
// configuration (src/main/config.c), settings (src/lti/tool_settings.c);
// between .\" table:NAME and .\" end of a manual page the same, or the commands
// (src/main/commands.c), or the calls that a tool makes, of the routes.
// --check changes nothing and fails when a table is out of date.
import { readFileSync, writeFileSync } from 'node:fs';

const read = (path) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const strings = (text) => [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((m) => m[1]);
const joined = (text) => strings(text).join('');
const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\\"', '"');

function faults() {
  const rows = [];
  for (const [, body] of read('src/base/faults.def').matchAll(/^FAULT\(([\s\S]*?)\)\n/gm)) {
    const [, status, rest] = body.match(/^\w+,\s*(\d+),([\s\S]*)$/);
    const parts = rest.split(/,\s*(?=")/).map(joined).filter((text) => text !== '');
    rows.push([`\`${parts[1]}\``, status, cell(parts.slice(2).join(', '))]);
  }
  return [['code', 'status', 'description'], ...rows];
}

const keys = { API: 'Bearer', API_MAYBE: 'Bearer', LTIK: 'ltik', SERVICE: 'service' };

function routes() {
  const rows = [];
  for (const [, whole] of read('src/api/routes.def').matchAll(/^ROUTE\(([\s\S]*?)\)\n/gm)) {
    const body = whole.replace(/"\s*\n\s*"/g, ''); // two texts side by side are one
    const [method, path, , kind, right] = body.split(',').map((part) => part.trim());
    const texts = strings(body);
    const queries = texts[1] ? texts[1].split(' ').map((name) => `\`${name}\``).join(' ') : '';
    const about = texts[2] || 'the same as under `/admin`';
    rows.push([`${method} \`${texts[0]}\``, keys[kind] ?? '', right === 'NONE' ? '' : right.toLowerCase().replace('_', '-'), queries, cell(about)]);
    if (!path.startsWith('"')) throw new Error(`unreadable route: ${body}`);
  }
  return [['call', 'key', 'right', 'query', 'what'], ...rows];
}

function rights() {
  const rows = [];
  for (const [, body] of read('src/app/rights.def').matchAll(/^RIGHT\(([A-Z][\s\S]*?)\)\n/gm)) {
    const texts = strings(body);
    const columns = [...body.matchAll(/\b([01])\b/g)].slice(0, 6).map(([, bit]) => (bit === '1' ? 'x' : ''));
    rows.push([`\`${texts[0]}\``, ...columns, cell(texts[1])]);
  }
  return [['right', 'owner', 'admin', 'viewer', 'admin of an organisation', 'registrar', 'its viewer', 'what'], ...rows];
}

function configuration() {
  const rows = [];
  for (const [, body] of read('src/main/config.c').matchAll(/\[CONFIG_\w+\]\s*=\s*\{([\s\S]*?)\}/g)) {
    const parts = body.split(/(?<=")\s*,\s*(?=")/).map(joined);
    rows.push([`\`${parts[0]}\``, parts[1] ? `\`${parts[1]}\`` : 'none', cell(parts.slice(2).join(', '))]);
  }
  return [['key', 'default', 'what'], ...rows];
}

const TEXT = /"(?:[^"\\]|\\.)*"/.source;
const TEXTS = `(${TEXT}(?:\\s*${TEXT})*)`;

function commands() {
  const entry = new RegExp(`\\{"([a-z -]+)",\\s*${TEXTS},\\s*(?:OWN\\(\\w+\\)|`
    + `NO_RUN,\\s*HTTP_\\w+,\\s*"[^"]*"),\\s*${TEXTS},\\s*\\{\\{`, 'g');
  const source = read('src/main/commands.c');
  const rows = [...source.matchAll(entry)].map(([, words, about, usage]) =>
    [words, joined(usage), joined(about).replaceAll('\\"', '"')]);
  if (rows.length !== source.match(/^    \{"[a-z]/gm).length) {
    throw new Error(`only ${rows.length} commands were read`);
  }
  return [['command', 'arguments', 'what'], ...rows];
}

// Of the routes, what has a key; its manual page says which, and what is asked.
function calls() {
  const rows = routes().slice(1).filter(([, key]) => key !== '')
    .map(([call, key, right, query, about]) => [call,
      `(${[key, right, query].filter(Boolean).join('; ')})`, about]);
  return [['call', 'asked for', 'what'], ...rows];
}

const tables = { faults, routes, rights, configuration, commands, calls };

// A manual page has a paragraph for each row, its first column in bold.
const roff = (text) => text.replaceAll('\\', '\\e').replaceAll('-', '\\-')
  .replaceAll('`', '').replace(/^([.'])/, '\\&$1');
const drawPage = ([, ...rows]) => rows.map(([name, middle, about]) =>
  `.TP\n\\fB${roff(name.replaceAll('`', ''))}\\fR ${
    /^`|^none$/.test(middle) ? `(${roff(middle)})` : roff(middle)}`.trimEnd()
  + `\n${roff(about.replaceAll('\\|', '|'))}`).join('\n');
const draw = ([head, ...rows]) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

let stale = 0;
const pages = ['ltigate.1', 'ltigate.conf.5', 'ltigate-api.7']
  .map((name) => `packaging/man/${name}`);
const marks = /(<!-- table:(\w+) -->\n)[\s\S]*?(<!-- end -->)/g;
const pageMarks = /(\.\\" table:(\w+)\n)[\s\S]*?(\.\\" end)/g;
for (const path of ['docs/api.md', 'docs/configuration.md', ...pages]) {
  const before = read(path);
  let found = 0;
  const isPage = pages.includes(path);
  const after = before.replace(isPage ? pageMarks : marks, (_, head, name, foot) => {
    found++;
    const table = tables[name]();
    if (table.length < 5) throw new Error(`table ${name} was not found in its source`);
    return `${head}${isPage ? drawPage(table) : draw(table)}\n${foot}`;
  });
  if (found === 0) throw new Error(`${path} has no table`);
  if (after === before) continue;
  stale++;
  if (process.argv.includes('--check')) console.error(`${path} is out of date: node tools/docs.js`);
  else writeFileSync(new URL(`../${path}`, import.meta.url), after);
}
if (stale && process.argv.includes('--check')) process.exit(1);
