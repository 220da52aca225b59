// SPDX-License-Identifier: Apache-2.0
// ZIP archives, by hand: good ones and those that lie.
//
//   zipOf({ 'imsmanifest.xml': '<manifest/>', ... })       stored
//   zipOf(files, { deflate: true, size: 12, flags: 1 })    size: what the
//     archive says of each file; flags: of each entry (1: encrypted)
//   cartridgeOf({ title, tree, links })   a Common Cartridge: tree is a list
//     of [title, children] or [title, 'link id']; links are texts by id, XML
//     of a link to a tool unless they begin with <webLink

import { crc32, deflateRawSync } from 'node:zlib';

const u16 = (value) => [value & 255, value >> 8 & 255];
const u32 = (value) => [...u16(value & 65535), ...u16(value >>> 16)];

export function zipOf(files, { deflate = false, size, flags = 0 } = {}) {
  const parts = [];
  const central = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const bytes = Buffer.from(text);
    const packed = deflate ? deflateRawSync(bytes) : bytes;
    const rest = Buffer.from([...u16(flags), ...u16(deflate ? 8 : 0),
      ...u32(0), ...u32(crc32(bytes)), ...u32(packed.length),
      ...u32(size ?? bytes.length), ...u16(Buffer.byteLength(name)),
      ...u16(0)]);
    const head = Buffer.concat([Buffer.from([80, 75, 3, 4, ...u16(20)]), rest,
      Buffer.from(name)]);
    central.push(Buffer.concat([Buffer.from([80, 75, 1, 2, ...u16(20),
      ...u16(20)]), rest, Buffer.from([...u16(0), ...u16(0), ...u16(0),
      ...u32(0), ...u32(offset)]), Buffer.from(name)]));
    parts.push(head, packed);
    offset += head.length + packed.length;
  }
  const directory = Buffer.concat(central);
  return Buffer.concat([...parts, directory, Buffer.from([80, 75, 5, 6,
    ...u16(0), ...u16(0), ...u16(central.length), ...u16(central.length),
    ...u32(directory.length), ...u32(offset), ...u16(0)])]);
}

let items = 0;
const itemOf = ([title, inside]) => {
  items += 1;
  const reference = typeof inside === 'string'
    ? ` identifierref="${inside}"` : '';
  return `<item identifier="i${items}"${reference}><title>${title}</title>${
    Array.isArray(inside) ? inside.map(itemOf).join('') : ''}</item>`;
};

const typeOf = (text) => text.includes('<webLink')
  ? 'imswl_xmlv1p1' : 'imsbasiclti_xmlv1p0';

export const manifestOf = ({ title = 'A cartridge', tree, links }) =>
  `<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="m"
 xmlns="http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
 xmlns:lomimscc="http://ltsc.ieee.org/xsd/imsccv1p1/LOM/manifest">
<metadata><schema>IMS Common Cartridge</schema>
<lomimscc:lom><lomimscc:general><lomimscc:title>
<lomimscc:string>${title}</lomimscc:string></lomimscc:title>
</lomimscc:general></lomimscc:lom></metadata>
<organizations><organization identifier="o" structure="rooted-hierarchy">
<item identifier="root">${tree.map(itemOf).join('')}</item>
</organization></organizations>
<resources>${Object.entries(links).map(([id, text]) =>
    `<resource identifier="${id}" type="${typeOf(text)}">
<file href="${id}/link.xml"/></resource>`).join('')}
<resource identifier="page" type="webcontent" href="page.html"/>
</resources></manifest>`;

export const toolLink = ({ title = 'A tool', url, text = '', custom = {} }) =>
  `<cartridge_basiclti_link
 xmlns="http://www.imsglobal.org/xsd/imslticc_v1p0"
 xmlns:blti="http://www.imsglobal.org/xsd/imsbasiclti_v1p0"
 xmlns:lticm="http://www.imsglobal.org/xsd/imslticm_v1p0">
<blti:title>${title}</blti:title><blti:description>${text}</blti:description>
<blti:custom>${Object.entries(custom).map(([name, value]) =>
    `<lticm:property name="${name}">${value}</lticm:property>`).join('')}
</blti:custom>
<blti:launch_url>http://insecure.example/</blti:launch_url>
<blti:secure_launch_url>${url}</blti:secure_launch_url>
</cartridge_basiclti_link>`;

export const webLink = ({ title, url }) =>
  `<webLink xmlns="http://www.imsglobal.org/xsd/imsccv1p1/imswl_v1p1">
<title>${title}</title><url href="${url}" target="_self"/></webLink>`;

export const cartridgeOf = (contents, options) => zipOf({
  'imsmanifest.xml': manifestOf(contents),
  ...Object.fromEntries(Object.entries(contents.links).map(([id, text]) =>
    [`${id}/link.xml`, text])) }, options);
