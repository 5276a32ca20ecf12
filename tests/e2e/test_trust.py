"""Trust, end to end: nothing that a web page sends, and nothing without the secret of the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.builders import ANSWER, COMPLETION, SECRET_TEXT, signature
from tests.e2e.program import a_post, deliver, finish, listening, receiving, records, send_raw
from tests.waiting import wait_until

NONE = {"BLITZ_WEBHOOK_SECRET": ""}


@pytest.mark.parametrize("header", [b"Origin: https://e.example", b"sec-fetch-site: cross-site"])
@pytest.mark.parametrize("secret", ["", SECRET_TEXT])
def test_a_web_page_can_send_nothing_that_is_trusted_or_forwarded(
    tmp_path: Path, header: bytes, secret: str
) -> None:
    database = tmp_path / "captures.db"
    signed = b"x-webhook-signature: " + signature(ANSWER)
    with (
        receiving() as (receiver, target),
        listening(database, "--forward", target, BLITZ_WEBHOOK_SECRET=secret) as (program, url),
    ):
        send_raw(url, a_post(ANSWER, header, signed))
        page = program.record()
        assert (page["verdict"], page["trusted"]) == ("valid" if secret else "unchecked", False)
        deliver(url, COMPLETION)
        assert program.record()["trusted"]
        wait_until(lambda: receiver.took)
        status, errors = program.end()
    assert (status, [body for _, _, body, _ in receiver.took]) == (0, [COMPLETION])
    assert "1 delivered" in errors


def test_without_the_secret_that_a_file_had_nothing_is_trusted_or_forwarded(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    with listening(database) as (program, url):
        deliver(url, COMPLETION)
        assert program.record()["trusted"]
        assert program.end() == (0, "")
    with receiving() as (receiver, target):
        with listening(database, "--forward", target, **NONE) as (program, url):
            said = program.told("This file had a secret, but none is active now.")
            assert "forwards are on hold. Set BLITZ_WEBHOOK_SECRET or use --secret-file FILE." in said
            deliver(url, ANSWER)
            held = program.record()
            assert (held["verdict"], held["reason"], held["trusted"]) == ("unchecked", "no-secret", False)
            assert program.end()[0] == 0
        assert receiver.took == []
        with listening(database, "--forward", target) as (program, url):
            deliver(url, ANSWER)
            assert program.record()["trusted"]
            wait_until(lambda: receiver.took)
            assert program.end()[0] == 0
    assert [row["trusted"] for row in records("list", "--database", str(database))] == [True, False, True]


def test_a_file_without_any_secret_trusts_what_arrives(tmp_path: Path) -> None:
    with listening(tmp_path / "captures.db", **NONE) as (program, url):
        deliver(url, ANSWER)
        assert json.loads(program.line())["trusted"]
        assert program.end() == (0, "")


def test_a_file_that_was_imported_with_a_secret_trusts_nothing_without_it(tmp_path: Path) -> None:
    source, database = tmp_path / "source.db", tmp_path / "captures.db"
    with listening(source) as (program, url):
        deliver(url, ANSWER)
        program.record()
        assert program.end() == (0, "")
    export = tmp_path / "export.ndjson"
    assert finish("export", "--output", str(export), "--database", str(source)).returncode == 0
    assert finish("import", str(export), "--database", str(database)).returncode == 0
    with listening(database, **NONE) as (program, url):
        assert "This file had a secret" in program.said()
        deliver(url, COMPLETION)
        assert not program.record()["trusted"]
        assert program.end()[0] == 0
