// SPDX-License-Identifier: Apache-2.0
// What an LMS shows in the frame of a launch: a form that sends itself, a
// refusal, what the tool returned.

const marks = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;',
  '\'': '&#39;' };

export const escaped = (value) =>
  String(value).replace(/[&<>"']/g, (mark) => marks[mark]);

const html = (status, body) => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store' },
  body,
});

const document = (title, main, script = '') => `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="/testbed/style.css"></head>
<body><main><h1>${escaped(title)}</h1>${main}</main>${script}</body></html>
`;

export function formPost(action, fields) {
  const inputs = Object.entries(fields).map(([name, value]) =>
    `<input type="hidden" name="${escaped(name)}" value="${
      escaped(value)}">`).join('');
  return html(200, document('Going to the tool',
    `<form id="answer" method="post" action="${escaped(action)}">${inputs}`
    + '<button>Continue</button></form>',
    '<script>document.getElementById("answer").submit()</script>'));
}

export const refusalPage = ({ status, title, text }, why) =>
  html(status, document(title, `<p>${escaped(text)}</p>`
    + `<p class="quiet">${escaped(why)}</p>`));

// The LMS's own page listens for this and looks again at what came back.
const tell = (id) => '<script>(window.opener || window.parent).postMessage('
  + `{ testbed: "returned", attempt: ${JSON.stringify(id)} }, "*")</script>`;

function listed(heading, texts) {
  if (texts.length === 0) return '';
  return `<h2>${escaped(heading)}</h2><ul>${texts.map((text) =>
    `<li>${escaped(text)}</li>`).join('')}</ul>`;
}

export function returnedPage(attempt) {
  const { items, problems, claims } = attempt.returned;
  const dl = 'https://purl.imsglobal.org/spec/lti-dl/claim/';
  const said = ['msg', 'errormsg'].map((name) => claims?.[dl + name])
    .filter(Boolean);
  const title = problems.length > 0 ? 'This LMS refuses the content'
    : items.length > 0 ? 'Content was added' : 'Nothing was selected';
  return html(problems.length > 0 ? 400 : 200, document(title,
    said.map((text) => `<p class="notice">${escaped(text)}</p>`).join('')
    + listed('What is wrong', problems)
    + listed('Content', items.map((item) =>
      `${item?.type ?? 'unknown'}: ${item?.title ?? 'without a title'}`)),
    tell(attempt.id)));
}

export function backPage(attempt, query) {
  const said = ['lti_msg', 'lti_errormsg'].map((name) => query.get(name))
    .filter(Boolean);
  return html(200, document('Back in the course',
    said.map((text) => `<p class="notice">${escaped(text)}</p>`).join('')
    || '<p>The tool sent the person back.</p>', tell(attempt.id)));
}
