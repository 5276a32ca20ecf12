"""Every verb's JSON is what its schema says: no key is missing, unknown or of another type."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from inspector.cli.output.json_text import json_line
from inspector.cli.verb import Verb
from inspector.cli.verbs.check.check import CHECK
from inspector.cli.verbs.check.verify import VERIFY
from inspector.cli.verbs.look.list_ import LIST
from inspector.cli.verbs.look.report import REPORT
from inspector.cli.verbs.look.show import SHOW
from inspector.cli.verbs.manage.export import EXPORT
from inspector.cli.verbs.manage.import_ import IMPORT
from inspector.cli.verbs.manage.maintain import MAINTAIN
from inspector.cli.verbs.manage.note import NOTE
from inspector.cli.verbs.manage.pin import PIN
from inspector.cli.verbs.manage.prune import PRUNE
from inspector.cli.verbs.send.replay import REPLAY
from inspector.cli.verbs.send.sample import SAMPLE
from inspector.domain.json.value import parse
from tests import schemas
from tests.builders import ANSWER, COMPLETION, SECRET_TEXT, an_answer, signature
from tests.cli.calls import use
from tests.cli.conftest import Keep
from tests.client.receivers import OK, answers, receiving
from tests.e2e.program import deliver, listening, records, running, send_raw
from tests.ports import free_port

WRONG = signature(COMPLETION, SECRET_TEXT + " ")


async def _records(verb: Verb, *arguments: str) -> list[dict[str, Any]]:
    records = (await use(verb, *arguments, "--format", "json")).records()
    assert records
    return records


@pytest.fixture
async def database(keep: Keep) -> str:
    """A file with each event, verdict and kind of body."""
    hostile = b'{"question_id":"\\u001b[2J","response":{"a":[1e400,"\\ud800"]}}'
    return await keep(
        (ANSWER, signature(ANSWER)),
        (COMPLETION, WRONG),
        (b"{}", None),
        (b"\xff\x00", b"\xff", (b"content-encoding", b"gzip")),
        (hostile, signature(hostile), (b"X-Forwarded-For", b"203.0.113.7")),
        target=b"/hook?%1b",
    )


@pytest.mark.parametrize("name", schemas.names())
def test_each_schema_is_valid_and_describes_every_key(name: str) -> None:
    whole = schemas.schema(name)
    Draft202012Validator.check_schema(whole)
    assert whole["title"]
    assert whole["description"].endswith(".")
    for part in schemas.objects(whole):
        for key, value in part["properties"].items():
            assert value.get("description"), f"{key} has no description"
        assert set(part["required"]) <= set(part["properties"])


def test_each_schema_is_used_by_a_test() -> None:
    tests = "".join(file.read_text("utf-8") for file in Path(__file__).parents[1].rglob("test_*.py"))
    names = set(schemas.names()) - {"finding"}  # only in other objects
    assert [name for name in names if f'"{name}"' not in tests] == []


def test_the_first_line_of_listen(tmp_path: Path) -> None:
    arguments = ("--port", "0", "--format", "json", "--database", str(tmp_path / "captures.db"))
    with running("listen", *arguments) as program:
        schemas.valid("listening", program.record())
        program.end()


def test_the_line_about_the_public_address(tmp_path: Path) -> None:
    port = free_port()
    arguments = ("--port", str(port), "--format", "json", "--database", str(tmp_path / "captures.db"))
    with running("listen", *arguments, "--public-url", f"http://127.0.0.1:{port}/") as program:
        program.record()
        schemas.valid("public-address", program.record())
        program.end()


def test_a_missing_an_unknown_and_a_wrong_key_are_mistakes() -> None:
    schemas.valid("note", {"id": 1, "note": None})
    for wrong in ({"id": 1}, {"id": 1, "note": None, "more": 1}, {"id": "1", "note": None}):
        with pytest.raises(AssertionError, match="not a valid note"):
            schemas.valid("note", wrong)


async def test_captures(database: str) -> None:
    for record in await _records(LIST, "--database", database):
        schemas.valid("capture", record)
        (detail,) = await _records(SHOW, str(record["id"]), "--database", database)
        schemas.valid("capture-detail", detail)
        assert list(detail)[: len(record)] == list(record) == list(schemas.schema("capture")["properties"])


async def test_answers_keep_their_digits(keep: Keep) -> None:
    texts = (b"12345678901234567890.10", b"1E400", b"9" * 1_000, b"9" * 100_000, b"[" * 98 + b"]" * 98)
    bodies = [b'{"question_id":"q","response":%b}' % text for text in texts]
    database = await keep(*[(body, signature(body)) for body in bodies])
    for number, text in enumerate(texts, 1):
        for verb, name in ((LIST, "capture"), (SHOW, "capture-detail")):
            done = await use(verb, str(number), "--format", "json", "--database", database)
            expected = text if len(text) <= 1_000 else b"null"  # more digits than many readers take
            if len(text) < 65_536 or verb is SHOW:
                assert f'"response": {expected.decode()}, "created_at"' in done.text
            schemas.valid(name, done.record())


async def test_answers_that_nest_too_deep_for_readers_are_left_out(keep: Keep) -> None:
    bodies = [b'{"question_id":"q","response":%b1%b}' % (b"[" * n, b"]" * n) for n in (101, 400, 20_000)]
    database = await keep(*[(body, signature(body)) for body in bodies])
    for verb, name in ((LIST, "capture"), (SHOW, "capture-detail")):
        for record in await _records(verb, "1..", "--database", database):
            schemas.valid(name, record)
            assert record["answers"] is None


async def test_answers_of_a_large_body_are_only_in_show(keep: Keep) -> None:
    body = an_answer("x" * 65_536)
    database = await keep((body, signature(body)))
    (listed,), (shown,) = [await _records(verb, "1", "--database", database) for verb in (LIST, SHOW)]
    assert listed["answers"] is None
    assert shown["answers"][0]["response"] == "x" * 65_536


async def test_what_listen_prints_of_each_kind(tmp_path: Path) -> None:
    with listening(tmp_path / "captures.db", "--set", "body_bytes=2000") as (program, url):
        deliver(url, ANSWER, ANSWER)
        send_raw(url, b"POST /\xff HTTP/1.1\r\n\r\n")
        send_raw(url, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000\r\n\r\n")
        printed = [program.record() for _ in range(4)]
        program.end()
    for record in printed:
        schemas.valid("capture", record)
    assert [record["kind"] for record in printed] == ["captured", "captured", "refused", "refused"]
    assert printed[0]["answers"][0]["response"] == "image upload glitches"
    assert (printed[2]["answers"], printed[2]["cause"]) == ([], None)
    for record in records("list", "--database", str(tmp_path / "captures.db")):
        schemas.valid("capture", record)
    assert "again" in record_of(2, tmp_path)["marks"]


def record_of(number: int, folder: Path) -> dict[str, Any]:
    (record,) = records("list", str(number), "--database", str(folder / "captures.db"))
    return record


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(st.characters(exclude_categories=())),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    ),
    st.sampled_from([b"12345678901234567890", b"-0", b"1e999", b'"\\ud800\x7f"']),
)
def test_whatever_an_answer_is_its_line_is_valid_json(value: Any, text: bytes) -> None:
    quoted = (
        json.dumps(value).replace("NaN", "1e5").replace("-Infinity", "-1e999").replace("Infinity", "1e999")
    )
    item = parse(b'{"response":[%b,%b]}' % (quoted.encode(), text))
    line = json_line({"id": 1, "answers": [item]})
    assert line.isascii()
    assert line.isprintable()
    assert json.dumps(json.loads(line)["answers"][0]["response"]) == json.dumps(
        json.loads(b"[%b,%b]" % (quoted.encode(), text))
    )


async def test_verification(database: str, tmp_path: Path) -> None:
    for number in range(1, 6):
        (record,) = await _records(VERIFY, "--capture", str(number), "--all", "--database", database)
        schemas.valid("verification", record)
    body = tmp_path / "body.json"
    body.write_bytes(ANSWER)
    (record,) = await _records(VERIFY, str(body))
    schemas.valid("verification", record)


async def test_replay(database: str) -> None:
    async with receiving(answers(OK)) as sink:
        to = ("--to", f"http://{sink.target.netloc}/", "--database", database)
        schemas.valid("replay-preview", (await _records(REPLAY, *to, "--dry-run"))[0])
        *attempts, summary = await _records(REPLAY, *to, "--fault", "broken-signature:1")
        (snippet,) = await _records(SHOW, "1", "--as", "curl", "--database", database)
    schemas.valid("replay-summary", summary)
    schemas.valid("snippet", snippet)
    for attempt in attempts:
        schemas.valid("attempt", attempt)
    (exchange,) = await _records(SHOW, "1", "--attempt", "last", "--database", database)
    schemas.valid("exchange", exchange)
    (detail,) = await _records(SHOW, "1", "--database", database)
    schemas.valid("capture-detail", detail)
    assert len(detail["attempts"]) == 1


def test_help() -> None:
    for words, name in (
        ((), "help-page"),
        (("filters",), "help-page"),
        (("body-bom",), "help-finding"),
        (("list",), "help-command"),
    ):
        for record in records("help", *words):
            schemas.valid(name, record)


async def test_check_and_sample(tmp_path: Path) -> None:
    async with receiving(answers(OK)) as sink:
        to = ("--to", f"http://{sink.target.netloc}/", "--database", str(tmp_path / "captures.db"))
        *results, report = await _records(CHECK, *to)
        for result in results:
            schemas.valid("check-result", result)
        schemas.valid("check-report", report)
        schemas.valid("sample-result", (await _records(SAMPLE, *to))[0])


async def test_captures_moved_marked_and_removed(database: str, tmp_path: Path) -> None:
    on_file = ("--database", database)
    for verb, name, arguments in (
        (NOTE, "note", ("1", "\x1b[31m")),
        (PIN, "pins", ("1",)),
        (REPORT, "report", ("1",)),
        (EXPORT, "exported", ("--output", str(tmp_path / "out.ndjson"))),
        (IMPORT, "import-preview", (str(tmp_path / "out.ndjson"), "--dry-run")),
        (IMPORT, "imported", (str(tmp_path / "out.ndjson"),)),
        (PRUNE, "removal", ("--keep-count", "2", "--dry-run")),
        (PRUNE, "removal", ("--keep-count", "2")),
        (MAINTAIN, "maintenance", ("check",)),
        (MAINTAIN, "maintenance", ("compact",)),
    ):
        schemas.valid(name, (await _records(verb, *arguments, *on_file))[0])
