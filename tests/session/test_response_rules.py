"""The list of response rules: stored with the file, in order, followed by other processes; and the relay."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import pytest

from inspector.base.errors import InspectorError, NotFound, UsageError
from inspector.domain.response.rule import ResponseRule
from inspector.session.responses import RELAY_ID
from inspector.session.session import Session
from inspector.store.write import small_tables
from tests.session.conftest import Start, post
from tests.session.test_replays import put
from tests.waiting import until


def texts(session: Session) -> list[str]:
    return [rule.text for rule in session.responses.rules]


async def test_rules_are_added_changed_moved_switched_copied_and_removed(start: Start) -> None:
    session = await start(listening=False)
    responses = session.responses
    first = await responses.add("503 for survey:nps first 3")
    second = await responses.add(ResponseRule.parse("200 after 31s"))
    assert (first.id, second.id) == (1, 2)
    copy = await responses.duplicate(1)
    assert texts(session) == [first.text, copy.text, second.text]
    await responses.move(2, -5)
    await responses.change(copy.id, "close every 10")
    await responses.switch(2, False)
    assert [(rule.id, rule.is_on, rule.text) for rule in responses.rules] == [
        (2, False, "200 after 31s"),
        (1, True, "503 for survey:nps first 3"),
        (3, True, "close every 10"),
    ]
    await responses.remove(2)
    await responses.remove(1)
    await responses.remove(3)
    assert (await responses.add("404")).id == 4, "a number is never used for another rule"
    with pytest.raises(NotFound, match="no response rule 3"):
        await responses.switch(3, True)


async def test_another_process_follows_the_rules(start: Start) -> None:
    session = await start()
    other = await start(listening=False)
    await other.responses.add("503 first 2")
    await until(lambda: texts(session), ["503 first 2"].__eq__)
    assert session.responses.left(1) == 2


async def test_a_rule_with_an_unusable_body_file_is_refused(start: Start, tmp_path: Path) -> None:
    session = await start(listening=False)
    with pytest.raises(UsageError, match=r"Cannot read the body file .*gone: No such file"):
        await session.responses.add(f"200 body @{tmp_path / 'gone'}")
    with pytest.raises(UsageError, match="Cannot read the body file /dev/zero: it is not a regular file"):
        await session.responses.add("200 body @/dev/zero")
    (tmp_path / "large").write_bytes(bytes(64 * 1024 + 1))
    with pytest.raises(UsageError, match="is over 64 KiB"):
        await session.responses.add(f"200 body @{tmp_path / 'large'}")
    assert texts(session) == []


async def test_a_body_file_is_not_sent_by_a_rule_of_another_machine(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "private").write_text("a key")
    session = await start(listening=False)
    await session.responses.add(f"200 body @{tmp_path / 'private'}")
    await session.responses.add("503")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "elsewhere"))
    other = await start(listening=False)
    assert [rule.is_on for rule in other.responses.rules] == [False, True]
    await other.responses.move(2, -1)
    assert [rule.is_on for rule in other.responses.rules] == [True, False], "a change trusts nothing"
    await other.responses.switch(1, True)
    third = await start(listening=False)
    assert [rule.is_on for rule in third.responses.rules] == [True, True], "its user agreed"


_GARBAGE = (
    "",
    "[",
    "[]",
    "7",
    '{"rules": 3}',
    '{"rules": [{"id": "x"}, 5, {"id": 2, "text": 1}]}',
    '{"last": 1e999, "rules": [{"id": 1e999, "on": true, "text": "503"}]}',
    '{"last": %s, "rules": []}' % ("9" * 4_000),
    '{"--1": 1, "\\u0663": 2, "%s": 3}' % ("9" * 5_000),
    '{"rule": "503", "begun_ms": 1, "quiet_s": NaN, "successes": 0, "stopped_ms": null, "deliveries": []}',
)


@pytest.mark.parametrize("text", [*_GARBAGE, "[" * 100_000], ids=range(len(_GARBAGE) + 1))
async def test_rules_that_cannot_be_read_do_not_keep_a_file_closed(start: Start, text: str) -> None:
    session = await start(listening=False)
    for name in ("response-rules", "response-counts", "idle-relay", "retry-study"):
        await session.store.write(partial(small_tables.put_note, name=name, value=text))
    other = await start()
    assert (texts(other), other.responses.learning, other.responses.report) == ([], None, None)
    assert (await other.responses.add("503 first 1")).id == 1
    assert other.ingest.url is not None
    assert [await post(other.ingest.url, b"{}") for _ in range(2)] == [503, 200]


async def test_the_preview_answers_stored_captures_in_order(start: Start) -> None:
    session = await start()
    assert session.ingest.url is not None
    for place in range(4):
        await post(session.ingest.url, b"{}", target=b"/a" if place % 2 else b"/b")
    for text in ("503 for path:/a first 1", "close for path:/a", "429 every 2"):
        await session.responses.add(text)
    preview = await session.responses.preview(session.responses.rules, 10)
    assert [(one.response, one.by) for one in preview] == [
        ("200", "everything else"),
        ("503", "rule 1"),
        ("429", "rule 3"),
        ("close", "rule 2"),
    ]
    about = await session.responses.preview(session.responses.rules, 1, session.responses.rules[0])
    assert [one.response for one in about] == ["503"], "the newest of the captures that it is about"
    assert await session.responses.count(session.responses.rules[0]) == 2
    assert await session.responses.count_rest() == 0


async def test_a_count_that_nobody_waits_for_any_more_makes_room_for_others(start: Start) -> None:
    session = await start(listening=False)
    # Ninety-nine passes over 20 MB: each count takes some seconds, and more of them than run at once.
    await put(session, *[b"x" * 200_000 for _ in range(100)])
    slow = ResponseRule.parse("503 for " + " OR ".join(f"nowhere{number}" for number in range(99)))
    wanted, *unwanted = [asyncio.create_task(session.responses.count(slow)) for _ in range(9)]
    await asyncio.sleep(0)
    for one in unwanted:
        one.cancel()
    assert await session.responses.count(ResponseRule()) == 100
    assert not wanted.done()
    wanted.cancel()


async def test_the_relay_is_the_forward_that_relays(start: Start) -> None:
    session = await start()
    responses = session.responses
    await responses.add("503 first 1")
    relay = await responses.add("relay localhost:3999/hook for survey:checkout")
    assert relay.id == RELAY_ID
    assert relay.sentence == "Relay the response of localhost:3999/hook"
    (forward,) = session.forwards.rows()
    assert (forward.relays, forward.rule) == (True, "survey:checkout")
    await responses.switch(RELAY_ID, False)
    assert not session.forwards.rows()[0].relays
    assert [rule.is_on for rule in responses.rules] == [True, False], "it can be switched on again"
    await responses.switch(RELAY_ID, True)
    assert session.forwards.rows()[0].relays
    await responses.change(RELAY_ID, "relay for survey:nps")
    assert session.forwards.rows()[0].rule == "survey:nps"
    with pytest.raises(InspectorError, match="cannot be moved"):
        await responses.move(RELAY_ID, -1)
    with pytest.raises(UsageError, match="already gets captures by forward 1"):
        await responses.add("relay localhost:3999/hook for survey:other")
    await responses.remove(RELAY_ID)
    assert texts(session) == ["503 first 1"]
    assert [row.relays for row in session.forwards.rows()] == [False], "the forward goes on"
