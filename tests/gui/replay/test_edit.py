"""The Edit window: a capture is changed, checked while it is typed, and sent; the capture itself stays."""

from __future__ import annotations

import asyncio
import gzip

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from inspector.domain.capture import line_diff
from inspector.domain.replay.redirect import FOLLOWED
from inspector.gui.kit.dialog import ConfirmDialog
from inspector.gui.kit.theme import Theme
from inspector.gui.replay.edit import EditDialog
from inspector.session.session import Session
from tests.builders import ANSWER, signature
from tests.client.receivers import redirect
from tests.gui.conftest import at_rest, deliver
from tests.gui.detail.conftest import put
from tests.session.test_replays import OK, receiver
from tests.waiting import until


async def opened(session: Session, theme: Theme, plain_window: QWidget, capture_id: int) -> EditDialog:
    dialog = EditDialog(session, theme, capture_id, plain_window)
    dialog.show()
    await until(lambda: dialog.fields.method.text() and dialog.differs.toPlainText())
    return dialog


async def test_an_edited_body_is_sent_with_its_stale_signature_and_the_answer_is_told(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    await deliver(session, ANSWER)
    number = 1
    await until(lambda: session.captures.rows([number])[number].verdict.secret)
    async with receiver(lambda _: b"HTTP/1.1 401 No\r\nContent-Length: 3\r\n\r\nbad") as (url, received):
        dialog = await opened(session, theme, plain_window, number)
        assert not dialog.verb.isEnabled(), "there is no target yet"
        assert not dialog.response.isVisible()
        dialog.target.line.setText(url)
        dialog.fields.body.setPlainText('{"user_id":"u"}')
        dialog.fields.signature.setFocus()
        QTest.keyClick(dialog.fields.signature, Qt.Key.Key_Home)  # As captured
        await until(lambda: "no longer matches the body" in dialog.differs.toPlainText())
        dialog.fields.body.setPlainText('{"user_id": "u"}')
        dialog.fields.body.setPlainText('{"user_id":"u"}')
        assert dialog.fields.signature.currentText() == "As captured", "that was decided by hand"
        dialog.verb.click()
        await until(lambda: dialog.note.toPlainText().startswith("Responded with 401."))
        await until(dialog.response.isVisible)
        assert dialog.response.toPlainText().split("\n") == [
            *("  status: 401 Unauthorized", "  Content-Length: 3", "  ", "  bad")
        ]
        assert received[0].endswith(b'\r\n\r\n{"user_id":"u"}')
        assert signature(ANSWER) in received[0]
    detail = await session.captures.detail(number)
    [attempt] = detail.attempts
    assert (attempt.signature, attempt.edited, attempt.status) == ("stale", True, 401)
    assert detail.capture.body == ANSWER
    assert dialog.verb.isEnabled()
    dialog.reject()


async def test_signed_again_the_receiver_gets_the_signature_of_what_is_sent(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    await deliver(session, ANSWER)
    number = 1
    await until(lambda: session.captures.rows([number])[number].verdict.secret)
    async with receiver() as (url, received):
        dialog = await opened(session, theme, plain_window, number)
        dialog.target.line.setText(url)
        assert dialog.fields.signature.currentText() == "As captured"
        dialog.fields.body.setPlainText('{"user_id":"u"}')
        assert dialog.fields.signature.currentText() == "Re-sign with env:BLITZ_WEBHOOK_SECRET"
        assert dialog.fields.confirm.isHidden()
        dialog.fields.body.undo()
        dialog.fields.body.setPlainText(ANSWER.decode())
        assert dialog.fields.signature.currentText() == "As captured", "it fits again"
        dialog.fields.body.setPlainText('{"user_id":"u"}')
        dialog.fields.marker.setChecked(True)
        await until(lambda: "The signature is new" in dialog.differs.toPlainText())
        assert f"x-webhook-inspector-replay: {number} marks it" in dialog.differs.toPlainText()
        dialog.verb.click()
        await until(lambda: dialog.note.toPlainText().startswith("Responded with 200."))
    assert signature(b'{"user_id":"u"}') in received[0]
    assert b"x-webhook-inspector-replay: %d\r\n" % number in received[0]
    dialog.reject()


async def test_a_body_is_formatted_to_be_read_and_compact_again_to_be_sent(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    body = '{"a":[1.0,"x\\/y"],"b":{}}'
    dialog = await opened(session, theme, plain_window, await put(session, body.encode()))
    fields = dialog.fields
    QTest.mouseClick(fields.format, Qt.MouseButton.LeftButton)
    await until(lambda: fields.body_text().startswith('{\n  "a": [\n    1.0,\n    "x\\/y"'))
    name, value = (fields.body.document().findBlockByNumber(line).layout().formats() for line in (1, 2))
    assert (len(name), len(value)) == (0, 1), "the number has a colour"
    await until(lambda: dialog.compared.text().startswith("Only the whitespace differs"))
    fields.body.setPlainText(fields.body_text().replace("1.0", "2.0"))
    QTest.mouseClick(fields.compact, Qt.MouseButton.LeftButton)
    await until(lambda: fields.body_text() == body.replace("1.0", "2.0"))
    fields.body.setPlainText('{"a":')
    QTest.mouseClick(fields.format, Qt.MouseButton.LeftButton)
    await at_rest("lay out a body")
    assert fields.body_text() == '{"a":'
    dialog.done(0)


async def test_a_body_of_many_lines_is_not_compared_by_the_process_that_listens(
    session: Session, theme: Theme, plain_window: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compared_here(*_: object, **__: object) -> None:
        raise AssertionError("this would have stalled the listener")

    monkeypatch.setattr(line_diff, "SequenceMatcher", compared_here)
    body = f"[{','.join('12' * 500)}]"
    dialog = await opened(session, theme, plain_window, await put(session, body.encode()))
    dialog.fields.body.setPlainText(body.replace("1", "3"))
    await until(lambda: "+   3," in dialog.comparison.toPlainText())
    dialog.done(0)


async def test_what_is_not_valid_is_signed_again_only_with_a_confirmation_that_names_it(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    number = await put(session, ANSWER, signed=False)
    async with receiver() as (url, received):
        dialog = await opened(session, theme, plain_window, number)
        dialog.target.line.setText(url)
        dialog.fields.signature.setCurrentIndex(1)
        await until(lambda: "Confirm before re-signing" in dialog.differs.toPlainText())
        assert not dialog.verb.isEnabled()
        assert dialog.fields.confirm.isVisible()
        dialog.fields.confirm.setChecked(True)
        await until(dialog.verb.isEnabled)
        dialog.verb.click()
        await until(lambda: received)
        await until(lambda: dialog.note.toPlainText().startswith("Responded"))
    dialog.reject()


async def test_the_body_is_checked_as_json_and_compared_while_it_is_typed(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    number = await put(session, b'{"a":1,"b":2}')
    dialog = await opened(session, theme, plain_window, number)
    assert dialog.fields.json.toPlainText() == "Valid JSON."
    assert dialog.compared.text() == "Unchanged."
    dialog.fields.body.setPlainText('{"a":1,"b":}')
    await until(lambda: "character 12" in dialog.fields.json.toPlainText())
    dialog.fields.body.setPlainText('{"a":1,"b":3}')
    await until(lambda: dialog.fields.json.toPlainText() == "Valid JSON.")
    assert '−   "b": 2\n+   "b": 3' in dialog.comparison.toPlainText()
    dialog.fields.body.setPlainText('{"a": 1, "b": 2}')
    await until(lambda: dialog.compared.text() == "Only the whitespace differs: 13 → 16 bytes.")
    dialog.reject()


@pytest.mark.parametrize("body", [gzip.compress(ANSWER, mtime=0), b'{"a":"\xe2\x80\xa9"}', b'{"a":\r\n1}'])
async def test_what_cannot_be_edited_as_text_goes_out_as_it_came(
    session: Session, theme: Theme, plain_window: QWidget, body: bytes
) -> None:
    number = await put(session, body)
    async with receiver() as (url, received):
        dialog = await opened(session, theme, plain_window, number)
        assert not dialog.fields.is_body_editable
        assert "sent as captured" in dialog.fields.json.toPlainText()
        dialog.fields.method.setText("PUT")
        dialog.target.line.setText(url)
        await until(lambda: "POST becomes PUT" in dialog.differs.toPlainText())
        dialog.verb.click()
        await until(lambda: dialog.note.toPlainText().startswith("Responded"))
    assert received[0].startswith(b"PUT / ")
    assert received[0].endswith(b"\r\n\r\n" + body)
    dialog.reject()


async def test_a_space_that_does_not_break_survives_an_edit_beside_it(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    body = '{"a":"x\u00a0y","b":1}'
    number = await put(session, body.encode())
    async with receiver() as (url, received):
        dialog = await opened(session, theme, plain_window, number)
        assert dialog.fields.request_options().edit.body is None
        cursor = dialog.fields.body.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        cursor.insertText("\n")
        dialog.target.line.setText(url)
        await until(lambda: "body is edited" in dialog.differs.toPlainText())
        dialog.verb.click()
        await until(lambda: received)
        await until(lambda: dialog.note.toPlainText().startswith("Responded"))
    assert received[0].endswith(body.encode() + b"\n")
    dialog.reject()


async def test_a_header_without_a_colon_keeps_it_from_being_sent(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = await opened(session, theme, plain_window, await put(session, ANSWER))
    dialog.target.line.setText("http://127.0.0.1:9/")
    dialog.fields.headers.setPlainText("oops")
    await until(lambda: "Line 1 of the headers has no colon" in dialog.differs.toPlainText())
    assert not dialog.verb.isEnabled()
    dialog.reject()


async def test_another_machine_is_asked_about_first(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = await opened(session, theme, plain_window, await put(session, ANSWER))
    dialog.target.line.setText("http://192.0.2.10/hook")
    await until(dialog.verb.isEnabled)
    dialog.verb.click()
    await until(dialog.question.isVisible)
    assert session.hosts.names == ()
    dialog.reject()


async def test_a_named_target_can_be_chosen_by_its_name(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    number = await put(session, ANSWER)
    async with receiver(lambda _: OK) as (url, received):
        dialog = await opened(session, theme, plain_window, number)
        dialog.target.new_action.trigger()
        target = dialog.findChild(QWidget, "target-dialog")
        assert target is not None
        target.name.setText("local")  # type: ignore[attr-defined]
        target.url.setText(url)  # type: ignore[attr-defined]
        target.headers.setPlainText("X-Tenant: 7")  # type: ignore[attr-defined]
        target.verb.click()  # type: ignore[attr-defined]
        await until(lambda: dialog.target.text == "local")
        assert "when the program ends" in target.error.text()  # type: ignore[attr-defined]
        target.reject()  # type: ignore[attr-defined]
        await until(dialog.verb.isEnabled)
        dialog.verb.click()
        await until(lambda: received)
        await until(lambda: dialog.note.toPlainText().startswith("Responded"))
    assert b"X-Tenant: 7\r\n" in received[0]
    dialog.reject()


async def test_a_single_capture_is_sent_on_where_the_box_is_ticked_and_says_why_where_it_is_not(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    number = await put(session, ANSWER)
    places = iter(("http://192.0.2.10/", "/new", "/new"))

    def answer(request: bytes) -> bytes:
        return redirect(308, next(places)) if request.startswith(b"POST /hook ") else OK

    async with receiver(answer) as (url, received):
        dialog = await opened(session, theme, plain_window, number)
        dialog.target.line.setText(f"{url}hook")
        await until(lambda: "becomes /hook" in dialog.differs.toPlainText())
        assert FOLLOWED not in dialog.differs.toPlainText()
        dialog.fields.redirects.click()
        await until(lambda: FOLLOWED in dialog.differs.toPlainText())
        dialog.verb.click()
        await until(
            lambda: dialog.note.toPlainText().startswith("The redirect to 192.0.2.10 was not followed")
        )
        dialog.verb.click()
        await until(lambda: dialog.note.toPlainText().startswith("Responded with 200."))
        assert [raw.split(b" ")[1] for raw in received] == [b"/hook", b"/hook", b"/new"]
        dialog.fields.redirects.click()
        dialog.verb.click()
        await until(lambda: dialog.note.toPlainText().startswith("Responded with 308."))
    dialog.reject()


async def test_closed_while_it_reads_it_ends_without_a_word(
    session: Session, theme: Theme, plain_window: QWidget, caplog: pytest.LogCaptureFixture
) -> None:
    number = await put(session, ANSWER)
    dialog = EditDialog(session, theme, number, plain_window)
    dialog.show()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    await until(lambda: not plain_window.findChildren(EditDialog))
    await at_rest("edit a capture")
    assert not caplog.records


async def test_closed_while_it_sends_the_attempt_is_kept_and_nothing_is_logged(
    session: Session, theme: Theme, plain_window: QWidget, caplog: pytest.LogCaptureFixture
) -> None:
    number = await put(session, ANSWER)
    arrived, answered = asyncio.Event(), asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.set()
        await answered.wait()
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    dialog = await opened(session, theme, plain_window, number)
    dialog.target.line.setText(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    await until(dialog.verb.isEnabled)
    dialog.verb.click()
    await arrived.wait()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    await until(lambda: not plain_window.findChildren(EditDialog))
    await at_rest("replay an edited capture")
    answered.set()
    server.close()
    [attempt] = (await session.captures.detail(number)).attempts
    assert attempt.outcome == "unknown", "the receiver may have taken it"
    assert not caplog.records


def questions(dialog: EditDialog) -> list[ConfirmDialog]:
    return [one for one in dialog.findChildren(ConfirmDialog) if one.isVisible()]


@pytest.mark.parametrize("way", ["escape", "close"])
async def test_what_was_changed_and_not_sent_is_discarded_only_after_a_question(
    session: Session, theme: Theme, plain_window: QWidget, way: str
) -> None:
    dialog = await opened(session, theme, plain_window, await put(session, ANSWER))
    QTest.keyClicks(dialog.fields.body, "x")
    ask = dialog.close if way == "close" else lambda: QTest.keyClick(dialog, Qt.Key.Key_Escape)
    ask()
    [question] = questions(dialog)
    assert question.windowTitle() == "Discard your changes?"
    assert question.focusWidget() is question.cancel
    QTest.keyClick(question.cancel, Qt.Key.Key_Return)
    await until(lambda: not dialog.findChildren(ConfirmDialog))
    assert dialog.isVisible()
    assert dialog.fields.body_text() == "x" + ANSWER.decode()
    ask()
    [question] = questions(dialog)
    QTest.mouseClick(question.verb, Qt.MouseButton.LeftButton)
    await until(lambda: not plain_window.findChildren(EditDialog))


@pytest.mark.parametrize("field", ["method", "headers", "signature", "marker", "redirects"])
async def test_every_field_of_it_is_asked_about(
    session: Session, theme: Theme, plain_window: QWidget, field: str
) -> None:
    dialog = await opened(session, theme, plain_window, await put(session, ANSWER))
    widget = getattr(dialog.fields, field)
    key = Qt.Key.Key_Down if field == "signature" else Qt.Key.Key_Space
    QTest.keyClick(widget, key)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert len(questions(dialog)) == 1
    dialog.done(0)


async def test_what_was_not_changed_or_was_sent_is_closed_at_once(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    number = await put(session, ANSWER)
    dialog = await opened(session, theme, plain_window, number)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    async with receiver() as (url, received):
        dialog = await opened(session, theme, plain_window, number)
        QTest.keyClicks(dialog.fields.body, "x")
        dialog.target.line.setText(url)
        await until(lambda: "body is edited" in dialog.differs.toPlainText())
        dialog.verb.click()
        await until(lambda: dialog.note.toPlainText().startswith("Responded"))
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        assert not dialog.isVisible()
        assert len(received) == 1
