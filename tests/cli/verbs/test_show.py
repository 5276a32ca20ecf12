from __future__ import annotations

import json

import brotli
import pytest

from inspector.base.errors import InspectorError
from inspector.cli.verbs.list_ import LIST
from inspector.cli.verbs.show import SHOW
from tests.builders import COMPLETION, SECRET_TEXT, a_completion, signature
from tests.cli.calls import use
from tests.cli.conftest import Keep

WRONG = signature(COMPLETION, SECRET_TEXT + " ")


async def test_an_invalid_capture_is_examined_when_it_is_first_shown(keep: Keep) -> None:
    database = await keep((COMPLETION, WRONG))
    first = await use(SHOW, "1", "--database", database)
    assert "Not examined yet; it is examined now." in first.text
    assert "  Cause  It was made with the secret" in first.text
    again = await use(SHOW, "1", "--database", database)
    assert "Not examined yet" not in again.text
    assert "  Cause  It was made with the secret" in again.text


async def test_json_of_an_invalid_capture_carries_the_diagnosis(keep: Keep) -> None:
    record = (
        await use(SHOW, "1", "--database", await keep((COMPLETION, WRONG)), "--format", "json")
    ).record()
    assert record["verdict"] == "invalid"
    (finding,) = record["findings"]
    assert (finding["code"], finding["proved"]) == ("secret-whitespace", True)


async def test_without_a_secret_what_is_on_file_is_told(keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    database = await keep((COMPLETION, b"ab"))
    monkeypatch.delenv("BLITZ_WEBHOOK_SECRET")
    text = (await use(SHOW, "1", "--database", database)).text
    assert "✗ Invalid on file; not examined yet." in text
    assert "[header-wrong-length]" in text
    assert text.index("header-wrong-length") < text.index("With the secrets of this command:")
    assert "? Unchecked: no secret is set" in text
    record = (await use(SHOW, "1", "--database", database, "--format", "json")).record()
    assert [one["code"] for one in record["findings"]] == ["header-wrong-length"]


async def test_another_secret_gives_another_verdict_beside_the_one_on_file(
    keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await keep((COMPLETION, WRONG))
    monkeypatch.setenv("BLITZ_WEBHOOK_SECRET", SECRET_TEXT + " ")
    text = (await use(SHOW, "1", "--database", database)).text
    assert text.index("✗ Invalid on file; not examined yet.") < text.index("✓ Valid under env:")


async def test_another_cause_than_the_one_on_file_is_told_as_such(
    keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await keep((COMPLETION, WRONG))
    await use(SHOW, "1", "--database", database)
    monkeypatch.setenv("BLITZ_WEBHOOK_SECRET", "another secret")
    text = (await use(SHOW, "1", "--database", database)).text
    assert "On file: secret-whitespace. With the secrets of this command:" in text
    assert "[unexplained]" in text


async def test_an_id_that_is_not_there_is_told(keep: Keep) -> None:
    with pytest.raises(InspectorError, match="There is no capture 9"):
        await use(SHOW, "9", "--database", await keep((COMPLETION, None)))


async def test_answers_are_told_in_question_order(keep: Keep) -> None:
    body = json.loads(a_completion("one", "two", "three"))
    body["responses"].reverse()
    shown = (await use(SHOW, "1", "--database", await keep((json.dumps(body).encode(), None)))).text
    assert shown.index("1. Question 1?") < shown.index("2. Question 2?") < shown.index("3. Question 3?")


async def test_a_large_completion_is_shown_with_its_answers(keep: Keep) -> None:
    body = a_completion("x" * 70_000, "short")
    shown = (await use(SHOW, "1", "--database", await keep((body, signature(body))))).text
    assert "Completion: survey " in shown
    assert "short" in shown.partition("Answers")[2].partition("Headers")[0]


async def test_a_compressed_body_is_printed_as_its_receiver_reads_it(keep: Keep) -> None:
    packed = brotli.compress(COMPLETION)
    database = await keep(
        (packed, signature(COMPLETION), (b"Content-Encoding", b"br")),
        (packed[:-5], signature(COMPLETION), (b"Content-Encoding", b"br")),
    )
    text = (await use(SHOW, "1", "--database", database)).text
    assert "✓ Valid under env:BLITZ_WEBHOOK_SECRET." in text
    assert f"Decoded from br, {len(COMPLETION)} bytes:" in text
    assert '"survey_name":"Continuous NPS survey"' in text
    assert "[body-compressed]" in text
    broken = (await use(SHOW, "2", "--database", database)).text
    assert "It was not decoded: it ends before the compressed data do." in broken


async def test_a_sample_of_another_file_is_named_as_one(keep: Keep) -> None:
    sample = (b"x-webhook-inspector-sample", b"f" * 32)
    database = await keep((COMPLETION, signature(COMPLETION, "made for another run"), sample))
    text = " ".join((await use(SHOW, "1", "--database", database)).text.split())
    assert "It carries this program's sample header, but this file announced no such sample." in text
    assert "but another file's secret signed it. No cause was found" in text
    listed = await use(LIST, "--database", database)
    [line] = [one for one in listed.text.splitlines() if "Invalid" in one]
    assert "a sample of another file" in line
