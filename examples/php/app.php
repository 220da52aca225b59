<?php
// SPDX-License-Identifier: Apache-2.0
// A learning tool in a hundred lines: GATEWAY=... API_KEY=... php -S localhost:3000 app.php
// (launchUrl: http://.../launch, deepLinkingUrl: http://.../choose)
const COURSES = ['algebra' => 'Algebra', 'biology' => 'Biology', 'chess' => 'Chess'];

// Everything about one launch is asked with its ltik.
function ask(string $ltik, string $path, ?array $body = null): array
{
    $answer = file_get_contents(getenv('GATEWAY') . $path, false, stream_context_create(['http' => [
        'method' => $body ? 'POST' : 'GET',
        'header' => ['Authorization: LTIK-AUTH-V2 ' . getenv('API_KEY') . ":$ltik",
            'Content-Type: application/json'],
        'content' => $body ? json_encode($body) : '',
        'ignore_errors' => true, // an answer of 400 has words too
    ]]));
    $json = json_decode($answer ?: '{}', true);
    if (isset($json['details'])) {
        throw new RuntimeException($json['details']['description']);
    }
    return $json ?? [];
}

function html(string $text): string
{
    return htmlspecialchars($text, ENT_QUOTES);
}

// A person arrives: /launch?ltik=...&course=...
function launch(array $fields): array
{
    ['user' => $user, 'services' => $services, 'launch' => $launch] = ask($fields['ltik'], '/api/idtoken');
    $teaches = (bool) preg_grep('/#Instructor$/', $user['roles']);
    $ltik = html($fields['ltik']);
    $more = '';
    if ($teaches && $services['namesAndRoles']['available']) {
        $more = '<p><a href="/people?ltik=' . rawurlencode($fields['ltik']) . '">Who is here?</a></p>';
    } elseif (!$teaches && isset($services['assignmentAndGrades']['lineItemId'])) {
        $more = '<form method=post action="/finish"><button>I am done</button>'
            . "<input type=hidden name=ltik value=\"$ltik\"></form>";
    }
    return [COURSES[$fields['course'] ?? ''] ?? 'Course Lab', '<p>Hello ' . html($user['name'] ?? 'you')
        . ",\n" . ($teaches ? 'teacher' : 'learner') . ' of '
        . html($launch['context']['title'] ?? 'this course') . ".</p>$more"];
}

// A learner is done: the LMS's gradebook is told, now or as soon as it can be.
function finish(array $fields): array
{
    ['user' => $user, 'services' => $services] = ask($fields['ltik'], '/api/idtoken');
    $item = rawurlencode($services['assignmentAndGrades']['lineItemId']);
    ask($fields['ltik'], "/api/lineitems/$item/scores?queue=true", ['userId' => $user['id'],
        'scoreGiven' => 8, 'scoreMaximum' => 10, 'comment' => 'Well done',
        'activityProgress' => 'Completed', 'gradingProgress' => 'FullyGraded']);
    return ['Done', '<p>You have 8 of 10 points. Your course knows it.</p>'];
}

// A teacher looks who is in the course.
function people(array $fields): array
{
    $members = ask($fields['ltik'], '/api/memberships?all=true')['members'];
    return ['Who is here', '<ul>' . implode('', array_map(fn ($one) =>
        '<li>' . html($one['name'] ?? $one['userId']) . '</li>', $members)) . '</ul>'];
}

// A teacher chooses content: /choose?ltik=...
function choose(array $fields): array
{
    $buttons = '';
    foreach (COURSES as $id => $title) {
        $buttons .= "<p><button name=course value=$id>$title</button></p>";
    }
    return ['Choose a course', '<form method=post><input type=hidden name=ltik value="'
        . html($fields['ltik']) . "\">$buttons</form>"];
}

// The answer is a form that takes the browser back to the LMS.
function chosen(array $fields): array
{
    $title = COURSES[$fields['course']];
    return ['One moment', ask($fields['ltik'], '/api/deeplinking/form', ['contentItems' => [[
        'type' => 'ltiResourceLink', 'title' => $title,
        'url' => getenv('GATEWAY') . "/lti/launch?course={$fields['course']}",
        'lineItem' => ['label' => $title, 'scoreMaximum' => 10]]]])['form']];
}

$routes = ['GET /launch' => 'launch', 'POST /finish' => 'finish', 'GET /people' => 'people',
    'GET /choose' => 'choose', 'POST /choose' => 'chosen'];
$handler = $routes[$_SERVER['REQUEST_METHOD'] . ' ' . parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)] ?? null;
try {
    http_response_code($handler ? 200 : 404);
    [$title, $body] = $handler ? $handler($_POST ?: $_GET) : ['Not here', ''];
} catch (RuntimeException $problem) {
    http_response_code(403);
    [$title, $body] = ['That did not work', html($problem->getMessage())];
}
header('Content-Type: text/html; charset=utf-8');
echo "<!doctype html><html lang=\"en\"><meta charset=utf-8>\n<title>", html($title), '</title><h1>',
    html($title), "</h1>$body";
