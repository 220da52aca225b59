# SPDX-License-Identifier: Apache-2.0
# A learning tool in eighty lines: GATEWAY=... API_KEY=... PORT=3000 python3 app.py
# (launchUrl: http://.../launch, deepLinkingUrl: http://.../choose)
import json, os
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.parse import parse_qsl, quote, urlsplit
from urllib.request import Request, urlopen

GATEWAY, API_KEY = os.environ["GATEWAY"], os.environ["API_KEY"]
COURSES = {"algebra": "Algebra", "biology": "Biology", "chess": "Chess"}


def ask(ltik, path, body=None):  # everything about one launch is asked with its ltik
    headers = {"Authorization": f"LTIK-AUTH-V2 {API_KEY}:{ltik}", "Content-Type": "application/json"}
    try:
        return json.load(urlopen(Request(GATEWAY + path, body and json.dumps(body).encode(), headers)))
    except HTTPError as problem:
        raise ValueError(json.load(problem)["details"]["description"]) from None


def launch(fields):  # a person arrives: /launch?ltik=...&course=...
    token = ask(fields["ltik"], "/api/idtoken")
    user, course = token["user"], token["launch"].get("context", {})
    who = "teacher" if any(role.endswith("#Instructor") for role in user["roles"]) else "learner"
    text = f"Hello {user.get('name', 'you')},\n{who} of {course.get('title', 'this course')}."
    done = f'<form method=post action="/finish"><button>I am done</button><input type=hidden name=ltik value="{escape(fields["ltik"])}"></form>'
    if who == "teacher" and token["services"]["namesAndRoles"]["available"]:
        done = f'<p><a href="/people?ltik={quote(fields["ltik"])}">Who is here?</a></p>'
    elif who == "teacher" or "lineItemId" not in token["services"]["assignmentAndGrades"]:
        done = ""
    return COURSES.get(fields.get("course"), "Course Lab"), f"<p>{escape(text)}</p>{done}"


def finish(fields):  # a learner is done: the LMS's gradebook is told, now or as soon as it can be
    token = ask(fields["ltik"], "/api/idtoken")
    item = quote(token["services"]["assignmentAndGrades"]["lineItemId"], safe="")
    score = {"userId": token["user"]["id"], "scoreGiven": 8, "scoreMaximum": 10, "comment": "Well done"}
    progress = {"activityProgress": "Completed", "gradingProgress": "FullyGraded"}
    ask(fields["ltik"], f"/api/lineitems/{item}/scores?queue=true", score | progress)
    return "Done", "<p>You have 8 of 10 points. Your course knows it.</p>"


def people(fields):  # a teacher looks who is in the course
    members = ask(fields["ltik"], "/api/memberships?all=true")["members"]
    names = "".join(f"<li>{escape(one.get('name', one['userId']))}</li>" for one in members)
    return "Who is here", f"<ul>{names}</ul>"


def choose(fields):  # a teacher chooses content: /choose?ltik=...
    buttons = "".join(f"<p><button name=course value={id}>{title}</button></p>" for id, title in COURSES.items())
    return "Choose a course", f'<form method=post><input type=hidden name=ltik value="{escape(fields["ltik"])}">{buttons}</form>'


def chosen(fields):  # the answer is a form that takes the browser back to the LMS
    item = {"type": "ltiResourceLink", "title": COURSES[fields["course"]], "url": f"{GATEWAY}/lti/launch?course={fields['course']}"}
    item["lineItem"] = {"label": COURSES[fields["course"]], "scoreMaximum": 10}
    return "One moment", ask(fields["ltik"], "/api/deeplinking/form", {"contentItems": [item]})["form"]


class Tool(BaseHTTPRequestHandler):
    def answer(self, query, routes):
        handler, status = routes.get(urlsplit(self.path).path), 200
        try:
            title, body = handler(dict(parse_qsl(query))) if handler else ("Not here", "")
        except (KeyError, ValueError) as problem:
            title, body, status = "That did not work", escape(str(problem)), 403
        self.send_response(status if handler else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(f'<!doctype html><html lang="en"><meta charset=utf-8>\n<title>{title}</title><h1>{title}</h1>{body}'.encode())

    def do_GET(self):
        self.answer(urlsplit(self.path).query, {"/launch": launch, "/people": people, "/choose": choose})

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers["Content-Length"])).decode(), {"/choose": chosen, "/finish": finish})


ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "3000"))), Tool).serve_forever()
