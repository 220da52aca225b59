/*
 * cartridge.h - content as a Common Cartridge
 *
 * Layer  lti (pure)
 * Gives  the links of a cartridge, thin or full: to tools and to the web
 * Owns   nothing: what is read lives in the arena
 * Fails  CARTRIDGE_MALFORMED, told: as archive.h and xml.h; no manifest. A
 *        link that cannot be read is in the list, with the reason
 * Spec   IMS Common Cartridge 1.1 to 1.3; IMS Thin Common Cartridge 1.2, 1.3
 *        (imsbasiclti_xmlv1p*, imswl_xmlv1p*)
 *
 * A folder that stands at the top of the cartridge is a course, with all
 * links in it; links that stand in none are of a course with the cartridge's
 * own title.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_CARTRIDGE_H
#define LTI_CARTRIDGE_H

#include "base/fault.h"
#include "lti/content_draft.h"

struct cx;

enum { CARTRIDGE_LINKS_MAX = 10000 };

enum fault cartridge_read(
    struct cx *cx, struct span bytes, struct content_drafts *out) MUST_USE;

#endif
