"""The pane as its user meets it: none chosen, one, the next before the first was read, several."""

from __future__ import annotations

import sqlite3

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from inspector.domain.query.scope import Scope
from inspector.gui.detail.pane import DetailPane
from inspector.gui.kit.links import ElidedLink, Link
from inspector.session.session import Session
from inspector.store.write import inboxes
from tests.builders import COMPLETION, a_completion, an_answer
from tests.gui.detail.conftest import put, tab_name
from tests.session.test_replays import receiver
from tests.waiting import until


def said(pane: DetailPane) -> str:
    """Every word of every visible label."""
    return "\n".join(label.text() for label in pane.findChildren(QLabel) if label.isVisible())


async def test_nothing_chosen_says_so_and_names_the_keys(pane: DetailPane) -> None:
    assert "No capture selected" in said(pane)


async def test_a_completion_is_shown_with_whose_it_is(pane: DetailPane, session: Session) -> None:
    pane.show_capture(await put(session, COMPLETION))
    await until(lambda: "Completion by user_123" in said(pane))
    assert "645 bytes  ·  link  ·  responded 200" in said(pane)
    assert tab_name(pane, "Answers") == "Answers, 2"
    assert tab_name(pane, "Signature") == "Signature, Valid"


async def test_the_path_leads_to_the_tree(pane: DetailPane, session: Session) -> None:
    asked: list[Scope] = []
    pane.scope_requested.connect(asked.append)
    pane.show_capture(await put(session, an_answer(survey="s-1", group="g-1", user="u-1")))
    await until(lambda: "Answer 1 by u-1" in said(pane))
    for link in pane.header.findChildren(ElidedLink):
        link.click()
    assert asked == [
        Scope(part="surveys", survey_id="s-1"),
        Scope(part="surveys", survey_id="s-1", group_id="g-1"),
        Scope(part="surveys", survey_id="s-1", group_id="g-1", user_id="u-1"),
    ]


async def test_choosing_on_gives_up_what_was_still_being_read(pane: DetailPane, session: Session) -> None:
    large = b'{"question_id": "q", "user_id": "large", "response": "' + b"x" * 3_000_000 + b'"}'
    first, second = await put(session, large), await put(session, an_answer(user="second"))
    pane.show_view("Body")
    for _ in range(5):
        pane.show_capture(first)
        pane.show_capture(second)
    await until(lambda: "by second" in said(pane))
    await until(lambda: pane.body.tree.json.rowCount() > 0)
    assert pane.body.tree.json.text_of(pane.body.tree.json.index(0, 1)) == '"second"'


async def test_the_number_keys_show_the_tabs(pane: DetailPane, session: Session) -> None:
    pane.show_capture(await put(session, an_answer()))
    for number in (2, 3, 4, 5, 6, 1):
        pane.window().findChild(object, f"tab-{number}").trigger()  # type: ignore[call-overload]
        assert pane.strip.currentIndex() == number - 1


async def test_what_was_cleared_meanwhile_is_said_to_be_gone(pane: DetailPane) -> None:
    pane.show_capture(99)
    await until(lambda: "This capture no longer exists" in said(pane))


async def test_a_cut_and_a_refused_one_say_why_and_cannot_be_replayed(
    pane: DetailPane, session: Session
) -> None:
    cut = await put(session, b'{"a": 1', kind="cut", declared=100, trouble="The sender went away.")
    pane.show_capture(cut)
    await until(lambda: "not JSON" in said(pane))
    assert pane.header.hints.sentences == ("Cut short: 7 of 100 bytes arrived. The sender went away.",)
    assert not pane.action_bar.edit.isEnabled()
    refused = await put(
        session, b"GARBAGE\r\n", kind="refused", answered=None, trouble="No HTTP.", signed=False
    )
    pane.show_capture(refused)
    await until(lambda: "Refused request" in said(pane))
    assert not pane.action_bar.edit.isEnabled()


async def test_a_capture_of_a_shared_inbox_names_its_edge_and_links_to_its_others(
    pane: DetailPane, session: Session
) -> None:
    shown = await put(session, an_answer())

    def receive(connection: sqlite3.Connection) -> None:
        inbox = inboxes.open_inbox(connection, stream="HOOKS", created="now", member="me", address="")
        inboxes.put(connection, [(shown, inboxes.Origin(inbox.id, 1203, "eu-1"))])
        connection.execute("UPDATE captures SET answered = NULL WHERE id = ?", (shown,))

    await session.store.write(receive)
    queries: list[str] = []
    pane.filter_requested.connect(queries.append)
    pane.show_capture(shown)
    await until(lambda: "edge eu-1" in said(pane))
    assert "response unknown" in said(pane)
    chip = pane.header.hints
    assert chip.sentences == ("Received by edge eu-1, message 1,203 of HOOKS.",)
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton)
    [link] = chip.sheet.findChildren(Link)
    assert link.text() == "Show all captures of this edge"
    link.click()
    assert queries == ["edge:eu-1"]


async def test_the_body_is_copied_as_it_came(pane: DetailPane, session: Session) -> None:
    body = b'{"text": "gr\xc3\xbc\xc3\x9fe", "n": 1.0}\r\n'
    pane.show_capture(await put(session, body))
    await until(lambda: "Unknown event" in said(pane))
    pane.action_bar.copy_body_action.trigger()
    data = QGuiApplication.clipboard().mimeData()
    assert data.text() == body.decode()
    assert bytes(data.data("application/octet-stream").data()) == body
    button = pane.action_bar.copy
    width = button.width()
    assert button.shown_text == "Copied"
    assert button.accessibleDescription() == "Copied"
    assert button.sizeHint().width() == width, "nothing moves"
    await until(lambda: button.shown_text == "Copy")


async def test_an_attempt_appears_while_its_capture_is_shown(pane: DetailPane, session: Session) -> None:
    capture_id = await put(session, an_answer())
    pane.show_capture(capture_id)
    pane.show_view("Attempts")
    await until(lambda: "Not sent anywhere yet" in said(pane))
    answer = b"HTTP/1.1 500 Oops\r\nX-Who: me\r\nContent-Length: 4\r\n\r\nno\xff\n"
    async with receiver(lambda _: answer) as (url, _):
        run = session.replays.start(await session.replays.plan(url, ids=[capture_id]))
        await run.wait()
    await until(lambda: pane.attempts.model.rowCount() == 1)
    await until(lambda: pane.attempts.response.text == "no\\xff\n")
    assert "X-Who: me" in pane.attempts.response.headers.toPlainText()
    assert tab_name(pane, "Attempts") == "Attempts, 1"


async def test_a_completion_that_disagrees_says_so_at_its_question(
    pane: DetailPane, session: Session
) -> None:
    await put(session, an_answer("8", question="q-1", order=1))
    await put(session, a_completion("9"))
    pane.show_capture(2)
    await until(lambda: pane.answers.rows and pane.answers.rows[0].note.isVisible())
    assert "The last answer was “8”, on " in pane.answers.rows[0].note.text.toPlainText()


async def test_a_long_completion_is_shown_part_by_part(pane: DetailPane, session: Session) -> None:
    pane.show_capture(await put(session, a_completion(*(f"answer {n}" for n in range(60)))))
    await until(lambda: pane.answers.shown == 25)
    assert pane.answers.more.accessibleName() == "Show 35 more of 60"
    pane.answers.more.click()
    await until(lambda: pane.answers.shown == 60)
    assert not pane.answers.more.isVisible()
    pane.show_capture(await put(session, an_answer("short")))
    await until(lambda: sum(row.isVisible() for row in pane.answers.rows) == 1)


async def test_hints_unfold_over_the_content_and_the_tabs_stay_in_place(
    pane: DetailPane, session: Session
) -> None:
    plain = await put(session, a_completion())
    cut = await put(
        session, b'{"a": 1', kind="cut", declared=100, trouble="The sender went away.", target=b"/long" * 90
    )
    pane.show_capture(plain)
    await until(lambda: "Completion by" in said(pane))
    assert not pane.header.hints.isVisible()
    place = pane.strip.mapTo(pane, QPoint())
    pane.show_capture(cut)
    await until(lambda: "not JSON" in said(pane))
    chip = pane.header.hints
    assert chip.text() == "1 hint"
    assert pane.strip.mapTo(pane, QPoint()) == place
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert chip.sheet.isVisible()
    assert chip.sheet.mapTo(pane, QPoint()).y() == pane.header.geometry().bottom() + 1
    assert pane.strip.mapTo(pane, QPoint()) == place
    QTest.keyClick(chip, Qt.Key.Key_Escape)
    assert not chip.sheet.isVisible()
    QTest.keyClick(chip, Qt.Key.Key_Return)
    assert chip.sheet.isVisible()
    assert [row.link.text() for row in chip.sheet.rows] == ["Show the body"]
    QTest.keyClick(chip.sheet.rows[0].link, Qt.Key.Key_Escape)
    assert not chip.sheet.isVisible()
    assert chip.hasFocus(), "where Return unfolded them"
    QTest.keyClick(chip, Qt.Key.Key_Return)
    QTest.keyClick(chip.sheet.rows[0].link, Qt.Key.Key_Space)
    assert pane.current_view is pane.body
    assert not chip.sheet.isVisible()
    QTest.keyClick(chip, Qt.Key.Key_Return)
    pane.strip.setFocus()
    assert not chip.sheet.isVisible(), "it folds when the user goes elsewhere"
    QTest.keyClick(chip, Qt.Key.Key_Return)
    pane.show_capture(plain)
    await until(lambda: not chip.isVisible())
    assert not chip.sheet.isVisible()


async def test_nothing_in_the_header_and_no_tab_moves_while_walking(
    pane: DetailPane, session: Session
) -> None:
    captures = [
        await put(session, a_completion("one", "two")),
        await put(session, b'{"a": 1', kind="cut", declared=100, trouble="The sender went away."),
        await put(session, b"GARBAGE\r\n", kind="refused", answered=None, trouble="No HTTP.", signed=False),
        await put(session, b'{"ping": true}', kind="imported", signed=False),
        await put(session, an_answer(user="u" * 300, survey="a survey " * 30)),
    ]
    pane.show_view("Attempts")
    places = set()
    for capture_id in captures:
        pane.show_capture(capture_id)
        await until(lambda one=capture_id: pane.shown is not None and pane.shown.exact.row.id == one)
        tabs = tuple(pane.strip.tabRect(tab).left() for tab in range(pane.strip.count()))
        places.add((pane.header.height(), pane.strip.mapTo(pane, QPoint()), tabs))
        assert pane.current_view is pane.attempts
    assert len(places) == 1


async def test_the_cross_closes_the_detail(pane: DetailPane, session: Session) -> None:
    closed: list[bool] = []
    pane.close_requested.connect(lambda: closed.append(True))
    pane.show_capture(await put(session, an_answer()))
    await until(lambda: "Answer 1 by u-1" in said(pane))
    QTest.mouseClick(pane.header.close_button, Qt.MouseButton.LeftButton)
    assert closed == [True]


async def test_the_longest_part_of_the_path_is_shortened_first(pane: DetailPane, session: Session) -> None:
    user = "0f8fad5b-d9cb-469f-a165"
    pane.show_capture(await put(session, a_completion(name="A survey with a long name " * 9, user=user)))
    await until(lambda: pane.header.user.text() == user)
    await until(lambda: pane.header.survey.width() < pane.header.survey.sizeHint().width())
    for whole in (pane.header.group, pane.header.user):
        await until(lambda whole=whole: whole.width() == whole.sizeHint().width())
