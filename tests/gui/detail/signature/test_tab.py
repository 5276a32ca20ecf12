"""The Signature tab says what it is and why, and what to do about it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QTextEdit

from inspector.domain.signature.explanation import NO_TIMESTAMP
from inspector.gui.detail.pane import DetailPane
from inspector.gui.detail.signature.digests import how_many_differ
from inspector.gui.kit.links import Link
from inspector.session.session import Session
from tests.builders import COMPLETION, SECRET_TEXT, an_answer, signature
from tests.gui.detail.conftest import put
from tests.waiting import evaluated, until

NOT_AS_WRITTEN = "their notation differs. The documented check compares the exact text."
OTHERWISE_WRITTEN = (
    "sha256=" + "ab" * 32,
    "SHA256: " + "AB" * 32,
    "t=12, v1=" + "ab" * 32,
    " " + "ab" * 32 + "\t",
    "abababab " * 8,
    '"sha256=' + "ab" * 32 + '"',
    "0x" + "ab" * 32,
    "ab" * 32 + "\u00a0",
)


def words(pane: DetailPane) -> str:
    tab = pane.signature
    labels = [
        label.text() for kind in (QLabel, Link) for label in tab.findChildren(kind) if label.isVisible()
    ]
    texts = [text.toPlainText() for text in tab.findChildren(QTextEdit) if text.isVisible()]
    return "\n".join(labels + texts)


async def shown(pane: DetailPane, session: Session, body: bytes, **changes: object) -> str:
    pane.show_view("Signature")
    pane.show_capture(await put(session, body, **changes))
    await until(lambda: pane.signature.is_complete)
    return words(pane)


async def test_a_valid_one_names_its_secret_and_the_missing_timestamp(
    pane: DetailPane, session: Session
) -> None:
    said = await shown(pane, session, COMPLETION)
    assert "Valid with “env:BLITZ_WEBHOOK_SECRET”" in said
    assert "JSON.stringify returns the same bytes." in said
    assert NO_TIMESTAMP not in said
    pane.signature.signed_bytes.head.click()
    await until(lambda: NO_TIMESTAMP in words(pane))


async def test_of_a_body_too_deep_for_javascript_it_is_not_said_that_its_check_agrees(
    pane: DetailPane, session: Session
) -> None:
    said = await shown(pane, session, b"[" * 3001 + b"]" * 3001)
    assert "Valid with “env:BLITZ_WEBHOOK_SECRET”" in said
    assert "The documented Node check cannot be computed" in said
    assert "JSON.stringify would return the same bytes, but fails on a body this deep." in said
    assert "Both readings match" not in said
    assert "JSON.stringify returns" not in said
    assert "None needed: this is an observation, and the signature is valid." in said
    await shown(pane, session, b"[ " + b"[" * 3001 + b"]" * 3002)
    await until(lambda: "for the received bytes only" in words(pane))
    said = words(pane)
    assert "would reject it." not in said.partition("Found in the body")[0]
    assert "Computed over JSON.stringify(JSON.parse(body)), although it fails on a body this deep." in said


async def test_one_that_was_rewritten_shows_both_readings(pane: DetailPane, session: Session) -> None:
    spaced = COMPLETION.replace(b'":', b'": ')
    said = await shown(
        pane, session, spaced, signed=False, headers=((b"x-webhook-signature", signature(COMPLETION)),)
    )
    assert "Valid, but rewritten in transit" in said
    assert "body-rewritten" in said
    assert not any(pane.signature.digests.stringify.differs)
    assert any(pane.signature.digests.raw.differs)


async def test_an_invalid_one_marks_the_digits_that_differ(pane: DetailPane, session: Session) -> None:
    wrong = signature(COMPLETION, "another secret")
    said = await shown(pane, session, COMPLETION, signed=False, headers=((b"x-webhook-signature", wrong),))
    assert "known mistakes explains it." in said
    expected = signature(COMPLETION).decode()
    count = sum(a != b for a, b in zip(expected, wrong.decode(), strict=True))
    assert f"{count} of 64 digits differ." in said
    assert sum(pane.signature.digests.raw.differs) == count


async def test_an_unsigned_one_says_where_to_set_the_secret(pane: DetailPane, session: Session) -> None:
    said = await shown(pane, session, COMPLETION, signed=False)
    assert "Unsigned: the request has no signature" in said
    assert "Connections › Webhook" in said
    assert NO_TIMESTAMP not in said
    await shown(pane, session, b'{"ping": true}', signed=False)
    await until(lambda: "\nComputed over JSON.stringify(JSON.parse(body))." in words(pane))


async def test_without_a_secret_it_asks_for_one_and_looks_again_when_it_is_there(
    pane: DetailPane, session: Session
) -> None:
    await session.secrets.remove("env:BLITZ_WEBHOOK_SECRET")
    session.captures.judged.connect(pane.refresh)
    said = await shown(pane, session, an_answer())
    assert "This verdict was made with a secret that is not active now." in said
    assert "Unchecked" not in said, "the verdict of every other view is valid"
    assert pane.signature.head.add_secret.isVisible()
    await session.secrets.add("mine", SECRET_TEXT, save=False)
    await until(lambda: "Valid with “mine”" in words(pane))


async def test_a_sample_is_valid_by_its_own_secret_and_not_compared_with_others(
    pane: DetailPane, session: Session
) -> None:
    await session.secrets.remove("env:BLITZ_WEBHOOK_SECRET")
    await session.samples.send(respondents=1)
    await evaluated(session)
    await session.secrets.add("mine", "another secret", save=False)
    pane.show_view("Signature")
    pane.show_capture(1)
    await until(lambda: pane.signature.is_complete)
    said = words(pane)
    assert "Valid: signed with the sample’s own secret" in said
    assert "This verdict was made" not in said
    assert pane.signature.digests.isHidden()


@pytest.mark.parametrize(
    ("received", "said"),
    [
        ("ab" * 32, "All digits match."),
        ("AB" * 32, "Only the letter case differs. The documented check is case-sensitive."),
        ("ab", "Received 2 characters, expected 64."),
        ("ab" * 31 + "ac", "1 of 64 digits differ."),
        ("sha256=" + "AB" * 31 + "ac", "1 of 64 digits differ."),
        ("sha256=" + "ab" * 16, "Received 32 digits, expected 64."),
        ("%0a" * 20_000 + "ab" * 32, "Received 60,064 characters, expected 64."),
        ("=" * 44, "Received 44 characters, expected 64."),
        *((written, f"The digits match, but {NOT_AS_WRITTEN}") for written in OTHERWISE_WRITTEN),
    ],
)
def test_how_two_digests_differ_is_said_in_words(received: str, said: str) -> None:
    assert how_many_differ(received.encode("latin-1"), "ab" * 32) == said


async def test_digits_behind_a_prefix_stand_in_their_groups_and_are_compared_with_the_expected(
    pane: DetailPane, session: Session
) -> None:
    right = signature(COMPLETION)
    said = await shown(
        pane, session, COMPLETION, signed=False, headers=((b"x-webhook-signature", b"sha256=" + right),)
    )
    digests = pane.signature.digests
    assert not any(digests.raw.differs)
    assert (digests.received.lead, digests.received.text) == ("sha256=", right.decode())
    assert f"The digits match, but {NOT_AS_WRITTEN}" in said
    pane.signature.grab()
    assert digests.received.height() == digests.raw.height() * 3 // 2
    QTest.keyClick(digests.received, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == f"sha256={right.decode()}"
