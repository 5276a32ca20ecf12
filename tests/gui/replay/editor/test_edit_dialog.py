"""The Edit window: a capture is changed, checked while it is typed, and sent; the capture itself stays."""

from __future__ import annotations

import asyncio
import gzip
import time

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from inspector.domain.capture import line_diff
from inspector.domain.replay.redirect import FOLLOWED
from inspector.gui.kit.dialog import ConfirmDialog
from inspector.gui.kit.theme import Theme
from inspector.gui.replay.editor.edit_dialog import EditDialog
from inspector.gui.replay.editor.sample_dialog import SampleDialog
from inspector.session.session import Session
from tests.builders import ANSWER, signature
from tests.client.receivers import redirect
from tests.gui.conftest import at_rest, deliver
from tests.gui.detail.conftest import put
from tests.session.test_replays import OK, receiver
from tests.waiting import until


def shown(dialog: EditDialog) -> str:
    """Return the difference on the wire, and what keeps the request from being sent."""
    return f"{dialog.problem.text()}\n{dialog.wire.toPlainText()}"


async def opened(session: Session, theme: Theme, plain_window: QWidget, capture_id: int) -> EditDialog:
    dialog = EditDialog(session, theme, capture_id, plain_window)
    dialog.show()
    await until(lambda: dialog.fields.method.text() and shown(dialog).strip())
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
        assert not dialog.strip.response.isVisible()
        dialog.target.line.setText(url)
        dialog.fields.body.setPlainText('{"user_id":"u"}')
        dialog.signature.box.setFocus()
        dialog.signature.box.setCurrentText("Original signature")
        await until(lambda: "no longer matches the body" in shown(dialog))
        dialog.fields.body.setPlainText('{"user_id": "u"}')
        dialog.fields.body.setPlainText('{"user_id":"u"}')
        assert dialog.signature.box.currentText() == "Original signature", "that was decided by hand"
        await until(dialog.verb.isEnabled)
        dialog.verb.click()
        await until(lambda: dialog.strip.text.startswith("401 in"))
        await until(dialog.strip.unfold.isVisible)
        assert not dialog.strip.response.isVisible()
        dialog.strip.unfold.click()
        assert dialog.strip.response.isVisible()
        await until(lambda: dialog.strip.response.text == "bad")
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
        assert dialog.signature.box.currentText() == "Sign again with env:BLITZ_WEBHOOK_SECRET"
        assert dialog.signature.note.text() == "env:BLITZ_WEBHOOK_SECRET verified the original."
        assert dialog.signature.confirm.isHidden()
        dialog.fields.body.setPlainText('{"user_id":"u"}')
        dialog.fields.marker.setChecked(True)
        await until(lambda: "+ x-webhook-signature: " in shown(dialog).lower())
        await until(lambda: f"+ x-webhook-inspector-replay: {number}" in shown(dialog))
        dialog.verb.click()
        await until(lambda: dialog.strip.text.startswith("200 in"))
    assert signature(b'{"user_id":"u"}') in received[0]
    assert b"x-webhook-inspector-replay: %d\r\n" % number in received[0]
    dialog.reject()


async def test_a_body_is_formatted_to_be_read_and_compact_again_to_be_sent(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    body = '{"a":[1.0,"x\\/y"],"b":{}}'
    dialog = await opened(session, theme, plain_window, await put(session, body.encode()))
    fields = dialog.fields
    fields.tabs.setCurrentIndex(1)
    dialog.target.line.setText("http://127.0.0.1:9/")
    QTest.mouseClick(fields.format, Qt.MouseButton.LeftButton)
    await until(lambda: fields.body_text().startswith('{\n  "a": [\n    1.0,\n    "x\\/y"'))
    fields.body.grab()  # lines are coloured as they are drawn
    name, value = (fields.body.document().findBlockByNumber(line).layout().formats() for line in (1, 2))
    assert (len(name), len(value)) == (0, 1), "the number has a colour"
    await until(lambda: "Only the white space of the body differs." in shown(dialog))
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
    body = "\n".join("12" * 500)
    dialog = await opened(session, theme, plain_window, await put(session, body.encode()))
    dialog.target.line.setText("http://127.0.0.1:9/")
    dialog.fields.body.setPlainText(body.replace("1", "3"))
    await until(lambda: "+ 3" in shown(dialog))
    dialog.done(0)


async def test_what_is_not_valid_is_signed_again_only_with_a_confirmation_that_names_it(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    number = await put(session, ANSWER, signed=False)
    async with receiver() as (url, received):
        dialog = await opened(session, theme, plain_window, number)
        dialog.target.line.setText(url)
        dialog.signature.box.setCurrentIndex(0)
        await until(lambda: "Confirm before re-signing" in shown(dialog))
        assert not dialog.verb.isEnabled()
        assert dialog.signature.confirm.isVisible()
        dialog.signature.confirm.setChecked(True)
        await until(dialog.verb.isEnabled)
        dialog.verb.click()
        await until(lambda: received)
        await until(lambda: dialog.strip.text.startswith("200 in"))
    dialog.reject()


async def test_the_body_is_checked_as_json_and_compared_while_it_is_typed(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    number = await put(session, b'{"a":1,"b":2}')
    dialog = await opened(session, theme, plain_window, number)
    assert dialog.fields.state.text.text() == "valid JSON, in sync"
    dialog.target.line.setText("http://127.0.0.1:9/")
    dialog.fields.body.setPlainText('{"a":1,"b":}')
    assert dialog.fields.state.text.text() == "Line 1: a value is missing."
    dialog.fields.body.setPlainText('{"a":1,"b":3}')
    assert dialog.fields.state.text.text() == "valid JSON, in sync"
    await until(lambda: '− "b":2\n+ "b":3' in shown(dialog))
    dialog.fields.body.setPlainText('{"a": 1, "b": 2}')
    await until(lambda: "Only the white space of the body differs." in shown(dialog))
    assert dialog.sizes.text() == "13 → 16 bytes"
    dialog.reject()


@pytest.mark.parametrize("body", [gzip.compress(ANSWER, mtime=0), b'{"a":"\xe2\x80\xa9"}', b'{"a":\r\n1}'])
async def test_what_cannot_be_edited_as_text_goes_out_as_it_came(
    session: Session, theme: Theme, plain_window: QWidget, body: bytes
) -> None:
    number = await put(session, body)
    async with receiver() as (url, received):
        dialog = await opened(session, theme, plain_window, number)
        assert not dialog.fields.is_body_editable
        assert "sent as captured" in dialog.fields.state.text.text()
        dialog.fields.method.setText("PUT")
        dialog.target.line.setText(url)
        await until(lambda: "POST becomes PUT" in shown(dialog))
        dialog.verb.click()
        await until(lambda: dialog.strip.text.startswith("200 in"))
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
        assert dialog.fields.edit().body is None
        dialog.fields.tabs.setCurrentIndex(1)
        cursor = dialog.fields.body.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        cursor.insertText("\n")
        dialog.target.line.setText(url)
        await until(lambda: "white space" in shown(dialog))
        dialog.verb.click()
        await until(lambda: received)
        await until(lambda: dialog.strip.text.startswith("200 in"))
    assert received[0].endswith(body.encode() + b"\n")
    dialog.reject()


async def test_a_header_without_a_colon_keeps_it_from_being_sent(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = await opened(session, theme, plain_window, await put(session, ANSWER))
    dialog.target.line.setText("http://127.0.0.1:9/")
    dialog.fields.headers.setPlainText("oops")
    await until(lambda: "Line 1 of the headers has no colon" in shown(dialog))
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
        await until(lambda: dialog.strip.text.startswith("200 in"))
    assert b"X-Tenant: 7\r\n" in received[0]
    dialog.reject()


async def test_a_long_address_shows_its_start_unless_it_is_edited(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    await session.replays.remember_target(f"http://127.0.0.1:9/{'a' * 100}")
    dialog = await opened(session, theme, plain_window, await put(session, ANSWER))
    line = dialog.target.line
    assert line.cursorPosition() == 0
    QTest.mouseClick(line, Qt.MouseButton.LeftButton)
    QTest.keyClick(line, Qt.Key.Key_End)
    QTest.keyClicks(line, "b")
    assert line.cursorPosition() == len(line.text())
    dialog.form.user.setFocus()
    assert line.cursorPosition() == 0
    assert line.cursorPositionAt(line.rect().center() - QPoint(line.width() // 2, 0)) == 0
    dialog.done(0)


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
        await until(lambda: "becomes /hook" in shown(dialog))
        assert FOLLOWED not in shown(dialog)
        dialog.fields.redirects.click()
        await until(lambda: FOLLOWED in shown(dialog))
        dialog.verb.click()
        await until(lambda: dialog.strip.text.startswith("The redirect to 192.0.2.10 was not followed"))
        dialog.verb.click()
        await until(lambda: dialog.strip.text.startswith("200 in"))
        assert [raw.split(b" ")[1] for raw in received] == [b"/hook", b"/hook", b"/new"]
        dialog.fields.redirects.click()
        dialog.verb.click()
        await until(lambda: dialog.strip.text.startswith("308 in"))
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
    dialog.fields.tabs.setCurrentIndex(1)
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
    widget = dialog.signature.box if field == "signature" else getattr(dialog.fields, field)
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
        dialog.fields.tabs.setCurrentIndex(1)
        QTest.keyClicks(dialog.fields.body, "x")
        dialog.target.line.setText(url)
        await until(lambda: dialog.verb.isEnabled() and "→" in dialog.sizes.text())
        dialog.verb.click()
        await until(lambda: dialog.strip.text.startswith("200 in"))
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        assert not dialog.isVisible()
        assert len(received) == 1


class Editor:
    """The Edit window of a completion, as a user sees it."""

    def __init__(self, dialog: EditDialog, body: bytes) -> None:
        self.dialog = dialog
        self.original = body.decode()

    @property
    def text(self) -> str:
        """The exact body."""
        return self.dialog.fields.body_text()

    def field(self, question: int) -> QWidget:
        """The field of a question, by its place."""
        field = self.dialog.form.shown_rows[question].shown
        assert field is not None
        return field

    def key(self, question: int, *keys: Qt.Key | str) -> None:
        """Press keys in the field of a question."""
        for key in keys:
            if isinstance(key, str):
                QTest.keyClicks(self.field(question), key)
            else:
                QTest.keyClick(self.field(question), key)

    def note(self, question: int) -> str:
        """What the question says about its change."""
        note = self.dialog.form.shown_rows[question].changed_note
        return "" if note.isHidden() else note.was.text()


EVENT = (
    b'{"user_id":"user_123","survey_id":"s-1","survey_name":"NPS","group_id":"g-1","platform":"link",'
    b'"big":1e400, "event_type":"response_group","responses":['
    b'{"question_id":"q-1","question_order":1,"response":"Caf\\u00e9","question_text":"Why?",'
    b'"question_type":"input_feedback","created_at":"2026-11-24T12:01:07.000Z"},'
    b'{"question_id":"q-2","question_order":2,"response":["a", "b"],"question_text":"Which?",'
    b'"question_type":"multi_select_feedback","created_at":"2026-11-24T12:01:08.000Z"},'
    b'{"question_id":"q-3","question_order":3,"response":"9","question_text":"How likely?",'
    b'"question_type":"nps_feedback","created_at":"2026-11-24T12:01:09.000Z"},'
    b'{"question_id":"q-4","question_order":4,"response":4,"question_text":"Stars?",'
    b'"question_type":"star_feedback","created_at":"2026-11-24T12:01:10.000Z"}]}'
)


async def editor(
    session: Session, theme: Theme, plain_window: QWidget, body: bytes = EVENT, number: int = 1
) -> Editor:
    await deliver(session, body)
    await until(lambda: session.captures.rows([number])[number].verdict.secret)
    dialog = await opened(session, theme, plain_window, number)
    dialog.target.line.setText("http://127.0.0.1:9/")
    return Editor(dialog, body)


async def test_answers_are_changed_by_keys_and_only_their_bytes_change(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    one = await editor(session, theme, plain_window)
    assert one.dialog.windowTitle() == "Edit and replay: completion by user_123"
    assert one.dialog.count.text() == "No changes"
    assert one.dialog.focusWidget() is one.dialog.target.box, "there is no target yet"
    one.key(2, "3")
    one.key(3, Qt.Key.Key_Left)
    one.key(1, Qt.Key.Key_Right, Qt.Key.Key_Space)
    expected = one.original.replace('"response":"9"', '"response":"3"').replace(
        '"response":4', '"response":3'
    )
    expected = expected.replace('["a", "b"]', '["a"]')
    assert one.text == expected, "1e400, the spaces and the escape stay"
    assert [one.note(question) for question in range(4)] == ["", "was a, b", "was 9", "was 4"]
    assert one.dialog.count.text() == "3 changes"
    await until(lambda: '− "response":"9"\n+ "response":"3"' in shown(one.dialog))
    one.key(2, "10")
    assert '"response":"10"' in one.text
    one.key(2, Qt.Key.Key_Delete)
    assert '"response":"","question_text":"How likely?"' in one.text
    one.dialog.form.shown_rows[2].changed_note.undo.click()
    one.key(1, Qt.Key.Key_Space)
    assert one.text == one.original.replace('"response":4', '"response":3')
    one.dialog.undo.click()
    assert one.text == one.original
    assert one.dialog.count.text() == "No changes"
    one.dialog.reject()
    assert not one.dialog.isVisible(), "nothing is left to lose"


async def test_an_answer_is_changed_by_the_mouse_and_by_typing(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    one = await editor(session, theme, plain_window)
    rating = one.field(2)
    QTest.mouseClick(rating, Qt.MouseButton.LeftButton, pos=rating.area_of(0).center().toPoint())  # type: ignore[attr-defined]
    assert '"response":"0"' in one.text
    text = one.field(0)
    one.field(1).setFocus()
    around = text.grab().toImage().pixelColor(0, text.height() // 2)
    QTest.mouseClick(text.viewport(), Qt.MouseButton.LeftButton)  # type: ignore[attr-defined]
    assert text.hasFocus()
    assert around != theme.color("accent") == text.grab().toImage().pixelColor(0, text.height() // 2)
    QTest.keyClick(text, Qt.Key.Key_End)
    one.key(0, " x")
    assert '"response":"Caf\u00e9 x"' in one.text
    assert one.field(0) is text
    assert text.hasFocus(), "typing goes on"
    chips = one.dialog.form.shown_rows[1]
    one.key(1, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Space)
    assert chips.other.isVisible(), "Other…"
    QTest.keyClicks(chips.other, "c d")
    QTest.keyClick(chips.other, Qt.Key.Key_Return)
    assert '["a", "b", "c d"]' in one.text
    assert one.field(1).hasFocus()
    one.key(1, Qt.Key.Key_Right, Qt.Key.Key_Space)
    assert chips.other.isVisible()
    QTest.keyClick(chips.other, Qt.Key.Key_Escape)
    assert not chips.other.isVisible()
    assert one.dialog.isVisible(), "Esc left only the field"
    one.dialog.done(0)


async def test_the_json_and_the_answers_follow_each_other(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    one = await editor(session, theme, plain_window)
    layout = one.dialog.fields.layout_field
    lines = layout.whole_text().split("\n")
    line = next(number for number, text in enumerate(lines) if '"response": "9"' in text)
    one.key(2, "7")
    assert layout.whole_text().split("\n")[line].strip() == '"response": "7",'
    layout.setPlainText(layout.whole_text().replace('"response": "7"', '"response": "2"'))
    assert one.text == one.original.replace('"response":"9"', '"response":"2"')
    assert one.field(2).accessibleName().startswith("2 of 0 to 10")
    layout.setPlainText(layout.whole_text().replace('"response": "2",', '"response": "2"'))
    sentence = f"Line {line + 1}: a comma is missing. The answers follow once the JSON is valid."
    assert one.dialog.form.sentence.toPlainText() == sentence
    assert not one.field(2).isEnabled()
    assert one.field(2).accessibleName().startswith("2 of 0 to 10"), "it keeps its value"
    layout.setPlainText(layout.whole_text().replace('"response": "2"', '"response": "9",'))
    assert one.text == one.original
    assert one.field(2).isEnabled()
    one.dialog.done(0)


async def test_the_respondent_the_platform_and_the_time_are_fields(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    one = await editor(session, theme, plain_window)
    form = one.dialog.form
    form.user.setFocus()
    form.user.selectAll()
    QTest.keyClicks(form.user, "u9")
    form.platform.setCurrentText("ios")
    form.answered.setFocus()
    before = form.answered.text()
    form.answered.setText(before.replace("2026-11-24", "2026-11-25"))
    QTest.keyClick(form.answered, Qt.Key.Key_Return)
    expected = one.original.replace("user_123", "u9").replace('"link"', '"ios"')
    assert one.text == expected.replace("2026-11-24T", "2026-11-25T")
    assert one.dialog.count.text() == "6 changes"
    form.answered.setText("soon")
    QTest.keyClick(form.answered, Qt.Key.Key_Return)
    assert form.problem.text().startswith("“soon” is not a time. Enter one such as 2026-11-2")
    assert form.answered.text() == "soon", "it can be corrected"
    QTest.keyClick(form.answered, Qt.Key.Key_Backspace)
    assert not form.problem.isVisible()
    one.dialog.done(0)


async def test_options_of_other_captures_are_offered(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    await deliver(session, EVENT.replace(b'["a", "b"]', b'["slow start"]').replace(b"user_123", b"user_5"))
    one = await editor(session, theme, plain_window, number=2)
    await at_rest("read options")
    assert one.dialog.form.user.text() == "user_123"
    assert one.dialog.form.user.cursorPosition() == 0
    one.key(3, "1")
    one.key(1, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Space)
    assert '["a", "b", "slow start"]' in one.text
    one.dialog.done(0)


async def test_ctrl_return_sends_the_edit_signed_again_and_compares_it_with_the_original(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    def answer(request: bytes) -> bytes:
        if b'"response":"3"' in request:
            return b"HTTP/1.1 422 No\r\nContent-Length: 2\r\n\r\n{}"
        return OK

    async with receiver(answer) as (url, received):
        one = await editor(session, theme, plain_window)
        one.dialog.target.line.setText(url)
        await until(one.dialog.verb.isEnabled)
        QTest.keyClick(one.dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: one.dialog.strip.text.startswith("200 in"))
        one.key(2, "3")
        await until(one.dialog.verb.isEnabled)
        QTest.keyClick(one.field(2), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: one.dialog.strip.text.startswith("422 in"))
    assert one.dialog.strip.text.endswith("·  Regressed, the original got 200")
    assert signature(one.text.encode()) in received[1]
    one.dialog.reject()
    assert not one.dialog.isVisible(), "it was sent"


async def test_an_edit_goes_out_without_a_signature(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    async with receiver() as (url, received):
        one = await editor(session, theme, plain_window)
        one.dialog.target.line.setText(url)
        one.dialog.signature.box.setCurrentText("No signature")
        await until(lambda: "− x-webhook-signature" in shown(one.dialog).lower())
        await until(one.dialog.verb.isEnabled)
        one.dialog.verb.click()
        await until(lambda: one.dialog.strip.text.startswith("200 in"))
    assert b"x-webhook-signature" not in received[0].lower()
    one.dialog.reject()


async def test_an_edited_request_is_copied_as_a_command(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    one = await editor(session, theme, plain_window)
    one.key(2, "3")
    await until(one.dialog.curl.isEnabled)
    one.dialog.curl.click()
    await until(lambda: '"response":"3"' in QGuiApplication.clipboard().text())
    text = QGuiApplication.clipboard().text()
    assert "\ncurl " in text
    assert signature(one.text.encode()).decode() in text
    one.dialog.done(0)


@pytest.mark.parametrize(("body", "sentence"), [(b'{"a":1}', "no answers"), (b"oops", "not JSON")])
async def test_a_body_without_answers_says_so_and_its_text_can_be_edited(
    session: Session, theme: Theme, plain_window: QWidget, body: bytes, sentence: str
) -> None:
    dialog = await opened(session, theme, plain_window, await put(session, body))
    assert sentence in dialog.form.sentence.toPlainText()
    assert not dialog.form.user.isEnabled()
    dialog.fields.layout_field.setPlainText('{"a":2}')
    assert dialog.fields.body_text() == '{"a":2}'
    dialog.done(0)


async def test_an_edited_body_is_saved_as_a_sample(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    one = await editor(session, theme, plain_window)
    one.key(2, "3")
    one.dialog.save.click()
    [question] = [child for child in one.dialog.findChildren(SampleDialog) if child.isVisible()]
    assert question.focusWidget() is question.name
    question.verb.click()
    await until(lambda: "1 to 60 characters" in question.error.text())
    assert question.error.window() is question, "not a window of its own"
    QTest.keyClicks(question.name, "detractor")
    QTest.keyClick(question.name, Qt.Key.Key_Return)
    await until(lambda: session.samples.names() == ("detractor",))
    await until(lambda: one.dialog.save.shown_text == "Saved")
    await session.samples.send(name="detractor")
    await until(lambda: session.captures.rows([2]))
    assert (await session.captures.detail(2)).capture.body.decode() == one.text
    QTest.keyClick(one.dialog, Qt.Key.Key_Escape)
    assert not one.dialog.isVisible(), "the changes are in the sample"


async def test_a_long_body_is_read_by_the_worker_and_quick_edits_are_all_in_it(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    items = ",".join(
        f'{{"question_id":"q-{number}","question_order":{number},"response":"9","question_text":"How?",'
        f'"question_type":"nps_feedback","created_at":"2026-11-24T12:01:09.000Z"}}'
        for number in range(1, 121)
    )
    body = f'{{"user_id":"u","survey_id":"s-1","survey_name":"N","group_id":"g","responses":[{items}]}}'
    one = await editor(session, theme, plain_window, body.encode())
    await until(lambda: len(one.dialog.form.shown_rows) == 100)
    assert "The first 100 answers" in one.dialog.form.sentence.toPlainText()
    one.key(0, "3")
    one.key(60, "4")
    await until(lambda: one.dialog.count.text() == "2 changes")
    expected = body.replace('"response":"9"', '"response":"3"', 1)
    place = expected.index('"question_order":61,')
    assert one.text == expected[:place] + expected[place:].replace('"response":"9"', '"response":"4"', 1)
    assert one.field(60).accessibleName().startswith("4 of")
    one.dialog.done(0)


@pytest.mark.parametrize("size", [200_000, 5_000_000])
async def test_a_word_of_any_length_does_not_freeze_the_window(
    session: Session, theme: Theme, plain_window: QWidget, size: int
) -> None:
    body = b'{"event_type":"answer","survey_id":"s","question_type":"open_ended","response":"%b"}'
    await deliver(session, body % (b"z" * size))
    started = time.process_time()
    dialog = await opened(session, theme, plain_window, 1)
    await at_rest("edit a capture", "read an edited body")
    dialog.grab()
    dialog.fields.tabs.setCurrentIndex(1)
    QTest.keyClick(dialog.fields.body, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(dialog.fields.body, Qt.Key.Key_Space)
    await at_rest("edit a capture", "read an edited body")

    assert time.process_time() - started < 4  # otherwise 10 s or more, for the JSON and for the answer
    dialog.sync.cancel()
    dialog.done(0)
