"""A guess at the framework of a receiver, from its responses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from inspector.domain.receiver.reply import Reply
from inspector.domain.receiver.report import ReceiverCause


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameworkGuess:
    """The framework that a receiver probably uses."""

    key: str
    """The stable name: `express`."""
    label: str
    """The name for people: `Express`."""
    because: str
    """The evidence in a word or two: `x-powered-by`."""
    verifier: str | None = None
    """The key of the verifier in this framework, or in its language."""


@dataclass(frozen=True, slots=True)
class _Framework:
    label: str
    verifier: str
    raw_body: str
    """How to read the raw body, as a sentence."""
    csrf: str = ""
    """How to exempt a route from CSRF protection, as a sentence; empty without such a protection."""


FRAMEWORKS: Mapping[str, _Framework] = {
    "express": _Framework(
        "Express",
        "express",
        "In Express, mount express.raw({ type: () => true }) on this route, before express.json().",
        "Mount the webhook's route before the CSRF middleware.",
    ),
    "fastify": _Framework(
        "Fastify",
        "fastify",
        "In Fastify, get it with addContentTypeParser('*', { parseAs: 'buffer' }, …) in the route's plugin.",
    ),
    "koa": _Framework("Koa", "koa", "In Koa, read it with raw-body, before any other parser."),
    "next": _Framework(
        "Next.js",
        "next",
        "In Next.js, call await request.arrayBuffer() in a route handler. In pages/api, turn bodyParser off.",
    ),
    "workers": _Framework("Cloudflare Workers", "workers", "In a Worker, call await request.arrayBuffer()."),
    "lambda": _Framework(
        "AWS Lambda",
        "lambda-node",
        "In AWS Lambda, use event.body. Decode it first if event.isBase64Encoded is set.",
    ),
    "flask": _Framework("Flask", "flask", "In Flask, call request.get_data()."),
    "fastapi": _Framework("FastAPI", "fastapi", "In FastAPI, call await request.body()."),
    "django": _Framework(
        "Django", "django", "In Django, use request.body.", "Decorate the view with @csrf_exempt."
    ),
    "aiohttp": _Framework("aiohttp", "aiohttp", "In aiohttp, call await request.read()."),
    "laravel": _Framework(
        "Laravel",
        "laravel",
        "In Laravel, call $request->getContent().",
        "Exempt the path in bootstrap/app.php: validateCsrfTokens(except: […]).",
    ),
    "symfony": _Framework("Symfony", "symfony", "In Symfony, call $request->getContent()."),
    "php": _Framework("PHP", "php", "In PHP, call file_get_contents('php://input')."),
    "rails": _Framework(
        "Rails",
        "rails",
        "In Rails, call request.raw_post.",
        "Call skip_forgery_protection in the route's controller.",
    ),
    "sinatra": _Framework("Sinatra", "sinatra", "In Sinatra, call request.body.read."),
    "rack": _Framework("Rack", "ruby", "In Rack, call request.body.read."),
    "go": _Framework("Go net/http", "go", "In Go, call io.ReadAll(r.Body), before any decoder."),
    "gin": _Framework("Gin", "gin", "In Gin, call c.GetRawData()."),
    "spring": _Framework("Spring", "spring", "In Spring, read request.getInputStream()."),
    "tomcat": _Framework("Tomcat", "spring", "In a servlet, read request.getInputStream()."),
    "aspnet": _Framework("ASP.NET Core", "csharp", "In ASP.NET Core, read Request.Body."),
}
"""The frameworks that can be guessed, each with its verifier or that of its language."""

_RAW_BODY = "Verify the raw body, the bytes as they arrived, before any parsing."
_OF_RAW_BODY = frozenset(
    (
        *("body-reserialised", "body-changed", "body-form", "body-empty", "body-not-serialised"),
        *("body-double-encoded", "receiver-body-not-parsed", "receiver-body-consumed"),
    )
)
"""The causes that the raw body cures."""
_OF_EXPRESS = frozenset(("body-empty", "receiver-body-not-parsed"))
"""The causes for which an entry's own fix is about Express."""

_ENOUGH = 3
"""The weight that a guess needs: a lone `server: uvicorn` names no framework."""
_MOST_KINDS = 60
"""Maximum kinds of responses that are read. Most responses of a receiver are alike."""
_MOST_BODY = 4096
_MOST_VALUE = 512
_MOST_HEADERS = 64

_BODY, _STATUS = ":body", ":status"
"""Parts of a response that are not headers. A header's name has no colon."""
_PART_NAMES = {"body": _BODY, "status": _STATUS}


class _Hint:
    """What only one framework, or few, put into a response."""

    def __init__(self, framework: str, weight: int, because: str, **patterns: str | None) -> None:
        """`patterns` must all match in one response; None: this part must be absent.

        A keyword is the name of a header, with `_` for `-`, or `body` or `status`. A pattern has no nested
        and no adjacent repetitions, so the time is linear in the size of a hostile response.
        """
        self.framework, self.weight, self.because = framework, weight, because
        self._patterns = tuple(
            (
                _PART_NAMES.get(name) or name.replace("_", "-"),
                None if pattern is None else re.compile(pattern.encode()),
            )
            for name, pattern in patterns.items()
        )

    def is_in(self, parts: Mapping[str, bytes]) -> bool:
        for name, pattern in self._patterns:
            part = parts.get(name)
            if pattern is None or part is None:
                if pattern is not None or part is not None:
                    return False
            elif not pattern.search(part):
                return False
        return True


_PLAIN = "^text/plain; charset=utf-8$"
_REASON = "(Bad Request|Unauthorized|Forbidden|Not Found|Method Not Allowed|Unsupported Media Type)"

# Recorded from the frameworks, in tests/data/frameworks, except where a comment names a document.
_HINTS = (
    _Hint("express", 10, "x-powered-by", x_powered_by="^Express$"),
    _Hint("express", 6, "error page", body="<pre>Cannot [A-Z]{3,10} /"),
    _Hint("next", 10, "x-powered-by", x_powered_by=r"^Next\.js$"),
    _Hint("next", 8, "vary", vary="(?i)next-router-state-tree"),
    _Hint("next", 6, "error page", body="/_next/static/"),
    _Hint("fastify", 8, "error body", body='"message":"Route [A-Z]{3,10}:/'),
    _Hint("fastify", 8, "error code", body='"code":"FST_'),
    _Hint("fastify", 4, "keep-alive", keep_alive="^timeout=72$"),
    # Hapi prints the same.
    _Hint("fastify", 2, "error body", body=r'^\{"statusCode":\d{3},"error":"'),
    _Hint(
        "koa",
        3,
        "error body",
        content_type=_PLAIN,
        body=f"^{_REASON}$",
        server=None,
        etag=None,
        x_powered_by=None,
    ),
    # Cloudflare Workers: Errors and exceptions. Every site behind Cloudflare has its server header.
    _Hint("workers", 6, "error page", body=r"(?i)error (code: )?11[0-4]\d\b", server="^cloudflare$"),
    _Hint("workers", 1, "server", server="^cloudflare$"),
    # Amazon API Gateway: Gateway response types, and its request ids of HTTP and REST APIs. AWS Lambda:
    # function URLs.
    _Hint("lambda", 4, "apigw-requestid", apigw_requestid="."),
    _Hint("lambda", 4, "x-amz-apigw-id", x_amz_apigw_id="."),
    _Hint("lambda", 4, "error body", body=r'^\{"message": ?"Missing Authentication Token"\}$'),
    _Hint("lambda", 3, "x-amzn-requestid", x_amzn_requestid=".", x_amzn_trace_id="^Root="),
    _Hint("flask", 9, "server", server="^Werkzeug/"),
    _Hint("flask", 7, "error page", body=r"^<!doctype html>\n<html lang=en>\n<title>\d{3} "),
    _Hint("fastapi", 8, "error body", body=r'^\{"detail":\[\{("type":"[a-z_.]{1,60}",)?"loc":\['),
    _Hint("fastapi", 6, "error body", body=r'^\{"detail":"(Not Found|Method Not Allowed)"\}$'),
    _Hint("fastapi", 3, "server", server="^uvicorn$", body=r'^\{"detail":'),
    _Hint("fastapi", 2, "server", server="^uvicorn$"),
    _Hint("django", 8, "error page", body="CSRF verification failed"),
    _Hint("django", 6, "error page", body=r"<h1>Server Error \(500\)</h1>"),
    _Hint("django", 6, "error page", body="The requested resource was not found on this server"),
    _Hint("django", 5, "error page", body="<h1>403 Forbidden</h1><p></p>"),
    _Hint("django", 6, "error body", body=r'^\{"detail":"Method \\"[A-Z]{3,10}\\" not allowed'),
    _Hint("django", 5, "server", server="^WSGIServer/"),
    _Hint(
        "django",
        5,
        "security headers",
        x_frame_options="^DENY$",
        referrer_policy="^same-origin$",
        cross_origin_opener_policy="^same-origin$",
    ),
    _Hint("aiohttp", 10, "server", server=" aiohttp/"),
    _Hint("aiohttp", 8, "error body", body="Server got itself in trouble"),
    _Hint("aiohttp", 5, "error body", content_type=_PLAIN, body=rf"^\d{{3}}: {_REASON}$"),
    # The name of the cookie is the application's; its value is JSON that begins with "iv", in base64.
    _Hint("laravel", 8, "session cookie", set_cookie="=eyJpdiI6"),
    _Hint("laravel", 7, "status 419", status="^419$"),
    _Hint("laravel", 7, "error body", body="The route [^ ]{1,200} could not be found"),
    _Hint("laravel", 7, "error body", body="method is not supported for route"),
    _Hint("laravel", 8, "error body", body=r"Illuminate\\"),
    _Hint("laravel", 5, "error page", body=r"/\*! normalize\.css v8\.0\.1"),
    _Hint("symfony", 7, "x-debug-exception", x_debug_exception_file="."),
    _Hint("symfony", 8, "x-debug-token", x_debug_token="."),  # noqa: S106  # Symfony: Profiler
    _Hint("symfony", 6, "error page", body="<title>An Error Occurred: "),
    # Symfony: ProblemNormalizer
    _Hint(
        "symfony",
        6,
        "error body",
        body=r'"type":"https:\\?/\\?/tools\.ietf\.org\\?/html\\?/rfc2616#section-10"',
    ),
    _Hint("php", 3, "x-powered-by", x_powered_by="^PHP/"),
    _Hint("rails", 8, "error page", body="rails-default-error-page"),
    _Hint("rails", 8, "error page", body="Action Controller: Exception caught"),
    _Hint("rails", 6, "x-runtime", x_runtime=r"^\d{1,6}\.\d{6}$", x_request_id="^[0-9a-f-]{36}$"),
    _Hint("sinatra", 10, "error page", x_cascade="^pass$", body="Sinatra"),
    _Hint(
        "sinatra",
        5,
        "headers of rack-protection",
        x_xss_protection="^1; mode=block$",
        x_frame_options="^SAMEORIGIN$",
        x_runtime=None,
        content_type="^text/html;charset=utf-8$",
    ),
    _Hint("rack", 3, "server", server="^WEBrick/"),
    _Hint(
        "go",
        4,
        "error body",
        content_type=_PLAIN,
        x_content_type_options="^nosniff$",
        body=r"^[^\n]{1,200}\n\Z",
    ),
    _Hint(
        "gin",
        5,
        "error body",
        content_type="^text/plain$",
        body="^40[45] (page not found|method not allowed)$",
    ),
    # Spring Boot: Error Handling, and ProblemDetail of Spring Framework: Error Responses
    _Hint("spring", 9, "error page", body="Whitelabel Error Page"),
    _Hint("spring", 8, "error body", body=r'^\{"timestamp":"?[0-9TZ:.+-]{1,40}"?,"status":\d{3},"error":"'),
    _Hint("spring", 7, "error body", body='"detail":"No static resource '),
    _Hint(
        "spring",
        4,
        "error body",
        body=r'^\{"type":"about:blank","title":"',
        content_type="^application/problem",
    ),
    _Hint("tomcat", 3, "error page", body=r"<title>HTTP Status \d{3} "),
    # ASP.NET Core: Kestrel, and Handle errors in ASP.NET Core APIs
    _Hint("aspnet", 8, "server", server="^Kestrel$"),
    _Hint("aspnet", 7, "error body", body='"traceId":"00-[0-9a-f]{32}-[0-9a-f]{16}-0'),
    _Hint("aspnet", 6, "x-powered-by", x_powered_by=r"^ASP\.NET$"),
)


def advised(cause: ReceiverCause, guess: FrameworkGuess | None) -> ReceiverCause:
    """Return a cause with the fix for the receiver's framework, if that differs between frameworks."""
    if guess is None:
        return cause
    framework = FRAMEWORKS[guess.key]
    if cause.code in _OF_RAW_BODY and not (guess.key == "express" and cause.code in _OF_EXPRESS):
        return replace(cause, fix=f"{_RAW_BODY} {framework.raw_body}")
    if cause.code == "receiver-csrf" and framework.csrf:
        return replace(cause, fix=framework.csrf)
    return cause


def guess(replies: Iterable[Reply]) -> FrameworkGuess | None:
    """Return the framework that these responses of one receiver point to; None if nothing points to one.

    The strongest evidence wins. Of equally strong evidence for two frameworks, the more evidence wins.
    """
    left = list(_HINTS)
    found: list[_Hint] = []
    kinds: set[tuple[object, ...]] = set()
    for reply in replies:
        parts = _parts(reply)
        # Many values differ in each response, such as dates and cookies.
        kind = (*parts, *map(parts.get, (_STATUS, _BODY, "server", "x-powered-by")))
        if kind in kinds:
            continue
        if len(kinds) == _MOST_KINDS:
            break
        kinds.add(kind)
        for hint in [hint for hint in left if hint.is_in(parts)]:
            left.remove(hint)
            found.append(hint)
    total: Counter[str] = Counter()
    for hint in found:
        total[hint.framework] += hint.weight
    ranked = sorted(found, key=lambda hint: (hint.weight, total[hint.framework]), reverse=True)
    if not ranked or total[ranked[0].framework] < _ENOUGH:
        return None
    best = ranked[0]
    rival = next((hint for hint in ranked if hint.framework != best.framework), None)
    if rival and (rival.weight, total[rival.framework]) == (best.weight, total[best.framework]):
        return None
    framework = FRAMEWORKS[best.framework]
    return FrameworkGuess(
        key=best.framework, label=framework.label, because=best.because, verifier=framework.verifier
    )


def _parts(reply: Reply) -> dict[str, bytes]:
    """Return the parts of a response that hints are about, each bounded."""
    if reply.status is None:
        return {}
    parts: dict[str, bytes] = {}
    for name, value in reply.headers[:_MOST_HEADERS]:
        key = name.lower().decode("latin-1")
        parts[key] = (parts[key] + b", " + value if key in parts else value)[:_MOST_VALUE]
    parts[_STATUS] = b"%d" % reply.status
    if reply.status >= 400:  # the text of an accepted event is the application's
        parts[_BODY] = reply.body[:_MOST_BODY]
    return parts
