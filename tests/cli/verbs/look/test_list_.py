from __future__ import annotations

from pathlib import Path

import pytest

from inspector.cli.verbs.look.list_ import LIST
from inspector.cli.verbs.look.show import SHOW
from inspector.cli.verbs.manage.note import NOTE
from inspector.cli.verbs.manage.pin import PIN
from inspector.cli.verbs.manage.prune import PRUNE
from tests.builders import ANSWER, COMPLETION, SECRET_TEXT, a_completion, signature
from tests.cli.calls import use
from tests.cli.conftest import Keep
from tests.e2e.program import deliver, running

PRETTY = COMPLETION.replace(b",", b", ")
WRONG = (COMPLETION, signature(COMPLETION, SECRET_TEXT + " "))
NOT_EXAMINED = "not diagnosed yet, and may be missing here: "


def _ids(text: str) -> list[str]:
    return [line.split()[0] for line in text.splitlines()[1:]]


async def test_a_filter_by_finding_finds_what_was_examined_and_says_how_many_were_not(keep: Keep) -> None:
    database = await keep(WRONG, (ANSWER, signature(ANSWER)), WRONG)
    arguments = ("--database", database, "--filter", "finding:secret-whitespace")
    before = await use(LIST, *arguments)
    assert before.text == ""
    assert f"{NOT_EXAMINED}2." in before.said
    await use(SHOW, "3", "--database", database)
    after = await use(LIST, *arguments)
    assert _ids(after.text) == ["3"]
    assert f"{NOT_EXAMINED}1." in after.said
    await use(SHOW, "1", "--database", database)
    whole = await use(LIST, *arguments)
    assert _ids(whole.text) == ["1", "3"]
    assert whole.said == ""


async def test_it_is_said_wherever_in_the_filter_the_field_stands_and_else_not(keep: Keep) -> None:
    database = await keep(WRONG)
    for query in ("user:x OR -finding:redelivery", "event:answer (finding:body-bom OR nps)"):
        assert NOT_EXAMINED in (await use(LIST, "--database", database, "--filter", query)).said
    for query in ("verdict:invalid", '"finding:body-bom"'):
        assert NOT_EXAMINED not in (await use(LIST, "--database", database, "--filter", query)).said
    assert (await use(LIST, "--database", database)).said == ""


KINDS = {
    "valid": (COMPLETION, signature(COMPLETION)),
    "rewritten": (PRETTY, signature(COMPLETION)),
    "bytes-only": (PRETTY, signature(PRETTY)),
    "invalid": WRONG,
    "unsigned": (COMPLETION, None),
}


async def test_each_verdict_that_is_printed_can_be_filtered_and_is_in_json(keep: Keep) -> None:
    database = await keep(*KINDS.values(), (b"plain text", signature(b"plain text")))
    records = (await use(LIST, "--database", database, "--format", "json")).records()
    assert [record["shown"] for record in records] == [*KINDS, "valid"]  # text has no second reading
    assert [record["verdict"] for record in records] == ["valid"] * 3 + ["invalid", "unsigned", "valid"]
    for number, shown in list(enumerate(KINDS, start=1))[1:]:
        found = await use(LIST, "--database", database, "--filter", f"verdict:{shown}")
        assert _ids(found.text) == [str(number)], shown
    found = await use(LIST, "--database", database, "--filter", "verdict:valid")
    assert _ids(found.text) == ["1", "2", "3", "6"]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("verdict:valid AND user:user_123", ["1", "2", "3"]),
        ("NOT verdict:valid", ["4", "5"]),
        ("user:user_123 AND NOT (verdict:invalid OR verdict:unsigned)", ["1", "2", "3"]),
        ("since:2020-11-26T18:35:00Z before:today", []),
        ('since:"10 minutes" AND verdict:unsigned', ["5"]),
        ("since:yesterday AND verdict:unsigned", ["5"]),
    ],
)
async def test_operators_and_times_of_a_filter_are_not_searched_as_words(
    keep: Keep, query: str, ids: list[str]
) -> None:
    database = await keep(*KINDS.values())
    assert _ids((await use(LIST, "--database", database, "--filter", query)).text) == ids


async def test_a_printed_time_can_be_pasted_into_a_filter(keep: Keep) -> None:
    database = await keep(*KINDS.values())
    records = (await use(LIST, "--database", database, "--format", "json")).records()
    third = records[2]["received_at"]
    later = [record["id"] for record in records if record["received_at"] >= third]
    done = await use(LIST, "--database", database, "--format", "json", "--filter", f"since:{third}")
    assert [record["id"] for record in done.records()] == later
    done = await use(LIST, "--database", database, "--format", "json", "--filter", f"before:{third}")
    assert not {record["id"] for record in done.records()} & set(later)


async def test_the_first_completion_of_a_survey_shows_its_name(tmp_path: Path) -> None:
    """Before it is counted, only the capture itself has the name; a stranger's does not count."""
    database = tmp_path / "captures.db"
    bodies = [a_completion(survey="s-gap", name="Gap NPS"), a_completion(survey="s-forged", name="Forged")]
    with running("listen", "--port", "0", "--database", str(database)) as program:
        url = program.said().removeprefix("Listening on ").split(". ")[0]
        deliver(url, bodies[0])
        assert "Gap NPS" in program.line()
        deliver(url, bodies[1], secret="of a stranger")
        assert "s-forged" in program.line()
        program.end()
    first, second = (await use(LIST, "--database", str(database))).text.splitlines()[1:]
    assert "Gap NPS" in first
    assert "s-forged" in second


async def test_pins_notes_and_reasons_are_listed(keep: Keep) -> None:
    database = await keep((COMPLETION, signature(COMPLETION)), WRONG)
    await use(PIN, "1", "--database", database)
    await use(NOTE, "1", "hello", "--database", database)
    lines = (await use(LIST, "--database", database)).text.splitlines()[1:]
    assert "[pinned] [note: hello]" in lines[0]
    assert "  not diagnosed yet · " in lines[1]
    await use(SHOW, "2", "--database", database)
    for arguments in ((LIST, "2"), (PRUNE, "2", "--dry-run")):
        assert "  secret differs in whitespace · " in (await use(*arguments, "--database", database)).text


async def test_the_newest_first_without_a_header_in_chosen_columns(keep: Keep) -> None:
    database = await keep(*[(ANSWER, signature(ANSWER))] * 3)
    chosen = ("--columns", "id,respondent", "--no-header", "--database", database)
    assert (await use(LIST, *chosen)).text == "".join(f"  {n}  user_123\n" for n in (1, 2, 3))
    newest = await use(LIST, *chosen, "--reverse", "--limit", "2")
    assert newest.text == "".join(f"  {n}  user_123\n" for n in (3, 2))
    assert [one["id"] for one in (await use(LIST, *chosen, "--reverse", "--format", "json")).records()] == [
        3,
        2,
        1,
    ]
