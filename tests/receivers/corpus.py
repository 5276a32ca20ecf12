"""Receivers as people write them: what is wrong with each, what it accepts, and what a check must find.

`accepts` computes by the standard library alone what the fault makes of an event. It proves the corpus, not
the check: each receiver accepts this signature and rejects the documented one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode

SECRET = "9f86d081884c7d659a2feaa0c55ad015"
"""As `openssl rand -hex 16` prints one: it can be decoded from hex and from base64."""
STAGING = "blitz_staging_secret"
"""Another saved secret."""

EXPRESS = ("express4", "express5")
SIGNATURE = "x-webhook-signature"

Kind = Literal["correct", "faulty", "picky", "unexplained", "fails", "careless"]
"""`faulty`: computes another signature. `picky`: only for some contents. `unexplained`: in a way that nobody
would guess. `fails`: rejects or fails before it verifies. `careless`: accepts events that are not genuine."""
Accepts = Callable[[bytes], tuple[str, str]]
"""From a body to the header's name and value that the receiver accepts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusReceiver:
    """One receiver, and what a check must say about it."""

    kind: Kind
    servers: tuple[str, ...]
    route: str
    wrong: str
    """What is wrong, in words."""
    codes: tuple[str, ...] = ()
    """The codes of the causes that must be found, all of them and no other."""
    detail: Mapping[str, Any] = field(default_factory=dict)
    """Details that one of the causes must have."""
    accepts: Accepts | None = None
    proved_by: Literal["completion", "answer"] = "completion"
    """The event whose signature `accepts` computes."""
    status: int = 401
    """The status for a valid event."""
    failed: tuple[str, ...] = ()
    """The tests that must fail at a careless or picky receiver, perhaps among others."""
    is_forgeable: bool = False
    """Whether it also accepts forged events because of its fault: the key is empty or public, or the digest
    is cut."""
    framework: str | None = None
    """The label of the right guess, if it is not that of its server."""
    warned: tuple[str, ...] = ()
    """The tests that must end with a warning at a correct receiver."""

    @property
    def has_two_faults(self) -> bool:
        return self.kind == "faulty" and len(self.codes) > 1


# ---- what is signed


def reprinted(**options: Any) -> Callable[[bytes], bytes]:
    return lambda body: json.dumps(json.loads(body), **options).encode()


def constant(text: str) -> Callable[[bytes], bytes]:
    return lambda _: text.encode()


def as_form(body: bytes) -> bytes:
    """The JSON text as the only key of a parsed form."""
    return json.dumps({body.decode(): ""}, separators=(",", ":")).encode()


def camel_case(body: bytes) -> bytes:
    def renamed(value: Any) -> Any:
        if isinstance(value, list):
            return [renamed(one) for one in value]
        if not isinstance(value, dict):
            return value
        return {
            key.split("_")[0] + "".join(word.title() for word in key.split("_")[1:]): renamed(one)
            for key, one in value.items()
        }

    return json.dumps(renamed(json.loads(body)), separators=(",", ":")).encode()


def in_ruby(body: bytes) -> bytes:
    return json.dumps(json.loads(body), separators=(", ", "=>")).encode()


def of_buffer(body: bytes) -> bytes:
    return json.dumps({"type": "Buffer", "data": list(body)}, separators=(",", ":")).encode()


def part(body: bytes) -> bytes:
    event = json.loads(body)
    return json.dumps(event.get("responses", event.get("response")), separators=(",", ":")).encode()


def empty_to_null(body: bytes) -> bytes:
    return body.replace(b':""', b":null")


def sorted_members(body: bytes) -> bytes:
    """Sorted at the top only."""
    return json.dumps(dict(sorted(json.loads(body).items())), separators=(",", ":")).encode()


# ---- how it is signed


def in_base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def signs(
    message: Callable[[bytes], bytes] = bytes,
    *,
    key: bytes = SECRET.encode(),
    algorithm: str = "sha256",
    written: Callable[[bytes], str] = bytes.hex,
    header: str = SIGNATURE,
) -> Accepts:
    return lambda body: (header, written(hmac.digest(key, message(body), algorithm)))


def prefixed(digest: bytes) -> str:
    return f"sha256={digest.hex()}"


def upper(digest: bytes) -> str:
    return digest.hex().upper()


def plain(make: Callable[[bytes], bytes]) -> Accepts:
    return lambda body: (SIGNATURE, hashlib.sha256(make(body)).hexdigest())


def swapped(body: bytes) -> tuple[str, str]:
    return SIGNATURE, hmac.digest(body, SECRET.encode(), "sha256").hex()


NEWLINE = f"{SECRET}\n".encode()
QUOTED = f'"{SECRET}"'.encode()
SPACED = reprinted()
COMPACT = (",", ":")


Servers = str | tuple[str, ...]


def receiver(
    kind: Kind, servers: Servers, route: str, wrong: str, codes: str = "", failed: str = "", **more: Any
) -> CorpusReceiver:
    """Return an entry. `codes` and `failed` are separated by spaces, and one server is enough."""
    return CorpusReceiver(
        kind=kind,
        servers=(servers,) if isinstance(servers, str) else servers,
        route=route,
        wrong=wrong,
        codes=tuple(codes.split()),
        failed=tuple(failed.split()),
        **more,
    )


def correct(servers: Servers, route: str, wrong: str = "", **more: Any) -> CorpusReceiver:
    return receiver("correct", servers, route, wrong, status=200, accepts=signs(), **more)


def faulty(
    servers: Servers, route: str, wrong: str, codes: str, accepts: Accepts, **more: Any
) -> CorpusReceiver:
    return receiver("faulty", servers, route, wrong, codes, accepts=accepts, **more)


def unexplained(
    servers: Servers, route: str, wrong: str, accepts: Accepts | None = None, **more: Any
) -> CorpusReceiver:
    return receiver("unexplained", servers, route, wrong, "unexplained", accepts=accepts, **more)


def fails(servers: Servers, route: str, wrong: str, codes: str, status: int, **more: Any) -> CorpusReceiver:
    return receiver("fails", servers, route, wrong, codes, status=status, **more)


def picky(servers: Servers, route: str, wrong: str, codes: str, failed: str, **more: Any) -> CorpusReceiver:
    return receiver("picky", servers, route, wrong, codes, failed, status=200, accepts=signs(), **more)


def careless(servers: Servers, route: str, wrong: str, failed: str) -> CorpusReceiver:
    return receiver("careless", servers, route, wrong, failed=failed, status=200)


EVERY_FORGERY = "unsigned tampered wrong-secret last-digit"

CORPUS: tuple[CorpusReceiver, ...] = (
    # ---- Node, Express 4 and 5
    correct(EXPRESS, "/correct", "verifies the raw body"),
    correct(EXPRESS, "/documented", "verifies as the vendor documents it", warned=("not-canonical",)),
    faulty(
        EXPRESS,
        "/empty-object",
        "JSON.stringify(req.body || {}) without a parser",
        "body-empty",
        signs(constant("{}")),
        detail={"signed": "{}"},
    ),
    faulty(
        "express4",
        "/urlencoded",
        "express.urlencoded() instead of express.json()",
        "body-empty",
        signs(constant("{}")),
    ),
    faulty(EXPRESS, "/any-form", "express.urlencoded() for every Content-Type", "body-form", signs(as_form)),
    faulty(
        EXPRESS,
        "/object-text",
        "the parsed body in a template string",
        "body-not-serialised",
        signs(constant("[object Object]")),
    ),
    faulty(
        EXPRESS,
        "/undefined-text",
        "String(req.body) without a parser",
        "body-not-serialised",
        signs(constant("undefined")),
    ),
    faulty(
        EXPRESS,
        "/buffer-json",
        "JSON.stringify of the Buffer that express.raw() made",
        "body-not-serialised",
        signs(of_buffer),
    ),
    faulty(
        EXPRESS,
        "/text-json",
        "JSON.stringify of the text that express.text() made",
        "body-double-encoded",
        signs(lambda body: json.dumps(body.decode()).encode()),
    ),
    faulty(
        EXPRESS,
        "/sorted",
        "keys sorted before JSON.stringify",
        "body-reserialised",
        signs(reprinted(sort_keys=True, separators=COMPACT)),
        detail={"dialect": "sorted"},
    ),
    faulty(
        EXPRESS,
        "/pretty",
        "JSON.stringify(req.body, null, 2)",
        "body-reserialised",
        signs(reprinted(indent=2)),
        detail={"dialect": "pretty-2"},
    ),
    faulty(EXPRESS, "/responses-only", "only req.body.responses", "body-part", signs(part)),
    faulty(EXPRESS, "/camel-case", "a middleware renames the keys", "body-changed", signs(camel_case)),
    faulty(EXPRESS, "/line", "a newline after the body", "body-newline", signs(lambda body: body + b"\n")),
    faulty(
        EXPRESS,
        "/secret-newline",
        "the secret's file ends in a newline",
        "secret-whitespace",
        signs(key=NEWLINE),
    ),
    faulty(
        EXPRESS,
        "/secret-quoted",
        "the reader of .env keeps the quotes",
        "secret-quoted",
        signs(key=QUOTED),
    ),
    faulty(
        EXPRESS,
        "/secret-unset",
        "another variable, and '' as default",
        "secret-empty",
        signs(key=b""),
        is_forgeable=True,
    ),
    faulty(
        EXPRESS,
        "/secret-undefined",
        "another variable, in a template string",
        "secret-unset",
        signs(key=b"undefined"),
    ),
    faulty(
        EXPRESS,
        "/secret-base64",
        "the secret decoded from base64",
        "secret-encoded",
        signs(key=base64.b64decode(SECRET)),
        detail={"encoding": "base64"},
    ),
    faulty(
        EXPRESS,
        "/secret-hex",
        "the secret decoded from hex",
        "secret-encoded",
        signs(key=bytes.fromhex(SECRET)),
        detail={"encoding": "hex"},
    ),
    faulty(EXPRESS, "/secret-other", "the secret of staging", "secret-other", signs(key=STAGING.encode())),
    faulty(
        EXPRESS,
        "/app-key",
        "the app_key as secret",
        "secret-is-app-key",
        lambda body: signs(key=json.loads(body)["app_key"].encode())(body),
        is_forgeable=True,
    ),
    faulty(EXPRESS, "/base64", "digest('base64')", "digest-base64", signs(written=in_base64)),
    faulty(EXPRESS, "/prefix", "expects sha256=", "digest-prefix", signs(written=prefixed)),
    faulty(EXPRESS, "/upper", "expects upper case", "digest-case", signs(written=upper)),
    faulty(EXPRESS, "/sha1", "HMAC-SHA1", "digest-algorithm", signs(algorithm="sha1")),
    faulty(
        EXPRESS,
        "/unkeyed",
        "createHash over the secret and the body",
        "digest-unkeyed",
        plain(lambda body: SECRET.encode() + body),
    ),
    faulty(
        EXPRESS, "/header-blitz", "reads x-blitz-signature", "header-name", signs(header="x-blitz-signature")
    ),
    faulty(
        EXPRESS,
        "/newline-typed",
        "the secret's newline, and code after the check that fails for answers",
        "secret-whitespace",
        signs(key=NEWLINE),
    ),
    faulty(
        EXPRESS,
        "/request-ids",
        "the secret decoded from base64, and an error with an id each time",
        "secret-encoded",
        signs(key=base64.b64decode(SECRET)),
        status=403,
    ),
    faulty(
        EXPRESS,
        "/completions-only",
        "the secret's newline, and 400 to answers before the check",
        "secret-whitespace",
        signs(key=NEWLINE),
    ),
    faulty(
        EXPRESS,
        "/empty-object-prefix",
        "no parser, and expects sha256=",
        "body-empty digest-prefix",
        signs(constant("{}"), written=prefixed),
    ),
    faulty(
        EXPRESS,
        "/hub",
        "written for GitHub's webhooks",
        "header-name digest-prefix",
        signs(written=prefixed, header="x-hub-signature-256"),
    ),
    faulty(
        EXPRESS,
        "/as-others-do",
        "written for another vendor: key and digest in base64",
        "secret-encoded digest-base64",
        signs(key=base64.b64decode(SECRET), written=in_base64),
    ),
    faulty(
        EXPRESS,
        "/newline-header",
        "the secret's newline, and reads x-signature",
        "secret-whitespace header-name",
        signs(key=NEWLINE, header="x-signature"),
    ),
    faulty(
        EXPRESS,
        "/sha512-base64",
        "HMAC-SHA512 in base64",
        "digest-algorithm digest-base64",
        signs(algorithm="sha512", written=in_base64),
    ),
    unexplained(EXPRESS, "/timestamp", "expects a signed timestamp"),
    unexplained(
        EXPRESS,
        "/url-and-body",
        "signs its own URL and the body",
        signs(lambda body: b"https://api.example.com/url-and-body" + body),
    ),
    unexplained(
        EXPRESS,
        "/hashed-key",
        "derives a key of its own",
        signs(key=hashlib.sha256(f"v2:{SECRET}".encode()).digest()),
    ),
    fails(
        EXPRESS, "/no-parser", "JSON.stringify(undefined) cannot be hashed", "receiver-body-not-parsed", 500
    ),
    fails("express5", "/urlencoded", "the same in Express 5", "receiver-body-not-parsed", 500),
    fails(EXPRESS, "/after-json", "express.json() ran before express.raw()", "receiver-body-parsed", 500),
    fails(EXPRESS, "/lengths", "compares hex with bytes", "receiver-compares-lengths", 500),
    fails(EXPRESS, "/csrf", "a CSRF check before the route", "receiver-csrf", 403),
    fails(EXPRESS, "/limit", "a limit of 100 bytes", "receiver-too-large", 413),
    fails(EXPRESS, "/get-only", "only GET is routed", "receiver-not-found", 404),
    fails(EXPRESS, "/missing", "no such path", "receiver-not-found", 404),
    fails(EXPRESS, "/https-only", "redirects to https", "receiver-redirects", 308),
    fails(EXPRESS, "/behind-login", "redirects to a login page", "receiver-redirects", 302),
    fails(EXPRESS, "/basic-auth", "wants a password first", "receiver-needs-login", 401),
    fails(EXPRESS, "/unknown-survey", "knows no such survey", "receiver-fails-after-check", 404),
    fails(EXPRESS, "/form-only", "accepts only forms", "receiver-content-type", 415),
    faulty(
        EXPRESS,
        "/leaks",
        "prints with four spaces, the secret's newline, and tells what it expected",
        "body-reserialised secret-whitespace receiver-leaks-signature",
        signs(reprinted(indent=4), key=NEWLINE),
    ),
    careless(EXPRESS, "/unverified", "verifies nothing", EVERY_FORGERY),
    careless(EXPRESS, "/only-logged", "logs a wrong signature", EVERY_FORGERY),
    careless(EXPRESS, "/if-present", "verifies only where there is a header", "unsigned"),
    careless(EXPRESS, "/starts-with", "compares ten digits", "last-digit"),
    careless(EXPRESS, "/single-page", "a web page for every request", EVERY_FORGERY),
    # ---- Python, Flask
    correct("flask", "/correct", "verifies the raw body"),
    faulty(
        "flask",
        "/dumps",
        "json.dumps(request.json)",
        "body-reserialised",
        signs(SPACED),
        detail={"dialect": "python-ascii"},
    ),
    faulty(
        "flask",
        "/dumps-sorted",
        "json.dumps with sorted keys",
        "body-reserialised",
        signs(reprinted(sort_keys=True, separators=COMPACT)),
        detail={"dialect": "python-sorted"},
    ),
    picky(
        "flask",
        "/dumps-compact",
        "json.dumps(…, separators) in ASCII",
        "body-reserialised",
        "unicode",
        detail={"dialect": "python-compact"},
    ),
    faulty(
        "flask",
        "/dumps-indented",
        "json.dumps(…, indent=4)",
        "body-reserialised",
        signs(reprinted(indent=4)),
        detail={"dialect": "pretty-4"},
    ),
    faulty(
        "flask",
        "/str-of-dict",
        "str(request.json)",
        "body-not-serialised",
        signs(lambda body: str(json.loads(body)).encode()),
    ),
    faulty(
        "flask",
        "/str-of-bytes",
        "str(request.data)",
        "body-not-serialised",
        signs(lambda body: str(body).encode()),
    ),
    faulty("flask", "/form", "json.dumps(request.form)", "body-empty", signs(constant("{}"))),
    faulty(
        "flask",
        "/urlsafe",
        "urlsafe_b64encode",
        "digest-base64",
        signs(written=lambda digest: base64.urlsafe_b64encode(digest).decode()),
    ),
    faulty(
        "flask",
        "/secret-newline",
        "the secret's file ends in a newline",
        "secret-whitespace",
        signs(key=NEWLINE),
    ),
    faulty("flask", "/secret-none", "str(None)", "secret-unset", signs(key=b"None")),
    faulty(
        "flask",
        "/secret-prefixed",
        "adds whsec_ to the secret",
        "secret-prefix",
        signs(key=f"whsec_{SECRET}".encode()),
    ),
    faulty("flask", "/md5", "HMAC-MD5", "digest-algorithm", signs(algorithm="md5")),
    faulty(
        "flask",
        "/bearer",
        "reads Authorization: Bearer",
        "header-name digest-prefix",
        signs(written=lambda digest: f"Bearer {digest.hex()}", header="authorization"),
    ),
    faulty(
        "flask",
        "/dumps-typed",
        "json.dumps, and code after the check that fails for answers",
        "body-reserialised",
        signs(SPACED),
        detail={"dialect": "python-ascii"},
    ),
    faulty(
        "flask",
        "/validated-prefix",
        "expects sha256=, and 422 to answers before the check",
        "digest-prefix",
        signs(written=prefixed),
    ),
    faulty(
        "flask",
        "/dumps-newline",
        "json.dumps, and the secret's newline",
        "body-reserialised secret-whitespace",
        signs(SPACED, key=NEWLINE),
        detail={"dialect": "python-ascii"},
    ),
    faulty(
        "flask",
        "/dict-base64",
        "str(request.json), in base64",
        "body-not-serialised digest-base64",
        signs(lambda body: str(json.loads(body)).encode(), written=in_base64),
    ),
    unexplained("flask", "/salted", "a salt before the body", signs(lambda body: b"my-salt:" + body)),
    fails("flask", "/slash", "the route ends in a slash", "receiver-redirects", 308),
    fails("flask", "/crashes", "a KeyError before it verifies", "receiver-fails", 500),
    careless("flask", "/present", "looks only whether there is a header", "tampered wrong-secret last-digit"),
    careless("flask", "/zip", "compares the common beginning", "last-digit"),
    # ---- Python, FastAPI
    correct("fastapi", "/correct", "verifies the raw body"),
    faulty(
        "fastapi",
        "/dumps",
        "json.dumps(await request.json())",
        "body-reserialised",
        signs(SPACED),
        detail={"dialect": "python-ascii"},
    ),
    faulty(
        "fastapi",
        "/body-argument",
        "json.dumps of a parameter, sorted",
        "body-reserialised",
        signs(reprinted(sort_keys=True, separators=COMPACT)),
        detail={"dialect": "python-sorted"},
    ),
    faulty(
        "fastapi",
        "/str-of-body",
        "str(await request.body())",
        "body-not-serialised",
        signs(lambda body: str(body).encode()),
    ),
    faulty(
        "fastapi",
        "/dumps-prefix",
        "json.dumps, and expects sha256=",
        "body-reserialised digest-prefix",
        signs(SPACED, written=prefixed),
    ),
    unexplained("fastapi", "/model", "model_dump_json() of a model with three of the members"),
    fails("fastapi", "/validated", "a model of another vendor's events", "receiver-validation", 422),
    # ---- Python, aiohttp
    correct("aiohttp", "/correct", "verifies the raw body"),
    faulty(
        "aiohttp",
        "/dumps-unicode",
        "json.dumps(…, ensure_ascii=False)",
        "body-reserialised",
        signs(reprinted(ensure_ascii=False)),
        detail={"dialect": "python"},
    ),
    faulty("aiohttp", "/post-data", "await request.post()", "body-empty", signs(constant("{}"))),
    faulty(
        "aiohttp",
        "/dumped-text",
        "json.dumps of text",
        "body-double-encoded",
        signs(lambda body: json.dumps(body.decode()).encode()),
    ),
    faulty(
        "aiohttp",
        "/secret-encoded",
        "the secret encoded in base64",
        "secret-encoded",
        signs(key=base64.b64encode(SECRET.encode())),
    ),
    faulty(
        "aiohttp",
        "/unset-dumps",
        "an empty secret, and json.dumps",
        "secret-empty body-reserialised",
        signs(SPACED, key=b""),
    ),
    faulty(
        "aiohttp",
        "/quoted-base64",
        "the quotes of .env, and base64",
        "secret-quoted digest-base64",
        signs(key=QUOTED, written=in_base64),
    ),
    # ---- Python, Django
    correct("django", "/correct", "verifies the raw body"),
    faulty("django", "/post-dict", "json.dumps(request.POST)", "body-empty", signs(constant("{}"))),
    faulty(
        "django",
        "/form-body",
        "json.dumps(QueryDict(request.body))",
        "body-form",
        signs(lambda body: json.dumps({body.decode(): ""}).encode()),
    ),
    faulty(
        "django",
        "/dumps",
        "json.dumps(json.loads(request.body))",
        "body-reserialised",
        signs(SPACED),
        detail={"dialect": "python-ascii"},
    ),
    faulty(
        "django",
        "/dumps-header",
        "json.dumps, and reads X-Signature",
        "body-reserialised header-name",
        signs(SPACED, header="x-signature"),
    ),
    faulty(
        "django",
        "/upper-sha1",
        "HMAC-SHA1 in upper case",
        "digest-algorithm digest-case",
        signs(algorithm="sha1", written=upper),
    ),
    unexplained("django", "/meta-name", "reads a META that no request has"),
    fails("django", "/csrf", "csrf_exempt is missing", "receiver-csrf", 403),
    fails("django", "/get-only", "require_GET", "receiver-method", 405),
    fails("django", "/crashes", "hashes a dict", "receiver-fails", 500),
    # ---- PHP
    correct("php", "/correct", "verifies the raw body"),
    faulty(
        "php", "/post", "json_encode($_POST)", "body-empty", signs(constant("[]")), detail={"signed": "[]"}
    ),
    picky(
        "php",
        "/encoded",
        "json_encode(json_decode(…))",
        "body-reserialised",
        "unicode",
        detail={"dialect": "php"},
    ),
    faulty(
        "php",
        "/pretty",
        "JSON_PRETTY_PRINT",
        "body-reserialised",
        signs(reprinted(indent=4)),
        detail={"dialect": "php"},
    ),
    faulty("php", "/array", "strval of an array", "body-not-serialised", signs(constant("Array"))),
    faulty(
        "php",
        "/entities",
        "htmlspecialchars of the body",
        "body-changed",
        signs(lambda body: html.escape(body.decode()).encode()),
    ),
    faulty(
        "php",
        "/secret-newline",
        "the secret's file ends in a newline",
        "secret-whitespace",
        signs(key=NEWLINE),
    ),
    faulty(
        "php", "/secret-unset", "getenv of another name", "secret-empty", signs(key=b""), is_forgeable=True
    ),
    faulty("php", "/base64", "base64_encode of the bytes", "digest-base64", signs(written=in_base64)),
    faulty(
        "php",
        "/base64-of-hex",
        "base64_encode of the hex digits",
        "digest-base64",
        signs(written=lambda digest: in_base64(digest.hex().encode())),
    ),
    faulty("php", "/sha512", "HMAC-SHA512", "digest-algorithm", signs(algorithm="sha512")),
    faulty(
        "php",
        "/unkeyed",
        "hash() over the body and the secret",
        "digest-unkeyed",
        plain(lambda body: body + SECRET.encode()),
    ),
    faulty("php", "/swapped", "the body as key, the secret as message", "digest-swapped", swapped),
    faulty(
        "php", "/header-hub", "reads X-Hub-Signature-256", "header-name", signs(header="x-hub-signature-256")
    ),
    faulty(
        "php",
        "/pretty-prefix",
        "JSON_PRETTY_PRINT, and expects sha256=",
        "body-reserialised digest-prefix",
        signs(reprinted(indent=4), written=prefixed),
    ),
    faulty(
        "php",
        "/newline-sha1",
        "the secret's newline, and HMAC-SHA1",
        "secret-whitespace digest-algorithm",
        signs(key=NEWLINE, algorithm="sha1"),
    ),
    faulty(
        "php",
        "/post-base64",
        "json_encode($_POST), in base64",
        "body-empty digest-base64",
        signs(constant("[]"), written=in_base64),
    ),
    faulty(
        "php",
        "/nulls",
        "a middleware turns empty strings into null",
        "body-changed",
        signs(empty_to_null),
    ),
    unexplained(
        "php",
        "/query",
        "http_build_query of the members",
        signs(lambda body: urlencode(json.loads(body)).encode()),
        proved_by="answer",
    ),
    fails("php", "/csrf", "VerifyCsrfToken of web.php", "receiver-csrf", 419, framework="Laravel"),
    careless("php", "/no-exit", "prints that it is invalid, with 200", EVERY_FORGERY),
    # ---- Go
    correct("go", "/correct", "verifies the raw body"),
    faulty(
        "go",
        "/marshal",
        "json.Marshal of a map",
        "body-reserialised",
        signs(reprinted(sort_keys=True, separators=COMPACT)),
        detail={"dialect": "go"},
    ),
    faulty(
        "go",
        "/indented",
        "json.Indent",
        "body-reserialised",
        signs(reprinted(indent=2)),
        detail={"dialect": "pretty-2"},
    ),
    faulty("go", "/read-twice", "a middleware has read the body", "body-empty", signs(constant(""))),
    faulty("go", "/form-value", "r.FormValue", "body-empty", signs(constant(""))),
    faulty(
        "go",
        "/base64-body",
        "the body in base64",
        "body-base64",
        signs(lambda body: base64.b64encode(body)),
    ),
    faulty(
        "go",
        "/secret-newline",
        "the secret's file ends in a newline",
        "secret-whitespace",
        signs(key=NEWLINE),
    ),
    faulty(
        "go",
        "/secret-hex",
        "the secret decoded from hex",
        "secret-encoded",
        signs(key=bytes.fromhex(SECRET)),
        detail={"encoding": "hex"},
    ),
    faulty("go", "/base64", "base64.StdEncoding", "digest-base64", signs(written=in_base64)),
    faulty(
        "go",
        "/base64-no-padding",
        "base64.RawURLEncoding",
        "digest-base64",
        signs(written=lambda digest: base64.urlsafe_b64encode(digest).decode().rstrip("=")),
    ),
    faulty("go", "/upper", "%X", "digest-case", signs(written=upper)),
    faulty(
        "go",
        "/truncated",
        "32 digits",
        "digest-truncated",
        signs(written=lambda digest: digest.hex()[:32]),
        is_forgeable=True,
    ),
    faulty("go", "/header", "reads Webhook-Signature", "header-name", signs(header="webhook-signature")),
    faulty(
        "go",
        "/encoder",
        "json.Encoder, which adds a newline",
        "body-reserialised body-newline",
        signs(lambda body: reprinted(sort_keys=True, separators=COMPACT)(body) + b"\n"),
        detail={"dialect": "go"},
    ),
    faulty(
        "go",
        "/marshal-base64",
        "json.Marshal, in base64",
        "body-reserialised digest-base64",
        signs(reprinted(sort_keys=True, separators=COMPACT), written=in_base64),
    ),
    faulty(
        "go",
        "/newline-base64",
        "the secret's newline, and base64",
        "secret-whitespace digest-base64",
        signs(key=NEWLINE, written=in_base64),
    ),
    unexplained("go", "/printed", "%v of a map"),
    careless("go", "/prefix-only", "compares eight digits", "last-digit"),
    # ---- Ruby
    correct("ruby", "/correct", "verifies the raw body"),
    faulty("ruby", "/params", "params.to_json", "body-empty", signs(constant("{}"))),
    faulty(
        "ruby",
        "/pretty",
        "JSON.pretty_generate",
        "body-reserialised",
        signs(reprinted(indent=2)),
        detail={"dialect": "ruby"},
    ),
    faulty(
        "ruby",
        "/sorted",
        "sorts the members, at the top only",
        "body-changed",
        signs(sorted_members),
        proved_by="answer",
        detail={"change": "sorted-top"},
    ),
    faulty("ruby", "/inspect", "to_s of a Hash", "body-not-serialised", signs(in_ruby)),
    faulty("ruby", "/read-twice", "the log has read the body", "body-empty", signs(constant(""))),
    faulty(
        "ruby",
        "/secret-newline",
        "the secret's file ends in a newline",
        "secret-whitespace",
        signs(key=NEWLINE),
    ),
    faulty("ruby", "/secret-unset", "ENV of another name", "secret-empty", signs(key=b""), is_forgeable=True),
    faulty("ruby", "/base64", "strict_encode64", "digest-base64", signs(written=in_base64)),
    faulty("ruby", "/sha1", "HMAC-SHA1", "digest-algorithm", signs(algorithm="sha1")),
    faulty("ruby", "/header", "reads X-Hub-Signature", "header-name", signs(header="x-hub-signature")),
    faulty(
        "ruby",
        "/params-prefix",
        "params.to_json, and expects sha256=",
        "body-empty digest-prefix",
        signs(constant("{}"), written=prefixed),
    ),
    faulty(
        "ruby",
        "/newline-prefix",
        "the secret's newline, and expects sha256=",
        "secret-whitespace digest-prefix",
        signs(key=NEWLINE, written=prefixed),
    ),
    unexplained("ruby", "/line-ends", "encode64, whose newline no header can have"),
    fails("ruby", "/crashes", "a KeyError before it verifies", "receiver-fails", 500),
)
