"""What the palette finds for what is typed, and which of it runs on Return."""

from __future__ import annotations

from inspector.gui.palette.entry import PaletteEntry, best, found


def nothing() -> None:
    """Run, it does this."""


def an_entry(title: str, part: str = "Application", **given: object) -> PaletteEntry:
    return PaletteEntry(title=title, part=part, run=nothing, **given)  # type: ignore[arg-type]


ENTRIES = [
    an_entry("Edit and replay…", "This capture"),
    an_entry("Replay…", "This capture"),
    an_entry("Replay all listed captures…", "Everything shown"),
    an_entry("Show the log", hint="a report of what went wrong"),
    an_entry("Settings: port", is_setting=True),
    an_entry("Settings: replay seconds", is_setting=True),
]


def titles(typed: str) -> list[str]:
    return [hit.entry.title for hit in found(ENTRIES, typed)]


def test_parts_keep_their_order_and_the_best_is_first_in_each() -> None:
    assert titles("rep") == [
        "Replay…",
        "Edit and replay…",
        "Replay all listed captures…",
        "Show the log",
        "Settings: replay seconds",
    ]


def test_what_was_typed_is_marked_where_it_begins_a_word() -> None:
    hit = found([an_entry("Prepare a replay")], "rep")[0]
    assert hit.spans == ((10, 13),)
    assert found([an_entry("Prepare")], "REP")[0].spans == ((1, 4),)


def test_every_word_has_to_be_there() -> None:
    assert titles("all rep") == ["Replay all listed captures…"]
    assert titles("rep nowhere") == []


def test_settings_are_asked_for_by_name_or_by_their_mark() -> None:
    assert titles(">") == ["Settings: port", "Settings: replay seconds"]
    assert titles(">port") == ["Settings: port"]


def test_return_runs_the_best_of_what_can_run() -> None:
    hits = found([an_entry("Replay", reason="no capture selected"), an_entry("Edit and replay")], "replay")
    assert [hit.entry.title for hit in hits] == ["Edit and replay", "Replay"], "what cannot run comes last"
    assert best(hits) == 0
    assert best(hits[1:]) is None
    assert best([]) is None


def test_a_whole_word_is_better_than_the_beginning_of_another() -> None:
    hits = found([an_entry("Checkout CSAT", "Go to"), an_entry("Check my receiver…")], "check")
    place = best(hits)
    assert place is not None
    assert hits[place].entry.title == "Check my receiver…"
