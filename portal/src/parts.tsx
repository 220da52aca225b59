// SPDX-License-Identifier: Apache-2.0
// What the pages are made of.

import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState }
  from 'preact/hooks';
import { ApiError } from './api';
import { refine, useRoute } from './router';

type Children = ComponentChildren;

// --- telling ----------------------------------------------------------------

type Teller = (text: string) => void;
let teller: Teller = () => {};

// A short word that something is done: seen for a while, and read aloud.
export const tell: Teller = (text) => teller(text);

export function Teller() {
  const [said, setSaid] = useState({ text: '', turn: 0 });
  useEffect(() => {
    teller = (text) => setSaid((last) => ({ text, turn: last.turn + 1 }));
  }, []);
  useEffect(() => {
    if (!said.text) return undefined;
    const timer = setTimeout(() =>
      setSaid((last) => ({ ...last, text: '' })), 4000);
    return () => clearTimeout(timer);
  }, [said.turn]);
  return (
    <div class="teller" role="status">
      {said.text && <span key={said.turn}>{said.text}</span>}
    </div>
  );
}

export const wordsOf = (problem: unknown) =>
  problem instanceof Error ? problem.message : String(problem);

export function Fault({ problem, retry }:
{ problem: unknown; retry?: () => void }) {
  const reference = problem instanceof ApiError ? problem.reference : '';
  return (
    <div class="notice bad" role="alert">
      <p>{wordsOf(problem)}</p>
      {reference && <p class="quiet">Reference <code>{reference}</code></p>}
      {retry && (
        <p><button type="button" class="secondary" onClick={retry}>
          Try again
        </button></p>
      )}
    </div>
  );
}

export const Notice = ({ tone = 'info', children }:
{ tone?: 'info' | 'good' | 'warn' | 'bad'; children: Children }) => (
  <div class={`notice ${tone}`}>{children}</div>
);

// --- loading ----------------------------------------------------------------

export interface Load<T> {
  data: T | undefined;
  problem: unknown;
  busy: boolean;
  reload: () => void;
  set: (data: T) => void;
}

// Loads what a page shows, anew whenever a key changes. What is there stays
// on the page meanwhile; an answer that comes too late is dropped.
export function useLoad<T>(load: (signal: AbortSignal) => Promise<T>,
  keys: unknown[]): Load<T> {
  const [state, setState] = useState<{ data?: T; problem?: unknown }>({});
  const [busy, setBusy] = useState(true);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const control = new AbortController();
    setBusy(true);
    load(control.signal).then(
      (data) => ({ data }),
      (problem: unknown) => ({ problem }),
    ).then((next) => {
      if (control.signal.aborted) return;
      setState((last) => ('problem' in next ? { ...last, ...next } : next));
      setBusy(false);
    });
    return () => control.abort();
  }, [...keys, turn]);
  return {
    data: state.data, problem: state.problem, busy,
    reload: () => setTurn((last) => last + 1),
    set: (data) => setState({ data }),
  };
}

export function Loaded<T>({ of, children }:
{ of: Load<T>; children: (data: T) => Children }) {
  if (of.problem) return <Fault problem={of.problem} retry={of.reload} />;
  if (of.data === undefined) {
    return (
      <div class="waiting" role="status">
        <span class="hidden">Loading</span>
        <div /><div /><div />
      </div>
    );
  }
  return <div aria-busy={of.busy} class="loaded">{children(of.data)}</div>;
}

// --- the page ---------------------------------------------------------------

let product = 'ltigate';
export const nameProduct = (name: string) => {
  product = name;
};

export function Page({ title, lead, actions, back, children }: {
  title: string;
  lead?: Children;
  actions?: Children;
  back?: { href: string; text: string };
  children: Children;
}) {
  useEffect(() => {
    document.title = `${title} - ${product}`;
  }, [title]);
  return (
    <>
      {back && <a class="back" href={back.href}>
        <span aria-hidden="true">&larr; </span>{back.text}</a>}
      <div class="page-head">
        <div>
          <h1 tabIndex={-1}>{title}</h1>
          {lead && <p class="lead">{lead}</p>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </div>
      {children}
    </>
  );
}

export function Card({ title, note, actions, children }: {
  title?: string; note?: Children; actions?: Children; children: Children;
}) {
  const id = useId();
  return (
    <section class="card" aria-labelledby={title ? id : undefined}>
      {title && (
        <div class="card-head">
          <div>
            <h2 id={id}>{title}</h2>
            {note && <p class="quiet">{note}</p>}
          </div>
          {actions && <div class="actions">{actions}</div>}
        </div>
      )}
      {children}
    </section>
  );
}

export const Empty = ({ title, children, action }:
{ title: string; children?: Children; action?: Children }) => (
  <div class="empty">
    <p class="empty-title">{title}</p>
    {children && <p>{children}</p>}
    {action && <div class="actions">{action}</div>}
  </div>
);

export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'plain';
export const Chip = ({ tone = 'plain', children }:
{ tone?: Tone; children: Children }) => (
  <span class={`chip ${tone}`}>{children}</span>
);

// --- times and numbers ------------------------------------------------------

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000], ['month', 2_592_000], ['week', 604_800],
  ['day', 86_400], ['hour', 3600], ['minute', 60]];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const exact = new Intl.DateTimeFormat(undefined,
  { dateStyle: 'medium', timeStyle: 'medium' });

function since(at: Date): string {
  const seconds = (at.getTime() - Date.now()) / 1000;
  const [unit, size] = steps.find(([, one]) => Math.abs(seconds) >= one)
    ?? ['second', 1];
  if (unit === 'second') return seconds > 0 ? 'in a moment' : 'just now';
  return relative.format(Math.round(seconds / size), unit);
}

// How long ago; the exact time is in its title.
export function When({ at, none = 'never' }:
{ at: string | undefined; none?: string }) {
  if (!at) return <span class="quiet">{none}</span>;
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return <span>{at}</span>;
  return <time dateTime={at} title={exact.format(date)}>{since(date)}</time>;
}

export const exactTime = (at: string) => exact.format(new Date(at));

const numbers = new Intl.NumberFormat();
export const number = (value: number) => numbers.format(value);

export const counted = (count: number, one: string, many = `${one}s`) =>
  `${number(count)} ${count === 1 ? one : many}`;

// --- copying ----------------------------------------------------------------

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without https there is no clipboard to ask for: the older way.
    const area = document.createElement('textarea');
    area.value = text;
    (document.querySelector('dialog[open]') ?? document.body).append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

export function Copy({ text, what, verb = 'Copy' }:
{ text: string; what: string; verb?: string }) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return undefined;
    const timer = setTimeout(() => setDone(false), 2000);
    return () => clearTimeout(timer);
  }, [done]);
  const press = async () => {
    const good = await copy(text);
    setDone(good);
    tell(good ? `${what} copied` : 'Copying failed: select the text instead');
  };
  return (
    <button type="button" class="copy secondary" onClick={press}
      aria-label={`${done ? 'Copied' : verb} ${what}`}>
      {done ? 'Copied' : verb}
    </button>
  );
}

// A value to take elsewhere: shown whole, and a button that copies it.
export function CopyField({ label, value, help, button }: {
  label: string; value: string; help?: Children; button?: string;
}) {
  const id = useId();
  return (
    <div class="copy-field" role="group" aria-labelledby={id}>
      <span class="copy-label" id={id}>{label}</span>
      <div class="copy-row">
        <code class="value">{value}</code>
        <Copy text={value} what={label} {...(button ? { verb: button } : {})} />
      </div>
      {help && <small>{help}</small>}
    </div>
  );
}

// --- dialogs ----------------------------------------------------------------

export function Dialog({ title, onClose, children, wide, stays }: {
  title: string; onClose: () => void; children: Children; wide?: boolean;
  stays?: boolean;
}) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    dialog?.showModal();
    // Not the button that closes it: what it asks for, or what does no harm.
    dialog?.querySelector<HTMLElement>(
      'form input, form select, form textarea, .actions button')?.focus();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const cancel = (event: Event) => {
    event.preventDefault();
    if (!stays) onClose();
  };
  return (
    <dialog ref={ref} aria-labelledby={id} onCancel={cancel}
      class={wide ? 'wide' : undefined}>
      <article>
        <div class="dialog-head">
          <h2 id={id}>{title}</h2>
          {!stays && (
            <button type="button" class="close" aria-label="Close"
              onClick={onClose}>&times;</button>
          )}
        </div>
        {children}
      </article>
    </dialog>
  );
}

// Asks before what cannot be taken back.
export function Confirm({ title, children, action, onConfirm, onClose,
  harmless }: {
  title: string; children: Children; action: string;
  onConfirm: () => Promise<unknown>; onClose: () => void; harmless?: boolean;
}) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const confirm = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await onConfirm();
      onClose();
    } catch (why) {
      setProblem(why);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      {Boolean(problem) && <Fault problem={problem} />}
      <div class="actions end">
        <button type="button" class="secondary" onClick={onClose}>
          Cancel
        </button>
        <button type="button" class={harmless ? undefined : 'danger'}
          onClick={confirm} aria-busy={busy} disabled={busy}>{action}</button>
      </div>
    </Dialog>
  );
}

// --- tables -----------------------------------------------------------------

export interface Column<T> {
  name: string;
  cell: (row: T) => Children;
  sort?: string; // the API's word for it
  hideName?: boolean; // the heading is for screen readers alone
  wide?: boolean;
}

// On a narrow screen each row becomes a card. The roles are given because
// browsers forget them when `display` changes.
export function Table<T>({ label, columns, rows, rowKey, sort, onSort }: {
  label: string; columns: Column<T>[]; rows: T[];
  rowKey: (row: T) => string;
  sort?: string; onSort?: (sort: string) => void;
}) {
  const heading = (column: Column<T>): VNode => {
    const by = column.sort;
    if (!by || !onSort) {
      return (
        <th key={column.name} role="columnheader" scope="col">
          {column.hideName
            ? <span class="hidden">{column.name}</span> : column.name}
        </th>
      );
    }
    const order = sort === by ? 'ascending'
      : sort === `-${by}` ? 'descending' : 'none';
    return (
      <th key={column.name} role="columnheader" scope="col" aria-sort={order}>
        <button type="button" class="sort" onClick={() =>
          onSort(order === 'ascending' ? `-${by}` : by)}>
          {column.name}
          <span aria-hidden="true">
            {order === 'ascending' ? ' ↑'
              : order === 'descending' ? ' ↓' : ' ↕'}
          </span>
        </button>
      </th>
    );
  };
  return (
    <table class="list" role="table" aria-label={label}>
      <thead role="rowgroup">
        <tr role="row">{columns.map(heading)}</tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={rowKey(row)} role="row">
            {columns.map((column) => (
              <td key={column.name} role="cell"
                class={column.wide ? 'wide' : column.hideName ? 'end'
                  : undefined}
                data-label={column.hideName ? undefined : column.name}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Pager({ offset, limit, total, onMove }: {
  offset: number; limit: number; total: number;
  onMove: (offset: number) => void;
}) {
  if (total <= limit && offset === 0) return null;
  const last = Math.min(offset + limit, total);
  return (
    <nav class="pager" aria-label="Pages">
      <button type="button" class="secondary" disabled={offset === 0}
        onClick={() => onMove(Math.max(0, offset - limit))}>Previous</button>
      <span role="status">
        {number(offset + 1)} to {number(last)} of {number(total)}
      </span>
      <button type="button" class="secondary" disabled={last >= total}
        onClick={() => onMove(offset + limit)}>Next</button>
    </nav>
  );
}

// A filter that stands in the address, so that a list can be linked to and
// the way back leads to the same list.
export function SearchBox({ label, name = 'search', narrow }:
{ label: string; name?: string; narrow?: boolean }) {
  const id = useId();
  const given = useRoute().query.get(name) ?? '';
  const [text, setText] = useState(given);
  const timer = useRef(0);
  const changed = (value: string) => {
    setText(value);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() =>
      refine({ [name]: value.trim() || undefined, offset: undefined }), 250);
  };
  useEffect(() => setText(given), [given]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <div class={narrow ? 'filter' : 'filter grow'}>
      <label for={id}>{label}</label>
      <input id={id} type="search" value={text} autocomplete="off"
        onInput={(event) => changed(event.currentTarget.value)} />
    </div>
  );
}

export function FilterChoice({ label, name, choices, narrow }: {
  label: string; name: string; choices: [value: string, text: string][];
  narrow?: boolean; // where the table has no headings to sort by
}) {
  const id = useId();
  const value = useRoute().query.get(name) ?? '';
  return (
    <div class={narrow ? 'filter narrow' : 'filter'}>
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => refine(
        { [name]: event.currentTarget.value || undefined, offset: undefined },
      )}>
        {choices.map(([one, text]) =>
          <option key={one} value={one}>{text}</option>)}
      </select>
    </div>
  );
}

// --- facts ------------------------------------------------------------------

export const Facts = ({ rows }: { rows: [name: string, value: Children][] }) => (
  <dl class="facts">
    {rows.map(([name, value]) => (
      <div key={name}><dt>{name}</dt><dd>{value || '-'}</dd></div>
    ))}
  </dl>
);

export const Json = ({ value, label }: { value: unknown; label: string }) => (
  <pre class="json" tabIndex={0} role="region" aria-label={label}>
    <code>{JSON.stringify(value, null, 2)}</code>
  </pre>
);

export const Fold = ({ summary, open, children }:
{ summary: Children; open?: boolean; children: Children }) => (
  <details class="fold" open={open}>
    <summary>{summary}</summary>
    <div class="fold-body">{children}</div>
  </details>
);
