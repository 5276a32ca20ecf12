"""A tab is built when it is opened, and then shows the same as one that was open from the start."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from inspector.gui.detail.pane import VIEWS, DetailPane
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.theme import Theme
from inspector.session.receiver.verifiers import VERIFIERS, verifier_text
from inspector.session.session import Session
from tests.builders import SECRET_TEXT, a_completion, an_answer, signature
from tests.gui.conftest import at_rest
from tests.gui.detail.conftest import put
from tests.session.test_replays import receiver
from tests.waiting import until

WIDTH, HEIGHT = 550, 760
BROKEN = ((b"x-webhook-signature", signature(an_answer(), SECRET_TEXT + "\n")),)


class TwoPanes:
    """Two panes with the same capture. All tabs of `early` are built at the start, those of `late` later."""

    def __init__(self, session: Session, theme: Theme) -> None:
        self.session = session
        self.theme = theme
        self.window = QWidget()
        self.window.resize(2 * WIDTH, HEIGHT)
        self.mask = Mask(session, self.window)
        self.early = self.new_pane(0)
        self.late = self.new_pane(WIDTH)
        self.build_all()

    def new_pane(self, x: int) -> DetailPane:
        pane = DetailPane(
            self.session, self.theme, Actions(self.theme, self.window), self.window, mask=self.mask
        )
        pane.setGeometry(x, 0, WIDTH, HEIGHT)
        pane.show()
        return pane

    def build_all(self) -> None:
        for kind in VIEWS:
            self.early.pages.view(kind)

    async def show(self, capture_id: int | None) -> None:
        for pane in (self.early, self.late):
            pane.show_capture(capture_id)
        await settled()


async def settled() -> None:
    await at_rest(
        *("show a capture", "show new attempts", "show a body", "show an attempt", "show a response"),
        "explain a signature",
    )


@pytest.fixture
async def panes(session: Session, theme: Theme) -> AsyncIterator[TwoPanes]:
    panes = TwoPanes(session, theme)
    panes.window.show()
    yield panes
    panes.window.hide()
    for timer in panes.window.findChildren(QTimer):
        timer.stop()  # as the main window does at its end
        timer.blockSignals(True)
    await session.close()
    panes.window.deleteLater()


async def follow_the_list(panes: TwoPanes) -> None:
    await panes.show(await put(panes.session, a_completion("one", "two")))


async def become_dark(panes: TwoPanes) -> None:
    panes.theme.force(True)


async def enlarge_text(panes: TwoPanes) -> None:
    """A pane of this size is the measure: what exists already is only adjusted to it, nearly to the pixel."""
    panes.theme.resize(125)
    panes.early.deleteLater()
    panes.early = panes.new_pane(0)
    panes.build_all()
    assert panes.late.shown is not None
    panes.early.show_capture(panes.late.shown.exact.row.id)


async def hide_people(panes: TwoPanes) -> None:
    await panes.session.preferences.save("mask", "people")
    panes.mask.set_on(True)


async def deactivate_the_secret(panes: TwoPanes) -> None:
    await panes.session.secrets.set_active("env:BLITZ_WEBHOOK_SECRET", False)


async def replay_it(panes: TwoPanes) -> None:
    assert panes.late.shown is not None
    async with receiver() as (url, _):
        plan = await panes.session.replays.plan(url, ids=[panes.late.shown.exact.row.id])
        await panes.session.replays.start(plan).wait()
    await until(lambda: panes.late.shown is not None and panes.late.shown.exact.attempts)
    await until(lambda: panes.early.attempts.model.rowCount() == 1)


def picture(pane: DetailPane) -> QImage:
    return pane.pages.grab().toImage()


@pytest.mark.parametrize(
    "change",
    [follow_the_list, become_dark, enlarge_text, hide_people, deactivate_the_secret, replay_it],
)
async def test_after_any_change_a_tab_that_is_opened_late_looks_like_one_opened_before(
    panes: TwoPanes, change: Callable[[TwoPanes], Awaitable[None]]
) -> None:
    await panes.show(await put(panes.session, an_answer(), signed=False, headers=BROKEN))
    assert panes.late.pages.count() == 1, "the user has opened no other tab"
    await change(panes)
    await settled()
    for tab in range(len(VIEWS)):
        for pane in (panes.early, panes.late):
            pane.strip.setCurrentIndex(tab)
        await settled()
        await until(lambda: picture(panes.early) == picture(panes.late))
    assert panes.late.pages.count() == len(VIEWS)


async def test_nothing_is_built_until_a_capture_is_shown_and_then_the_selected_tab(
    panes: TwoPanes, session: Session
) -> None:
    pane = panes.late
    pane.show_view("Headers")
    assert pane.pages.count() == 0
    await panes.show(await put(session, an_answer()))
    assert pane.pages.count() == 1
    assert pane.pages.currentWidget() is pane.headers
    assert pane.headers.isVisible()
    assert pane.headers.model.rowCount() > 0
    pane.show_view("Signature")
    await until(lambda: pane.signature.is_complete)
    assert pane.pages.count() == 2
    pane.show_view("Headers")
    await panes.show(None)
    pane.show_view("Body")
    await panes.show(await put(session, an_answer("another")))
    await until(lambda: pane.body.tree.json.rowCount() > 0)
    assert pane.body.isVisible()
    assert not pane.signature.is_complete, "it checks only while its tab is open"


async def test_a_note_that_was_written_elsewhere_is_in_a_tab_that_is_opened_late(
    panes: TwoPanes, session: Session
) -> None:
    capture_id = await put(session, an_answer())
    await panes.show(capture_id)
    await session.captures.put_note(capture_id, "Called them.")
    await until(lambda: panes.late.shown is not None and panes.late.shown.exact.row.note)
    panes.late.show_view("Notes")
    assert panes.late.notes.editor.toPlainText() == "Called them."
    assert panes.late.notes.editor.isEnabled()


async def test_the_verifier_selected_last_is_copied_before_the_signature_tab_is_built(
    panes: TwoPanes, session: Session
) -> None:
    panes.late.verifier.select("flask")
    await panes.show(await put(session, an_answer()))
    actions = panes.window.findChildren(Actions)[1]
    actions["copy-verifier"].trigger()
    assert QGuiApplication.clipboard().text() == verifier_text(VERIFIERS["flask"])
    assert panes.late.signature.buttons.language.text() == VERIFIERS["flask"].label
