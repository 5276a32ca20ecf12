"""From the wire to a replay with no window, as a user does it."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

from tests.builders import ANSWER, COMPLETION
from tests.e2e.program import PATIENCE_S, deliver, finish, listening, receiving, records, running


def test_the_two_documented_deliveries_are_captured_found_shown_and_replayed(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    with listening(database) as (program, url):
        deliver(f"{url}webhooks/blitz?team=1", ANSWER, COMPLETION)
        answer, completion = program.record(), program.record()
        assert program.end() == (0, "")
    assert (answer["event"], answer["verdict"]) == ("answer", "valid")
    assert completion == {
        "id": 2,
        "kind": "captured",
        "received_at": completion["received_at"],
        "method": "POST",
        "target": "/webhooks/blitz?team=1",
        "bytes": 645,
        "event": "response_group",
        "survey_id": "s-xxxxxx-id",
        "group_id": "g-xxxxxx-id",
        "user_id": "user_123",
        "verdict": "valid",
        "reason": None,
        "matched": ["raw", "stringify"],
        "secret": "env:BLITZ_WEBHOOK_SECRET",
        "shown": "valid",
        "trusted": True,
        "answered": 200,
        "answered_by": None,
        "declared": 645,
        "survey_name": "Continuous NPS survey",
        "platform": "link",
        "trigger": "",
        "marks": completion["marks"],
        "pinned": False,
        "note": None,
        "remote": completion["remote"],
        "claimed": None,
        "encoding": None,
        "problem": None,
        "cause": None,
        "answers": [
            {
                "question_id": "q-xxxxxx-id",
                "order": 1,
                "type": "input_feedback",
                "text": "What do you think of our app?",
                "response": "image upload glitches",
                "created_at": "2022-06-07T22:01:07.000Z",
            },
            {
                "question_id": "q-xxxxxx-id",
                "order": 2,
                "type": "multi_select_feedback",
                "text": "Select the issues you are facing",
                "response": ["image upload", "crash issues"],
                "created_at": "2022-06-07T22:01:09.000Z",
            },
        ],
        "inbox": None,
    }
    first, second = records("list", "--database", str(database))
    later = ("survey_name", "marks")  # known once the completion is counted
    assert answer | {name: first[name] for name in later} == first
    assert completion | {"marks": second["marks"]} == second
    assert first["survey_name"] == "Continuous NPS survey"
    (shown,) = records("show", "2", "--database", str(database))
    assert base64.b64decode(shown["body"]) == COMPLETION
    assert ["Content-Type", "application/json"] in shown["headers"]

    with receiving() as (receiver, target):
        done = finish("replay", "--to", target, "--database", str(database), "--format", "json")
    assert (done.returncode, done.stderr) == (0, b"")
    first, second, total = (json.loads(line) for line in done.stdout.splitlines())
    assert (first["capture"], first["outcome"], first["status"]) == (1, "ok", 200)
    assert first["signature"] == "original"
    assert second["capture"] == 2
    assert total == {"sent": 2, "succeeded": 2, "failed": 0, "skipped": 0, "unexpected": 0}
    assert [(took[0], took[2], took[3]) for took in receiver.took] == [
        ("/webhooks/blitz?team=1", ANSWER, True),
        ("/webhooks/blitz?team=1", COMPLETION, True),
    ]
    (shown,) = records("show", "2", "--database", str(database))
    assert [attempt["attempt"] for attempt in shown["attempts"]] == [second["attempt"]]


def test_text_says_where_it_listens_and_prints_a_line_a_delivery(tmp_path: Path) -> None:
    with running("listen", "--port", "0", "--database", str(tmp_path / "captures.db")) as program:
        first = program.said()
        assert "Ctrl+C" in first
        url = next(word for word in first.replace(";", " ").split() if word.startswith("http://"))
        assert "captures.db" in program.said()
        assert "env:BLITZ_WEBHOOK_SECRET" in program.said()
        assert (program.said(), program.said().split()[:2]) == ("\n", ["id", "time"])
        deliver(url, ANSWER)
        line = program.line()
        for text in ("✓ Valid", "Answer 1", "user_123", "“image upload glitches”"):
            assert text in line
        assert program.end()[0] == 0
        assert program.rest() == []


def test_a_sample_is_sent_marked_and_counted_as_one(tmp_path: Path) -> None:
    database = str(tmp_path / "captures.db")
    with listening(tmp_path / "captures.db") as (program, url):
        done = finish("sample", "--to", url, "--database", database, "--format", "json")
        assert (done.returncode, done.stderr) == (0, b"")
        sent = json.loads(done.stdout)["sent"]
        taken = [program.record() for _ in range(sent)]
        assert program.end() == (0, "")
    assert {record["kind"] for record in taken} == {"sample"}
    assert {record["verdict"] for record in taken} == {"valid"}


def test_a_filter_chooses_what_is_printed_and_listed(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    with listening(database, "--filter", "event:response_group") as (program, url):
        deliver(url, ANSWER, COMPLETION, ANSWER)
        assert program.record()["id"] == 2
        assert program.end() == (0, "")
        assert program.rest() == []
    listed = records("list", "--database", str(database), "--filter", "event:answer", "--limit", "1")
    assert [record["id"] for record in listed] == [3]


def test_no_verb_ever_loads_qt(tmp_path: Path) -> None:
    database = str(tmp_path / "captures.db")
    with listening(tmp_path / "captures.db") as (program, url):
        deliver(url, ANSWER)
        program.record()
        assert program.end() == (0, "")
    replay = ["replay", "1", "--to", "http://127.0.0.1:9/"]
    code = (
        "import sys; from inspector.__main__ import main; main();"
        "assert not {'PySide6', 'qasync'} & sys.modules.keys()"
    )
    verify = ["verify", "--capture", "1"]
    for verb in (["list"], ["show", "1"], replay, ["verify", os.devnull], verify, ["report", "1"]):
        command = [sys.executable, "-c", code, *verb, "--database", database]
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE_S, check=False)
        assert b"Traceback" not in done.stderr
