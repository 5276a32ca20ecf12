"""`show --as`: a capture as a command for another client, ready for a shell."""

from __future__ import annotations

import asyncio

import pytest

from inspector.base.errors import InspectorError
from inspector.cli.verbs.replay import REPLAY
from inspector.cli.verbs.show import SHOW
from inspector.client.snippets.table import SNIPPETS
from tests.builders import ANSWER, signature
from tests.cli.calls import use
from tests.cli.conftest import Keep
from tests.session.test_replays import receiver


async def test_what_is_printed_sends_the_very_bytes_and_their_signature(keep: Keep) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    async with receiver() as (url, received):
        done = await use(SHOW, "1", "--as", "curl", "--to", f"{url}hook", "--database", database)
        assert received == []
        shell = await asyncio.create_subprocess_exec("bash", "-c", done.text, stdout=asyncio.subprocess.PIPE)
        await asyncio.wait_for(shell.communicate(), 30)
    [request] = received
    assert request.startswith(b"POST /hook HTTP/1.1\r\n")
    assert request.endswith(b"\r\n\r\n" + ANSWER)
    assert signature(ANSWER) in request


async def test_without_a_target_it_goes_where_something_was_sent_last(keep: Keep) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    with pytest.raises(InspectorError, match="give --to URL"):
        await use(SHOW, "1", "--as", "fetch", "--database", database)
    async with receiver() as (url, _):
        await use(REPLAY, "--to", url, "--database", database)
    record = (await use(SHOW, "1", "--as", "fetch", "--database", database, "--format", "json")).record()
    assert record["client"] == "fetch"
    assert url in record["text"]


def test_the_help_names_every_client() -> None:
    assert all(name in SHOW.parser().format_help() for name in SNIPPETS)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--as", "telnet", "--to", "http://127.0.0.1:1/"), "--as takes one of curl, httpie.*, not telnet"),
        (("--to", "http://127.0.0.1:1/"), "`show` sends nothing"),
        (("--as", "curl", "--attempt", "last"), "not both"),
    ],
)
async def test_what_makes_no_sense_is_told(keep: Keep, given: tuple[str, ...], told: str) -> None:
    database = await keep((b"{}", None))
    with pytest.raises(InspectorError, match=told):
        await use(SHOW, "1", *given, "--database", database)
