// SPDX-License-Identifier: Apache-2.0
// Which LMSs hold other settings than the tool's, and what to do for each.

import { useState } from 'preact/hooks';
import { platforms, tool } from '../api';
import { Card, Chip, CopyField, counted, Empty, Facts, Fault, Loaded, Notice,
  Page, Pager, Table, tell, useLoad, When } from '../parts';
import { href, refine, useRoute } from '../router';
import { useScope } from '../session';
import type { Platform } from '../types';

const PAGE_SIZE = 25;

const list = (words: string[] = []) =>
  words.length < 2 ? words.join('')
    : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

// --- one platform -----------------------------------------------------------

function State({ platform }: { platform: Platform }) {
  const { inStep, state, update } = platform.registration ?? {};
  if (inStep) return <Chip tone="good">In step</Chip>;
  if (typeof inStep !== 'boolean') return <Chip>By hand</Chip>;
  if (state === 'asked') return <Chip tone="info">Waits in the LMS</Chip>;
  if (state === 'failed') return <Chip tone="bad">Failed</Chip>;
  return update === 'automatic' ? <Chip tone="warn">Behind</Chip>
    : <Chip tone="warn">Needs the LMS</Chip>;
}

function useUpdate(platform: Platform, onDone: () => void) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const run = async (call: typeof platforms.update) => {
    setBusy(true);
    setProblem(undefined);
    try {
      const { registration } = await call(platform.id);
      tell(registration?.state === 'asked'
        ? 'The LMS has the change; its administrator has to accept it'
        : registration?.inStep ? `${platform.name} is in step`
          : 'The LMS was asked');
    } catch (why) {
      setProblem(why);
    }
    setBusy(false);
    onDone();
  };
  return { busy, problem, update: () => run(platforms.update),
    check: () => run(platforms.check) };
}

function Buttons({ platform, onDone }:
{ platform: Platform; onDone: () => void }) {
  const { can } = useScope();
  const { busy, problem, update, check } = useUpdate(platform, onDone);
  const { registration: step } = platform;
  if (step?.update !== 'automatic' || step.inStep
    || !can('register', platform.organizationId)) return null;
  const waits = step.state === 'asked';
  return (
    <>
      <button type="button" class={waits ? 'secondary small' : 'small'}
        aria-label={`${waits ? 'Look again at' : 'Update'} ${platform.name}`}
        disabled={busy} aria-busy={busy} onClick={waits ? check : update}>
        {waits ? 'Look again' : 'Update'}
      </button>
      {Boolean(problem) && <Fault problem={problem} />}
    </>
  );
}

// What a person does where the tool can do nothing, in the LMS's own words.
function Advice({ platform }: { platform: Platform }) {
  const step = platform.registration;
  if (!step || step.inStep !== false) return null;
  if (step.state === 'asked') {
    return <>An administrator of the LMS has to accept the change there
      {platform.familyCode === 'canvas'
        && <> (in Canvas: Admin &gt; Apps &gt; Manage, the app's update)</>}.
      </>;
  }
  if (step.update === 'automatic') {
    return step.error ? <>{step.error}</>
      : <>Press Update: the LMS takes changes from the tool.</>;
  }
  if (step.update === 'by-administrator') {
    return <>In Moodle: Site administration &gt; Plugins &gt; Activity modules
      &gt; External tool &gt; Manage tools. Paste the registration URL into
      Tool URL, press Add LTI Advantage, and choose Update.</>;
  }
  return <>This LMS takes no changes: register the tool there again, or change
    the tool's settings in the LMS by hand.</>;
}

export function InStepCard({ platform, onDone }:
{ platform: Platform; onDone: () => void }) {
  const step = platform.registration;
  if (!step || typeof step.inStep !== 'boolean') return null;
  return (
    <Card title="Settings in the LMS" note="Whether the LMS holds what the
      tool's settings say." actions={<State platform={platform} />}>
      <Facts rows={[
        ...(step.inStep ? [] : [
          ['What differs', list(step.behind)] as [string, string]]),
        ['Last update', <When at={step.updatedAt} />]]} />
      {!step.inStep && (
        <Notice tone={step.state === 'failed' ? 'bad'
          : step.state === 'asked' ? 'info' : 'warn'}>
          <p><Advice platform={platform} /></p>
        </Notice>
      )}
      <div class="actions">
        <Buttons platform={platform} onDone={onDone} />
      </div>
    </Card>
  );
}

// --- all of them ------------------------------------------------------------

// Nothing while all are in step: it costs a page no more than a count.
export function BehindNotice() {
  const { organization } = useScope();
  const load = useLoad((signal) => platforms.list(
    { behind: 'true', limit: 1, organizationId: organization }, signal),
  [organization]);
  const total = load.data?.total ?? 0;
  if (total === 0) return null;
  return (
    <Notice tone="warn">
      <p>{counted(total, 'platform is', 'platforms are')} behind: the
        settings were changed after {total === 1 ? 'it was' : 'they were'}
        {' '}registered. <a href={href('integrations/behind')}>
          See what differs</a></p>
    </Notice>
  );
}

function UpdateAll({ rows, onDone }:
{ rows: Platform[]; onDone: () => void }) {
  const { can } = useScope();
  const [busy, setBusy] = useState(false);
  const ready = rows.filter((row) => row.registration?.update === 'automatic'
    && row.registration.state !== 'asked'
    && can('register', row.organizationId));
  if (ready.length < 2) return null;
  const press = async () => {
    setBusy(true);
    let failed = 0;
    for (const row of ready) {
      await platforms.update(row.id).catch(() => {
        failed += 1;
      });
    }
    setBusy(false);
    tell(failed === 0 ? 'All of them were sent'
      : `${counted(failed, 'update')} failed`);
    onDone();
  };
  return (
    <button type="button" onClick={press} disabled={busy} aria-busy={busy}>
      Update {ready.length} on this page
    </button>
  );
}

export function BehindPage() {
  const { organization } = useScope();
  const offset = Number(useRoute().query.get('offset') ?? 0) || 0;
  const load = useLoad((signal) => platforms.list({ behind: 'true',
    organizationId: organization, limit: PAGE_SIZE, offset, sort: 'name' },
  signal), [organization, offset]);
  const card = useLoad(() => tool.card(organization), [organization]);
  const rows = load.data?.platforms ?? [];
  const inMoodle = rows.some((row) =>
    row.registration?.update === 'by-administrator');
  return (
    <Page title="Behind the settings" lead="LMSs that still hold what the
      tool said before its settings were changed. Launches go on as before."
      back={{ href: href('integrations'), text: 'Integrations' }}
      actions={<UpdateAll rows={rows} onDone={load.reload} />}>
      <Card title="Platforms">
        <Loaded of={load}>
          {({ total }) => rows.length === 0
            ? <Empty title="All platforms are in step">Every LMS that
                registered by itself holds the present settings.</Empty>
            : (
              <>
                <Table label="Platforms that are behind" rows={rows}
                  rowKey={(row) => row.id} columns={[
                    { name: 'Name', wide: true, cell: (row) => (
                      <a href={href(`registrations/${row.id}`)}>{row.name}</a>
                    ) },
                    { name: 'State', cell: (row) => <State platform={row} /> },
                    { name: 'What differs', wide: true, cell: (row) =>
                      list(row.registration?.behind) },
                    { name: 'What to do', wide: true, cell: (row) =>
                      <Advice platform={row} /> },
                    { name: 'Action', hideName: true, cell: (row) =>
                      <Buttons platform={row} onDone={load.reload} /> }]} />
                <Pager offset={offset} limit={PAGE_SIZE}
                  total={total ?? rows.length} onMove={(next) =>
                    refine({ offset: next ? String(next) : undefined })} />
              </>
            )}
        </Loaded>
      </Card>
      {inMoodle && card.data && (
        <Card title="For Moodle" note="Moodle asks whether to update the tool
          that it has, or to register a new one: choose Update.">
          <CopyField label="Dynamic registration URL"
            value={card.data.registrationUrl} />
        </Card>
      )}
    </Page>
  );
}
