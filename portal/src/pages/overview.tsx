// SPDX-License-Identifier: Apache-2.0

import { platforms, tool } from '../api';
import { Chart, series } from '../chart';
import { Card, Chip, CopyField, Empty, Loaded, number, Page, Table, useLoad }
  from '../parts';
import { href, refine, useRoute } from '../router';
import { useScope } from '../session';
import type { Range, ToolCard } from '../types';
import { BehindNotice } from './in_step';

const ranges: [Range, string][] = [
  ['1d', '1d'], ['7d', '7d'], ['30d', '30d'], ['all', 'All']];

function Ranges({ range }: { range: Range }) {
  return (
    <div class="segments" role="group" aria-label="Range">
      {ranges.map(([value, text]) => (
        <button key={value} type="button" aria-pressed={value === range}
          onClick={() => refine({ range: value })}>
          {text}
        </button>
      ))}
    </div>
  );
}

interface Step {
  done: boolean;
  title: string;
  text: string;
  link?: [string, string];
}

// What a gateway needs before its first launch, in that order.
function useSteps() {
  const { person, staff, can, organization } = useScope();
  const seesTool = can('see-tool');
  return useLoad(async () => {
    const [settings, card, list, usage] = await Promise.all([
      seesTool ? tool.settings() : undefined,
      tool.card(organization),
      platforms.list({ organizationId: organization, limit: 1 }),
      tool.usage({ range: 'all', organizationId: organization }),
    ]);
    const registered = (list.total ?? list.platforms.length) > 0;
    const steps: Step[] = [];
    if (settings) {
      steps.push({ done: Boolean(settings.name && settings.launchUrl),
        title: 'Say what your tool is',
        text: 'Its name, and the Launch URL where people arrive.',
        link: ['settings', 'Open API Settings'] });
    }
    if (staff) {
      steps.push({ done: person.organizations.length > 0,
        title: 'Make an organisation',
        text: 'A customer of yours: it owns its LMSs, its people and its '
          + 'content.',
        link: ['organisations', 'Add an organisation'] });
    }
    steps.push({ done: registered,
      title: 'Copy the registration URL and add the tool to an LMS',
      text: 'An administrator of the LMS pastes the address below; the guide '
        + 'has the steps for each LMS.',
      link: ['guide', 'Open the guide'] },
    { done: usage.totals.launches > 0,
      title: 'Launch the tool once',
      text: 'Open it from a course in the LMS. What arrives is in the Logs.',
      link: ['logs', 'Open the Logs'] });
    return { steps, card };
  }, [organization, seesTool, person.organizations.length]);
}

function FirstSteps({ steps, card }: { steps: Step[]; card: ToolCard }) {
  const next = steps.findIndex((step) => !step.done);
  if (next < 0) return null;
  const left = steps.filter((step) => !step.done).length;
  return (
    <Card title="First steps" note={left === 1 ? 'One step is left.'
      : `${left} steps are left.`}>
      <ol class="steps">
        {steps.map((step, index) => (
          <li key={step.title} class={step.done ? 'done'
            : index === next ? 'next' : ''}>
            <div>
              <h3>{step.title}
                {step.done && <> <Chip tone="good">Done</Chip></>}
                {index === next && <> <Chip tone="info">Next</Chip></>}
              </h3>
              {!step.done && <p class="quiet">{step.text}</p>}
              {!step.done && step.link && (
                <a href={href(step.link[0])}>{step.link[1]}</a>
              )}
            </div>
          </li>
        ))}
      </ol>
      <CopyField label="Dynamic registration URL"
        value={card.registrationUrl} />
    </Card>
  );
}

export function OverviewPage() {
  const { organization } = useScope();
  const asked = useRoute().query.get('range');
  const range = ranges.find(([value]) => value === asked)?.[0] ?? '7d';
  const usage = useLoad(() => tool.usage({ range,
    organizationId: organization }), [range, organization]);
  const steps = useSteps();
  return (
    <Page title="Overview" lead="How the tool is used, and what went wrong."
      actions={<Ranges range={range} />}>
      <BehindNotice />
      {steps.data && <FirstSteps {...steps.data} />}
      <Loaded of={usage}>
        {(data) => (
          <>
            <ul class="totals">
              {series.map(([key, text]) => (
                <li key={key} class={key}>
                  <span class="quiet">{text}</span>
                  <strong>{number(data.totals[key])}</strong>
                </li>
              ))}
            </ul>
            <Card title="Usage">
              {series.every(([key]) => data.totals[key] === 0)
                ? <Empty title="Nothing happened in this time">
                    A launch draws the first line here.</Empty>
                : <Chart usage={data} />}
            </Card>
            <Card title="Faults" note="What stopped registrations, launches
              and grades in this time.">
              {data.faults.length === 0
                ? <Empty title="No faults">Nothing went wrong.</Empty>
                : <Table label="Faults" rows={data.faults}
                    rowKey={(row) => row.fault} columns={[
                      { name: 'Fault', cell: (row) =>
                        <code>{row.fault}</code>, wide: true },
                      { name: 'Count', cell: (row) => number(row.count) },
                      { name: 'Look closer', hideName: true, cell: (row) =>
                        <a href={href('logs', { search: row.fault })}
                          aria-label={`See in Logs: ${row.fault}`}>
                          See in Logs</a> }]} />}
            </Card>
          </>
        )}
      </Loaded>
    </Page>
  );
}
