"""`pin` and `note`, beside whoever captures, and what `show` says of them."""

from __future__ import annotations

import json

import pytest

from inspector.base.errors import InspectorError
from inspector.cli.verbs.look.show import SHOW
from inspector.cli.verbs.manage.note import NOTE
from inspector.cli.verbs.manage.pin import PIN
from tests.builders import ANSWER, signature
from tests.cli.calls import use
from tests.cli.conftest import Keep

ONE = (ANSWER, signature(ANSWER))


async def _shown(database: str, capture: str = "1") -> str:
    return (await use(SHOW, capture, "--database", database)).text


async def test_what_is_pinned_says_so_until_it_is_unpinned(keep: Keep) -> None:
    database = await keep(ONE, ONE, ONE)
    assert "Pinned" not in await _shown(database)
    assert (await use(PIN, "1..2", "--database", database)).text == "Pinned 2 captures.\n"
    assert "\nPinned: " in await _shown(database)
    again = await use(PIN, "3", "1", "--database", database)
    assert again.text == "Pinned 1 capture; 1 was already.\n"
    off = await use(PIN, "1..3", "--off", "--database", database, "--format", "json")
    assert off.record() == {"ids": [1, 2, 3], "pinned": False, "changed": 3}
    assert "Pinned" not in await _shown(database)
    assert (await use(PIN, "1", "--off", "--database", database)).text == (
        "Unpinned 0 captures; 1 was not pinned.\n"
    )


async def test_of_ids_one_of_which_is_unknown_none_is_pinned(keep: Keep) -> None:
    database = await keep(ONE)
    with pytest.raises(InspectorError, match="no capture 7") as told:
        await use(PIN, "1", "7", "--database", database)
    assert told.value.exit_status == 1
    assert "Pinned" not in await _shown(database)


async def test_a_note_is_shown_with_nothing_hidden_replaced_and_removed(keep: Keep) -> None:
    database = await keep(ONE)
    await use(NOTE, "1", "look \x1b[31m\u202ehere", "--database", database)
    assert "\nNote: look \\x1b[31m\\u202ehere\n" in await _shown(database)
    done = await use(NOTE, "1", "seen", "--database", database, "--format", "json")
    assert done.record() == {"id": 1, "note": "seen"}
    assert "\nNote: seen\n" in await _shown(database)
    assert (await use(NOTE, "1", "", "--database", database)).text == "Removed the note of capture 1.\n"
    assert "Note:" not in await _shown(database)


async def test_a_note_survives_that_its_capture_is_unpinned(keep: Keep) -> None:
    database = await keep(ONE)
    await use(NOTE, "1", "kept", "--database", database)
    await use(PIN, "1", "--database", database)
    await use(PIN, "1", "--off", "--database", database)
    assert "\nNote: kept\n" in await _shown(database)


@pytest.mark.parametrize(("text", "status"), [("x" * 2_001, 2), ("fine", 1)])
async def test_a_note_that_is_too_long_or_of_no_capture_is_refused_in_words(
    keep: Keep, text: str, status: int
) -> None:
    database = await keep(ONE)
    with pytest.raises(InspectorError) as told:
        await use(NOTE, "1" if status == 2 else "9", text, "--database", database)
    assert told.value.exit_status == status
    assert "Note:" not in await _shown(database)


async def test_marks_change_nothing_else_in_json(keep: Keep) -> None:
    database = await keep(ONE)
    before = (await use(SHOW, "1", "--database", database, "--format", "json")).record()
    await use(PIN, "1", "--database", database)
    await use(NOTE, "1", "\udce9 and \x00", "--database", database)
    after = await use(SHOW, "1", "--database", database, "--format", "json")
    changed = before | {"pinned": True, "note": "\\udce9 and \x00"}
    assert json.loads(after.text) == changed
