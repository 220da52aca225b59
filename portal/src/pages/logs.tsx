// SPDX-License-Identifier: Apache-2.0

import { useEffect, useRef, useState } from 'preact/hooks';
import { tool } from '../api';
import { Card, Chip, Empty, Fault, FilterChoice, Page, SearchBox }
  from '../parts';
import { refine, useRoute } from '../router';
import { useScope } from '../session';
import type { LogEvent } from '../types';
import { EventTable } from './log_events';

const POLL_MS = 3000;
const PAGE = 50;
const KEPT = 1000; // on the page; what is older is one press away

const levels: [string, string][] = [['', 'All'], ['info', 'Info'],
  ['warn', 'Warnings'], ['error', 'Errors']];
const kinds: [string, string][] = [['', 'All'],
  ...['registration', 'login', 'launch', 'platform', 'deployment', 'service',
    'score', 'settings', 'key', 'people', 'session', 'content',
    'organization', 'link'].map((kind): [string, string] =>
    [kind, kind.charAt(0).toUpperCase() + kind.slice(1)])];

type Filters = Record<string, string | undefined>;

interface Stream {
  events: LogEvent[] | undefined;
  problem: unknown;
  more: boolean;
  older: () => void;
}

// The newest events, and every few seconds those above them. While a tab is
// hidden nothing is asked.
function useStream(filters: Filters, live: boolean): Stream {
  const [events, setEvents] = useState<LogEvent[]>();
  const [problem, setProblem] = useState<unknown>();
  const [more, setMore] = useState(false);
  const newest = useRef('');
  const keys = JSON.stringify(filters);

  const above = (rows: LogEvent[]) => {
    if (rows[0]) newest.current = rows[0].id;
  };
  useEffect(() => {
    const control = new AbortController();
    setEvents(undefined);
    newest.current = '';
    tool.events({ ...filters, limit: PAGE }, control.signal)
      .then(({ events: rows }) => {
        above(rows);
        setEvents(rows);
        setMore(rows.length >= PAGE);
        setProblem(undefined);
      }).catch((why: unknown) => {
        if (!control.signal.aborted) setProblem(why);
      });
    return () => control.abort();
  }, [keys]);

  useEffect(() => {
    if (!live || !events) return undefined;
    const control = new AbortController();
    const timer = setTimeout(async function poll() {
      if (!document.hidden) {
        try {
          const { events: rows } = await tool.events(
            { ...filters, after: newest.current || undefined, limit: PAGE },
            control.signal);
          above(rows);
          setProblem(undefined);
          setEvents((last) => merged(rows, last ?? []));
        } catch (why) {
          if (control.signal.aborted) return;
          setProblem(why);
          setEvents((last) => [...last ?? []]);
        }
      } else {
        setEvents((last) => [...last ?? []]);
      }
    }, POLL_MS);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [keys, live, events]);

  const older = () => {
    tool.events({ ...filters, limit: PAGE, before: events?.at(-1)?.id })
      .then(({ events: rows }) => {
        setEvents((last) => [...last ?? [], ...rows]);
        setMore(rows.length >= PAGE);
      }).catch(setProblem);
  };
  return { events, problem, more, older };
}

function merged(fresh: LogEvent[], old: LogEvent[]): LogEvent[] {
  const seen = new Set(old.map((event) => event.id));
  const added = fresh.filter((event) => !seen.has(event.id));
  return [...added, ...old].slice(0, Math.max(KEPT, old.length));
}

export function LogsPage() {
  const { organization } = useScope();
  const { query } = useRoute();
  const [live, setLive] = useState(true);
  const given = (name: string) => query.get(name) || undefined;
  const filters: Filters = { organizationId: organization,
    level: given('level'), kind: given('kind'),
    platformId: given('platform'), reference: given('reference'),
    search: given('search') };
  const stream = useStream(filters, live);
  const filtered = ['level', 'kind', 'platform', 'reference', 'search']
    .some(given);
  return (
    <Page title="Logs" lead="What happened, the newest first." actions={
      <>
        <span role="status">{live ? <Chip tone="good">Live</Chip>
          : <Chip tone="warn">Paused</Chip>}</span>
        <button type="button" class="secondary" onClick={() => setLive(!live)}>
          {live ? 'Pause' : 'Go on'}
        </button>
      </>}>
      <Card>
        <div class="filters">
          <SearchBox label="Search" />
          <FilterChoice label="Level" name="level" choices={levels} />
          <FilterChoice label="Kind" name="kind" choices={kinds} />
          <SearchBox label="Reference" name="reference" narrow />
          <SearchBox label="Platform's id" name="platform" narrow />
          {filtered && (
            <button type="button" class="secondary clear" onClick={() =>
              refine({ level: undefined, kind: undefined, search: undefined,
                platform: undefined, reference: undefined })}>
              Clear
            </button>
          )}
        </div>
        {Boolean(stream.problem) && <Fault problem={stream.problem} />}
        {stream.events === undefined
          ? !stream.problem && <div class="waiting"><div /><div /><div /></div>
          : stream.events.length === 0
            ? filtered
              ? <Empty title="Nothing matches">Change the filters, or wait:
                  new events appear by themselves.</Empty>
              : <Empty title="Nothing has happened yet">Registrations, launches
                  and changes appear here by themselves.</Empty>
            : <EventTable events={stream.events} />}
        {stream.more && (
          <div class="actions center">
            <button type="button" class="secondary" onClick={stream.older}>
              Show older
            </button>
          </div>
        )}
      </Card>
    </Page>
  );
}
