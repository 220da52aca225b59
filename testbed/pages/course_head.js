// SPDX-License-Identifier: Apache-2.0
// What the pages inside a course share: whose LMS this is, and looking again
// every second, showing only what has changed.

import { api } from './common.js';

const LOOK_MS = 1000;

const $ = (id) => document.getElementById(id);

export const say = (text) => {
  $('status').textContent = text;
};

function dress(title, profile, settings) {
  document.title = `${title} - ${profile.title} - Testbed LMS`;
  document.body.style.setProperty('--lms', profile.colour);
  $('lms-title').textContent = profile.title;
  $('leave').href = `${settings.start}/`;
}

// Gives the LMS of this host, or leaves for the start page.
export async function enterCourse(title) {
  const [profiles, settings] = await Promise.all([
    api('/profiles'), api('/settings')]);
  const profile = profiles.find((one) => one.host === location.hostname);
  if (!profile) {
    location.replace(`${settings.start}/`);
    return null;
  }
  dress(title, profile, settings);
  return profile;
}

export function showContext({ label, title }) {
  $('place').textContent = `Courses \u203a ${label}`;
  $('course-title').textContent = title;
}

export async function keepLooking(path, show) {
  let shown = '';
  const look = async () => {
    const value = await api(path);
    const text = JSON.stringify(value);
    if (text === shown) return;
    shown = text;
    show(value);
  };
  await look();
  setInterval(() => look().catch(() => {}), LOOK_MS);
}
