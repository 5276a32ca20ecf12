"""A choice whose chosen part cannot be chosen any more."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from inspector.gui.kit.controls.segmented_control import SegmentedControl
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.theme import Theme


@pytest.mark.qt_log_ignore("This plugin does not support")
@pytest.mark.parametrize("left", [0, 1])
def test_the_focus_stays_within_it(qapp: QApplication, qtbot: QtBot, theme: Theme, left: int) -> None:
    """Qt would give it to the sentence beside it, which then shows a caret: `|It is not JSON.`"""
    window = QWidget()
    choice, sentence = (
        SegmentedControl(theme, ("Tree", "Pretty", "Raw")),
        FlowText(theme, font=theme.font(12)),
    )
    layout = QVBoxLayout(window)
    layout.addWidget(choice)
    layout.addWidget(sentence)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    choice.button(left).setFocus()
    for place in (0, 1):
        choice.set_enabled(place, False, "The body is not JSON.")
    assert choice.button(2).hasFocus()
    assert not sentence.hasFocus()
    window.deleteLater()
