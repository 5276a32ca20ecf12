"""The JSON objects that scripts rely on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inspector.session.records.captures import detail_record, records, text_of
from tests.session.conftest import Seen, Start, post
from tests.waiting import until

BODY = b'{"user_id":"a\\ud800b","survey_id":"\\udfff","group_id":"\\ud83d\\ude00","question_id":"q"}'


async def test_headers_and_targets_are_escaped_where_they_are_not_utf_8_and_nowhere_else(
    start: Start,
) -> None:
    session = await start()
    assert session.ingest.url is not None
    seen = Seen(session)
    value = "b\\x41 \u202e é ".encode() + b"\xff\xc3."
    await post(session.ingest.url, b"{}", (b"X-A", value), target=b"/\\x41?\t".replace(b"\t", b"%09"))
    await until(lambda: len(seen.captured) == 1)
    shown = detail_record(await session.captures.detail(seen.captured[0]))
    assert ["X-A", "b\\x41 \u202e é \\xff\\xc3."] in shown["headers"]
    assert shown["target"] == "/\\x41?%09"


@given(st.binary())
def test_every_byte_that_is_utf_8_comes_out_as_itself(data: bytes) -> None:
    text = text_of(data)
    try:
        assert text == data.decode()
    except UnicodeDecodeError:
        assert text.encode() != data


async def test_ids_that_no_utf_8_can_hold_read_the_same_in_a_list_and_whole(start: Start) -> None:
    session = await start()
    assert session.ingest.url is not None
    seen = Seen(session)
    await post(session.ingest.url, BODY)
    await until(lambda: len(seen.captured) == 1)
    (row,) = session.captures.rows(seen.captured).values()
    (listed,) = records(session.captures, [row])
    shown = detail_record(await session.captures.detail(row.id))
    ids = {name: listed[name] for name in ("user_id", "survey_id", "group_id")}
    assert ids == {"user_id": "a\\ud800b", "survey_id": "\\udfff", "group_id": "\U0001f600"}
    assert {name: shown[name] for name in ids} == ids
