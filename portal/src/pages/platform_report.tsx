// SPDX-License-Identifier: Apache-2.0
// What was asked of an LMS and what it made of it, as tables.

import { Table } from '../parts';
import type { Difference } from '../types';

const short = (value: unknown) => {
  if (value === undefined || value === null) return 'nothing';
  return typeof value === 'string' ? value || 'nothing'
    : JSON.stringify(value);
};

export function Differences({ rows }: { rows: Difference[] }) {
  return (
    <>
      <h3>Granted otherwise than asked</h3>
      <Table label="Differences" rows={rows.map((row, at) => ({ ...row, at }))}
        rowKey={(row) => String(row.at)} columns={[
          { name: 'What', wide: true, cell: (row) => row.member
            ?? row.reason ?? short(row) },
          { name: 'Asked', wide: true, cell: (row) => short(row.asked) },
          { name: 'Granted', wide: true, cell: (row) => short(row.granted) },
        ]} />
    </>
  );
}

export function Dropped({ rows }: { rows: unknown[] }) {
  return (
    <>
      <h3>Left out, because the LMS does not support it</h3>
      <ul class="plain-list">
        {rows.map((row, at) => <li key={at}><code>{short(row)}</code></li>)}
      </ul>
    </>
  );
}
