"""What a response says points to a cause only if it means that: many say one thing of every event."""

from __future__ import annotations

import pytest

from inspector.domain.receiver.reply import Reply
from tests.domain.receiver.simulated import a_reply, searched

META = '<meta name="csrf-token" content="x"><input type="hidden" name="csrf_token">'
OBSERVED = {
    (403, "Forbidden (403) CSRF verification failed. Request aborted."): {"receiver-csrf"},
    (403, "ForbiddenError: invalid csrf token"): {"receiver-csrf"},
    (419, "<title>Page Expired</title>"): {"receiver-csrf"},
    (400, "<p>The CSRF token is missing.</p>"): {"receiver-csrf"},
    (422, "ActionController::InvalidAuthenticityToken"): {"receiver-csrf"},
    (403, f"<html>{META}<h1>Forbidden</h1>"): set(),
    (500, f"<html>{META}<h1>Whoops</h1>"): {"receiver-fails"},
    (401, "Missing or invalid signature"): set(),
    (401, "Invalid or missing signature."): set(),
    (401, "signature missing or invalid"): set(),
    (400, "No signatures found matching the expected signature for payload"): set(),
    (401, '{"error":"Missing X-Signature header"}'): {"receiver-header-missing"},
    (400, "The signature is missing"): {"receiver-header-missing"},
    (401, '{"message":"Invalid API key"}'): set(),
    (401, '{"message":"API key required"}'): {"receiver-needs-login"},
    (403, '{"message":"Missing Authentication Token"}'): {"receiver-needs-login"},
    (500, "Error: webhook secret is not configured"): {"receiver-no-secret"},
    (
        500,
        "TypeError [ERR_INVALID_ARG_TYPE]: The &quot;data&quot; argument must be of type string or an "
        "instance of Buffer, TypedArray, or DataView. Received undefined",
    ): {"receiver-body-not-parsed"},
    (
        500,
        "TypeError [ERR_INVALID_ARG_TYPE]: The &quot;data&quot; argument must be of type string or an "
        "instance of Buffer, TypedArray, or DataView. Received an instance of Object",
    ): {"receiver-body-parsed"},
    (500, "TypeError: Cannot destructure property 'user_id' of 'req.body' as it is undefined."): {
        "receiver-body-not-parsed"
    },
    (500, "TypeError: Cannot read properties of undefined (reading 'map')"): {"receiver-fails"},
    (400, "SyntaxError: Unexpected token 'x', \"xyz\" is not valid JSON"): {"receiver-content-type"},
    (415, "Unsupported Media Type"): {"receiver-content-type"},
    (404, "Cannot POST /hook"): {"receiver-not-found"},
    (422, '{"detail":[{"type":"missing","loc":["body","event"],"msg":"Field required"}]}'): {
        "receiver-validation"
    },
}


@pytest.mark.parametrize(("status", "text"), OBSERVED, ids=[text[:40] for _, text in OBSERVED])
def test_a_text_is_read_as_what_it_means(status: int, text: str) -> None:
    def always(_: object) -> Reply:
        return a_reply(status, text.encode())

    report = searched(always, most=20).report
    assert {cause.code for cause in report.causes} == OBSERVED[status, text]
    assert not any(cause.is_proved for cause in report.causes)
