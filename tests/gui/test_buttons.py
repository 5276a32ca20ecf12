"""Buttons keep their size, whatever they are at the moment."""

from __future__ import annotations

import pytest

from inspector.gui.buttons import Button
from inspector.gui.theme import Theme


@pytest.mark.parametrize("icon", [None, "replay"])
def test_a_button_keeps_its_size_when_it_becomes_primary(theme: Theme, icon: str | None) -> None:
    button = Button(theme, "Remove it and re-verify 96", icon=icon, key="R")
    before = button.sizeHint()
    button.set_primary(True)
    assert button.sizeHint() == before
    button.resize(before)
    assert button._fitted() == (button.text(), True, True), "nothing of it gives way"
