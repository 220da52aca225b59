// SPDX-License-Identifier: Apache-2.0
// API keys of the tool's back end, and the keys that sign.

import { useState } from 'preact/hooks';
import { tool } from '../api';
import { Form, Switch, Text, type Values } from '../forms';
import { Card, Chip, Confirm, CopyField, Dialog, Empty, Loaded, Notice, Page,
  Table, tell, useLoad, When, type Tone } from '../parts';
import { useScope } from '../session';
import type { ApiKey } from '../types';

function MakeKey({ onClose, onDone }:
{ onClose: () => void; onDone: () => void }) {
  const [made, setMade] = useState<ApiKey>();
  const make = async (values: Values) => {
    setMade(await tool.makeApiKey(values.name ?? ''));
    onDone();
  };
  if (made) {
    return (
      <Dialog title="Your API key" onClose={onClose} wide>
        <Notice tone="warn">Copy it now: it is shown only once. It may do
          everything; keep it in the back end.</Notice>
        <CopyField label="API key" value={made.key ?? ''} />
        <div class="actions end">
          <button type="button" onClick={onClose}>Done</button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title="Make an API key" onClose={onClose}>
      <Form onSubmit={make} submit="Make key" onCancel={onClose}>
        <Text label="Name" name="name"
          help="What uses it, such as production." />
      </Form>
    </Dialog>
  );
}

function Keys() {
  const { can } = useScope();
  const load = useLoad(() => tool.apiKeys(), []);
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey>();
  return (
    <Card title="API keys" note="With one of these your tool's back end calls
      the API." actions={can('tool') && (
        <button type="button" onClick={() => setMaking(true)}>
          Make an API key
        </button>
      )}>
      <Loaded of={load}>
        {({ apiKeys }) => apiKeys.length === 0
          ? <Empty title="No API keys yet">Make one for your tool's back end.
            </Empty>
          : (
            <Table label="API keys" rows={apiKeys} rowKey={(row) => row.id}
              columns={[
                { name: 'Name', wide: true, cell: (row) => row.name },
                { name: 'Ends in', cell: (row) =>
                  <code>…{row.hint}</code> },
                { name: 'Made', cell: (row) => <When at={row.createdAt} /> },
                { name: 'Action', hideName: true, cell: (row) =>
                  can('tool') && (
                    <button type="button" class="secondary small"
                      aria-label={`Revoke ${row.name}`}
                      onClick={() => setRevoking(row)}>Revoke</button>
                  ) }]} />
          )}
      </Loaded>
      {making && <MakeKey onClose={() => setMaking(false)}
        onDone={load.reload} />}
      {revoking && (
        <Confirm title={`Revoke ${revoking.name}?`} action="Revoke"
          onClose={() => setRevoking(undefined)} onConfirm={async () => {
            await tool.removeApiKey(revoking.id);
            tell('API key revoked');
            load.reload();
          }}>
          <p>Whatever uses it is refused at once.</p>
        </Confirm>
      )}
    </Card>
  );
}

const tones: Record<string, Tone> =
  { active: 'good', next: 'info', retiring: 'warn' };

function Rotate({ onClose, onDone }:
{ onClose: () => void; onDone: () => void }) {
  const rotate = async (values: Values) => {
    await tool.rotateKeys(values.atOnce === 'on');
    tell('A new key is published');
    onDone();
  };
  return (
    <Dialog title="Rotate the signing key" onClose={onClose}>
      <p>A new key is published at once and signs two days later, when every
        LMS has seen it.</p>
      <Form onSubmit={rotate} submit="Rotate" onCancel={onClose}>
        <Switch label="Sign with the new key now" name="atOnce"
          help="Only after a theft: an LMS that still keeps the old key set
            refuses the tool for a while." />
      </Form>
    </Dialog>
  );
}

function Signing() {
  const { can } = useScope();
  const load = useLoad(() => tool.keys(), []);
  const [rotating, setRotating] = useState(false);
  return (
    <Card title="Signing keys" note="What the tool signs with; LMSs read them
      from the KeySet URL." actions={can('tool') && (
        <button type="button" class="secondary"
          onClick={() => setRotating(true)}>Rotate</button>
      )}>
      <Loaded of={load}>
        {({ keys }) => (
          <Table label="Signing keys" rowKey={(row) => row.id}
            rows={keys.filter((key) => key.state !== 'spare')} columns={[
              { name: 'Key id', wide: true,
                cell: (row) => <code>{row.id}</code> },
              { name: 'State', cell: (row) => (
                <Chip tone={tones[row.state] ?? 'plain'}>{row.state}</Chip>
              ) },
              { name: 'Made', cell: (row) => <When at={row.createdAt} /> },
              { name: 'Changed', cell: (row) => <When at={row.changedAt} /> },
            ]} />
        )}
      </Loaded>
      {rotating && <Rotate onClose={() => setRotating(false)} onDone={() => {
        setRotating(false);
        load.reload();
      }} />}
    </Card>
  );
}

export const ApiKeysPage = () => (
  <Page title="API keys" lead="How your tool's back end proves who it is.">
    <Keys />
    <Signing />
  </Page>
);
