// SPDX-License-Identifier: Apache-2.0
// The frame around every page: the menu, the organisation, the person.

import type { FunctionComponent } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Empty, Page } from './parts';
import { go, href, useRoute } from './router';
import { useScope } from './session';
import type { Right } from './types';
import { AccountPage } from './pages/account';
import { ApiKeysPage } from './pages/api_keys';
import { ContentPage, CoursePage } from './pages/content';
import { GuidePage, LmsPage } from './pages/guide';
import { BehindPage } from './pages/in_step';
import { IntegrationsPage } from './pages/integrations';
import { LogsPage } from './pages/logs';
import { OrganizationsPage } from './pages/organizations';
import { OverviewPage } from './pages/overview';
import { PeoplePage } from './pages/people';
import { PlatformPage } from './pages/platform';
import { RegistrationsPage } from './pages/registrations';
import { SettingsPage } from './pages/settings';

interface Entry {
  path: string;
  text: string;
  page: FunctionComponent;
  inner?: FunctionComponent<{ id: string }>; // with an id behind the path
  right: Right;
  staff?: boolean;
}

const account: Entry[] = [
  { path: '', text: 'Overview', page: OverviewPage, right: 'see' },
  { path: 'settings', text: 'API Settings', page: SettingsPage,
    right: 'see-tool' },
  { path: 'integrations', text: 'Integrations', page: IntegrationsPage,
    inner: ({ id }) => id === 'behind' ? <BehindPage /> : <NotHere />,
    right: 'see' },
  { path: 'guide', text: 'Add to your LMS', page: GuidePage,
    inner: LmsPage, right: 'see' },
  { path: 'registrations', text: 'Registrations', page: RegistrationsPage,
    inner: PlatformPage, right: 'see' },
  { path: 'content', text: 'Content', page: ContentPage, inner: CoursePage,
    right: 'see' },
  { path: 'logs', text: 'Logs', page: LogsPage, right: 'see' },
];
const settings: Entry[] = [
  { path: 'people', text: 'People and roles', page: PeoplePage,
    right: 'see-people' },
  { path: 'organisations', text: 'Organisations', page: OrganizationsPage,
    right: 'see', staff: true },
  { path: 'api-keys', text: 'API keys', page: ApiKeysPage, right: 'see-tool' },
  { path: 'account', text: 'Account', page: AccountPage, right: 'self' },
];

function useEntries() {
  const { can, staff } = useScope();
  const shown = (entry: Entry) => entry.right === 'self'
    || ((!entry.staff || staff) && can(entry.right));
  return { account: account.filter(shown), settings: settings.filter(shown) };
}

function Group({ title, entries, here }:
{ title: string; entries: Entry[]; here: string }) {
  const id = useId();
  if (entries.length === 0) return null;
  return (
    <>
      <h2 id={id}>{title}</h2>
      <ul aria-labelledby={id}>
        {entries.map((entry) => (
          <li key={entry.path}>
            <a href={href(entry.path)}
              aria-current={entry.path === here ? 'page' : undefined}>
              {entry.text}
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

function Switcher() {
  const { person, organization, staff } = useScope();
  const route = useRoute();
  const id = useId();
  if (person.organizations.length + (staff ? 1 : 0) < 2) {
    const only = person.organizations[0];
    return only && !staff
      ? <p class="only-organization">{only.name}</p> : null;
  }
  return (
    <div class="switcher">
      <label for={id}>Organisation</label>
      <select id={id} value={organization ?? ''} onChange={(event) =>
        go(route.path[0] ?? '', {
          organization: event.currentTarget.value || undefined })}>
        {staff && <option value="">All organisations</option>}
        {person.organizations.map((one) =>
          <option key={one.id} value={one.id}>{one.name}</option>)}
      </select>
    </div>
  );
}

const NotHere = () => (
  <Page title="Not found">
    <Empty title="There is no such page here" action={
      <a role="button" href={href('')}>Go to the overview</a>}>
      It may have moved, or your role does not show it.
    </Empty>
  </Page>
);

function Current() {
  const { path } = useRoute();
  const { account: upper, settings: lower } = useEntries();
  const entry = [...upper, ...lower].find((one) =>
    one.path === (path[0] ?? ''));
  const id = path[1];
  if (!entry || (id && !entry.inner) || path.length > 2) return <NotHere />;
  const Inner = entry.inner;
  return id && Inner ? <Inner id={id} key={id} /> : <entry.page />;
}

export function Shell() {
  const { person, organization } = useScope();
  const route = useRoute();
  const entries = useEntries();
  const [open, setOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const place = route.path.join('/');
  const first = useRef(true);
  const { tool } = person.session;

  // A page that was chosen is announced by its heading.
  useEffect(() => {
    setOpen(false);
    if (first.current) {
      first.current = false;
      return;
    }
    scrollTo(0, 0);
    main.current?.querySelector('h1')?.focus();
  }, [place]);

  const skip = (event: Event) => {
    event.preventDefault();
    main.current?.focus();
  };
  return (
    <div class={open ? 'shell open' : 'shell'}>
      <a class="skip" href="#main" onClick={skip}>Skip to the page</a>
      <header class="side">
        <div class="brand">
          {tool?.logoUrl
            ? <img src={tool.logoUrl} alt="" width="32" height="32" />
            : <span class="logo" aria-hidden="true" />}
          <span>{tool?.name || 'ltigate'}</span>
          <button type="button" class="menu secondary" aria-expanded={open}
            aria-controls="menu" onClick={() => setOpen(!open)}>Menu</button>
        </div>
        <nav id="menu" aria-label="Portal">
          <Switcher />
          <Group title="Account" entries={entries.account}
            here={route.path[0] ?? ''} />
          <Group title="Settings" entries={entries.settings}
            here={route.path[0] ?? ''} />
          <div class="whoami">
            <span>{person.user.name || person.user.email}</span>
            <button type="button" class="link" onClick={person.signOut}>
              Sign out
            </button>
          </div>
        </nav>
      </header>
      <main id="main" ref={main} tabIndex={-1}
        key={organization ?? 'all'}>
        <Current />
      </main>
    </div>
  );
}
