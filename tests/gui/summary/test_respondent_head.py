"""The boxes of a respondent's questions say in words what they have no room for."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from inspector.domain.event.answers import AnswerEntry
from inspector.gui.kit.theme import Theme
from inspector.gui.summary.respondent_head import QuestionBoxes


def test_boxes_say_how_many_questions_are_not_drawn(theme: Theme) -> None:
    above = QWidget()
    boxes = QuestionBoxes(theme, above)
    entries = [
        AnswerEntry(order=str(number), form="empty" if number % 2 else "text") for number in range(1, 201)
    ]
    boxes.show_entries(entries)
    assert boxes.counts == "and 176 more: 100 answered, 100 skipped"
    boxes.show_entries(entries[:24])
    assert boxes.counts == "12 answered, 12 skipped"
    above.deleteLater()
