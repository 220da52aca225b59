// SPDX-License-Identifier: Apache-2.0
// Approving registrations with payment: GATEWAY=... API_KEY=... PORT=3000 node approve.js
// Set registration.mode to pre-approval and preApprovalUrl to http://.../lms.
import http from 'node:http';

const { GATEWAY, API_KEY, PORT = '3000' } = process.env;

async function call(method, path, body) {
  const answer = await fetch(GATEWAY + path, { method,
    body: body && JSON.stringify(body),
    headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' } });
  const json = await answer.json();
  if (!answer.ok) throw new Error(json.details.description);
  return json;
}

const html = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

// In the LMS's frame: /lms?registrationId=... Who is it, and what do they pay?
async function ask({ registrationId }) {
  const lms = await call('GET', `/api/registrations/${registrationId}`);
  return { text: `<h1>Course Lab for ${html(new URL(lms.url).host)}</h1>
<form method=post action="/paid"><input type=hidden name=registrationId
 value="${html(registrationId)}"><label>School <input name=school required></label>
<label>Order number <input name=order required></label>
<button>Pay and register</button></form>` };
}

// Here your payment provider is asked whether the order is paid.
const isPaid = async (order) => order.startsWith('order-');

async function paid({ registrationId, school, order }) {
  if (!await isPaid(order)) {
    const { closeUrl } = await call('POST', `/api/registrations/${registrationId}/reject`, {});
    return { to: closeUrl };
  }
  const done = await call('POST', `/api/registrations/${registrationId}/complete`,
    { platformName: school, autoActivate: true, metadata: { order } });
  return { to: done.closeUrl };  // closes the frame, in Canvas too
}

const routes = { 'GET /lms': ask, 'POST /paid': paid };

http.createServer(async (request, response) => {
  const url = new URL(request.url, 'http://tool');
  const body = request.method === 'POST' ? await new Response(request).text() : '';
  const fields = Object.fromEntries(new URLSearchParams(body || url.search));
  const handler = routes[`${request.method} ${url.pathname}`];
  const { to, text } = !handler ? { text: '<h1>Not here</h1>' } : await handler(fields)
    .catch((problem) => ({ text: `<h1>That did not work</h1>${html(problem.message)}` }));
  response.writeHead(to ? 303 : 200, { 'content-type': 'text/html; charset=utf-8',
    ...(to ? { location: to } : {}) }).end(text);
}).listen(PORT, '127.0.0.1', () => console.log(`approvals on http://localhost:${PORT}/lms`));
