from __future__ import annotations

from inspector.cli.listing import LIST
from inspector.cli.show import SHOW
from tests.builders import ANSWER, COMPLETION, SECRET_TEXT, signature
from tests.cli.calls import use
from tests.cli.conftest import Keep

WRONG = (COMPLETION, signature(COMPLETION, SECRET_TEXT + " "))
NOT_EXAMINED = "not examined yet, and may be missing here: "


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
