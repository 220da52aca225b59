// SPDX-License-Identifier: Apache-2.0

import { useState } from 'preact/hooks';
import { platforms, tool } from '../api';
import { Card, Chip, CopyField, Empty, Loaded, Page, Pager, SearchBox, Table,
  useLoad, When } from '../parts';
import { href, refine, useRoute } from '../router';
import { useScope } from '../session';
import type { ToolCard } from '../types';
import { BehindNotice } from './in_step';
import { Links } from './links';
import { AddBlackboard, AddIntegration } from './platform_form';

export const PAGE_SIZE = 25;

function Urls({ card }: { card: ToolCard }) {
  return (
    <Card title="LTI 1.3 Integration" note="What an LMS asks for. Use the copy
      buttons: a blank or a slash too many is enough to go wrong."
      actions={<a href={href('guide')}>Steps for each LMS</a>}>
      <div>
        <CopyField label="LTI domain" value={card.domain} />
        <CopyField label="Initiate login URL" value={card.loginUrl} />
        <CopyField label="Redirect URL" value={card.redirectUrl} />
        <CopyField label="Public key" value={card.publicKey}
          button="Copy PEM" help="Only for an LMS that cannot take the KeySet
            URL: a pasted key does not rotate." />
        <CopyField label="KeySet URL" value={card.keySetUrl} />
        <CopyField label="Dynamic registration URL"
          value={card.registrationUrl} />
        <CopyField label="Canvas JSON configuration URL"
          value={card.canvasUrl} />
      </div>
    </Card>
  );
}

function Platforms({ card }: { card: ToolCard }) {
  const { organization, can, nameOf } = useScope();
  const { query } = useRoute();
  const [adding, setAdding] = useState<'integration' | 'blackboard' | ''>(
    query.get('add') ? 'integration' : '');
  const search = query.get('search') ?? '';
  const offset = Number(query.get('offset') ?? 0) || 0;
  const load = useLoad((signal) => platforms.list({
    organizationId: organization, search, offset, limit: PAGE_SIZE,
    sort: 'name' }, signal), [organization, search, offset]);
  const mayAdd = can('register');
  const close = () => {
    setAdding('');
    refine({ add: undefined });
  };
  const done = () => {
    close();
    load.reload();
  };
  const buttons = mayAdd && (
    <>
      {(card.shared?.length ?? 0) > 0 && (
        <button type="button" class="secondary"
          onClick={() => setAdding('blackboard')}>
          Add Blackboard integration
        </button>
      )}
      <button type="button" onClick={() => setAdding('integration')}>
        Add integration
      </button>
    </>
  );
  return (
    <Card title="LTI 1.3 Configurations" note="The LMSs that the tool is
      connected with." actions={buttons}>
      <div class="filters"><SearchBox label="Search integrations" /></div>
      <Loaded of={load}>
        {({ platforms: rows, total }) => rows.length === 0
          ? search
            ? <Empty title="No integration matches">
                Look for a part of its name, address or client ID.</Empty>
            : <Empty title="No LTI 1.3 integrations yet" action={
                <a href={href('guide')}>See how to add the tool</a>}>
                Give the Dynamic registration URL above to an administrator of
                the LMS{mayAdd && ', or add one by hand'}.
              </Empty>
          : (
            <>
              <Table label="Integrations" rows={rows} rowKey={(row) => row.id}
                columns={[
                  { name: 'Name', wide: true, cell: (row) => (
                    <a href={href(`registrations/${row.id}`)}>{row.name}</a>
                  ) },
                  { name: 'Platform ID', wide: true, cell: (row) => row.url },
                  { name: 'Client ID', wide: true,
                    cell: (row) => <code>{row.clientId}</code> },
                  ...(organization ? [] : [{ name: 'Organisation',
                    cell: (row: { organizationId?: string }) =>
                      nameOf(row.organizationId)
                      || <span class="quiet">nobody</span> }]),
                  { name: 'State', cell: (row) => row.active
                    ? <Chip tone="good">Active</Chip>
                    : <Chip tone="warn">Waits</Chip> },
                  { name: 'Added', cell: (row) =>
                    <When at={row.createdAt} /> }]} />
              <Pager offset={offset} limit={PAGE_SIZE}
                total={total ?? rows.length} onMove={(next) =>
                  refine({ offset: next ? String(next) : undefined })} />
            </>
          )}
      </Loaded>
      {adding === 'integration' && <AddIntegration onClose={close}
        onDone={done} preset={query.get('add') ?? undefined} />}
      {adding === 'blackboard' && <AddBlackboard shared={card.shared ?? []}
        onClose={close} onDone={done} />}
    </Card>
  );
}

export function IntegrationsPage() {
  const { organization, nameOf } = useScope();
  const load = useLoad(() => tool.card(organization), [organization]);
  return (
    <Page title="Integrations" lead={organization
      ? `How ${nameOf(organization)} connects its LMSs.`
      : 'How LMSs are connected. Choose an organisation to see its own.'}>
      <BehindNotice />
      <Loaded of={load}>
        {(card) => (
          <>
            <Urls card={card} />
            <Platforms card={card} />
            <Links />
          </>
        )}
      </Loaded>
    </Page>
  );
}
