// SPDX-License-Identifier: Apache-2.0
// The lists within the settings: messages, and placements by kind of LMS.

import { useId, useState } from 'preact/hooks';
import { Lines, Pairs, Text } from '../forms';
import { Empty } from '../parts';
import type { Message, Settings } from '../types';

const known = ['LtiResourceLinkRequest', 'LtiDeepLinkingRequest',
  'LtiSubmissionReviewRequest', 'DataPrivacyLaunchRequest'];

// What is empty is left out, so that it has its default.
function tidy(message: Message): Message {
  return Object.fromEntries(Object.entries(message).filter(([name, value]) =>
    name === 'type' || (value !== '' && value !== undefined
      && !(Array.isArray(value) && value.length === 0)
      && !(typeof value === 'object' && value !== null
        && Object.keys(value).length === 0)))) as Message;
}

function One({ message, index, onChange, onRemove }: {
  message: Message; index: number; onChange: (message: Message) => void;
  onRemove: () => void;
}) {
  const list = useId();
  const set = (changes: Partial<Message>) =>
    onChange(tidy({ ...message, ...changes }));
  const name = (member: string) => `messages[${index}].${member}`;
  return (
    <fieldset class="inner">
      <legend>Message {index + 1}</legend>
      <datalist id={list}>
        {known.map((type) => <option key={type} value={type} />)}
      </datalist>
      <Text label="Type" name={name('type')} value={message.type}
        onInput={(type) => set({ type })}
        help={`Such as ${known[0]} or ${known[1]}.`} />
      <Lines label="Placements" name={name('placements')}
        value={message.placements ?? []}
        onChange={(placements) => set({ placements })}
        help="Where the LMS offers it; one a line." />
      <Text label="Label" name={name('label')} optional
        value={message.label ?? ''} onInput={(label) => set({ label })} />
      <Text label="Icon URL" name={name('iconUrl')} type="url" optional
        value={message.iconUrl ?? ''} onInput={(iconUrl) => set({ iconUrl })} />
      <Text label="Its own launch URL" name={name('targetLinkUri')} type="url"
        optional value={message.targetLinkUri ?? ''}
        onInput={(targetLinkUri) => set({ targetLinkUri })} />
      <Lines label="Roles" name={name('roles')} value={message.roles ?? []}
        onChange={(roles) => set({ roles })}
        help="Who is offered it, as URIs; one a line. Empty: everybody." />
      <Pairs label="Custom parameters" name={name('customParameters')}
        value={message.customParameters ?? {}} names="Parameter"
        values="Value"
        onChange={(customParameters) => set({ customParameters })} />
      <button type="button" class="secondary small" onClick={onRemove}>
        Remove message {index + 1}
      </button>
    </fieldset>
  );
}

export function Messages({ value, onChange }: {
  value: Message[]; onChange: (messages: Message[]) => void;
}) {
  // A removal shifts the rest, which then must be drawn anew.
  const [turn, setTurn] = useState(0);
  return (
    <fieldset class="pairs" key={turn}>
      <legend>Messages</legend>
      {value.length === 0 && (
        <Empty title="The usual messages">
          Resource links, and deep linking unless it is off.
        </Empty>
      )}
      {value.map((message, index) => (
        <One key={index} message={message} index={index}
          onChange={(next) => onChange(value.map((one, at) =>
            at === index ? next : one))}
          onRemove={() => {
            onChange(value.filter((_, at) => at !== index));
            setTurn(turn + 1);
          }} />
      ))}
      <button type="button" class="secondary small" onClick={() =>
        onChange([...value, { type: known[value.length] ?? '' }])}>
        Add a message
      </button>
    </fieldset>
  );
}

type ByFamily = Settings['placementsByFamily'];
type Row = [family: string, type: string, placements: string];

const rowsOf = (value: ByFamily): Row[] => Object.entries(value).flatMap(
  ([family, types]) => Object.entries(types).map(([type, placements]): Row =>
    [family, type, placements.join(', ')]));

function familiesOf(rows: Row[]): ByFamily {
  const value: ByFamily = {};
  for (const [family, type, text] of rows) {
    if (!family.trim() || !type.trim()) continue;
    (value[family.trim()] ??= {})[type.trim()] =
      text.split(/[\s,]+/).filter(Boolean);
  }
  return value;
}

const columns = ['Kind of LMS', 'Message type', 'Placements'];

export function Placements({ value, onChange }: {
  value: ByFamily; onChange: (value: ByFamily) => void;
}) {
  const [rows, setRows] = useState(rowsOf(value));
  const id = useId();
  const change = (next: Row[]) => {
    setRows(next);
    onChange(familiesOf(next));
  };
  return (
    <fieldset class="pairs" aria-describedby={id}>
      <legend>Placements by kind of LMS</legend>
      <small id={id}>For example canvas, LtiResourceLinkRequest,
        course_navigation. They go before a message's own; several have commas
        between them.</small>
      {rows.map((row, index) => (
        <div class="pair three" key={index}>
          {columns.map((column, place) => (
            <input key={column} placeholder={column} value={row[place]}
              name="placementsByFamily"
              aria-label={`${column} ${index + 1}`} onInput={(event) => {
                const next = [...row] as Row;
                next[place] = event.currentTarget.value;
                change(rows.map((one, at) => at === index ? next : one));
              }} />
          ))}
          <button type="button" class="secondary"
            aria-label={`Remove row ${index + 1}`} onClick={() =>
              change(rows.filter((_, at) => at !== index))}>Remove</button>
        </div>
      ))}
      <button type="button" class="secondary small"
        onClick={() => setRows([...rows, ['', '', '']])}>Add</button>
    </fieldset>
  );
}
