"""The clients that a request can be copied for. To add one, write its function and its entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from inspector.client.snippets.javascript import fetch
from inspector.client.snippets.python import aiohttp, requests
from inspector.client.snippets.request import SnippetRequest, sent
from inspector.client.snippets.shell import curl, httpie
from inspector.client.target import Target
from inspector.client.wire import compose
from inspector.domain.capture.capture import Capture


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A client, and its function from a request to a text."""

    name: str
    label: str
    write: Callable[[SnippetRequest], str]


SNIPPETS: Mapping[str, Snippet] = {
    entry.name: entry
    for entry in (
        Snippet(name="curl", label="cURL", write=curl),
        Snippet(name="httpie", label="HTTPie", write=httpie),
        Snippet(name="aiohttp", label="Python, aiohttp", write=aiohttp),
        Snippet(name="requests", label="Python, requests", write=requests),
        Snippet(name="fetch", label="JavaScript, fetch", write=fetch),
    )
}


def snippet(name: str, capture: Capture, target: Target) -> str:
    """Return the text for one client that sends `capture` to `target`.

    Raises NotReplayable if no target can get the capture, or NotCopyable if this client cannot send it.
    """
    return SNIPPETS[name].write(sent(compose(capture, target), target))
