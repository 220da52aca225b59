// SPDX-License-Identifier: Apache-2.0
// Reads profiles/*.json. A profile may extend another: what it says is merged
// over that one, and null takes a member away.

import { readdirSync, readFileSync } from 'node:fs';
import { mergePatch } from './templates.js';

const folder = new URL('./profiles/', import.meta.url);

function readAll() {
  const found = new Map();
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith('.json')) continue;
    const profile = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
    found.set(profile.name, profile);
  }
  return found;
}

function whole(profile, all) {
  if (!profile.extends) return profile;
  const base = all.get(profile.extends);
  if (!base) throw new Error(`${profile.name} extends an unknown profile`);
  return mergePatch(whole(base, all), profile);
}

const raw = readAll();

export const profiles = new Map([...raw].map(([name, profile]) =>
  [name, whole(profile, raw)]));

export function findProfile(name) {
  const profile = profiles.get(name);
  if (!profile) throw new Error(`unknown profile ${name}`);
  return profile;
}
