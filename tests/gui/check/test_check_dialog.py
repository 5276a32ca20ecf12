"""The Check window: each test's result as it is known, one sentence at the end, and nothing sent unasked."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from aiohttp import web
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from inspector.gui.check.check_dialog import CheckDialog
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.theme import Theme
from inspector.gui.replay.target import TargetDialog
from inspector.session.options import Options
from inspector.session.receiver.check import TITLES
from inspector.session.session import Session
from inspector.session.targets import NamedTarget
from tests.builders import an_answer
from tests.cli.verbs.check.test_check import good, receiver
from tests.gui.conftest import deliver
from tests.waiting import until

AWAY = "http://192.0.2.10/hook"  # for documentation alone, RFC 5737: nobody answers
UNHEARD = 9


class Hanging:
    """Answers as a good one some times, and then never again."""

    def __init__(self) -> None:
        self.heard = 0
        self.gave_up = asyncio.Event()

    async def __call__(self, request: web.Request) -> web.Response:
        self.heard += 1
        if self.heard < UNHEARD:
            return await good(request)
        try:
            await asyncio.Event().wait()
        finally:
            self.gave_up.set()
        raise AssertionError


async def careless(request: web.Request) -> web.Response:
    """Looks for a signature, and not at it."""
    return web.Response(status=200 if "x-webhook-signature" in request.headers else 401)


@pytest.fixture
async def dialog(session: Session, theme: Theme, plain_window: QWidget) -> CheckDialog:
    dialog = CheckDialog(session, theme, plain_window)
    dialog.show()
    dialog.activateWindow()
    await until(dialog.isActiveWindow)
    return dialog


def enter(dialog: CheckDialog, to: str) -> None:
    """Type where to, and Return."""
    dialog.target.line.selectAll()
    QTest.keyClicks(dialog.target.line, to)
    QTest.keyClick(dialog.target.line, Qt.Key.Key_Return)


def column(dialog: CheckDialog, number: int) -> list[str]:
    model = dialog.results.model()
    return [str(model.index(row, number).data()) for row in range(model.rowCount())]


async def ended(dialog: CheckDialog) -> None:
    await until(lambda: not dialog.is_checking)


async def test_what_is_wrong_is_told_test_by_test_and_in_one_sentence(
    dialog: CheckDialog, session: Session
) -> None:
    assert dialog.target.line.hasFocus()
    assert not dialog.verb.isEnabled()
    assert not dialog.isModal()
    async with receiver(careless) as url:
        enter(dialog, url)
        assert dialog.progress.headline.text() == f"0 of {len(TITLES)}", "from the first moment"
        assert dialog.progress.stop.hasFocus()
        await ended(dialog)
        assert dialog.progress.headline.text() == (
            "Your receiver accepts forged deliveries: empty signature, body changed after signing and 7 more."
        )
        assert column(dialog, 1) == list(TITLES)
        wrong = [TITLES[row] for row, word in enumerate(column(dialog, 0)) if word == "Failed"]
        assert wrong[:2] == ["Empty signature", "Body changed after signing"]
        assert column(dialog, 2)[4] == "Accepts an invalid signature: the body was changed."
        assert column(dialog, 3)[2:4] == ["401", "200"]
        assert dialog.results.currentIndex().row() == 3, "the first that is wrong"
        assert (dialog.verb.text(), dialog.verb.isEnabled()) == ("Check again", True)
        assert session.replays.last_target == url


async def test_a_good_one_is_told_so_and_the_results_are_copied_as_text(dialog: CheckDialog) -> None:
    assert not dialog.copy.isEnabled()
    async with receiver(good) as url:
        enter(dialog, url.removeprefix("http://"))
        await ended(dialog)
    assert dialog.progress.headline.text() == f"Your receiver is correct: all {len(TITLES)} tests pass."
    assert set(column(dialog, 0)) == {"Passed"}
    dialog.copy.click()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0] == f"Check of {url}, signed with env:BLITZ_WEBHOOK_SECRET"
    assert sum(line.startswith("✓ passed ") for line in lines) == len(TITLES)


async def test_a_number_ends_below_the_end_of_its_head(dialog: CheckDialog) -> None:
    async with receiver(good) as url:
        enter(dialog, url)
        await ended(dialog)
    dialog.results.clearSelection()
    head = dialog.results.horizontalHeader()
    took = head.count() - 1
    left, width = head.sectionViewportPosition(took), head.sectionSize(took)
    cell = dialog.results.visualRect(dialog.results.model().index(0, took))
    above = head.viewport().grab(QRect(left, 0, width, head.height() - 1)).toImage()
    below = dialog.results.viewport().grab(cell).toImage()
    assert abs(_end_of_ink(above) - _end_of_ink(below)) <= 2


def _end_of_ink(image: QImage) -> int:
    """The rightmost column with a pixel that is not of the ground."""
    ground = QColor(image.pixel(0, 0)).lightness()
    columns = range(image.width())
    return max(
        x
        for x in columns
        if any(abs(QColor(image.pixel(x, y)).lightness() - ground) > 60 for y in range(image.height()))
    )


async def test_it_says_what_is_being_sent_and_stops_at_once(dialog: CheckDialog) -> None:
    hanging = Hanging()
    async with receiver(hanging) as url:
        enter(dialog, url)
        await until(lambda: hanging.heard == UNHEARD)
        assert dialog.progress.headline.text() == f"5 of {len(TITLES)}"
        assert dialog.progress.about.text() == "Sending: Signature of another event"
        assert column(dialog, 0)[4:7] == ["Passed", "Sending", "–"]
        assert not dialog.verb.isEnabled()
        QTest.keyClick(dialog.progress.stop, Qt.Key.Key_Space)
        await ended(dialog)
        await hanging.gave_up.wait()
        assert dialog.progress.headline.text() == f"Stopped after 5 of {len(TITLES)} tests: none failed."
        assert column(dialog, 0)[4:7] == ["Passed", "–", "–"]
        assert dialog.copy.isEnabled()
        assert dialog.results.hasFocus(), "where a second press does nothing"


async def test_closing_it_stops_the_check(dialog: CheckDialog) -> None:
    hanging = Hanging()
    gone = asyncio.Event()
    dialog.destroyed.connect(gone.set)
    async with receiver(hanging) as url:
        enter(dialog, url)
        await until(lambda: hanging.heard == UNHEARD)
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        await hanging.gave_up.wait()
        await gone.wait()
    assert not any(task.get_name() == "check a receiver" for task in asyncio.all_tasks())


async def test_a_host_that_is_not_this_machine_is_asked_about_once(
    dialog: CheckDialog, session: Session
) -> None:
    enter(dialog, AWAY)
    await until(dialog.question.isVisible)
    assert "192.0.2.10 is not localhost" in dialog.question.text.text()
    assert "captures may be sent there too" in dialog.question.text.text()
    assert (session.hosts.names, dialog.progress.headline.text()) == ((), "Not checked yet")
    QTest.keyClick(dialog.target.line, Qt.Key.Key_Delete)
    assert not dialog.question.isVisible(), "another target is another question"
    enter(dialog, AWAY)
    await until(dialog.question.isVisible)
    QTest.keyClick(dialog.question.allow, Qt.Key.Key_Space)
    await until(lambda: session.hosts.names == ("192.0.2.10",))
    dialog.progress.stop.click()
    await ended(dialog)
    enter(dialog, AWAY)
    assert not dialog.question.isVisible()
    dialog.progress.stop.click()
    await ended(dialog)
    assert not dialog.question.isVisible()


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("nowhere", "There is no target nowhere. Use the name of a target, or an address such as"),
        ("http://127.0.0.1:9/hook", "Nothing listens at 127.0.0.1:9."),
    ],
)
async def test_what_comes_in_the_way_is_one_sentence_and_can_be_mended(
    dialog: CheckDialog, to: str, said: str
) -> None:
    enter(dialog, to)
    await until(dialog.progress.error.isVisible)
    assert said in dialog.progress.error.toPlainText()
    assert dialog.progress.headline.text() == "Not checked"
    assert dialog.target.line.hasFocus()
    async with receiver(good) as url:
        enter(dialog, url)
        assert not dialog.progress.error.isVisible()
        await ended(dialog)
    assert set(column(dialog, 0)) == {"Passed"}


async def test_a_named_target_is_checked_with_its_own_headers_and_its_name_is_no_markup(
    dialog: CheckDialog, session: Session
) -> None:
    seen: set[str | None] = set()

    async def behind_a_token(request: web.Request) -> web.Response:
        seen.add(request.headers.get("X-Token"))
        return await good(request)

    async with receiver(behind_a_token) as url:
        name = "<b>staging</b>"
        await session.targets.save(NamedTarget(name=name, url=url, headers=((b"X-Token", b"t0p"),)))
        enter(dialog, name)
        await ended(dialog)
    assert seen == {"t0p"}
    assert dialog.progress.about.text().startswith("<b>staging</b>, signed with env:BLITZ_WEBHOOK_SECRET")
    assert dialog.progress.about.textFormat() == Qt.TextFormat.PlainText


async def test_a_target_is_made_from_what_was_typed(dialog: CheckDialog, session: Session) -> None:
    QTest.keyClicks(dialog.target.line, "http://127.0.0.1:3000/in")
    dialog.target.new_action.trigger()
    [made] = dialog.findChildren(TargetDialog)
    assert made.url.text() == "http://127.0.0.1:3000/in"
    QTest.keyClicks(made.name, "local")
    made.verb.click()
    await until(lambda: dialog.target.text == "local")
    await until(lambda: dialog.target.box.findText("local") >= 0)


async def test_the_secret_that_signs_is_chosen_by_its_name(dialog: CheckDialog, session: Session) -> None:
    await session.secrets.add("staging", "of staging", save=False)
    await until(lambda: dialog.secret.count() == 2)
    QTest.keyClick(dialog.secret, Qt.Key.Key_Down)
    assert dialog.secret.currentText() == "staging"
    async with receiver(good) as url:
        enter(dialog, url)
        await ended(dialog)
        assert column(dialog, 2)[0] == "Rejects a valid event (responds with 401)."
    await session.secrets.remove("staging")
    await until(lambda: dialog.secret.count() == 1)
    assert dialog.secret.currentText() == "env:BLITZ_WEBHOOK_SECRET"


async def test_without_a_secret_it_cannot_begin_and_says_why(dialog: CheckDialog, session: Session) -> None:
    QTest.keyClicks(dialog.target.line, "http://127.0.0.1:9/")
    assert dialog.verb.isEnabled()
    await session.secrets.set_active("env:BLITZ_WEBHOOK_SECRET", False)
    await until(lambda: not dialog.verb.isEnabled())
    assert "No active secret" in dialog.progress.error.toPlainText()
    QTest.keyClick(dialog.target.line, Qt.Key.Key_Return)
    assert not dialog.is_checking
    await session.secrets.set_active("env:BLITZ_WEBHOOK_SECRET", True)
    await until(dialog.verb.isEnabled)
    assert not dialog.progress.error.isVisible()


async def test_what_a_test_says_is_never_cut(dialog: CheckDialog) -> None:
    dialog.resize(520, 500)
    async with receiver(good) as url:
        enter(dialog, url)
        await ended(dialog)
    results = dialog.results
    for row in range(results.model().rowCount()):
        index = results.model().index(row, 2)
        assert results.rowHeight(row) >= results.sizeHintForIndex(index).height()
    heights = {results.rowHeight(row) for row in range(results.model().rowCount())}
    assert len(heights) > 1, "some are broken over several lines"


# ---- the request and the response of a test


async def _shown(dialog: CheckDialog, text: str) -> str:
    """The response or the responses, once they contain `text`."""
    return await until(lambda: _response(dialog), lambda shown: text in shown)


def _response(dialog: CheckDialog) -> str:
    one, several = dialog.exchange.response, dialog.exchange.several
    return several.toPlainText() if one.isHidden() else f"{one.headers.toPlainText()}\n\n{one.text}"


async def test_the_selected_test_shows_its_request_and_its_response(dialog: CheckDialog) -> None:
    async def crashes(request: web.Request) -> web.Response:
        response = await good(request)
        if response.status == 200:
            return response
        headers = {"X-Powered-By": "Express"}
        return web.Response(status=500, text="TypeError: \x1b[31m at line 17", headers=headers)

    async with receiver(crashes) as url:
        enter(dialog, url)
        await ended(dialog)
    assert dialog.results.currentIndex().row() == 2, "the first that failed"
    response = await _shown(dialog, "TypeError")
    assert dialog.exchange.response.status.text() == "500 Internal Server Error"
    assert dialog.exchange.response.note.text().startswith("500 in ")
    assert "X-Powered-By: Express\n" in response
    assert "\\x1b[31m at line 17" in response
    assert dialog.exchange.title.text() == "No signature"
    request = dialog.exchange.request.toPlainText()
    assert request.startswith("POST /hook HTTP/1.1\nHost: 127.0.0.1:")
    assert "x-webhook-signature" not in request
    assert '"user_id":"webhook-inspector-check-stranger-' in request
    dialog.exchange.strip.setCurrentIndex(1)
    assert dialog.exchange.request.isVisible()
    dialog.results.selectRow(list(TITLES).index("Same event twice"))
    assert "— Delivery 1 of 2 —" in await _shown(dialog, "— Delivery 2 of 2 —")
    assert dialog.exchange.title.text() == "Same event twice: 2 deliveries"
    dialog.results.selectRow(len(TITLES) - 1)
    await until(lambda: _response(dialog).strip() == "")
    assert dialog.exchange.title.text().startswith("This test sends nothing")


async def test_a_masked_screen_hides_digests_and_what_the_receiver_echoes_of_them(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    async def echoes(request: web.Request) -> web.Response:
        return web.Response(status=401, text=f"bad: {request.headers.get('x-webhook-signature')}")

    mask = Mask(session, plain_window)
    dialog = CheckDialog(session, theme, plain_window, mask=mask)
    dialog.show()
    async with receiver(echoes) as url:
        enter(dialog, url)
        await ended(dialog)
    shown = (await _shown(dialog, "bad: ")).partition("bad: ")[2]
    assert re.fullmatch("[0-9a-f]{64}", shown)
    await until(lambda: shown in dialog.exchange.request.toPlainText())
    mask.set_on(True)
    await until(lambda: shown not in _response(dialog))
    await until(lambda: shown not in dialog.exchange.request.toPlainText())
    mask.set_on(False)
    await _shown(dialog, shown)


async def test_a_hanging_receiver_is_reported_after_one_test(
    theme: Theme, plain_window: QWidget, tmp_path: Path
) -> None:
    settings = (("answer_seconds", "0.3"),)
    session = Session(Options(database=tmp_path / "other.db", settings=settings))
    await session.open()
    dialog = CheckDialog(session, theme, plain_window)
    dialog.show()
    hanging = Hanging()
    hanging.heard = UNHEARD
    async with receiver(hanging) as url:
        enter(dialog, url)
        await ended(dialog)
    assert hanging.heard == UNHEARD + 1
    assert column(dialog, 0)[:3] == ["Failed", "–", "–"]
    assert dialog.progress.headline.text() == (
        "Your receiver fails on valid deliveries: it does not respond."
    )
    dialog.close()
    await session.close()


async def test_a_warning_and_an_undecided_test_are_not_called_passed(dialog: CheckDialog) -> None:
    async def strict(request: web.Request) -> web.Response:
        is_twice = (await request.read()).count(b'"platform"') > 1
        return web.Response(status=400) if is_twice else await good(request)

    async with receiver(strict) as url:
        enter(dialog, url)
        await ended(dialog)
    row = list(TITLES).index("JSON with 9.0 and \\/")
    assert (column(dialog, 0)[row], dialog.results.currentIndex().row()) == ("Warning", row)
    assert dialog.progress.headline.text() == (
        "Your receiver is correct, with 1 warning: it rejects a valid event with a duplicate key"
        " (responds with 400): in a parser, one of two equal keys is lost."
    )

    async def rejects(request: web.Request) -> web.Response:
        return web.Response(status=401)

    async with receiver(rejects) as url:
        enter(dialog, url)
        await ended(dialog)
    assert column(dialog, 0).count("Undecided") == 9


async def test_the_secret_that_verifies_captures_is_preselected_until_another_is_selected(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    await session.secrets.add("production", "s3cret of production", save=False)
    await deliver(session, an_answer(), secret="s3cret of production")
    dialog = CheckDialog(session, theme, plain_window)
    dialog.show()
    await until(lambda: dialog.secret.currentText() == "production")
    QTest.keyClick(dialog.secret, Qt.Key.Key_Up)
    assert dialog.secret.currentText() == "env:BLITZ_WEBHOOK_SECRET"
    await session.secrets.add("staging", "of staging", save=False)
    await until(lambda: dialog.secret.count() == 3)
    assert dialog.secret.currentText() == "env:BLITZ_WEBHOOK_SECRET"
