"""Reads the status pages of tunnel programs on this machine, bounded in size and time."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from inspector.client.outcome import ResponseLimits
from inspector.client.send import Sender
from inspector.client.target import Target
from inspector.client.wire import WireRequest
from inspector.tunnel.kind import StatusPage

_LIMITS = ResponseLimits(connect_s=2.0, whole_s=3.0, response_head=16 * 1024, response_body=64 * 1024)
_UNEXPECTED = (KeyError, IndexError, TypeError, AttributeError, ValueError)
"""What reading JSON of another shape raises."""
_GONE = 404


class Page(NamedTuple):
    """A response with JSON."""

    status: int
    content: Any


async def learned_url(pages: StatusPage, address: str) -> str | None:
    """Return the URL that the pages at `address` show, unchecked, or None if they do not have it yet."""
    for path in pages.url_paths:
        page = await _read(address, path)
        if page is None:
            return None
        if page.status == _GONE:
            continue
        try:
            url = pages.read_url(page.content)
        except _UNEXPECTED:
            return None
        return url if isinstance(url, str) else None
    return None


async def is_ready(pages: StatusPage, address: str) -> bool:
    """Return whether the program at `address` reports a connected tunnel."""
    page = await _read(address, pages.ready_path)
    try:
        return page is not None and pages.is_ready(page.status, page.content)
    except _UNEXPECTED:
        return False


async def _read(address: str, path: str) -> Page | None:
    target = Target.parse(f"http://{address}{path}")
    headers = ((b"Host", target.netloc.encode()), (b"Accept", b"application/json"))
    request = WireRequest(method=b"GET", target=path.encode(), headers=headers, body=b"")
    async with Sender(target, limits=_LIMITS, require_local=True) as sender:
        outcome = await sender.send(request)
    if outcome.status is None or outcome.error is not None or outcome.is_response_cut:
        return None
    try:
        content = json.loads(outcome.response_body)
    except (ValueError, RecursionError):
        content = None
    return Page(outcome.status, content)
