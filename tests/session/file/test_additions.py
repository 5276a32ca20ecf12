"""Files and texts are previewed without a trace, added on request, and removed again by undo."""

from __future__ import annotations

from pathlib import Path

from inspector.domain.capture.native import ExportedCapture, dump_line, head_line
from inspector.domain.query.scope import EVERYTHING
from inspector.session.file.preview import AddPreview, AddSource, days_text
from inspector.session.session import Session
from tests.builders import ANSWER, COMPLETION, SECRET_TEXT, a_capture, signature
from tests.session.conftest import Start

DAY_MS = 86_400_000
NOON_MS = 1_764_072_000_000  # 25 Nov 2025, 12:00 UTC


async def preview(session: Session, data: bytes, **choice: object) -> AddPreview:
    return await session.additions.preview(AddSource(data=data), **choice)  # type: ignore[arg-type]


async def ids(session: Session) -> list[int]:
    return list(await session.captures.ids(EVERYTHING, "", newest_first=False))


def an_export(path: Path, *captures: tuple[bytes, bool]) -> AddSource:
    lines = [
        dump_line(
            number, ExportedCapture(capture=a_capture(body, signed=signed, received_ms=NOON_MS + number))
        )
        for number, (body, signed) in enumerate(captures)
    ]
    path.write_text("\n".join([head_line(), *lines, "broken"]))
    return AddSource(path=path)


async def test_an_export_is_previewed_added_and_removed_again(start: Start, tmp_path: Path) -> None:
    session = await start()
    source = an_export(tmp_path / "e.ndjson", (COMPLETION, True), (ANSWER, True), (ANSWER, False))
    found = await session.additions.preview(source)

    assert (found.kind, found.title, found.count, found.invalid) == ("export", "NDJSON export", 3, 1)
    assert found.totals == {"valid": 2, "unsigned": 1}
    assert found.sentences() == (
        "3 captures of 1 survey, 25 Nov 2025.",
        "1 invalid line is skipped.",
    )
    assert [one.row.user_id for one in found.rows] == ["user_123"] * 3
    assert await ids(session) == []

    addition = await session.additions.add([found])
    assert list(addition.ids) == [1, 2, 3]
    assert {row.kind for row in session.captures.rows([1, 2, 3]).values()} == {"imported"}
    again = await session.additions.preview(source)
    assert (again.can_add, again.duplicates) == (False, 3)
    assert again.sentences()[1] == "3 are in this file already and are skipped."

    await session.captures.remove_again(addition)
    assert await ids(session) == []
    assert session.captures.undo_steps == []
    assert await session.maintenance.delete_for_good() == 3


async def test_undo_goes_back_step_by_step_and_spares_what_was_pinned(start: Start) -> None:
    session = await start()
    await session.additions.add([await preview(session, ANSWER)])
    await session.captures.delete([1])
    addition = await session.additions.add([await preview(session, ANSWER + b"\n" + COMPLETION)])
    await session.captures.pin([2])

    assert session.captures.undo_steps[-1] == addition
    removed = await session.captures.remove_again(addition)
    assert (removed.count, removed.pinned) == (1, 1)
    _, clearing = session.captures.undo_steps
    assert await session.captures.undo(clearing) == 1  # type: ignore[arg-type]
    assert await ids(session) == [1, 2]


async def test_a_cure_is_offered_with_its_proof(start: Start) -> None:
    session = await start()
    body = COMPLETION.replace(b",", b",\n", 2)
    command = b"curl -d @- -H 'x-webhook-signature: %b' http://h/in <<'END'\n%b\nEND" % (
        signature(body + b"\n"), body,
    )  # fmt: skip
    found = await preview(session, command)

    assert found.totals == {"invalid": 1}
    assert found.cure is not None
    assert found.cure.label == "Use --data-binary"
    assert found.cure.note == (
        "--data drops newlines: 648 bytes become 645. With --data-binary the signature is valid."
    )
    cured = await preview(session, command, is_cured=True)
    assert (cured.totals, cured.cure) == ({"bytes-only": 1}, None)
    assert cured.captures[0].body == body + b"\n"


async def test_a_final_newline_is_only_mentioned_if_it_breaks_the_signature(start: Start) -> None:
    session = await start()
    text = b"POST / HTTP/1.1\nx-webhook-signature: %b\n\n%b\n"
    found = await preview(session, text % (signature(ANSWER), ANSWER))
    assert found.totals == {"rewritten": 1}
    assert found.cure is not None
    assert found.cure.note == "The text ends with a newline. Without it the signature is valid."
    assert (await preview(session, text % (signature(ANSWER), ANSWER), is_cured=True)).totals == {"valid": 1}
    assert (await preview(session, text % (b"0" * 64, ANSWER))).cure is None


async def test_a_json_body_is_signed_on_request(start: Start) -> None:
    session = await start()
    found = await preview(session, ANSWER)
    assert (found.can_sign, found.totals) == (True, {"unsigned": 1})
    (name,) = (row.name for row in session.secrets.names())
    signed = await preview(session, ANSWER, sign_with=name)

    assert signed.totals == {"valid": 1}
    assert signed.captures[0].headers[-1] == (b"x-webhook-signature", signature(ANSWER))
    await session.additions.add([signed])
    assert session.captures.verdict(1).word == "valid"
    assert SECRET_TEXT not in repr(signed)
    assert "no secret" in (await preview(session, ANSWER, sign_with="other")).reason.lower()


async def test_what_cannot_be_read_has_a_reason(start: Start, tmp_path: Path) -> None:
    session = await start()
    for source, reason in (
        (AddSource(path=tmp_path / "nowhere"), f"Cannot read {tmp_path}/nowhere: No such file or directory."),
        (AddSource(path=tmp_path), f"Cannot read {tmp_path}: Is a directory."),
        (
            AddSource(data=b"hello"),
            "Not a capture: no HTTP request, curl command, NDJSON export or JSON in it.",
        ),
        (AddSource(data=head_line().encode()), "It has no captures."),
    ):
        found = await session.additions.preview(source)
        assert (found.reason, found.can_add, found.sentences()) == (reason, False, (reason,))


def test_days_are_written_shortly() -> None:
    assert days_text(NOON_MS - DAY_MS, NOON_MS) == "24 to 25 Nov 2025"
    assert days_text(NOON_MS, NOON_MS + 7 * DAY_MS) == "25 Nov to 2 Dec 2025"
    assert days_text(NOON_MS, NOON_MS + 60 * DAY_MS) == "25 Nov 2025 to 24 Jan 2026"
