"""What both pages share: they read while they are visible, and a long fact leaves room for the name."""

from __future__ import annotations

import asyncio

from inspector.domain.query.scope import Scope
from inspector.gui.kit.theme import Theme
from inspector.gui.shell.main_window import MainWindow
from inspector.gui.summary.page import KeyNumbers, SummaryPage
from inspector.session.session import Session
from tests.waiting import until

ONE, OTHER = Scope(part="surveys", survey_id="s-1"), Scope(part="surveys", survey_id="s-2")


class Page(SummaryPage):
    """Records what it reads; a scope is shown once `may_end` is set."""

    def __init__(self, session: Session, theme: Theme, window: MainWindow) -> None:
        super().__init__(session, theme, window.summary_stack.saving, "read a page of a test")
        self.read: list[Scope] = []
        self.shown: list[Scope] = []
        self.may_end = asyncio.Event()

    def _clear(self) -> None:
        self.shown.clear()

    async def _load(self, scope: Scope, number: int) -> None:
        self.read.append(scope)
        await self.may_end.wait()
        if self._is_current(number):
            self.shown.append(scope)


async def test_a_page_reads_only_while_it_is_visible_and_once_for_many_changes(
    session: Session, theme: Theme, window: MainWindow
) -> None:
    page = Page(session, theme, window)
    page.may_end.set()
    page.show_scope(ONE)
    await asyncio.sleep(0.05)
    assert page.read == [], "it is hidden"
    page.show()
    await until(lambda: page.shown == [ONE])
    for _ in range(3):
        page.refresh()
    await until(lambda: page.read == [ONE, ONE])
    page.hide()
    page.refresh()
    await asyncio.sleep(0.05)
    assert page.read == [ONE, ONE]
    page.deleteLater()


async def test_what_was_read_of_a_previous_scope_is_dropped(
    session: Session, theme: Theme, window: MainWindow
) -> None:
    page = Page(session, theme, window)
    page.show()
    page.show_scope(ONE)
    await until(lambda: page.read == [ONE])
    page.show_scope(OTHER)
    await until(lambda: page.read == [ONE, OTHER])
    page.may_end.set()
    await until(lambda: page.shown)
    await asyncio.sleep(0.05)
    assert page.shown == [OTHER]
    page.deleteLater()


def test_a_long_fact_leaves_room_for_a_name_and_is_told_whole_in_its_tip(theme: Theme) -> None:
    headline = KeyNumbers(theme)
    headline.show_pairs([("a-platform-" * 7, "home"), ("8", "captures")])
    assert headline.sizeHint().width() < 450
    wholes = headline.shown
    assert "a-platform-" * 7 in wholes[0].toolTip()
    assert wholes[0].accessibleName() == "a-platform-" * 7 + " home"
    assert wholes[1].toolTip() == ""
    headline.deleteLater()
