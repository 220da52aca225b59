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
  ...['registration', 'launch', 'platform', 'deployment', 'deep-linking',
    'content', 'score', 'settings', 'key', 'api key', 'service key',
    'organisation', 'registration link', 'person', 'sign-in', 'secret',
  ].map((kind): [string, string] =>
    [kind, kind.charAt(0).toUpperCase() + kind.slice(1)])];

type Filters = Record<string, string | undefined>;

interface Stream {
  events: LogEvent[] | undefined;
  problem: unknown;
  more: boolean;
  older: () => void;
}

type Answer = Awaited<ReturnType<typeof tool.events>>;

// Where to go on with what is older; empty: there is no more. A search that
// took too long ends early and says until where it came.
const endOf = ({ events, searchedUntil }: Answer) => searchedUntil
  ?? (events.length >= PAGE ? events.at(-1)?.id ?? '' : '');

// The newest events, and every few seconds those above them. While a tab is
// hidden nothing is asked.
function useStream(filters: Filters, live: boolean): Stream {
  const [events, setEvents] = useState<LogEvent[]>();
  const [problem, setProblem] = useState<unknown>();
  const [end, setEnd] = useState('');
  const [turn, setTurn] = useState(0);
  const newest = useRef('');
  const keys = JSON.stringify(filters);

  const begin = (answer: Answer) => {
    newest.current = answer.events[0]?.id ?? '';
    setEvents(answer.events);
    setEnd(endOf(answer));
  };
  useEffect(() => {
    const control = new AbortController();
    setEvents(undefined);
    setProblem(undefined);
    tool.events({ ...filters, limit: PAGE }, control.signal).then(begin,
      (why: unknown) => {
        if (!control.signal.aborted) setProblem(why);
      });
    return () => control.abort();
  }, [keys]);

  const poll = async (signal: AbortSignal) => {
    const answer = await tool.events({ ...filters, limit: PAGE,
      after: newest.current || undefined }, signal);
    setProblem(undefined);
    if (answer.events.length >= PAGE) {
      // More came than one list holds: what is between would be missing.
      begin(answer);
    } else if (answer.events[0]) {
      newest.current = answer.events[0].id;
      setEvents((last) => merged(answer.events, last ?? []));
    }
  };
  useEffect(() => {
    if (!live || !events) return undefined;
    const control = new AbortController();
    const timer = setTimeout(() => {
      (document.hidden ? Promise.resolve() : poll(control.signal))
        .catch((why: unknown) => {
          if (!control.signal.aborted) setProblem(why);
        }).finally(() => {
          if (!control.signal.aborted) setTurn((last) => last + 1);
        });
    }, POLL_MS);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [keys, live, Boolean(events), turn]);

  const older = () => {
    tool.events({ ...filters, limit: PAGE, before: end }).then((answer) => {
      setEvents((last) => [...last ?? [], ...answer.events]);
      setEnd(endOf(answer));
    }, setProblem);
  };
  return { events, problem, more: end !== '', older };
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
