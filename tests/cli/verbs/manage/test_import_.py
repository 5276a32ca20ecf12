"""Captures move out of one file and into another with nothing lost."""

from __future__ import annotations

import base64
import fcntl
import gzip
import io
import json
import signal
import sqlite3
import stat
import subprocess
import sys
import termios
from array import array
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from inspector.base.errors import InspectorError
from inspector.cli.verbs.look.list_ import LIST
from inspector.cli.verbs.look.show import SHOW
from inspector.cli.verbs.manage.export import EXPORT
from inspector.cli.verbs.manage.import_ import IMPORT
from inspector.cli.verbs.manage.note import NOTE
from inspector.cli.verbs.manage.pin import PIN
from inspector.cli.verbs.manage.prune import PRUNE
from inspector.cli.verbs.send.replay import REPLAY
from inspector.domain.capture.native import ExportedCapture, dump_line, head_line
from inspector.domain.capture.rows import AttemptDetail
from inspector.store.file.database import connect
from inspector.store.write import attempts
from tests.builders import ANSWER, COMPLETION, a_capture, signature
from tests.cli.calls import use
from tests.cli.conftest import Keep
from tests.e2e.program import PATIENCE_S, PROGRAM
from tests.session.test_replays import receiver
from tests.waiting import wait_until

ODD = b"\x00\xff no JSON \xe2\x80\xa8"
DELIVERIES = ((COMPLETION, signature(COMPLETION)), (ANSWER, b"0" * 64), (ODD, None))


async def whole(database: str, capture_id: int) -> dict[str, Any]:
    return (await use(SHOW, str(capture_id), "--database", database, "--format", "json")).record()


async def test_what_was_exported_comes_in_whole(keep: Keep, tmp_path: Path) -> None:
    here, there = await keep(*DELIVERIES), str(tmp_path / "there.db")
    file = tmp_path / "captures.ndjson"
    await use(PIN, "2", "--database", here)
    await use(NOTE, "2", "look at this", "--database", here)
    done = await use(EXPORT, "--database", here, "--output", str(file))
    assert (done.status, done.text) == (0, "")
    assert "Exported 3 captures" in done.said
    assert "Nothing is masked" in done.said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (await use(IMPORT, str(file), "--database", there)).text == "Imported 3 captures.\n"
    for capture_id in (1, 2, 3):
        ours, theirs = await whole(here, capture_id), await whole(there, capture_id)
        assert theirs.pop("kind") == "imported"
        assert ours.pop("kind") == "captured"
        assert theirs.pop("marks") == ["imported", *ours.pop("marks")]
        assert ours == theirs
    assert "look at this" in (await use(SHOW, "2", "--database", there)).text


async def attempted(database: str, capture_id: int) -> list[AttemptDetail]:
    """Return the attempts of a capture, without the ids that are valid only in this file."""
    found: list[AttemptDetail] = []
    with closing(connect(Path(database), read_only=True)) as connection:
        while several := attempts.whole_after(connection, capture_id, found[-1].row.id if found else 0, 1):
            found += several
    return [
        replace(one, row=one.row._replace(id=0, capture_id=0, plan_id=None, forward_id=None)) for one in found
    ]


async def test_attempts_move_with_their_captures_and_a_second_import_finds_duplicates(
    keep: Keep, tmp_path: Path
) -> None:
    here, there = await keep(*DELIVERIES), str(tmp_path / "there.db")
    file = tmp_path / "captures.ndjson"
    async with receiver() as (url, _):
        await use(REPLAY, "1", "3", "--to", url, "--database", here)
        await use(REPLAY, "1", "--fault", "cut:1", "--to", url, "--database", here)
    await use(EXPORT, "--database", here, "--output", str(file))
    done = await use(IMPORT, str(file), "--database", there)
    assert done.text == "Imported 3 captures with 3 attempts.\n"
    for capture_id, count in ((1, 2), (2, 0), (3, 1)):
        ours = await attempted(here, capture_id)
        assert len(ours) == count
        assert await attempted(there, capture_id) == ours
    again = await use(IMPORT, str(file), "--database", there)
    assert (again.status, again.text) == (0, "Imported 0 captures, 3 duplicates skipped.\n")
    assert [len(await attempted(there, one)) for one in (1, 2, 3)] == [2, 0, 1]
    async with receiver() as (url, _):  # a later export has more
        await use(REPLAY, "1..2", "--to", url, "--database", here)
    later = tmp_path / "later.ndjson"
    await use(EXPORT, "--database", here, "--output", str(later))
    done = await use(IMPORT, str(later), "--database", there, "--format", "json")
    assert done.record() == {"imported": 0, "refused": 0, "duplicates": 3, "attempts": 2, "unread": 0}
    assert [await attempted(there, one) for one in (1, 2)] == [await attempted(here, one) for one in (1, 2)]
    back = await use(IMPORT, str(file), "--database", here, "--format", "json")
    assert back.record() == {"imported": 0, "refused": 0, "duplicates": 3, "attempts": 0, "unread": 0}


async def test_equal_captures_of_one_file_are_duplicates_of_as_many(tmp_path: Path) -> None:
    one = dump_line(1, ExportedCapture(capture=a_capture()))
    file, there = tmp_path / "e.ndjson", str(tmp_path / "there.db")
    counts = []
    for lines in (2, 3, 500):
        file.write_text("\n".join([head_line(), *[one] * lines]))
        done = (await use(IMPORT, str(file), "--database", there, "--format", "json")).record()
        counts.append((done["imported"], done["duplicates"]))
    assert counts == [(2, 0), (1, 2), (497, 3)]


async def test_what_was_deleted_is_imported_again(keep: Keep, tmp_path: Path) -> None:
    here = await keep(DELIVERIES[0])
    file = tmp_path / "captures.ndjson"
    await use(EXPORT, "--database", here, "--output", str(file))
    await use(PRUNE, "1", "--yes", "--database", here)
    assert (await use(IMPORT, str(file), "--database", here)).text == "Imported 1 capture.\n"


async def test_an_attempt_without_its_capture_is_refused(keep: Keep, tmp_path: Path) -> None:
    here = await keep(*DELIVERIES[:2])
    async with receiver() as (url, _):
        await use(REPLAY, "1..2", "--to", url, "--database", here)
    head, one, of_one, two, of_two = (await use(EXPORT, "--database", here)).text.splitlines()
    broken = two.replace('"method"', '"m"')
    file = tmp_path / "captures.ndjson"
    for number, (lines, *counts) in enumerate(
        (
            ([head, of_one, one, of_one], 1, 1, 1),  # before its capture
            ([one, of_two], 1, 0, 1),  # of another one
            ([one, of_one, broken, of_two, of_one], 1, 1, 3),  # its capture is invalid
            ([one, of_one.replace('"outcome": "', '"outcome": "x'), of_one], 1, 1, 1),
        )
    ):
        file.write_text("\n".join(lines))
        there = str(tmp_path / f"{number}.db")
        record = (await use(IMPORT, str(file), "--database", there, "--format", "json")).record()
        assert [record["imported"], record["attempts"], record["refused"]] == counts
        assert len(await attempted(there, 1)) == record["attempts"]


async def test_attempts_beyond_a_batch_belong_to_the_capture_before_it(keep: Keep, tmp_path: Path) -> None:
    here, there = await keep(DELIVERIES[0]), str(tmp_path / "there.db")
    async with receiver() as (url, _):
        await use(REPLAY, "1", "--to", url, "--database", here)
    head, one, of_one = (await use(EXPORT, "--database", here)).text.splitlines()
    file = tmp_path / "captures.ndjson"
    file.write_text("\n".join([head, one, *[of_one] * 1_000]))
    done = await use(IMPORT, str(file), "--database", there)
    assert done.text == "Imported 1 capture with 1,000 attempts.\n"
    assert len(await attempted(there, 1)) == 1_000


async def test_what_comes_in_is_in_groups_and_figures_at_once(keep: Keep, tmp_path: Path) -> None:
    file = tmp_path / "captures.ndjson"
    body = COMPLETION
    here = await keep((body, signature(body)), (body, signature(body)))
    await use(EXPORT, "--database", here, "--output", str(file))
    there = str(tmp_path / "there.db")
    await use(IMPORT, str(file), "--database", there)
    done = await use(LIST, "--filter", "finding:redelivery", "--database", there, "--format", "json")
    assert [record["id"] for record in done.records()] == [2]


async def test_an_export_is_chosen_as_a_list_is(keep: Keep) -> None:
    database = await keep(*DELIVERIES)
    for chosen in (("2..3",), ("--filter", "-verdict:valid"), ("--limit", "2")):
        head, *lines = (await use(EXPORT, *chosen, "--database", database)).records()
        assert head["masked"] is False
        assert [line["id"] for line in lines] == [2, 3]


async def test_a_file_is_never_overwritten(keep: Keep, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    with pytest.raises(InspectorError, match="already exists"):
        await use(EXPORT, "--database", await keep(), "--output", str(tmp_path / "mine"))
    assert (tmp_path / "mine").read_text() == "precious"


async def test_a_hostile_line_is_refused_and_the_others_go_on(
    keep: Keep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported = (await use(EXPORT, "--database", await keep(DELIVERIES[0]))).text.encode()
    file = tmp_path / "captures.ndjson"
    file.write_bytes(
        b"nonsense\n" + exported + b'{"kind":"captured","body":"!"}\n' + b"[" * 300_000 + b"\n" + exported
    )
    there = str(tmp_path / "there.db")
    done = await use(IMPORT, str(file), "--database", there, "--format", "json")
    assert done.status == 1
    assert done.record() == {"imported": 2, "refused": 3, "duplicates": 0, "attempts": 0, "unread": 0}
    assert [line.partition(" is not a capture: ")[0] for line in done.said.splitlines()] == [
        "Line 1", "Line 4", "Line 5",
    ]  # fmt: skip


async def test_a_line_that_never_ends_is_not_held_in_memory(tmp_path: Path) -> None:
    file = tmp_path / "captures.ndjson"
    file.write_bytes(b"x" * 3_000_000 + b"\n" + b'{"format":"webhook-inspector","version":1}\n')
    arguments = (str(file), "--database", str(tmp_path / "there.db"), "--set", "body_bytes=1000")
    done = await use(IMPORT, *arguments, "--format", "json")
    assert done.record() == {"imported": 0, "refused": 1, "duplicates": 0, "attempts": 0, "unread": 0}
    assert "longer than any capture" in done.said


async def test_a_large_capture_moves_too(keep: Keep, tmp_path: Path) -> None:
    body = json.dumps({"text": "é" * 200_000}, ensure_ascii=False).encode()
    here, there = await keep((body, signature(body))), str(tmp_path / "there.db")
    file = tmp_path / "captures.ndjson"
    await use(EXPORT, "--database", here, "--output", str(file))
    await use(IMPORT, str(file), "--database", there)
    assert (await whole(there, 1))["verdict"] == "valid"
    assert (await whole(there, 1))["body"] == (await whole(here, 1))["body"]


async def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InspectorError, match=r"Cannot read .*nowhere: No such file"):
        await use(IMPORT, str(tmp_path / "nowhere"), "--database", str(tmp_path / "there.db"))
    assert not (tmp_path / "there.db").exists()


async def test_without_standard_input_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdin", closed)
    with pytest.raises(InspectorError, match="Standard input is closed"):
        await use(IMPORT, "-", "--database", str(tmp_path / "there.db"))


async def test_to_a_program_export_tells_its_number_where_its_lines_go_to_a_file(
    keep: Keep, tmp_path: Path
) -> None:
    here = await keep(*DELIVERIES)
    file = tmp_path / "captures.ndjson"
    done = await use(EXPORT, "--database", here, "--output", str(file), "--format", "json")
    assert done.record() == {"exported": 3}


async def test_a_file_that_is_not_a_capture_is_called_so_once(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text("A line of a page.\n" * 500)
    done = await use(IMPORT, str(page), "--database", str(tmp_path / "c.db"))
    assert (done.status, done.text) == (3, "")
    assert done.said == (
        f"{page}: Not a capture: no HTTP request, curl command, NDJSON export or JSON in it.\n"
    )


async def test_a_compressed_export_is_named_with_the_command_that_reads_it(tmp_path: Path) -> None:
    packed = tmp_path / "my export.gz"
    packed.write_bytes(gzip.compress(b"x\n" * 1000))
    done = await use(IMPORT, str(packed), "--database", str(tmp_path / "c.db"))
    assert done.status == 3
    assert done.said.splitlines()[-1] == (
        f"{packed}: It is compressed. Unpack it first."
        f" Use `gunzip -c '{packed}' | webhook-inspector import -`."
    )


CURL = """curl -d @- -H 'x-webhook-signature: %s' http://127.0.0.1:8787/in <<'END'
%s
END
"""


async def test_other_kinds_are_imported_by_the_same_verb(tmp_path: Path) -> None:
    body = ANSWER.decode().replace(",", ",\n", 1)
    (tmp_path / "one.http").write_bytes(
        b"POST /in HTTP/1.1\nx-webhook-signature: %b\n\n%b" % (signature(COMPLETION), COMPLETION)
    )
    (tmp_path / "curl.txt").write_text(CURL % (signature(f"{body}\n".encode()).decode(), body))
    (tmp_path / "body.json").write_bytes(ANSWER)
    (tmp_path / "notes.txt").write_text("Dear team")
    files = [str(tmp_path / name) for name in ("one.http", "curl.txt", "body.json", "notes.txt")]
    there = str(tmp_path / "there.db")
    dry = await use(IMPORT, *files, "--dry-run", "--database", there)
    assert dry.status == 1
    assert dry.text.splitlines() == [
        f"{files[0]}: HTTP request, 750 bytes",
        "  1 valid",
        f"{files[1]}: curl command, 500 bytes",
        "  1 invalid",
        "  --data drops newlines: 361 bytes become 359. With --data-binary the signature is valid."
        " Use --fix to read it that way.",
        f"{files[2]}: JSON body, 359 bytes",
        "  1 unsigned",
        "  It has no headers: content-type becomes application/json, and the path is /.",
        f"{files[3]}: 9 bytes",
        "  Not a capture: no HTTP request, curl command, NDJSON export or JSON in it.",
    ]
    assert not _exists(there)

    done = await use(IMPORT, *files, "--fix", "--sign", "env:BLITZ_WEBHOOK_SECRET", "--database", there)
    assert (done.status, done.text) == (1, "Imported 3 captures.\n")
    assert done.said.splitlines()[-1].startswith(f"{files[3]}: Not a capture: ")
    rows = (await use(LIST, "--database", there, "--format", "json")).records()
    assert [(row["kind"], row["shown"], row["target"]) for row in rows] == [
        ("imported", "valid", "/in"),
        ("imported", "bytes-only", "/in"),
        ("imported", "valid", "/"),
    ]


async def test_a_preview_counts_what_an_export_has_and_stores_nothing(keep: Keep, tmp_path: Path) -> None:
    here = await keep(*DELIVERIES)
    file = tmp_path / "captures.ndjson"
    await use(EXPORT, "--database", here, "--output", str(file))
    (found,) = (await use(IMPORT, str(file), "--dry-run", "--database", here, "--format", "json")).records()
    assert (found["kind"], found["captures"], found["duplicates"]) == ("export", 0, 3)
    there = str(tmp_path / "there.db")
    (found,) = (await use(IMPORT, str(file), "--dry-run", "--database", there, "--format", "json")).records()
    assert (found["captures"], found["duplicates"], found["surveys"]) == (3, 0, 1)
    assert not _exists(there)


async def test_a_few_invalid_lines_do_not_make_it_another_kind_of_file(keep: Keep, tmp_path: Path) -> None:
    exported = (await use(EXPORT, "--database", await keep(DELIVERIES[0]))).text
    file = tmp_path / "captures.ndjson"
    file.write_text(exported + "nonsense\n" * 5)
    done = await use(IMPORT, str(file), "--database", str(tmp_path / "c.db"))
    assert (done.status, done.text) == (1, "Imported 1 capture, 5 invalid lines skipped.\n")
    assert len(done.said.splitlines()) == 4
    assert done.said.endswith("2 more lines are not valid.\n")


@pytest.mark.parametrize(
    ("sent", "stored", "said"),
    [(0, 0, b"nothing was imported"), (300, 199, b"199 captures imported")],
)
def test_an_interrupted_import_says_what_was_imported(
    tmp_path: Path, sent: int, stored: int, said: bytes
) -> None:
    """Its file ends in the midst of a batch of 200 lines, the first of which is the head."""
    one = dump_line(1, ExportedCapture(capture=a_capture(body=b"{}")))
    arguments = [str(PROGRAM), "import", "-", "--database", str(tmp_path / "c.db")]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(f"{head_line()}\n".encode() + f"{one}\n".encode() * sent)
        process.stdin.flush()
        wait_until(partial(_unread, process.stdin.fileno()), lambda count: count == 0)  # it has begun
        wait_until(lambda: _stored(tmp_path / "c.db"), lambda count: count == stored)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 130
        assert process.stderr.read() == b"Interrupted: " + said + b".\n"


def _unread(pipe: int) -> int:
    """How many bytes of a pipe its reader has not read yet."""
    count = array("i", (0,))
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


def _stored(database: Path) -> int:
    """How many captures are in a file that another process writes; -1 before it exists."""
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM captures").fetchone()[0])
    except sqlite3.OperationalError:
        return -1


async def test_one_invalid_line_is_counted_in_the_singular(keep: Keep, tmp_path: Path) -> None:
    exported = (await use(EXPORT, "--database", await keep(DELIVERIES[0]))).text
    file = tmp_path / "captures.ndjson"
    file.write_text(exported + "nonsense\n")
    done = await use(IMPORT, str(file), "--database", str(tmp_path / "c.db"))
    assert (done.status, done.text) == (1, "Imported 1 capture, 1 invalid line skipped.\n")


@pytest.mark.parametrize(
    ("preset", "is_user_shown"), [("secrets", True), ("people", False), ("everything", False)]
)
async def test_a_masked_export_hides_what_its_preset_says(
    keep: Keep, tmp_path: Path, preset: str, is_user_shown: bool
) -> None:
    here = await keep(*DELIVERIES[:2])
    async with receiver() as (url, _):
        await use(REPLAY, "1", "--to", url, "--database", here)
    done = await use(EXPORT, "--mask", preset, "--database", here)
    assert "Nothing is masked" not in done.said
    head, *lines = done.records()
    assert head["masked"] is True
    texts = [
        base64.b64decode(line.get(name) or "").decode() for line in lines for name in ("body", "sent_body")
    ]
    assert ("user_123" in "".join(texts)) is is_user_shown
    assert "blitzllama_api_key" not in "".join(texts)
    assert signature(COMPLETION).decode() not in done.text + "".join(texts)
    file = tmp_path / "masked.ndjson"
    file.write_text(done.text)
    there = str(tmp_path / "there.db")
    assert (await use(IMPORT, str(file), "--database", there)).status == 0
    found = await whole(there, 1)
    assert (found["verdict"], found["reason"], found["trusted"]) == ("unchecked", "masked", False)


def _exists(database: str) -> bool:
    return Path(database).exists()
