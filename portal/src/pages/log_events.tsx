// SPDX-License-Identifier: Apache-2.0
// Events as a list, and one of them in full.

import { useState } from 'preact/hooks';
import { Chip, Copy, Dialog, Empty, exactTime, Facts, Json, When,
  type Tone } from '../parts';
import { href } from '../router';
import { useScope } from '../session';
import type { LogEvent } from '../types';

const tones: Record<string, Tone> =
  { debug: 'plain', info: 'info', warn: 'warn', error: 'bad' };

// The parts of the details that tell most in one line.
function gist(event: LogEvent): string {
  return Object.entries(event.details ?? {})
    .filter(([, value]) => typeof value !== 'object' && value !== '')
    .slice(0, 4).map(([name, value]) => `${name} ${String(value)}`).join(', ');
}

interface Change { from?: unknown; to?: unknown }

const said = (value: unknown) => value === undefined ? 'nothing'
  : typeof value === 'string' ? value || 'empty' : JSON.stringify(value);

function Changes({ changes }: { changes: Record<string, Change> }) {
  return (
    <table class="list changes">
      <thead>
        <tr><th scope="col">What changed</th><th scope="col">Before</th>
          <th scope="col">Now</th></tr>
      </thead>
      <tbody>
        {Object.entries(changes).map(([name, change]) => (
          <tr key={name}>
            <td><code>{name}</code></td>
            <td data-label="Before">{said(change.from)}</td>
            <td data-label="Now">{said(change.to)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Opened({ event, onClose }:
{ event: LogEvent; onClose: () => void }) {
  const { nameOf } = useScope();
  const { changes, ...details } = event.details ?? {};
  return (
    <Dialog title={event.message} onClose={onClose} wide>
      <Facts rows={[
        ['Level', <Chip tone={tones[event.level] ?? 'plain'}>
          {event.level}</Chip>],
        ['Kind', event.kind],
        ['Time', <><When at={event.at} />, {exactTime(event.at)}</>],
        ['Reference', event.reference && (
          <><code>{event.reference}</code>{' '}
            <a href={href('logs', { reference: event.reference })}
              onClick={onClose}>everything under it</a></>
        )],
        ['Platform', event.platformId && (
          <a href={href(`registrations/${event.platformId}`)}
            onClick={onClose}>{event.platformId}</a>
        )],
        ['Organisation', nameOf(event.organizationId)]]} />
      {changes !== undefined && (
        <Changes changes={changes as Record<string, Change>} />
      )}
      <Json value={details} label="Details" />
      <div class="actions end">
        <Copy text={JSON.stringify(event, null, 2)} what="the event"
          verb="Copy as JSON" />
        <button type="button" onClick={onClose}>Close</button>
      </div>
    </Dialog>
  );
}

export function EventTable({ events }: { events: LogEvent[] }) {
  const [opened, setOpened] = useState<LogEvent>();
  if (events.length === 0) return <Empty title="No events" />;
  return (
    <>
      <ol class="log">
        {events.map((event) => (
          <li key={event.id} class={event.level}>
            <span class="log-when"><When at={event.at} /></span>
            <Chip tone={tones[event.level] ?? 'plain'}>{event.level}</Chip>
            <span class="log-kind">{event.kind}</span>
            <button type="button" class="link"
              onClick={() => setOpened(event)}>{event.message}</button>
            <span class="log-gist quiet">{gist(event)}</span>
          </li>
        ))}
      </ol>
      {opened && <Opened event={opened}
        onClose={() => setOpened(undefined)} />}
    </>
  );
}
