/* confirm.c - a registration that a person confirms in the LMS's frame
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/confirm.h"

#include "app/confirm_ticket.h"
#include "app/gateway.h"
#include "app/journal.h"
#include "app/notice_sender.h"
#include "app/notify.h"
#include "app/register.h"
#include "app/tool.h"
#include "base/cx.h"
#include "store/db.h"
#include "store/platforms.h"
#include "store/registration_links.h"
#include "json/jread.h"

/* --- what every step looks up -------------------------------------------- */

struct step {
	struct gateway *gateway;
	struct confirm_ticket ticket;
	struct register_waiting waiting;
	struct user user;
	struct caller caller;
	struct confirm_view *view;
};

static enum fault
name_tool(struct gateway *gateway, struct cx *cx, struct confirm_view *view)
{
	const struct json_t *settings;
	enum fault which = tool_find(gateway, cx, &settings);

	if (!which)
		view->tool =
		    jread_text_or(jread_member(settings, "name"), SPAN(""));
	return which;
}

static enum fault
find_waiting(struct gateway *gateway, struct cx *cx, struct step *step)
{
	struct confirm_view *view = step->view;
	enum fault which = register_find(
	    gateway, cx, step->ticket.registration, &step->waiting);

	if (!which && !span_is(step->waiting.row.step, "confirm"))
		which = fault(cx, FAULT_NO_REGISTRATION, "not to be confirmed");
	if (!which)
		which = name_tool(gateway, cx, view);
	if (which)
		return which;
	view->issuer = step->waiting.row.issuer;
	view->reference = step->waiting.row.reference;
	view->chosen = step->waiting.row.claimed_organization;
	view->code = step->waiting.row.code;
	return FAULT_NONE;
}

static enum fault
open_any(struct gateway *gateway, struct cx *cx, struct span text,
    struct confirm_view *view, struct step *out)
{
	*out = (struct step){.gateway = gateway, .view = view};
	*view = (struct confirm_view){0};
	enum fault which = confirm_ticket_read(gateway, cx, text, &out->ticket);

	return which ? which : find_waiting(gateway, cx, out);
}

/* A step in the frame. */
static enum fault
open_step(struct gateway *gateway, struct cx *cx, struct span text,
    struct confirm_view *view, struct step *out)
{
	enum fault which = open_any(gateway, cx, text, view, out);

	if (!which && out->ticket.beside)
		which = fault(cx, FAULT_TICKET_REFUSED, "beside the frame");
	return which;
}

static enum fault
find_user(struct db_session *session, struct cx *cx, void *arg)
{
	struct step *step = arg;
	return users_find(session, cx, step->ticket.person, &step->user);
}

/* What the person may do now, not when the ticket was made. */
static enum fault
find_person(struct cx *cx, struct step *step)
{
	enum fault which;

	if (!step->ticket.person.length)
		return fault(cx, FAULT_TICKET_REFUSED, "nobody signed in");
	which = db_read(step->gateway->db, cx, find_user, step);
	if (which == FAULT_NO_USER)
		return fault_as(cx, FAULT_TICKET_REFUSED);
	if (which)
		return which;
	step->caller = sign_in_caller_of(cx, &step->user);
	step->view->person = step->user.email;
	cx->actor =
	    arena_printf(cx->arena, "user %.*s", SPAN_ARGS(step->user.id));
	return FAULT_NONE;
}

/* --- which page comes next ----------------------------------------------- */

static enum fault
show(struct cx *cx, struct step *step, enum confirm_step next)
{
	step->view->step = next;
	return confirm_ticket_write(
	    step->gateway, cx, &step->ticket, &step->view->ticket);
}

static enum fault
find_organization(struct db_session *session, struct cx *cx, void *arg)
{
	struct step *step = arg;
	return organizations_find(
	    session, cx, step->ticket.organization, &step->view->organization);
}

static enum fault
ask_question(struct cx *cx, struct step *step, struct span organization)
{
	enum fault which = FAULT_NONE;

	step->ticket.organization = organization;
	step->ticket.asked = true;
	if (organization.length)
		which = db_read(step->gateway->db, cx, find_organization, step);
	return which ? which : show(cx, step, CONFIRM_QUESTION);
}

static enum fault
list_all(struct db_session *session, struct cx *cx, void *arg)
{
	struct step *step = arg;
	return organizations_list(
	    session, cx, rights_reader(&step->caller), &step->view->list);
}

/* Those that this person may register for. */
static void
keep_registrable(struct cx *cx, struct step *step)
{
	struct organization_list all = step->view->list;
	struct organization *kept =
	    arena_list(cx->arena, all.count, sizeof *kept);
	size_t count = 0;

	for (size_t i = 0; i < all.count && count < CONFIRM_CHOICES_MAX; i++)
		if (!rights_check_in(cx, &step->caller, RIGHT_REGISTER,
			all.at[i].id, FAULT_NO_ORGANIZATION))
			kept[count++] = all.at[i];
	step->view->list = (struct organization_list){kept, count};
}

static enum fault
after_sign_in(struct cx *cx, struct step *step)
{
	struct confirm_view *view = step->view;
	enum fault which = db_read(step->gateway->db, cx, list_all, step);

	if (which)
		return which;
	keep_registrable(cx, step);
	view->may_be_nobodys = rights_everywhere(&step->caller, RIGHT_REGISTER);
	if (view->may_be_nobodys)
		return view->list.count ? show(cx, step, CONFIRM_CHOOSE)
					: ask_question(cx, step, SPAN(""));
	if (view->list.count == 0)
		return show(cx, step, CONFIRM_NO_RIGHT);
	return view->list.count == 1
		   ? ask_question(cx, step, view->list.at[0].id)
		   : show(cx, step, CONFIRM_CHOOSE);
}

/* --- the steps ----------------------------------------------------------- */

enum fault
confirm_open(struct gateway *gateway, struct cx *cx, struct span id,
    struct confirm_view *out)
{
	struct step step = {
	    .gateway = gateway, .ticket = {.registration = id}, .view = out};

	*out = (struct confirm_view){0};
	enum fault which = find_waiting(gateway, cx, &step);
	if (which)
		return which;
	/* Who has the organisation's own link need not sign in. */
	return step.waiting.row.link_id.length
		   ? ask_question(cx, &step, step.waiting.row.organization_id)
		   : show(cx, &step, CONFIRM_SIGN_IN);
}

enum fault
confirm_sign_in(struct gateway *gateway, struct cx *cx, struct span ticket,
    const struct sign_in_args *args, struct confirm_view *out)
{
	struct step step;
	enum fault which = open_step(gateway, cx, ticket, out, &step);

	if (which)
		return which;
	out->email = args->email;
	out->step = CONFIRM_SIGN_IN;
	out->ticket = ticket;
	which = sign_in_check(gateway, cx, args, &step.user);
	if (which)
		return which;
	step.ticket.person = step.user.id;
	which = find_person(cx, &step);
	return which ? which : after_sign_in(cx, &step);
}

/* --- beside the frame ---------------------------------------------------- */

enum fault
confirm_registration_of(struct gateway *gateway, struct cx *cx,
    struct span ticket, struct span *registration_id)
{
	struct confirm_view view;
	struct step step;
	enum fault which = open_step(gateway, cx, ticket, &view, &step);

	if (!which)
		*registration_id = step.ticket.registration;
	return which;
}

enum fault
confirm_beside(struct gateway *gateway, struct cx *cx,
    struct span registration_id, const struct user *user,
    struct confirm_view *out)
{
	struct step step = {
	    .gateway = gateway,
	    .ticket = {.registration = registration_id,
		.person = user->id,
		.beside = true},
	    .view = out,
	};

	*out = (struct confirm_view){.person = user->email};
	enum fault which = find_waiting(gateway, cx, &step);
	return which ? which : show(cx, &step, CONFIRM_BESIDE);
}

static enum fault
sign(struct db_session *session, struct cx *cx, void *arg)
{
	const struct step *step = arg;
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "sign-in",
	    .message = "signed in beside a registration",
	    .fields = {{"handle", step->waiting.row.handle}},
	};
	enum fault which = registrations_sign(
	    session, cx, step->waiting.row.id_hash, step->user.id);

	return which ? which : journal_add(session, cx, &entry);
}

enum fault
confirm_beside_agree(struct gateway *gateway, struct cx *cx, struct span ticket,
    struct confirm_view *out)
{
	struct step step;
	enum fault which = open_any(gateway, cx, ticket, out, &step);

	if (!which && !step.ticket.beside)
		which = fault(cx, FAULT_TICKET_REFUSED, "not beside a frame");
	if (!which)
		which = find_person(cx, &step);
	if (!which)
		which = db_write(gateway->db, cx, sign, &step);
	out->step = CONFIRM_BESIDE_DONE;
	return which;
}

enum fault
confirm_continue(struct gateway *gateway, struct cx *cx, struct span ticket,
    bool *gone_on, struct confirm_view *out)
{
	struct step step;
	enum fault which = open_step(gateway, cx, ticket, out, &step);

	if (which)
		return which;
	*gone_on = step.waiting.row.person_id.length > 0;
	if (!*gone_on)
		return show(cx, &step, CONFIRM_SIGN_IN);
	step.ticket.person = step.waiting.row.person_id;
	which = find_person(cx, &step);
	return which ? which : after_sign_in(cx, &step);
}

enum fault
confirm_choose(struct gateway *gateway, struct cx *cx, struct span ticket,
    struct span organization, struct confirm_view *out)
{
	struct step step;
	enum fault which = open_step(gateway, cx, ticket, out, &step);

	if (!which)
		which = find_person(cx, &step);
	if (!which)
		which = rights_check_in(cx, &step.caller, RIGHT_REGISTER,
		    organization, FAULT_NO_ORGANIZATION);
	return which ? which : ask_question(cx, &step, organization);
}

static enum fault
find_link(struct db_session *session, struct cx *cx, void *arg)
{
	struct registration_link *link = arg;
	return registration_links_find_id(session, cx, link->id, link);
}

/* By a link or by a person; *activate: whether the platform may be used at
 * once. */
static enum fault
check_proof(struct cx *cx, struct step *step, bool *activate)
{
	struct registration_link link = {.id = step->waiting.row.link_id};
	enum fault which;

	if (!step->ticket.asked)
		return fault(cx, FAULT_TICKET_REFUSED, "nothing was asked");
	if (!step->ticket.person.length) {
		if (!link.id.length)
			return fault(cx, FAULT_TICKET_REFUSED, "no proof");
		which = db_read(step->gateway->db, cx, find_link, &link);
		*activate = link.activate;
		return which == FAULT_NO_LINK ? fault_as(cx, FAULT_LINK_REFUSED)
					      : which;
	}
	*activate = true;
	which = find_person(cx, step);
	return which ? which
		     : rights_check_in(cx, &step->caller, RIGHT_REGISTER,
			   step->ticket.organization, FAULT_NO_ORGANIZATION);
}

static enum fault
complete(struct cx *cx, struct step *step, bool activate, struct span client)
{
	const struct json_t *settings;
	enum fault which = tool_find(step->gateway, cx, &settings);

	if (which)
		return which;
	step->waiting.row.organization_id = step->ticket.organization;
	const struct complete_args args = {
	    .waiting = &step->waiting,
	    .settings = settings,
	    .activate = activate,
	    .client = client,
	};
	which = complete_run(step->gateway, cx, &args, &step->view->completed);
	step->view->step = CONFIRM_DONE;
	return which;
}

enum fault
confirm_answer(struct gateway *gateway, struct cx *cx, struct span ticket,
    bool yes, struct span client, struct confirm_view *out)
{
	struct step step;
	struct span close_url;
	bool activate = false;
	enum fault which = open_step(gateway, cx, ticket, out, &step);

	if (!which)
		which = check_proof(cx, &step, &activate);
	if (which)
		return which;
	if (yes)
		return complete(cx, &step, activate, client);
	out->step = CONFIRM_DECLINED;
	return register_reject(
	    gateway, cx, step.ticket.registration, &close_url);
}

/* --- somebody else decides ----------------------------------------------- */

static enum fault
ask(struct db_session *session, struct cx *cx, void *arg)
{
	struct step *step = arg;
	struct registration *row = &step->waiting.row;
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "registration",
	    .message = "registration waits for approval",
	    .fields = {{"issuer", row->issuer}, {"family", row->family},
		{"handle", row->handle},
		{"organizationId", step->ticket.organization}},
	};
	enum fault which = registrations_ask(
	    session, cx, row->id_hash, step->ticket.organization);

	if (step->ticket.organization.length)
		row->organization_id = step->ticket.organization;
	if (!which)
		which = notify_registration_waiting(
		    step->gateway, session, cx, row);
	return which ? which : journal_add(session, cx, &entry);
}

enum fault
confirm_ask(struct gateway *gateway, struct cx *cx, struct span ticket,
    struct confirm_view *out)
{
	struct step step;
	enum fault which = open_step(gateway, cx, ticket, out, &step);

	/* A person of one organisation asks for that one. */
	if (!which && step.ticket.person.length) {
		which = find_person(cx, &step);
		if (!which && step.user.role_count == 1)
			step.ticket.organization =
			    step.user.roles[0].organization_id;
	}
	if (!which)
		which = db_write(gateway->db, cx, ask, &step);
	if (which)
		return which;
	notice_sender_wake(gateway->notice_sender);
	step.ticket =
	    (struct confirm_ticket){.watched = step.waiting.row.handle};
	return show(cx, &step, CONFIRM_WAITS);
}

struct watch {
	struct span handle;
	struct registration row;
	struct platform platform;
};

static enum fault
look(struct db_session *session, struct cx *cx, void *arg)
{
	struct watch *watch = arg;
	enum fault which =
	    registrations_find_any(session, cx, watch->handle, &watch->row);

	watch->platform = (struct platform){.active = false};
	if (which || !span_is(watch->row.state, "completed"))
		return which;
	which = platforms_find(
	    session, cx, watch->row.platform_id, &watch->platform);
	return which == FAULT_NO_PLATFORM ? fault_as(cx, FAULT_NO_REGISTRATION)
					  : which;
}

static enum confirm_step
step_of(const struct registration *row)
{
	if (span_is(row->state, "completed"))
		return CONFIRM_DONE;
	if (span_is(row->state, "rejected"))
		return CONFIRM_REJECTED;
	/* One that was given back after a fault may be approved again. */
	if (span_is(row->state, "waiting") ||
	    (span_is(row->state, "sent") && !row->fault.length))
		return CONFIRM_WAITS;
	return CONFIRM_FAILED;
}

enum fault
confirm_watch(struct gateway *gateway, struct cx *cx, struct span text,
    struct confirm_view *out)
{
	struct watch watch = {0};
	struct confirm_ticket ticket;
	bool gone_on;
	enum fault which = confirm_ticket_read(gateway, cx, text, &ticket);

	if (!which && !ticket.watched.length)
		return confirm_continue(gateway, cx, text, &gone_on, out);
	*out = (struct confirm_view){.ticket = text};
	if (!which)
		which = name_tool(gateway, cx, out);
	if (which)
		return which;
	watch.handle = ticket.watched;
	which = db_read(gateway->db, cx, look, &watch);
	if (which == FAULT_NO_REGISTRATION) {
		out->step = CONFIRM_OVER;
		return FAULT_NONE;
	}
	out->step = step_of(&watch.row);
	out->issuer = watch.row.issuer;
	out->reference = watch.row.reference;
	out->completed = (struct complete_result){
	    .platform_id = watch.platform.id,
	    .platform_name = watch.platform.name,
	    .client_id = watch.platform.client_id,
	    .active = watch.platform.active,
	};
	return which;
}
