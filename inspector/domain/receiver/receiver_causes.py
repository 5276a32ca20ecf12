"""The faults that only a receiver can have: one entry per code, in addition to `CAUSES`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from inspector.domain.signature.cause import AtReceiver, Cause, Hypothesis
from inspector.domain.signature.causes import CAUSES

_ACCEPTED = "it accepted two events that were signed in this way, and rejected wrong signatures"
_SEEN = "observed, not proved"


def _observed(code: str, meaning: str, fix: str) -> Cause:
    return Cause(code=code, meaning=meaning, proof=_SEEN, fix=fix, at_receiver=AtReceiver(fix=fix))


def _tried(code: str, weight: float, meaning: str, why: str, fix: str, variants: str = "") -> Cause:
    return Cause(
        code=code,
        hypothesis=Hypothesis(of="body", variants=variants) if variants else None,
        meaning=meaning,
        proof=_ACCEPTED,
        fix=fix,
        at_receiver=AtReceiver(weight=weight, why=why, fix=fix),
    )


RECEIVER_CAUSES: tuple[Cause, ...] = (
    _tried(
        "header-name",
        0.1,
        "The receiver reads the signature from another header",
        "The code expects the header of another service, or a misspelt one.",
        "Read the signature from the header x-webhook-signature.",
    ),
    _tried(
        "body-changed",
        0.02,
        "A middleware changes values of the body before they are serialised and verified: trimmed texts, "
        "empty texts as null, HTML escapes. The finding has the `change`",
        "A middleware changes the parsed body before the check, as TrimStrings of Laravel does.",
        "Verify the raw body, before any middleware changes it: $request->getContent() in Laravel.",
        "changed",
    ),
    _tried(
        "body-form",
        0.02,
        "The receiver parses the JSON as a form and verifies the result",
        "A parser of forms reads the body, so the whole JSON is the name of a field.",
        "Verify the raw body. To read its values, parse it as JSON: express.json() instead of "
        "express.urlencoded().",
        "as_form",
    ),
    _tried(
        "body-base64",
        0.01,
        "The receiver verifies the body while it is still in base64",
        "AWS Lambda passes a body on in base64 if isBase64Encoded is set.",
        "Decode the body first if isBase64Encoded is set: Buffer.from(event.body, 'base64').",
        "in_base64",
    ),
    Cause(
        code="receiver-leaks-signature",
        meaning="A response contains the signature that the receiver expected. Anyone can send it a forged "
        "event and read the valid signature in the response",
        proof="the recomputed digest is in the response",
        fix="Remove the expected signature from responses. Log it instead, if you need it.",
        at_receiver=AtReceiver(
            fix="Remove the expected signature from responses. Log it instead, if you need it."
        ),
    ),
    Cause(
        code="receiver-fails-after-check",
        meaning="The receiver verifies the signature correctly and fails afterwards",
        proof="valid events get another response than wrong signatures, twice",
        fix="Look for an error in the code after the check. The receiver's log has it.",
        at_receiver=AtReceiver(
            why="The signature check passes. The code after it fails or refuses the event.",
            fix="Look for an error in the code after the check. The receiver's log has it.",
        ),
    ),
    _observed(
        "receiver-csrf",
        "The framework's CSRF protection rejects the event before the signature is checked",
        "Exempt the route from CSRF protection: @csrf_exempt in Django, skip_forgery_protection in Rails, "
        "validateCsrfTokens(except: […]) in Laravel. In Express, mount the route before the CSRF middleware.",
    ),
    _observed(
        "receiver-body-not-parsed",
        "No parser reads the body, so the code of the check gets no value",
        "Verify the raw body, or mount the JSON parser before the route: app.use(express.json()).",
    ),
    _observed(
        "receiver-body-consumed",
        "Another reader consumed the body before the check",
        "Read the raw body once, before any parser, and store it for the check.",
    ),
    _observed(
        "receiver-body-parsed",
        "A parser ran before the check, so the check gets an object instead of the raw body",
        "Mount the raw body parser of this route before the JSON parser of the application.",
    ),
    _observed(
        "receiver-validation",
        "The receiver's validation rejects the event before the signature is checked",
        "Check the signature first. Accept every member that an event can have.",
    ),
    _observed(
        "receiver-no-secret",
        "The receiver has no secret",
        "Set the webhook secret in the receiver's environment, and restart it.",
    ),
    _observed(
        "receiver-header-missing",
        "The receiver does not find a header that it needs",
        "Read the signature from the header x-webhook-signature. Header names are lowercase in Node, and "
        "HTTP_X_WEBHOOK_SIGNATURE in PHP, Rack and WSGI.",
    ),
    _observed(
        "receiver-compares-lengths",
        "The comparison fails because the receiver's digest has another length",
        "Compare the lengths before timingSafeEqual, and compute the digest as 64 lowercase hex digits.",
    ),
    _observed(
        "receiver-content-type",
        "The receiver refuses the Content-Type, or a body that it cannot parse",
        "Accept application/json on this route.",
    ),
    _observed(
        "receiver-needs-login",
        "The receiver requires a login, or a proxy in front of it does",
        "Exempt the webhook's path from the login, the proxy's access rules and the bot protection.",
    ),
    _observed(
        "receiver-not-found",
        "The path does not exist at the receiver",
        "Check the path of the URL, and its route.",
    ),
    _observed(
        "receiver-method",
        "The receiver does not accept POST on this path",
        'Register the route for POST: app.post(), methods=["POST"].',
    ),
    _observed(
        "receiver-redirects",
        "The receiver redirects, and senders do not follow redirects of a POST",
        "Use the URL that the redirect leads to. Check http or https, the slash at the end, and www.",
    ),
    _observed(
        "receiver-too-large",
        "The receiver limits the size of bodies",
        "Raise the limit of the body parser and of the proxy in front of it.",
    ),
    _observed(
        "receiver-rate-limit",
        "The receiver limits the rate of requests",
        "Exempt the webhook's path from the rate limit, or send more slowly.",
    ),
    _observed(
        "receiver-hangs",
        "The receiver does not respond to a valid event",
        "Respond on every path of the handler, also after an error, and before you process the event.",
    ),
    _observed(
        "receiver-endless",
        "The receiver does not end its response",
        "End each response, for example with res.end(), and send its Content-Length.",
    ),
    _observed(
        "receiver-broken-response",
        "The receiver sends no complete HTTP response",
        "Look at the receiver's log for a crash. Also check the port, and whether it expects https://.",
    ),
    _observed(
        "receiver-unsteady",
        "The receiver responds differently to events of the same kind",
        "Check whether several instances respond, with other secrets or versions, and what depends on "
        "time or chance. Then check again.",
    ),
    _observed(
        "receiver-fails", "The receiver fails on every event", "Look at the receiver's log for the error."
    ),
    _observed(
        "receiver-rejects-differently",
        "The receiver accepts plain events, but rejects some contents",
        "Verify the raw body. The rejected contents show what a parser or serialiser changes.",
    ),
)

AT_RECEIVER: Mapping[str, AtReceiver] = MappingProxyType(
    {cause.code: cause.at_receiver for cause in (*CAUSES, *RECEIVER_CAUSES) if cause.at_receiver is not None}
)
"""Every cause that a receiver can have, by its code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """A text in a response that points to a cause, but proves nothing."""

    code: str
    pattern: re.Pattern[str]
    says: str
    """The observation as a sentence."""
    is_final: bool = False
    """Whether the receiver refuses the event before it checks the signature."""
    suspects: tuple[str, ...] = ()
    """Codes of causes that are more likely after this text."""
    statuses: frozenset[int] = field(default_factory=frozenset)
    """The statuses with which it counts; empty for each."""


def _symptom(
    code: str, pattern: str, says: str, *suspects: str, is_final: bool = False, statuses: tuple[int, ...] = ()
) -> Symptom:
    return Symptom(
        code=code,
        pattern=re.compile(pattern, re.IGNORECASE),
        says=says,
        is_final=is_final,
        suspects=suspects,
        statuses=frozenset(statuses),
    )


SYMPTOMS: tuple[Symptom, ...] = (
    _symptom(
        "receiver-csrf",
        # Not `csrf-token`: pages of errors have it in a meta element or a form.
        r"csrf (?:\w+ )?(?:verification|token|cookie|failed|check)|EBADCSRFTOKEN|InvalidAuthenticityToken|"
        r"Can't verify .{0,20}authenticity|Page Expired|antiforgery token",
        "Your receiver refuses events without a CSRF token, as an error in its response shows.",
        is_final=True,
        statuses=(400, 403, 419, 422, 500),
    ),
    _symptom(
        "receiver-needs-login",
        r"captcha|cf-chl|challenge-platform|WWW-Authenticate: Basic|type=.password|sign in to|log in to|"
        r"api[ _-]?key (?:is )?(?:missing|required)|(?:missing|no) (?:api[ _-]?key|authentication token)",
        "Your receiver, or a proxy in front of it, asks for a login or a captcha.",
        is_final=True,
        statuses=(401, 403, 429, 503),
    ),
    _symptom(
        "receiver-body-parsed",
        r'"?(?:data|chunk|string|first)"? argument must be.{0,120}Received an instance of Object',
        "Your receiver parses the body before the check, as an error in its response shows.",
        "body-empty",
    ),
    _symptom(
        "receiver-validation",
        r'"(?:loc|detail)"\s*:\s*\[|Field required|value_error|validation (?:error|failed)',
        "Your receiver validates the event before the signature, and rejects it.",
        statuses=(400, 422),
    ),
    _symptom(
        "receiver-body-not-parsed",
        r'"?(?:data|chunk|string)"? argument must be.{0,120}Received (?:undefined|null)|'
        r"Cannot (?:read|destructure) propert(?:y|ies) .{0,40}\bbody\b|req\.body.{0,20}undefined|"
        r"properties of undefined \(reading '(?:app_key|user_id|survey_id|group_id|event_type)'\)",
        "Your receiver has no body for the check, as an error in its response shows.",
        "body-empty",
        "body-not-serialised",
    ),
    _symptom(
        "receiver-body-consumed",
        r"stream is not readable|body (?:has )?already (?:been )?(?:read|used|consumed)|"
        r"body is unusable|Body already|You cannot access body after reading",
        "Your receiver tried to read the body twice, as an error in its response shows.",
        "body-empty",
    ),
    _symptom(
        "receiver-no-secret",
        r'"?key"? argument must be of type|secretOrPrivateKey|KeyError: .{0,3}[A-Z_]*SECRET|'
        r"key: expected bytes or bytearray, but got .NoneType|"
        r"(?:secret|signing key) (?:is )?(?:not (?:set|configured|defined)|missing|required|undefined)",
        "Your receiver has no secret, as an error in its response shows.",
        "secret-empty",
        "secret-unset",
    ),
    _symptom(
        "receiver-header-missing",
        # Not `missing or invalid signature`, which many receivers say of each wrong one.
        r"(?:signature|header)(?! or)[^.<]{0,30}(?:missing|not provided|absent|is required)(?! or)|"
        r"(?<!or )(?:missing|without a) (?!or |and |invalid)[^.<]{0,25}(?:signature|header)(?! or)",
        "Your receiver says that a header is missing.",
        "header-name",
    ),
    _symptom(
        "receiver-compares-lengths",
        r"must have the same byte length|TIMING_SAFE_EQUAL_LENGTH|same length",
        "Your receiver compares digests of different lengths, as an error in its response shows.",
        "digest-base64",
        "digest-prefix",
        "digest-algorithm",
        "header-name",
    ),
    _symptom(
        "receiver-content-type",
        r"Did not attempt to load JSON data|Unexpected token .{0,40} in JSON|is not valid JSON|"
        r"unexpected EOF|Failed to decode JSON|JSON parse error",
        "Your receiver cannot read the body as JSON, as its response says.",
        "body-empty",
    ),
)
"""The texts of frameworks and libraries, the most telling first."""

STATUSES: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        404: ("receiver-not-found", "Your receiver responds with 404 to every event."),
        405: ("receiver-method", "Your receiver responds with 405: it does not accept POST on this path."),
        413: ("receiver-too-large", "Your receiver responds with 413: the event is too large for it."),
        415: ("receiver-content-type", "Your receiver responds with 415: it refuses the Content-Type."),
        419: ("receiver-csrf", "Your receiver responds with 419, as Laravel does without a CSRF token."),
        429: ("receiver-rate-limit", "Your receiver responds with 429: it limits the rate of requests."),
    }
)
"""The statuses that show that the signature is not reached, each with a code and a sentence."""
