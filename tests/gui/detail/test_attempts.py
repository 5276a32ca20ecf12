"""The Attempts tab: what became of each sending, beside the last one, and what exactly was sent."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtGui import QGuiApplication, QImage

from inspector.domain.mask.mask import DOTS
from inspector.domain.mask.masked_capture import masked_attempt, masked_detail
from inspector.domain.replay.request_options import Edit, RequestOptions
from inspector.gui.detail.attempts import COMPARE, SENT
from inspector.gui.detail.pane import DetailPane
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session
from inspector.session.targets import NamedTarget
from tests.builders import ANSWER, signature
from tests.client.receivers import redirect
from tests.gui.detail.conftest import put
from tests.session.test_replays import OK, receiver
from tests.waiting import until

OOPS = b"HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\nno"


async def sent(
    session: Session, capture_id: int, *answers: bytes, manner: RequestOptions | None = None
) -> str:
    """Send a capture once for each answer; where to."""
    waiting = iter(answers)
    async with receiver(lambda _: next(waiting)) as (url, _):
        for _ in answers:
            await session.requests.send(capture_id, url, manner or RequestOptions())
    return url


async def shown(pane: DetailPane, capture_id: int, rows: int) -> None:
    pane.show_capture(capture_id)
    pane.show_view("Attempts")
    await until(lambda: pane.attempts.model.rowCount() == rows)


def column(pane: DetailPane, number: int) -> list[str]:
    model = pane.attempts.model
    return [model.index(row, number).data() for row in range(model.rowCount())]


async def test_each_attempt_has_its_word_and_the_newest_is_on_top(session: Session, pane: DetailPane) -> None:
    number = await put(session, ANSWER)
    await sent(session, number, OK, OOPS, OOPS, OK, OK)
    await shown(pane, number, 5)
    assert column(pane, 2) == ["200", "200", "500", "500", "200"]
    assert column(pane, 4) == [
        "Still passing",
        "Fixed",
        "Still failing",
        "Regressed",
        "First attempt",
    ]


async def test_turning_away_what_is_invalid_is_a_pass(session: Session, pane: DetailPane) -> None:
    number = await put(session, ANSWER, signed=False, headers=((b"x-webhook-signature", b"0" * 64),))
    no = b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"
    await sent(session, number, OOPS, no, no)
    await shown(pane, number, 3)
    assert column(pane, 4) == ["Still passing", "Fixed", "First attempt"]


async def test_the_request_is_shown_as_it_was_sent_with_its_times(session: Session, pane: DetailPane) -> None:
    number = await put(session, ANSWER)
    url = await sent(
        session, number, OK, manner=RequestOptions(edit=Edit(body=b'{"edited":true}', method="PUT"))
    )
    await shown(pane, number, 1)
    attempts = pane.attempts
    await until(lambda: "edited" in attempts.sent.toPlainText())
    text = attempts.sent.toPlainText()
    assert text.startswith("PUT / HTTP/1.1\nHost: ")
    assert text.endswith('\n\n{"edited":true}')
    assert (
        f"Sent edited, with a signature that no longer matches, to {url}." in attempts.sentence.toPlainText()
    )
    netloc = url.removeprefix("http://").rstrip("/")
    assert attempts.times.toPlainText().startswith(f"Connected to {netloc} in ")
    assert "first byte after" in attempts.times.toPlainText()
    attempts.strip.setCurrentIndex(SENT)
    assert attempts.sent.isVisible()


async def test_of_a_targets_own_header_it_is_said_that_its_value_is_not_kept(
    session: Session, pane: DetailPane
) -> None:
    number = await put(session, ANSWER)
    async with receiver() as (url, _):
        token = (b"X-Token", b"t0p-s3cr3t")
        await session.targets.save(NamedTarget(name="local", url=url, headers=(token,)))
        await session.requests.send(number, "local", RequestOptions())
    await shown(pane, number, 1)
    await until(lambda: "X-Token" in pane.attempts.sent.toPlainText())
    text = pane.attempts.sent.toPlainText()
    assert "X-Token: ••••••••\n" in text
    assert "target’s own headers, which are not stored.\n\nPOST / HTTP" in text


async def test_an_exact_attempt_shows_the_body_that_came(session: Session, pane: DetailPane) -> None:
    number = await put(session, ANSWER)
    await sent(session, number, OK)
    await shown(pane, number, 1)
    await until(lambda: pane.attempts.sent.toPlainText().endswith(ANSWER.decode()))


async def test_two_answers_stand_in_one_view_with_signs(session: Session, pane: DetailPane) -> None:
    number = await put(session, ANSWER)
    await sent(session, number, OK, OOPS)
    await shown(pane, number, 2)
    attempts = pane.attempts
    attempts.strip.setCurrentIndex(COMPARE)
    await until(lambda: "500" in attempts.comparison.toPlainText())
    assert attempts.comparison.toPlainText().splitlines() == [
        "− status: 200 OK",
        "+ status: 500 Internal Server Error",
        "  Content-Length: 2",
        "  ",
        "− ok",
        "+ no",
    ]
    assert len(attempts.comparison.extraSelections()) == 4
    attempts.table.selectRow(1)
    await until(lambda: attempts.comparison.toPlainText().startswith("− status: 500"))


async def test_the_only_attempt_has_nothing_to_be_compared_with(session: Session, pane: DetailPane) -> None:
    number = await put(session, ANSWER)
    await sent(session, number, OK)
    await shown(pane, number, 1)
    assert not pane.attempts.other.isEnabled()
    assert pane.attempts.comparison.toPlainText() == ""


async def test_who_looks_at_an_older_attempt_stays_there_when_another_comes(
    session: Session, pane: DetailPane
) -> None:
    number = await put(session, ANSWER)
    await sent(session, number, OK, OOPS)
    await shown(pane, number, 2)
    pane.attempts.table.selectRow(1)
    await sent(session, number, OK)
    await until(lambda: pane.attempts.model.rowCount() == 3)
    assert pane.attempts.table.currentIndex().row() == 2
    pane.attempts.table.selectRow(0)
    await sent(session, number, OOPS)
    await until(lambda: pane.attempts.model.rowCount() == 4)
    assert pane.attempts.table.currentIndex().row() == 0


async def test_a_command_is_copied_and_it_is_said_that_it_carries_the_signature(
    session: Session, pane: DetailPane
) -> None:
    number = await put(session, ANSWER)
    said: list[str] = []
    pane.action_bar.message_posted.connect(said.append)
    pane.show_capture(number)
    await until(lambda: pane.action_bar.copy.isEnabled() and pane.currentIndex() == 1)
    for client, begins in (("curl", "curl "), ("fetch", "fetch")):
        action = pane.action_bar.snippets[client]
        said.clear()
        action.trigger()
        await until(lambda: said)
        text = QGuiApplication.clipboard().text()
        assert begins in text
        assert signature(ANSWER).decode() in text
        assert "http://localhost:3000/" in said[0]
        assert "Contains a signature" in said[0]


async def test_what_cannot_be_sent_can_be_neither_edited_nor_copied_as_a_command(
    session: Session, pane: DetailPane
) -> None:
    number = await put(session, b"half", kind="cut")
    pane.show_capture(number)
    await until(lambda: pane.action_bar.copy.isEnabled() and pane.currentIndex() == 1)
    bar = pane.action_bar
    assert not bar.edit.isEnabled()
    assert "end of its body is missing" in bar.edit.toolTip()
    assert not any(action.isEnabled() for action in bar.snippets.values())
    assert bar.copy_body_action.isEnabled()


async def test_the_words_are_drawn_with_shapes_that_differ(
    session: Session, theme: Theme, pane: DetailPane
) -> None:
    number = await put(session, ANSWER)
    await sent(session, number, OK, OOPS, OOPS, OK, OK)
    await shown(pane, number, 5)
    table = pane.attempts.table
    seen: list[QImage] = []
    for row in range(5):
        rect = table.visualRect(table.model().index(row, 4))
        glyph = table.viewport().grab(rect.adjusted(0, 0, theme.px(18) - rect.width(), 0)).toImage()
        assert glyph not in seen
        seen.append(glyph)


async def test_the_bar_takes_no_room_from_the_list_where_there_is_little(
    session: Session, theme: Theme, pane: DetailPane
) -> None:
    bar = pane.action_bar
    pane.show_capture(await put(session, ANSWER))
    await until(lambda: pane.currentIndex() == 1)
    assert bar.minimumSizeHint().width() <= theme.px(464)
    pane.resize(theme.px(464), pane.height())
    await until(lambda: bar.edit.text() == "Edit" and bar.width() == theme.px(464))
    await until(lambda: bar.more.geometry().right() < bar.width())
    for before, after in pairwise((bar.edit, bar.copy, bar.compare, bar.more)):
        assert before.geometry().right() < after.geometry().left()
    pane.resize(theme.px(640), pane.height())
    await until(lambda: bar.edit.text() == "Edit and replay")


async def test_the_way_to_the_answer_is_told_with_what_a_mask_hides_hidden(
    session: Session, pane: DetailPane
) -> None:
    number = await put(session, ANSWER)
    routes = {b"/hook": redirect(307, "/in?token=hush"), b"/in?token=hush": redirect(303, "/done")}
    async with receiver(lambda request: routes.get(request.split(b" ")[1], OK)) as (url, _):
        await session.requests.send(number, f"{url}hook", RequestOptions(is_following_redirects=True))
    await shown(pane, number, 1)
    await until(lambda: "Redirected" in pane.attempts.sentence.toPlainText())
    told = pane.attempts.sentence.toPlainText()
    assert f"Redirected: 307 to {url}in?token=hush, 303 to {url}done." in told
    stored = await session.captures.detail(number)
    detail = masked_detail(stored, ())
    assert [one.url for one in detail.attempts[0].redirects] == [f"{url}in?token={DOTS}", f"{url}done"]
    attempt = masked_attempt(await session.captures.attempt(detail.attempts[0].id), stored.capture, ())
    assert attempt.row == detail.attempts[0]
