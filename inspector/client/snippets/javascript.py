"""JavaScript's fetch, for Node 18 and later."""

from __future__ import annotations

import base64
import json

from inspector.base.visible import visible
from inspector.client.snippets.request import NotCopyable, SnippetRequest, joined, sayable

_FETCH = """\
{notes}const response = await fetch({url}, {{
  method: {method},
  headers: {{
{headers}  }},
{body}  redirect: "manual",
}});
console.log(response.status, await response.text());
"""
# https://fetch.spec.whatwg.org/#forbidden-method
_FORBIDDEN = ("CONNECT", "TRACE", "TRACK")


def fetch(sent: SnippetRequest) -> str:
    """Return a module that sends the request. Raises NotCopyable if fetch refuses to."""
    if sent.method in _FORBIDDEN:
        raise NotCopyable(f"fetch cannot send {sent.method} requests. Copy it as cURL.")
    if sent.body and sent.method in ("GET", "HEAD"):
        raise NotCopyable(f"fetch cannot send a body with {sent.method}. Copy it as cURL.")
    headers, repeated = joined(sent.headers)
    texts, left_out = sayable(headers, "fetch", "latin-1")
    notes = [
        (
            "For Node 18 or later, as a module (.mjs). fetch writes names in lowercase and "
            "in its own order. It adds accept, accept-language, sec-fetch-mode, user-agent "
            "and accept-encoding."
        ),
        *sent.notes,
        *repeated,
        *left_out,
    ]
    body = ""
    if sent.text:
        body = f"  body: new TextEncoder().encode({json.dumps(sent.text)}),\n"
    elif sent.body:
        body = f'  body: Buffer.from("{base64.b64encode(sent.body).decode("ascii")}", "base64"),\n'
    return _FETCH.format(
        notes="".join(f"// {visible(note)}\n" for note in notes),
        url=json.dumps(sent.url),
        method=json.dumps(sent.method),
        headers="".join(f"    {json.dumps(name)}: {json.dumps(value)},\n" for name, value in texts),
        body=body,
    )
