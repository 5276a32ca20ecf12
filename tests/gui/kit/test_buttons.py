"""Buttons keep their size, whatever they are at the moment."""

from __future__ import annotations

import pytest

from inspector.gui.kit.buttons import Button
from inspector.gui.kit.theme import Theme
from inspector.gui.shell.main_window import MainWindow


@pytest.mark.parametrize("icon", [None, "replay"])
def test_a_button_keeps_its_size_when_it_becomes_primary(theme: Theme, icon: str | None) -> None:
    button = Button(theme, "Remove it and re-verify 96", icon=icon, key="R", may_be_primary=True)
    before = button.sizeHint()
    button.set_primary(True)
    assert button.sizeHint() == before
    button.resize(before)
    assert button.fitted() == (button.text(), True, True), "nothing of it gives way"


def test_a_primary_button_keeps_its_size_when_another_becomes_primary(theme: Theme) -> None:
    button = Button(theme, "Replay", is_primary=True)
    before = button.sizeHint()
    button.set_primary(False)
    assert button.sizeHint() == before


async def test_the_buttons_of_the_window_that_may_be_primary_keep_their_size(window: MainWindow) -> None:
    start = window.first_start
    for button in (start.copy_address, start.save_secret, window.filter_row.follow):
        sizes = set()
        for is_primary in (True, False):
            button.set_primary(is_primary)
            sizes.add(button.sizeHint().width())
        assert len(sizes) == 1, button.text()


def test_a_button_gives_up_its_key_its_icon_and_then_of_its_words(theme: Theme) -> None:
    button = Button(theme, "Replay", icon="replay", key="R")
    whole = button.sizeHint().width()
    for width, fitted in (
        (whole, ("Replay", True, True)),
        (whole - 1, ("Replay", True, False)),
        (whole - 40, ("Replay", False, False)),
    ):
        button.resize(width, 28)
        assert button.fitted() == fitted
        assert not button.toolTip()
    button.resize(50, 28)
    text, _, _ = button.fitted()
    assert text.endswith("…")
    assert "Replay" in button.toolTip()
    button.deleteLater()
