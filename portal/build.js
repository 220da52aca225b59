// SPDX-License-Identifier: Apache-2.0
// node portal/build.js [FOLDER] - the portal as the files that are compiled
// into the program: index.<hash>.html, app.<hash>.js, app.<hash>.css, and each
// of them compressed beside it (.gz). FOLDER is emptied first; portal/dist by
// default, from where a build without Node takes them.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, parse, resolve } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const here = import.meta.dirname;
const folder = resolve(process.argv[2] ?? join(here, 'dist'));
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

const { outputFiles } = await build({
  entryPoints: { app: join(here, 'src/main.tsx') },
  outdir: folder,
  entryNames: '[name]',
  bundle: true,
  minify: true,
  write: false,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'eof',
  logLevel: 'warning',
});

// Of the bytes alone: esbuild's knows in which folder it was made.
const hashOf = (bytes) =>
  createHash('sha256').update(bytes).digest('hex').slice(0, 8);

function keep(name, bytes) {
  writeFileSync(join(folder, name), bytes);
  writeFileSync(join(folder, `${name}.gz`),
    gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }));
}

let page = readFileSync(join(here, 'index.html'), 'utf8');
for (const { path, contents } of outputFiles) {
  const { name: base, ext } = parse(path);
  const name = `${base}.${hashOf(contents)}${ext}`;
  keep(name, contents);
  page = page.replace(name.endsWith('.css') ? 'APP_CSS' : 'APP_JS', name);
}
if (/APP_(JS|CSS)/.test(page)) throw new Error('a part was not built');
keep(`index.${hashOf(page)}.html`, page);
