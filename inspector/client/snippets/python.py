"""Python programs with requests and aiohttp."""

from __future__ import annotations

from inspector.base.visible import visible
from inspector.client.snippets.request import SnippetRequest, joined, sayable

_REQUESTS = """\
{notes}import requests

session = requests.Session()
session.trust_env = False  # no proxy, no .netrc
session.headers.clear()
prepared = session.prepare_request(
    requests.Request(
        {method!a},
        {url!a},
        headers={{
{headers}        }},
        data={body!a},
    )
)
prepared.url = {url!a}
response = session.send(prepared, allow_redirects=False, timeout=30)
print(response.status_code, response.text)
"""
_AIOHTTP = """\
{notes}import asyncio

import aiohttp
from yarl import URL


async def main() -> None:
    async with (
        aiohttp.ClientSession(
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
        ) as session,
        session.request(
            {method!a},
            URL({url!a}, encoded=True),
            headers={{
{headers}            }},
            data={body!a},
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=30),
        ) as response,
    ):
        print(response.status, await response.text())


asyncio.run(main())
"""


def requests(sent: SnippetRequest) -> str:
    """Return a program that sends the request with requests."""
    headers, notes = joined(sent.headers)
    notes = [
        (
            "requests chooses the position of Host, Accept-Encoding and Content-Length, "
            "and writes percent escapes of the path in uppercase."
        ),
        *sent.notes,
        *notes,
    ]
    return _REQUESTS.format(
        notes=_comments(notes),
        method=sent.method,
        url=sent.url,
        headers="".join(f"            {name.decode('ascii')!a}: {value!a},\n" for name, value in headers),
        body=sent.body,
    )


def aiohttp(sent: SnippetRequest) -> str:
    """Return a program that sends the request with aiohttp. Raises NotCopyable if that would change the
    signature."""
    headers, notes = joined(sent.headers)
    notes = ["aiohttp writes Host first and chooses the position of Content-Length.", *sent.notes, *notes]
    texts, left_out = sayable(headers, "aiohttp", "utf-8")
    notes += left_out
    return _AIOHTTP.format(
        notes=_comments(notes),
        method=sent.method,
        url=sent.url,
        headers="".join(f"                {name!a}: {value!a},\n" for name, value in texts),
        body=sent.body or None,
    )


def _comments(notes: list[str]) -> str:
    return "".join(f"# {visible(note)}\n" for note in notes)
