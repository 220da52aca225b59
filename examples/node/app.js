// SPDX-License-Identifier: Apache-2.0
// A learning tool in eighty lines: GATEWAY=... API_KEY=... PORT=3000 node app.js
// Set launchUrl to http://.../launch and deepLinkingUrl to http://.../choose.
import http from 'node:http';

const { GATEWAY, API_KEY, PORT = '3000' } = process.env;
const courses = { algebra: 'Algebra', biology: 'Biology', chess: 'Chess' };

// Everything about one launch is asked with its ltik.
async function ask(ltik, path, body) {
  const answer = await fetch(GATEWAY + path, {
    method: body ? 'POST' : 'GET', body: body && JSON.stringify(body),
    headers: { authorization: `LTIK-AUTH-V2 ${API_KEY}:${ltik}`,
      'content-type': 'application/json' },
  });
  const json = await answer.json();
  if (!answer.ok) throw new Error(json.details.description);
  return json;
}

const html = (text) => String(text).replace(/[&<>"']/g,
  (c) => `&#${c.charCodeAt(0)};`);
const page = (title, body) => `<!doctype html><html lang="en"><meta charset=utf-8>
<title>${html(title)}</title><h1>${html(title)}</h1>${body}`;

// A person arrives: /launch?ltik=...&course=...
async function launch({ ltik, course }) {
  const { user, services, launch: { context } } = await ask(ltik, '/api/idtoken');
  const teaches = user.roles.some((role) => role.endsWith('#Instructor'));
  const item = services.assignmentAndGrades.lineItemId;
  return page(courses[course] ?? 'Course Lab', `<p>Hello ${html(user.name ?? 'you')},
${teaches ? 'teacher' : 'learner'} of ${html(context?.title ?? 'this course')}.</p>
${teaches && services.namesAndRoles.available
    ? `<p><a href="/people?ltik=${encodeURIComponent(ltik)}">Who is here?</a></p>` : ''}
${teaches || !item ? '' : `<form method=post action="/finish"><button>I am done</button>
<input type=hidden name=ltik value="${html(ltik)}"></form>`}`);
}

// A learner is done: the LMS's gradebook is told, now or as soon as it can be.
async function finish({ ltik }) {
  const { user, services: { assignmentAndGrades } } = await ask(ltik, '/api/idtoken');
  const item = encodeURIComponent(assignmentAndGrades.lineItemId);
  await ask(ltik, `/api/lineitems/${item}/scores?queue=true`, { userId: user.id,
    scoreGiven: 8, scoreMaximum: 10, comment: 'Well done',
    activityProgress: 'Completed', gradingProgress: 'FullyGraded' });
  return page('Done', '<p>You have 8 of 10 points. Your course knows it.</p>');
}

// A teacher looks who is in the course.
async function people({ ltik }) {
  const { members } = await ask(ltik, '/api/memberships?all=true');
  return page('Who is here', `<ul>${members.map(({ userId, name }) =>
    `<li>${html(name ?? userId)}</li>`).join('')}</ul>`);
}

// A teacher chooses content: /choose?ltik=...
const choose = async ({ ltik }) => page('Choose a course', `<form method=post>
<input type=hidden name=ltik value="${html(ltik)}">${Object.entries(courses).map(
  ([id, title]) => `<p><button name=course value=${id}>${title}</button></p>`)
  .join('')}</form>`);

// The answer is a form that takes the browser back to the LMS.
async function chosen({ ltik, course }) {
  const { form } = await ask(ltik, '/api/deeplinking/form', { contentItems: [{
    type: 'ltiResourceLink', title: courses[course],
    url: `${GATEWAY}/lti/launch?course=${course}`,
    lineItem: { label: courses[course], scoreMaximum: 10 } }] });
  return page('One moment', form);
}

const routes = { 'GET /launch': launch, 'POST /finish': finish, 'GET /people': people,
  'GET /choose': choose, 'POST /choose': chosen };

http.createServer(async (request, response) => {
  const url = new URL(request.url, 'http://tool');
  const body = request.method === 'POST' ? await new Response(request).text() : '';
  const fields = Object.fromEntries(new URLSearchParams(body || url.search));
  const handler = routes[`${request.method} ${url.pathname}`];
  const [status, text] = !handler ? [404, page('Not here', '')]
    : await handler(fields).then((done) => [200, done],
      (problem) => [403, page('That did not work', html(problem.message))]);
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(text);
}).listen(PORT, '127.0.0.1', () => console.log(`a tool on http://localhost:${PORT}`));
