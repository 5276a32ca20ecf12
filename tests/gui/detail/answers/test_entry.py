"""Each of the nine types of question, and one that nobody knows, is drawn as it is answered."""

from __future__ import annotations

import json
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget

from inspector.domain.event.answers import answers_page
from inspector.domain.event.question import QUESTION_TYPES
from inspector.gui.detail.answers.entry import Chips, EntryView, _Empty, _Quote
from inspector.gui.detail.answers.ratings import Rating
from inspector.gui.kit.theme import Theme

CASES: tuple[tuple[str, Any, type[QWidget], str], ...] = (
    ("input_feedback", "All good", _Quote, "free text"),
    ("data_collection", "ann@example.com", _Quote, "validated text"),
    ("single_select_feedback", "Team", Chips, "single choice"),
    ("single_select_feedback", ["Team"], Chips, "single choice"),
    ("multi_select_feedback", ["a", "b"], Chips, "multiple choice"),
    ("nps_feedback", "9", Rating, "NPS, 0 to 10"),
    ("nps_feedback", 0, Rating, "NPS, 0 to 10"),
    ("scale_feedback", 4, Rating, "scale, 1 to 5"),
    ("star_feedback", "4", Rating, "stars, 1 to 5"),
    ("emoji_feedback", 2, Rating, "emoji, 1 to 5"),
    ("intro_prompt", "", _Empty, "introduction"),
    ("data_collection", "", _Empty, "validated text"),
    ("hologram_feedback", {"x": 1}, _Quote, "hologram_feedback"),
    ("nps_feedback", 11, _Quote, "NPS, 0 to 10"),
)


def test_no_type_is_left_out() -> None:
    assert {kind for kind, *_ in CASES} == {*QUESTION_TYPES, "hologram_feedback"}


@pytest.mark.parametrize(("kind", "response", "drawn", "label"), CASES)
@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
def test_a_question_is_drawn_as_its_type_is_answered(
    theme: Theme, kind: str, response: Any, drawn: type[QWidget], label: str, is_dark: bool
) -> None:
    theme.force(is_dark)
    body = {"question_id": "q", "question_order": 1, "question_type": kind, "response": response}
    view = EntryView(theme)
    view.show_entry(answers_page(json.dumps(body).encode()).entries[0])
    view.resize(480, view.sizeHint().height())
    assert isinstance(view.shown, drawn)
    assert view.label.text() == label
    assert not view.grab().isNull()
    view.deleteLater()


def test_what_is_no_rating_says_so(theme: Theme) -> None:
    view = EntryView(theme)
    body = b'{"question_id": "q", "question_type": "nps_feedback", "response": 11}'
    view.show_entry(answers_page(body).entries[0])
    assert view.note.text.toPlainText() == "Not a whole number from 0 to 10."
    view.deleteLater()


def test_a_rating_is_said_in_words(theme: Theme) -> None:
    rating = Rating(theme)
    rating.show_number(QUESTION_TYPES["nps_feedback"], 9)
    assert rating.accessibleName() == "9 of 0 to 10, Promoter"
    rating.deleteLater()


@pytest.mark.parametrize("order", [3, 12, 128])
def test_the_number_of_a_question_keeps_clear_of_what_is_said(theme: Theme, order: int) -> None:
    """Of the question itself, and of those before it that were not asked."""
    item = {"question_id": "q", "question_order": order, "response": "x", "question_text": "Why?"}
    page = answers_page(json.dumps({"responses": [item]}).encode())
    assert [entry.form for entry in page.entries] == ["gap", "text"]
    for entry in page.entries:
        view = EntryView(theme)
        view.show_entry(entry)
        view.resize(480, view.sizeHint().height())
        view.grab()
        ink = view.order.fontMetrics().horizontalAdvance(view.order.text())
        assert view.order.x() + ink + 4 <= view.question.x()
        if entry.form == "gap":
            assert f"1 to {order - 1}" in view.question.toPlainText()
            assert view.question.x() == theme.px(44), "as far in as any other question"
        view.deleteLater()


@pytest.mark.parametrize(("text", "is_right"), [("شكرا 🌹", True), ("Thanks 🌹", False), ("🌹 שלום", True)])
def test_the_rule_of_a_quote_is_where_its_lines_begin(theme: Theme, text: str, is_right: bool) -> None:
    view = EntryView(theme)
    body = {"question_type": "input_feedback", "question_text": "Q", "response": text, "question_id": "q"}
    view.show_entry(answers_page(json.dumps({"event_type": "answer", **body}).encode()).entries[0])
    quote = view.shown
    assert isinstance(quote, _Quote)
    quote.resize(400, 60)
    assert (quote.rule.left() > 200) == is_right
    margins = quote.layout().contentsMargins()
    assert (margins.right() > margins.left()) == is_right
    view.deleteLater()
