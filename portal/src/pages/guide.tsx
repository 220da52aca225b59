// SPDX-License-Identifier: Apache-2.0
// "Add to your LMS": the administrator's own steps, with the real values.

import { tool } from '../api';
import { Card, CopyField, Loaded, Notice, Page, useLoad } from '../parts';
import { href } from '../router';
import { useScope } from '../session';
import type { ToolCard } from '../types';
import { guides, type Guide } from './guides';

function Mode({ card }: { card: ToolCard }) {
  if (card.registrationMode === 'off') {
    return <Notice tone="bad">Registrations are switched off in the API
      Settings: an LMS that registers is refused.</Notice>;
  }
  return null;
}

function Steps({ guide, card }: { guide: Guide; card: ToolCard }) {
  return (
    <>
      <Mode card={card} />
      {guide.ways.map((way) => (
        <Card key={way.title} title={way.title}
          {...(way.note ? { note: way.note } : {})}>
          <ol class="guide">
            {way.steps(card).map((step, at) => (
              <li key={at}>
                <p>{step.text}</p>
                {step.copy?.map(([label, value]) => (
                  <CopyField key={label} label={label} value={value} />
                ))}
                {step.link && <p><a href={href(step.link[0], step.link[2])}>
                  {step.link[1]}</a></p>}
              </li>
            ))}
          </ol>
        </Card>
      ))}
      {guide.know && (
        <Card title="Good to know">
          <ul class="plain-list">
            {guide.know.map((text) => <li key={text}>{text}</li>)}
          </ul>
        </Card>
      )}
    </>
  );
}

function Index() {
  return (
    <ul class="tiles">
      {guides.map((guide) => (
        <li key={guide.id}>
          <a href={href(`guide/${guide.id}`)}>
            <strong>{guide.name}</strong>
            <span class="quiet">{guide.about}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}

export function GuidePage() {
  const { organization } = useScope();
  const load = useLoad(() => tool.card(organization), [organization]);
  return (
    <Page title="Add to your LMS" lead="Choose the LMS. Each page has the
      steps of its administrator, with your values to copy.">
      <Index />
      <Loaded of={load}>
        {(card) => (
          <Card title="Another LMS" note="Any LMS with LTI 1.3 will do: with
            Dynamic Registration it needs this address alone.">
            <CopyField label="Dynamic registration URL"
              value={card.registrationUrl} />
            <p>Without it, exchange the values of{' '}
              <a href={href('integrations')}>Integrations</a> by hand.</p>
          </Card>
        )}
      </Loaded>
    </Page>
  );
}

export function LmsPage({ id }: { id: string }) {
  const { organization } = useScope();
  const load = useLoad(() => tool.card(organization), [organization]);
  const guide = guides.find((one) => one.id === id);
  if (!guide) return <GuidePage />;
  return (
    <Page title={`Add to ${guide.name}`} lead={guide.about}
      back={{ href: href('guide'), text: 'Add to your LMS' }}>
      <Loaded of={load}>
        {(card) => <Steps guide={guide} card={card} />}
      </Loaded>
    </Page>
  );
}
