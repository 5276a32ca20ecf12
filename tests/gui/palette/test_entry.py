"""What the palette finds for what is typed, and which of it runs on Return."""

from __future__ import annotations

import pytest

from inspector.gui.palette.entry import PaletteEntry, best, count_text, found
from inspector.gui.palette.fuzzy import match


def nothing() -> None:
    """Run, it does this."""


def an_entry(title: str, kind: str = "command", part: str = "Commands", **given: object) -> PaletteEntry:
    return PaletteEntry(  # type: ignore[arg-type]
        **{"key": f"{kind}:{title}", "title": title, "kind": kind, "part": part, "run": nothing, **given}
    )


ENTRIES = [
    an_entry("Edit and replay…"),
    an_entry("Replay to localhost:3000/hook", keys=("R",)),
    an_entry("Learn the sender’s retries…"),
    an_entry("Show the log", hint="a report of what went wrong"),
    an_entry("Retry the last delivery", reason="nothing failed"),
    an_entry("Returns and refunds", "survey", "Surveys and respondents"),
    an_entry("greta.lindqvist@example.se", "respondent", "Surveys and respondents"),
    an_entry("Retention", "setting", "Settings", also="keep days"),
    an_entry("Theme dark", "choice", "Settings"),
]


def titles(typed: str, *recent: str) -> list[str]:
    return [hit.entry.title for hit in found(ENTRIES, typed, recent)]


def captions(typed: str, *recent: str) -> list[str]:
    return [hit.entry.part for hit in found(ENTRIES, typed, recent) if not hit.entry.reason]


@pytest.mark.parametrize(
    ("title", "word", "spans"),
    [
        ("replay to localhost", "ret", ((0, 2), (7, 8))),
        ("learn the sender’s retries", "ret", ((19, 22),)),
        ("greta.lindqvist@example.se", "ret", ((1, 4),)),
        ("prepare a replay", "rep", ((10, 13),)),
        ("prepare", "rep", ((1, 4),)),
        ("add a secret", "aas", ((0, 1), (4, 5), (6, 7))),
        ("copy as curl", "cac", ((0, 1), (5, 6), (8, 9))),
    ],
)
def test_the_letters_that_matched_are_known(
    title: str, word: str, spans: tuple[tuple[int, int], ...]
) -> None:
    found_at = match(title, word)
    assert found_at is not None
    assert found_at.spans == spans


def test_abbreviations_are_found_and_scattered_letters_are_not() -> None:
    assert match("replay", "rply") is not None
    assert match("show the respondent", "ret") is None
    assert match("cancel the stopped replay to localhost:4004, 28 left…", "4002") is None


def test_letters_in_another_order_or_within_words_are_no_match() -> None:
    assert match("replay", "per") is None
    assert match("show the log", "owe") is None


def test_the_start_is_better_than_a_word_that_than_its_middle_and_scattered_letters_are_last() -> None:
    ranks = [match(title, "ret") for title in ("return", "a return", "greta", "replay to")]
    assert all(ranks)
    values = [one.rank for one in ranks if one is not None]
    assert values == sorted(values)
    assert len(set(values)) == len(values)


def test_groups_keep_their_order_and_the_best_is_first_in_each() -> None:
    assert titles("ret", "command:Replay to localhost:3000/hook") == [
        "Replay to localhost:3000/hook",
        "Learn the sender’s retries…",
        "Returns and refunds",
        "greta.lindqvist@example.se",
        "Retention",
        "Retry the last delivery",
    ]
    assert captions("ret", "command:Replay to localhost:3000/hook") == [
        "Recent",
        "Commands",
        *["Surveys and respondents"] * 2,
        "Settings",
    ]


def test_without_a_text_recent_entries_come_first_and_then_the_commands() -> None:
    assert titles("", "setting:Retention", "command:Show the log") == [
        "Retention",
        "Show the log",
        "Edit and replay…",
        "Replay to localhost:3000/hook",
        "Learn the sender’s retries…",
        "Retry the last delivery",
    ]


def test_every_word_has_to_be_there() -> None:
    assert titles("edit rep") == ["Edit and replay…"]
    assert titles("rep nowhere") == []
    assert titles("report log") == ["Show the log"]


def test_marks_ask_for_one_kind() -> None:
    assert titles(">") == ["Retention"]
    assert titles(">dark") == ["Theme dark"]
    assert titles("theme dark") == ["Theme dark"]
    assert titles("@gre") == ["greta.lindqvist@example.se"]
    assert titles("@") == ["greta.lindqvist@example.se"]


def test_return_runs_the_best_of_what_can_run_and_only_that_is_counted() -> None:
    hits = found([an_entry("Replay", reason="no capture selected"), an_entry("Edit and replay")], "replay")
    assert [hit.entry.title for hit in hits] == ["Edit and replay", "Replay"], "what cannot run comes last"
    assert best(hits) == 0
    assert best(hits[1:]) is None
    assert best([]) is None
    assert count_text(hits, "replay") == "1 match"
    assert count_text(found(ENTRIES, "ret"), "ret") == "5 matches"
    assert count_text(found(ENTRIES, ""), "") == ""


def test_captures_are_found_by_their_number_and_word_and_not_by_letters_within() -> None:
    seen = an_entry("Capture 28", "capture", "Recent", hint="Checkout CSAT, user_261")
    assert found([seen], "re") == []
    assert [found([seen], typed)[0].entry for typed in ("capture 28", "28", "user_26")] == [seen] * 3
    hits = found([seen, an_entry("Call")], "ca")
    assert best(hits) == 0
    hits = found([seen, an_entry("Ca")], "ca")
    assert best(hits) == 1, "only what was run is preferred"


def test_a_whole_word_is_better_than_the_beginning_of_another() -> None:
    hits = found([an_entry("Checkout CSAT", "survey"), an_entry("Check my receiver…")], "check")
    place = best(hits)
    assert place is not None
    assert hits[place].entry.title == "Check my receiver…"
