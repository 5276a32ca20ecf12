"""Whatever was captured is shown in every tab, and told what it is."""

from __future__ import annotations

import gzip
import json
from itertools import pairwise

import pytest
from PySide6.QtWidgets import QLabel, QTextEdit

from inspector.gui.detail.body.tab import HEX, PRETTY, RAW, TREE
from inspector.gui.detail.long_text import LINES
from inspector.gui.detail.pane import DetailPane
from inspector.gui.detail.text_view import FIRST_LINES, MOST_LINES
from inspector.session.session import Session
from tests.builders import COMPLETION, a_completion, signature
from tests.gui.conftest import at_rest
from tests.gui.detail.conftest import put
from tests.waiting import until

BODIES = {
    "not JSON": b"hello, world",
    "docs sample": COMPLETION[:-2] + b", ...]}",
    "invalid UTF-8": b'{"user_id": "\xff\xfe", "question_id": "q"}',
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "deep and open": b'{"a":' * 100_000,
    "NUL": b'{"question_id": "q\x00"}\x00',
    "empty": b"",
    "huge numbers": b'{"n": ' + b"9" * 100_000 + b', "question_id": 1e999999}',
    "duplicate keys": b'{"question_id": 1, "question_id": 2, "user_id": "a", "user_id": "b"}',
    "ids of a megabyte": json.dumps(
        {
            "survey_id": "s" * 2**20,
            "group_id": "g" * 2**20,
            "user_id": "u" * 2**20,
            "question_id": "q" * 2**20,
        }
    ).encode(),
    "one line of a megabyte": b"x" * 2**20,
    "bidi and markup": '{"question_id": "q", "user_id": "<b>\u202e&amp;", "response": "<img>"}'.encode(),
    "gzip": gzip.compress(a_completion("packed")),
    "bomb": gzip.compress(bytes(60 * 2**20)),
    "many answers": a_completion(*("x" * 200 for _ in range(600))),
}


def words(pane: DetailPane) -> str:
    labels = [label.text() for label in pane.findChildren(QLabel) if label.isVisible()]
    texts = [text.toPlainText() for text in pane.findChildren(QTextEdit) if text.isVisible()]
    return "\n".join(labels + texts)


async def walk(pane: DetailPane) -> None:
    """Look at each tab, and in Body at each view that there is."""
    for tab in range(pane.strip.count()):
        pane.strip.setCurrentIndex(tab)
        await at_rest("show a body")
        await at_rest("explain a signature")
        pane.grab()
    pane.show_view("Body")
    for view in (TREE, PRETTY, RAW, HEX):
        if pane.body.choice.button(view).isEnabled():
            pane.body.choice.button(view).click()
            await until(lambda: pane.body.is_ready)
            await at_rest("show a body")
            await until(lambda: not pane.body.raw.is_filling)
            await until(lambda: not pane.body.pretty.is_filling)
            pane.grab()


@pytest.mark.parametrize("name", BODIES)
async def test_it_is_shown_in_every_tab(name: str, pane: DetailPane, session: Session) -> None:
    capture_id = await put(session, BODIES[name], headers=((b"Content-Type", b"\xff<b>"),))
    pane.show_capture(capture_id)
    await until(lambda: pane.shown is not None)
    await at_rest("show a capture")
    await walk(pane)
    assert pane.width() == 528, "nothing that was sent widens the pane"


async def test_a_body_of_50_mib_is_worked_on_elsewhere_and_shown_in_part(
    pane: DetailPane, session: Session
) -> None:
    body = b'{"question_id": "q", "response": [' + b'"abcdefgh",' * (50 * 2**20 // 11 - 8) + b'"z"]}'
    capture_id = await put(session, body)
    pane.show_capture(capture_id)
    await until(lambda: pane.shown is not None)
    await at_rest("show a capture")
    await walk(pane)
    assert session.worker._pool is not None
    assert pane.body.hex.hex.rowCount() > 3_000_000
    assert not pane.body.raw.is_whole
    pane.body.choice.button(RAW).click()
    await until(lambda: "The first 1 MiB is shown." in words(pane))


async def test_millions_of_line_feeds_come_a_few_at_a_time_and_not_all(
    pane: DetailPane, session: Session
) -> None:
    """Each line takes its time to add, and again at each resize, though nothing is in it."""
    pane.show_capture(await put(session, b"\n" * (20 * 2**20)))
    pane.show_view("Body")
    text = pane.body.raw
    counts = [text.document().blockCount()]
    text.document().blockCountChanged.connect(counts.append)
    await until(lambda: f"The first {text.document().blockCount():,} lines are shown." in words(pane))
    assert FIRST_LINES <= counts[-1] <= FIRST_LINES + LINES
    pane.body.show_all.click()
    await until(lambda: "Hex shows everything." in words(pane))
    assert MOST_LINES <= counts[-1] <= MOST_LINES + LINES
    assert max(after - before for before, after in pairwise(counts)) <= LINES
    assert not pane.body.show_all.isVisibleTo(pane)


async def test_a_repeated_signature_header_beyond_ascii_is_explained(
    pane: DetailPane, session: Session
) -> None:
    twice = ((b"X-Webhook-Signature", b"caf\xe9"), (b"x-webhook-signature", signature(COMPLETION)))
    pane.show_capture(await put(session, COMPLETION, signed=False, headers=twice))
    await until(lambda: "by user_123" in words(pane))
    pane.show_view("Signature")
    await until(lambda: "signature header is repeated" in words(pane))
    assert "caf\\xe9, " in pane.signature.digests.received.text
    pane.show_view("Headers")
    assert pane.headers.model.index(3, 0).data() == "X-Webhook-Signature  (1 of 2)"


async def test_what_a_compressed_body_holds_is_shown_and_said(pane: DetailPane, session: Session) -> None:
    body = gzip.compress(b'{"packed": 1.0}')
    pane.show_capture(await put(session, body, headers=((b"Content-Encoding", b"gzip"),)))
    pane.show_view("Body")
    await until(lambda: "Received compressed (gzip" in words(pane))
    assert pane.body.tree.json.text_of(pane.body.tree.json.index(0, 1)) == "1.0"


async def test_the_sample_of_the_documents_is_told_kindly(pane: DetailPane, session: Session) -> None:
    pane.show_capture(await put(session, BODIES["docs sample"]))
    await until(lambda: "documentation" in words(pane))
    assert "The body is not JSON" in words(pane)


async def test_what_no_document_knows_is_told_with_nothing_hidden_in_it(
    pane: DetailPane, session: Session
) -> None:
    body = json.loads(a_completion("x"))
    body |= {"platform": "\u202ewe\x1bb", "a\u202eb": 1}
    body["responses"][0] |= {"question_type": "\u2066odd", "question_text\u202e": ""}
    capture_id = await put(session, json.dumps(body).encode())
    await until(lambda: not session.groups.behind)
    pane.show_capture(capture_id)
    await until(lambda: "not documented" in " ".join(pane.header.hints.sentences))
    [said] = [hint for hint in pane.header.hints.sentences if "not documented" in hint]
    assert "platform \\u202ewe\\x1bb" in said
    assert "question type \\u2066odd" in said
    assert "field a\\u202eb" in said
    assert not {"\u202e", "\u2066", "\x1b"} & set(said)
