// SPDX-License-Identifier: Apache-2.0

import { useState } from 'preact/hooks';
import { content } from '../api';
import { Area, Choice, Form, Pairs, Switch, Text, type Values } from '../forms';
import { counted, Dialog, Notice, Table, tell } from '../parts';
import { organizationsFor, useScope } from '../session';
import type { ContentBody, ContentItem, Imported } from '../types';

function Owner() {
  const { person } = useScope();
  return (
    <Choice label="Organisation" name="organizationId" choices={
      organizationsFor(person, 'content').map((one): [string, string] =>
        [one.id, one.name])} />
  );
}

export function EditContent({ item, parent, onClose, onDone }: {
  item: ContentItem | undefined; parent: ContentItem | undefined;
  onClose: () => void; onDone: () => void;
}) {
  const { organization } = useScope();
  const kind = item?.kind ?? (parent ? 'assignment' : 'course');
  const [custom, setCustom] = useState(item?.customParameters ?? {});
  const [graded, setGraded] = useState(Boolean(item?.lineItem));
  const owner = item?.organizationId ?? parent?.organizationId ?? organization;
  const parentId = item ? item.parentId : parent?.id;
  const save = async (values: Values) => {
    const body: ContentBody = {
      organizationId: owner ?? values.organizationId ?? '',
      kind, title: values.title ?? '', description: values.description ?? '',
      url: values.url ?? '', customParameters: custom,
      ...(parentId ? { parentId } : {}),
      ...(item?.position === undefined ? {} : { position: item.position }),
      ...(graded ? { lineItem: { ...item?.lineItem,
        scoreMaximum: Number(values['lineItem.scoreMaximum'] ?? 100),
        ...(values['lineItem.label']
          ? { label: values['lineItem.label'] } : {}) } } : {}) };
    await (item ? content.change(item.id, body) : content.add(body));
    tell('Saved');
    onDone();
  };
  return (
    <Dialog title={item ? `Edit ${item.title}` : `Add ${kind}`}
      onClose={onClose} wide>
      <Form onSubmit={save} submit="Save" onCancel={onClose}>
        {!owner && <Owner />}
        <Text label="Title" name="title" initial={item?.title ?? ''} />
        <Area label="Description" name="description" optional rows={2}
          initial={item?.description ?? ''} />
        <Text label="URL" name="url" type="url" optional
          initial={item?.url ?? ''}
          help="Where the tool gets its launches, below the Launch URL or an
            allowed one. When empty, the Launch URL itself: let the custom
            parameters say what it is." />
        <Pairs label="Custom parameters" name="customParameters"
          value={custom} onChange={setCustom} names="Parameter"
          values="Value" />
        <Switch label="With a grade" name="graded" checked={graded}
          onChange={setGraded} help="The LMS makes a column for it." />
        {graded && (
          <>
            <Text label="Points" name="lineItem.scoreMaximum" type="number"
              initial={String(item?.lineItem?.scoreMaximum ?? 100)} />
            <Text label="Name of the column" name="lineItem.label" optional
              initial={item?.lineItem?.label ?? ''}
              help="When empty, the title." />
          </>
        )}
      </Form>
    </Dialog>
  );
}

// Some systems give a cartridge another ending, and CSV no type at all.
const typeOf = (file: File) => /\.(imscc|zip)$/i.test(file.name)
  ? 'application/zip' : 'text/csv';

export function ImportContent({ parent, onClose, onDone }: {
  parent: ContentItem | undefined; onClose: () => void; onDone: () => void;
}) {
  const { organization } = useScope();
  const [file, setFile] = useState<File>();
  const [missing, setMissing] = useState('');
  const [result, setResult] = useState<Imported>();
  const owner = parent?.organizationId ?? organization;
  const send = async (values: Values) => {
    if (!file) {
      setMissing('Choose a file');
      document.getElementById('import-file')?.focus();
      return;
    }
    setResult(await content.import(
      new Blob([file], { type: typeOf(file) }),
      { organizationId: owner ?? values.organizationId, parentId: parent?.id }));
    onDone();
  };
  if (result) {
    return (
      <Dialog title="Imported" onClose={onClose} wide>
        <Notice tone={result.skipped.length ? 'warn' : 'good'}>
          {result.added} added, {result.changed} changed
          {result.unchanged ? `, ${result.unchanged} as before` : ''}
          {result.skipped.length > 0
            && `, ${counted(result.skipped.length, 'line')} skipped`}.
        </Notice>
        {result.skipped.length > 0 && (
          <Table label="Skipped lines" rows={result.skipped.map((row, at) =>
            ({ ...row, at }))} rowKey={(row) => String(row.at)} columns={[
            { name: 'Line', cell: (row) => row.line ?? '-' },
            { name: 'Why', wide: true, cell: (row) => row.why }]} />
        )}
        <div class="actions end">
          <button type="button" onClick={onClose}>Done</button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title="Import content" onClose={onClose}>
      <p>A CSV file, or a Common Cartridge (.imscc, .zip).</p>
      <Form onSubmit={send} submit="Import" onCancel={onClose}>
        {!owner && <Owner />}
        <div class="field">
          <label for="import-file">File</label>
          <input id="import-file" type="file" accept=".csv,.imscc,.zip"
            aria-invalid={missing ? 'true' : undefined}
            aria-describedby="import-help" onChange={(event) => {
              setFile(event.currentTarget.files?.[0]);
              setMissing('');
            }} />
          {missing && <small class="error" role="alert">{missing}</small>}
          <small id="import-help">The first line of a CSV file names its
            columns: kind, course, title, description, url, custom, max score.
            Only title is needed. At most 1 MiB.</small>
        </div>
      </Form>
    </Dialog>
  );
}
