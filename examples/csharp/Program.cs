// SPDX-License-Identifier: Apache-2.0
// A learning tool in a hundred lines: GATEWAY=... API_KEY=... PORT=3000 dotnet run
// (launchUrl: http://.../launch, deepLinkingUrl: http://.../choose)
using System.Net;
using System.Text.Json.Nodes;

var gateway = Environment.GetEnvironmentVariable("GATEWAY");
var apiKey = Environment.GetEnvironmentVariable("API_KEY");
var port = Environment.GetEnvironmentVariable("PORT") ?? "3000";
var courses = new Dictionary<string, string> {
    ["algebra"] = "Algebra", ["biology"] = "Biology", ["chess"] = "Chess" };
var http = new HttpClient();

// Everything about one launch is asked with its ltik.
async Task<JsonNode> Ask(string ltik, string path, object? body = null)
{
    using var request = new HttpRequestMessage(
        body is null ? HttpMethod.Get : HttpMethod.Post, gateway + path);
    request.Headers.TryAddWithoutValidation("Authorization", $"LTIK-AUTH-V2 {apiKey}:{ltik}");
    if (body is not null) request.Content = JsonContent.Create(body);
    using var answer = await http.SendAsync(request);
    var json = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    if (!answer.IsSuccessStatusCode)
        throw new InvalidOperationException((string?)json["details"]?["description"]);
    return json;
}

string Html(string? text) => WebUtility.HtmlEncode(text ?? "");

// A person arrives: /launch?ltik=...&course=...
async Task<(string, string)> Launch(string ltik, string? course)
{
    var token = await Ask(ltik, "/api/idtoken");
    var user = token["user"]!;
    var services = token["services"]!;
    var teaches = user["roles"]!.AsArray().Any(role => ((string)role!).EndsWith("#Instructor"));
    var more = "";
    if (teaches && (bool)services["namesAndRoles"]!["available"]!)
        more = $"<p><a href=\"/people?ltik={Uri.EscapeDataString(ltik)}\">Who is here?</a></p>";
    else if (!teaches && services["assignmentAndGrades"]!["lineItemId"] is not null)
        more = "<form method=post action=\"/finish\"><button>I am done</button>"
            + $"<input type=hidden name=ltik value=\"{Html(ltik)}\"></form>";
    var who = teaches ? "teacher" : "learner";
    var name = (string?)user["name"] ?? "you";
    var where = (string?)token["launch"]!["context"]?["title"] ?? "this course";
    return (courses.GetValueOrDefault(course ?? "", "Course Lab"),
        $"<p>Hello {Html(name)},\n{who} of {Html(where)}.</p>{more}");
}

// A learner is done: the LMS's gradebook is told, now or as soon as it can be.
async Task<(string, string)> Finish(string ltik)
{
    var token = await Ask(ltik, "/api/idtoken");
    var item = (string)token["services"]!["assignmentAndGrades"]!["lineItemId"]!;
    await Ask(ltik, $"/api/lineitems/{Uri.EscapeDataString(item)}/scores?queue=true", new {
        userId = (string?)token["user"]!["id"], scoreGiven = 8, scoreMaximum = 10,
        comment = "Well done", activityProgress = "Completed", gradingProgress = "FullyGraded" });
    return ("Done", "<p>You have 8 of 10 points. Your course knows it.</p>");
}

// A teacher looks who is in the course.
async Task<(string, string)> People(string ltik)
{
    var roster = await Ask(ltik, "/api/memberships?all=true");
    var names = roster["members"]!.AsArray().Select(one =>
        $"<li>{Html((string?)one!["name"] ?? (string?)one["userId"])}</li>");
    return ("Who is here", $"<ul>{string.Concat(names)}</ul>");
}

// A teacher chooses content: /choose?ltik=...
Task<(string, string)> Choose(string ltik)
{
    var buttons = courses.Select(one =>
        $"<p><button name=course value={one.Key}>{one.Value}</button></p>");
    return Task.FromResult(("Choose a course", "<form method=post><input type=hidden name=ltik "
        + $"value=\"{Html(ltik)}\">{string.Concat(buttons)}</form>"));
}

// The answer is a form that takes the browser back to the LMS.
async Task<(string, string)> Chosen(string ltik, string course)
{
    var answer = await Ask(ltik, "/api/deeplinking/form", new { contentItems = new[] { new {
        type = "ltiResourceLink", title = courses[course],
        url = $"{gateway}/lti/launch?course={course}",
        lineItem = new { label = courses[course], scoreMaximum = 10 } } } });
    return ("One moment", (string)answer["form"]!);
}

async Task<IResult> Page(Task<(string Title, string Body)> work)
{
    var (status, title, body) = (200, "", "");
    try { (title, body) = await work; }
    catch (InvalidOperationException problem)
    { (status, title, body) = (403, "That did not work", Html(problem.Message)); }
    return Results.Content("<!doctype html><html lang=\"en\"><meta charset=utf-8>\n"
        + $"<title>{Html(title)}</title><h1>{Html(title)}</h1>{body}",
        "text/html; charset=utf-8", null, status);
}

var app = WebApplication.CreateBuilder(args).Build();
app.MapGet("/launch", (string ltik, string? course) => Page(Launch(ltik, course)));
app.MapGet("/people", (string ltik) => Page(People(ltik)));
app.MapGet("/choose", (string ltik) => Page(Choose(ltik)));
app.MapPost("/finish", async (HttpRequest request) =>
    await Page(Finish((await request.ReadFormAsync())["ltik"]!)));
app.MapPost("/choose", async (HttpRequest request) => {
    var form = await request.ReadFormAsync();
    return await Page(Chosen(form["ltik"]!, form["course"]!)); });
app.Run($"http://localhost:{port}");
