// SPDX-License-Identifier: Apache-2.0
// Courses, and the assignments of one.

import { useState } from 'preact/hooks';
import { content } from '../api';
import { Card, Chip, Confirm, counted, Empty, Loaded, Notice, Page, Pager,
  SearchBox, Table, tell, useLoad } from '../parts';
import { go, href, refine, useRoute } from '../router';
import { useScope } from '../session';
import type { ContentItem } from '../types';
import { EditContent, ImportContent } from './content_form';
import { PAGE_SIZE } from './integrations';

function Items({ parent }: { parent: ContentItem | undefined }) {
  const { organization, can, nameOf } = useScope();
  const { query } = useRoute();
  const search = query.get('search') ?? '';
  const offset = Number(query.get('offset') ?? 0) || 0;
  const owner = parent?.organizationId ?? organization;
  // What stands in no course, unless it is searched for: then anywhere.
  const place = parent?.id ?? (search ? undefined : null);
  const load = useLoad((signal) => content.list({ organizationId: owner,
    parentId: place, search, offset, limit: PAGE_SIZE }, signal),
  [owner, parent?.id, search, offset]);
  const [editing, setEditing] = useState<ContentItem | 'new'>();
  const [removing, setRemoving] = useState<ContentItem>();
  const [importing, setImporting] = useState(false);
  const kind = parent ? 'assignment' : 'course';
  const mayChange = can('content', owner);
  const close = () => {
    setEditing(undefined);
    setImporting(false);
  };
  return (
    <Card title={parent ? 'Assignments' : 'Courses'} actions={
      mayChange && (
        <>
          {owner && !parent && (
            <a href={`admin/content/export?organizationId=${
              encodeURIComponent(owner)}`} download>Export</a>
          )}
          <button type="button" class="secondary"
            onClick={() => setImporting(true)}>Import</button>
          <button type="button" onClick={() => setEditing('new')}>
            Add {kind}
          </button>
        </>
      )}>
      <div class="filters"><SearchBox label="Search by title" /></div>
      <Loaded of={load}>
        {({ content: rows, total }) => rows.length === 0
          ? search
            ? <Empty title="Nothing matches">Look for a part of the title.
              </Empty>
            : <Empty title={parent ? 'No assignments yet' : 'No courses yet'}>
                {mayChange ? 'Add one, or import a CSV or Common Cartridge '
                  + 'file.' : 'An admin of the organisation adds them.'}
              </Empty>
          : (
            <>
              <Table label={parent ? 'Assignments' : 'Courses'} rows={rows}
                rowKey={(row) => row.id} columns={[
                  { name: 'Title', wide: true, cell: (row) => (
                    <>{row.kind === 'course'
                      ? <a href={href(`content/${row.id}`)}>{row.title}</a>
                      : row.title}
                      {row.description && <div class="quiet clamp">
                        {row.description}</div>}</>
                  ) },
                  ...(owner ? [] : [{ name: 'Organisation',
                    cell: (row: ContentItem) => nameOf(row.organizationId) }]),
                  parent
                    ? { name: 'Points', cell: (row: ContentItem) =>
                      row.lineItem ? String(row.lineItem.scoreMaximum)
                        : <span class="quiet">no grade</span> }
                    : { name: 'Assignments', cell: (row: ContentItem) =>
                      row.kind === 'course'
                        ? counted(row.count ?? 0, 'assignment')
                        : <Chip>Assignment</Chip> },
                  { name: 'Address', wide: true, cell: (row) => row.url
                    || <span class="quiet">the Launch URL</span> },
                  { name: 'Actions', hideName: true, cell: (row) =>
                    can('content', row.organizationId) && (
                      <span class="buttons">
                        <button type="button" class="secondary small"
                          aria-label={`Edit ${row.title}`}
                          onClick={() => setEditing(row)}>Edit</button>
                        <button type="button" class="secondary small"
                          aria-label={`Delete ${row.title}`}
                          onClick={() => setRemoving(row)}>Delete</button>
                      </span>
                    ) }]} />
              <Pager offset={offset} limit={PAGE_SIZE} total={total}
                onMove={(next) =>
                  refine({ offset: next ? String(next) : undefined })} />
            </>
          )}
      </Loaded>
      {editing && (
        <EditContent item={editing === 'new' ? undefined : editing}
          parent={parent} onClose={close} onDone={() => {
            close();
            load.reload();
          }} />
      )}
      {importing && <ImportContent parent={parent} onClose={close}
        onDone={load.reload} />}
      {removing && (
        <Confirm title={`Delete ${removing.title}?`} action="Delete"
          onClose={() => setRemoving(undefined)} onConfirm={async () => {
            await content.remove(removing.id);
            tell('Deleted');
            load.reload();
          }}>
          <p>Teachers can no longer choose it{removing.count
            ? `, nor its ${counted(removing.count, 'assignment')}` : ''}. Links
            that are in an LMS already stay there.</p>
        </Confirm>
      )}
    </Card>
  );
}

export function CoursePage({ id }: { id: string }) {
  const load = useLoad(() => content.get(id), [id]);
  const [editing, setEditing] = useState(false);
  const { can } = useScope();
  const course = load.data;
  return (
    <Page title={course?.title ?? 'Course'} lead={course?.description}
      back={{ href: href('content'), text: 'Content' }}
      actions={course && can('content', course.organizationId) && (
        <button type="button" class="secondary"
          onClick={() => setEditing(true)}>Edit course</button>
      )}>
      <Loaded of={load}>{(item) => <Items parent={item} />}</Loaded>
      {editing && course && (
        <EditContent item={course} parent={undefined}
          onClose={() => setEditing(false)} onDone={() => {
            setEditing(false);
            load.reload();
          }} />
      )}
    </Page>
  );
}

export function ContentPage() {
  const { person, staff, organization } = useScope();
  return (
    <Page title="Content" lead="The courses and assignments that teachers
      choose from in the LMS, by the built-in picker.">
      {staff && person.organizations.length === 0
        ? (
          <Card>
            <Empty title="Make an organisation first" action={
              <button type="button" onClick={() => go('organisations')}>
                Open Organisations</button>}>
              Content belongs to an organisation.
            </Empty>
          </Card>
        )
        : (
          <>
            {!organization && person.organizations.length > 1 && (
              <Notice>The courses of all organisations are shown. Choose one
                in the menu to add to it.</Notice>
            )}
            <Items parent={undefined} />
          </>
        )}
    </Page>
  );
}
