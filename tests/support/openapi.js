// SPDX-License-Identifier: Apache-2.0
// Walking /openapi.json: every route of the gateway, with what its body must
// look like, and bodies made from that.
//
//   const { document, routes } = await readOpenapi(gateway);
//   routes: {method, path, needsKey, needsLtik, isPage, body: schema or null, needsBody,
//            answers: {status: operation}}
//   goodBody(schema)        a body with every required member
//   wrongBodies(schema)     [{what, names: RegExp, body}, ...]

const methods = ['get', 'post', 'put', 'patch', 'delete'];

const jsonOf = (part) => part?.content?.['application/json']?.schema ?? null;

export async function readOpenapi(gateway) {
  const answer = await gateway.open(`${gateway.url}/openapi.json`);
  const document = answer.json();
  const routes = Object.entries(document.paths).flatMap(([path, item]) =>
    methods.filter((method) => item[method]).map((method) => {
      const operation = item[method];
      return {
        method: method.toUpperCase(), path, operation,
        needsKey: /^\/(api|admin)\//.test(path)
          || 'x-right' in operation,
        needsLtik: Boolean(operation.security?.some((one) => one.ltik)),
        isPage: !/^\/(api|admin|portal)\//.test(path)
          && !jsonOf(operation.responses['200']),
        body: jsonOf(operation.requestBody),
        needsBody: operation.requestBody?.required === true,
        answers: operation.responses,
      };
    }));
  return { document, routes };
}

export const filled = (path, value = 'AAAAAAAAAAAAAAAAAAAAAA') =>
  path.replace(/\{\w+\}/g, encodeURIComponent(value));

function good(schema) {
  if (schema.enum) return schema.enum[0];
  switch (schema.type) {
  // A text that passes for a URL too.
  case 'string': return 'https://a.example/';
  case 'boolean': return true;
  case 'integer':
  case 'number': return 1;
  case 'array': return [];
  default: return goodBody(schema);
  }
}

export function goodBody(schema) {
  return Object.fromEntries((schema.required ?? []).map((name) =>
    [name, good(schema.properties[name])]));
}

// A value of every JSON type that the schema does not take.
function wrongValues(schema) {
  const values = { string: 'text', integer: 1.5, boolean: true, array: [],
    object: {} };
  const fine = schema.type;
  return [null, ...Object.entries(values)
    .filter(([type]) => type !== fine
      && !(type === 'integer' && fine === 'number'))
    .map(([, value]) => value)];
}

const quoted = (name) => name.replace(/[.[\]]/g, '\\$&');

function wrongMembers(schema, where, wrap) {
  const rows = [];
  const base = goodBody(schema);
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    const path = where ? `${where}.${name}` : name;
    const names = new RegExp(quoted(path));
    for (const value of wrongValues(inner)) {
      rows.push({ what: `${path} is ${JSON.stringify(value)}`, names,
        body: wrap({ ...base, [name]: value }) });
    }
    if (schema.required?.includes(name)) {
      const { [name]: gone, ...rest } = base;
      rows.push({ what: `${path} is missing`, names, body: wrap(rest) });
    }
    if (inner.type === 'object' && inner.properties) {
      rows.push(...wrongMembers(inner, path, (value) =>
        wrap({ ...base, [name]: value })));
    }
    if (inner.type === 'array' && inner.items?.properties) {
      rows.push(...wrongMembers(inner.items, `${path}[0]`, (value) =>
        wrap({ ...base, [name]: [value] })));
    }
  }
  return rows;
}

export const wrongBodies = (schema) =>
  wrongMembers(schema, '', (value) => value);
