// SPDX-License-Identifier: Apache-2.0
// A learning tool in a hundred and sixty lines: GATEWAY=... API_KEY=... PORT=3000 go run app.go
// (launchUrl: http://.../launch, deepLinkingUrl: http://.../choose)
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"os"
	"strings"
)

var gateway, apiKey = os.Getenv("GATEWAY"), os.Getenv("API_KEY")
var courses = map[string]string{"algebra": "Algebra", "biology": "Biology", "chess": "Chess"}

type object = map[string]any

type idToken struct {
	User struct {
		ID, Name string
		Roles    []string
	}
	Launch   struct{ Context struct{ Title string } }
	Services struct {
		NamesAndRoles       struct{ Available bool }
		AssignmentAndGrades struct{ LineItemID string }
	}
}

// Everything about one launch is asked with its ltik.
func ask(ltik, path string, body any, out any) error {
	method, content := "GET", []byte{}
	if body != nil {
		method = "POST"
		content, _ = json.Marshal(body)
	}
	request, err := http.NewRequest(method, gateway+path, bytes.NewReader(content))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "LTIK-AUTH-V2 "+apiKey+":"+ltik)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 400 {
		var problem struct{ Details struct{ Description string } }
		json.NewDecoder(answer.Body).Decode(&problem)
		return errors.New(problem.Details.Description)
	}
	return json.NewDecoder(answer.Body).Decode(out)
}

// A person arrives: /launch?ltik=...&course=...
func launch(r *http.Request) (string, string, error) {
	var token idToken
	ltik := r.FormValue("ltik")
	err := ask(ltik, "/api/idtoken", nil, &token)
	who, name, more := "learner", token.User.Name, ""
	for _, role := range token.User.Roles {
		if strings.HasSuffix(role, "#Instructor") {
			who = "teacher"
		}
	}
	if who == "teacher" && token.Services.NamesAndRoles.Available {
		more = `<p><a href="/people?ltik=` + url.QueryEscape(ltik) + `">Who is here?</a></p>`
	} else if who == "learner" && token.Services.AssignmentAndGrades.LineItemID != "" {
		more = `<form method=post action="/finish"><button>I am done</button>` +
			`<input type=hidden name=ltik value="` + html.EscapeString(ltik) + `"></form>`
	}
	if name == "" {
		name = "you"
	}
	title := courses[r.FormValue("course")]
	if title == "" {
		title = "Course Lab"
	}
	return title, fmt.Sprintf("<p>Hello %s,\n%s of %s.</p>%s", html.EscapeString(name), who,
		html.EscapeString(token.Launch.Context.Title), more), err
}

// A learner is done: the LMS's gradebook is told, now or as soon as it can be.
func finish(r *http.Request) (string, string, error) {
	var token idToken
	var score object
	ltik := r.FormValue("ltik")
	if err := ask(ltik, "/api/idtoken", nil, &token); err != nil {
		return "", "", err
	}
	item := url.PathEscape(token.Services.AssignmentAndGrades.LineItemID)
	err := ask(ltik, "/api/lineitems/"+item+"/scores?queue=true", object{"userId": token.User.ID,
		"scoreGiven": 8, "scoreMaximum": 10, "comment": "Well done",
		"activityProgress": "Completed", "gradingProgress": "FullyGraded"}, &score)
	return "Done", "<p>You have 8 of 10 points. Your course knows it.</p>", err
}

// A teacher looks who is in the course.
func people(r *http.Request) (string, string, error) {
	var roster struct {
		Members []struct{ UserID, Name string }
	}
	err := ask(r.FormValue("ltik"), "/api/memberships?all=true", nil, &roster)
	list := ""
	for _, one := range roster.Members {
		list += "<li>" + html.EscapeString(one.Name) + "</li>"
	}
	return "Who is here", "<ul>" + list + "</ul>", err
}

// A teacher chooses content: /choose?ltik=...
func choose(r *http.Request) (string, string, error) {
	if r.Method == "POST" {
		return chosen(r)
	}
	buttons := ""
	for id, title := range courses {
		buttons += "<p><button name=course value=" + id + ">" + title + "</button></p>"
	}
	return "Choose a course", `<form method=post><input type=hidden name=ltik value="` +
		html.EscapeString(r.FormValue("ltik")) + `">` + buttons + "</form>", nil
}

// The answer is a form that takes the browser back to the LMS.
func chosen(r *http.Request) (string, string, error) {
	course := r.FormValue("course")
	var answer struct{ Form string }
	err := ask(r.FormValue("ltik"), "/api/deeplinking/form", object{"contentItems": []object{{
		"type": "ltiResourceLink", "title": courses[course],
		"url":      gateway + "/lti/launch?course=" + url.QueryEscape(course),
		"lineItem": object{"label": courses[course], "scoreMaximum": 10}}}}, &answer)
	return "One moment", answer.Form, err
}

func main() {
	for path, handler := range map[string]func(*http.Request) (string, string, error){
		"/launch": launch, "/finish": finish, "/people": people, "/choose": choose} {
		handler := handler
		http.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			title, body, err := handler(r)
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			if err != nil {
				w.WriteHeader(http.StatusForbidden)
				title, body = "That did not work", html.EscapeString(err.Error())
			}
			fmt.Fprintf(w, "<!doctype html><html lang=\"en\"><meta charset=utf-8>\n"+
				"<title>%[1]s</title><h1>%[1]s</h1>%[2]s", html.EscapeString(title), body)
		})
	}
	fmt.Println(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
