"""A separate window that compares two captures by question or JSON path, with the result in a sentence."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox, QWidget

from inspector.base.clock import now_ms
from inspector.base.quantity import counted
from inspector.domain.capture.capture_diff import CaptureDiff, DiffLine
from inspector.domain.capture.diff_text import by_path_sentence, sentence
from inspector.domain.capture.rows import CaptureDetail
from inspector.gui.compare.lines import LineModel, LineTable
from inspector.gui.detail.capture_text import day_and_time, title
from inspector.gui.detail.marked_text import MarkedText, differing_part
from inspector.gui.kit.badges import Badge, BadgeLabel
from inspector.gui.kit.buttons import Button, IconButton
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.controls.segmented_control import SegmentedControl
from inspector.gui.kit.dialog import STAYS_OPEN, BaseDialog
from inspector.gui.kit.labels import ElidedLabel, Hairline, Label
from inspector.gui.kit.layout import STRETCH, Scrolled, box, caption, column, foot, grow, resize_within, row
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session


class ComparedHead(QWidget):
    """The title, facts and verdict of one of the two captures."""

    def __init__(self, theme: Theme, which: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._which = Label(theme, which, px=11, tone="text2")
        self._title = ElidedLabel(theme, px=15, weight=600)
        self._facts = Label(theme, px=12, tone="text2", wraps=True)
        self._badge = BadgeLabel(theme)
        row(
            theme,
            grow(column(theme, *(self._which, self._title, self._facts), spacing=2)),
            self._badge,
            spacing=12,
            on=self,
        )

    def show_detail(self, detail: CaptureDetail) -> None:
        """Show another capture."""
        row = detail.row
        self._title.setText(title(row, None))
        facts = [f"capture {row.id:,}", day_and_time(row.received_ms, now_ms()), counted(row.size, "byte")]
        if row.kind != "captured":
            facts.append(row.kind)
        self._facts.setText("  ·  ".join(facts))
        self._badge.show_badge(Badge.of(row.verdict, row.is_json))


BY_QUESTION, BY_PATH = range(2)


class CompareWindow(BaseDialog):
    """A window that is not modal, so that several can be open. Closing it cancels the comparison."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Compare", parent)
        self._session = session
        self._theme = theme
        self._runner = Runner(session.tasks, self)
        self._compared: CaptureDiff | None = None
        self.setProperty(STAYS_OPEN, True)
        self._heads = ComparedHead(theme, "First"), ComparedHead(theme, "Second")
        self.sentence = Label(theme, "Comparing…", px=15, weight=600, wraps=True)
        self._about = Label(theme, px=12, tone="text2", wraps=True)
        self.choice = SegmentedControl(theme, ("By question", "By JSON path"))
        self.choice.selected.connect(self._show_lines)
        self.only = QCheckBox("Only differences")
        self.only.toggled.connect(self._show_lines)
        self.place = Label(theme, px=12, tone="text2")
        self._previous = IconButton(
            theme, "arrow-up", "Previous difference", tip="Previous difference  Shift+F7"
        )
        self._next = IconButton(theme, "arrow-down", "Next difference", tip="Next difference  F7")
        self._previous.clicked.connect(self.go_to_previous)
        self._next.clicked.connect(self.go_to_next)
        QShortcut(QKeySequence("F7"), self, self.go_to_next)
        QShortcut(QKeySequence("Shift+F7"), self, self.go_to_previous)
        self.model = LineModel(self)
        self.table = LineTable(theme, self.model)
        self.table.selectionModel().currentRowChanged.connect(self._show_values)
        self.values = (
            MarkedText(theme, "Value in the first capture"),
            MarkedText(theme, "Value in the second capture"),
        )
        self._lay_out()
        resize_within(self, theme, theme.px(940), theme.px(640))

    def compare(self, first: CaptureDetail, second: CaptureDetail, *, is_masked: bool) -> None:
        """Compare two captures and show the result. Set `is_masked` if the mask has been applied to both."""
        work = self._compare(first, second, is_masked=is_masked)
        comparing = self._runner.run(work, "compare two captures", self.sentence.setText)
        self.finished.connect(comparing.cancel)

    async def _compare(self, first: CaptureDetail, second: CaptureDetail, *, is_masked: bool) -> None:
        found = await self._session.comparisons.bodies(first, second, is_masked=is_masked)
        self._show_compared(first, second, found, is_masked=is_masked)

    def _show_compared(
        self, first: CaptureDetail, second: CaptureDetail, found: CaptureDiff, *, is_masked: bool
    ) -> None:
        self._compared = found
        for head, detail in zip(self._heads, (first, second), strict=True):
            head.show_detail(detail)
        self.setWindowTitle(f"Compare {first.row.id:,} and {second.row.id:,}")
        self.sentence.setText(sentence(found))
        masked = "Masked values are not compared." if is_masked else ""
        self._about.setText(f"{by_path_sentence(found)} {masked}".strip())
        has_questions = bool(found.questions)
        self.choice.set_enabled(BY_QUESTION, has_questions, "Neither capture has answers.")
        self.choice.select(BY_QUESTION if has_questions and found.in_common else BY_PATH)
        lines = self._lines()
        self.only.setChecked(len(lines) > 12 and any(line.is_difference for line in lines))
        self._show_lines()

    @Slot()
    def go_to_next(self) -> None:
        """Select the next difference. The first follows the last."""
        self._go(1)

    @Slot()
    def go_to_previous(self) -> None:
        """Select the previous difference."""
        self._go(-1)

    def _lines(self) -> tuple[DiffLine, ...]:
        if self._compared is None:
            return ()
        return self._compared.questions if self.choice.current == BY_QUESTION else self._compared.paths

    @Slot()
    def _show_lines(self) -> None:
        lines = self._lines()
        if self.only.isChecked():
            lines = tuple(line for line in lines if line.is_difference)
        self.model.show_lines(lines, "Question" if self.choice.current == BY_QUESTION else "Path")
        places = self._differences()
        for button in (self._previous, self._next):
            button.setEnabled(bool(places))
        if lines:
            self._select(self._first_place(places))
        else:
            self._show_values(QModelIndex())
        self._show_place()

    def _differences(self) -> list[int]:
        return [number for number, line in enumerate(self.model.lines) if line.is_difference]

    def _first_place(self, places: list[int]) -> int:
        """Return the first line with two different values, otherwise the first difference."""
        changed = [place for place in places if self.model.lines[place].word == "changed"]
        return next(iter((*changed, *places)), 0)

    def _go(self, by: int) -> None:
        if not (places := self._differences()):
            return
        row = self.table.currentIndex().row()
        later = [place for place in places[::by] if (place - row) * by > 0]
        self._select(later[0] if later else places[::by][0])

    def _select(self, row: int) -> None:
        """Select a line and scroll to it, even if it is already selected."""
        self.table.selectRow(row)
        self.table.scrollTo(self.model.index(row, 0))

    @Slot(QModelIndex)
    def _show_values(self, current: QModelIndex) -> None:
        line = self.model.lines[current.row()] if 0 <= current.row() < len(self.model.lines) else None
        first, second = (line.first, line.second) if line is not None else ("", "")
        for view, text, other in zip(self.values, (first, second), (second, first), strict=True):
            view.set_tone("text2" if text is None else "text")
            part = (0, 0) if text is None or other is None else differing_part(text, other)
            view.show_marked("No value." if text is None else text, part)
        self._show_place()

    def _show_place(self) -> None:
        places = self._differences()
        row = self.table.currentIndex().row()
        at = f"{places.index(row) + 1:,} of " if row in places else ""
        many = "" if len(places) == 1 else "s"
        text = f"{at}{len(places):,} difference{many}" if places else "No differences"
        hidden = sum(line.word == "hidden" for line in self._lines())
        if self._compared is not None and (hidden or self._compared.is_hidden):
            text = f"{text} in visible values" + (f", {hidden:,} masked" if hidden else "")
        self.place.setText(text)

    def _lay_out(self) -> None:
        theme = self._theme
        top = column(
            theme,
            row(theme, *map(grow, self._heads), spacing=24),
            12,
            self.sentence,
            self._about,
            8,
            row(theme, self.choice, self.only, STRETCH, self.place, self._previous, self._next, spacing=12),
            spacing=4,
            margins=(20, 16, 20, 10),
        )
        values = [
            grow(column(theme, caption(theme, which), value, STRETCH, spacing=4))
            for which, value in zip(("First", "Second"), self.values, strict=True)
        ]
        compared = box(
            column(
                theme,
                top,
                grow(row(theme, self.table, margins=(12, 0, 4, 0))),
                Hairline(theme),
                row(theme, *values, spacing=24, margins=(20, 10, 20, 12)),
            )
        )
        close = Button(theme, "Close", key="Esc")
        close.clicked.connect(self.reject)
        buttons = foot(theme, STRETCH, close)
        column(theme, grow(Scrolled(theme, compared)), Hairline(theme), buttons, on=self)
